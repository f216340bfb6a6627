//! Fragments laid on a `.config` as text, as the tree's `scripts/kconfig/merge_config.sh` lays them.
//!
//! ```text
//! base ─ Merging::new ─▶ ─ add(fragment) ─▶ … ─▶ text      the last value of a symbol stands, where its fragment stands
//!                              └─▶ Notice      what was redefined, repeated, or kept
//! ```
//!
//! What a fragment assigns is a line `CONFIG_X=…` or `# CONFIG_X is not set`, exactly. Where the text so far speaks of
//! such a symbol, its lines go, comments that name it included, and the fragment's stand at the end. Found out by running
//! the scripts of 6.1 and 6.12, which agree; tests compare with both.
//!
//! Unlike [`merge`](crate::merge()), which lays requests on a base and knows where each was written, this keeps the bytes.
//!
//! Deliberately absent: files; the run of `alldefconfig` or `allnoconfig` over the result.

use std::ops::Range;

use memchr::memmem;
use rustc_hash::FxHashMap;

/// Which of two values wins where a fragment has `m` for what is `y`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precedence {
    /// The later one.
    #[default]
    Last,
    /// `y` (`-y`).
    Builtin,
}

/// Something that a person may want to know about a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The symbol, with its prefix.
    pub symbol: String,
    /// What happened to it.
    pub kind: NoticeKind,
    /// The fragment.
    pub fragment: String,
    /// The lines that named it before.
    pub before: Vec<String>,
    /// The fragment's lines that name it.
    pub after: Vec<String>,
}

/// What happened to a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// The fragment changes it.
    Redefined,
    /// The fragment repeats it.
    Redundant,
    /// It stays `y`, for `y` has precedence.
    KeptBuiltin,
}

/// A merge under way.
#[derive(Clone, Debug)]
pub struct Merging<'a> {
    prefix: &'a str,
    precedence: Precedence,
    text: Vec<u8>,
    notices: Vec<Notice>,
}

impl<'a> Merging<'a> {
    /// Begins with a base; `prefix` stands before each symbol: `CONFIG_`.
    pub fn new(base: &[u8], prefix: &'a str, precedence: Precedence) -> Self {
        Self { prefix, precedence, text: base.to_vec(), notices: Vec::new() }
    }

    /// Lays a fragment on what there is.
    pub fn add(&mut self, name: &str, fragment: &[u8]) {
        let mut fragment = fragment.to_vec();
        for symbol in assigned(&fragment, self.prefix) {
            let before = lines_with_word(&self.text, &symbol);
            if before.is_empty() {
                continue;
            }
            let after = lines_with_word(&fragment, &symbol);
            let is = |lines: &[Vec<u8>], value: &[u8]| matches!(lines, [line] if *line == [symbol.as_slice(), value].concat());
            let kind = if self.precedence == Precedence::Builtin && is(&before, b"=y") && is(&after, b"=m") {
                NoticeKind::KeptBuiltin
            } else if before == after {
                NoticeKind::Redundant
            } else {
                NoticeKind::Redefined
            };
            let text = |lines: Vec<Vec<u8>>| lines.iter().map(|line| lossy(line)).collect();
            self.notices.push(Notice {
                symbol: lossy(&symbol),
                kind,
                fragment: name.to_owned(),
                before: text(before),
                after: text(after),
            });
            remove(if kind == NoticeKind::KeptBuiltin { &mut fragment } else { &mut self.text }, &symbol);
        }
        self.text.push(b'\n');
        self.text.extend_from_slice(&fragment);
    }

    /// What there was to say so far, in order.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The merged text.
    pub fn into_text(self) -> Vec<u8> {
        self.text
    }
}

