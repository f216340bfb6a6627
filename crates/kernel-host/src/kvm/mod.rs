//! Whether virtual machines really run on this host.
//!
//! That `/dev/kvm` opens says little: there are hosts where every call on it succeeds and a guest's first unusual
//! instruction ends in an internal error (KVM on a host without virtualisation extensions, whose guests' kernel code is
//! interpreted). So a virtual machine is made, runs two instructions in long mode, and goes.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod guest;

/// Tells whether virtual machines run on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KvmStatus {
    /// A virtual machine has run.
    Usable,
    /// There is no `/dev/kvm`.
    Absent,
    /// `/dev/kvm` is there, but not for this user; what the system said is attached.
    Denied(String),
    /// `/dev/kvm` opens, but no virtual machine runs; what happened is attached.
    Broken(String),
}

/// Runs a throw-away virtual machine; returns within two seconds whatever it does.
///
/// On architectures other than x86_64 it only makes one. The answer does not change while a machine is up, but asking
/// costs milliseconds where the virtual machine works.
#[must_use]
pub fn probe() -> KvmStatus {
    probe_here().unwrap_or_else(|status| status)
}

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
fn probe_here() -> Result<KvmStatus, KvmStatus> {
    use std::io;

    let kvm = kvm_ioctls::Kvm::new().map_err(|error| {
        let error = io::Error::from_raw_os_error(error.errno());
        let text = format!("could not open `/dev/kvm`: {}", crate::io_text(&error));
        match error.kind() {
            io::ErrorKind::NotFound => KvmStatus::Absent,
            io::ErrorKind::PermissionDenied => KvmStatus::Denied(text),
            _ => KvmStatus::Broken(text),
        }
    })?;
    // The version has been 12 since Linux 2.6.22, and applications are to refuse any other (the kernel's
    // Documentation/virt/kvm/api.rst, section 4.1).
    let version = kvm.get_api_version();
    if version != 12 {
        return Err(KvmStatus::Broken(format!("found version {version} of KVM, expected 12")));
    }
    #[cfg(target_arch = "x86_64")]
    {
        guest::run(kvm).map_err(KvmStatus::Broken)?;
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let made = kvm.create_vm().and_then(|vm| vm.create_vcpu(0));
        made.map_err(|error| KvmStatus::Broken(format!("could not make a virtual machine: {error}")))?;
    }
    Ok(KvmStatus::Usable)
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
fn probe_here() -> Result<KvmStatus, KvmStatus> {
    Err(KvmStatus::Absent)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{KvmStatus, probe};
    use crate::clock::Stopwatch;

    #[test]
    fn the_answer_is_quick_and_fits_the_device() {
        let watch = Stopwatch::start();
        let status = probe();
        assert!(watch.elapsed() < Duration::from_secs(10), "{:?}", watch.elapsed());
        let is_there = std::path::Path::new("/dev/kvm").exists();
        assert_eq!(status == KvmStatus::Absent, !is_there, "{status:?}");
        // Asking again gives the same answer and leaves nothing behind that could change it.
        assert_eq!(probe(), status);
        if let KvmStatus::Denied(reason) | KvmStatus::Broken(reason) = status {
            assert!(!reason.is_empty());
            println!("no virtual machine runs here: {reason}");
        }
    }
}
