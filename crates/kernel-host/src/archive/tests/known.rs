//! Archives whose plain digest is known: their xz blocks are cut here, and the sums in them are not looked at.

use super::*;
use crate::digest::sha256;

/// Unpacks what should hold `plain`.
fn unpack_known(dir: &TempDir, bytes: &[u8], plain: &[u8]) -> Result<AbsPath, String> {
    let archive = dir.path().join("archive");
    fs::write_atomic(&archive, bytes).unwrap();
    let dest = dir.path().join("new/dest");
    let order = Order { tar_sha256: Some(sha256(plain)), ..order(&archive, &dest) };
    finish(dir, &dest, super::super::unpack(order, &Cancel::new(), &mut |_| {}))
}

/// A stream as `xz` without `-T` makes it: its one block does not tell its sizes.
fn untold(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A stream of these blocks.
fn of_blocks(blocks: [&[u8]; 3]) -> Vec<u8> {
    use liblzma::stream::{Action, Check, MtStreamBuilder, Status};
    let mut builder = MtStreamBuilder::new();
    let stream = builder.threads(2).block_size(1 << 26).preset(0).check(Check::Crc32).encoder();
    let (mut stream, mut encoded) = (stream.unwrap(), Vec::new());
    for (index, block) in blocks.into_iter().enumerate() {
        let action = if index == 2 { Action::Finish } else { Action::FullFlush };
        let mut rest = block;
        loop {
            encoded.reserve(1 << 20);
            let before = stream.total_in();
            let status = stream.process_vec(rest, &mut encoded, action).unwrap();
            rest = &rest[usize::try_from(stream.total_in() - before).unwrap()..];
            if status == Status::StreamEnd {
                break;
            }
        }
    }
    encoded
}

#[test]
fn every_kind_of_stream() {
    let plain = sample();
    let (half, rest) = plain.split_at(plain.len() / 2);
    let table = [
        ("blocks", xz(&plain, 1 << 16)),
        ("one told block", xz(&plain, 1 << 30)),
        ("one untold block", untold(&plain)),
        ("two streams", [xz(half, 1 << 16), vec![0; 8], xz(rest, 1 << 16), vec![0; 4]].concat()),
        ("told, then untold", [xz(half, 1 << 16), untold(rest)].concat()),
        ("untold, then told", [untold(half), xz(rest, 1 << 16)].concat()),
        ("an empty one between", [xz(half, 1 << 16), xz(b"", 1 << 16), xz(rest, 1 << 16)].concat()),
    ];
    for (name, bytes) in table {
        let dir = scratch();
        check_sample(&unpack_known(&dir, &bytes, &plain).unwrap_or_else(|error| panic!("{name}: {error}")));
    }
}

/// What cannot be cut is left to the library, though the cutting has begun.
#[test]
fn a_large_block_between_small_ones() {
    let mut plain = Builder::new(Vec::new());
    file(&mut plain, "top/large", &vec![7; 33 << 20]);
    let plain = plain.into_inner().unwrap();
    let (first, rest) = plain.split_at(1000);
    let (large, last) = rest.split_at(rest.len() - 1000);
    let dir = scratch();
    let tree = unpack_known(&dir, &of_blocks([first, large, last]), &plain).unwrap();
    assert_eq!(fs::size(&tree.join("large")).unwrap(), 33 << 20);
}

/// The words are those of the reader that looks at everything.
#[test]
fn damage_is_told_as_ever() {
    let plain = sample();
    let whole = xz(&plain, 1 << 16);
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let texts = [&whole[..whole.len() / 2], &whole[..whole.len() - 6], &flipped].map(|bytes| {
        let text = unpack_known(&scratch(), bytes, &plain).unwrap_err();
        assert_eq!(text, unpack(&scratch(), bytes).unwrap_err());
        text
    });
    insta::assert_snapshot!(texts.join("\n"), @r"
    could not unpack `/tmp/archive`: the xz stream ends too early
    could not unpack `/tmp/archive`: the xz stream ends too early
    could not unpack `/tmp/archive`: lzma data error
    ");
}
