//! `kernel clean` and `kernel setup`.

use kernel_build::host_tools::{self, Demand};
use kernel_build::{Clean, Kconfig};
use kernel_spec::Arch;

use super::{Asked, Context};
use crate::args::{CleanArgs, SetupArgs};
use crate::failure::CommandError;
use crate::message::Message;
use crate::setup::{self, Consent};
use crate::text;

/// Removes what builds left.
pub(crate) fn clean(context: &Context<'_>, args: &CleanArgs) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::Withheld)?;
    let what =
        if args.names.is_empty() { Clean::Everything } else { Clean::Kernels(bench.kernels(&args.names)?) };
    let freed = bench.clean(&what)?;
    let what = if args.names.is_empty() { "target/kernel".to_owned() } else { args.names.join(", ") };
    context.shell.status("Removed", &format!("{what}: {}", text::size(freed)));
    context.shell.message(&Message::Removed { what: &what, bytes: freed });
    Ok(())
}

/// Shows and installs what the kernels and VMs of the manifest need of the machine.
pub(crate) fn setup(context: &Context<'_>, args: &SetupArgs) -> Result<(), CommandError> {
    let consent = Consent::for_setup(args.yes, context.env);
    let bench = context.open(Asked::default(), consent)?;
    let spec = bench.spec();
    let mut demands: Vec<Demand> = host_tools::base(Kconfig::Engine);
    for vm in spec.vms.values() {
        // Where the VM's own VMM has KVM, QEMU is of use only to tests.
        let own = vm.runner.value.needs_kvm() && vm.nested_host.is_none();
        if !own && let Some(kernel) = spec.kernels.get(&vm.kernel.value) {
            add(&mut demands, host_tools::always(host_tools::vm_tools(kernel.arch.value)));
        }
    }
    if args.tests {
        add(&mut demands, host_tools::always(host_tools::vm_tools(Arch::X86_64)));
        add(&mut demands, host_tools::always(host_tools::TEST_TOOLS));
    }
    match bench.check_tools(&demands) {
        Ok(()) => {}
        Err(error) => match error.missing_tools() {
            Some(missing) => {
                setup::agree(&context.shell, missing, consent, context.env)?;
                setup::install(&bench, missing)?;
                // A package that does not have what its table says is found out here and not in a build.
                bench.check_tools(&demands)?;
            }
            None => return Err(error.into()),
        },
    }
    context.shell.status("Ready", &format!("{} are there", text::count(demands.len(), "host tool")));
    let tools = demands.iter().map(|demand| demand.tool.need.to_string()).collect();
    context.shell.message(&Message::HostTools { tools });
    Ok(())
}

fn add(demands: &mut Vec<Demand>, more: Vec<Demand>) {
    for demand in more {
        if !demands.contains(&demand) {
            demands.push(demand);
        }
    }
}
