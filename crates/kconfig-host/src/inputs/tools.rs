//! What is known of tools: which of their arguments are files that they read.

use super::state::Value;
use super::walk::{Reads, Walker, because};
use super::{Input, Unlisted, compiler};
use crate::shell::OWN;

/// What the operands of a tool are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operands {
    /// No files, such as the sets of `tr`.
    Words,
    /// Files that it reads.
    Files,
    /// A pattern, then files that it reads.
    PatternThenFiles,
    /// Files that it makes or removes: they must be the probe's own.
    Changed,
}

/// A tool's short options that take a value, and what its operands are.
struct Plain {
    name: &'static str,
    valued: &'static str,
    operands: Operands,
}

const PLAIN: [Plain; 20] = [
    plain("basename", "s", Operands::Words),
    plain("cat", "", Operands::Files),
    plain("cut", "bcdf", Operands::Files),
    plain("dirname", "", Operands::Words),
    plain("egrep", "emABC", Operands::PatternThenFiles),
    plain("expr", "", Operands::Words),
    plain("fgrep", "emABC", Operands::PatternThenFiles),
    plain("grep", "emABC", Operands::PatternThenFiles),
    plain("head", "nc", Operands::Files),
    plain("mkdir", "m", Operands::Changed),
    plain("mktemp", "", Operands::Words),
    plain("rev", "", Operands::Files),
    plain("rm", "", Operands::Changed),
    plain("seq", "", Operands::Words),
    plain("sleep", "", Operands::Words),
    plain("sort", "kt", Operands::Files),
    plain("tail", "nc", Operands::Files),
    plain("tr", "", Operands::Words),
    plain("uniq", "fsw", Operands::Files),
    plain("wc", "", Operands::Files),
];

const fn plain(name: &'static str, valued: &'static str, operands: Operands) -> Plain {
    Plain { name, valued, operands }
}

/// Options that make a tool read what cannot be told from its arguments.
const FAR_REACHING: [&str; 4] = ["-f", "-r", "-R", "-o"];

/// `test` and `[`: the operand of an operator on files is looked at.
pub(super) fn test(walker: &mut Walker<'_>, args: &[Value]) -> Result<(), Unlisted> {
    for pair in args.windows(2) {
        let [Some(operator), operand] = pair else { continue };
        match operator.as_str() {
            "-b" | "-c" | "-d" | "-e" | "-f" | "-g" | "-h" | "-k" | "-L" | "-O" | "-G" | "-p" | "-r"
            | "-S" | "-s" | "-u" | "-w" | "-x" => walker.file(operand)?,
            "-t" | "-nt" | "-ot" | "-ef" => return because(format!("it uses `test {operator}`")),
            _ => {}
        }
    }
    Ok(())
}

/// A program that is not a script.
pub(super) fn tool(
    walker: &mut Walker<'_>,
    name: &str,
    args: &[Value],
    reads: &Reads,
) -> Result<(), Unlisted> {
    let base = name.rsplit('/').next().unwrap_or(name);
    if let Some(plain) = PLAIN.iter().find(|plain| plain.name == base) {
        return plain_tool(walker, plain, args);
    }
    if base == "sed" {
        return sed(walker, args);
    }
    match stem(base) {
        "gcc" | "cc" | "g++" | "c++" | "clang" | "clang++" => compiler::compiler(walker, name, args, reads),
        "ld" | "ld.bfd" | "ld.gold" | "ld.lld" | "nm" | "ar" | "objcopy" | "objdump" | "strip"
        | "readelf" | "ranlib" | "as" => binutils(walker, name, args),
        "rustc" => rustc(walker, name, args),
        // Asked for their version, they read nothing.
        "make" | "pahole" | "bindgen"
            if args.first().is_some_and(|arg| arg.as_deref() == Some("--version")) =>
        {
            Ok(())
        }
        _ => because(format!("it runs `{base}`, and what that reads is not known")),
    }
}

/// Whether a name is that of a compiler or of a linker.
pub(crate) fn is_build_tool(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    matches!(
        stem(base),
        "gcc" | "cc" | "g++" | "c++" | "clang" | "clang++" | "ld" | "ld.bfd" | "ld.gold" | "ld.lld"
    )
}

/// The module of `python3 -c "import module"`.
pub(super) fn imported(name: &str, args: &[Value]) -> Option<String> {
    let base = name.rsplit('/').next().unwrap_or(name);
    match args {
        [Some(option), Some(code)] if option == "-c" && matches!(base, "python" | "python3") => {
            let module = code.strip_prefix("import ")?.trim();
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            (!module.is_empty() && module.chars().all(is_name)).then(|| module.to_owned())
        }
        _ => None,
    }
}

/// `gcc` of `aarch64-linux-gnu-gcc-12`.
fn stem(base: &str) -> &str {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let unversioned = match base.rsplit_once('-') {
        Some((before, version)) if digits(version) => before,
        _ => base,
    };
    unversioned.rsplit('-').next().unwrap_or(unversioned)
}

