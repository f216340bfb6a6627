//! OpenPGP signatures: detached ones over streams, and clearsigned texts.
//!
//! Shape: a [`Keyring`] holds the certificates that somebody trusts; a signature is looked up in it by its issuer and
//! verified by the one key that it names, the primary key or a subkey that is bound to it for signing.
//!
//! Invariants: a revoked key, a subkey without a valid binding, and a signature made after its key expired verify
//! nothing. What was not signed is never returned. Weak digests (MD5, SHA-1) are refused by the library.
//!
//! Deliberately absent: the web of trust, key servers, the machine's own `gpg` and its keys: who is trusted stands in the
//! files of the workspace. A key that expired since does not make an older signature bad, as with `gpg`.

mod clearsigned;

pub use clearsigned::unverified;

use std::io::{Cursor, Read};

use pgp::composed::{Deserializable, DetachedSignature, SignedPublicKey, SignedPublicSubKey};
use pgp::packet::{Signature, SignatureType};
use pgp::types::KeyDetails;

use crate::fs::FsError;

/// The certificates that somebody trusts.
#[derive(Debug, Clone, Default)]
pub struct Keyring(Vec<SignedPublicKey>);

/// Reports a signature that does not prove what it should.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// A file that should hold keys holds none.
    #[error("found no OpenPGP certificate in `{file}`: {reason}")]
    Keys {
        /// The file.
        file: String,
        /// What the parser said.
        reason: String,
    },
    /// What should be a signature is none.
    #[error("found no OpenPGP signature in `{what}`: {reason}")]
    Malformed {
        /// Where it came from.
        what: String,
        /// What the parser said.
        reason: String,
    },
    /// None of the keys has made it.
    #[error("`{what}` is signed by {}, which is none of the keys: {}", .issuers.join(", "), .keys.join(", "))]
    UnknownIssuer {
        /// Where it came from.
        what: String,
        /// What the signature says of who made it.
        issuers: Vec<String>,
        /// The fingerprints of the keys.
        keys: Vec<String>,
    },
    /// The key may not be used.
    #[error("`{what}` is signed by {key}, which cannot be used: {reason}")]
    Unusable {
        /// Where it came from.
        what: String,
        /// The key's fingerprint.
        key: String,
        /// Why.
        reason: &'static str,
    },
    /// The signature is not over these bytes.
    #[error("bad signature `{what}` of {key}: {reason}")]
    Bad {
        /// Where it came from.
        what: String,
        /// The key's fingerprint.
        key: String,
        /// What the library said.
        reason: String,
    },
    /// The keys could not be read.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// A detached signature, and the key that will judge it.
#[derive(Debug)]
pub struct Detached<'k> {
    what: String,
    signature: Signature,
    key: Usable<'k>,
}

/// A key that may verify.
#[derive(Debug, Clone, Copy)]
struct Usable<'k> {
    certificate: &'k SignedPublicKey,
    subkey: Option<&'k SignedPublicSubKey>,
}

impl Keyring {
    /// Adds every certificate of a file's bytes, armored or not.
    pub fn add(&mut self, file: &str, bytes: &[u8]) -> Result<(), SignatureError> {
        let fail = |reason: String| SignatureError::Keys { file: file.to_owned(), reason };
        let before = self.0.len();
        let mut rest = bytes;
        // A file may have several armored blocks, one after another.
        while let Some(block) = next_block(&mut rest) {
            let (keys, _) = SignedPublicKey::from_reader_many(Cursor::new(block))
                .map_err(|error| fail(error.to_string()))?;
            for key in keys {
                self.0.push(key.map_err(|error| fail(error.to_string()))?);
            }
        }
        if self.0.len() == before { Err(fail("it is empty".to_owned())) } else { Ok(()) }
    }

    /// Says whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lists the fingerprints of the certificates.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<String> {
        self.0.iter().map(|key| fingerprint(&key.primary_key)).collect()
    }

    /// Reads a detached signature and finds the key that made it.
    ///
    /// `what` names it in errors: its address.
    pub fn detached(&self, what: &str, bytes: &[u8]) -> Result<Detached<'_>, SignatureError> {
        let malformed = |error: pgp::errors::Error| SignatureError::Malformed {
            what: what.to_owned(),
            reason: error.to_string(),
        };
        let (signatures, _) = DetachedSignature::from_reader_many(Cursor::new(bytes)).map_err(malformed)?;
        let signatures: Vec<Signature> = signatures
            .map(|signature| signature.map(|detached| detached.signature))
            .collect::<Result<_, _>>()
            .map_err(malformed)?;
        let (signature, key) = self.find(what, &signatures, SignatureType::Binary)?;
        Ok(Detached { what: what.to_owned(), signature: signature.clone(), key })
    }

    /// Finds the first signature that one of the keys has made.
    fn find<'s>(
        &self,
        what: &str,
        signatures: &'s [Signature],
        kind: SignatureType,
    ) -> Result<(&'s Signature, Usable<'_>), SignatureError> {
        let of_kind: Vec<&Signature> = signatures.iter().filter(|one| one.typ() == Some(kind)).collect();
        if of_kind.is_empty() {
            let reason = "it holds no signature of a file".to_owned();
            return Err(SignatureError::Malformed { what: what.to_owned(), reason });
        }
        for signature in &of_kind {
            for certificate in &self.0 {
                let subkey = certificate.public_subkeys.iter().find(|subkey| made(signature, &subkey.key));
                if subkey.is_some() || made(signature, &certificate.primary_key) {
                    let usable = Usable { certificate, subkey };
                    usable.check(what, signature)?;
                    return Ok((signature, usable));
                }
            }
        }
        let issuers = of_kind.iter().flat_map(|signature| issuers(signature)).collect();
        Err(SignatureError::UnknownIssuer { what: what.to_owned(), issuers, keys: self.fingerprints() })
    }
}

