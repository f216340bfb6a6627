//! `kconf merge`: the command line of a tree's `scripts/kconfig/merge_config.sh`.
//!
//! ```text
//! BASE, FRAGMENT… ─▶ merged text ─ -m ─▶ .config
//!                        └─▶ make alldefconfig (-n: allnoconfig) with KCONFIG_ALLCONFIG ─▶ what did not land
//! ```
//!
//! Messages, their streams, exit codes and files are the script's; tests run the scripts of two trees. Three things are
//! not: an option that is not known is refused, where the script takes it for a file; the merged text appears whole or
//! not at all; and values are shown as they are, where the script's `sh` may expand backslashes and `*` in them.
//!
//! `make` is run where this was started, as the script does: it resolves with whatever stands in the tree as
//! `scripts/kconfig/conf`. `cargo xtask kernel config merge` resolves by itself.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use kconfig::merge_config::{Merging, Notice, NoticeKind, Precedence, Words, assigned};
use kernel_host::{env::Env, fs};

use crate::conf::Ended;

/// What `--help` prints.
const USAGE: &str = "\
usage: kconf merge [OPTIONS] BASE [FRAGMENT…]

Lays fragments on a base, the last one wins, and has make resolve the result, as merge_config.sh does.

  -h       print this
  -m       merge only, do not run make
  -n       allnoconfig instead of alldefconfig
  -r       tell repeated values too
  -y       y has precedence over m
  -O DIR   write into DIR, and make O=DIR
  -s       fail if a fragment changes a value
  -Q       do not tell changed values

Environment: KCONFIG_CONFIG names the file that is written, CONFIG_ what stands before each symbol.
";

/// What becomes of the merged text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// It is written.
    Nothing,
    /// It is the seed of this target of make.
    Make(&'static str),
}

/// What a changed value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Changed {
    Allowed,
    /// An error (`-s`).
    Forbidden,
}

/// The command line.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    then: Then,
    changed: Changed,
    precedence: Precedence,
    /// Which notices are told.
    told: Vec<NoticeKind>,
    directory: Option<PathBuf>,
    files: Vec<OsString>,
}

/// Runs it.
pub(crate) fn main(args: Vec<OsString>) -> Result<(), Ended> {
    match parse(args) {
        Ok(Some(options)) => merge(&options),
        Ok(None) => Ok(io::stdout().write_all(USAGE.as_bytes())?),
        Err(error) => {
            write!(io::stderr(), "error: {error}\n\n{USAGE}")?;
            Err(Ended(1))
        }
    }
}

/// Reads the words behind `merge`; `None` where help is asked for.
fn parse(args: Vec<OsString>) -> Result<Option<Options>, lexopt::Error> {
    use lexopt::Arg::{Long, Short, Value};

    let (mut make, mut target) = (true, "alldefconfig");
    let (mut redundant, mut quiet) = (false, false);
    let mut options = Options {
        then: Then::Nothing,
        changed: Changed::Allowed,
        precedence: Precedence::Last,
        told: Vec::new(),
        directory: None,
        files: Vec::new(),
    };
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(None),
            Short('m') => make = false,
            Short('n') => target = "allnoconfig",
            Short('r') => redundant = true,
            Short('y') => options.precedence = Precedence::Builtin,
            Short('s') => options.changed = Changed::Forbidden,
            Short('Q') => quiet = true,
            Short('O') => options.directory = Some(parser.value()?.into()),
            // Behind the first file, everything is one.
            Value(base) => {
                options.files.push(base);
                options.files.extend(parser.raw_args()?);
            }
            other => return Err(other.unexpected()),
        }
    }
    if options.files.is_empty() {
        return Err("a base is missing".into());
    }
    if make {
        options.then = Then::Make(target);
    }
    if !quiet {
        options.told.extend([NoticeKind::Redefined, NoticeKind::KeptBuiltin]);
        options.told.extend(redundant.then_some(NoticeKind::Redundant));
    }
    Ok(Some(options))
}

