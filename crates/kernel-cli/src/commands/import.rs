//! `kernel import`: what other build systems keep, as layers of the manifest.
//!
//! ```text
//! fragment, nixpkgs-style text ─▶ [kernel.NAME.config], with its comments
//! complete .config             ─▶ the same, the least that stands for it on `base = "alldefconfig"`
//! folder                       ─▶ fragments = [...], by architecture; the files stay where they are
//! ```

use kconfig::{Change, DotConfig, difference};
use kernel_build::Selection;
use kernel_build::import::{folder_globs, minimal};
use kernel_build::workspace::ManifestKind;
use kernel_host::fs;
use kernel_spec::import::{TextKind, kind, read};
use kernel_spec::{ManifestPlace, add_fragments, add_requests, set_tree_defaults};

use super::config::{of_kernel, the_kernel};
use super::{Asked, Context};
use crate::args::ImportArgs;
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::setup::Consent;
use crate::text;

/// Shows or writes what the files come to.
pub(super) fn import(context: &Context<'_>, args: &ImportArgs) -> Result<(), CommandError> {
    let asked = Asked { probes: Some(&args.probes), ..Asked::default() };
    let bench = context.open(asked, Consent::of(&args.host, context.env))?;
    let kernel = the_kernel(&bench, args.kernel.as_deref())?;
    let workspace = bench.loaded().workspace();
    let place = match workspace.manifest_kind() {
        ManifestKind::KernelToml => ManifestPlace::Kernel,
        ManifestKind::CargoToml => ManifestPlace::Cargo,
    };
    let manifest = workspace.manifest();
    let before = fs::read_to_string(&manifest).map_err(kernel::Error::from)?;
    let mut new = if args.write { before.clone() } else { String::new() };
    let mut complete: Vec<(String, DotConfig)> = Vec::new();
    for path in &args.files {
        let shown = path.display().to_string();
        let refused =
            |error: &dyn std::fmt::Display| CommandError::from(Failure::user(format!("{shown}: {error}")));
        let path = context.env.current_dir().join(path);
        if fs::is_dir(&path) {
            let globs = folder_globs(workspace.root(), &path).map_err(|error| {
                let failure = Failure::user(error.to_string());
                Failure { hint: error.hint(), ..failure }
            })?;
            new = add_fragments(&new, place, &kernel, &globs).map_err(|error| refused(&error))?;
            continue;
        }
        if !fs::is_file(&path) {
            return Err(Failure::user(format!("there is no file `{shown}`")).into());
        }
        let source = fs::read_to_string(&path).map_err(kernel::Error::from)?;
        let mut lines = source.clone();
        let of_kind = kind(&source);
        if of_kind == TextKind::Complete {
            let locked = bench.lock(&Selection::Kernels(vec![kernel.clone()]))?;
            let found = minimal(&locked.resolver(&kernel)?, &shown, &source).map_err(kernel::Error::from)?;
            tell(context, &shown, &found.changes);
            lines = found.lines;
            new = set_tree_defaults(&new, place, &kernel).map_err(|error| refused(&error))?;
            complete.push((shown.clone(), DotConfig::parse(&source).unwrap_or_default()));
        }
        let imported = read(&lines, of_kind).map_err(|errors| {
            let details = errors.iter().map(ToString::to_string).collect();
            Failure { details, ..Failure::user(format!("`{shown}` has lines that are no requests")) }
        })?;
        new = add_requests(&new, place, &kernel, &imported).map_err(|error| refused(&error))?;
    }
    let kernel_name = kernel.as_str();
    if !args.write {
        context.shell.data(&new);
        context.shell.message(&Message::Imported { kernel: kernel_name, path: None, manifest: Some(&new) });
        return Ok(());
    }
    fs::write_atomic(&manifest, new.as_bytes()).map_err(kernel::Error::from)?;
    context.shell.status("Wrote", &format!("layers of `{kernel}` into {manifest}"));
    let path = Some(manifest.as_path());
    context.shell.message(&Message::Imported { kernel: kernel_name, path, manifest: None });
    // Other layers of the kernel may say otherwise.
    if !complete.is_empty() {
        let bench = context.open(asked, Consent::of(&args.host, context.env))?;
        let now = of_kernel(context, &bench, &args.host, &kernel)?.resolved();
        complete.iter().for_each(|(shown, then)| tell(context, shown, &difference(then, &now)));
    }
    Ok(())
}

/// Tells what a complete `.config` has otherwise than what it was imported as.
fn tell(context: &Context<'_>, shown: &str, changes: &[Change]) {
    if changes.is_empty() {
        return;
    }
    let shell = &context.shell;
    let symbols = text::count(changes.len(), "symbol");
    shell.say(&format!(
        "note: {symbols} of `{shown}` {} otherwise here",
        if changes.len() == 1 { "is" } else { "are" }
    ));
    let value = |value: &Option<kconfig::Value>| {
        value.as_ref().map_or_else(|| "absent".to_owned(), ToString::to_string)
    };
    for Change { symbol, before, after } in changes {
        shell.say(&format!("  {}: {} there, {} here", symbol.config_name(), value(before), value(after)));
    }
}
