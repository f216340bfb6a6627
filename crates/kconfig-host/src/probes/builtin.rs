//! Probes that need no program at all.
//!
//! ```text
//! { test WORD = WORD; } >/dev/null 2>&1 && echo "y" || echo "n"      also: !=
//! { test -z WORD; } >/dev/null 2>&1 && echo "y" || echo "n"          also: -n, -e
//! set -- WORD … && echo $N
//!   WORD = letters, digits and signs that mean nothing to a shell; for `test` also in double quotes, then with blanks
//! ```
//!
//! Invariant: where anything else stands there, this says nothing, and the shell is asked. A word that begins with a sign
//! that `test` or `echo` heeds is something else, too.

use kconfig::tree::ShellAnswer;
use kernel_host::env::Env;
use kernel_host::fs;

use super::direct::{is_plain, question, said};

/// What a shell would answer by itself.
pub(super) fn answer(command: &[u8], env: &Env) -> Option<ShellAnswer> {
    if let Some((body, yes, no)) = question(command) {
        return Some(said(if test(body, env)? { yes } else { no }));
    }
    nth(std::str::from_utf8(command).ok()?)
}

/// Whether a `test` succeeds.
fn test(body: &str, env: &Env) -> Option<bool> {
    let mut rest = body.strip_prefix("test ")?;
    let mut words = Vec::new();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            // An empty word is a blank too many, which is none.
            None => match rest.find(' ') {
                Some(0) => return None,
                Some(end) => rest.split_at(end),
                None => (rest, ""),
            },
        };
        words.push(word);
        // What stands at a quote without a blank between is part of the same word.
        rest = if after.is_empty() { "" } else { after.strip_prefix(' ')? };
    }
    let operand = |word: &str| !word.starts_with('-') && word.split(' ').all(is_plain);
    match words[..] {
        [a, "=", b] if operand(a) && operand(b) => Some(a == b),
        [a, "!=", b] if operand(a) && operand(b) => Some(a != b),
        ["-z", word] if operand(word) => Some(word.is_empty()),
        ["-n", word] if operand(word) => Some(!word.is_empty()),
        ["-e", path] if operand(path) && !path.is_empty() => {
            Some(fs::stat(&env.current_dir().join(path)).is_ok())
        }
        _ => None,
    }
}

/// The word that `set -- … && echo $N` prints.
fn nth(command: &str) -> Option<ShellAnswer> {
    let (words, number) = command.strip_prefix("set -- ")?.split_once(" && echo $")?;
    let number = match number.as_bytes() {
        [digit @ b'1'..=b'9'] => usize::from(digit - b'0'),
        _ => return None,
    };
    let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    let fine = |word: &&str| is_plain(word) && !word.starts_with('-');
    words.iter().all(fine).then(|| said(words.get(number - 1).copied().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use kernel_host::AbsPath;
    use kernel_host::cancel::Cancel;
    use kernel_host::process::Stdin;
    use proptest::prelude::*;

    use super::super::shell;
    use super::*;

    fn env() -> Env {
        Env::from_vars([("PATH", "/nowhere")], AbsPath::new("/").unwrap())
    }

    fn shells(command: &str) -> ShellAnswer {
        shell::run(command.as_bytes(), &env(), Stdin::Null, &Cancel::new()).answer
    }

    fn asked(body: &str) -> String {
        format!("{{ {body}; }} >/dev/null 2>&1 && echo \"y\" || echo \"n\"")
    }

    #[test]
    fn what_kernel_trees_ask_is_known() {
        for (command, expected) in [
            (asked("test \"GNU\" = LLVM"), "n\n"),
            (asked("test \"GCC\" = GCC"), "y\n"),
            (asked("test a != b"), "y\n"),
            (asked("test -z \"GNU 24000\""), "n\n"),
            (asked("test -z \"\""), "y\n"),
            (asked("test -n \"gcc (Debian 12)\""), ""),
            (asked("test -n x"), "y\n"),
            (asked("test -e /dev/null"), "y\n"),
            (asked("test -e nowhere/at.all"), "n\n"),
            ("set -- GCC 120200 && echo $1".to_owned(), "GCC\n"),
            ("set -- GCC 120200 && echo $2".to_owned(), "120200\n"),
            ("set -- GCC 120200 && echo $3".to_owned(), "\n"),
        ] {
            let known = answer(command.as_bytes(), &env());
            let told = known.as_ref().map(|known| String::from_utf8_lossy(&known.stdout).into_owned());
            assert_eq!(told.unwrap_or_default(), expected, "{command}");
            if let Some(known) = known {
                assert_eq!(known, shells(&command), "{command}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Words that are nearly, or just, of the kind that is understood.
        #[test]
        fn whatever_is_answered_is_what_the_shell_answers(
            begin in prop::sample::select(vec!["test ", "set -- ", "test -z ", "test -e ", "[ "]),
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "B1", "=", "!=", "-z", "-n", "-e", "--", "-a", "!", "(", "\"\"", "\"a b\"", "\"-z\"", "\"=\"",
                    "\"", "$a", "'x'", "a\"b\"", "\"a\"b", "x;y", "/", "/dev", "*", "~", "", "-", "1", "2", "\\", "#",
                ]),
                0..5,
            ),
            end in prop::sample::select(vec!["", " ", " && echo $1", " && echo $2", " && echo $12", " && echo $0"]),
            whether in any::<bool>(),
        ) {
            let body = format!("{begin}{}{end}", words.join(" "));
            let command = if whether { asked(&body) } else { body };
            if let Some(known) = answer(command.as_bytes(), &env()) {
                prop_assert_eq!(known, shells(&command), "{}", command);
            }
        }
    }
}
