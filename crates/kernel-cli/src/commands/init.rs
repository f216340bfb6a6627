//! `kernel init`.
//!
//! | stdin | what is not said |
//! |---|---|
//! | a terminal | is asked for; an empty answer is the default |
//! | not one | has its default |

use std::io::BufRead;

use kernel_build::init::{Ground, InitError};
use kernel_build::toolchain::host_arch;
use kernel_spec::Arch;
use kernel_spec::profile::{self, Profile, ProfileKind};
use kernel_spec::starter::Starter;

use super::Context;
use crate::args::InitArgs;
use crate::failure::{CommandError, Failure};
use crate::message::Message;

/// The series that a first manifest has.
const SERIES: &str = "6.12";

/// Writes a first manifest.
pub(crate) fn init(context: &Context<'_>, args: &InitArgs) -> Result<(), CommandError> {
    let ground = Ground::find(context.env, &context.cancel).map_err(failed)?;
    let starter = starter(context, args, &ground)?;
    let written = ground.write(&starter).map_err(failed)?;
    for file in &written {
        let shown = file.path.relative_to(&ground.root).map(|path| path.display().to_string());
        let shown = shown.unwrap_or_else(|| file.path.to_string());
        context.shell.status("Wrote", &format!("{shown}: {}", file.what));
        context.shell.data(&file.path.to_string());
    }
    let paths = written.iter().map(|file| file.path.as_path()).collect();
    context.shell.message(&Message::Initialised { kernel: args.name.as_str(), paths });
    context.shell.status("Next", "`cargo kernel doctor`, then `cargo kernel check` and `cargo kernel build`");
    Ok(())
}

/// What the arguments say, and what the person at the terminal does.
fn starter(context: &Context<'_>, args: &InitArgs, ground: &Ground) -> Result<Starter, CommandError> {
    let asks = context.env.is_terminal_stdin();
    let mut vmms = args.vmm.clone();
    if asks && vmms.is_empty() {
        let names: Vec<&str> = all().map(|profile| profile.name).collect();
        let question = format!("Which VMMs is it to boot in? {} (empty: QEMU)", names.join(", "));
        let answer = ask(context, &question)?;
        let words = answer.split([',', ' ']).filter(|word| !word.is_empty());
        vmms = words.map(vmm).collect::<Result<_, _>>()?;
    }
    let series = match &args.series {
        Some(series) => series.clone(),
        None if asks => {
            let answer = ask(context, &format!("Which series of Linux? (empty: {SERIES})"))?;
            if answer.is_empty() { SERIES.to_owned() } else { answer }
        }
        None => SERIES.to_owned(),
    };
    if !is_series(&series) {
        let message = format!("`{series}` is no series: expected two numbers, such as `{SERIES}`");
        return Err(Failure::user(message).into());
    }
    let package = |named: &Option<String>, question: &str| -> Result<Option<String>, CommandError> {
        let name = match named {
            Some(name) => name.clone(),
            None if asks && !ground.packages.is_empty() => {
                ask(context, &format!("{question} {} (empty: none)", ground.packages.join(", ")))?
            }
            None => String::new(),
        };
        if name.is_empty() { Ok(None) } else { ground.package(&name).map(Some).map_err(failed) }
    };
    let vmm_package = package(&args.package, "Which package is the VMM?")?;
    let init_package = package(&args.init, "Which package becomes /init in the guest?")?;
    // A VMM that does not run on this machine is for one that it runs on.
    let host = host_arch().unwrap_or(Arch::X86_64);
    let runs = |arch: &Arch| vmms.iter().all(|vmm| vmm.architectures.contains(arch));
    let arch = [host].into_iter().chain(Arch::ALL).find(runs).unwrap_or(host);
    Ok(Starter { kernel: args.name.clone(), series, arch, vmms, vmm_package, init_package })
}

fn is_series(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

fn all() -> impl Iterator<Item = &'static Profile> {
    profile::all().iter().filter(|profile| profile.kind == ProfileKind::Vmm)
}

fn vmm(name: &str) -> Result<&'static Profile, CommandError> {
    all().find(|profile| profile.name == name).ok_or_else(|| {
        let names: Vec<&str> = all().map(|profile| profile.name).collect();
        let failure = Failure::user(format!("there is no profile of a VMM `{name}`"));
        failure.with_hint(format!("there is `{}`", names.join("`, `"))).into()
    })
}

/// Asks the person at the terminal.
fn ask(context: &Context<'_>, question: &str) -> Result<String, CommandError> {
    context.shell.clear();
    context.shell.say(question);
    let mut answer = String::new();
    match std::io::stdin().lock().read_line(&mut answer) {
        Ok(0) => Err(Failure::user("the answers have ended before the questions").into()),
        Ok(_) => Ok(answer.trim().to_owned()),
        Err(error) => Err(Failure::user(format!("the answer cannot be read: {error}")).into()),
    }
}

fn failed(error: InitError) -> CommandError {
    let failure = Failure::user(error.to_string());
    Failure { hint: error.hint(), ..failure }.into()
}
