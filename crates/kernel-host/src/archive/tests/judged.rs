//! Digests, witnesses, bounds, room on the disk, frames.

use std::io::Write;

use tar::{Builder, EntryType};

use super::super::{frames, parts, space};
use super::*;
use crate::archive;
use crate::digest::{hex, sha256};
use crate::fs::{self, tests::scratch};

/// What a compression does to the bytes of the file, it does not do to the digest of the tar file.
#[test]
fn the_digest_is_that_of_the_plain_tar_file() {
    let plain = sample();
    let digest = sha256(&plain);
    for bytes in [plain.clone(), gz(&plain), bz2(&plain), xz(&plain, 1 << 16), zst_frames(&plain, 100_000)] {
        let dir = scratch();
        let (archive, dest) = (dir.path().join("archive"), dir.path().join("dest"));
        fs::write_atomic(&archive, &bytes).unwrap();
        let order = Order { tar_sha256: Some(digest), ..order(&archive, &dest) };
        let unpacked = archive::unpack(order, &Cancel::new(), &mut |_| {}).unwrap();
        assert_eq!(unpacked.tar_sha256, digest);
        let names: Vec<_> = unpacked.members.iter().map(|member| member.path.to_str().unwrap()).collect();
        assert_eq!(names, ["Makefile", "big", "hard", "scripts/arm", "scripts/run.sh"]);
        let of =
            |name: &str| &unpacked.members.iter().find(|m| m.path.to_str() == Some(name)).unwrap().content;
        let file = |len, executable, bytes: &[u8]| Content::File {
            len,
            mtime: TIME,
            executable,
            sha256: sha256(bytes),
        };
        assert_eq!(*of("Makefile"), file(12, false, b"VERSION = 1\n"));
        assert_eq!(of("hard"), of("Makefile"));
        assert_eq!(*of("big"), file(800_000, false, &big()));
        assert_eq!(*of("scripts/run.sh"), file(10, true, b"#!/bin/sh\n"));
        assert_eq!(*of("scripts/arm"), Content::Link(".././arch/arm".into()));
    }
}

