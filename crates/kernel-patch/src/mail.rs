//! Mails that were encoded for their transport, as plain text.
//!
//! ```text
//! From 0123… Mon Sep 17 …                    the same
//! Subject: …                                 the same
//! Content-Transfer-Encoding: base64    ──▶
//!
//! LS0tIGEvaW5pdC9tYWlu…                      --- a/init/main.c …
//! ```
//!
//! A mail in several parts becomes their texts, one behind the other. What was sent as plain text stays as it is, to the
//! byte; so does everything that is no mail. Encodings of headers and character sets are none of a patch's business.

use std::borrow::Cow;

use mailparse::ParsedMail;

use crate::scan::ParseError;

/// A patch's text as its author wrote it: mails in `base64` or `quoted-printable` are decoded.
///
/// Lines are counted in what comes out.
///
/// # Errors
/// The line of the mail that says it is encoded, and is not.
pub fn plain(text: &[u8]) -> Result<Cow<'_, [u8]>, ParseError> {
    let mut out: Option<Vec<u8>> = None;
    let (mut taken, mut line) = (0, 1);
    for mail in mails(text) {
        let start = taken;
        taken += mail.len();
        match decoded(mail).map_err(|what| ParseError::new(line, what))? {
            Some(mail) => out.get_or_insert_with(|| text[..start].to_vec()).extend(mail),
            None => {
                if let Some(out) = &mut out {
                    out.extend_from_slice(mail);
                }
            }
        }
        line += mail.iter().filter(|byte| **byte == b'\n').count();
    }
    Ok(out.map_or(Cow::Borrowed(text), Cow::Owned))
}

/// The mails of a mailbox: each begins with a line `From …` behind an empty one.
fn mails(text: &[u8]) -> Vec<&[u8]> {
    let mut mails = Vec::new();
    let (mut start, mut at, mut is_behind_empty) = (0, 0, false);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if is_behind_empty && line.starts_with(b"From ") {
            mails.push(&text[start..at]);
            start = at;
        }
        is_behind_empty = matches!(line, b"\n" | b"\r\n");
        at += line.len();
    }
    mails.push(&text[start..]);
    mails
}

/// A mail with its parts decoded; nothing where it is plain already, or is no mail.
fn decoded(mail: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let envelope = match mail.split_inclusive(|byte| *byte == b'\n').next() {
        Some(line) if line.starts_with(b"From ") => line.len(),
        _ => 0,
    };
    let (envelope, message) = mail.split_at(envelope);
    let head = head(message);
    if !is_about_encoding(head) {
        return Ok(None);
    }
    let parsed = mailparse::parse_mail(message).map_err(|error| format!("a mail that is none: {error}"))?;
    let mut bodies = Vec::new();
    if !bodies_of(&parsed, &mut bodies)? {
        return Ok(None);
    }
    let mut out = envelope.to_vec();
    let kept = |line: &&[u8]| !starts_with(line, b"content-transfer-encoding:");
    head.split_inclusive(|byte| *byte == b'\n').filter(kept).for_each(|line| out.extend_from_slice(line));
    out.push(b'\n');
    out.append(&mut bodies);
    Ok(Some(out))
}

/// The headers of a mail, up to the empty line.
fn head(message: &[u8]) -> &[u8] {
    let mut length = 0;
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        length += line.len();
    }
    &message[..length]
}

fn starts_with(line: &[u8], lower: &[u8]) -> bool {
    line.get(..lower.len()).is_some_and(|start| start.eq_ignore_ascii_case(lower))
}

/// Whether a mail's headers say that it, or a part of it, may be encoded.
fn is_about_encoding(head: &[u8]) -> bool {
    head.split(|byte| *byte == b'\n').any(|line| {
        let line_says = |word: &[u8]| line.windows(word.len()).any(|here| here.eq_ignore_ascii_case(word));
        (starts_with(line, b"content-transfer-encoding:")
            && (line_says(b"base64") || line_says(b"quoted-printable")))
            || (starts_with(line, b"content-type:") && line_says(b"multipart/"))
    })
}

