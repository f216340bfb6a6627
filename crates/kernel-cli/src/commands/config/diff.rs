//! `kernel config diff`.

use kconfig::{Change, DotConfig, Value, difference};
use kernel_build::Configuration;
use kernel_host::{AbsPath, fs};
use kernel_spec::{KernelName, nearest};

use super::{beside, of_kernel, open, plain, plain_configuration};
use crate::args::DiffArgs;
use crate::commands::Context;
use crate::failure::{CommandError, Failure};
use crate::message::{ConfigChange, Message};

/// One side: what it has, and the configuration where there is one.
struct Side {
    config: DotConfig,
    configuration: Option<Configuration>,
}

/// Shows what two configurations disagree on.
pub(super) fn diff(context: &Context<'_>, args: &DiffArgs) -> Result<(), CommandError> {
    let tree = plain(context, &args.plain)?;
    let a = side(context, args, &args.a)?;
    let b = side(context, args, &args.b)?;
    let of_tree = match &tree {
        Some(tree) => Some(plain_configuration(context, &args.plain, tree, "defconfig").or_else(|_| {
            // The tree's menus are wanted, whatever it is configured as.
            plain_configuration(context, &args.plain, tree, "allnoconfig")
        })?),
        None => None,
    };
    let menus: Vec<&Configuration> =
        [&of_tree, &b.configuration, &a.configuration].into_iter().flatten().collect();
    let changes = by_menu(difference(&a.config, &b.config), &menus);
    if !changes.is_empty() {
        context.shell.data(&render(&changes));
    }
    let change = |(menu, change): &(Vec<String>, Change)| ConfigChange {
        symbol: change.symbol.config_name(),
        menu: menu.clone(),
        kind: kind(change).1,
        before: change.before.as_ref().map(ToString::to_string),
        after: change.after.as_ref().map(ToString::to_string),
    };
    let changes = changes.iter().map(change).collect();
    context.shell.message(&Message::ConfigDifference { a: &args.a, b: &args.b, changes });
    Ok(())
}

/// A kernel of the manifest, or else a file.
fn side(context: &Context<'_>, args: &DiffArgs, word: &str) -> Result<Side, CommandError> {
    let path = context.env.current_dir().join(word);
    if fs::is_file(&path) {
        let text = fs::read_to_string(&path).map_err(kernel::Error::from)?;
        let config = DotConfig::parse(&text).map_err(|errors| {
            let first = errors.first().map(|error| format!("{word}:{}: {error}", error.line));
            let message = format!("`{word}` is no `.config`: {}", first.unwrap_or_default());
            CommandError::from(Failure::user(message))
        })?;
        return Ok(Side { config, configuration: None });
    }
    let bench = match open(context, &args.plain, &args.host, &[]) {
        Ok(bench) => bench,
        Err(_) if word.contains(['/', '.']) => return Err(neither(&path, word, &[]).into()),
        Err(error) => return Err(error),
    };
    let kernel = bench.spec().kernels.keys().find(|name| name.as_str() == word).cloned();
    let Some(kernel) = kernel else {
        let kernels: Vec<&str> = bench.spec().kernels.keys().map(KernelName::as_str).collect();
        return Err(neither(&path, word, &kernels).into());
    };
    let configuration = of_kernel(context, &bench, &args.host, &kernel)?;
    Ok(Side { config: configuration.resolved(), configuration: Some(configuration) })
}

/// A word may be a kernel's name or a file's; this one is neither.
fn neither(path: &AbsPath, word: &str, kernels: &[&str]) -> Failure {
    let files = beside(path, word);
    let failure = Failure::user(format!("`{word}` is neither a kernel of the manifest nor a file"));
    match nearest(word, kernels.iter().copied().chain(files.iter().map(String::as_str))) {
        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
        None if kernels.is_empty() => failure,
        None => failure.with_hint(format!("there is the kernel `{}`", kernels.join("`, `"))),
    }
}

/// The changes with the menus that they stand in, in the order of the first tree that knows them.
fn by_menu(changes: Vec<Change>, menus: &[&Configuration]) -> Vec<(Vec<String>, Change)> {
    let place = |change: &Change| {
        let known = |(tree, of): (usize, &&Configuration)| {
            Some(((tree, of.menu_order(&change.symbol)?), of.menu_path(&change.symbol)?))
        };
        menus.iter().enumerate().find_map(known).unwrap_or(((menus.len(), 0), Vec::new()))
    };
    let mut placed: Vec<_> = changes.into_iter().map(|change| (place(&change), change)).collect();
    placed.sort_by_key(|((order, _), _)| *order);
    placed.into_iter().map(|((_, menu), change)| (menu, change)).collect()
}

/// `+`, `-` or `~`, and its word.
fn kind(change: &Change) -> (char, &'static str) {
    let there = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_nothing());
    match (there(&change.before), there(&change.after)) {
        (false, true) => ('+', "added"),
        (true, false) => ('-', "removed"),
        _ => ('~', "changed"),
    }
}

/// One block for each menu.
fn render(changes: &[(Vec<String>, Change)]) -> String {
    let mut text = String::new();
    let mut last: Option<&[String]> = None;
    for (menu, change) in changes {
        if last != Some(menu.as_slice()) {
            let title = if menu.is_empty() { "(no menu)".to_owned() } else { menu.join(" > ") };
            text += &format!("{}{title}\n", if last.is_some() { "\n" } else { "" });
            last = Some(menu);
        }
        let show = |value: &Option<Value>| value.as_ref().map_or_else(|| "n".to_owned(), Value::to_string);
        let (sign, name) = (kind(change).0, change.symbol.config_name());
        text += &match sign {
            '+' => format!("  + {name}={}\n", show(&change.after)),
            '-' => format!("  - {name}={}\n", show(&change.before)),
            _ => format!("  ~ {name} {} → {}\n", show(&change.before), show(&change.after)),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_removed_and_changed() {
        let parse = |text| DotConfig::parse(text).expect("a .config");
        let a = parse("CONFIG_A=y\nCONFIG_B=4\n# CONFIG_C is not set\nCONFIG_D=\"x\"\nCONFIG_E=y\n");
        let b = parse("# CONFIG_A is not set\nCONFIG_B=8\nCONFIG_C=m\nCONFIG_F=y\nCONFIG_E=y\n");
        let mut changes = by_menu(difference(&a, &b), &[]);
        for (menu, change) in &mut changes {
            if ["B", "D"].contains(&change.symbol.as_str()) {
                *menu = vec!["Processor type".to_owned(), "Limits".to_owned()];
            }
        }
        changes.sort_by_key(|(menu, _)| menu.clone());
        insta::assert_snapshot!(render(&changes), @r#"
        (no menu)
          - CONFIG_A=y
          + CONFIG_C=m
          + CONFIG_F=y

        Processor type > Limits
          ~ CONFIG_B 4 → 8
          - CONFIG_D="x"
        "#);
    }
}
