//! The virtual machine as KVM sees it: memory, chips, one vCPU.

use std::sync::Arc;

use kvm_bindings::{
    KVM_API_VERSION, KVM_MAX_CPUID_ENTRIES, KVM_PIT_SPEAKER_DUMMY, Msrs, kvm_msr_entry, kvm_pit_config,
    kvm_userspace_memory_region,
};
use kvm_ioctls::{Cap, Kvm, VcpuFd, VmFd};
use vm_memory::{GuestAddress, GuestMemoryBackend, GuestMemoryMmap, GuestMemoryRegion};

use crate::boot::Start;
use crate::cpuid::{self, DeadlineTimer};
use crate::layout::{self, Ram};
use crate::registers;

/// The one vCPU's id, and so its APIC id.
const VCPU: u8 = 0;

/// A machine that was made and does not run yet.
///
/// The memory is dropped last: KVM holds its address.
pub struct Machine {
    pub(crate) vcpu: VcpuFd,
    pub(crate) vm: Arc<VmFd>,
    pub(crate) memory: GuestMemoryMmap,
}

/// Which chips KVM emulates for the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chips {
    /// PIC, IOAPIC, local APIC and PIT.
    Emulated,
    /// None: a halt leaves the guest instead of waiting for an interrupt.
    None,
}

/// Why a machine was not made.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// `/dev/kvm` does not open.
    #[error("/dev/kvm does not open: {0}")]
    Open(kvm_ioctls::Error),
    /// It is not the KVM that is known.
    #[error("KVM has API version {found}, expected {KVM_API_VERSION}")]
    Version {
        /// Its version.
        found: i32,
    },
    /// It lacks something that every KVM on x86 has.
    #[error("KVM lacks {0:?}")]
    Lacks(Cap),
    /// KVM refused.
    #[error("KVM does not {action}: {source}")]
    Kvm {
        /// What was asked for.
        action: &'static str,
        /// Its answer.
        source: kvm_ioctls::Error,
    },
    /// The host gave no memory.
    #[error("no guest memory of {bytes} bytes: {source}")]
    Memory {
        /// The guest's memory.
        bytes: u64,
        /// Why.
        source: vm_memory::mmap::FromRangesError,
    },
    /// The host does not know how fast its time stamp counter runs.
    ///
    /// KVM would then try for ever to set the guest's clock, and the vCPU would never run. It is what a Linux under
    /// QEMU's TCG comes to when its calibration against the PIT fails.
    #[error("the host does not know its TSC frequency; its kernel parameter `tsc_early_khz=` sets it")]
    NoTscFrequency,
    /// A table does not fit.
    #[error("guest memory: {0}")]
    Table(#[from] vm_memory::GuestMemoryError),
}

/// Opens `/dev/kvm` and checks that it has what this VMM needs.
///
/// # Errors
/// There is none, it may not be opened, or it is too old.
pub fn open_kvm() -> Result<Kvm, MachineError> {
    let kvm = Kvm::new().map_err(MachineError::Open)?;
    let found = kvm.get_api_version();
    if found != KVM_API_VERSION as i32 {
        return Err(MachineError::Version { found });
    }
    for capability in [Cap::UserMemory, Cap::ExtCpuid, Cap::Irqchip, Cap::Pit2, Cap::SetTssAddr] {
        if !kvm.check_extension(capability) {
            return Err(MachineError::Lacks(capability));
        }
    }
    Ok(kvm)
}

impl Machine {
    /// Makes a machine with this memory, all zero.
    ///
    /// # Errors
    /// The host has not the memory, or KVM refuses.
    pub fn new(kvm: &Kvm, ram: &Ram, chips: Chips) -> Result<Self, MachineError> {
        let memory = allocate(ram)?;
        let vm = kvm.create_vm().map_err(kvm_error("create a VM"))?;
        vm.set_tss_address(layout::KVM_TSS as usize).map_err(kvm_error("place its TSS"))?;
        if chips == Chips::Emulated {
            vm.create_irq_chip().map_err(kvm_error("create interrupt controllers"))?;
            // The speaker's port 0x61 is also the gate of PIT channel 2, against which kernels calibrate.
            let pit = kvm_pit_config { flags: KVM_PIT_SPEAKER_DUMMY, ..Default::default() };
            vm.create_pit2(pit).map_err(kvm_error("create a timer"))?;
        }
        map_memory(&vm, &memory)?;
        let vcpu = vm.create_vcpu(u64::from(VCPU)).map_err(kvm_error("create a vCPU"))?;
        set_cpuid(kvm, &vcpu)?;
        set_memory_type(&vcpu)?;
        if vcpu.get_tsc_khz() == Ok(0) {
            return Err(MachineError::NoTscFrequency);
        }
        Ok(Self { vcpu, vm: Arc::new(vm), memory })
    }