/// The symbols that a text assigns, with their prefix, in order: each as often as it does.
pub fn assigned(text: &[u8], prefix: &str) -> Vec<Vec<u8>> {
    let prefix = prefix.as_bytes();
    let symbol = |line: &[u8]| {
        let (rest, end): (&[u8], &[u8]) = match line.strip_prefix(b"# ") {
            Some(rest) => (rest, b" is not set"),
            None => (line, b"="),
        };
        let name = rest.strip_prefix(prefix)?;
        let length = name.iter().take_while(|byte| is_word(**byte)).count();
        let behind = &name[length..];
        let assigns = if end == b"=" { behind.starts_with(end) } else { behind == end };
        assigns.then(|| rest[..prefix.len() + length].to_vec())
    };
    lines(text).filter_map(symbol).collect()
}

/// The lines that name a symbol as a whole word.
pub fn lines_with_word(text: &[u8], symbol: &[u8]) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut searched = 0;
    for at in places_of(symbol, text) {
        let begins = !at.checked_sub(1).is_some_and(|before| is_word(text[before]));
        let ends = !text.get(at + symbol.len()).is_some_and(|behind| is_word(*behind));
        // A line counts once.
        if at >= searched && begins && ends {
            let line = line_around(text, at);
            searched = line.end;
            let line = &text[line];
            found.push(line.strip_suffix(b"\n").unwrap_or(line).to_vec());
        }
    }
    found
}

/// A text by the words in its lines, for many symbols that are looked for in it.
pub struct Words<'t> {
    text: &'t [u8],
    lines: Vec<&'t [u8]>,
    places: FxHashMap<&'t [u8], Vec<u32>>,
}

impl<'t> Words<'t> {
    /// Takes a text apart.
    pub fn new(text: &'t [u8]) -> Self {
        let lines: Vec<_> = lines(text).collect();
        let mut places: FxHashMap<_, Vec<u32>> = FxHashMap::default();
        for (line, at) in lines.iter().zip(0..) {
            for word in line.split(|byte| !is_word(*byte)).filter(|word| !word.is_empty()) {
                let places = places.entry(word).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
        }
        Self { text, lines, places }
    }

    /// As [`lines_with_word`].
    pub fn lines_with(&self, symbol: &[u8]) -> Vec<Vec<u8>> {
        if symbol.iter().any(|byte| !is_word(*byte)) {
            return lines_with_word(self.text, symbol);
        }
        let places = self.places.get(symbol).map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|at| self.lines[*at as usize].to_vec()).collect()
    }
}

/// Takes away the lines in which a blank or `=` stands behind the symbol.
fn remove(text: &mut Vec<u8>, symbol: &[u8]) {
    let mut kept = Vec::with_capacity(text.len());
    let mut done = 0;
    for at in places_of(symbol, text) {
        if at >= done && matches!(text.get(at + symbol.len()), Some(b' ' | b'=')) {
            let line = line_around(text, at);
            kept.extend_from_slice(&text[done..line.start]);
            done = line.end;
        }
    }
    if done > 0 {
        kept.extend_from_slice(&text[done..]);
        *text = kept;
    }
}

/// Where a symbol begins in a text, also within itself.
fn places_of<'t>(symbol: &'t [u8], text: &'t [u8]) -> impl Iterator<Item = usize> + 't {
    let finder = memmem::Finder::new(symbol);
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + finder.find(text.get(from..)?)?;
        from = at + 1;
        Some(at)
    })
}

