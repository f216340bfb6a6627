//! `kernel fetch` and `kernel update`.

use kernel::NameKind;
use kernel_spec::SourceName;

use super::{Asked, Context};
use crate::args::{FetchArgs, UpdateArgs};
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::setup::Consent;

/// Puts source trees on disk; `SOURCE<TAB>TREE` a line.
pub(crate) fn fetch(context: &Context<'_>, args: &FetchArgs) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::of(&args.host, context.env))?;
    let spec = bench.spec();
    let sources: Vec<SourceName> = if args.all {
        spec.sources.keys().cloned().collect()
    } else if args.names.is_empty() {
        let used = |name: &&SourceName| spec.kernels.values().any(|kernel| &kernel.source.value == *name);
        spec.sources.keys().filter(used).cloned().collect()
    } else {
        bench.sources(&args.names, NameKind::SourceOrKernel)?
    };
    for name in &sources {
        // Each as soon as it is there: the next may take minutes.
        let one = std::slice::from_ref(name);
        for (name, tree) in context.with_setup(&bench, &args.host, || bench.fetch(one))? {
            context.shell.data(&format!("{name}\t{tree}"));
            context.shell.message(&Message::Source { name: name.as_str(), tree: tree.as_path() });
        }
    }
    Ok(())
}

/// Pins sources anew.
pub(crate) fn update(context: &Context<'_>, args: &UpdateArgs) -> Result<(), CommandError> {
    if context.is_offline() {
        let failure = Failure::user("`--offline` and `--frozen` forbid to ask for newer versions");
        return Err(failure.with_hint("leave the option out").into());
    }
    let bench = context.open(Asked::default(), Consent::of(&args.host, context.env))?;
    let sources = bench.sources(&args.names, NameKind::Source)?;
    let pins = context.with_setup(&bench, &args.host, || bench.update(&sources))?;
    if pins.is_empty() {
        context.shell.status("Unchanged", "no source has a pin: trees at a `path` are used as they are");
    }
    for pin in &pins {
        let source = pin.source.as_str();
        let (old, new) = (pin.old.as_ref().map(ToString::to_string), pin.new.to_string());
        match old.as_deref() {
            Some(old) if old == new => context.shell.status("Unchanged", &format!("{source} {old}")),
            Some(old) => context.shell.status("Updated", &format!("{source} {old} → {new}")),
            None => context.shell.status("Pinned", &format!("{source} {new}")),
        }
        context.shell.message(&Message::SourceUpdated { name: source, old: old.as_deref(), new: &new });
    }
    Ok(())
}
