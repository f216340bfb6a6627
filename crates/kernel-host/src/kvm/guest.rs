//! A guest of two instructions.
//!
//! ```text
//! 0x0000  (nothing)
//! 0x1000  page map, one entry ──┐
//! 0x2000  directory pointers ◀──┘ one entry ──┐
//! 0x3000  directory          ◀────────────────┘ one page of 2 MiB: addresses are what they are
//! 0x8000  popcnt eax, ebx; hlt
//! ```
//!
//! `popcnt` stands for what an interpreter of kernel code does not know; `hlt` gives the turn back to us.

use std::os::unix::thread::JoinHandleExt as _;
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use kvm_bindings::{KVM_MAX_CPUID_ENTRIES, kvm_segment, kvm_userspace_memory_region};
use kvm_ioctls::{Kvm, VcpuExit, VcpuFd, VmFd};

/// One page, aligned as the hardware wants it.
#[repr(C, align(4096))]
#[derive(Clone)]
struct Page([u8; 4096]);

/// The guest's memory, in pages.
const PAGES: usize = 16;
const PAGE_MAP: u64 = 0x1000;
const DIRECTORY_POINTERS: u64 = 0x2000;
const DIRECTORY: u64 = 0x3000;
const CODE: u64 = 0x8000;

/// `popcnt eax, ebx` and `hlt`.
const INSTRUCTIONS: [u8; 5] = [0xf3, 0x0f, 0xb8, 0xc3, 0xf4];

/// What `popcnt` counts the bits of.
const COUNTED: u64 = 0b1011_0110;

// Bits of page table entries (Intel SDM, volume 3, 4.5).
const PRESENT_WRITABLE: u64 = 0b11;
const IS_A_LARGE_PAGE: u64 = 1 << 7;

// Bits of CR0, CR4 and EFER (Intel SDM, volume 3, 2.5 and 2.2.1).
const CR0_PE_ET_PG: u64 = 1 | 1 << 4 | 1 << 31;
const CR4_PAE: u64 = 1 << 5;
const EFER_LME_LMA: u64 = 1 << 8 | 1 << 10;

/// How long the guest may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs the guest; says what went wrong.
pub(super) fn run(kvm: Kvm) -> Result<(), String> {
    run_with_patience(kvm, &INSTRUCTIONS)
}

fn run_with_patience(kvm: Kvm, instructions: &'static [u8]) -> Result<(), String> {
    let (sender, result) = channel();
    // A guest that spins cannot be called back from the thread that runs it.
    let guest = std::thread::Builder::new().name(format!("kvm {}", instructions.len()));
    let guest = guest
        .spawn(move || sender.send(run_guest(&kvm, instructions)))
        .map_err(|error| crate::io_text(&error))?;
    match result.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(RecvTimeoutError::Disconnected) => Err("the thread of the virtual machine ended".to_owned()),
        Err(RecvTimeoutError::Timeout) => {
            call_back(&guest);
            Err(format!("a virtual machine of two instructions did not end within {} s", PATIENCE.as_secs()))
        }
    }
}

