//! `kernel run`.

use std::time::Duration;

use kernel::Load;
use kernel_build::Selection;

use super::{Asked, Context};
use crate::args::RunArgs;
use crate::failure::CommandError;
use crate::presenter::Consoles;
use crate::setup::Consent;

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
    let mut load = Load::new(&args.command, &variables, shared, context.env)?;
    load.timeout = args.time_limit.map(Duration::from_secs);
    let selection = Selection::Vm(vm.name.value.clone());
    let (_, status) = context
        .with_setup(&bench, &args.host, || bench.lock(&selection)?.run(vm, args.nested.nesting(), &load))?;
    // A status beyond a byte is none of a process here; it stays a failure.
    Ok(u8::try_from(status).unwrap_or(u8::MAX))
}
