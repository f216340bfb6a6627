//! Decoder, parser and applier: arbitrary bytes are a patch or an error, no name leads out of the tree, and what is
//! refreshed does the same without an offset.
//!
//! What stands before the first zero byte is the file `x` of the tree, the rest is the patch.
#![no_main]

use kernel_patch::{Entry, PatchFile, Stack, Tree, TreeError, plain, refresh};
use libfuzzer_sys::fuzz_target;

struct Fuzzed<'a>(&'a [u8]);

impl Tree for Fuzzed<'_> {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        Ok(match path {
            "x" | "d/y" => Some(Entry::File { bytes: self.0.to_vec(), executable: path == "x" }),
            "d" => Some(Entry::Directory),
            "l" => Some(Entry::Link(b"d".to_vec())),
            _ => None,
        })
    }
}

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(0);
    let (file, text) = bytes.split_at(at);
    let tree = Fuzzed(file);
    let Ok(text) = plain(text.strip_prefix(b"\0").unwrap_or(text)) else { return };
    let Ok(patch) = PatchFile::parse(&text) else { return };
    let mut stack = Stack::new(&tree);
    let Ok(applied) = stack.apply(&patch) else { return };
    for path in stack.changes().keys() {
        let is_hostile = |part: &str| matches!(part, "" | "." | ".." | ".git");
        assert!(!path.split('/').any(is_hostile), "{path}");
    }
    let fresh = refresh(&text, &patch, &applied);
    let again = PatchFile::parse(&fresh).expect("a refreshed patch is one");
    let mut other = Stack::new(&tree);
    let landed = other.apply(&again).expect("a refreshed patch applies");
    assert_eq!(landed.offsets().count(), 0);
    assert_eq!(stack.changes(), other.changes());
});
