//! `kernel boot`.

use kernel::{AbsPath, Booted, Tracing};
use kernel_build::Selection;
use kernel_host::fs;

use super::{Asked, Context, build};
use crate::args::BootArgs;
use crate::failure::CommandError;
use crate::message::{BootFinished, Message};
use crate::presenter::note;
use crate::setup::Consent;
use crate::shell::{Level, Shell};

/// Builds and boots the VM that is named, or the only one.
pub(crate) fn boot(context: &Context<'_>, args: &BootArgs) -> Result<(), CommandError> {
    let bench = context.open(
        Asked { compile: Some(&args.compile), resolve: Some(&args.resolve), ..Asked::default() },
        Consent::of(&args.host, context.env),
    )?;
    let vm = bench.vm(args.vm.as_deref())?;
    let selection = Selection::Vm(vm.name.value.clone());
    let tracing = if args.chart { Tracing::Initcalls } else { Tracing::Off };
    let booted = context.with_setup(&bench, &args.host, || {
        bench.lock(&selection)?.boot_traced(vm, args.nested.nesting(), tracing)
    })?;
    let chart = match tracing {
        Tracing::Initcalls => Some(chart(&booted)?),
        Tracing::Off => None,
    };
    present(&context.shell, &booted, chart.as_ref());
    booted.verdict()?;
    Ok(())
}

/// Draws the boot, beside its console.
fn chart(booted: &Booted) -> Result<AbsPath, kernel::Error> {
    let path = booted.report.log.parent().unwrap_or_else(|| booted.report.log.clone()).join("boot.html");
    fs::write_atomic(&path, booted.chart().as_bytes())?;
    Ok(path)
}

fn present(shell: &Shell, booted: &Booted, chart: Option<&AbsPath>) {
    let report = &booted.report;
    let vm = booted.parts.name.as_str();
    build::artifact_message(shell, &booted.parts.artifact);
    if let Some(host) = &booted.parts.nested_host {
        build::artifact_message(shell, host);
    }
    build::vm_message(shell, &booted.parts);
    if report.outcome.passed() {
        shell.status("Booted", &format!("{vm}: {} ({})", report.outcome, report.accelerator));
    }
    if let Some(path) = chart {
        shell.status("Charted", &path.to_string());
    }
    note(shell, Level::Verbose, &format!("console in {}", report.log));
    shell.message(&Message::BootFinished(BootFinished {
        vm,
        passed: report.outcome.passed(),
        outcome: report.outcome.name(),
        verdict: report.outcome.to_string(),
        accelerator: report.accelerator.to_string(),
        vmm: &report.vmm,
        ready_ms: report.outcome.ready_after().map(|after| after.as_millis()),
        total_ms: report.total.as_millis(),
        trace: &report.diagnosis.trace,
        cause: report.diagnosis.cause.as_ref().map(|cause| cause.text.as_str()),
        last: report.outcome.last_lines(),
        command: &report.command,
        log: report.log.as_path(),
        chart: chart.map(|path| path.as_path()),
    }));
}
