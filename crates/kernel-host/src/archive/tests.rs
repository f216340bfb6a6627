//! Tests with archives made here, and by the machine's own `tar` and `xz` where those are.

mod judged;
mod known;

use std::io::Write;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use tar::{Builder, EntryType, Header};

use super::*;
use crate::fs::{self, TempDir, tests::scratch};

/// The time of every member.
const TIME: u64 = 1_600_000_000;

/// Appends a member whose name and link text are taken as they are, be they ever so bad.
fn member(builder: &mut Builder<Vec<u8>>, kind: EntryType, name: &str, link: &str, mode: u32, data: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(TIME);
    header.set_size(data.len() as u64);
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_link_name_literal(link).unwrap();
    header.set_cksum();
    builder.append(&header, data).unwrap();
}

fn file(builder: &mut Builder<Vec<u8>>, name: &str, data: &[u8]) {
    member(builder, EntryType::Regular, name, "", 0o644, data);
}

fn dir(builder: &mut Builder<Vec<u8>>, name: &str) {
    member(builder, EntryType::Directory, name, "", 0o755, b"");
}

fn link(builder: &mut Builder<Vec<u8>>, name: &str, target: &str) {
    member(builder, EntryType::Symlink, name, target, 0o777, b"");
}

/// Makes a small tree of the shape of a kernel's.
fn sample() -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    member(&mut builder, EntryType::XGlobalHeader, "pax_global_header", "", 0o644, b"18 comment=abcdef\n");
    dir(&mut builder, "linux-1.2/");
    file(&mut builder, "linux-1.2/Makefile", b"VERSION = 1\n");
    member(&mut builder, EntryType::Regular, "linux-1.2/scripts/run.sh", "", 0o775, b"#!/bin/sh\n");
    dir(&mut builder, "linux-1.2/arch/arm");
    link(&mut builder, "linux-1.2/scripts/arm", ".././arch/arm");
    member(&mut builder, EntryType::Link, "linux-1.2/hard", "linux-1.2/Makefile", 0o644, b"");
    file(&mut builder, "linux-1.2/big", &big());
    builder.into_inner().unwrap()
}

