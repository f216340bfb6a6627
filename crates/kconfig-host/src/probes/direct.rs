//! Probes that need no shell.
//!
//! Most probes of a kernel tree are one run of a compiler inside the same few words: `cc-option` takes a shell, `mkdir`
//! and `rm` beside it. Where the words are exactly these, the compiler is run as the shell would run it, and the rest is
//! done here:
//!
//! ```text
//! { BODY; } >/dev/null 2>&1 && echo "y" || echo "n"
//!   BODY = [trap "rm -rf .tmp_$$" EXIT; mkdir .tmp_$$;]  [printf "%b\n" "TEXT" |]  PROGRAM WORD …
//!                                                        [echo 'TEXT' |]
//! ```
//!
//! An import of a Python module is not run a second time where listing what it reads has shown how it ends.
//!
//! Invariant: where anything else stands there (an expansion, a quote, a program that is no compiler or linker, a
//! program that a signal ends), this says nothing, and the shell is asked.

use std::sync::atomic::{AtomicU32, Ordering};

use kconfig::tree::ShellAnswer;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::{Command, Stdin};

use crate::inputs::is_build_tool;

/// What stands before the program where it writes into a folder of its own.
const FOLDER: &str = "trap \"rm -rf .tmp_$$\" EXIT; mkdir .tmp_$$; ";
/// The name of that folder.
const FOLDER_NAME: &str = ".tmp_$$";

/// A command whose words were understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Direct<'c> {
    /// Whether [`FOLDER_NAME`] is made before and removed behind.
    folder: bool,
    /// What the program reads, if it reads anything.
    input: Option<Vec<u8>>,
    words: Vec<&'c str>,
    /// What is answered where the program succeeds, and where it fails.
    yes: &'c str,
    no: &'c str,
}

impl<'c> Direct<'c> {
    /// Understands a command, or not.
    pub(super) fn of(command: &'c [u8]) -> Option<Self> {
        let (body, yes, no) = question(command)?;
        let (folder, body) = body.strip_prefix(FOLDER).map_or((false, body), |body| (true, body));
        let (input, body) = match body.split_once(" | ") {
            None => (None, body),
            Some((before, body)) => (Some(written(before)?), body),
        };
        let words: Vec<&str> = body.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        let plain = |word: &&str| {
            let rest = if folder { word.replace(FOLDER_NAME, "") } else { (*word).to_owned() };
            rest.chars().all(|c| c.is_ascii_alphanumeric() || "-_=./,+:%@^".contains(c))
        };
        let is_tool = words.first().is_some_and(|name| !name.contains('=') && is_build_tool(name));
        (is_tool && words.iter().all(plain)).then_some(Self { folder, input, words, yes, no })
    }

