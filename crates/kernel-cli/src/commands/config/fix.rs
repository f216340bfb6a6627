//! `kernel config fix`.
//!
//! Whatever is written is resolved once more from where it stands; what does not land is taken back.

use std::path::Path;

use kconfig::fix::{Outcome, text};
use kconfig::{Symbol, Value};
use kernel_build::workspace::ManifestKind;
use kernel_build::{BuildError, Configuration, Others, PlainTree, Proposal};
use kernel_host::{AbsPath, fs};
use kernel_spec::{IN_TREE, KernelName, ManifestPlace, nearest, set_config, set_in_fragment};

use super::{absolute, asked, engine, json, open, plain, plain_word, split, symbol, the_kernel};
use crate::args::{ConfigOfArgs, FixArgs};
use crate::commands::Context;
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::text as words;

/// The word for the kernel's own table, where a fragment could stand.
pub(super) const OWN_TABLE: &str = "[config]";

/// Proposes what else to set so that requests land.
pub(super) fn fix(context: &Context<'_>, args: &FixArgs) -> Result<(), CommandError> {
    let tree = plain(context, &args.of.plain)?;
    let (name, requests) = split(&args.words, tree.as_ref())?;
    let configuration = asked(context, &args.of, tree.as_ref(), name)?;
    let wanted = requests.iter().map(|word| request(&configuration, word)).collect::<Result<Vec<_>, _>>()?;
    let proposals = configuration.fix(&wanted, Others::Told).map_err(engine)?;
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
    if args.write || args.into.is_some() {
        let into = args.into.as_deref().filter(|path| path.as_os_str() != OWN_TABLE);
        write(context, &args.of, into, tree.as_ref(), name, &settings(&proposals))?;
    }
    Ok(())
}

/// Where a fix is written.
enum Target {
    /// The kernel's `[config]`: the last layer, so that it lands as it was verified.
    Manifest(AbsPath, ManifestPlace, KernelName),
    /// A fragment, or a `.config`.
    Fragment(AbsPath),
}

impl Target {
    fn of(
        context: &Context<'_>,
        of: &ConfigOfArgs,
        into: Option<&Path>,
        tree: Option<&PlainTree>,
        name: Option<&str>,
    ) -> Result<Self, CommandError> {
        if tree.is_some() {
            let path = absolute(context, plain_word(&of.config).as_ref());
            if fs::is_file(&path) {
                return Ok(Self::Fragment(path));
            }
            let failure = Failure::user(format!(
                "`{}` is a base: there is no file to write into",
                plain_word(&of.config)
            ));
            return Err(failure.with_hint("name a `.config` or a fragment with `--config`").into());
        }
        let bench = open(context, &of.plain, &of.host, &[])?;
        let kernel = the_kernel(&bench, name)?;
        let workspace = bench.loaded().workspace();
        if let Some(into) = into {
            let path = absolute(context, into);
            let layers =
                bench.loaded().layers(&kernel).map_err(BuildError::from).map_err(kernel::Error::from)?;
            let shown = workspace.show(&path);
            let known: Vec<&str> = layers.layers.iter().map(|layer| layer.layer.name.as_str()).collect();
            let known: Vec<&str> = known
                .into_iter()
                .filter(|name| !name.starts_with('[') && !name.starts_with(IN_TREE))
                .collect();
            if known.contains(&shown.as_str()) {
                return Ok(Self::Fragment(path));
            }
            let hint = match nearest(&shown, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => {
                    "it has none; `--write` alone writes into the manifest".to_owned()
                }
                None => format!("it has `{}`", known.join("`, `")),
            };
            let failure = Failure::user(format!("`{shown}` is no fragment of the kernel `{kernel}`"));
            return Err(failure.with_hint(hint).into());
        }
        let place = match workspace.manifest_kind() {
            ManifestKind::KernelToml => ManifestPlace::Kernel,
            ManifestKind::CargoToml => ManifestPlace::Cargo,
        };
        Ok(Self::Manifest(workspace.manifest(), place, kernel))
    }

    fn path(&self) -> &AbsPath {
        match self {
            Self::Manifest(path, ..) | Self::Fragment(path) => path,
        }
    }

    fn edited(&self, text: &str, settings: &[(Symbol, Value)]) -> Result<String, CommandError> {
        let edited = match self {
            Self::Manifest(_, place, kernel) => {
                set_config(text, *place, kernel, settings).map_err(|error| error.to_string())
            }
            Self::Fragment(_) => set_in_fragment(text, settings).map_err(|errors| {
                let first = errors.first().map(|error| format!("line {}: {error}", error.line));
                first.unwrap_or_default()
            }),
        };
        edited.map_err(|error| Failure::user(format!("{}: {error}", self.path())).into())
    }
}

/// Writes requests; where one does not land from there, all are taken back.
pub(super) fn write(
    context: &Context<'_>,
    of: &ConfigOfArgs,
    into: Option<&Path>,
    tree: Option<&PlainTree>,
    name: Option<&str>,
    settings: &[(Symbol, Value)],
) -> Result<(), CommandError> {
    let target = Target::of(context, of, into, tree, name)?;
    let path = target.path();
    let before = fs::read_to_string(path).map_err(kernel::Error::from)?;
    let put = |text: &str| fs::write_atomic(path, text.as_bytes()).map_err(kernel::Error::from);
    put(&target.edited(&before, settings)?)?;
    let lost = asked(context, of, tree, name).map(|now| lost(&now, settings));
    if !matches!(&lost, Ok(lost) if lost.is_empty()) {
        put(&before)?;
    }
    let lost = lost?;
    if !lost.is_empty() {
        let settings = words::count(lost.len(), "setting");
        let message = format!("`{path}` is left as it was: {settings} would not land from there");
        let failure = Failure { details: lost, ..Failure::user(message) };
        return Err(failure
            .with_hint("write it into the layer that comes last: `--write` alone does")
            .into());
    }
    let shell = &context.shell;
    shell.status("Wrote", &format!("{} into {path}", words::count(settings.len(), "setting")));
    let settings =
        settings.iter().map(|(symbol, value)| format!("{}={value}", symbol.config_name())).collect();
    shell.message(&Message::ConfigWritten { path: path.as_path(), settings });
    Ok(())
}

/// What is set: each request behind what it needs.
pub(super) fn settings(proposals: &[Proposal]) -> Vec<(Symbol, Value)> {
    let mut settings = Vec::new();
    for found in proposals {
        if let Outcome::Fixed(fix) = &found.outcome {
            settings
                .extend(fix.settings.iter().map(|setting| (setting.symbol.clone(), setting.value.clone())));
        }
        settings.push((found.symbol.clone(), found.value.clone()));
    }
    settings
}

/// The settings that a configuration does not have, each with the request that counts instead.
fn lost(now: &Configuration, settings: &[(Symbol, Value)]) -> Vec<String> {
    let resolved = now.resolved();
    let lost = settings.iter().filter(|(symbol, value)| !resolved.has(symbol, value));
    let line = |(symbol, value): &(Symbol, Value)| {
        let counts = now.asked().iter().rfind(|request| request.symbol == *symbol && request.value != *value);
        let why = counts.map(|request| format!(": {request} at {} counts", request.origin));
        format!("{}={value}{}", symbol.config_name(), why.unwrap_or_default())
    };
    lost.map(line).collect()
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
