//! `kernel check --fix`: what is missing goes into the manifest, and what was renamed gets its name.
//!
//! Settings go into the kernel's `[config]`, where they were verified; a renamed symbol is renamed on the line that asks
//! for it, in whatever file of the workspace that is. Nothing else of these files changes.

use kernel::Workbench;
use kernel_build::configure::Refusal;
use kernel_build::workspace::ManifestKind;
use kernel_host::fs;
use kernel_spec::{ManifestPlace, rename_symbol, set_config};

use super::Context;
use crate::failure::{CommandError, Failure};
use crate::text;

/// Writes what is known to help; says whether there was anything.
pub(super) fn write(
    context: &Context<'_>,
    bench: &Workbench,
    refusal: &Refusal,
) -> Result<bool, CommandError> {
    let workspace = bench.loaded().workspace();
    let mut renamed = 0;
    for missed in &refusal.misses {
        let (Some(to), origin) = (missed.renamed_to(), &missed.miss.request.origin) else { continue };
        let path = workspace.root().join(&origin.path);
        // What is built in, or stands on the command line, is no file.
        if !fs::is_file(&path) {
            continue;
        }
        let old = fs::read_to_string(&path).map_err(kernel::Error::from)?;
        if let Some(new) = rename_symbol(&old, origin.line, &missed.miss.request.symbol, to) {
            fs::write_atomic(&path, new.as_bytes()).map_err(kernel::Error::from)?;
            let from = &missed.miss.request.symbol;
            context.shell.status("Renamed", &format!("CONFIG_{from} to CONFIG_{to} at {origin}"));
            renamed += 1;
        }
    }
    let settings = refusal.settings();
    if !settings.is_empty() {
        let manifest = workspace.manifest();
        let place = match workspace.manifest_kind() {
            ManifestKind::KernelToml => ManifestPlace::Kernel,
            ManifestKind::CargoToml => ManifestPlace::Cargo,
        };
        let text = fs::read_to_string(&manifest).map_err(kernel::Error::from)?;
        let text = set_config(&text, place, &refusal.kernel, &settings)
            .map_err(|error| CommandError::from(Failure::user(format!("{manifest}: {error}"))))?;
        fs::write_atomic(&manifest, text.as_bytes()).map_err(kernel::Error::from)?;
        context.shell.status("Wrote", &format!("{} into {manifest}", text::count(settings.len(), "setting")));
    }
    Ok(renamed > 0 || !settings.is_empty())
}
