//! What a VMM is told, and asked, while it runs: by QMP, Firecracker's API, or Cloud Hypervisor's.
//!
//! | VMM | interface | told | asked |
//! |---|---|---|---|
//! | QEMU | QMP (`docs/interop/qmp-spec.rst`, `qapi/run-state.json`) | `quit` | events `SHUTDOWN`, `GUEST_PANICKED`, `STOP`; `query-status` |
//! | Firecracker | HTTP (`src/firecracker/swagger/firecracker.yaml`) | what to boot, and `InstanceStart` | the instance's `state` |
//! | Cloud Hypervisor | HTTP (`docs/api.md`) | `vmm.shutdown` | `vm.info` |
//!
//! Sockets are in a folder of their own below the place for temporary files, for a socket's path has 107 bytes at most.
//!
//! Invariant: what a VMM does not answer is no verdict on a guest. Only what a VMM has to be told before there is a guest
//! ends a boot: then nothing was tried.

mod monitors;
mod qmp;

use std::time::Duration;

use kernel_host::AbsPath;
use kernel_host::clock::{Stopwatch, sleep};
use kernel_host::env::Env;
use kernel_host::fs::{self, TempDir};
use kernel_host::process::Child;

use crate::error::BootError;

pub(crate) use monitors::Put;
use qmp::Qmp;

/// How long an interface may take to come up, or to answer.
const SOON: Duration = Duration::from_secs(10);

/// How long a VMM has to end when it is asked to.
const GRACE: Duration = Duration::from_secs(1);

const TICK: Duration = Duration::from_millis(2);

/// An interface of a VMM that is to be started.
#[derive(Debug)]
pub(crate) struct Control {
    /// Where it is spoken to.
    pub(crate) socket: AbsPath,
    kind: ControlKind,
    _folder: TempDir,
}

#[derive(Debug)]
enum ControlKind {
    Qmp,
    Firecracker(Vec<Put>),
    CloudHypervisor,
}

impl Control {
    fn new(env: &Env, kind: ControlKind) -> Result<Self, BootError> {
        let usual = || AbsPath::new("/tmp").ok();
        let named = env.get_filled("TMPDIR").map(|folder| env.current_dir().join(folder));
        let below = named.or_else(usual).unwrap_or_else(|| env.current_dir().clone());
        let folder = fs::temp_dir_in(&below, "kernel-vmm-")?;
        Ok(Self { socket: folder.path().join("api.sock"), kind, _folder: folder })
    }

    /// QEMU's, which makes the socket by `-qmp`.
    pub(crate) fn qmp(env: &Env) -> Result<Self, BootError> {
        Self::new(env, ControlKind::Qmp)
    }

    /// Firecracker's, by which it is told what to boot.
    pub(crate) fn firecracker(env: &Env, requests: Vec<Put>) -> Result<Self, BootError> {
        Self::new(env, ControlKind::Firecracker(requests))
    }

    /// Cloud Hypervisor's, which makes the socket by `--api-socket`.
    pub(crate) fn cloud_hypervisor(env: &Env) -> Result<Self, BootError> {
        Self::new(env, ControlKind::CloudHypervisor)
    }

    /// Speaks to the VMM that was just started; `None` where it has ended, which its status tells more of, or does not answer.
    ///
    /// # Errors
    /// [`BootError::Refused`] where it does not take what it is to boot.
    pub(crate) fn begin(&self, child: &mut Child) -> Result<Option<Talk<'_>>, BootError> {
        let clock = Stopwatch::start();
        while !fs::exists(&self.socket) {
            if clock.elapsed() > SOON || child.try_wait()?.is_some() {
                return Ok(None);
            }
            sleep(TICK);
        }
        let socket = &self.socket;
        match &self.kind {
            ControlKind::Qmp => Ok(Qmp::greet(socket).ok().map(|qmp| Talk::Qmp(Box::new(qmp)))),
            ControlKind::CloudHypervisor => Ok(Some(Talk::CloudHypervisor(socket))),
            ControlKind::Firecracker(requests) => {
                for put in requests {
                    match monitors::put(socket, put) {
                        Ok(()) => {}
                        Err(_) if child.try_wait()?.is_some() => return Ok(None),
                        Err(said) => return Err(BootError::Refused { request: put.target.clone(), said }),
                    }
                }
                Ok(Some(Talk::Firecracker(socket)))
            }
        }
    }
}

/// What a VMM says of its guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It reset its machine.
    Reset,
    /// It powered its machine off.
    PoweredOff,
    /// Its kernel panicked, by a device that tells so.
    Panicked,
    /// The machine stands still after an error of the VMM.
    InternalError,
}

/// A conversation with a VMM that runs.
pub(crate) enum Talk<'a> {
    Qmp(Box<Qmp>),
    Firecracker(&'a AbsPath),
    CloudHypervisor(&'a AbsPath),
}

impl Talk<'_> {
    /// What was said since; waits for nothing.
    pub(crate) fn heard(&mut self) -> Vec<Told> {
        match self {
            Self::Qmp(qmp) => qmp.heard(),
            Self::Firecracker(_) | Self::CloudHypervisor(_) => Vec::new(),
        }
    }

    /// What the VMM calls the state of its machine.
    pub(crate) fn state(&mut self) -> Option<String> {
        match self {
            Self::Qmp(qmp) => qmp.status(),
            Self::Firecracker(socket) => monitors::firecracker_state(socket),
            Self::CloudHypervisor(socket) => monitors::cloud_hypervisor_state(socket),
        }
    }

    /// Asks the VMM to end; whether it did.
    pub(crate) fn end(&mut self, child: &mut Child) -> Result<bool, BootError> {
        let asked = match self {
            Self::Qmp(qmp) => qmp.quit(),
            Self::CloudHypervisor(socket) => monitors::shut_down(socket),
            // It has no such request.
            Self::Firecracker(_) => false,
        };
        let clock = Stopwatch::start();
        while asked && clock.elapsed() < GRACE {
            if child.try_wait()?.is_some() {
                return Ok(true);
            }
            sleep(TICK);
        }
        Ok(false)
    }
}

#[cfg(all(test, unix))]
mod tests;
