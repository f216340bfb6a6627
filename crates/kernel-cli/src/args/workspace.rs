//! Arguments of commands about the workspace and the machine.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args};
use kernel_build::export::Form;
use kernel_spec::KernelName;
use kernel_spec::profile::{self, Profile, ProfileKind};

use super::HostArgs;

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

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("form").required(true))]
pub struct ExportArgs {
    /// The kernel; may be left out where the manifest has one
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// A shell script that makes the same image with make alone
    #[arg(long, group = "form")]
    pub(crate) make: bool,
    /// An expression for nixpkgs' linuxManualConfig
    #[arg(long, group = "form")]
    pub(crate) nix: bool,
    /// A recipe for bitbake
    #[arg(long, group = "form")]
    pub(crate) yocto: bool,
    /// Where the files are written; default: NAME-make, NAME-nix or NAME-yocto
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

impl ExportArgs {
    /// What is asked for, and its name.
    pub(crate) fn form(&self) -> (Form, &'static str) {
        match (self.nix, self.yocto) {
            (true, _) => (Form::Nix, "nix"),
            (_, true) => (Form::Yocto, "yocto"),
            _ => (Form::Make, "make"),
        }
    }
}

/// Arguments of `source-bundle`.
#[derive(Debug, Args)]
pub struct SourceBundleArgs {
    /// The kernel; may be left out where the manifest has one
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The folder, which must not be there yet; default: NAME-source
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}
