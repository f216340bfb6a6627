//! `kernel fetch`, `outdated`, `vendor` and `verify-source`.

use kernel::{NameKind, Workbench};
use kernel_build::Repair;
use kernel_spec::SourceName;

use super::{Asked, Context};
use crate::args::{FetchArgs, OutdatedArgs, VendorArgs, VerifySourceArgs};
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::setup::Consent;
use crate::text;

/// Puts source trees on disk; `SOURCE<TAB>TREE` a line.
pub(crate) fn fetch(context: &Context<'_>, args: &FetchArgs) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::of(&args.host, context.env))?;
    let sources = chosen(&bench, &args.names, args.all)?;
    // Each as soon as it is there: the next may take minutes. But offline, all that is missing is said at once.
    let at_once = if context.is_offline() { sources.len().max(1) } else { 1 };
    for some in sources.chunks(at_once) {
        for (name, tree) in context.with_setup(&bench, &args.host, || bench.fetch(some))? {
            context.shell.data(&format!("{name}\t{tree}"));
            context.shell.message(&Message::Source { name: name.as_str(), tree: tree.as_path() });
        }
    }
    Ok(())
}

/// The sources of these words; of none, those that a kernel uses, or all of them.
fn chosen(bench: &Workbench, words: &[String], all: bool) -> Result<Vec<SourceName>, CommandError> {
    let spec = bench.spec();
    if all {
        return Ok(spec.sources.keys().cloned().collect());
    }
    if words.is_empty() {
        let used = |name: &&SourceName| spec.kernels.values().any(|kernel| &kernel.source.value == *name);
        return Ok(spec.sources.keys().filter(used).cloned().collect());
    }
    Ok(bench.sources(words, NameKind::SourceOrKernel)?)
}

/// Makes a folder that builds without any network.
pub(crate) fn vendor(context: &Context<'_>, args: &VendorArgs) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::of(&args.host, context.env))?;
    let sources = chosen(&bench, &args.names, args.all)?;
    let folder = context.env.current_dir().join(&args.folder);
    let vendored = context.with_setup(&bench, &args.host, || bench.vendor(&sources, &folder))?;
    for name in &vendored {
        context.shell.status("Vendored", &format!("{name} in {folder}"));
    }
    context.shell.data(&folder.to_string());
    let root = bench.loaded().workspace().root();
    let shown =
        folder.relative_to(root).map_or_else(|| folder.to_string(), |path| path.display().to_string());
    let named = bench.spec().vendor.as_ref().map(|vendor| root.join(&vendor.value));
    if named.as_ref() != Some(&folder) && !vendored.is_empty() {
        let hint = format!(
            "write `vendor = \"{shown}\"` at the top of the manifest, below `schema`, to build from it"
        );
        context.shell.status("Note", &hint);
    }
    Ok(())
}

/// Lists sources that trail, and series that have ended: `SOURCE<TAB>PINNED<TAB>NEWEST<TAB>STATE` a line.
pub(crate) fn outdated(context: &Context<'_>, args: &OutdatedArgs) -> Result<(), CommandError> {
    if context.is_offline() {
        let failure = Failure::user("`--offline` and `--frozen` forbid to ask for newer versions");
        return Err(failure.with_hint("leave the option out").into());
    }
    let bench = context.open(Asked::default(), Consent::Withheld)?;
    let sources = bench.sources(&args.names, NameKind::SourceOrKernel)?;
    let standings = bench.standing(&sources)?;
    for standing in &standings {
        let source = standing.source.as_str();
        let pinned = standing.pinned.as_ref().map(ToString::to_string);
        let newest = standing.newest.as_ref().map(ToString::to_string);
        let state = match (standing.trails(), standing.is_ended) {
            (true, true) => "outdated, ended",
            (true, false) => "outdated",
            (false, true) => "ended",
            (false, false) if standing.error.is_some() => "unknown",
            (false, false) if pinned.is_none() => "unpinned",
            (false, false) => "current",
        };
        if let Some(error) = &standing.error {
            crate::presenter::warn(&context.shell, &format!("source `{source}`: {error}"), None);
        }
        let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        context.shell.data(&format!("{source}\t{}\t{}\t{state}", word(&pinned), word(&newest)));
        let (pinned, newest) = (pinned.as_deref(), newest.as_deref());
        context.shell.message(&Message::SourceStanding { name: source, pinned, newest, state });
    }
    if standings.iter().any(|standing| standing.trails()) {
        context.shell.status("Note", "`kernel update` pins what is newest");
    }
    Ok(())
}

/// Compares unpacked trees with what they were unpacked from.
pub(crate) fn verify(context: &Context<'_>, args: &VerifySourceArgs) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::Withheld)?;
    let sources = chosen(&bench, &args.names, args.names.is_empty())?;
    let repair = if args.repair { Repair::Yes } else { Repair::No };
    let mut touched = 0;
    for source in bench.verify_sources(&sources, repair)? {
        let name = source.name.as_str();
        for change in &source.changes {
            context.shell.data(&format!("{name}\t{change}"));
        }
        let changes = source.changes.iter().map(ToString::to_string).collect();
        context.shell.message(&Message::SourceVerified { name, tree: source.tree.as_path(), changes });
        let members = text::count(source.members, "file");
        match (source.changes.len(), repair) {
            (0, _) => context.shell.status("Verified", &format!("{name}: {members} as they were unpacked")),
            (_, Repair::Yes) => context.shell.status("Repaired", &format!("{name}: unpacked again")),
            (changed, Repair::No) => touched += changed,
        }
    }
    if touched == 0 {
        return Ok(());
    }
    let failure = Failure::of(
        kernel::ErrorKind::SourceIntegrity,
        format!("{} of unpacked sources touched since they were unpacked", text::count(touched, "file")),
    );
    Err(failure.with_hint("`--repair` unpacks the trees again").into())
}
