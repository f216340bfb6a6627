//! The command line of the program.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;

use crate::boot::EntryChoice;
use crate::layout::Ram;

/// What `--help` prints.
pub const HELP: &str = "\
Boots a Linux kernel in a small virtual machine on KVM; its serial console is stdout.

Usage: microvm --kernel PATH [OPTIONS]
       microvm --check-kvm

Options:
  --kernel PATH       vmlinux (ELF) or bzImage
  --entry ENTRY       auto, pvh or linux64 (the 64-bit entry) [auto]
  --initrd PATH       initramfs
  --cmdline TEXT      kernel command line [console=ttyS0 reboot=k panic=-1]
  --memory MIB        memory in MiB [128]
  --timeout SECONDS   end after so many seconds; 0.5 is allowed [no limit]
  --stats             say on stderr what the vCPU left the guest for
  --check-kvm         say whether KVM runs code here
  --help, --version

Exit codes:
  0  the guest ended the machine (reset, triple fault); KVM is usable
  1  the machine could not be made
  2  wrong usage
  3  the time limit is over
  4  KVM stopped the machine, or the console is gone
  5  KVM is not usable
";

const DEFAULT_CMDLINE: &str = "console=ttyS0 reboot=k panic=-1";
const DEFAULT_MEMORY_MIB: u64 = 128;

/// What the program is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Boot a kernel.
    Boot(BootRequest),
    /// Say whether KVM works.
    CheckKvm,
    /// Print [`HELP`].
    Help,
    /// Print the version.
    Version,
}

/// What to boot, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct BootRequest {
    /// The kernel image's file.
    pub kernel: PathBuf,
    /// The way into it.
    pub entry: EntryChoice,
    /// The initramfs's file.
    pub initrd: Option<PathBuf>,
    /// The kernel command line.
    pub cmdline: String,
    /// The guest's memory.
    pub ram: Ram,
    /// The time limit.
    pub timeout: Option<Duration>,
    /// Whether the exits are told at the end.
    pub stats: StatsMode,
}

/// Whether the exits are told at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatsMode {
    /// They are not.
    #[default]
    Off,
    /// They are, on stderr.
    Print,
}

/// The command line is wrong.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// Its form.
    #[error(transparent)]
    Form(#[from] lexopt::Error),
    /// There is nothing to boot.
    #[error("no `--kernel`")]
    NoKernel,
    /// A value that the option does not have.
    #[error("`{option} {found}`, expected {expected}")]
    Value {
        /// The option.
        option: &'static str,
        /// Its value as it stands.
        found: String,
        /// What it could be.
        expected: &'static str,
    },
}

/// Reads the arguments behind the program's name.
///
/// # Errors
/// An option is unknown, wants a value or has a wrong one.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Request, UsageError> {
    let mut parser = lexopt::Parser::from_args(args);
    let mut kernel = None;
    let mut request = BootRequest {
        kernel: PathBuf::new(),
        entry: EntryChoice::default(),
        initrd: None,
        cmdline: DEFAULT_CMDLINE.to_owned(),
        ram: memory(&DEFAULT_MEMORY_MIB.to_string())?,
        timeout: None,
        stats: StatsMode::default(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("kernel") => kernel = Some(PathBuf::from(parser.value()?)),
            Long("initrd") => request.initrd = Some(PathBuf::from(parser.value()?)),
            Long("cmdline") => request.cmdline = parser.value()?.string()?,
            Long("entry") => request.entry = entry(&parser.value()?.string()?)?,
            Long("memory") => request.ram = memory(&parser.value()?.string()?)?,
            Long("timeout") => request.timeout = Some(timeout(&parser.value()?.string()?)?),
            Long("stats") => request.stats = StatsMode::Print,
            Long("check-kvm") => return Ok(Request::CheckKvm),
            Short('h') | Long("help") => return Ok(Request::Help),
            Short('V') | Long("version") => return Ok(Request::Version),
            other => return Err(other.unexpected().into()),
        }
    }
    request.kernel = kernel.ok_or(UsageError::NoKernel)?;
    Ok(Request::Boot(request))
}

fn entry(text: &str) -> Result<EntryChoice, UsageError> {
    match text {
        "auto" => Ok(EntryChoice::Auto),
        "pvh" => Ok(EntryChoice::Pvh),
        "linux64" => Ok(EntryChoice::Linux64),
        _ => Err(wrong("--entry", text, "`auto`, `pvh` or `linux64`")),
    }
}

fn memory(text: &str) -> Result<Ram, UsageError> {
    text.parse()
        .ok()
        .and_then(Ram::from_mib)
        .ok_or_else(|| wrong("--memory", text, "a number of MiB above 0"))
}

fn timeout(text: &str) -> Result<Duration, UsageError> {
    text.parse()
        .ok()
        .filter(|seconds: &f64| *seconds > 0.0)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| wrong("--timeout", text, "a number of seconds above 0"))
}

fn wrong(option: &'static str, found: &str, expected: &'static str) -> UsageError {
    UsageError::Value { option, found: found.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Request, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_becomes_a_request() {
        let expected = BootRequest {
            kernel: "vmlinux".into(),
            entry: EntryChoice::Pvh,
            initrd: Some("init.cpio".into()),
            cmdline: "quiet".to_owned(),
            ram: Ram::from_mib(256).expect("memory"),
            timeout: Some(Duration::from_millis(500)),
            stats: StatsMode::Print,
        };
        let line = "--kernel vmlinux --entry pvh --initrd=init.cpio --cmdline quiet --memory 256 --timeout 0.5 --stats";
        assert_eq!(parse_line(line), Ok(Request::Boot(expected)));
        assert_eq!(parse_line("--check-kvm"), Ok(Request::CheckKvm));
        assert_eq!(parse_line("-h"), Ok(Request::Help));
        assert_eq!(parse_line("--version"), Ok(Request::Version));
        let Ok(Request::Boot(plain)) = parse_line("--kernel k") else { panic!("a boot") };
        assert_eq!((plain.ram.bytes(), plain.timeout, plain.initrd), (128 << 20, None, None));
        for default in ["128", DEFAULT_CMDLINE, "no limit", "[auto]"] {
            assert!(HELP.contains(default), "{default}");
        }
    }

    #[test]
    fn a_wrong_line_is_told() {
        let error = |line| parse_line(line).expect_err("wrong");
        insta::assert_snapshot!(error(""), @"no `--kernel`");
        insta::assert_snapshot!(error("--kernel k --entry bios"), @"`--entry bios`, expected `auto`, `pvh` or `linux64`");
        insta::assert_snapshot!(error("--kernel k --memory 128MiB"), @"`--memory 128MiB`, expected a number of MiB above 0");
        insta::assert_snapshot!(error("--kernel k --memory 0"), @"`--memory 0`, expected a number of MiB above 0");
        insta::assert_snapshot!(error("--kernel k --timeout -1"), @"`--timeout -1`, expected a number of seconds above 0");
        insta::assert_snapshot!(error("--kernel k --timeout NaN"), @"`--timeout NaN`, expected a number of seconds above 0");
        insta::assert_snapshot!(error("--kernel"), @"missing argument for option '--kernel'");
        insta::assert_snapshot!(error("--disk d"), @"invalid option '--disk'");
        insta::assert_snapshot!(error("vmlinux"), @r#"unexpected argument "vmlinux""#);
    }
}
