//! Whether each VM of a manifest could be started here.

use kernel_boot::Nesting;
use kernel_build::Loaded;
use kernel_build::host_tools::{self, HostToolsError};
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_spec::{Arch, VmEntry};

use super::{Area, Finding, Health};
use crate::boot::{Machine, Qemu};

/// A finding for each VM.
pub(super) fn examine(loaded: &Loaded, env: &Env) -> Vec<Finding> {
    let arch = |vm: &VmEntry| loaded.kernel(&vm.kernel.value).map(|kernel| kernel.arch.value).ok();
    loaded.spec().vms.values().filter_map(|vm| Some(of(vm, arch(vm)?, env))).collect()
}

fn of(vm: &VmEntry, arch: Arch, env: &Env) -> Finding {
    let finding = Finding {
        area: Area::Runner,
        name: format!("VM {}", vm.name.value),
        health: Health::Good,
        found: None,
        wanted: None,
        least: None,
        packages: Vec::new(),
        hint: None,
    };
    let machine = match Machine::for_vm(vm, Nesting::WhereNeeded, env) {
        Ok(machine) => machine,
        Err(error) => {
            return Finding {
                health: Health::Bad,
                found: Some(error.to_string()),
                hint: error.hint(),
                ..finding
            };
        }
    };
    if machine.qemu == Qemu::NotNeeded {
        return Finding { found: Some("its VMM runs on this machine's KVM".into()), ..finding };
    }
    let runs = if machine.nested_host == kernel_build::NestedHost::Build {
        "its VMM runs in QEMU, under its `nested-host`"
    } else {
        "it runs in QEMU"
    };
    let tools = host_tools::always(host_tools::vm_tools(arch));
    match host_tools::check(&tools, "cc", env, &Cancel::new()) {
        Ok(()) => Finding { found: Some(runs.into()), ..finding },
        Err(error) => {
            let packages = match &error {
                HostToolsError::Missing(missing) => missing.install.as_ref().map(|of| of.packages.clone()),
                HostToolsError::Process(_) => None,
            };
            Finding {
                health: Health::Bad,
                found: Some(format!("{runs}, which is not found")),
                packages: packages.unwrap_or_default(),
                hint: error.hint(),
                ..finding
            }
        }
    }
}