fn merge(options: &Options) -> Result<(), Ended> {
    let env = Env::capture()?;
    let output = output(options, &env)?;
    let prefix = env.get_filled("CONFIG_").unwrap_or("CONFIG_");
    let (base, fragments) = options.files.split_first().ok_or(Ended(1))?;
    let text = match read(base) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            complain(&[b"The base file '", base.as_bytes(), b"' does not exist. Creating one..."])?;
            std::fs::write(base, "")?;
            Vec::new()
        }
        text => text.or_else(|error| unreadable(base, &error))?,
    };
    say(&[b"Using ", base.as_bytes(), b" as base"])?;
    let mut merging = Merging::new(&text, prefix, options.precedence);
    for fragment in fragments {
        say(&[b"Merging ", fragment.as_bytes()])?;
        let text = match read(fragment) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                complain(&[b"The merge file '", fragment.as_bytes(), b"' does not exist.  Exit."])?;
                return Err(Ended(1));
            }
            text => text.or_else(|error| unreadable(fragment, &error))?,
        };
        let told = merging.notices().len();
        merging.add(&fragment.to_string_lossy(), &text);
        for notice in merging.notices()[told..].iter().filter(|notice| options.told.contains(&notice.kind)) {
            tell(notice)?;
        }
    }
    let changed = merging.notices().iter().any(|notice| notice.kind == NoticeKind::Redefined);
    if changed && options.changed == Changed::Forbidden {
        say(&[b"The fragment redefined a value and strict mode had been passed."])?;
        return Err(Ended(1));
    }
    let merged = merging.into_text();
    match options.then {
        Then::Nothing => {
            fs::write_atomic(&env.current_dir().join(&output), &merged).map_err(|error| failed(&error))?;
            say(&[
                b"#\n# merged configuration written to ",
                output.as_os_str().as_bytes(),
                b" (needs make)\n#",
            ])?;
            Ok(())
        }
        Then::Make(target) => {
            make(options, target, &merged)?;
            let found = std::fs::read(&output).or_else(|error| unreadable(output.as_os_str(), &error))?;
            compare(&merged, &found, prefix)
        }
    }
}

/// The `.config` that is written.
fn output(options: &Options, env: &Env) -> Result<PathBuf, Ended> {
    let directory = match &options.directory {
        None => None,
        Some(directory) => match directory.canonicalize() {
            Ok(found) if found.is_dir() => Some(found),
            _ => {
                complain(&[b"output directory ", directory.as_os_str().as_bytes(), b" does not exist"])?;
                return Err(Ended(1));
            }
        },
    };
    let named = env.get_filled("KCONFIG_CONFIG").map(PathBuf::from);
    Ok(named.unwrap_or_else(|| directory.unwrap_or_default().join(".config")))
}

/// Has make resolve the text.
fn make(options: &Options, target: &str, merged: &[u8]) -> Result<(), Ended> {
    let folder = fs::temp_dir("merge-").map_err(|error| failed(&error))?;
    let seed = folder.path().join("merged.config");
    fs::write_atomic(&seed, merged).map_err(|error| failed(&error))?;
    let word = |name: &str, value: &Path| {
        let mut word = OsString::from(name);
        word.push(value);
        word
    };
    let mut make = Command::new("make");
    make.arg(word("KCONFIG_ALLCONFIG=", seed.as_path()));
    make.args(options.directory.as_deref().map(|directory| word("O=", directory)));
    io::stdout().flush()?;
    let status =
        make.arg(target).status().map_err(|error| failed(&format!("could not start `make`: {error}")))?;
    if status.success() { Ok(()) } else { Err(Ended(status.code().unwrap_or(1))) }
}

/// Tells what was asked for and is otherwise in the `.config`.
fn compare(merged: &[u8], found: &[u8], prefix: &str) -> Result<(), Ended> {
    let texts = [Words::new(merged), Words::new(found)];
    for symbol in assigned(merged, prefix) {
        let [asked, found] = texts.each_ref().map(|text| text.lines_with(&symbol).join(&b'\n'));
        if asked != found {
            say(&[b"Value requested for ", &symbol, b" not in final .config"])?;
            say(&[b"Requested value:  ", &asked])?;
            say(&[b"Actual value:     ", &found, b"\n"])?;
        }
    }
    Ok(())
}

fn tell(notice: &Notice) -> io::Result<()> {
    let Notice { symbol, kind, fragment, before, after } = notice;
    // The script hands them to `echo` as words.
    let words = |lines: &[String]| lines.join(" ").split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let values = || format!("Previous value: {}\nNew value: {}", words(before), words(after));
    let text = match kind {
        NoticeKind::Redefined => {
            format!("Value of {symbol} is redefined by fragment {fragment}:\n{}\n", values())
        }
        NoticeKind::Redundant => format!("Value of {symbol} is redundant by fragment {fragment}:"),
        NoticeKind::KeptBuiltin => format!("{}\n-y passed, will not demote y to m\n", values()),
    };
    say(&[text.as_bytes()])
}

fn read(path: &OsStr) -> io::Result<Vec<u8>> {
    std::fs::read(path)
}

fn unreadable(path: &OsStr, error: &io::Error) -> Result<Vec<u8>, Ended> {
    Err(failed(&format!("could not read `{}`: {error}", path.display())))
}

fn failed(error: &dyn std::fmt::Display) -> Ended {
    let _ = writeln!(io::stderr(), "error: {error}");
    Ended(1)
}

fn say(parts: &[&[u8]]) -> io::Result<()> {
    io::stdout().write_all(&[&parts.concat(), &b"\n"[..]].concat())
}

fn complain(parts: &[&[u8]]) -> io::Result<()> {
    io::stderr().write_all(&[&parts.concat(), &b"\n"[..]].concat())
}
