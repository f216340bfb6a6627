//! The macro language: arbitrary text in variables, functions and references is expanded or is an error.
#![no_main]

use fuzz_tree::Fuzzed;
use kconfig::syntax::{self, Dialect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\n').collect();
    let (first, second) = text.split_at(text.len() / 2);
    let tree =
        [b"f = ", first, b"\ng := ", second, b"\nh = $(f,$(g),a)\nconfig A\n\tstring\n\tdefault \"$(h,b)\"\n"];
    let _ = syntax::parse(&Fuzzed(&tree.concat()), "Kconfig", Dialect::NEWEST);
});
