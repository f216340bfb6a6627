//! The program `microvm`: reads its command line, runs one machine, tells on stderr how that ended.
//!
//! stdout is the guest's console and nothing else. The last line on stderr is `microvm: ended: …` where the machine
//! ran and `microvm: error: …` where it did not.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a VMM is a program of its own: it reads its kernel itself"
)]

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use microvm::args::{self, BootRequest, HELP, Request, StatsMode};
use microvm::boot::{LoadError, Payload, Plan};
use microvm::end;
use microvm::machine::{Chips, Machine, MachineError, open_kvm};
use microvm::probe::{KvmStatus, probe};
use microvm::run::run;

/// Why no machine ran.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("`{path}` is not read: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Machine(#[from] MachineError),
}

fn main() -> ExitCode {
    ExitCode::from(match args::parse(std::env::args_os().skip(1)) {
        Ok(Request::Boot(request)) => boot(&request).unwrap_or_else(|failure| {
            tell(format_args!("error: {failure}"));
            match failure {
                Failure::Machine(MachineError::Open(_)) => end::EXIT_NO_KVM,
                _ => end::EXIT_NOT_STARTED,
            }
        }),
        Ok(Request::CheckKvm) => {
            let status = probe();
            print(format_args!("{status}\n"));
            if status == KvmStatus::Usable { end::EXIT_ENDED } else { end::EXIT_NO_KVM }
        }
        Ok(Request::Help) => {
            print(HELP);
            end::EXIT_ENDED
        }
        Ok(Request::Version) => {
            print(format_args!("microvm {}\n", env!("CARGO_PKG_VERSION")));
            end::EXIT_ENDED
        }
        Err(error) => {
            tell(format_args!("error: {error}"));
            tell("hint: `microvm --help` shows the usage");
            end::EXIT_USAGE
        }
    })
}

fn boot(request: &BootRequest) -> Result<u8, Failure> {
    let outcome = run(make(request)?, io::stdout(), request.timeout)?;
    if request.stats == StatsMode::Print {
        for line in outcome.stats.to_string().lines() {
            tell(line);
        }
    }
    tell(format_args!("ended: {}", outcome.end));
    Ok(outcome.end.exit_code())
}

/// Makes the machine; the files' contents are given up with it, the guest has its copy.
fn make(request: &BootRequest) -> Result<Machine, Failure> {
    let kernel = read(&request.kernel)?;
    let initrd = request.initrd.as_deref().map(read).transpose()?;
    let payload = Payload {
        kernel: &kernel,
        entry: request.entry,
        initrd: initrd.as_deref(),
        cmdline: &request.cmdline,
    };
    // Before KVM: what is wrong with the files is said on a host without it as well.
    let plan = Plan::new(&request.ram, payload)?;
    let machine = Machine::new(&open_kvm()?, &request.ram, Chips::Emulated)?;
    machine.start_at(plan.load(machine.memory())?)?;
    Ok(machine)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })
}

/// Says a line on stderr; nobody can be told that nobody listens.
fn tell(line: impl Display) {
    let _ = writeln!(io::stderr(), "microvm: {line}");
}

fn print(text: impl Display) {
    let _ = write!(io::stdout(), "{text}");
}
