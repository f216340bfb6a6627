//! `kernel completions` and `kernel man`.

use clap_complete::Shell;
use kernel_host::AbsPath;
use kernel_host::fs;

use super::Context;
use crate::args::{self, Called, ManArgs, MessageFormat};
use crate::failure::{CommandError, Failure};
use crate::message::Message;

/// Prints a completion script.
pub(crate) fn completions(context: &Context<'_>, kind: Shell) -> Result<(), CommandError> {
    let script = args::registration(kind)
        .map_err(|error| Failure::user(format!("there is no completion for `{kind}`: {error}")))?;
    match context.shell.format {
        MessageFormat::Human => context.shell.document(&script),
        MessageFormat::Json => {
            context.shell.message(&Message::Completions { shell: &kind.to_string(), script: &script });
        }
    }
    Ok(())
}

/// Prints the page of the whole, or writes a page for each command.
pub(crate) fn man(context: &Context<'_>, args: &ManArgs) -> Result<(), CommandError> {
    let command = args::command(Called::Cargo);
    let Some(dir) = &args.dir else {
        let text = page(&command, "cargo-kernel")?;
        let (name, text) = ("cargo-kernel", text.as_str());
        match context.shell.format {
            MessageFormat::Human => context.shell.document(text),
            MessageFormat::Json => {
                context.shell.message(&Message::ManPage { name, path: None, text: Some(text) })
            }
        }
        return Ok(());
    };
    let dir = context.env.current_dir().join(dir);
    fs::create_dir_all(&dir).map_err(kernel::Error::from)?;
    write(context, &command, "cargo-kernel", &dir)
}

/// The page of a command, and those of the commands below it.
fn write(
    context: &Context<'_>,
    command: &clap::Command,
    name: &str,
    dir: &AbsPath,
) -> Result<(), CommandError> {
    let path = dir.join(format!("{name}.1"));
    fs::write_atomic(&path, page(command, name)?.as_bytes()).map_err(kernel::Error::from)?;
    context.shell.data(&path.to_string());
    context.shell.message(&Message::ManPage { name, path: Some(path.as_path()), text: None });
    command
        .get_subcommands()
        .try_for_each(|below| write(context, below, &format!("{name}-{}", below.get_name()), dir))
}

fn page(command: &clap::Command, name: &str) -> Result<String, CommandError> {
    let mut text = Vec::new();
    let called = name.replacen('-', " ", 2);
    let command = command.clone().bin_name(called).display_name(name.to_owned());
    let page = clap_mangen::Man::new(command).manual("Kernels of Cargo workspaces");
    page.render(&mut text)
        .map_err(|error| Failure::user(format!("the page `{name}` cannot be made: {error}")))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
