//! `kernel update`.

use kconfig::Value;
use kernel::NameKind;
use kernel_build::{KernelOutlook, PatchOutcome, ShiftKind, SymbolShift};

use super::{Asked, Context};
use crate::args::UpdateArgs;
use crate::failure::{CommandError, Failure};
use crate::message::{Message, PatchStanding, SymbolChange};
use crate::setup::Consent;

/// Pins sources anew, and says before what that does.
pub(crate) fn update(context: &Context<'_>, args: &UpdateArgs) -> Result<(), CommandError> {
    if context.is_offline() {
        let failure = Failure::user("`--offline` and `--frozen` forbid to ask for newer versions");
        return Err(failure.with_hint("leave the option out").into());
    }
    let bench = context.open(Asked::default(), Consent::of(&args.host, context.env))?;
    let sources = bench.sources(&args.names, NameKind::Source)?;
    let precise = args.precise.as_deref();
    let update = context.with_setup(&bench, &args.host, || bench.update(&sources, precise))?;
    let shell = &context.shell;
    if update.pins.is_empty() {
        shell.status("Unchanged", "no source has a pin: trees at a `path` are used as they are");
    }
    for pin in &update.pins {
        let source = pin.source.as_str();
        let (old, new) = (pin.old.as_ref().map(ToString::to_string), pin.new.to_string());
        match old.as_deref() {
            Some(old) if old == new => shell.status("Unchanged", &format!("{source} {old}")),
            Some(old) => shell.status("Updated", &format!("{source} {old} → {new}")),
            None => shell.status("Pinned", &format!("{source} {new}")),
        }
        let (old, new, is_ended) = (old.as_deref(), new.as_str(), pin.is_ended);
        shell.message(&Message::SourceUpdated { name: source, old, new, is_ended });
    }
    if !args.pins_only {
        let outlooks = context.with_setup(&bench, &args.host, || bench.outlook(&update))?;
        for outlook in &outlooks {
            shell.data(render(outlook).trim_end());
            shell.message(&message(outlook));
        }
    }
    if args.dry_run {
        shell.status("Unwritten", "`--dry-run` leaves Kernel.lock as it is");
        return Ok(());
    }
    Ok(bench.write_update(&update)?)
}

/// What people read of a kernel.
fn render(outlook: &KernelOutlook) -> String {
    let release = match (&outlook.old_release, &outlook.new_release) {
        (Some(old), Ok(new)) => format!("{old} → {new}"),
        (None, Ok(new)) => new.clone(),
        (Some(old), Err(why)) => format!("{old} → {why}"),
        (None, Err(why)) => why.clone(),
    };
    let mut text = format!("kernel {}: {release}\n", outlook.name);
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text += &format!("  {title}\n");
            text.extend(lines.iter().map(|line| format!("    {line}\n")));
        }
    };
    for word in ["appeared", "vanished", "renamed", "changed"] {
        let these = outlook.symbols.iter().filter(|shift| shift.kind.word() == word);
        section(word, these.map(line).collect());
    }
    section("no longer lands", outlook.lost.iter().map(|line| line.trim().to_owned()).collect());
    let patches = outlook.patches.iter().filter(|patch| patch.outcome != PatchOutcome::Applies);
    let patches = patches.flat_map(|patch| {
        let what = match patch.outcome {
            PatchOutcome::Already => "upstream already, or reversed",
            PatchOutcome::Fails { .. } => "does not apply",
            ref other => other.word(),
        };
        let first = format!("{} ({}): {what}", patch.name, patch.file);
        let lines = match patch.outcome {
            PatchOutcome::Already => Vec::new(),
            ref other => other.lines(),
        };
        std::iter::once(first).chain(lines.into_iter().map(|line| format!("  {line}")))
    });
    section("patches", patches.collect());
    text
}

fn show(value: &Option<Value>) -> String {
    value.as_ref().map_or_else(|| "n".to_owned(), Value::to_string)
}

fn line(shift: &SymbolShift) -> String {
    let name = shift.symbol.config_name();
    let (before, after) = (show(&shift.before), show(&shift.after));
    match &shift.kind {
        ShiftKind::Appeared => format!("{name}={after}"),
        ShiftKind::Vanished => format!("{name}={before}"),
        ShiftKind::Renamed(other) => format!("{name}={before} → {}={after}", other.config_name()),
        ShiftKind::Changed => format!("{name} {before} → {after}"),
    }
}

fn message(outlook: &KernelOutlook) -> Message<'_> {
    let symbol = |shift: &SymbolShift| SymbolChange {
        symbol: shift.symbol.config_name(),
        kind: shift.kind.word(),
        renamed_to: match &shift.kind {
            ShiftKind::Renamed(other) => Some(other.config_name()),
            _ => None,
        },
        before: shift.before.as_ref().map(ToString::to_string),
        after: shift.after.as_ref().map(ToString::to_string),
    };
    let patch = |report: &kernel_build::PatchReport| PatchStanding {
        name: report.name.clone(),
        file: report.file.clone(),
        state: report.outcome.word(),
        details: report.outcome.lines(),
    };
    Message::KernelOutlook {
        name: outlook.name.as_str(),
        old_release: outlook.old_release.as_deref(),
        new_release: outlook.new_release.as_deref().ok(),
        error: outlook.new_release.as_ref().err().map(String::as_str),
        symbols: outlook.symbols.iter().map(symbol).collect(),
        lost: &outlook.lost,
        patches: outlook.patches.iter().map(patch).collect(),
    }
}
