//! Arguments of commands about the workspace and the machine.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use kernel_spec::KernelName;
use kernel_spec::profile::{self, Profile, ProfileKind};

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// A VMM that the kernel is to boot in; may be said more than once
    #[arg(long, value_name = "NAME", value_parser = vmms())]
    pub(crate) vmm: Vec<&'static Profile>,
    /// The kernel's name
    #[arg(long, value_name = "NAME", default_value = "guest", value_parser = KernelName::new)]
    pub(crate) name: KernelName,
    /// The series of the source: the newest release of it is pinned
    #[arg(long, value_name = "SERIES")]
    pub(crate) series: Option<String>,
    /// The workspace's package that is the VMM
    #[arg(long, value_name = "NAME")]
    pub(crate) package: Option<String>,
    /// The workspace's package that becomes /init in the guest
    #[arg(long, value_name = "NAME")]
    pub(crate) init: Option<String>,
}

fn vmms() -> impl TypedValueParser<Value = &'static Profile> {
    let names = profile::all().iter().filter(|profile| profile.kind == ProfileKind::Vmm);
    let names = PossibleValuesParser::new(names.map(|profile| profile.name));
    names.try_map(|name| profile::find(&name).ok_or("no such profile"))
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write `cargo-kernel.1`, `cargo-kernel-build.1` and so on into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}
