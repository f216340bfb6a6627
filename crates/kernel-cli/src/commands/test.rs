//! `kernel test`.

use std::fmt::Write as _;

use kernel::{Trial, TrialError};
use kernel_boot::Outcome;
use kernel_build::Selection;
use kernel_host::fs;
use kernel_spec::VmEntry;

use super::{Asked, Context};
use crate::args::TestArgs;
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::presenter::Consoles;
use crate::setup::Consent;
use crate::text;

/// Boots VMs one after another, says how each went, and fails where one did.
pub(crate) fn test(context: &Context<'_>, args: &TestArgs) -> Result<(), CommandError> {
    let bench = context.open(
        Asked {
            compile: Some(&args.compile),
            resolve: Some(&args.resolve),
            consoles: Consoles::OfCommands,
            ..Asked::default()
        },
        Consent::of(&args.host, context.env),
    )?;
    let vms: Vec<&VmEntry> = match args.vms.as_slice() {
        [] => bench.spec().vms.values().collect(),
        names => names.iter().map(|name| bench.vm(Some(name))).collect::<Result<_, _>>()?,
    };
    let mut trials = Vec::new();
    for vm in vms {
        let selection = Selection::Vm(vm.name.value.clone());
        let trial = match bench.lock(&selection) {
            Ok(locked) => locked.try_out(vm, args.nested.nesting()),
            Err(error) => Trial::failed(&vm.name.value, error),
        };
        if let Err(TrialError::Failed(error)) = &trial.result
            && error.kind() == kernel::ErrorKind::Interrupted
        {
            return Err(Failure::of(error.kind(), error.to_string()).into());
        }
        present(context, &trial);
        trials.push(trial);
    }
    if let Some(path) = &args.junit {
        let path = context.env.current_dir().join(path);
        fs::write_atomic(&path, junit(&trials).as_bytes()).map_err(kernel::Error::from)?;
    }
    let failed = trials.iter().filter(|trial| trial.result.is_err()).count();
    match failed {
        0 => Ok(()),
        _ => {
            let message =
                format!("{failed} of {} did not boot as they must", text::count(trials.len(), "VM"));
            Err(Failure::of(kernel::ErrorKind::Guest, message).into())
        }
    }
}

/// A line for people and pipes, a message for programs, and what is to be said of a failure.
fn present(context: &Context<'_>, trial: &Trial) {
    let shell = &context.shell;
    let (vm, took) = (trial.vm.as_str(), text::duration(trial.total));
    let (state, what) = match &trial.result {
        Ok(booted) => ("passed", booted.report.outcome.to_string()),
        Err(error) => ("failed", error.to_string()),
    };
    shell.data(&format!("{vm}\t{state}\t{took}\t{what}"));
    shell.message(&Message::VmTested {
        vm,
        passed: trial.result.is_ok(),
        outcome: outcome(trial),
        what: &what,
        total_ms: trial.total.as_millis(),
    });
    if let Err(TrialError::Failed(error)) = &trial.result {
        for line in error.details() {
            shell.say(&format!("  {line}"));
        }
        if let Some(hint) = error.hint() {
            shell.say(&format!("hint: {hint}"));
        }
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

/// The report that CI systems read.
fn junit(trials: &[Trial]) -> String {
    let failed = trials.iter().filter(|trial| trial.result.is_err()).count();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing into a string does not fail.
    let _ =
        writeln!(xml, "<testsuite name=\"kernel test\" tests=\"{}\" failures=\"{failed}\">", trials.len());
    for trial in trials {
        let (name, seconds) = (escaped(trial.vm.as_str()), trial.total.as_secs_f64());
        let _ = write!(xml, "  <testcase classname=\"kernel\" name=\"{name}\" time=\"{seconds:.3}\"");
        let _ = match &trial.result {
            Ok(_) => writeln!(xml, "/>"),
            Err(error) => {
                let details = match error {
                    TrialError::Failed(error) => error.details().join("\n"),
                    TrialError::Complaint(_) | TrialError::Lacks(_) => String::new(),
                };
                let (message, details) = (escaped(&error.to_string()), escaped(&details));
                writeln!(xml, ">\n    <failure message=\"{message}\">{details}</failure>\n  </testcase>")
            }
        };
    }
    xml + "</testsuite>\n"
}

/// Text for XML; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    text.chars().filter(allowed).fold(String::new(), |mut xml, c| {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            c => xml.push(c),
        }
        xml
    })
}
