//! `kernel check --fix`: what is missing goes into the manifest, and what was renamed gets its name.
//!
//! Settings go into the fragment that asks for what misses them, or, where somebody else speaks of them too or nobody's
//! fragment asks, into the kernel's `[config]`; a renamed symbol is renamed on the line that asks
//! for it, in whatever file of the workspace that is. Nothing else of these files changes.

use kernel::Workbench;
use kernel_build::configure::{Belongs, Refusal};
use kernel_build::workspace::ManifestKind;
use kernel_host::fs;
use kernel_spec::{ManifestPlace, rename_symbol, set_config, set_in_fragment};

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
    let fixes = refusal.fixes();
    for (into, settings) in &fixes {
        let path = match into {
            Belongs::Table => workspace.manifest(),
            Belongs::Fragment(path) => workspace.root().join(path),
        };
        let wrong = |reason: String| CommandError::from(Failure::user(format!("{path}: {reason}")));
        let text = fs::read_to_string(&path).map_err(kernel::Error::from)?;
        let text = match into {
            Belongs::Table => {
                let place = match workspace.manifest_kind() {
                    ManifestKind::KernelToml => ManifestPlace::Kernel,
                    ManifestKind::CargoToml => ManifestPlace::Cargo,
                };
                set_config(&text, place, &refusal.table, settings)
                    .map_err(|error| wrong(error.to_string()))?
            }
            Belongs::Fragment(_) => set_in_fragment(&text, settings).map_err(|errors| {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                wrong(errors.join("; "))
            })?,
        };
        fs::write_atomic(&path, text.as_bytes()).map_err(kernel::Error::from)?;
        context.shell.status("Wrote", &format!("{} into {path}", text::count(settings.len(), "setting")));
    }
    Ok(renamed > 0 || !fixes.is_empty())
}
