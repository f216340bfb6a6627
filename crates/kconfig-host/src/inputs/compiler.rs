//! Compiler drivers.
//!
//! A driver reads its source, what that includes, and runs others: `cc1`, `as`, `ld`. The source is `/dev/null`, or a
//! text that the probe writes itself. Where that includes headers, or a program is linked, the headers that it names and
//! the C library count, in every place where the compiler looks for them. Everything else is not listed.

use super::state::Value;
use super::walk::{Reads, Walker, because};
use super::{Input, Unlisted};
use crate::shell::OWN;

/// Words that make a compiler or an assembler read another file, other than a plain `#include <…>`.
const INCLUDING: [&str; 5] = ["include", "incbin", "embed", "import", "pragma"];

/// Options whose next argument is their value, and no file that is read.
const VALUED: [&str; 6] = ["-x", "-o", "--param", "-mllvm", "-target", "-Xclang"];

/// Options that choose where headers and libraries are looked for. (`-static` and its like choose among names, all of
/// which count.)
const TARGETING: [&str; 5] = ["-m", "-fuse-ld=", "--target=", "-stdlib=", "-f"];

/// What a driver answers by itself, whatever lies behind it.
const TELLING: [&str; 4] = ["--version", "-dumpmachine", "-dumpversion", "-dumpfullversion"];

/// How far a compiler goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// It tells something of itself.
    Tell,
    /// An object, assembly, or less.
    Object,
    /// A program.
    Program,
}

pub(super) fn compiler(
    walker: &mut Walker<'_>,
    name: &str,
    args: &[Value],
    reads: &Reads,
) -> Result<(), Unlisted> {
    let with = |option: &str| because(format!("it runs `{name}` with `{option}`"));
    let tells = |arg: &Value| arg.as_deref().is_some_and(|arg| TELLING.contains(&arg));
    if !args.is_empty() && args.iter().all(tells) {
        walker.inputs.insert(Input::Driver(name.to_owned()));
        return Ok(());
    }
    let (mut goal, mut reads_stdin) = (Goal::Program, false);
    let (mut targeting, mut headers, mut files) = (Vec::new(), Vec::new(), Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let Some(arg) = arg else { return because(format!("it runs `{name}` with unknown arguments")) };
        match arg.as_str() {
            "-" => reads_stdin = true,
            "/dev/null" => {}
            "-c" | "-S" | "-E" | "-fsyntax-only" => goal = Goal::Object,
            "--version" | "-dumpmachine" | "-dumpversion" | "-dumpfullversion" | "-v" | "--help" => {
                goal = Goal::Tell
            }
            // Where it looks is where its libraries are.
            option if option.starts_with("-print-file-name=") => {
                files.push(option["-print-file-name=".len()..].to_owned());
            }
            option if VALUED.contains(&option) => {
                if args.next().is_none_or(Option::is_none) {
                    return because(format!("it runs `{name}` with unknown arguments"));
                }
            }
            file if file.contains(OWN) && !file.starts_with('-') => {}
            option if option.starts_with('-') => {
                let plain = option.replace("=/dev/null", "");
                if [
                    "-I",
                    "-L",
                    "-B",
                    "-l",
                    "-T",
                    "-i",
                    "-specs",
                    "--specs",
                    "-wrapper",
                    "-X",
                    "-fplugin",
                    "-fprofile-use",
                    "-fauto-profile",
                ]
                .iter()
                .any(|far| plain.starts_with(far))
                    || plain.contains(['/', '@'])
                {
                    return with(option);
                }
                if TARGETING.iter().any(|target| option.starts_with(target)) {
                    targeting.push(option.to_owned());
                }
            }
            file => return because(format!("it compiles `{file}`")),
        }
    }
    if reads_stdin && goal != Goal::Tell {
        match reads {
            Reads::Text(text) => headers.extend(included(text)?),
            Reads::Unknown => return because(format!("it compiles with `{name}` what is not known before")),
        }
    }
    walker.inputs.insert(Input::Compiler(name.to_owned()));
    if goal == Goal::Program || !headers.is_empty() || !files.is_empty() {
        let compiler = name.to_owned();
        walker.inputs.insert(Input::Libraries { compiler, options: targeting, headers, files });
    }
    Ok(())
}

/// The headers that a source includes by `#include <…>` at the beginning of a line.
fn included(text: &str) -> Result<Vec<String>, Unlisted> {
    let mut names = Vec::new();
    for line in text.lines() {
        let name = line.strip_prefix("#include <").and_then(|rest| rest.trim_end().strip_suffix('>'));
        match name {
            Some(name) if !name.contains("..") && !name.starts_with('/') => names.push(name.to_owned()),
            _ if INCLUDING.iter().any(|word| line.contains(word)) => {
                return because("it includes other files");
            }
            _ => {}
        }
    }
    Ok(names)
}
