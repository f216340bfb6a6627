//! Runs the vCPU until the machine ends.
//!
//! The vCPU has a thread of its own. The caller's thread waits for its end, or for the time limit: then it raises a
//! flag and sends that thread a signal, again and again until it has ended, because a signal that comes just before
//! `KVM_RUN` does not interrupt it.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use kvm_ioctls::{VcpuExit, VcpuFd, VmFd};
use vm_superio::Trigger;
use vmm_sys_util::signal::{Killable, SIGRTMIN, register_signal_handler};

use crate::devices::{Effect, PortBus, SERIAL_IRQ};
use crate::end::End;
use crate::machine::{Machine, MachineError, kvm_error};
use crate::stats::{ExitKind, Stats};

/// A machine that ended.
pub struct Outcome {
    /// Why.
    pub end: End,
    /// What it left the guest for.
    pub stats: Stats,
    /// Its vCPU, for a look at the registers.
    pub vcpu: VcpuFd,
}

/// How long the vCPU's thread is given to see the flag before the next signal.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(10);

/// Runs a machine whose guest speaks to `console`, for no longer than the limit.
///
/// # Errors
/// The vCPU cannot be interrupted or has no thread to run in.
pub fn run<W: Write + Send + 'static>(
    machine: Machine,
    console: W,
    limit: Option<Duration>,
) -> Result<Outcome, MachineError> {
    register_signal_handler(SIGRTMIN(), interrupt).map_err(kvm_error("get a signal for its vCPU"))?;
    let Machine { vcpu, vm, memory } = machine;
    let bus = PortBus::new(SerialInterrupt(vm), console);
    let stop = Arc::new(AtomicBool::new(false));
    let (done, ended) = channel::<()>();
    let thread = {
        let stop = Arc::clone(&stop);
        let body = move || {
            // Dropped at the end, also by a panic: that is what the other side waits for.
            let _done = done;
            Vcpu { vcpu, bus, stats: Stats::default() }.run(&stop)
        };
        thread::Builder::new().name("vcpu".to_owned()).spawn(body)
    };
    let thread = thread.map_err(|error| {
        kvm_error("get a thread for its vCPU")(kvm_ioctls::Error::new(
            error.raw_os_error().unwrap_or(libc::EAGAIN),
        ))
    })?;
    let timed_out = limit.filter(|&limit| !ends_within(&ended, limit));
    if timed_out.is_some() {
        stop.store(true, Ordering::Relaxed);
        while !ends_within(&ended, SIGNAL_INTERVAL) {
            signal(&thread)?;
        }
    }
    let mut outcome = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    drop(memory);
    if let (Some(limit), End::Timeout(spent)) = (timed_out, &mut outcome.end) {
        *spent = limit;
    }
    Ok(outcome)
}

fn ends_within(ended: &Receiver<()>, limit: Duration) -> bool {
    ended.recv_timeout(limit) == Err(RecvTimeoutError::Disconnected)
}

fn signal<T>(thread: &JoinHandle<T>) -> Result<(), MachineError> {
    thread.kill(SIGRTMIN()).map_err(kvm_error("interrupt its vCPU"))
}

/// Does nothing: that a signal came makes `KVM_RUN` return.
extern "C" fn interrupt(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {}

/// Raises and lowers the line at once, so that the guest sees an edge.
///
/// Not by an irqfd: on a host with one processor its injection waits for a kernel thread, the guest has reset before
/// that, and its last lines are lost.
struct SerialInterrupt(Arc<VmFd>);

impl Trigger for SerialInterrupt {
    type E = kvm_ioctls::Error;

    fn trigger(&self) -> Result<(), Self::E> {
        self.0.set_irq_line(SERIAL_IRQ, true)?;
        self.0.set_irq_line(SERIAL_IRQ, false)
    }
}

struct Vcpu<W: Write> {
    vcpu: VcpuFd,
    bus: PortBus<SerialInterrupt, W>,
    stats: Stats,
}

impl<W: Write> Vcpu<W> {
    fn run(mut self, stop: &AtomicBool) -> Outcome {
        let end = loop {
            if stop.load(Ordering::Relaxed) {
                break End::Timeout(Duration::ZERO);
            }
            if let Some(end) = self.step() {
                break end;
            }
        };
        let end = match self.bus.flush() {
            Ok(()) => end,
            Err(error) => End::ConsoleLost(error.to_string()),
        };
        Outcome { end, stats: self.stats, vcpu: self.vcpu }
    }

    /// Runs the guest until it leaves once.
    fn step(&mut self) -> Option<End> {
        let (kind, end) = match self.vcpu.run() {
            Ok(VcpuExit::IoIn(port, data)) => {
                self.bus.read(port, data);
                (ExitKind::PortIn(port), None)
            }
            Ok(VcpuExit::IoOut(port, data)) => {
                let end = match self.bus.write(port, data) {
                    Ok(Effect::None) => None,
                    Ok(Effect::Reset) => Some(End::Reset),
                    Err(error) => Some(End::ConsoleLost(error.to_string())),
                };
                (ExitKind::PortOut(port), end)
            }
            Ok(VcpuExit::MmioRead(_, data)) => {
                data.fill(0xff);
                (ExitKind::MmioRead, None)
            }
            Ok(VcpuExit::MmioWrite(..)) => (ExitKind::MmioWrite, None),
            Ok(VcpuExit::Intr) => (ExitKind::Interrupted, None),
            Ok(VcpuExit::Shutdown) => (ExitKind::Other, Some(End::TripleFault)),
            Ok(VcpuExit::Hlt) => (ExitKind::Other, Some(End::Halt)),
            Ok(VcpuExit::FailEntry(reason, _)) => (ExitKind::Other, Some(End::FailEntry { reason })),
            Ok(VcpuExit::InternalError) => (ExitKind::Other, Some(internal_error(&mut self.vcpu))),
            Ok(exit) => (ExitKind::Other, Some(End::Unexpected(format!("{exit:?}")))),
            Err(error) if [libc::EINTR, libc::EAGAIN].contains(&error.errno()) => {
                (ExitKind::Interrupted, None)
            }
            Err(error) => (ExitKind::Other, Some(End::RunFailed(error))),
        };
        self.stats.count(kind);
        end
    }
}

fn internal_error(vcpu: &mut VcpuFd) -> End {
    // SAFETY: the exit reason is `KVM_EXIT_INTERNAL_ERROR`, for which KVM fills in this member of the union; every
    // member is plain numbers.
    #[allow(unsafe_code, reason = "the exit's particulars are in a union")]
    let internal = unsafe { vcpu.get_kvm_run().__bindgen_anon_1.internal };
    let count = internal.data.len().min(internal.ndata as usize);
    End::InternalError { suberror: internal.suberror, data: internal.data[..count].to_vec() }
}
