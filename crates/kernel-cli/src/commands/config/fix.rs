//! `kernel config fix`.
//!
//! What is written goes into the kernel's `[config]`, the last layer, so that it lands as it was verified.

use kconfig::fix::{Outcome, text};
use kconfig::{Symbol, Value};
use kernel_build::Proposal;
use kernel_build::workspace::ManifestKind;
use kernel_host::fs;
use kernel_spec::{ManifestPlace, set_config};

use super::{Configuration, asked, engine, json, open, plain, split, symbol, the_kernel};
use crate::args::FixArgs;
use crate::commands::Context;
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::text as words;

/// Proposes what else to set so that requests land.
pub(super) fn fix(context: &Context<'_>, args: &FixArgs) -> Result<(), CommandError> {
    let tree = plain(context, &args.plain)?;
    let (name, requests) = split(&args.words, tree.as_ref())?;
    let configuration = asked(context, &args.plain, tree.as_ref(), &args.config, name, &args.host)?;
    let wanted = requests.iter().map(|word| request(&configuration, word)).collect::<Result<Vec<_>, _>>()?;
    let proposals = configuration.fix(&wanted).map_err(engine)?;
    let shell = &context.shell;
    let shown = proposals.iter().map(|found| text(&found.outcome, &found.symbol, &found.value));
    shell.data(&shown.collect::<Vec<_>>().join("\n"));
    for found in &proposals {
        shell.message(&Message::ConfigFix { name: configuration.name(), proposal: json::proposal(found) });
    }
    let unmet = proposals.iter().filter(|found| !matches!(found.outcome, Outcome::Fixed(_))).count();
    if unmet > 0 {
        let requests = words::count(unmet, "request");
        return Err(Failure::user(format!("{requests} of {} cannot be met", proposals.len())).into());
    }
    if args.write { write(context, args, name, &proposals) } else { Ok(()) }
}

/// Puts the requests, and what they need, into the manifest.
fn write(
    context: &Context<'_>,
    args: &FixArgs,
    name: Option<&str>,
    proposals: &[Proposal],
) -> Result<(), CommandError> {
    let bench = open(context, &args.plain, &args.host)?;
    let kernel = the_kernel(&bench, name)?;
    let workspace = bench.loaded().workspace();
    let (manifest, place) = match workspace.manifest_kind() {
        ManifestKind::KernelToml => (workspace.manifest(), ManifestPlace::Kernel),
        ManifestKind::CargoToml => (workspace.manifest(), ManifestPlace::Cargo),
    };
    let mut settings = Vec::new();
    for found in proposals {
        if let Outcome::Fixed(fix) = &found.outcome {
            settings
                .extend(fix.settings.iter().map(|setting| (setting.symbol.clone(), setting.value.clone())));
        }
        settings.push((found.symbol.clone(), found.value.clone()));
    }
    let text = fs::read_to_string(&manifest).map_err(kernel::Error::from)?;
    let text = set_config(&text, place, &kernel, &settings)
        .map_err(|error| CommandError::from(Failure::user(format!("{manifest}: {error}"))))?;
    fs::write_atomic(&manifest, text.as_bytes()).map_err(kernel::Error::from)?;
    context.shell.status("Wrote", &format!("{} into {manifest}", words::count(settings.len(), "setting")));
    Ok(())
}

fn request(configuration: &Configuration, word: &str) -> Result<(Symbol, Value), CommandError> {
    let Some((name, value)) = word.split_once('=') else {
        return Err(Failure::user(format!("`{word}` is no request: expected `SYMBOL=VALUE`")).into());
    };
    let symbol = symbol(name)?;
    let value = configuration.value(&symbol, value);
    let value = value.map_err(|error| CommandError::from(Failure::user(error.to_string())))?;
    Ok((symbol, value))
}
