//! Clearsigned texts: checksum files as kernel.org publishes them.

use pgp::composed::CleartextSignedMessage;
use pgp::packet::SignatureType;

use super::{Keyring, SignatureError};

/// The first line of a clearsigned text.
const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";

/// Its last line.
const END: &str = "-----END PGP SIGNATURE-----";

impl Keyring {
    /// Verifies a clearsigned text; returns what was signed, and the fingerprint of the certificate whose key signed it.
    ///
    /// Whatever stands before or behind the signed part is not returned.
    pub fn clearsigned(&self, what: &str, text: &str) -> Result<(String, String), SignatureError> {
        let message = parse(what, text)?;
        let (signature, key) = self.find(what, message.signatures(), SignatureType::Text)?;
        let signed = message.signed_text();
        let signer = key.verify(what, signature, &mut signed.as_bytes())?;
        Ok((signed.replace("\r\n", "\n"), signer))
    }
}

/// Returns the text inside a clearsigned one, unverified; a text that is not signed as it is.
///
/// For those who have no keys, and who therefore claim nothing.
pub fn unverified(what: &str, text: &str) -> Result<String, SignatureError> {
    if !text.contains(BEGIN) {
        return Ok(text.to_owned());
    }
    Ok(parse(what, text)?.signed_text().replace("\r\n", "\n"))
}

fn parse(what: &str, text: &str) -> Result<CleartextSignedMessage, SignatureError> {
    let malformed = |reason: String| SignatureError::Malformed { what: what.to_owned(), reason };
    let start = text.find(BEGIN).ok_or_else(|| malformed("it is not clearsigned".to_owned()))?;
    let end = text[start..].find(END).map_or(text.len(), |end| start + end + END.len());
    let (message, _) = CleartextSignedMessage::from_string(&text[start..end])
        .map_err(|error| malformed(error.to_string()))?;
    Ok(message)
}
