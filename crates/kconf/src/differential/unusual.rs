//! Trees that are wrong, each in one way: what `conf` says about them, and where.
//!
//! Deliberately absent: trees whose expressions or blocks are nested a thousand deep, which ours refuses.

use super::cases::settled;
use super::step::Step;

/// A tree: its files.
type Files = &'static [(&'static str, &'static [u8])];

/// How many there are.
pub(super) fn count() -> u64 {
    TREES.len() as u64
}

/// The steps of one of them.
pub(super) fn steps(seed: u64) -> Vec<Step> {
    let files = TREES[seed as usize].iter();
    let step = settled(Step::new("alldefconfig"));
    vec![files.fold(step, |step, (name, text)| step.with(name, text.to_vec()))]
}

#[rustfmt::skip]
const TREES: &[Files] = &[
    // Files.
    &[("Kconfig", b"config A\n\tbool \"a\"\nsource \"nope/Kconfig\"\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\nsource \"nope/*\"\nosource \"x\"\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\nosource \"nope\"\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\nrsource \"nope\"\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\nsource \"Kconfig\"\n")],
    &[
        ("Kconfig", b"config A\n\tbool \"a\"\nsource \"b/K\"\n"),
        ("b/K", b"config B\n\tbool \"b\"\n\nsource \"c\"\n"),
        ("c", b"#x\nsource \"Kconfig\"\n"),
    ],
    &[
        ("Kconfig", b"config A\n\tbool \"a\"\nsource \"b/K\"\n"),
        ("b/K", b"config B\n\tbool \"b\"\n\nsource \"c\"\n"),
        ("c", b"#x\nsource \"b/K\"\n"),
    ],
    &[("Kconfig", b"source \"d\"\n"), ("d/K", b"")],
    &[("Kconfig", b"source b\n"), ("b", b"config A\n\tbool \"a\"\n")],
    &[("Kconfig", b"source \"\"\n")],
    &[("Kconfig", b"source \"b\" \"c\"\n"), ("b", b"")],
    &[("Kconfig", b"source \"b\"\nsource \"b\"\n"), ("b", b"config A\n\tbool \"a\"\n")],
    &[("Kconfig", b"")],
    &[("Kconfig", b"# x")],
    &[("Kconfig", b"config A\n\tbool \"a\"")],
    // Circles.
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool \"b\"\n\tdepends on A\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tselect B\nconfig B\n\tbool \"b\"\n\tselect A\n")],
    // Blocks.
    &[("Kconfig", b"menu \"m\"\nconfig A\n\tbool \"a\"\n")],
    &[("Kconfig", b"if A\nconfig A\n\tbool \"a\"\n")],
    &[("Kconfig", b"choice\n\tprompt \"c\"\nconfig A\n\tbool \"a\"\n")],
    &[
        ("Kconfig", b"config A\n\tbool \"a\"\nsource \"b\"\nconfig C\n\tbool\n"),
        ("b", b"menu \"m\"\nconfig B\n\tbool \"b\"\n"),
    ],
    &[("Kconfig", b"menu \"m\"\nsource \"b\"\nconfig C\n\tbool\n"), ("b", b"config B\n\tbool \"b\"\nendmenu\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\nendmenu\nconfig B\n\tbool\n")],
    &[("Kconfig", b"endif\n")],
    &[("Kconfig", b"menu \"m\"\nif A\nendmenu\nendif\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\nmainmenu \"x\"\n")],
    &[("Kconfig", b"mainmenu \"a\"\nmainmenu \"x\"\n")],
    &[("Kconfig", b"comment\n")],
    &[("Kconfig", b"menu\nendmenu\n")],
    &[("Kconfig", b"if\nendif\n")],
    &[("Kconfig", b"choice\n\tprompt \"c\"\nmenu \"m\"\nendmenu\nconfig A\n\tbool \"a\"\nendchoice\n")],
    &[("Kconfig", b"choice\n\tprompt \"c\"\nendchoice\n")],
    &[("Kconfig", b"choice\n\tprompt \"c\"\nconfig A\n\tint \"a\"\nendchoice\n")],
    // Strings and bytes.
    &[("Kconfig", b"config A\n\tbool \"a\nconfig B\n\tbool 'b\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdepends on B = \"x\nconfig B\n\tstring\n")],
    &[("Kconfig", b"config A\n\tbool \"a")],
    &[("Kconfig", b"config A\n\tbool \"a\\")],
    &[("Kconfig", b"config A\n\tbool \"a \xff\xfe\"\n\thelp\n\t  caf\xe9\n")],
    &[("Kconfig", b"config A\xe9\n\tbool \"a\"\n")],
    &[("Kconfig", b"\xef\xbb\xbfconfig A\n\tbool \"a\"\n")],
    &[("Kconfig", b"config A\n\tbool \"a\0b\"\nconfig B\n\tbool \"b\"\n")],
    &[("Kconfig", b"config A\n\0\tbool \"ab\"\nconfig B\n\tbool \"b\"\n")],
    &[("Kconfig", b"config A\r\n\tbool \"a\"\r\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdepends on B @ C\n%\n")],
    &[("Kconfig", b"config A\n bool \"a\"\n  help\n  x\n y\nconfig B\n bool \"b\"\n")],
    // Statements and attributes.
    &[("Kconfig", b"config A\n\tbool \"a\"\nfoo bar\nconfig B\n\tbool \"b\"\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tfoo bar\nconfig B\n\tbool \"b\"\n")],
    &[("Kconfig", b"\tbool \"a\"\nconfig B\n\tbool \"b\"\n")],
    &[("Kconfig", b"config\n\tbool \"a\"\n")],
    &[("Kconfig", b"config A B\n\tbool \"a\"\n")],
    &[("Kconfig", b"config \"A\"\n\tbool \"a\"\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdefault\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tselect B && C\n")],
    &[("Kconfig", b"config A\n\tint \"a\"\n\trange 1\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tint\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tprompt \"b\"\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\thelp\nconfig B\n\tbool \"b\"\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\t---help---\n\t  x\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tvisible if B\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdepends B\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tmodules\nconfig B\n\tbool \"b\"\n\tmodules\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\toption modules\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\toptional\n")],
    &[("Kconfig", b"config A\n\tbool\n\ttransitional\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdepends on B if C\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tfoo\nconfig B\n\tdepends\nbar\nconfig C\n\tbool \"c\"\n\tselect\n")],
    &[("Kconfig", b"config A\n\tfoo\nsource \"b\"\nconfig C\n\tselect\n"), ("b", b"config B\n\tbar\n")],
    // Expressions.
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdepends on (B && \n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdepends on B &&& C\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdepends on B C\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdepends on B & C\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdepends on (B\n")],
    // Macros.
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdefault $(foo\n")],
    &[("Kconfig", b"X := $(foo\n")],
    &[("Kconfig", b"X = $(X)\nconfig A\n\tbool \"$(X)\"\n")],
    &[("Kconfig", b"X = $(Y)\nY = $(X)\nconfig A\n\tbool \"$(X)\"\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdefault $(foo,bar)\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n$(error-if,y,bad thing)\n")],
    &[("Kconfig", b"$(warning-if,y,odd thing)\nconfig A\n\tbool \"a\"\n")],
    &[("Kconfig", b"source \"b\"\n"), ("b", b"#\n$(error-if,y,bad)\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdefault $(shell)\n")],
    &[("Kconfig", b"config A\n\tbool \"a\"\n\tdefault $(shell,a,b)\n")],
    &[("Kconfig", b"$(info,$(filename,x))\n")],
    &[("Kconfig", b"config A\n\tX = y\n\tbool \"a\"\n")],
    &[("Kconfig", b"X Y = z\n")],
    &[("Kconfig", b"X += z\nconfig A\n\tbool \"$(X)\"\n")],
];