/// The line in which a byte stands, its newline included.
fn line_around(text: &[u8], at: usize) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline + 1);
    start..end
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_as_by_looking_through_the_text() {
        let text = b"CONFIG_A=y\n# CONFIG_A is not set\nCONFIG_AB=\"CONFIG_A CONFIG_A\"\nXCONFIG_A=1\nCONFIG_B=CONFIG_A";
        let words = Words::new(text);
        for symbol in
            ["CONFIG_A", "CONFIG_AB", "CONFIG_B", "CONFIG_", "ONFIG_A", "is", "AA", "CONFIG_A=", "not set"]
        {
            assert_eq!(
                words.lines_with(symbol.as_bytes()),
                lines_with_word(text, symbol.as_bytes()),
                "{symbol}"
            );
        }
        assert_eq!(words.lines_with(b"CONFIG_A").len(), 4);
        let mut overlapping = b"AAA=1\nAAAB=1\nAA is\n".to_vec();
        remove(&mut overlapping, b"AA");
        assert_eq!(overlapping, b"AAAB=1\n");
    }

    /// The text and the notices of one fragment on a base.
    fn check(base: &str, fragment: &str, precedence: Precedence) -> (String, Vec<String>) {
        let mut merging = Merging::new(base.as_bytes(), "CONFIG_", precedence);
        merging.add("f", fragment.as_bytes());
        let notice = |notice: &Notice| {
            format!("{:?} {}: {:?} {:?}", notice.kind, notice.symbol, notice.before, notice.after)
        };
        let notices = merging.notices().iter().map(notice).collect();
        (String::from_utf8(merging.into_text()).expect("text"), notices)
    }

    #[test]
    fn the_fragment_stands_behind_the_text_and_its_symbols_go_from_it() {
        let (text, notices) = check(
            "# head\nCONFIG_A=y\n# CONFIG_A is cool\nCONFIG_AB=y\nCONFIG_C=y\n",
            "# why\nCONFIG_A=n\n# CONFIG_C is not set\nCONFIG_D=y\n",
            Precedence::Last,
        );
        assert_eq!(text, "# head\nCONFIG_AB=y\n\n# why\nCONFIG_A=n\n# CONFIG_C is not set\nCONFIG_D=y\n");
        insta::assert_snapshot!(notices.join("\n"), @r##"
        Redefined CONFIG_A: ["CONFIG_A=y", "# CONFIG_A is cool"] ["CONFIG_A=n"]
        Redefined CONFIG_C: ["CONFIG_C=y"] ["# CONFIG_C is not set"]
        "##);
    }

    #[test]
    fn what_is_no_assignment_stays() {
        let odd = "CONFIG_A.b\nCONFIG_A\nsee CONFIG_A, why\nCONFIG_A-b=3\nCONFIG_A\t=y\n";
        let (text, _) =
            check(&format!("XCONFIG_A=y\nsee CONFIG_A why\n{odd}"), "CONFIG_A=n\n", Precedence::Last);
        assert_eq!(text, format!("{odd}\nCONFIG_A=n\n"));
        let (text, notices) =
            check("CONFIG_A=y\n", "# CONFIG_A is not set \n#CONFIG_A=n\n", Precedence::Last);
        assert_eq!(text, "CONFIG_A=y\n\n# CONFIG_A is not set \n#CONFIG_A=n\n");
        assert!(notices.is_empty());
    }

    #[test]
    fn a_text_without_its_last_line_feed_is_not_run_into() {
        assert_eq!(check("CONFIG_A=y", "CONFIG_B=n", Precedence::Last).0, "CONFIG_A=y\nCONFIG_B=n");
        assert_eq!(
            check("CONFIG_Q=y\nCONFIG_A=y", "CONFIG_A=n", Precedence::Last).0,
            "CONFIG_Q=y\n\nCONFIG_A=n"
        );
    }

    #[test]
    fn y_may_have_precedence_over_m() {
        let (text, notices) =
            check("CONFIG_A=y\nCONFIG_B=y\n", "CONFIG_A=m\nCONFIG_B=n\n", Precedence::Builtin);
        assert_eq!(text, "CONFIG_A=y\n\nCONFIG_B=n\n");
        assert!(notices[0].starts_with("KeptBuiltin CONFIG_A"), "{notices:?}");
        // Only where that is all that either says of it.
        let (text, _) = check("CONFIG_A=\"y\"\n", "CONFIG_A=m\n", Precedence::Builtin);
        assert_eq!(text, "\nCONFIG_A=m\n");
    }

    #[test]
    fn what_is_repeated_is_redundant() {
        let (text, notices) = check("CONFIG_A=y\nCONFIG_B=y\n", "CONFIG_A=y\n", Precedence::Last);
        assert_eq!(text, "CONFIG_B=y\n\nCONFIG_A=y\n");
        assert!(notices[0].starts_with("Redundant CONFIG_A"), "{notices:?}");
    }
}
