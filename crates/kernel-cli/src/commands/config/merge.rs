//! `kernel config merge`: in the ways of `scripts/kconfig/merge_config.sh`.
//!
//! A fragment that is no file is one of the source tree, as `make NAME.config` finds it; `tree:NAME.config` is so even where
//! there is such a file.

use std::path::{Path, PathBuf};

use kconfig::merge_config::{Notice, NoticeKind, Precedence};
use kernel_build::merge::{self, Missed, Part, Unnamed};
use kernel_build::{PlainTree, Resolver, Selection};
use kernel_host::fs;
use kernel_spec::nearest;

use super::{absolute, beside, open, plain, plain_resolver, put, the_kernel, warn};
use crate::args::{HostArgs, MergeArgs};
use crate::commands::Context;
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::shell::{Level, Shell};
use crate::text;

/// What stands before the name of a fragment that is the source tree's own.
const IN_TREE: &str = "tree:";

/// Merges fragments on a base.
pub(super) fn merge(context: &Context<'_>, args: &MergeArgs) -> Result<(), CommandError> {
    let tree = plain(context, &args.plain)?;
    let on_disk = |path: &PathBuf| fs::is_file(&absolute(context, path));
    // A tree may be needed for its fragments alone.
    let named = tree.is_some() || args.kernel.is_some();
    let of_tree = args.fragments.iter().any(|path| !on_disk(path)) && named;
    let resolver = match args.merge_only && !of_tree {
        true => None,
        false => Some(tree_of(context, args, tree.as_ref())?),
    };
    let base = match on_disk(&args.base) {
        true => Part { path: absolute(context, &args.base), shown: args.base.display().to_string() },
        false => return Err(no_fragment(context, &args.base, None).into()),
    };
    let mut fragments = Vec::new();
    for path in &args.fragments {
        let shown = path.display().to_string();
        let name = shown.strip_prefix(IN_TREE).unwrap_or(&shown);
        let found = resolver.as_ref().map(|resolver| merge::in_tree(resolver, name)).unwrap_or_default();
        match on_disk(path) {
            true => fragments.push(Part { path: absolute(context, path), shown }),
            false if found.is_empty() => return Err(no_fragment(context, path, resolver.as_ref()).into()),
            false => fragments.extend(found),
        }
    }
    let precedence = if args.builtin { Precedence::Builtin } else { Precedence::Last };
    let merged = merge::text(&base, &fragments, precedence).map_err(kernel::Error::from)?;
    tell(&context.shell, args, &merged.notices);
    let changed = merged.notices.iter().filter(|notice| notice.kind == NoticeKind::Redefined).count();
    if args.strict && changed > 0 {
        let message =
            format!("{} changed by a fragment, and `--strict` forbids it", text::count(changed, "value"));
        return Err(Failure::user(message).into());
    }
    let output = match &args.directory {
        Some(directory) => Some(absolute(context, directory).join(".config")),
        None => args.output.as_ref().map(|path| absolute(context, path)),
    };
    let name = base.shown.as_str();
    let Some(resolver) = resolver.filter(|_| !args.merge_only) else {
        return put(context, name, &merged.text, output.as_ref());
    };
    let unnamed = if args.allnoconfig { Unnamed::No } else { Unnamed::Default };
    let resolved = merge::resolve(&resolver, &merged.text, unnamed).map_err(kernel::Error::from)?;
    warn(context, &resolved.warnings);
    if context.shell.level >= Level::Normal {
        resolved.missed.iter().for_each(|missed| context.shell.say(&render_missed(missed)));
    }
    for Missed { symbol, asked, found } in &resolved.missed {
        context.shell.message(&Message::ConfigMergeMiss { symbol, asked, found });
    }
    put(context, name, resolved.text.as_bytes(), output.as_ref())
}