/// Nothing is left of a tree whose tar file is another one, or whose witness is not content.
#[test]
fn who_judges_the_tar_file_is_heard() {
    struct Says(Result<(), String>);
    impl Witness for Says {
        fn judge(&self, tar: &mut dyn Read) -> Result<(), String> {
            let read = std::io::copy(tar, &mut std::io::sink()).unwrap();
            assert_eq!(read, sample().len() as u64);
            self.0.clone()
        }
    }
    struct LeavesEarly;
    impl Witness for LeavesEarly {
        fn judge(&self, tar: &mut dyn Read) -> Result<(), String> {
            tar.read_exact(&mut [0; 1]).map_err(|error| error.to_string())
        }
    }
    let dir = scratch();
    let (archive, dest) = (dir.path().join("archive"), dir.path().join("new/dest"));
    fs::write_atomic(&archive, &xz(&sample(), 1 << 16)).unwrap();
    let run = |order| finish(&dir, &dest, archive::unpack(order, &Cancel::new(), &mut |_| {}));
    let wrong = run(Order { tar_sha256: Some([0xab; 32]), ..order(&archive, &dest) }).unwrap_err();
    let found = hex(&sha256(&sample()));
    let wrong = wrong.replace(&found, "FOUND").replace(&"ab".repeat(32), "EXPECTED");
    let bad = Says(Err("bad signature".to_owned()));
    let rejected = run(Order { witness: Some(&bad), ..order(&archive, &dest) }).unwrap_err();
    insta::assert_snapshot!(format!("{wrong}\n{rejected}"), @"
    could not verify `/tmp/archive`: found SHA-256 `FOUND` of the uncompressed tar file, expected `EXPECTED`
    could not verify `/tmp/archive`: bad signature
    ");
    run(Order { witness: Some(&Says(Ok(()))), ..order(&archive, &dest) }).unwrap();
    fs::remove_dir_all(&dest).unwrap();
    run(Order { witness: Some(&LeavesEarly), ..order(&archive, &dest) }).unwrap();
}

fn limited(limits: Limits, fill: impl FnOnce(&mut Builder<Vec<u8>>)) -> String {
    let dir = scratch();
    let (archive, dest) = (dir.path().join("archive"), dir.path().join("new/dest"));
    let mut builder = Builder::new(Vec::new());
    file(&mut builder, "top/f", b"1");
    fill(&mut builder);
    fs::write_atomic(&archive, &builder.into_inner().unwrap()).unwrap();
    let order = Order { limits, ..order(&archive, &dest) };
    finish(&dir, &dest, archive::unpack(order, &Cancel::new(), &mut |_| {})).unwrap_err()
}

#[test]
fn what_is_too_much_is_refused_by_name() {
    let all = Limits::default();
    let long = "n".repeat(90);
    let messages = [
        limited(Limits { members: 3, ..all }, |b| (0..9).for_each(|n| file(b, &format!("top/{n}"), b""))),
        limited(Limits { bytes: 9, ..all }, |b| file(b, "top/large", b"0123456789")),
        limited(Limits { name: 40, ..all }, |b| file(b, &long, b"")),
        limited(Limits { depth: 3, ..all }, |b| file(b, "top/a/b/c", b"")),
        // A long name that never ends.
        limited(Limits { headers: 4096, ..all }, |b| {
            member(b, EntryType::GNULongName, "././@LongLink", "", 0o644, &[b'x'; 100_000]);
        }),
        limited(Limits { headers: 4096, ..all }, |b| {
            member(b, EntryType::XHeader, "pax", "", 0o644, &[b'x'; 100_000]);
        }),
    ];
    insta::assert_snapshot!(messages.join("\n"), @"
    refused member `top/2` of `/tmp/archive`: it is one more than the 3 members that are allowed
    refused member `top/large` of `/tmp/archive`: with it, the files hold more than 9 bytes
    refused member `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…` of `/tmp/archive`: its name is longer than 40 bytes
    refused member `top/a/b/c` of `/tmp/archive`: it lies more than 3 directories deep
    refused member `top/f` of `/tmp/archive`: the headers after it are longer than 4096 bytes
    refused member `top/f` of `/tmp/archive`: the headers after it are longer than 4096 bytes
    ");
}

/// A file that says that it becomes larger than any disk is refused before anything is written.
#[test]
fn room_is_asked_for_before() {
    let dir = scratch();
    let (archive, dest) = (dir.path().join("archive"), dir.path().join("new/dest"));
    // A frame with a content size of eight bytes, and no window.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xe0];
    frame.extend((1_u64 << 60).to_le_bytes());
    frame.extend([1, 0, 0]);
    fs::write_atomic(&archive, &frame).unwrap();
    let error = archive::unpack(order(&archive, &dest), &Cancel::new(), &mut |_| {}).unwrap_err();
    let ArchiveError::NoSpace { free, needed, .. } = &error else { panic!("{error}") };
    assert!(*needed > 1 << 60 && *free < 1 << 60);
    let message =
        error.to_string().replace(&dir.path().to_string(), "/tmp").replace(&free.to_string(), "FREE");
    insta::assert_snapshot!(message, @"not enough space to unpack `/tmp/archive` in `/tmp/new`: FREE bytes are free, 1268213655067531666 are needed");
    assert!(!fs::exists(&dest.parent().unwrap()));
}

#[test]
fn how_much_room_is_needed_is_told_by_each_format() {
    let plain = sample();
    let least = plain.len() as u64;
    for (name, bytes) in [
        ("plain", plain.clone()),
        ("gz", gz(&plain)),
        ("xz", xz(&plain, 1 << 16)),
        ("zst", zstd::bulk::compress(&plain, 1).unwrap()),
    ] {
        let dir = scratch();
        let archive = dir.path().join("archive");
        fs::write_atomic(&archive, &bytes).unwrap();
        let needed = space::needed(&archive, false).unwrap();
        assert!((least..least * 5 / 4).contains(&needed), "{name}: {needed} for {least}");
    }
}

/// Whatever is done to a zstd stream, it is refused or gives the same bytes, and never the wrong ones.
#[test]
fn damaged_frames_are_told() {
    let plain = sample();
    let whole = zst_frames(&plain, 100_000);
    for at in (0..whole.len()).step_by(whole.len() / 50) {
        let mut cut = whole.clone();
        cut.truncate(at);
        unpack(&scratch(), &cut).map(drop).unwrap_err();
    }
    // A frame that is too large to be held: its decoder goes on with what follows.
    let mut large = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    let noise: Vec<u8> =
        (0..40_000_000_u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    large.write_all(&noise).unwrap();
    let stream = [large.finish().unwrap(), zst_frames(b"behind it", 3)].concat();
    let mut decoded = Vec::new();
    parts::Parts::new(frames::Frames, stream.as_slice(), 3).read_to_end(&mut decoded).unwrap();
    assert!(decoded[..noise.len()] == noise[..] && &decoded[noise.len()..] == b"behind it");
    // One that becomes large.
    let zeros = vec![0; 80 << 20];
    let stream = [zstd::bulk::compress(&zeros, 1).unwrap(), zst_frames(b"behind it", 3)].concat();
    decoded.clear();
    parts::Parts::new(frames::Frames, stream.as_slice(), 3).read_to_end(&mut decoded).unwrap();
    assert!(decoded.len() == zeros.len() + 9 && decoded.ends_with(b"\0behind it"));
}
