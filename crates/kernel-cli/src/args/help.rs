//! What derive cannot say of the command: its commands in groups, and how the program was called.

use std::ffi::OsString;

use clap::{CommandFactory, Subcommand};
use kernel_host::env::Env;

use super::{Cli, KernelCommand, with_names};

/// The commands in the groups in which the help lists them.
pub(crate) const GROUPS: [(&str, &[&str]); 4] = [
    ("Build and boot", &["build", "check", "plan", "boot", "run", "debug", "test", "bisect"]),
    ("Configurations", &["config", "import"]),
    ("Sources", &["fetch", "patch", "update", "outdated", "vendor", "verify-source", "cache"]),
    (
        "Workspace and machine",
        &["init", "doctor", "setup", "export", "source-bundle", "clean", "metadata", "completions", "man"],
    ),
];

/// How the program was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    /// `cargo kernel`.
    Cargo,
    /// `cargo xtask kernel`.
    Xtask,
}

impl Called {
    /// What cargo says: it tells a program that it runs (`cargo run`, and so `cargo xtask`) the name of its package.
    pub(crate) fn of(env: &Env) -> Self {
        if env.get("CARGO_PKG_NAME") == Some("xtask") { Self::Xtask } else { Self::Cargo }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Cargo => "cargo kernel",
            Self::Xtask => "cargo xtask kernel",
        }
    }
}

/// The help of the command that has the others: they are listed in groups.
pub(crate) fn template() -> String {
    let command = KernelCommand::augment_subcommands(clap::Command::new("kernel"));
    let header = *command.get_styles().get_header();
    let literal = *command.get_styles().get_literal();
    let mut list = String::new();
    for (title, names) in GROUPS {
        list += &format!("{header}{title}:{header:#}\n");
        for name in names {
            let about = command.find_subcommand(name).and_then(|found| found.get_about());
            let about = about.map(ToString::to_string).unwrap_or_default();
            list += &format!("  {literal}{name:<13}{literal:#} {about}\n");
        }
        list.push('\n');
    }
    format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n\n{list}{header}Options:{header:#}\n{{options}}{{after-help}}"
    )
}

/// The whole command: called in help as the person called it.
pub(crate) fn command(called: Called) -> clap::Command {
    renamed(Cli::command().bin_name(called.words()), called.words())
}

/// What derive cannot say of the command that a program mounts [`KernelArgs`](super::KernelArgs) as: `words` are how that
/// is called (`cargo xtask kernel`), in examples; names of the manifest are completed, where the program completes.
pub fn mounted(command: clap::Command, words: &str) -> clap::Command {
    with_names(renamed(command, words))
}

/// The same with examples that are called by these words, all the way down.
fn renamed(command: clap::Command, words: &str) -> clap::Command {
    let text = command.get_after_help().map(ToString::to_string);
    let command = match text {
        Some(text) => command.after_help(text.replace(Called::Cargo.words(), words)),
        None => command,
    };
    command.mut_subcommands(|below| renamed(below, words))
}

/// What `--color` says, for help and usage errors, which come up before the arguments are parsed.
pub(crate) fn color_of(args: &[OsString]) -> clap::ColorChoice {
    let mut words = args.iter().filter_map(|arg| arg.to_str());
    let mut found = None;
    while let Some(word) = words.next() {
        match word.strip_prefix("--color") {
            Some("") => found = words.next(),
            Some(value) => found = value.strip_prefix('='),
            None if word == "--" => break,
            None => {}
        }
    }
    match found {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}
