//! Probes that are one program, and need no shell.
//!
//! Most probes of a kernel tree are one run of a compiler inside the same few words: `cc-option` takes a shell, `mkdir`
//! and `rm` beside it. Where the words are exactly these, the compiler is run as the shell would run it, and the rest is
//! done here:
//!
//! ```text
//! { BODY; } >/dev/null 2>&1 && echo "y" || echo "n"
//!   BODY = [trap "rm -rf .tmp_$$" EXIT; mkdir .tmp_$$;]  [printf "%b\n" "TEXT" |]  PROGRAM WORD …
//!                                                        [echo 'TEXT' |]
//! PROGRAM WORD …
//! ```
//!
//! A program is a compiler or a linker, machine code of a few other names, or a script that begins with `#!` and is
//! called by its path.
//!
//! An import of a Python module is not run a second time where listing what it reads has shown how it ends.
//!
//! Invariant: where anything else stands there (an expansion, a quote, another program, a program that a signal ends),
//! this says nothing, and the shell is asked.

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
    wanted: Wanted<'c>,
}

/// What is wanted of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted<'c> {
    /// Whether it succeeds: what is answered where it does, and where it does not.
    Success { yes: &'c str, no: &'c str },
    /// What it says, and how it ends.
    Words,
}

/// Programs that are run by themselves, beside compilers and linkers.
const PROGRAMS: [&str; 4] = ["bindgen", "make", "pahole", "rustc"];

impl<'c> Direct<'c> {
    /// Understands a command, or not.
    pub(super) fn of(command: &'c [u8]) -> Option<Self> {
        let Some((body, yes, no)) = question(command) else {
            let body = std::str::from_utf8(command).ok()?;
            return Self::words(body, None, Wanted::Words, false);
        };
        let wanted = Wanted::Success { yes, no };
        let (folder, body) = body.strip_prefix(FOLDER).map_or((false, body), |body| (true, body));
        match body.split_once(" | ") {
            None => Self::words(body, None, wanted, folder),
            Some((before, body)) => Self::words(body, Some(written(before)?), wanted, folder),
        }
    }

    fn words(body: &'c str, input: Option<Vec<u8>>, wanted: Wanted<'c>, folder: bool) -> Option<Self> {
        let words: Vec<&str> = body.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        let name = words.first().filter(|name| !name.contains('='))?;
        let base = name.rsplit('/').next().unwrap_or(name);
        let is_known =
            is_build_tool(name) || PROGRAMS.contains(&base) || base.ends_with(".sh") && base != *name;
        let plain = |word: &&str| is_plain(word) || folder && is_plain(&word.replace(FOLDER_NAME, ""));
        (is_known && words.iter().all(plain)).then_some(Self { folder, input, words, wanted })
    }

    /// Runs the program; nothing where it is not a plain program, or has not come to its own end.
    pub(super) fn run(&self, env: &Env, stdin: Stdin, cancel: &Cancel) -> Option<ShellAnswer> {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let (name, args) = self.words.split_first()?;
        let program = env.find_program(name)?;
        let begins = fs::read_range(&program, 0, 4).ok()?;
        if begins != *b"\x7fELF" && !(begins.starts_with(b"#!") && name.contains('/')) {
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
        let done = done.ok()?;
        let status = done.status.code()?;
        Some(match self.wanted {
            Wanted::Success { yes, no } => said(if status == 0 { yes } else { no }),
            Wanted::Words => ShellAnswer { stdout: done.stdout, status, stderr: done.stderr },
        })
    }
}

/// What `{ python3 -c "import MODULE"; } …` answers, where it is known whether the import succeeds.
pub(super) fn imported(
    command: &[u8],
    known: impl FnOnce(&str, &str) -> Option<bool>,
) -> Option<ShellAnswer> {
    let (body, yes, no) = question(command)?;
    let (python, module) = import(body)?;
    Some(said(if known(python, module)? { yes } else { no }))
}

/// The interpreter and the module of `python3 -c "import MODULE"`.
fn import(body: &str) -> Option<(&str, &str)> {
    let (python, module) = body.split_once(" -c \"import ")?;
    Some((python, module.strip_suffix('"')?))
}

/// Whether a command answers `y` or `n` and writes nothing else, whatever its program does.
pub(super) fn is_yes_or_no(command: &[u8]) -> bool {
    let Some((body, "y", "n") | (body, "n", "y")) = question(command) else { return false };
    let plain = |(python, module)| is_plain(python) && is_plain(module);
    Direct::of(command).is_some() || import(body).is_some_and(plain)
}

/// Whether a word means to a shell what it says.
pub(super) fn is_plain(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_alphanumeric() || "-_=./,+:%@^".contains(c))
}

/// The body and the answers of a command that asks whether its body succeeds.
pub(super) fn question(command: &[u8]) -> Option<(&str, &str, &str)> {
    let text = std::str::from_utf8(command).ok()?.trim_matches(' ');
    let (body, answers) = text.strip_prefix("{ ")?.split_once("; } >/dev/null 2>&1 && echo ")?;
    let (yes, no) = answers.split_once(" || echo ")?;
    Some((body, answer(yes)?, answer(no)?))
}

pub(super) fn said(word: &str) -> ShellAnswer {
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
    fn what_a_program_says_is_what_the_shell_hears() {
        let env = env();
        let place = |name: &str, text: &str| {
            let (text_file, script) = (env.current_dir().join("text"), env.current_dir().join(name));
            fs::write_atomic(&text_file, text.as_bytes()).unwrap();
            // By another process: a file that one of this process's children has open for writing cannot be run.
            let mut install = Command::new("install");
            install.arg("-m755").arg(&text_file).arg(&script).checked_output(&Cancel::new()).unwrap();
            script
        };
        let script = place("said.sh", "#!/bin/sh\necho out $1; echo err >&2; pwd; echo $PWD $0; exit $2\n");
        let broken = place("broken.sh", "#!/nowhere/sh\n");
        for (command, is_direct) in [
            ("gcc -dumpmachine".to_owned(), true),
            (" gcc  --version ".to_owned(), true),
            ("ld --no-such-option".to_owned(), true),
            ("gcc -print-file-name=plugin".to_owned(), true),
            (format!("{script} x 3"), true),
            (probe(&format!("{script} x 0 ")), true),
            (probe(&format!("{script} x 1")), true),
            (format!("{broken} x"), false),
            ("absent-gcc --version".to_owned(), false),
            ("./absent.sh".to_owned(), false),
        ] {
            let direct = Direct::of(command.as_bytes()).unwrap_or_else(|| panic!("{command}"));
            let answer = direct.run(&env, Stdin::Null, &Cancel::new());
            assert_eq!(answer.is_some(), is_direct, "{command}");
            if let Some(answer) = answer {
                let shells = shell::run(command.as_bytes(), &env, Stdin::Null, &Cancel::new()).answer;
                assert_eq!(answer, shells, "{command}");
            }
        }
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
            "gcc.sh gcc",
            "./program gcc",
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
        for other in
            ["pwd", "echo x", "CC=gcc gcc -v", "gcc -v 2>&1", "gcc -v\nld", "rustc", "env gcc -v", "true.sh"]
        {
            let is_program = other == "rustc";
            assert_eq!(Direct::of(other.as_bytes()).is_some(), is_program, "{other}");
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
