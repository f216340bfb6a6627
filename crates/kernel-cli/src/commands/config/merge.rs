//! `kernel config merge`: in the ways of `scripts/kconfig/merge_config.sh`.

use kconfig::merge_config::{Notice, NoticeKind, Precedence};
use kernel_build::Selection;
use kernel_build::merge::{self, Missed, Part, Unnamed};
use kernel_host::fs;

use super::{absolute, no_file, open, plain, plain_resolver, put, the_kernel, warn};
use crate::args::{HostArgs, MergeArgs};
use crate::commands::Context;
use crate::failure::{CommandError, Failure};
use crate::shell::{Level, Shell};
use crate::text;

/// Merges fragments on a base.
pub(super) fn merge(context: &Context<'_>, args: &MergeArgs) -> Result<(), CommandError> {
    let part = |path: &std::path::PathBuf| {
        let shown = path.display().to_string();
        let path = absolute(context, path);
        if fs::is_file(&path) { Ok(Part { path, shown }) } else { Err(CommandError::from(no_file(&shown))) }
    };
    let base = part(&args.base)?;
    let fragments = args.fragments.iter().map(part).collect::<Result<Vec<_>, _>>()?;
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
    if args.merge_only {
        return put(context, name, &merged.text, output.as_ref());
    }
    let resolver = match plain(context, &args.plain)? {
        Some(tree) => plain_resolver(context, &args.plain, &tree)?,
        None => {
            let host = HostArgs { setup: false, yes: false };
            let bench = open(context, &args.plain, &host)?;
            let kernel = the_kernel(&bench, args.kernel.as_deref())?;
            let selection = Selection::Kernels(vec![kernel.clone()]);
            bench.lock(&selection)?.resolver(&kernel)?
        }
    };
    let unnamed = if args.allnoconfig { Unnamed::No } else { Unnamed::Default };
    let resolved = merge::resolve(&resolver, &merged.text, unnamed).map_err(kernel::Error::from)?;
    warn(context, &resolved.warnings);
    if context.shell.level >= Level::Normal {
        resolved.missed.iter().for_each(|missed| context.shell.say(&render_missed(missed)));
    }
    put(context, name, resolved.text.as_bytes(), output.as_ref())
}

fn tell(shell: &Shell, args: &MergeArgs, notices: &[Notice]) {
    for notice in notices {
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
