//! `kernel bisect`.

use kernel::bisect::{Delta, Step, Verdict};

use super::{Asked, Context};
use crate::args::BisectArgs;
use crate::failure::CommandError;
use crate::message::{BisectFound, BisectStep, Message};
use crate::presenter::Consoles;
use crate::setup::Consent;
use crate::shell::Shell;
use crate::text;

/// Searches, says each step, and in the end what was found.
pub(crate) fn bisect(context: &Context<'_>, args: &BisectArgs) -> Result<(), CommandError> {
    let bench = context.open(
        Asked {
            compile: Some(&args.compile),
            resolve: Some(&args.resolve),
            consoles: Consoles::OfCommands,
            ..Asked::default()
        },
        Consent::of(&args.host, context.env),
    )?;
    let vm = bench.vm(args.vm.as_deref())?;
    let (good, bad) = (bench.side(&args.good)?, bench.side(&args.bad)?);
    let (shell, name) = (&context.shell, vm.name.value.as_str());
    let found = context.with_setup(&bench, &args.host, || {
        bench.bisect(vm, (&good, &bad), args.nested.nesting(), &mut |step| present(shell, name, step))
    })?;
    let culprits: Vec<String> = found.deltas.iter().map(Delta::to_string).collect();
    let of = text::count(found.differences, "difference");
    shell.status(
        "Found",
        &format!("{} of {of} in {}: {}", culprits.len(), text::count(found.steps, "step"), found.outcome),
    );
    shell.data(&culprits.join("\n"));
    shell.message(&Message::BisectFound(BisectFound {
        vm: name,
        culprits,
        outcome: &found.outcome,
        differences: found.differences,
        steps: found.steps,
    }));
    Ok(())
}

fn present(shell: &Shell, vm: &str, step: &Step) {
    let (verb, what) = match &step.verdict {
        Verdict::Good => ("Good", None),
        Verdict::Bad(what) => ("Bad", Some(what.as_str())),
        Verdict::Untestable(why) => ("Untestable", Some(why.as_str())),
    };
    let with = match step.deltas.as_slice() {
        [] => "as it is".to_owned(),
        [one] => format!("with {one}"),
        several => format!("with {} of {}", several.len(), text::count(step.suspects, "suspect")),
    };
    let known = if step.known { " (known)" } else { "" };
    let why = what.map(|what| format!(": {what}")).unwrap_or_default();
    shell.status(verb, &format!("step {}, {with}{known}{why}", step.number));
    shell.message(&Message::BisectStep(BisectStep {
        vm,
        number: step.number,
        differences: step.deltas.iter().map(Delta::to_string).collect(),
        suspects: step.suspects,
        verdict: step.verdict.name(),
        what,
        known: step.known,
    }));
}
