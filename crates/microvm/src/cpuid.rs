//! What the vCPU says it is.
//!
//! `KVM_GET_SUPPORTED_CPUID` returns what the host's processor and KVM can do, not what a guest should see:
//!
//! | leaf | changed | why |
//! |---|---|---|
//! | 1 | ECX bit 31 set | without the hypervisor bit a guest takes itself for bare hardware: no kvm-clock, and its clock is calibrated against an emulated PIT |
//! | 1 | ECX bit 24 set if KVM can | the local APIC's TSC deadline timer, which KVM leaves out although it emulates it |
//! | 1, 0xb, 0x1f, 0x8000001e | the APIC id | they hold the id of the host's processor that answered |
//! | 1 | one logical processor | the same |

use kvm_bindings::kvm_cpuid_entry2;

/// Whether KVM emulates the local APIC's TSC deadline timer (`KVM_CAP_TSC_DEADLINE_TIMER`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineTimer {
    /// It does.
    Emulated,
    /// It does not.
    Missing,
}

const HYPERVISOR: u32 = 1 << 31;
const TSC_DEADLINE: u32 = 1 << 24;

/// Turns what KVM supports into what the vCPU with this id shows.
pub fn adapt(entries: &mut [kvm_cpuid_entry2], vcpu: u8, timer: DeadlineTimer) {
    for entry in entries {
        match entry.function {
            1 => {
                entry.ecx |= HYPERVISOR;
                if timer == DeadlineTimer::Emulated {
                    entry.ecx |= TSC_DEADLINE;
                }
                // Bits 31-24: APIC id; 23-16: logical processors in the package.
                entry.ebx = (entry.ebx & 0xffff) | u32::from(vcpu) << 24 | 1 << 16;
            }
            0xb | 0x1f => entry.edx = u32::from(vcpu),
            0x8000_001e => entry.eax = u32::from(vcpu),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_processor_does_not_show_through() {
        let leaf = |function| kvm_cpuid_entry2 {
            function,
            eax: 0x1111_1111,
            ebx: 0x2222_2222,
            ecx: 0,
            edx: 0x4444_4444,
            ..Default::default()
        };
        let mut entries = [leaf(1), leaf(7), leaf(0xb), leaf(0x1f), leaf(0x8000_001e)];
        adapt(&mut entries, 0, DeadlineTimer::Emulated);
        assert_eq!((entries[0].ebx, entries[0].ecx), (0x0001_2222, HYPERVISOR | TSC_DEADLINE));
        assert_eq!(entries[1], leaf(7));
        assert_eq!((entries[2].edx, entries[3].edx, entries[4].eax), (0, 0, 0));

        let mut entries = [leaf(1)];
        adapt(&mut entries, 3, DeadlineTimer::Missing);
        assert_eq!((entries[0].ebx, entries[0].ecx), (0x0301_2222, HYPERVISOR));
    }
}