/// Bytes that do not repeat within a piece.
fn big() -> Vec<u8> {
    (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn check_sample(tree: &AbsPath) {
    assert_eq!(fs::read_to_string(&tree.join("Makefile")).unwrap(), "VERSION = 1\n");
    assert!(fs::read(&tree.join("big")).unwrap() == big());
    let metadata = |name: &str| std::fs::symlink_metadata(tree.join(name)).unwrap();
    assert_eq!(metadata("scripts/run.sh").permissions().mode() & 0o700, 0o700);
    assert_eq!(metadata("Makefile").permissions().mode() & 0o100, 0);
    assert_eq!(metadata("Makefile").mtime(), i64::try_from(TIME).unwrap());
    assert_eq!(metadata("arch/arm").mtime(), i64::try_from(TIME).unwrap());
    assert_eq!(metadata("Makefile").ino(), metadata("hard").ino());
    assert_eq!(std::fs::read_link(tree.join("scripts/arm")).unwrap().to_str(), Some(".././arch/arm"));
    assert!(fs::is_dir(&tree.join("scripts/arm")));
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Compresses to an xz stream of many blocks, or of one.
fn xz(bytes: &[u8], block_size: u64) -> Vec<u8> {
    let mut builder = liblzma::stream::MtStreamBuilder::new();
    let stream = builder.threads(2).block_size(block_size).preset(0).check(liblzma::stream::Check::Crc64);
    let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream.encoder().unwrap());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn order<'a>(archive: &'a AbsPath, dest: &'a AbsPath) -> Order<'a> {
    Order { archive, dest, deb_member: None, tar_sha256: None, witness: None, limits: Limits::default() }
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Compresses to a zstd stream of many frames, as `pzstd` does: before each one its length, in a frame that is skipped.
fn zst_frames(bytes: &[u8], frame_size: usize) -> Vec<u8> {
    let frames = bytes.chunks(frame_size).map(|chunk| {
        let frame = zstd::bulk::compress(chunk, 1).unwrap();
        let length = u32::try_from(frame.len()).unwrap().to_le_bytes();
        [&[0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0][..], &length, &frame].concat()
    });
    frames.collect::<Vec<_>>().concat()
}

/// Unpacks `bytes` and returns where; `Err` holds the message and nothing may be left.
fn unpack(dir: &TempDir, bytes: &[u8]) -> Result<AbsPath, String> {
    let archive = dir.path().join("archive");
    fs::write_atomic(&archive, bytes).unwrap();
    let dest = dir.path().join("new/dest");
    let unpacked = super::unpack(order(&archive, &dest), &Cancel::new(), &mut |_| {});
    finish(dir, &dest, unpacked)
}

fn finish(
    dir: &TempDir,
    dest: &AbsPath,
    unpacked: Result<Unpacked, ArchiveError>,
) -> Result<AbsPath, String> {
    let beside = fs::list_dir(&dest.parent().unwrap()).unwrap();
    match unpacked {
        Ok(_) => {
            assert_eq!(beside, std::slice::from_ref(dest));
            Ok(dest.clone())
        }
        Err(error) => {
            assert_eq!(beside, []);
            Err(error.to_string().replace(&dir.path().to_string(), "/tmp"))
        }
    }
}

#[test]
fn every_compression_gives_the_same_tree() {
    let plain = sample();
    let zst = zstd::encode_all(plain.as_slice(), 1).unwrap();
    let (half, rest) = plain.split_at(plain.len() / 2);
    let padded = [xz(half, 1 << 16), vec![0; 8], xz(rest, 1 << 16)].concat();
    let twice = [gz(half), gz(rest)].concat();
    let table = [
        ("xz", xz(&plain, 1 << 16)),
        ("one block", xz(&plain, 1 << 30)),
        ("gz", gz(&plain)),
        ("bz2", bz2(&plain)),
        ("two bz2", [bz2(half), bz2(rest)].concat()),
        ("zst", zst),
        ("two zst", [zstd::encode_all(half, 1).unwrap(), zstd::encode_all(rest, 1).unwrap()].concat()),
        ("zst frames", zst_frames(&plain, 100_000)),
        ("small zst frames", zst_frames(&plain, 1000)),
    ];
    for (name, bytes) in table.into_iter().chain([("plain", plain), ("two xz", padded), ("two gz", twice)]) {
        let dir = scratch();
        check_sample(&unpack(&dir, &bytes).unwrap_or_else(|error| panic!("{name}: {error}")));
    }
}

#[test]
fn without_a_single_top_nothing_is_stripped() {
    let mut builder = Builder::new(Vec::new());
    file(&mut builder, "./a/f", b"1");
    link(&mut builder, "./a/up", "../b");
    file(&mut builder, "./b", b"2");
    let dir = scratch();
    let tree = unpack(&dir, &builder.into_inner().unwrap()).unwrap();
    assert_eq!(fs::list_dir(&tree).unwrap(), [tree.join("a"), tree.join("b")]);
    assert_eq!(fs::read_to_string(&tree.join("a/up")).unwrap(), "2");
}

/// Returns the message about an archive whose last member is bad.
fn refusal(fill: impl FnOnce(&mut Builder<Vec<u8>>)) -> String {
    let dir = scratch();
    let victim = dir.path().join("victim");
    fs::write_atomic(&victim, b"whole").unwrap();
    let mut builder = Builder::new(Vec::new());
    file(&mut builder, "top/f", b"1");
    fill(&mut builder);
    let message = unpack(&dir, &builder.into_inner().unwrap()).unwrap_err();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "whole");
    message.strip_prefix("refused member ").unwrap_or_else(|| panic!("{message}")).to_owned()
}

#[test]
fn what_would_leave_the_tree_is_refused_by_name() {
    use EntryType as Kind;
    let messages = [
        refusal(|b| file(b, "/victim", b"x")),
        refusal(|b| file(b, "../victim", b"x")),
        refusal(|b| file(b, "top/../../victim", b"x")),
        refusal(|b| link(b, "top/l", "/etc/passwd")),
        refusal(|b| link(b, "top/l", "../../victim")),
        refusal(|b| link(b, "top/l", "../victim")),
        refusal(|b| link(b, "top/l", "d/../../victim")),
        refusal(|b| {
            link(b, "top/l", "f");
            file(b, "top/l/victim", b"x");
        }),
        refusal(|b| {
            link(b, "top/l", ".");
            file(b, "top/l", b"x");
        }),
        refusal(|b| member(b, Kind::Link, "top/h", "../victim", 0o644, b"")),
        refusal(|b| member(b, Kind::Link, "top/h", "top/absent", 0o644, b"")),
        refusal(|b| {
            link(b, "top/a/b/l", "../..");
            member(b, Kind::Link, "top/h", "top/a/b/l", 0o644, b"");
        }),
        refusal(|b| member(b, Kind::Char, "top/dev", "", 0o644, b"")),
        refusal(|b| member(b, Kind::Fifo, "top/fifo", "", 0o644, b"")),
        refusal(|b| member(b, Kind::new(b'Z'), "top/z", "", 0o644, b"")),
        refusal(|b| file(b, "top/f/g", b"x")),
    ];
    insta::assert_snapshot!(messages.join("\n"), @"
    `/victim` of `/tmp/archive`: its name is absolute
    `../victim` of `/tmp/archive`: its name has a `..`
    `top/../../victim` of `/tmp/archive`: its name has a `..`
    `top/l` of `/tmp/archive`: it is a link to an absolute path
    `top/l` of `/tmp/archive`: it is a link that leaves the archive
    `top/l` of `/tmp/archive`: it is a link that leaves the archive's only directory
    `top/l` of `/tmp/archive`: it is a link that goes up again after going down
    `top/l/victim` of `/tmp/archive`: it lies in what another member made a link or a file
    `top/l` of `/tmp/archive`: its name is taken by another member
    `top/h` of `/tmp/archive`: it is a link that leaves the archive
    `top/h` of `/tmp/archive`: it is a link to what is no file of the archive
    `top/h` of `/tmp/archive`: it is a link to what is no file of the archive
    `top/dev` of `/tmp/archive`: it is a device
    `top/fifo` of `/tmp/archive`: it is a named pipe
    `top/z` of `/tmp/archive`: it is of the unknown kind `Z`
    `top/f/g` of `/tmp/archive`: it lies in what another member made a link or a file
    ");
}

#[test]
fn damage_is_told_and_leaves_nothing() {
    let whole = xz(&sample(), 1 << 16);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    let mut index = whole.clone();
    let end = index.len() - 20;
    index[end] ^= 0x55;
    let gz = gz(&sample());
    let table: [&[u8]; 8] = [
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 1],
        &flipped,
        &index,
        &gz[..gz.len() - 4],
        b"BZh9",
        b"<html>",
        b"",
    ];
    let messages = table.map(|bytes| unpack(&scratch(), bytes).unwrap_err());
    insta::assert_snapshot!(messages.join("\n"), @"
    could not unpack `/tmp/archive`: the xz stream ends too early
    could not unpack `/tmp/archive`: the xz stream ends too early
    could not unpack `/tmp/archive`: lzma data error
    could not unpack `/tmp/archive`: lzma data error
    could not unpack `/tmp/archive`: unexpected end of file
    could not unpack `/tmp/archive`: decompression not finished but EOF reached
    could not unpack `/tmp/archive`: found bytes `3c 68 74 6d 6c 3e`, expected a tar file, plain or compressed by gzip, bzip2, xz or zstd
    could not unpack `/tmp/archive`: found no bytes, expected a tar file, plain or compressed by gzip, bzip2, xz or zstd
    ");
}

#[test]
fn a_cancel_leaves_nothing() {
    let dir = scratch();
    let archive = dir.path().join("archive");
    fs::write_atomic(&archive, &xz(&sample(), 1 << 16)).unwrap();
    let dest = dir.path().join("new/dest");
    let cancel = Cancel::new();
    let error = super::unpack(order(&archive, &dest), &cancel, &mut |_| cancel.request()).unwrap_err();
    assert!(matches!(&error, ArchiveError::Cancelled { archive: at } if *at == archive), "{error}");
    finish(&dir, &dest, Err(error)).unwrap_err();
}

#[test]
fn progress_ends_at_the_size_of_the_archive_and_never_goes_back() {
    let dir = scratch();
    let archive = dir.path().join("archive");
    fs::write_atomic(&archive, &gz(&sample())).unwrap();
    let mut seen = Vec::new();
    super::unpack(order(&archive, &dir.path().join("dest")), &Cancel::new(), &mut |progress| {
        seen.push(progress)
    })
    .unwrap();
    let size = fs::size(&archive).unwrap();
    assert!(seen.is_sorted_by_key(|progress| progress.done), "{seen:?}");
    assert_eq!(seen.last(), Some(&Progress { done: size, total: Some(size) }));
}

#[test]
fn a_destination_that_holds_something_is_left_alone() {
    let dir = scratch();
    let (archive, dest) = (dir.path().join("archive"), dir.path().join("dest"));
    fs::write_atomic(&archive, &sample()).unwrap();
    fs::create_dir_all(&dest).unwrap();
    fs::write_atomic(&dest.join("mine"), b"").unwrap();
    let error = super::unpack(order(&archive, &dest), &Cancel::new(), &mut |_| {}).unwrap_err();
    let message = error.to_string().replace(&dir.path().to_string(), "/tmp");
    insta::assert_snapshot!(message, @"could not unpack to `/tmp/dest`: it is there already and not empty");
    fs::remove_file(&dest.join("mine")).unwrap();
    super::unpack(order(&archive, &dest), &Cancel::new(), &mut |_| {}).unwrap();
    check_sample(&dest);
}

/// Makes a package: three members, one of odd length; the tarball of the files is compressed by `outer`.
fn deb(outer: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut files = Builder::new(Vec::new());
    dir(&mut files, "./usr/");
    file(&mut files, "./usr/share/doc/copyright", b"free");
    file(&mut files, "./usr/src/linux-source-1.2.tar.xz", &xz(&sample(), 1 << 16));
    file(&mut files, "./usr/src/other", b"not read any more");
    let members: [(&str, Vec<u8>); 3] = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.xz", b"odd".to_vec()),
        ("data.tar.xz/", outer(&files.into_inner().unwrap())),
    ];
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, data) in members {
        writeln!(bytes, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, "100644", data.len()).unwrap();
        bytes.extend(&data);
        bytes.resize(bytes.len() + data.len() % 2, b'\n');
    }
    bytes
}

fn unpack_deb(dir: &TempDir, bytes: &[u8], suffix: &str) -> Result<AbsPath, String> {
    let package = dir.path().join("linux-source.deb");
    fs::write_atomic(&package, bytes).unwrap();
    let dest = dir.path().join("new/dest");
    let order = Order { deb_member: Some(suffix), ..order(&package, &dest) };
    let unpacked = super::unpack(order, &Cancel::new(), &mut |_| {});
    finish(dir, &dest, unpacked)
}

#[test]
fn the_tarball_in_a_package_is_unpacked_without_a_stop() {
    for bytes in [
        deb(|files| xz(files, 1 << 16)),
        deb(|files| zstd::encode_all(files, 1).unwrap()),
        deb(<[u8]>::to_vec),
    ] {
        check_sample(&unpack_deb(&scratch(), &bytes, "/linux-source-1.2.tar.xz").unwrap());
    }
}

#[test]
fn a_package_without_the_tarball_says_so() {
    let whole = deb(gz);
    let messages = [
        unpack_deb(&scratch(), &whole, ".tar.zst").unwrap_err(),
        unpack_deb(&scratch(), &whole[..100], ".tar.xz").unwrap_err(),
        unpack_deb(&scratch(), &whole[..whole.len() - 100_000], ".tar.xz").unwrap_err(),
        unpack_deb(&scratch(), b"no package at all", ".tar.xz").unwrap_err(),
    ];
    insta::assert_snapshot!(messages.join("\n"), @"
    found no file that ends in `.tar.zst` in the package `/tmp/linux-source.deb`
    could not unpack `/tmp/linux-source.deb`: the header of a package's member is damaged
    could not unpack `/tmp/linux-source.deb`: incomplete deflate stream
    could not unpack `/tmp/linux-source.deb`: found no Debian package, expected one
    ");
}

#[test]
fn what_the_machines_own_tar_packs_is_unpacked() {
    let dir = scratch();
    let tree = dir.path().join("tree");
    // Names longer than a header holds, in the two ways of writing them.
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(150));
    fs::create_dir_all(&tree.join(&long).parent().unwrap()).unwrap();
    fs::write_atomic(&tree.join(&long), b"long").unwrap();
    for format in ["gnu", "pax"] {
        let tarball = dir.path().join(format!("{format}.tar"));
        let mut tar = crate::process::Command::new("tar");
        tar.current_dir(dir.path()).arg(format!("--format={format}")).args(["-cf"]).arg(&tarball).arg("tree");
        if let Err(error) = tar.checked_output(&Cancel::new()) {
            println!("skipped: {error}");
            return;
        }
        let dest = dir.path().join(format);
        super::unpack(order(&tarball, &dest), &Cancel::new(), &mut |_| {}).unwrap();
        assert_eq!(fs::read(&dest.join(&long)).unwrap(), b"long");
    }
}
