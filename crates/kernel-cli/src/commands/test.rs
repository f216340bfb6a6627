//! `kernel test`: VMs, each with the kernels and the runners that it is tried with, in one table.

mod budgets;
mod junit;

use kernel::{Trial, TrialError, Workbench};
use kernel_boot::Outcome;
use kernel_build::OnFailure;
use kernel_host::fs;
use kernel_spec::{KernelName, VmEntry};

use super::{Asked, Context};
use crate::args::TestArgs;
use crate::failure::{CommandError, Failure};
use crate::message::{Message, VmTested};
use crate::presenter::Consoles;
use crate::setup::Consent;
use crate::shell::Shell;
use crate::text;

/// Boots VMs side by side, says how each went, and fails where one did.
pub(crate) fn test(context: &Context<'_>, args: &TestArgs) -> Result<(), CommandError> {
    let bench = context.open(
        Asked {
            compile: Some(&args.compile),
            resolve: Some(&args.resolve),
            consoles: Consoles::OfCommands,
            on_failure: OnFailure::KeepGoing,
            ..Asked::default()
        },
        Consent::of(&args.host, context.env),
    )?;
    let vms = chosen(&bench, args)?;
    let shell = &context.shell;
    let trials = bench.try_out(&vms, args.nested.nesting(), &|trial| present(shell, trial))?;
    shell.data(table(&trials).trim_end());
    let budgets = budgets::of(context, &bench, &vms, &trials, args)?;
    if let Some(path) = &args.junit {
        let path = context.env.current_dir().join(path);
        fs::write_atomic(&path, junit::report(&trials, &budgets).as_bytes()).map_err(kernel::Error::from)?;
    }
    let failed = trials.iter().filter(|trial| trial.result.is_err()).count();
    match (failed, budgets::failure(&budgets)) {
        (0, None) => Ok(()),
        (0, Some(over)) => Err(over.into()),
        (_, over) => {
            if let Some(over) = over {
                shell.say(over.render(shell.paint).trim_end());
            }
            let message =
                format!("{failed} of {} did not boot as they must", text::count(trials.len(), "VM"));
            Err(Failure::of(kernel::ErrorKind::Guest, message).into())
        }
    }
}

/// The VMs of the command line, each with what it is tried with.
fn chosen(bench: &Workbench, args: &TestArgs) -> Result<Vec<VmEntry>, CommandError> {
    let named: Vec<&VmEntry> = match args.vms.as_slice() {
        [] => bench.spec().vms.values().collect(),
        names => names.iter().map(|name| bench.vm(Some(name))).collect::<Result<_, _>>()?,
    };
    if named.is_empty() {
        return Err(kernel::Error::WhichVm(Vec::new()).into());
    }
    if args.kernel.is_empty() && args.runner.is_empty() {
        return Ok(named.into_iter().flat_map(VmEntry::trials).collect());
    }
    let kernels = if args.kernel.is_empty() { Vec::new() } else { bench.kernels(&args.kernel)? };
    let (mut vms, mut wrong) = (Vec::new(), Vec::new());
    for vm in named {
        let of_vm = |name: &KernelName| bench.spec().kernels.get(name);
        let own = of_vm(&vm.kernel.value);
        let by_kernel = kernels.iter().filter_map(|name| vm.triable_with(of_vm(name)?, own?).err());
        let by_runner = args.runner.iter().filter_map(|runner| vm.triable_by(*runner).err());
        wrong.extend(by_kernel.chain(by_runner).map(|error| error.to_string()));
        let kernels = if kernels.is_empty() { vec![&vm.kernel.value] } else { kernels.iter().collect() };
        let runners = if args.runner.is_empty() { vec![vm.runner.value] } else { args.runner.clone() };
        vms.extend(vm.tried_with(&kernels, &runners));
    }
    match wrong.len() {
        0 => Ok(vms),
        number => {
            let message = format!("{} cannot be tried as asked", text::count(number, "VM"));
            let hint = "name the VMs that can: `kernel test VM --runner …`";
            Err(Failure { details: wrong, ..Failure::user(message).with_hint(hint) }.into())
        }
    }
}

/// A line for people, a message for programs, and what is to be said of a failure.
fn present(shell: &Shell, trial: &Trial) {
    let (name, took) = (trial.name.as_str(), text::duration(trial.total));
    let booted = trial.result.as_ref().ok();
    let what = what(trial);
    match &trial.result {
        Ok(_) => shell.status("Passed", &format!("{name} in {took}")),
        // It begins with the name.
        Err(TrialError::Failed(error)) if error.outcome().is_some() => shell.status("Failed", &what),
        Err(_) => shell.status("Failed", &format!("{name}: {what}")),
    }
    shell.message(&Message::VmTested(VmTested {
        vm: trial.vm.as_str(),
        trial: name,
        kernel: trial.kernel.as_str(),
        runner: trial.runner.as_str(),
        kernelrelease: booted.map(|booted| booted.parts.artifact.release()),
        accelerator: booted.map(|booted| booted.report.accelerator.to_string()),
        ready_ms: ready_after(trial).map(|after| after.as_millis()),
        passed: trial.result.is_ok(),
        outcome: outcome(trial),
        what: &what,
        total_ms: trial.total.as_millis(),
    }));
    if let Err(TrialError::Failed(error)) = &trial.result {
        for line in error.details() {
            shell.say(&format!("  {line}"));
        }
        if let Some(hint) = error.hint() {
            shell.say(&format!("hint: {hint}"));
        }
    }
}

/// How it went, in words.
fn what(trial: &Trial) -> String {
    match &trial.result {
        Ok(booted) => booted.report.outcome.to_string(),
        Err(error) => error.to_string(),
    }
}

fn ready_after(trial: &Trial) -> Option<std::time::Duration> {
    match &trial.result {
        Ok(booted) => booted.report.outcome.ready_after(),
        Err(TrialError::Failed(error)) => error.outcome().and_then(Outcome::ready_after),
        Err(TrialError::Complaint(_) | TrialError::Lacks(_)) => None,
    }
}

/// The name of what came of the boot, where it came to one.
fn outcome(trial: &Trial) -> Option<&'static str> {
    match &trial.result {
        Ok(booted) => Some(booted.report.outcome.name()),
        Err(TrialError::Failed(error)) => error.outcome().map(Outcome::name),
        Err(TrialError::Complaint(_)) => Some("complaint"),
        Err(TrialError::Lacks(_)) => Some("lacks"),
    }
}

/// A row for each trial.
fn table(trials: &[Trial]) -> String {
    let head = ["VM", "KERNEL", "RUNNER", "RESULT", "READY", "TOTAL", "OUTCOME"].map(str::to_owned);
    let row = |trial: &Trial| {
        let result = if trial.result.is_ok() { "passed" } else { "failed" };
        let outcome = match (outcome(trial), &trial.result) {
            (Some("complaint" | "lacks") | None, Err(error)) => error.to_string(),
            (name, _) => name.unwrap_or("-").to_owned(),
        };
        let total = (!trial.total.is_zero()).then_some(trial.total);
        let time = |time| Option::map_or(time, "-".to_owned(), text::duration);
        [
            trial.vm.to_string(),
            trial.kernel.to_string(),
            trial.runner.as_str().to_owned(),
            result.to_owned(),
            time(ready_after(trial)),
            time(total),
            outcome,
        ]
    };
    let rows: Vec<[String; 7]> = std::iter::once(head).chain(trials.iter().map(row)).collect();
    text::table(&rows)
}