fn plain_tool(walker: &mut Walker<'_>, plain: &Plain, args: &[Value]) -> Result<(), Unlisted> {
    let mut pattern = plain.operands == Operands::PatternThenFiles;
    let mut options = true;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let option = arg.as_deref().filter(|arg| options && arg.len() > 1 && arg.starts_with('-'));
        match option {
            Some("--") => options = false,
            Some(long) if long.starts_with("--") => {
                if long.contains('=') || long.contains("recursive") {
                    return because(format!("it runs `{}` with `{long}`", plain.name));
                }
            }
            Some(short) => {
                let reads_files = plain.operands != Operands::Words && plain.operands != Operands::Changed;
                let valued = short[1..].chars().next().is_some_and(|first| plain.valued.contains(first));
                if reads_files && !valued && FAR_REACHING.iter().any(|far| short.starts_with(far)) {
                    return because(format!("it runs `{}` with `{short}`", plain.name));
                }
                pattern &= !short.contains('e') || plain.operands != Operands::PatternThenFiles;
                if short.chars().last().is_some_and(|last| plain.valued.contains(last)) {
                    args.next();
                }
            }
            None if pattern => pattern = false,
            None => match plain.operands {
                Operands::Words => {}
                Operands::Files | Operands::PatternThenFiles if arg.as_deref() == Some("-") => {}
                Operands::Files | Operands::PatternThenFiles => walker.file(arg)?,
                Operands::Changed if arg.as_ref().is_some_and(|path| path.contains(OWN)) => {}
                Operands::Changed => {
                    let path = arg.as_deref().unwrap_or("a file whose name is not known before");
                    return because(format!("it changes `{path}`"));
                }
            },
        }
    }
    Ok(())
}

/// `sed` with scripts that only look at and change the text that goes through.
fn sed(walker: &mut Walker<'_>, args: &[Value]) -> Result<(), Unlisted> {
    let mut script_seen = false;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_deref() {
            Some("-n" | "-E" | "-r" | "-nE" | "-En" | "-nr" | "-ne" | "-e")
                if !script_seen || arg.as_deref() == Some("-e") =>
            {
                if arg.as_ref().is_some_and(|option| option.ends_with('e')) {
                    script_seen = true;
                    only_substitutes(args.next())?;
                }
            }
            Some(option) if option.starts_with('-') && option.len() > 1 => {
                return because(format!("it runs `sed` with `{option}`"));
            }
            _ if !script_seen => {
                script_seen = true;
                only_substitutes(Some(arg))?;
            }
            Some("-") => {}
            _ => walker.file(arg)?,
        }
    }
    Ok(())
}

/// Whether a script of `sed` is a list of `s` commands, `p`, `d` and `q`, perhaps with a line's number before them.
fn only_substitutes(script: Option<&Value>) -> Result<(), Unlisted> {
    let Some(Some(script)) = script else { return because("it runs `sed` with an unknown script") };
    let refused = || because(format!("it runs `sed {script}`"));
    let mut rest = script.trim_start();
    while !rest.is_empty() {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '$' | '!' | ' '));
        let mut chars = rest.chars();
        match chars.next() {
            Some('p' | 'd' | 'q') => rest = chars.as_str(),
            Some('s') => {
                let Some(delimiter) = chars.next() else { return refused() };
                for _ in 0..2 {
                    loop {
                        match chars.next() {
                            Some('\\') => drop(chars.next()),
                            Some(c) if c == delimiter => break,
                            Some(_) => {}
                            None => return refused(),
                        }
                    }
                }
                rest = chars
                    .as_str()
                    .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, 'g' | 'p' | 'I' | 'i'));
            }
            _ => return refused(),
        }
        if !rest.is_empty() && !rest.starts_with([';', '\n']) {
            return refused();
        }
        rest = rest.trim_start_matches([';', '\n', ' ']);
    }
    Ok(())
}

/// Linkers, assemblers, and what looks at object files.
fn binutils(walker: &mut Walker<'_>, name: &str, args: &[Value]) -> Result<(), Unlisted> {
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let Some(arg) = arg else { return because(format!("it runs `{name}` with unknown arguments")) };
        match arg.as_str() {
            // Their value is a word, or a file that is written.
            "-o" | "-m" | "-z" | "-O" | "-F" | "-j" | "-EL" | "-EB" => drop(args.next()),
            option if option.starts_with('-') => {
                let reads =
                    ["-T", "-l", "-L", "-R", "-b", "-c", "-dT", "--plugin", "-plugin", "-rpath", "--rpath"];
                let far = ["script", "list", "plugin", "library", "sysroot", "just-symbols", "mri", "lto"];
                let single = !option.starts_with("--") && reads.iter().any(|reads| option.starts_with(reads));
                if single || far.iter().any(|word| option.contains(word)) || option.contains('/') {
                    return because(format!("it runs `{name}` with `{option}`"));
                }
            }
            file if file.starts_with('@') => return because(format!("it runs `{name}` with `{file}`")),
            file => walker.file(&Some(file.to_owned()))?,
        }
    }
    Ok(())
}

/// The Rust compiler, asked about itself.
fn rustc(walker: &mut Walker<'_>, name: &str, args: &[Value]) -> Result<(), Unlisted> {
    for arg in args {
        if !matches!(
            arg.as_deref(),
            Some("--version" | "-V" | "--verbose" | "-v" | "-vV" | "--print" | "sysroot")
        ) {
            return because(format!("it compiles with `{name}`"));
        }
    }
    walker.inputs.insert(Input::Rustc(name.to_owned()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stem_of_a_name_is_without_target_and_version() {
        for (name, expected) in [
            ("gcc", "gcc"),
            ("aarch64-linux-gnu-gcc-12", "gcc"),
            ("clang-14", "clang"),
            ("llvm-nm", "nm"),
            ("ld.lld-14", "ld.lld"),
            ("x86_64-linux-gnu-ld.bfd", "ld.bfd"),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
    }

    #[test]
    fn a_sed_script_that_could_read_or_run_is_refused() {
        let fine = |script: &str| only_substitutes(Some(&Some(script.to_owned()))).is_ok();
        for script in [r"s/v([0-9]+)\.([0-9]+)/\1\2/", "1s:a:b:p", "s/a/b/;s|c|d|g", "1p", "$!d"] {
            assert!(fine(script), "{script}");
        }
        for script in ["r file", "s/a/b/e", "s/a/b/w file", "s/a", "1r x", "e", "s/a/b/ r x"] {
            assert!(!fine(script), "{script}");
        }
    }
}