    /// Runs the program; nothing where it is not a plain program, or has not come to its own end.
    pub(super) fn run(&self, env: &Env, stdin: Stdin, cancel: &Cancel) -> Option<ShellAnswer> {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let (name, args) = self.words.split_first()?;
        let program = env.find_program(name)?;
        if !fs::read_range(&program, 0, 4).is_ok_and(|bytes| bytes == *b"\x7fELF") {
            return None;
        }
        // No shell has a number with this in it, and of this process each has its own.
        let own = format!(".tmp_{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::Relaxed));
        let folder = env.current_dir().join(&own);
        let mut command = Command::new(program.as_path());
        command.called(name).env_clear().current_dir(env.current_dir()).stdin(stdin);
        command.args(args.iter().map(|word| word.replace(FOLDER_NAME, &own)));
        for (name, value) in env.vars() {
            command.env(name, value);
        }
        if self.folder {
            // As for the shell: where it cannot be made, the program tells.
            let _ = fs::create_dir_all(&folder);
        }
        let done = match &self.input {
            Some(input) => command.capture_fed(input, cancel),
            None => command.capture(cancel),
        };
        if self.folder {
            let _ = fs::remove_dir_all(&folder);
        }
        let succeeded = done.ok()?.status.code()? == 0;
        Some(said(if succeeded { self.yes } else { self.no }))
    }
}

/// What `{ python3 -c "import MODULE"; } …` answers, where it is known whether the import succeeds.
pub(super) fn imported(
    command: &[u8],
    known: impl FnOnce(&str, &str) -> Option<bool>,
) -> Option<ShellAnswer> {
    let (body, yes, no) = question(command)?;
    let (python, module) = body.split_once(" -c \"import ")?;
    Some(said(if known(python, module.strip_suffix('"')?)? { yes } else { no }))
}

/// The body and the answers of a command that asks whether its body succeeds.
fn question(command: &[u8]) -> Option<(&str, &str, &str)> {
    let text = std::str::from_utf8(command).ok()?.trim_matches(' ');
    let (body, answers) = text.strip_prefix("{ ")?.split_once("; } >/dev/null 2>&1 && echo ")?;
    let (yes, no) = answers.split_once(" || echo ")?;
    Some((body, answer(yes)?, answer(no)?))
}

fn said(word: &str) -> ShellAnswer {
    ShellAnswer { stdout: format!("{word}\n").into_bytes(), ..ShellAnswer::default() }
}

/// The word in quotes behind `echo`, where every shell prints it as it is.
fn answer(quoted: &str) -> Option<&str> {
    let word = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_=.".contains(c));
    (plain && !["-n", "-e", "-E"].iter().any(|option| word.starts_with(option))).then_some(word)
}

/// What the part before the program writes.
fn written(command: &str) -> Option<Vec<u8>> {
    if let Some(text) = command.strip_prefix("printf \"%b\\n\" \"") {
        let text = text.strip_suffix('"')?;
        if text.contains(['"', '$', '`']) {
            return None;
        }
        let mut parts = text.split('\\');
        let mut out = parts.next()?.to_owned();
        for part in parts {
            let rest = part.strip_prefix('n').map(|rest| ('\n', rest));
            let (escaped, rest) = rest.or_else(|| part.strip_prefix('t').map(|rest| ('\t', rest)))?;
            out.push(escaped);
            out.push_str(rest);
        }
        out.push('\n');
        return Some(out.into_bytes());
    }
    let text = command.strip_prefix("echo '")?.strip_suffix('\'')?;
    // `echo` takes escapes and options, or not, as the shell has it.
    (!text.contains(['\'', '\\']) && !text.starts_with('-')).then(|| format!("{text}\n").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::shell;
    use super::*;

    const ENV: [(&str, &str); 1] = [("LANG", "C")];

    fn env() -> Env {
        let machine = Env::capture().unwrap();
        let path = machine.get("PATH").unwrap().to_owned();
        let here =
            fs::temp_dir_in(&kernel_host::AbsPath::new(std::env::temp_dir()).unwrap(), "direct-").unwrap();
        Env::from_vars(ENV.into_iter().chain([("PATH", path.as_str())]), here.keep())
    }

    fn probe(body: &str) -> String {
        format!("{{ {body}; }} >/dev/null 2>&1 && echo \"y\" || echo \"n\"")
    }

    #[test]
    fn answers_as_the_shell_does() {
        let env = env();
        let option =
            |option: &str| probe(&format!("{FOLDER}gcc -Werror {option} -c -x c /dev/null -o .tmp_$$/tmp.o"));
        let instruction = |text: &str| {
            probe(&format!(
                "printf \"%b\\n\" \"{text}\" | gcc  -Wa,--fatal-warnings -c -x assembler-with-cpp -o /dev/null -"
            ))
        };
        let commands = [
            (option("-fno-common"), "y\n"),
            (option("-fno-such-option"), "n\n"),
            (option("--param asan-no-such=1"), "n\n"),
            (option("-gsplit-dwarf"), "y\n"),
            (instruction("nop"), "y\n"),
            (instruction("nop\\nnop\\t"), "y\n"),
            (instruction("no such thing"), "n\n"),
            (probe("ld -v --gc-sections"), "y\n"),
            (probe("ld -v --no-such-option=x"), "n\n"),
            (
                probe("gcc -E -x c /dev/null -o /dev/null")
                    .replace("\"y\"", "\"-m64\"")
                    .replace("\"n\"", "\"\""),
                "-m64\n",
            ),
            (probe("echo 'int f(void) { return 0; }' | gcc -x c - -c -o /dev/null"), "y\n"),
            (probe("echo 'int f(void) { return 0 }' | gcc -x c - -c -o /dev/null"), "n\n"),
            (format!("  {} ", probe("gcc --version")), "y\n"),
        ];
        for (command, expected) in &commands {
            let direct = Direct::of(command.as_bytes()).unwrap_or_else(|| panic!("{command}"));
            let answer = direct.run(&env, Stdin::Null, &Cancel::new()).unwrap();
            let shells = shell::run(command.as_bytes(), &env, Stdin::Null, &Cancel::new()).answer;
            assert_eq!(
                (&answer, &String::from_utf8_lossy(&answer.stdout)[..]),
                (&shells, *expected),
                "{command}"
            );
        }
        assert_eq!(fs::list_dir(env.current_dir()).unwrap(), [], "what was made is gone");
        fs::remove_dir_all(env.current_dir()).unwrap();
    }

    #[test]
    fn what_is_not_exactly_so_is_left_to_the_shell() {
        for body in [
            "gcc $FLAGS -c",
            "$CC -c",
            "gcc *.c",
            "gcc -DA=\\\"x\\\"",
            "gcc 'a b'",
            "gcc ~/x.c",
            "gcc -c; gcc -d",
            "gcc -c && gcc -d",
            "gcc -c | gcc -d | gcc -e",
            "gcc -c >out",
            "A=b gcc -c",
            "test -e there",
            "command -v gcc",
            "./gcc.sh gcc",
            "exec gcc",
            "gcc -o .tmp_$$/x",
            "trap \"rm -rf .tmp_$$\" EXIT; gcc -c",
            "printf \"%b\\n\" \"$x\" | gcc -c -",
            "printf \"%b\\n\" \"\\0101\" | gcc -c -",
            "printf \"%s\\n\" \"x\" | gcc -c -",
            "echo '\\n' | gcc -c -",
            "echo '-n' | gcc -c -",
            "echo 'a'b' | gcc -c -",
            "",
        ] {
            assert_eq!(Direct::of(probe(body).as_bytes()), None, "{body}");
        }
        let plain = probe("gcc -c");
        assert!(Direct::of(plain.as_bytes()).is_some());
        for other in [
            plain.replace("2>&1 ", ""),
            plain.replace("\"y\"", "\"$y\""),
            plain.replace("\"y\"", "\"-n\""),
            plain.replace("\"n\"", "\"n\"; echo \"m\""),
            plain.replace("&& echo", "|| echo"),
            format!("{plain} || echo \"x\""),
            format!("\u{a0}{plain}"),
        ] {
            assert_eq!(Direct::of(other.as_bytes()), None, "{other}");
        }
    }
}
