//! What known output of make and the tools below it means, and what to do about it.
//!
//! ```text
//! log lines ──first_error──▶ the lines with the tool's own first error ──hint──▶ advice, or None
//! ```
//!
//! The table is read top to bottom; an entry applies when a line has every one of its words. Output that nobody knows
//! gets no hint, and the lines themselves are never changed.

mod known;

use std::ops::Range;

use known::KNOWN;

/// The advice for the first of these lines that is known.
///
/// Lines that nobody knows give `None`.
pub fn hint<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<&'static str> {
    let lines: Vec<&str> = lines.into_iter().collect();
    KNOWN
        .iter()
        .find(|known| lines.iter().any(|line| known.words.iter().all(|word| line.contains(word))))
        .map(|known| known.hint)
}

/// Finds the first error that a tool below make reported, with the lines that belong to it.
///
/// Before it, what leads there (`In file included from`, `In function`); behind it, the quoted source and the notes.
/// Where no tool said anything, make's own line (`make[2]: *** … Error 1`) is found. `None` where there is neither.
pub fn first_error<S: AsRef<str>>(lines: &[S]) -> Option<Range<usize>> {
    let line = |index: usize| lines[index].as_ref();
    let at = (0..lines.len())
        .find(|index| is_tool_error(line(*index)))
        .or_else(|| (0..lines.len()).find(|index| is_make_error(line(*index))))?;
    let start = (0..at).rev().take_while(|index| leads_to_error(line(*index))).last().unwrap_or(at);
    let end = (at + 1..lines.len())
        .take_while(|index| index - at <= CONTEXT && belongs_to_error(line(*index)))
        .last()
        .map_or(at + 1, |last| last + 1);
    Some(start..end)
}

/// How many lines behind an error are shown at most.
const CONTEXT: usize = 12;

fn is_tool_error(line: &str) -> bool {
    if is_make_error(line) || is_progress(line) {
        return false;
    }
    const SAID: &[&str] = &[
        " error: ",
        " fatal error: ",
        "undefined reference to",
        "multiple definition of",
        ": not found",
        "command not found",
        "No such file or directory",
        "No space left on device",
        "internal compiler error",
        "is not clean, please run",
        "cannot find -l",
        "Permission denied",
        "Killed",
        "Cannot find directory",
        "Cannot allocate memory",
        "collect2: error",
        "ld: ",
        "FAILED",
    ];
    line.starts_with("error: ")
        || line.starts_with("Error: ")
        || line.starts_with("***")
        || line.contains(": Error: ")
        || SAID.iter().any(|said| line.contains(said))
}

/// `make[2]: *** [scripts/Makefile.build:229: init/main.o] Error 1`, with its prefix before it.
fn is_make_error(line: &str) -> bool {
    line.starts_with("make") && line.contains("*** ")
}

/// `  CC      init/main.o`: what make does, whatever the file's name has in it.
fn is_progress(line: &str) -> bool {
    line.strip_prefix("  ").and_then(|rest| rest.split_once(' ')).is_some_and(|(verb, _)| {
        !verb.is_empty() && verb.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    })
}

fn leads_to_error(line: &str) -> bool {
    let line = line.trim_start();
    ["In file included from", "from ", "In function", "In member"].iter().any(|lead| line.starts_with(lead))
        || line.contains(": In function ")
        || line.ends_with(": At top level:")
}

fn belongs_to_error(line: &str) -> bool {
    !is_make_error(line)
        && !is_progress(line)
        && (line.starts_with(' ') || line.contains(" note: ") || line.contains("compilation terminated"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(log: &str, shown: &str, advice: Option<&str>) {
        let lines: Vec<&str> = log.lines().collect();
        let range = first_error(&lines).unwrap_or_default();
        assert_eq!(lines[range.clone()].join("\n"), shown);
        assert_eq!(hint(lines[range].iter().copied()), advice, "{log}");
    }

    #[test]
    fn a_missing_header_is_found_in_the_middle() {
        check(
            "  HOSTCC  scripts/sorttable\n\
             In file included from check.c:12:\n\
             ./include/objtool/elf.h:10:10: fatal error: gelf.h: No such file or directory\n   \
                10 | #include <gelf.h>\n      \
                   |          ^~~~~~~~\n\
             compilation terminated.\n\
             make[4]: *** [Makefile:1: check.o] Error 1\n",
            "In file included from check.c:12:\n\
             ./include/objtool/elf.h:10:10: fatal error: gelf.h: No such file or directory\n   \
                10 | #include <gelf.h>\n      \
                   |          ^~~~~~~~\n\
             compilation terminated.",
            Some("install libelf's headers (libelf-dev, elfutils-libelf-devel): objtool is built with them"),
        );
    }

    #[test]
    fn the_compilers_words_come_before_makes() {
        check(
            "  CC      kernel/fork.o\n\
             kernel/fork.c: In function 'fork_init':\n\
             kernel/fork.c:99:2: error: expected ';' before '}' token\n   \
                99 | }\n\
             make[3]: *** [scripts/Makefile.build:229: kernel/fork.o] Error 1\n  \
             CC      kernel/exit.o\n\
             kernel/exit.c:1:1: error: another\n",
            "kernel/fork.c: In function 'fork_init':\n\
             kernel/fork.c:99:2: error: expected ';' before '}' token\n   \
                99 | }",
            None,
        );
    }

    #[test]
    fn tools_that_are_not_there() {
        for (log, advice) in [
            ("/bin/sh: 1: flex: not found", "flex"),
            ("/bin/sh: line 1: bison: command not found", "bison"),
            ("make[1]: bc: No such file or directory", "bc"),
            ("/bin/sh: 1: lz4: not found", "lz4"),
            ("/bin/sh: 1: lzop: not found", "lzop"),
            ("BTF: .tmp_vmlinux.btf: pahole (pahole) is not available", "pahole"),
            ("/bin/sh: 1: python3: not found", "python3"),
            (
                "certs/extract-cert.c:21:10: fatal error: openssl/bio.h: No such file or directory",
                "libssl-dev",
            ),
            ("cc1: fatal error: x.o: No space left on device", "disk is full"),
            ("gcc: internal compiler error: Killed (program cc1)", "out of memory"),
            (
                "help.c:58:2: error: pointer may be used after 'realloc' [-Werror=use-after-free]",
                "newer than this kernel",
            ),
            ("*** The source tree is not clean, please run 'make ARCH=x86_64 mrproper'", "make mrproper"),
            ("Error: Cannot find directory arch/x86/none", "not complete"),
        ] {
            assert!(hint([log]).is_some_and(|found| found.contains(advice)), "{log}: {:?}", hint([log]));
        }
        assert_eq!(hint(["undefined reference to `frobnicate'"]), None);
    }

    #[test]
    fn a_file_name_is_no_error() {
        assert_eq!(first_error(&["  CC      lib/error: x.o", "  LD      vmlinux"]), None);
        assert_eq!(
            first_error(&["  LD      vmlinux", "make: *** [Makefile:1: vmlinux] Error 2"]),
            Some(1..2)
        );
    }
}
