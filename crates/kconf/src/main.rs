//! `kconf`: the Kconfig engine at the prompt, without a manifest.
//!
//! | command | what it does | its peer in a kernel tree |
//! |---|---|---|
//! | `kconf merge [OPTIONS] BASE FRAGMENT…` | lays fragments on a base, the last one wins; has make resolve the result | `merge_config.sh` |
//! | `kconf diff A B` | prints what two `.config` files disagree on; exit code 1 where they do | `diffconfig` |
//! | `kconf survey KCONFIG` | asks `fix` for a random sample of hidden symbols and counts its answers | |
//! | `kconf --olddefconfig KCONFIG`, … | resolves against Kconfig files | `scripts/kconfig/conf` |
//! | `kconf probes [--verify] KCONFIG` | lists the probes of a tree, their answers, and where those came from | |
//! | `kconf rounds N KCONFIG FILE` | measures warm resolves of a `.config` within one process | |
//! | `kconf replay LOG --olddefconfig KCONFIG`, … | the same, with environment and probes from a log | |
//! | `kconf kconfig-diff …` | the differential harness (`cargo xtask kconfig-diff`) | |
//!
//! A copy of it may stand in an object tree as `scripts/kconfig/conf`, once make has built its own there: it is newer than
//! what that was linked from, so that make leaves it alone. (Not a link to it: make might link through that.)
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program that stands alone, like conf"
)]

mod conf;
mod differential;
mod disk;
mod merge;
mod options;
mod probes;
mod prompt;
mod rounds;
mod survey;

use std::process::ExitCode;

use kconfig::{DotConfig, Value};
use kernel_host::{AbsPath, env::Env, fs};

use disk::Cached;
use options::{Refused, USAGE};
use survey::Survey;

/// A parsed tree is many small pieces, allocated on a thread that is not the first: the system's allocator takes a system
/// call for every few of them there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Expressions nest, and so does their evaluation.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|word| word == "merge") {
        let merged = merge::main(std::env::args_os().skip(2).collect());
        return ExitCode::from(merged.map_or_else(|ended| u8::try_from(ended.0).unwrap_or(1), |()| 0));
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["diff", a, b] => diff(a, b),
        ["survey", ref words @ ..] => match Survey::parse(words) {
            Some(survey) => return on_disk(live(Cached::Never), move |disk| survey.answer(disk)),
            None => Err(vec![
                "usage: kconf survey [--seed N] [--count N] [--config FILE] [--show] KCONFIG".to_owned(),
            ]),
        },
        ["probes", "--verify", kconfig] => probes::list(kconfig, Cached::Verified),
        ["rounds", rounds, kconfig, file] => return measured(rounds, kconfig, file),
        ["probes", kconfig] => probes::list(kconfig, Cached::Used),
        ["--probe-cache", ref args @ ..] => return resolve(args, live(Cached::Used)),
        ["--help" | "-h"] => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        ["kconfig-diff", ..] => return differential::main(std::env::args_os().skip(2).collect()),
        ["serve", log, kconfig, folder] => return serve(log, kconfig, folder),
        ["replay", log, ref rest @ ..] => match differential::ProbeLog::load(log.as_ref()) {
            Ok(log) => return resolve(rest, Box::new(move || Ok(disk::Disk::replaying(log)))),
            Err(error) => Err(vec![error.to_string()]),
        },
        _ => return resolve(&args, live(Cached::Never)),
    };
    done.unwrap_or_else(|errors| {
        for error in errors {
            eprintln!("error: {error}");
        }
        ExitCode::from(2)
    })
}

/// Where files, environment and answers come from.
type Open = Box<dyn FnOnce() -> std::io::Result<disk::Disk> + Send>;

fn live(cached: Cached) -> Open {
    Box::new(move || disk::Disk::new(cached))
}

/// Everything else is `conf`'s command line.
fn resolve(args: &[&str], open: Open) -> ExitCode {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let options = match options::parse("kconf", &args) {
        Ok(options) => options,
        Err(Refused::Usage(what)) => {
            if let Some(what) = what {
                eprintln!("{what}");
            }
            eprint!("{USAGE}");
            return ExitCode::from(1);
        }
    };
    on_disk(open, move |disk| conf::run(&options, disk))
}

fn on_disk(
    open: Open,
    run: impl FnOnce(&disk::Disk) -> Result<(), conf::Ended> + Send + 'static,
) -> ExitCode {
    on_large_stack(move || {
        let disk = open()?;
        let done = run(&disk);
        // Answers are kept, not verified, so that nothing can be wrong with them.
        let _ = disk.tree().map(kconfig_host::HostTree::finish);
        done
    })
}

fn measured(rounds: &str, kconfig: &str, file: &str) -> ExitCode {
    let [rounds, kconfig, file] = [rounds, kconfig, file].map(str::to_owned);
    on_large_stack(move || match rounds::measure(&rounds, &kconfig, &file) {
        Ok(_) => Ok(()),
        Err(errors) => {
            errors.iter().for_each(|error| eprintln!("error: {error}"));
            Err(conf::Ended(2))
        }
    })
}

/// The worker of the differential harness.
fn serve(log: &str, kconfig: &str, folder: &str) -> ExitCode {
    let [log, kconfig, folder] = [log, kconfig, folder].map(str::to_owned);
    on_large_stack(move || Ok(differential::serve(log.as_ref(), &kconfig, folder.as_ref())?))
}

/// Runs something that nests deeply.
fn on_large_stack(run: impl FnOnce() -> Result<(), conf::Ended> + Send + 'static) -> ExitCode {
    let run = move || run().map_or_else(|ended| ended.0, |()| 0);
    let status = std::thread::Builder::new().stack_size(STACK).spawn(run).map(std::thread::JoinHandle::join);
    match status {
        Ok(Ok(status)) => ExitCode::from(u8::try_from(status).unwrap_or(1)),
        _ => ExitCode::from(101),
    }
}

fn diff(a: &str, b: &str) -> Result<ExitCode, Vec<String>> {
    let changes = kconfig::difference(&dot_config(a)?, &dot_config(b)?);
    let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "absent".to_owned(), Value::to_string);
    for change in &changes {
        println!("{}: {} -> {}", change.symbol.config_name(), shown(&change.before), shown(&change.after));
    }
    Ok(ExitCode::from(u8::from(!changes.is_empty())))
}

fn dot_config(path: &str) -> Result<DotConfig, Vec<String>> {
    DotConfig::parse(&read(path)?)
        .map_err(|errors| errors.iter().map(|error| format!("{path}:{}: {error}", error.line)).collect())
}

fn read(path: &str) -> Result<String, Vec<String>> {
    let env = Env::capture().map_err(|error| vec![error.to_string()])?;
    let path: AbsPath = env.current_dir().join(path);
    fs::read_to_string(&path).map_err(|error| vec![error.to_string()])
}