/// Adds the texts of a mail's parts; whether one of them was encoded.
fn bodies_of(mail: &ParsedMail<'_>, out: &mut Vec<u8>) -> Result<bool, String> {
    if !mail.subparts.is_empty() {
        let mut is_encoded = false;
        for part in &mail.subparts {
            is_encoded |= bodies_of(part, out)?;
        }
        return Ok(is_encoded);
    }
    let encoding = mail
        .headers
        .iter()
        .find(|header| header.get_key_ref().eq_ignore_ascii_case("content-transfer-encoding"));
    let encoding = encoding.map(|header| header.get_value().trim().to_ascii_lowercase()).unwrap_or_default();
    let is_encoded = matches!(encoding.as_str(), "base64" | "quoted-printable");
    let body = mail.get_body_raw();
    let mut body = body.map_err(|error| format!("a mail in `{encoding}` that cannot be decoded: {error}"))?;
    if encoding == "quoted-printable" {
        // Lines of it end as they do on the wire; a carriage return of the patch's own is `=0D`, and has another behind it.
        let ends = body.clone();
        let is_wire = |at: usize| ends[at] == b'\r' && ends.get(at + 1) == Some(&b'\n');
        body = (0..ends.len()).filter(|at| !is_wire(*at)).map(|at| ends[at]).collect();
    }
    out.append(&mut body);
    if out.last().is_some_and(|byte| *byte != b'\n') {
        out.push(b'\n');
    }
    Ok(is_encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a = 1\n+a = 2\n--\n2.39\n";

    fn shown(text: &str) -> String {
        match plain(text.as_bytes()) {
            Ok(Cow::Borrowed(_)) => "as it is".to_owned(),
            Ok(Cow::Owned(text)) => String::from_utf8(text).expect("text"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_plain_stays() {
        for text in [
            String::new(),
            PATCH.to_owned(),
            format!("From 1 Mon Sep 17\nSubject: x\nContent-Transfer-Encoding: 8bit\n\n{PATCH}"),
            // In a patch's text, not in a header.
            format!("Subject: x\n\nContent-Transfer-Encoding: base64\n\n{PATCH}"),
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n".to_owned(),
        ] {
            assert_eq!(shown(&text), "as it is", "{text}");
        }
    }

    #[test]
    fn mails_are_decoded_one_by_one() {
        let base64 = "LS0tIGEveAorKysgYi94CkBAIC0xICsxIEBACi1hID0gMQorYSA9IDIKLS0KMi4zOQo=";
        let quoted = PATCH.replace('=', "=3D").replace("a =3D 2", "a =3D =\n2=0D");
        let plain = format!("From 2 Mon Sep 17\nSubject: two\n\n{PATCH}");
        let text = format!(
            "From 1 Mon Sep 17\nSubject: one\ncontent-transfer-encoding: BASE64\nX: y\n\n{base64}\n\n\
             {plain}\nFrom 3 Mon Sep 17\nSubject: three\nContent-Transfer-Encoding: quoted-printable\n\n{quoted}"
        );
        let expected = format!(
            "From 1 Mon Sep 17\nSubject: one\nX: y\n\n{PATCH}{plain}\n\
             From 3 Mon Sep 17\nSubject: three\n\n{}",
            PATCH.replace("a = 2", "a = 2\r")
        );
        assert_eq!(shown(&text), expected);
    }

    #[test]
    fn parts_follow_each_other() {
        let text = "Subject: x\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\nwords\n\
                    --b\nContent-Type: text/x-patch; name=x.patch\nContent-Transfer-Encoding: base64\n\nLS0tIGEveAo=\n--b--\n";
        assert_eq!(
            shown(text),
            "Subject: x\nContent-Type: multipart/mixed; boundary=\"b\"\n\nwords\n--- a/x\n"
        );
    }

    #[test]
    fn what_cannot_be_decoded() {
        let text = "From 1 Mon Sep 17\nSubject: x\n\nplain\n\nFrom 2 Mon Sep 17\nSubject: y\nContent-Transfer-Encoding: base64\n\n?!\n";
        insta::assert_snapshot!(shown(text), @"line 6: a mail in `base64` that cannot be decoded: Base64 decode error: invalid length at 0");
    }
}
