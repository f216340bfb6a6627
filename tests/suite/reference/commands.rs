//! Every command with its help, and the exit codes.

use std::fmt::Write;

use clap::Command;

use super::is_current;

#[test]
fn the_commands_are_those_of_the_program() {
    let mut text = "# Commands\n\n<!-- from the arguments' definition, by tests/suite/reference/commands.rs -->\n\n`cargo kernel`, \
                    or `cargo xtask kernel` where a workspace has the launcher. stdout is data, stderr is for people.\n"
        .to_owned();
    let mut command = kernel_cli::command().term_width(100).color(clap::ColorChoice::Never);
    command.build();
    section(&mut text, &mut command, "cargo kernel");
    is_current("reference/commands.md", &text);
}

fn section(text: &mut String, command: &mut Command, called: &str) {
    let help = command.render_long_help().to_string();
    write!(text, "\n## `{called}`\n\n```text\n{}\n```\n", help.trim_end()).unwrap();
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    for name in names.iter().filter(|name| *name != "help") {
        if let Some(below) = command.find_subcommand_mut(name) {
            section(text, below, &format!("{called} {name}"));
        }
    }
}

#[test]
fn the_exit_codes_are_the_constants() {
    let mut text = "# Exit codes\n\n<!-- from the constants, by tests/suite/reference/commands.rs -->\n\n| Code | When |\n|---|---|\n".to_owned();
    for (code, when) in kernel_cli::exit::TABLE {
        writeln!(text, "| {code} | {when} |").unwrap();
    }
    is_current("reference/exit-codes.md", &text);
}
