//! Signatures made here, and by the machine's own `gpg` where that is.

use pgp::composed::{
    ArmorOptions, CleartextSignedMessage, KeyType, SecretKeyParamsBuilder, SignedSecretKey,
    SubkeyParamsBuilder,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::ser::Serialize as _;
use pgp::types::Password;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::cancel::Cancel;
use crate::fs::{self, tests::scratch};
use crate::process::Command;

fn key(seed: u64, with_subkey: bool) -> SignedSecretKey {
    let mut params = SecretKeyParamsBuilder::default();
    params
        .key_type(KeyType::Ed25519Legacy)
        .can_certify(true)
        .can_sign(true)
        .primary_user_id(format!("Signer {seed} <signer@example.org>"));
    if with_subkey {
        let mut subkey = SubkeyParamsBuilder::default();
        subkey.key_type(KeyType::Ed25519Legacy).can_sign(true);
        params.subkeys(vec![subkey.build().unwrap()]);
    }
    params.build().unwrap().generate(StdRng::seed_from_u64(seed)).unwrap()
}

fn ring(keys: &[&SignedSecretKey]) -> Keyring {
    let mut ring = Keyring::default();
    for key in keys {
        let public = SignedPublicKey::from((*key).clone());
        ring.add("keys.asc", &public.to_armored_bytes(ArmorOptions::default()).unwrap()).unwrap();
    }
    ring
}

fn sign(key: &SignedSecretKey, data: &[u8]) -> Vec<u8> {
    let rng = StdRng::seed_from_u64(9);
    let no_password = Password::empty();
    let signed = match key.secret_subkeys.first() {
        Some(subkey) => {
            DetachedSignature::sign_binary_data(rng, &subkey.key, &no_password, HashAlgorithm::Sha512, data)
        }
        None => DetachedSignature::sign_binary_data(
            rng,
            &key.primary_key,
            &no_password,
            HashAlgorithm::Sha256,
            data,
        ),
    };
    signed.unwrap().to_armored_bytes(ArmorOptions::default()).unwrap()
}

/// The message, with the digits of fingerprints replaced.
fn said(error: &SignatureError) -> String {
    let words: Vec<String> = error
        .to_string()
        .split(' ')
        .map(|word| {
            let digits = word.trim_end_matches([',', ':']);
            let is_print = digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_print { word.replace(digits, "FINGERPRINT") } else { word.to_owned() }
        })
        .collect();
    words.join(" ")
}

#[test]
fn a_good_signature_names_its_certificate() {
    for with_subkey in [false, true] {
        let signing = key(1, with_subkey);
        let other = key(2, true);
        let ring = ring(&[&other, &signing]);
        let signature = sign(&signing, b"the tar");
        let detached = ring.detached("linux.tar.sign", &signature).unwrap();
        let signer = detached.verify(&mut &b"the tar"[..]).unwrap();
        assert_eq!(signer, fingerprint(&signing.primary_key));
        assert!(ring.fingerprints().contains(&signer));
        let error = detached.verify(&mut &b"the tax"[..]).unwrap_err();
        assert_eq!(said(&error), "bad signature `linux.tar.sign` of FINGERPRINT: it is over other bytes");
    }
}

#[test]
fn who_is_not_trusted_and_what_is_no_signature_is_refused() {
    let (trusted, other) = (key(1, false), key(2, true));
    let ring = ring(&[&trusted]);
    let refusals = [
        ring.detached("a.sign", &sign(&other, b"x")).unwrap_err(),
        ring.detached("a.sign", b"<html>not found</html>").unwrap_err(),
        ring.clearsigned("sums", "no signature at all\n").unwrap_err(),
        Keyring::default().add("k.asc", b"").unwrap_err(),
    ];
    let said: Vec<String> = refusals.iter().map(said).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    `a.sign` is signed by FINGERPRINT, which is none of the keys: FINGERPRINT
    found no OpenPGP signature in `a.sign`: not enough bytes in buffer: armor header
    found no OpenPGP signature in `sums`: it is not clearsigned
    found no OpenPGP certificate in `k.asc`: it is empty
    ");
    Keyring::default().add("k.asc", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n").unwrap_err();
    Keyring::default().add("k.asc", &[0xff; 40]).unwrap_err();
}

/// A subkey that somebody glued to a trusted certificate has no binding of it.
#[test]
fn a_subkey_of_somebody_else_is_refused() {
    let (trusted, thief) = (key(1, true), key(2, true));
    let mut public = SignedPublicKey::from(trusted);
    public.public_subkeys = SignedPublicKey::from(thief.clone()).public_subkeys;
    let mut ring = Keyring::default();
    ring.add("k.asc", &public.to_bytes().unwrap()).unwrap();
    let error = ring.detached("a.sign", &sign(&thief, b"x")).unwrap_err();
    assert_eq!(
        said(&error),
        "`a.sign` is signed by FINGERPRINT, which cannot be used: the subkey that signed is not bound to it for signing"
    );
}

#[test]
fn a_clearsigned_text_is_what_was_signed_and_no_more() {
    let key = key(3, false);
    let text = "0123  linux-6.12.tar.xz\n- a line with a dash\n";
    let message =
        CleartextSignedMessage::sign(StdRng::seed_from_u64(4), text, &key.primary_key, &Password::empty())
            .unwrap();
    let signed = message.to_armored_string(ArmorOptions::default()).unwrap();
    let around = format!("ffff  linux-6.12.tar.xz\n{signed}eeee  linux-6.12.tar.xz\n");
    let ring = ring(&[&key]);
    let (found, signer) = ring.clearsigned("sums", &around).unwrap();
    assert_eq!(found.trim_end(), text.trim_end());
    assert_eq!(signer, fingerprint(&key.primary_key));
    assert_eq!(unverified("sums", &around).unwrap().trim_end(), text.trim_end());
    assert_eq!(unverified("sums", "plain\n").unwrap(), "plain\n");

    let error = ring.clearsigned("sums", &signed.replace("0123", "0124")).unwrap_err();
    assert_eq!(said(&error), "bad signature `sums` of FINGERPRINT: it is over other bytes");
}

/// What `gpg` makes is understood, and a key that it revoked is refused.
#[test]
fn signatures_of_gpg() {
    let dir = scratch();
    let home = dir.path().join("home");
    fs::create_dir_all(&home).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let gpg = |args: &[&str]| {
        let mut gpg = Command::new("gpg");
        gpg.current_dir(dir.path()).env("GNUPGHOME", home.as_path());
        gpg.args(["--batch", "--quiet", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""])
            .args(args);
        gpg.checked_output(&Cancel::new())
    };
    if let Err(error) = gpg(&["--quick-generate-key", "Signer <s@example.org>", "rsa2048", "sign", "1y"]) {
        println!("skipped: {error}");
        return;
    }
    let tar = dir.path().join("linux.tar");
    fs::write_atomic(&tar, b"the tar").unwrap();
    fs::write_atomic(&dir.path().join("sums"), b"0123  linux-6.12.tar.xz\n").unwrap();
    gpg(&["--armor", "--detach-sign", "linux.tar"]).unwrap();
    gpg(&["--clearsign", "sums"]).unwrap();
    gpg(&["--armor", "--output", "key.asc", "--export"]).unwrap();
    let read = |name: &str| fs::read(&dir.path().join(name)).unwrap();
    let mut ring = Keyring::default();
    ring.add("key.asc", &read("key.asc")).unwrap();
    let signature = read("linux.tar.asc");
    let detached = ring.detached("linux.tar.asc", &signature).unwrap();
    detached.verify(&mut &b"the tar"[..]).unwrap();
    detached.verify(&mut &b"the car"[..]).unwrap_err();
    let sums = String::from_utf8(read("sums.asc")).unwrap();
    assert_eq!(ring.clearsigned("sums.asc", &sums).unwrap().0.trim_end(), "0123  linux-6.12.tar.xz");

    // gpg writes the revocation beside the key, with a colon that keeps it from being imported by accident.
    let revocations = fs::list_dir(&home.join("openpgp-revocs.d")).unwrap();
    let armed = fs::read_to_string(&revocations[0]).unwrap().replace(":-----BEGIN", "-----BEGIN");
    fs::write_atomic(&dir.path().join("revoke.asc"), armed.as_bytes()).unwrap();
    gpg(&["--import", "revoke.asc"]).unwrap();
    gpg(&["--armor", "--output", "revoked.asc", "--export"]).unwrap();
    let mut ring = Keyring::default();
    ring.add("revoked.asc", &read("revoked.asc")).unwrap();
    let error = ring.detached("linux.tar.asc", &signature).unwrap_err();
    assert_eq!(said(&error), "`linux.tar.asc` is signed by FINGERPRINT, which cannot be used: it is revoked");
}