/// The source tree that resolves.
fn tree_of(
    context: &Context<'_>,
    args: &MergeArgs,
    tree: Option<&PlainTree>,
) -> Result<Resolver, CommandError> {
    if let Some(tree) = tree {
        return plain_resolver(context, &args.plain, tree);
    }
    let host = HostArgs { setup: false, yes: false };
    let bench = open(context, &args.plain, &host, &[])?;
    let kernel = the_kernel(&bench, args.kernel.as_deref())?;
    let selection = Selection::Kernels(vec![kernel.clone()]);
    Ok(bench.lock(&selection)?.resolver(&kernel)?)
}

/// What to say of a file that is not there; a tree may have fragments of such a name.
fn no_fragment(context: &Context<'_>, path: &Path, tree: Option<&Resolver>) -> Failure {
    let word = path.display().to_string();
    let in_tree = tree.map(merge::names_in_tree).unwrap_or_default();
    let name = word.strip_prefix(IN_TREE).unwrap_or(&word);
    let files = beside(&absolute(context, path), &word);
    let failure = match tree {
        None => Failure::user(format!("there is no file `{word}`")),
        Some(_) => {
            Failure::user(format!("there is no file `{word}`, and no such fragment in the source tree"))
        }
    };
    match nearest(name, files.iter().chain(&in_tree).map(String::as_str)) {
        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
        None if in_tree.is_empty() => failure,
        None => failure.with_hint(format!("the source tree has `{}`", in_tree.join("`, `"))),
    }
}

fn tell(shell: &Shell, args: &MergeArgs, notices: &[Notice]) {
    for notice in notices {
        let Notice { symbol, kind, fragment, before, after } = notice;
        let kind = match kind {
            NoticeKind::Redefined => "redefined",
            NoticeKind::Redundant => "redundant",
            NoticeKind::KeptBuiltin => "kept-builtin",
        };
        shell.message(&Message::ConfigMergeNotice { kind, symbol, fragment, before, after });
        let told = match notice.kind {
            NoticeKind::Redefined | NoticeKind::KeptBuiltin => !args.no_overrides,
            NoticeKind::Redundant => args.redundant,
        };
        if told && shell.level >= Level::Normal {
            shell.say(&render(notice));
        }
    }
}

fn render(notice: &Notice) -> String {
    let Notice { symbol, fragment, before, after, .. } = notice;
    let (before, after) = (before.join(", "), after.join(", "));
    match notice.kind {
        NoticeKind::Redefined => format!("{fragment}: {symbol} was `{before}`, is `{after}`"),
        NoticeKind::Redundant => format!("{fragment}: {symbol} is `{after}` already"),
        NoticeKind::KeptBuiltin => format!("{fragment}: {symbol} stays `{before}`, not `{after}`"),
    }
}

fn render_missed(Missed { symbol, asked, found }: &Missed) -> String {
    let found = if found.is_empty() { "absent".to_owned() } else { format!("`{}`", found.join(", ")) };
    format!("{symbol}: asked for `{}`, resolved to {found}", asked.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices() {
        let notice = |kind| Notice {
            symbol: "CONFIG_A".into(),
            kind,
            fragment: "a.config".into(),
            before: vec!["CONFIG_A=y".into()],
            after: vec!["CONFIG_A=m".into()],
        };
        let kinds = [NoticeKind::Redefined, NoticeKind::Redundant, NoticeKind::KeptBuiltin];
        let missed = |found: &[&str]| Missed {
            symbol: "CONFIG_A".into(),
            asked: vec!["CONFIG_A=y".into()],
            found: found.iter().map(ToString::to_string).collect(),
        };
        let lines = kinds.map(|kind| render(&notice(kind)));
        let missed = [render_missed(&missed(&[])), render_missed(&missed(&["# CONFIG_A is not set"]))];
        insta::assert_snapshot!(lines.into_iter().chain(missed).collect::<Vec<_>>().join("\n"), @r"
        a.config: CONFIG_A was `CONFIG_A=y`, is `CONFIG_A=m`
        a.config: CONFIG_A is `CONFIG_A=m` already
        a.config: CONFIG_A stays `CONFIG_A=y`, not `CONFIG_A=m`
        CONFIG_A: asked for `CONFIG_A=y`, resolved to absent
        CONFIG_A: asked for `CONFIG_A=y`, resolved to `# CONFIG_A is not set`
        ");
    }
}