    /// The guest's memory.
    pub fn memory(&self) -> &GuestMemoryMmap {
        &self.memory
    }

    /// Puts the vCPU where it starts.
    ///
    /// # Errors
    /// KVM refuses the registers.
    pub fn start_at(&self, start: Start) -> Result<(), MachineError> {
        registers::write_tables(&self.memory, start)?;
        let mut sregs = self.vcpu.get_sregs().map_err(kvm_error("tell the vCPU's reset state"))?;
        registers::special(start, &mut sregs);
        self.vcpu.set_sregs(&sregs).map_err(kvm_error("set the vCPU's special registers"))?;
        self.vcpu.set_regs(&registers::general(start)).map_err(kvm_error("set the vCPU's registers"))
    }
}

pub(crate) fn kvm_error(action: &'static str) -> impl FnOnce(kvm_ioctls::Error) -> MachineError {
    move |source| MachineError::Kvm { action, source }
}

fn allocate(ram: &Ram) -> Result<GuestMemoryMmap, MachineError> {
    let regions: Vec<(GuestAddress, usize)> =
        ram.regions().iter().map(|region| (GuestAddress(region.start), region.size() as usize)).collect();
    GuestMemoryMmap::from_ranges(&regions)
        .map_err(|source| MachineError::Memory { bytes: ram.bytes(), source })
}

fn map_memory(vm: &VmFd, memory: &GuestMemoryMmap) -> Result<(), MachineError> {
    for (slot, region) in memory.iter().enumerate() {
        let mapping = kvm_userspace_memory_region {
            slot: slot as u32,
            guest_phys_addr: region.start_addr().0,
            memory_size: region.len(),
            userspace_addr: region.as_ptr() as u64,
            flags: 0,
        };
        // SAFETY: the region is mapped at this address and of this size, the regions do not overlap, and `Machine`
        // keeps the mapping until the VM and its vCPU are gone.
        #[allow(unsafe_code, reason = "KVM is given an address of this process")]
        unsafe { vm.set_user_memory_region(mapping) }.map_err(kvm_error("map the guest's memory"))?;
    }
    Ok(())
}

fn set_cpuid(kvm: &Kvm, vcpu: &VcpuFd) -> Result<(), MachineError> {
    let mut cpuid =
        kvm.get_supported_cpuid(KVM_MAX_CPUID_ENTRIES).map_err(kvm_error("tell what it supports"))?;
    let timer = match kvm.check_extension(Cap::TscDeadlineTimer) {
        true => DeadlineTimer::Emulated,
        false => DeadlineTimer::Missing,
    };
    cpuid::adapt(cpuid.as_mut_slice(), VCPU, timer);
    vcpu.set_cpuid2(&cpuid).map_err(kvm_error("set the vCPU's CPUID"))
}

/// Makes write-back the type of all memory, as firmware does; with MTRRs off a guest does not use PAT either.
fn set_memory_type(vcpu: &VcpuFd) -> Result<(), MachineError> {
    const MTRR_DEFAULT_TYPE: u32 = 0x2ff;
    const ENABLED: u64 = 1 << 11;
    const WRITE_BACK: u64 = 6;
    let entry = kvm_msr_entry { index: MTRR_DEFAULT_TYPE, data: ENABLED | WRITE_BACK, ..Default::default() };
    let set = kvm_error("set the vCPU's memory type");
    let Ok(msrs) = Msrs::from_entries(&[entry]) else { return Ok(()) };
    match vcpu.set_msrs(&msrs) {
        Ok(1) => Ok(()),
        Ok(_) => Err(set(kvm_ioctls::Error::new(libc::EINVAL))),
        Err(error) => Err(set(error)),
    }
}
