//! Runs an image under a VMM and judges the boot.
//!
//! ```text
//! BootRequest ──runner──▶ Prepared (one process: program, arguments, whose words the kernel's cmdline has)
//! Prepared ──run──▶ Evidence (console lines with times, how the process ended)    events as they happen
//! Evidence ──judge──▶ Outcome                                                     pure
//! Evidence, of a boot that was traced ──▶ chart::Chart (initcalls, console, gaps) ──▶ a page
//! Evidence, the kernel's files ──▶ Diagnosis (addresses decoded, what a missing root lacks)
//! ```
//!
//! | runner | process | KVM |
//! |---|---|---|
//! | [`workspace`](RunnerRequest::Workspace) | the VM's own `vmm` | where [`accelerator::Ladder`] finds it usable, else nested |
//! | [`qemu`](RunnerRequest::Qemu) | QEMU, which loads the image itself | where usable, else TCG |
//! | [`installed`](RunnerRequest::Installed) | Firecracker, Cloud Hypervisor, crosvm, Alioth, or any command | where usable, else nested |
//! | [`firmware`](RunnerRequest::Firmware) | QEMU with the VM's own firmware as its BIOS | where usable, else TCG |
//!
//! Nested: the VMM runs in a QEMU machine with emulated SVM, under a kernel of the workspace; see [`RunnerRequest`].
//!
//! Invariants: every process that a boot starts has ended when [`boot`] returns, whichever way it returns; what was
//! said on the console is in `console.log` of the scratch folder; a boot passes only where the guest itself said so.
//!
//! Deliberately absent: how kernels, firmware and inits are built; printing (see [`BootEvent`]); files and processes
//! other than through `kernel-host`.

pub mod accelerator;
pub mod chart;
mod cmdline;
mod control;
pub mod devices;
mod diagnosis;
pub mod disk;
mod error;
mod inside;
mod judge;
mod machine;
mod outcome;
pub mod program;
pub mod rom;
mod run;
mod runner;
mod typing;

pub use boot_contract::initramfs;
pub use cmdline::{CmdlineError, CmdlineWord, KernelCmdline, MAX_CMDLINE, WordFrom};
pub use control::Told;
pub use diagnosis::{Cause, Diagnosis, KernelFiles, SourceLines, Symbols, complaint, trace};
pub use error::BootError;
pub use inside::Inside;
pub use judge::{ConsoleLine, Ended, Evidence, Expectation, Layers, Stream, judge};
pub use machine::{BootRequest, Monitor, NestedHost, Nesting, RunnerRequest};
pub use outcome::{GuestEnd, Machine, Outcome, VmmEnd};
pub use run::{BootEvent, BootReport, boot};
