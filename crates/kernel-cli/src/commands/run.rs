//! `kernel run`.

use std::time::Duration;

use boot_contract::guest::TerminalNeed;
use kernel::Load;
use kernel_build::Selection;
use kernel_host::terminal::Terminal;

use super::{Asked, Context};
use crate::args::{MessageFormat, RunArgs};
use crate::failure::{CommandError, Failure};
use crate::presenter::Consoles;
use crate::setup::Consent;

/// The terminal that the command gets in the guest: where one is asked for, and where a person sits at both ends.
fn terminal(context: &Context<'_>, args: &RunArgs) -> Option<(Terminal, TerminalNeed)> {
    let env = context.env;
    let person =
        env.is_terminal_stdin() && env.is_terminal_stdout() && context.shell.format == MessageFormat::Human;
    let need = match (args.tty, args.no_tty) {
        (true, _) => TerminalNeed::Needed,
        (_, true) => return None,
        _ if !person => return None,
        _ if args.command.is_empty() => TerminalNeed::Needed,
        _ => TerminalNeed::Wanted,
    };
    Some((Terminal::of_stdin()?, need))
}

/// Runs a command in a guest; its status.
pub(crate) fn run(context: &Context<'_>, args: &RunArgs) -> Result<u8, CommandError> {
    let bench = context.open(
        Asked {
            compile: Some(&args.compile),
            resolve: Some(&args.resolve),
            consoles: Consoles::OfCommands,
            ..Asked::default()
        },
        Consent::of(&args.host, context.env),
    )?;
    let vm = bench.vm(Some(&args.vm))?;
    let variables: Vec<(String, String)> = args
        .env
        .iter()
        .filter_map(|given| match given.split_once('=') {
            Some((name, value)) => Some((name.to_owned(), value.to_owned())),
            None => context.env.get(given).map(|value| (given.clone(), value.to_owned())),
        })
        .collect();
    let shared = args.share.iter().map(|folder| context.env.current_dir().join(folder)).collect();
    let terminal = terminal(context, args);
    let shell = ["sh".to_owned()];
    let words = if args.command.is_empty() { &shell[..] } else { &args.command };
    if args.command.is_empty() && terminal.is_none() {
        let failure = Failure::user("no command, and nobody types: standard input is no terminal");
        return Err(failure.with_hint("write a command behind `--`, or `--tty`").into());
    }
    let mut load = Load::new(words, &variables, shared, context.env)?;
    if let Some((terminal, need)) = terminal {
        load = load.on_terminal(terminal, need, context.env);
    }
    load.timeout = args.time_limit.map(Duration::from_secs);
    let selection = Selection::Vm(vm.name.value.clone());
    let (_, status) = context
        .with_setup(&bench, &args.host, || bench.lock(&selection)?.run(vm, args.nested.nesting(), &load))?;
    // A status beyond a byte is none of a process here; it stays a failure.
    Ok(u8::try_from(status).unwrap_or(u8::MAX))
}