impl Detached<'_> {
    /// Reads the signed bytes to their end; returns the fingerprint of the certificate whose key signed them.
    pub fn verify(&self, data: &mut dyn Read) -> Result<String, SignatureError> {
        self.key.verify(&self.what, &self.signature, data)
    }
}

impl Usable<'_> {
    fn name(&self) -> String {
        fingerprint(&self.certificate.primary_key)
    }

    /// Says whether the key may have made that signature.
    fn check(&self, what: &str, signature: &Signature) -> Result<(), SignatureError> {
        let unusable =
            |reason| Err(SignatureError::Unusable { what: what.to_owned(), key: self.name(), reason });
        let primary = &self.certificate.primary_key;
        let revoked = &self.certificate.details.revocation_signatures;
        if revoked.iter().any(|revocation| revocation.verify_key(primary).is_ok()) {
            return unusable("it is revoked");
        }
        let own = self.certificate.details.users.iter().flat_map(|user| {
            user.signatures
                .iter()
                .filter(|own| own.verify_certification(primary, pgp::types::Tag::UserId, &user.id).is_ok())
        });
        let lasts = own.max_by_key(|own| own.created().map(pgp::types::Timestamp::as_secs));
        let Some(made) = signature.created() else { return unusable("the signature has no time") };
        let over = |since: u32, lasts: Option<&Signature>| {
            let expires = lasts.and_then(Signature::key_expiration_time).map(|lasts| lasts.as_secs());
            expires.is_some_and(|lasts| {
                lasts > 0 && u64::from(made.as_secs()) > u64::from(since) + u64::from(lasts)
            })
        };
        if over(primary.created_at().as_secs(), lasts) {
            return unusable("it had expired when it signed");
        }
        let Some(subkey) = self.subkey else { return Ok(()) };
        let kind = |kind| subkey.signatures.iter().filter(move |one| one.typ() == Some(kind));
        if kind(SignatureType::SubkeyRevocation)
            .any(|one| one.verify_subkey_binding(primary, &subkey.key).is_ok())
        {
            return unusable("its signing subkey is revoked");
        }
        let binding = kind(SignatureType::SubkeyBinding)
            .filter(|one| {
                let back = one.embedded_signature();
                one.key_flags().sign()
                    && one.verify_subkey_binding(primary, &subkey.key).is_ok()
                    && back.is_some_and(|back| back.verify_primary_key_binding(&subkey.key, primary).is_ok())
            })
            .max_by_key(|one| one.created().map(pgp::types::Timestamp::as_secs));
        match binding {
            None => unusable("the subkey that signed is not bound to it for signing"),
            Some(_) if over(subkey.key.created_at().as_secs(), binding) => {
                unusable("its signing subkey had expired when it signed")
            }
            Some(_) => Ok(()),
        }
    }

    fn verify(
        &self,
        what: &str,
        signature: &Signature,
        data: &mut dyn Read,
    ) -> Result<String, SignatureError> {
        let verified = match self.subkey {
            Some(subkey) => signature.verify(&subkey.key, data),
            None => signature.verify(&self.certificate.primary_key, data),
        };
        let bad = |error: pgp::errors::Error| SignatureError::Bad {
            what: what.to_owned(),
            key: self.name(),
            reason: short(&error),
        };
        verified.map(|()| self.name()).map_err(bad)
    }
}

/// The library's words, without those that are about itself.
fn short(error: &pgp::errors::Error) -> String {
    let text = error.to_string();
    if text.contains("invalid signed hash value") || text.contains("InvalidSignature") {
        return "it is over other bytes".to_owned();
    }
    text.lines().next().unwrap_or_default().to_owned()
}

/// Whether a signature names that key as its maker.
fn made(signature: &Signature, key: &impl KeyDetails) -> bool {
    let by_fingerprint = signature.issuer_fingerprint();
    if by_fingerprint.is_empty() {
        return signature.issuer_key_id().iter().any(|id| **id == key.legacy_key_id());
    }
    by_fingerprint.iter().any(|named| **named == key.fingerprint())
}

fn issuers(signature: &Signature) -> Vec<String> {
    let fingerprints = signature.issuer_fingerprint();
    if fingerprints.is_empty() {
        return signature.issuer_key_id().iter().map(|id| id.to_string().to_uppercase()).collect();
    }
    fingerprints.iter().map(|fingerprint| format!("{fingerprint:X}")).collect()
}

/// 40 hexadecimal digits in upper case, as `gpg` prints them.
fn fingerprint(key: &impl KeyDetails) -> String {
    format!("{:X}", key.fingerprint())
}

/// Cuts one armored block off, or all that is left where it is not armored.
fn next_block<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    const END: &[u8] = b"-----END PGP PUBLIC KEY BLOCK-----";
    let block = rest.trim_ascii_start();
    if block.is_empty() {
        return None;
    }
    let end = block.windows(END.len()).position(|window| window == END);
    let (block, after) = block.split_at(end.map_or(block.len(), |at| at + END.len()));
    *rest = after;
    Some(block)
}

#[cfg(test)]
mod tests;
