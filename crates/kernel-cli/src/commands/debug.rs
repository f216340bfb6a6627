//! `kernel debug`.

use kernel::{Attach, Debugging};
use kernel_build::Selection;

use super::{Asked, Context};
use crate::args::DebugArgs;
use crate::failure::CommandError;
use crate::message::Message;
use crate::presenter::note;
use crate::setup::Consent;
use crate::shell::Level;

/// Boots a VM that stands still until a debugger lets it go, and says how one is attached.
pub(crate) fn debug(context: &Context<'_>, args: &DebugArgs) -> Result<(), CommandError> {
    let bench = context.open(
        Asked { compile: Some(&args.compile), resolve: Some(&args.resolve), ..Asked::default() },
        Consent::of(&args.host, context.env),
    )?;
    let vm = bench.vm(args.vm.as_deref())?;
    let selection = Selection::Vm(vm.name.value.clone());
    let shell = &context.shell;
    let mut attach = |attach: &Attach| {
        shell.status("Waiting", &format!("{}: for a debugger at {}", vm.name.value, attach.address));
        shell.data(&attach.command);
        for line in &attach.notes {
            note(shell, Level::Normal, line);
        }
        shell.message(&Message::DebuggerAwaited {
            vm: vm.name.value.as_str(),
            address: &attach.address,
            command: &attach.command,
            vmlinux: attach.vmlinux.as_path(),
            scripts: attach.scripts.as_ref().map(|path| path.as_path()),
            compile_commands: attach.compile_commands.as_ref().map(|path| path.as_path()),
        });
    };
    let debugging = Debugging { port: args.port };
    context.with_setup(&bench, &args.host, || bench.lock(&selection)?.debug(vm, debugging, &mut attach))?;
    Ok(())
}
