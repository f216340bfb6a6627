//! `kernel patch`: patches tried without building, and rewritten.

use kernel_build::{PatchOutcome, Selection};

use super::{Asked, Context};
use crate::args::{PatchArgs, PatchCommand, PatchedKernelsArgs};
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::setup::Consent;
use crate::text;

/// Tries or rewrites.
pub(crate) fn patch(context: &Context<'_>, args: &PatchArgs) -> Result<(), CommandError> {
    match &args.command {
        PatchCommand::Check(args) => check(context, args),
        PatchCommand::Refresh(args) => refresh(context, args),
    }
}

fn check(context: &Context<'_>, args: &PatchedKernelsArgs) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::of(&args.host, context.env))?;
    let kernels = bench.kernels(&args.names)?;
    let selection = Selection::Kernels(kernels.clone());
    let (mut tried, mut bad, mut already) = (0, 0, false);
    for kernel in &kernels {
        let reports =
            context.with_setup(&bench, &args.host, || bench.lock(&selection)?.check_patches(kernel))?;
        for report in &reports {
            let (state, mut lines) = (report.outcome.word(), report.outcome.lines());
            if let PatchOutcome::Fails { hint: Some(hint), .. } = &report.outcome {
                lines.push(format!("hint: {hint}"));
            }
            context.shell.data(&format!("{kernel}\t{}\t{}\t{state}", report.name, report.file));
            for line in &lines {
                context.shell.say(&format!("  {line}"));
            }
            tried += 1;
            bad += usize::from(!report.outcome.is_good());
            already |= report.outcome == PatchOutcome::Already;
            context.shell.message(&Message::PatchChecked {
                kernel: kernel.as_str(),
                name: &report.name,
                file: &report.file,
                state,
                details: lines,
            });
        }
    }
    if bad > 0 {
        let failure =
            Failure::user(format!("{bad} of {} would stop a build", text::count(tried, "patch file")));
        let hint = if already {
            "drop a patch that is in the tree already, or bound it by `when`"
        } else {
            "make the patch anew for this tree, or bound it by `when`"
        };
        return Err(failure.with_hint(hint).into());
    }
    context.shell.status("Checked", &text::count(tried, "patch file"));
    Ok(())
}

fn refresh(context: &Context<'_>, args: &PatchedKernelsArgs) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::of(&args.host, context.env))?;
    let kernels = bench.kernels(&args.names)?;
    let selection = Selection::Kernels(kernels.clone());
    let mut rewritten = 0;
    for kernel in &kernels {
        let all =
            context.with_setup(&bench, &args.host, || bench.lock(&selection)?.refresh_patches(kernel))?;
        for patch in &all {
            let (name, file) = (patch.name.as_str(), patch.file.as_str());
            let left = patch.left.as_deref();
            match left {
                Some(why) => {
                    let message = format!("patch `{name}` stays as it is: `{file}`, {why}");
                    crate::presenter::warn(&context.shell, &message, None);
                }
                None => {
                    rewritten += 1;
                    context.shell.data(&format!("{kernel}\t{name}\t{file}"));
                }
            }
            context.shell.message(&Message::PatchRefreshed { kernel: kernel.as_str(), name, file, left });
        }
    }
    context.shell.status("Refreshed", &text::count(rewritten, "patch file"));
    Ok(())
}
