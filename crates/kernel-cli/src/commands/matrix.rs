//! `kernel check --matrix`: every point of the matrix, judged, in one table.

use kernel_build::{BuildError, Glance, Judged};
use kernel_spec::{KernelName, KernelSpec, Unfit};

use super::{Asked, Context, json};
use crate::args::CheckArgs;
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::setup::Consent;
use crate::text;

/// Judges all points; every one is told before the command ends.
pub(super) fn check(context: &Context<'_>, args: &CheckArgs) -> Result<(), CommandError> {
    let bench = context.open(
        Asked { compile: Some(&args.compile), resolve: Some(&args.resolve), ..Asked::default() },
        Consent::of(&args.host, context.env),
    )?;
    let kernels = if args.names.is_empty() { Vec::new() } else { bench.kernels(&args.names)? };
    let judged = context.with_setup(&bench, &args.host, || {
        let (locked, points) = bench.lock_matrix(&kernels)?;
        locked.judge_matrix(&points)
    })?;
    let shell = &context.shell;
    let unfit: Vec<&Unfit> = unfit(bench.loaded().spec(), &kernels).collect();
    shell.data(table(&judged, &unfit).trim_end());
    for point in &judged {
        message(context, point);
    }
    for none in &unfit {
        unfit_message(context, none);
    }
    let all = judged.len();
    let failed: Vec<Judged> = judged.into_iter().filter(|judged| judged.outcome.is_err()).collect();
    let number = failed.len();
    for Judged { outcome, .. } in failed {
        if let Err(error) = outcome {
            let error = CommandError::from(kernel::Error::from(error));
            for failure in error.into_failures(context.env) {
                shell.say(failure.render(shell.paint).trim_end());
            }
        }
    }
    match number {
        0 => Ok(()),
        number => Err(Failure::user(format!(
            "{number} of {} of the matrix cannot be had as asked",
            text::count(all, "kernel")
        ))
        .into()),
    }
}

/// The combinations of these kernels (none: of all) that a profile has nothing for.
pub(super) fn unfit<'s>(spec: &'s KernelSpec, kernels: &'s [KernelName]) -> impl Iterator<Item = &'s Unfit> {
    spec.unfit.iter().filter(|unfit| kernels.is_empty() || kernels.contains(&unfit.of))
}

/// A row for each point, and then for what is none.
fn table(judged: &[Judged], unfit: &[&Unfit]) -> String {
    let head = ["KERNEL", "SOURCE", "ARCH", "VARIANT", "VERSION", "RESULT"].map(str::to_owned);
    let row = |judged: &Judged| {
        let kernel = &judged.point.kernel;
        let variant = judged.point.variant.clone().unwrap_or_else(|| "-".to_owned());
        let (version, result) = result(&judged.outcome);
        [
            judged.point.of.to_string(),
            kernel.source.value.to_string(),
            kernel.arch.value.to_string(),
            variant,
            version,
            result,
        ]
    };
    let no_point = |unfit: &&Unfit| {
        [
            unfit.of.to_string(),
            unfit.source.to_string(),
            unfit.error.arch.to_string(),
            unfit.variant.clone().unwrap_or_else(|| "-".to_owned()),
            "-".to_owned(),
            format!("not for this architecture: profile `{}`", unfit.error.profile),
        ]
    };
    let points = judged.iter().map(row).chain(unfit.iter().map(no_point));
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(points).collect();
    text::table(&rows)
}

/// The version, and what became of it in a few words.
fn result(outcome: &Result<Glance, BuildError>) -> (String, String) {
    match outcome {
        Ok(glance) => {
            let landed = text::count(glance.requests, "request");
            (glance.kernelversion.clone(), format!("{landed} landed"))
        }
        Err(error) => match error.refusal() {
            Some(refusal) => {
                let parts = [
                    (refusal.conflicts.len(), "conflicting"),
                    (refusal.misses.len(), "missed"),
                    (refusal.unmet.len(), "lacking"),
                    (refusal.unneeded.len(), "not needed in `may-miss`"),
                ];
                let said = parts.iter().filter(|(number, _)| *number > 0);
                let said: Vec<String> = said.map(|(number, what)| format!("{number} {what}")).collect();
                (refusal.version.clone(), said.join(", "))
            }
            None => ("-".to_owned(), "failed".to_owned()),
        },
    }
}

fn message(context: &Context<'_>, judged: &Judged) {
    let kernel = &judged.point.kernel;
    let refusal = judged.outcome.as_ref().err().and_then(BuildError::refusal);
    let error = judged.outcome.as_ref().err().map(ToString::to_string);
    let glance = judged.outcome.as_ref().ok();
    context.shell.message(&Message::MatrixPoint {
        name: kernel.name.value.as_str(),
        kernel: KernelName::as_str(&judged.point.of),
        source: kernel.source.value.as_str(),
        arch: kernel.arch.value.rust_name(),
        variant: judged.point.variant.as_deref(),
        state: match (&judged.outcome, refusal) {
            (Ok(_), _) => "landed",
            (Err(_), Some(_)) => "refused",
            (Err(_), None) => "failed",
        },
        kernelversion: glance
            .map(|glance| glance.kernelversion.as_str())
            .or(refusal.map(|refusal| refusal.version.as_str())),
        kernelrelease: glance.map(|glance| glance.release.as_str()),
        requests: glance.map(|glance| glance.requests),
        features: glance.map(|glance| glance.features.as_slice()),
        error: error.as_deref(),
        refusal: refusal.map(json::refusal),
    });
}

fn unfit_message(context: &Context<'_>, unfit: &Unfit) {
    let error = unfit.error.to_string();
    context.shell.message(&Message::MatrixPoint {
        name: unfit.name.as_str(),
        kernel: unfit.of.as_str(),
        source: unfit.source.as_str(),
        arch: unfit.error.arch.rust_name(),
        variant: unfit.variant.as_deref(),
        state: "not-for-arch",
        kernelversion: None,
        kernelrelease: None,
        requests: None,
        features: None,
        error: Some(&error),
        refusal: None,
    });
}
