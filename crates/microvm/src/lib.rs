//! A small VMM: one vCPU, a serial port, a Linux kernel, on KVM and the rust-vmm crates.
//!
//! ```text
//! args ─▶ boot: kernel, initramfs, cmdline into guest memory ─▶ machine: VM and vCPU ─▶ run ─▶ end
//!          layout   where everything lies                        cpuid      what the vCPU says it is
//!          params   boot_params, hvm_start_info                  registers  the state at the entry
//!                                                                devices    serial, i8042, ports
//! ```
//!
//! The machine has what KVM emulates (PIC, IOAPIC, local APIC, PIT), an 8250 serial port whose output is this
//! process's stdout, and a keyboard controller that knows one command: reset. Memory is laid out as in [`layout`].
//!
//! A kernel is entered by the first of the ways that [`boot_contract::contract::MICROVM`] has for it: an ELF `vmlinux`
//! by its PVH note or at its 64-bit entry, a `bzImage` at its 64-bit entry.
//!
//! A guest ends the machine by a reset (keyboard controller, port 0xcf9) or a triple fault; [`end`] has every other
//! way in which a run can end, and the exit codes.
//!
//! Deliberately absent: disks, networks, input, several vCPUs, ACPI and MP tables (so no power-off: a guest resets),
//! architectures other than x86_64.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a VMM is a program of its own: it reads its kernel itself and keeps its own time"
)]

pub mod args;
pub mod boot;
pub mod cpuid;
pub mod devices;
pub mod end;
pub mod layout;
pub mod machine;
pub mod params;
pub mod probe;
pub mod registers;
pub mod run;
#[cfg(test)]
mod samples;
pub mod stats;
