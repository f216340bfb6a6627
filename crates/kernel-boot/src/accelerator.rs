//! How a guest's instructions run, and how that is chosen.
//!
//! | `/dev/kvm` | QEMU runners | any other VMM |
//! |---|---|---|
//! | usable | KVM | KVM |
//! | absent, denied, or broken | TCG | nested: in a QEMU machine (TCG) that emulates SVM |
//!
//! "Usable" is what a probe found, which runs an instruction in a virtual machine: a `/dev/kvm` that opens proves
//! nothing.

use std::fmt;

use kernel_host::kvm::KvmStatus;

use crate::machine::Nesting;

/// What runs a guest's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// This machine's processor, by KVM.
    Kvm,
    /// QEMU's translator.
    Tcg,
    /// KVM in a machine that QEMU emulates.
    Nested,
}

impl fmt::Display for Accelerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kvm => "KVM",
            Self::Tcg => "TCG",
            Self::Nested => "KVM in QEMU TCG",
        })
    }
}

/// The accelerators that this machine offers, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    kvm: Result<(), KvmFault>,
}

/// Why KVM cannot be used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KvmFault {
    /// No device.
    #[error("this machine has no `/dev/kvm`")]
    Absent,
    /// It is usable, and somebody asked for a nested run.
    #[error("a nested run was asked for")]
    Unwanted,
    /// Not for this user.
    #[error("`/dev/kvm` cannot be opened: {0}")]
    Denied(String),
    /// It opens, but does not run a guest.
    #[error("`/dev/kvm` opens, but does not run a guest: {0}")]
    Broken(String),
}

/// The workspace's VMM has nothing to run on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the VMM of `{vm}` needs KVM, and {fault}")]
pub struct NoAccelerator {
    /// The VM's name.
    pub vm: String,
    /// Why KVM cannot be used.
    pub fault: KvmFault,
}

impl NoAccelerator {
    /// What to do about it.
    pub fn hint(&self) -> String {
        let nested = format!(
            "set `nested-host = \"…\"` in `[vm.{}]` to a kernel with `CONFIG_KVM_AMD=y`: the VMM then runs inside QEMU",
            self.vm
        );
        match self.fault {
            KvmFault::Denied(_) => format!("add your user to the group that owns `/dev/kvm`; or {nested}"),
            KvmFault::Absent | KvmFault::Broken(_) | KvmFault::Unwanted => nested,
        }
    }
}

impl Ladder {
    /// Probes this machine: a few milliseconds.
    pub fn probe() -> Self {
        Self::of(kernel_host::kvm::probe())
    }

    /// The ladder for what a probe found.
    pub fn of(kvm: KvmStatus) -> Self {
        Self {
            kvm: match kvm {
                KvmStatus::Usable => Ok(()),
                KvmStatus::Absent => Err(KvmFault::Absent),
                KvmStatus::Denied(why) => Err(KvmFault::Denied(why)),
                KvmStatus::Broken(why) => Err(KvmFault::Broken(why)),
            },
        }
    }

    /// Why KVM is not used; absent where it is.
    pub fn fault(&self) -> Option<&KvmFault> {
        self.kvm.as_ref().err()
    }

    /// Whether a VM's own VMM runs nested here: its `nested-host` then has to be built as well.
    pub fn is_nested(&self, nesting: Nesting) -> bool {
        self.kvm.is_err() || nesting == Nesting::Always
    }

    /// For a guest that QEMU runs.
    pub fn for_qemu(&self) -> Accelerator {
        if self.kvm.is_ok() { Accelerator::Kvm } else { Accelerator::Tcg }
    }

    /// For a guest that a VMM runs which needs KVM.
    ///
    /// # Errors
    /// [`NoAccelerator`] where KVM is not to be used and there is no nested host.
    pub fn for_vmm<N>(
        &self,
        vm: &str,
        nesting: Nesting,
        nested_host: Option<N>,
    ) -> Result<Route<N>, NoAccelerator> {
        match (&self.kvm, nested_host) {
            (Ok(()), _) if nesting == Nesting::WhereNeeded => Ok(Route::Direct),
            (_, Some(host)) => Ok(Route::Nested(host)),
            (Ok(()), None) => Err(NoAccelerator { vm: vm.to_owned(), fault: KvmFault::Unwanted }),
            (Err(fault), None) => Err(NoAccelerator { vm: vm.to_owned(), fault: fault.clone() }),
        }
    }
}

/// Where a VM's own VMM runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<N> {
    /// On this machine.
    Direct,
    /// In a QEMU machine, under that kernel.
    Nested(N),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder() {
        let broken = || KvmStatus::Broken("exit InternalError".into());
        let cases = [
            (KvmStatus::Usable, None, Some(Route::Direct)),
            (KvmStatus::Usable, Some("l1"), Some(Route::Direct)),
            (broken(), Some("l1"), Some(Route::Nested("l1"))),
            (KvmStatus::Absent, Some("l1"), Some(Route::Nested("l1"))),
            (KvmStatus::Absent, None, None),
        ];
        for (kvm, host, expected) in cases {
            assert_eq!(Ladder::of(kvm).for_vmm("demo", Nesting::WhereNeeded, host).ok(), expected);
        }
        let always = |host| Ladder::of(KvmStatus::Usable).for_vmm("demo", Nesting::Always, host);
        assert_eq!(always(Some("l1")), Ok(Route::Nested("l1")));
        insta::assert_snapshot!(always(None).expect_err("no host"), @"the VMM of `demo` needs KVM, and a nested run was asked for");
        assert_eq!(Ladder::of(KvmStatus::Usable).for_qemu(), Accelerator::Kvm);
        assert_eq!(Ladder::of(broken()).for_qemu(), Accelerator::Tcg);
    }

    #[test]
    fn without_any_it_says_what_to_do() {
        let said = |kvm| {
            let error = Ladder::of(kvm)
                .for_vmm::<()>("demo", Nesting::WhereNeeded, None)
                .expect_err("nothing to run on");
            format!("{error}\nhint: {}", error.hint())
        };
        insta::assert_snapshot!(said(KvmStatus::Broken("exit InternalError".into())), @r#"
        the VMM of `demo` needs KVM, and `/dev/kvm` opens, but does not run a guest: exit InternalError
        hint: set `nested-host = "…"` in `[vm.demo]` to a kernel with `CONFIG_KVM_AMD=y`: the VMM then runs inside QEMU
        "#);
        insta::assert_snapshot!(said(KvmStatus::Denied("Permission denied (os error 13)".into())), @r#"
        the VMM of `demo` needs KVM, and `/dev/kvm` cannot be opened: Permission denied (os error 13)
        hint: add your user to the group that owns `/dev/kvm`; or set `nested-host = "…"` in `[vm.demo]` to a kernel with `CONFIG_KVM_AMD=y`: the VMM then runs inside QEMU
        "#);
        insta::assert_snapshot!(said(KvmStatus::Absent), @r#"
        the VMM of `demo` needs KVM, and this machine has no `/dev/kvm`
        hint: set `nested-host = "…"` in `[vm.demo]` to a kernel with `CONFIG_KVM_AMD=y`: the VMM then runs inside QEMU
        "#);
    }
}
