//! The library: build, boot, judge.
//!
//! ```text
//! Workbench::open ──load──▶ names are looked up ──lock──▶ build, check, plan, fetch      kernel-build's Session
//!                                                     └──▶ boot = machine ▷ build_vm ▷ initramfs ▷ kernel-boot ▷ verdict
//! ```
//!
//! Both halves report to one [`Reporter`], and fail with one [`Error`] whose [`ErrorKind`] says what sort of thing went
//! wrong. Types of the halves are handed on as they are.
//!
//! A program that builds and boots:
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use kernel::{Cancel, Env, Event, Nesting, Options, Places, Reporter, Selection, Workbench};
//!
//! /// Says on stderr what is done.
//! struct Log;
//!
//! impl Reporter for Log {
//!     fn report(&self, event: Event<'_>) {
//!         if let Event::Build(kernel::BuildEvent::Warning { message, .. }) = event {
//!             eprintln!("warning: {message}");
//!         }
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let env = Env::capture()?;
//! let bench = Workbench::open(&Places::default(), &env, Cancel::new(), Arc::new(Log), Options::default())?;
//!
//! // Sources are pinned: only what is locked can be checked, built or booted.
//! let kernels = bench.kernels(&["guest".to_owned()])?;
//! let locked = bench.lock(&Selection::Kernels(kernels.clone()))?;
//! let checked = locked.check(&kernels[0])?;
//! println!("{} will be {}", checked.name(), checked.release());
//! for artifact in locked.build(&kernels)?.artifacts {
//!     println!("{} is {} in {}", artifact.name(), artifact.release(), artifact.directory());
//! }
//!
//! // A VM has its kernel, its VMM and its init built together; a boot that is not good is an error with its reason.
//! let vm = bench.vm(Some("demo"))?;
//! let locked = bench.lock(&Selection::Vm(vm.name.value.clone()))?;
//! let booted = locked.boot(vm, Nesting::default())?.verdict()?;
//! println!("{} came up after {:?}", vm.name.value, booted.report.total);
//! # Ok(())
//! # }
//! ```
//!
//! What is not locked cannot be built; it does not compile:
//!
//! ```compile_fail
//! # fn of(bench: &kernel::Workbench, kernels: &[kernel_spec::KernelName]) {
//! bench.build(kernels);
//! # }
//! ```
//!
//! Invariants: whether a VM needs a nested host is decided before anything is built, so that its kernel is built in the
//! same go; a boot is judged against the kernelrelease of the artifact that was built for it, never against a manifest.
//!
//! Deliberately absent: arguments, the terminal, exit codes; how a kernel is built or a VMM started.

pub mod bisect;
mod boot;
pub mod budget;
mod debug;
mod devices;
pub mod doctor;
mod error;
mod event;
mod load;
mod places;
mod select;
mod trial;
mod workbench;

pub use boot::{Booted, Machine, Qemu, Tracing};
pub use debug::{Attach, Debugging};
pub use error::{Error, ErrorKind};
pub use event::{Event, Reporter};
pub use kernel_boot::Nesting;
pub use kernel_build::{Artifact, Checked, Event as BuildEvent, Options, Selection};
pub use kernel_host::AbsPath;
pub use kernel_host::cancel::Cancel;
pub use kernel_host::env::Env;
pub use load::Load;
pub use places::Places;
pub use select::{NameKind, UnknownName};
pub use trial::{Trial, TrialError};
pub use workbench::{Built, Locked, Workbench, examine, plain_resolver, resolve_plain};
