//! Whether KVM really runs code here.
//!
//! That `/dev/kvm` opens and makes a VM proves nothing: there are hosts whose KVM emulates every instruction of ring 0
//! and stops at the first that its emulator does not know. So a vCPU is made and runs two instructions in long mode:
//!
//! ```text
//! popcnt rax, rbx    no emulator of KVM's knows it
//! hlt                leaves the guest, because the machine has no interrupt controller
//! ```

use std::fmt;
use std::io;
use std::time::Duration;

use vm_memory::{Bytes, GuestAddress};

use crate::boot::Start;
use crate::end::End;
use crate::layout::Ram;
use crate::machine::{Chips, Machine, MachineError, kvm_error, open_kvm};
use crate::run::run;

const CODE: [u8; 6] = [0xf3, 0x48, 0x0f, 0xb8, 0xc3, 0xf4];
const CODE_AT: u64 = 0x2_0000;
const MEMORY_MIB: u64 = 1;
const PATIENCE: Duration = Duration::from_secs(5);
const BITS: u64 = 0xff00_ff01;

/// What KVM is good for here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvmStatus {
    /// It runs code.
    Usable,
    /// There is no `/dev/kvm`.
    Absent,
    /// It may not be opened.
    Denied(String),
    /// It does not run code.
    Broken(String),
}

impl fmt::Display for KvmStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usable => f.write_str("usable"),
            Self::Absent => f.write_str("absent: there is no /dev/kvm"),
            Self::Denied(why) => write!(f, "denied: {why}"),
            Self::Broken(why) => write!(f, "broken: {why}"),
        }
    }
}

/// Makes a throw-away machine and lets it run; takes some milliseconds.
pub fn probe() -> KvmStatus {
    match try_it() {
        Ok(status) => status,
        Err(MachineError::Open(error))
            if [libc::ENOENT, libc::ENXIO, libc::ENODEV].contains(&error.errno()) =>
        {
            KvmStatus::Absent
        }
        Err(MachineError::Open(error)) => KvmStatus::Denied(format!("/dev/kvm does not open: {error}")),
        Err(error) => KvmStatus::Broken(error.to_string()),
    }
}

fn try_it() -> Result<KvmStatus, MachineError> {
    let kvm = open_kvm()?;
    let Some(ram) = Ram::from_mib(MEMORY_MIB) else { return Ok(KvmStatus::Absent) };
    let machine = Machine::new(&kvm, &ram, Chips::None)?;
    machine.memory().write_slice(&CODE, GuestAddress(CODE_AT))?;
    machine.start_at(Start::Linux64 { address: CODE_AT })?;
    let mut regs = machine.vcpu.get_regs().map_err(kvm_error("tell the vCPU's registers"))?;
    regs.rbx = BITS;
    machine.vcpu.set_regs(&regs).map_err(kvm_error("set the vCPU's registers"))?;
    let outcome = run(machine, io::sink(), Some(PATIENCE))?;
    if outcome.end != End::Halt {
        return Ok(KvmStatus::Broken(format!("two instructions end in {}, expected halt", outcome.end)));
    }
    let counted = outcome.vcpu.get_regs().map_err(kvm_error("tell the vCPU's registers"))?.rax;
    let expected = u64::from(BITS.count_ones());
    if counted != expected {
        return Ok(KvmStatus::Broken(format!("it counts {counted} bits, expected {expected}")));
    }
    Ok(KvmStatus::Usable)
}
