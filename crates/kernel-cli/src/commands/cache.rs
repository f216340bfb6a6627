//! `kernel cache`: what the per-user cache holds, and what of it goes.

use std::time::Duration;

use kernel_build::{BuildError, Cache, CacheEntry, Gc};

use super::Context;
use crate::args::{CacheArgs, CacheCommand};
use crate::failure::CommandError;
use crate::message::Message;
use crate::text;

const DAY: u64 = 24 * 3600;

/// Lists, measures or clears the cache; needs no workspace.
pub(crate) fn cache(context: &Context<'_>, args: &CacheArgs) -> Result<(), CommandError> {
    let cache = Cache::of(context.env).map_err(failed)?;
    match &args.command {
        CacheCommand::List => {
            for entry in cache.list().map_err(failed)? {
                present(context, &entry);
            }
        }
        CacheCommand::Size => {
            let bytes: u64 = cache.list().map_err(failed)?.iter().map(|entry| entry.size).sum();
            context.shell.data(&bytes.to_string());
            context.shell.message(&Message::CacheSize { path: cache.directory().as_path(), bytes });
            context.shell.status("Cache", &format!("{}: {}", cache.directory(), text::size(bytes)));
        }
        CacheCommand::Gc { older_than, max_size, all } => {
            let which = match max_size {
                _ if *all => Gc::Everything,
                Some(size) => Gc::Within(*size),
                None => Gc::OlderThan(Duration::from_secs(older_than * DAY)),
            };
            let gone = cache.gc(which).map_err(failed)?;
            for entry in &gone {
                present(context, entry);
            }
            let bytes = gone.iter().map(|entry| entry.size).sum();
            let what = match gone.len() {
                1 => "1 entry".to_owned(),
                count => format!("{count} entries"),
            };
            context.shell.status("Removed", &format!("{what}: {}", text::size(bytes)));
        }
    }
    Ok(())
}

fn failed(error: kernel_build::source::SourceError) -> CommandError {
    kernel::Error::from(BuildError::from(error)).into()
}

/// `KIND<TAB>NAME<TAB>BYTES<TAB>DAYS`.
fn present(context: &Context<'_>, entry: &CacheEntry) {
    let (kind, days) = (entry.kind.as_str(), entry.unused_for.as_secs() / DAY);
    context.shell.data(&format!("{kind}\t{}\t{}\t{days}", entry.name, entry.size));
    context.shell.message(&Message::CacheEntry {
        kind,
        name: &entry.name,
        size: entry.size,
        unused_days: days,
    });
}
