//! An init that is built into a kernel: cargo makes it before the kernel is looked at, and its digest is in the fingerprint.
//!
//! ```text
//! init = { package = "guest-init", embed = true }
//!   cargo build ─▶ <target>/kernel/.init/…/guest-init ─▶ archive ─▶ <work>/objtree/initramfs.cpio ─▶ kbuild
//! ```
//!
//! - cargo has a target directory of its own for it: under a cargo that a person started, whose build script waits for this
//!   kernel, the usual one is locked.
//! - `CONFIG_INITRAMFS_SOURCE` is a name in the object tree, and the program is built without places of this workspace: the
//!   same crate makes the same kernel wherever it lies.
//! - Its build script may ask for another kernel, which is then built before; a kernel that it is built into itself, it
//!   cannot have. Which kernels wait is handed down by [`WAITING`], for the tool runs again under that script.
//!
//! Invariant: no lock of a kernel is held while cargo builds an init.

use std::collections::BTreeMap;

use boot_contract::initramfs::Initramfs;
use kernel_host::AbsPath;
use kernel_host::digest::sha256;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_spec::{BUILT_IN_INITRAMFS, KernelName, PackageRef, Sha256};

use crate::error::BuildError;

/// The variable that says which kernels wait for which inits: `guest=guest-init,other=init`.
pub(crate) const WAITING: &str = "KERNEL_WAITS_FOR_INIT";

/// The initramfs of an init, as a kernel is linked with it.
#[derive(Clone, Debug)]
pub(crate) struct InitArchive {
    pub(crate) package: String,
    pub(crate) program: AbsPath,
    pub(crate) digest: Sha256,
    archive: Vec<u8>,
    /// What cargo says that the program was made from.
    pub(crate) sources: Vec<AbsPath>,
}

/// Those of several kernels.
pub(crate) type InitArchives = BTreeMap<KernelName, InitArchive>;

impl InitArchive {
    /// Of a program that cargo made.
    pub(crate) fn of(package: &PackageRef, program: AbsPath) -> Result<Self, BuildError> {
        let package = package.package.value.clone();
        let archive = Initramfs::with_init(fs::read(&program)?).to_bytes();
        let archive =
            archive.map_err(|source| BuildError::InitArchive { package: package.clone(), source })?;
        let noted = AbsPath::new(format!("{program}.d")).ok().and_then(|path| fs::read_to_string(&path).ok());
        let sources = noted.as_deref().map(dependencies).unwrap_or_default();
        Ok(Self { package, program, digest: Sha256(sha256(&archive)), archive, sources })
    }

    /// Puts it where kbuild looks for it; kbuild goes by its time.
    pub(crate) fn place(&self, objtree: &AbsPath) -> Result<(), FsError> {
        let path = objtree.join(BUILT_IN_INITRAMFS);
        if fs::read(&path).ok().as_deref() == Some(&self.archive) {
            return Ok(());
        }
        fs::write_atomic(&path, &self.archive)
    }
}

/// What is said below a kernel's wait for its init.
///
/// # Errors
/// [`BuildError::NeedsItself`] where the kernel waits already.
pub(crate) fn waiting(env: &Env, kernel: &KernelName, package: &PackageRef) -> Result<String, BuildError> {
    let above = env.get_filled(WAITING).unwrap_or_default();
    let pairs: Vec<(&str, &str)> = above.split(',').filter_map(|pair| pair.split_once('=')).collect();
    if let Some(from) = pairs.iter().position(|(name, _)| *name == kernel.as_str()) {
        let leads = |(kernel, package): &(&str, &str)| format!("kernel `{kernel}` → its init `{package}` → ");
        let path: String = pairs[from..].iter().map(leads).collect();
        return Err(BuildError::NeedsItself {
            kernel: kernel.clone(),
            path: format!("{path}kernel `{kernel}`"),
            package: pairs.last().map(|(_, package)| (*package).to_owned()).unwrap_or_default(),
        });
    }
    let separator = if above.is_empty() { "" } else { "," };
    Ok(format!("{above}{separator}{kernel}={}", package.package.value))
}

/// The files that a program was made from, of cargo's note beside it: `PROGRAM: FILE FILE…`, a space in a name as `\ `.
fn dependencies(note: &str) -> Vec<AbsPath> {
    let Some((_, files)) = note.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    // No file has a NUL in its name.
    let files = files.replace("\\ ", "\0");
    files.split(' ').filter_map(|name| AbsPath::new(name.replace('\0', " ")).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(waiting: &str) -> Env {
        Env::from_vars([(WAITING, waiting)], AbsPath::new("/w").expect("absolute"))
    }

    fn package(name: &str) -> PackageRef {
        let package = kernel_spec::Spanned { value: name.to_owned(), location: None };
        PackageRef { package, bin: None, args: Vec::new(), is_static: true }
    }

    #[test]
    fn who_waits_is_handed_down() {
        let kernel = |name| KernelName::new(name).expect("a name");
        let first = waiting(&env(""), &kernel("guest"), &package("guest-init")).expect("nobody waits");
        assert_eq!(first, "guest=guest-init");
        let second = waiting(&env(&first), &kernel("other"), &package("init-b")).expect("another one waits");
        assert_eq!(second, "guest=guest-init,other=init-b");
        let error = waiting(&env(&second), &kernel("guest"), &package("guest-init")).expect_err("a circle");
        insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap_or_default()), @"
        kernel `guest` needs itself: kernel `guest` → its init `guest-init` → kernel `other` → its init `init-b` → kernel `guest`
        hint: the build script of `init-b` may not ask for kernel `guest`, which it is built into; leave out `embed`, or ask for the kernel's facts alone
        ");
        let error = waiting(&env(&second), &kernel("other"), &package("init-b")).expect_err("a circle");
        insta::assert_snapshot!(error, @"kernel `other` needs itself: kernel `other` → its init `init-b` → kernel `other`");
    }

    #[test]
    fn a_note_of_cargos_is_read() {
        let note = "/w/target/x/init: /w/init/src/a\\ b.rs /w/init/src/main.rs\n";
        let files: Vec<String> = dependencies(note).iter().map(ToString::to_string).collect();
        assert_eq!(files, ["/w/init/src/a b.rs", "/w/init/src/main.rs"]);
        assert_eq!(dependencies(""), []);
    }
}