/// Interrupts a guest that spins, so that it does not spin until the end of this process.
#[allow(unsafe_code, reason = "a signal to one thread; there is no safe call for it")]
fn call_back<T>(guest: &std::thread::JoinHandle<T>) {
    extern "C" fn ignore(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {}

    static IS_HANDLED: OnceLock<bool> = OnceLock::new();
    let signal = vmm_sys_util::signal::SIGRTMIN();
    let handle = || vmm_sys_util::signal::register_signal_handler(signal, ignore).is_ok();
    // Without a handler the signal would end the process; with one it only interrupts the run.
    if !*IS_HANDLED.get_or_init(handle) {
        return;
    }
    for _ in 0..50 {
        if guest.is_finished() {
            return;
        }
        // SAFETY: the thread's handle is still held, so its number names this thread even if it has just ended.
        unsafe {
            libc::pthread_kill(guest.as_pthread_t(), signal);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn run_guest(kvm: &Kvm, instructions: &[u8]) -> Result<(), String> {
    let failed = |what: &'static str| move |error| format!("could not {what}: {error}");
    // Declared before the machine that uses it, so dropped after it.
    let mut memory = vec![Page([0; 4096]); PAGES];
    put(&mut memory, PAGE_MAP, &(DIRECTORY_POINTERS | PRESENT_WRITABLE).to_le_bytes());
    put(&mut memory, DIRECTORY_POINTERS, &(DIRECTORY | PRESENT_WRITABLE).to_le_bytes());
    put(&mut memory, DIRECTORY, &(PRESENT_WRITABLE | IS_A_LARGE_PAGE).to_le_bytes());
    put(&mut memory, CODE, instructions);

    let vm = kvm.create_vm().map_err(failed("make a virtual machine"))?;
    give_memory(&vm, &mut memory).map_err(failed("give a virtual machine memory"))?;
    let mut vcpu = vm.create_vcpu(0).map_err(failed("make a virtual processor"))?;
    let cpuid =
        kvm.get_supported_cpuid(KVM_MAX_CPUID_ENTRIES).map_err(failed("ask for the processor's features"))?;
    vcpu.set_cpuid2(&cpuid).map_err(failed("set the processor's features"))?;
    enter_long_mode(&vcpu).map_err(failed("set the processor's registers"))?;

    match vcpu.run() {
        Ok(VcpuExit::Hlt) => {}
        Ok(VcpuExit::InternalError) => {
            return Err("KVM ended a virtual machine of two instructions with an internal error".to_owned());
        }
        Ok(other) => return Err(format!("found the exit `{other:?}`, expected `Hlt`")),
        Err(error) => return Err(format!("could not run a virtual machine: {error}")),
    }
    let registers = vcpu.get_regs().map_err(failed("read the processor's registers"))?;
    let expected = u64::from(COUNTED.count_ones());
    if registers.rax == expected {
        Ok(())
    } else {
        Err(format!("a virtual machine counted {} bits, expected {expected}", registers.rax))
    }
}

/// Copies bytes to an address of the guest; they fit within a page.
fn put(memory: &mut [Page], address: u64, bytes: &[u8]) {
    let address = address as usize;
    memory[address / 4096].0[address % 4096..][..bytes.len()].copy_from_slice(bytes);
}

#[allow(unsafe_code, reason = "the kernel is handed an address of this process")]
fn give_memory(vm: &VmFd, memory: &mut [Page]) -> Result<(), kvm_ioctls::Error> {
    let region = kvm_userspace_memory_region {
        slot: 0,
        flags: 0,
        guest_phys_addr: 0,
        memory_size: size_of_val(memory) as u64,
        userspace_addr: memory.as_mut_ptr() as u64,
    };
    // SAFETY: the address and length are those of `memory`, which is page-aligned, which the caller keeps until after
    // the machine is gone, and which nobody else touches while it runs.
    unsafe { vm.set_user_memory_region(region) }
}

/// Puts the processor where a 64-bit kernel's entry finds it, at our code.
fn enter_long_mode(vcpu: &VcpuFd) -> Result<(), kvm_ioctls::Error> {
    let mut special = vcpu.get_sregs()?;
    // Flat segments; `l` makes the code 64-bit. Types: Intel SDM, volume 3, 3.4.5.1.
    let data = kvm_segment {
        base: 0,
        limit: u32::MAX,
        selector: 0x10,
        type_: 0b0011,
        present: 1,
        dpl: 0,
        db: 1,
        s: 1,
        l: 0,
        g: 1,
        ..kvm_segment::default()
    };
    let code = kvm_segment { selector: 0x08, type_: 0b1011, db: 0, l: 1, ..data };
    special.cs = code;
    for segment in [&mut special.ds, &mut special.es, &mut special.fs, &mut special.gs, &mut special.ss] {
        *segment = data;
    }
    special.cr0 = CR0_PE_ET_PG;
    special.cr3 = PAGE_MAP;
    special.cr4 = CR4_PAE;
    special.efer = EFER_LME_LMA;
    vcpu.set_sregs(&special)?;

    let mut registers = vcpu.get_regs()?;
    registers.rip = CODE;
    registers.rbx = COUNTED;
    registers.rax = 0;
    // Bit 1 is always set.
    registers.rflags = 1 << 1;
    vcpu.set_regs(&registers)
}

#[cfg(test)]
mod tests {
    use super::run_with_patience;

    /// How many threads of this process run a guest.
    fn guests() -> usize {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        names.filter(|name| name.trim() == "kvm 2").count()
    }

    #[test]
    fn a_guest_that_spins_is_called_back() {
        let Ok(kvm) = kvm_ioctls::Kvm::new() else {
            println!("skipped: `/dev/kvm` does not open");
            return;
        };
        // `jmp .`
        let error = run_with_patience(kvm, &[0xeb, 0xfe]).unwrap_err();
        // A thread's end is known a moment before its number goes.
        assert!((0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            guests() == 0
        }));
        println!("{error}");
    }
}
