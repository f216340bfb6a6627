//! The validated manifest.

use std::collections::BTreeMap;
use std::sync::Arc;

use kconfig::layers::ConflictKind;
use kconfig::modes::BuiltIn;

use crate::feature::{Features, Requirement};
use crate::layer::{ConfigEntry, FragmentRef, MayMiss, ProfileRef};
use crate::lineage::Lineage;
use crate::origin::Origin;
use crate::patch::PatchEntry;
use crate::profile::ArchError;
use crate::toolchain::{ToolchainName, ToolchainPins};
use crate::version::VersionReq;
use crate::{Arch, CompilerCache, KernelName, ModDirVersion, SourceName, SourceText, Spanned, VmName, Vmm};

mod vm;

pub use vm::{BuiltInInit, InitramfsPlace, PackageRef, Runner, VmEntry};

/// A manifest in which every name resolves and every value has its type.
#[derive(Clone, Debug)]
pub struct KernelSpec {
    /// The text that it was read from.
    pub text: Arc<SourceText>,
    /// `vendor`: the folder that `kernel vendor` made, relative to the manifest.
    pub vendor: Option<Spanned<String>>,
    /// `compiler-cache`; absent means none.
    pub compiler_cache: Option<Spanned<CompilerCache>>,
    /// `compiler-launcher`: a program, and words before the compiler's.
    pub compiler_launcher: Option<Spanned<String>>,
    /// The built-in features, and `[features]`.
    pub features: Features,
    /// `[source.*]`.
    pub sources: BTreeMap<SourceName, SourceEntry>,
    /// `[kernel.*]`.
    pub kernels: BTreeMap<KernelName, KernelEntry>,
    /// `[matrix]`: its points.
    pub matrix: Vec<Point>,
    /// Combinations of it that are none.
    pub unfit: Vec<Unfit>,
    /// `[vm.*]`.
    pub vms: BTreeMap<VmName, VmEntry>,
}

/// One `[source.*]`.
#[derive(Clone, Debug)]
pub struct SourceEntry {
    /// Its name.
    pub name: Spanned<SourceName>,
    /// `version`: what the tree's Makefile must say; absent means any.
    pub version: Option<Spanned<VersionReq>>,
    /// Where the tree comes from: the first of `origins`, where there are several.
    pub origin: Spanned<Origin>,
    /// The other `origins`, which are asked in order where those before have no answer.
    pub others: Vec<Spanned<Origin>>,
    /// `keys`: globs of OpenPGP certificates, relative to the manifest; where there are any, a signature must be good.
    pub keys: Vec<Spanned<String>>,
}

impl SourceEntry {
    /// Every origin, in the order in which they are asked.
    pub fn origins(&self) -> impl Iterator<Item = &Origin> {
        std::iter::once(&self.origin).chain(&self.others).map(|origin| &origin.value)
    }
}

/// One `[kernel.*]`.
#[derive(Clone, Debug)]
pub struct KernelEntry {
    /// Its name.
    pub name: Spanned<KernelName>,
    /// `source`.
    pub source: Spanned<SourceName>,
    /// `arch`; default: the architecture of the host.
    pub arch: Spanned<Arch>,
    /// `base`; default `defconfig`.
    pub base: Spanned<Base>,
    /// `unlisted`, or what the base implies.
    pub unlisted: Unlisted,
    /// It and what it inherits, and who of them wrote what.
    pub lineage: Lineage,
    /// Of a point of the matrix, the kernel that it varies.
    pub varies: Option<KernelName>,
    /// The kernels that it inherits from, the nearest first; what they say is in the other fields.
    pub ancestors: Vec<KernelName>,
    /// `profiles`, in order.
    pub profiles: Vec<ProfileRef>,
    /// `fragments`, in order.
    pub fragments: Vec<FragmentRef>,
    /// `local-version`: the request CONFIG_LOCALVERSION.
    pub local_version: Option<Spanned<String>>,
    /// `mod-dir-version`.
    pub mod_dir_version: Option<Spanned<ModDirVersion>>,
    /// `images`, in order, without repetition; default: what the architecture boots.
    pub images: Vec<Spanned<Image>>,
    /// `contracts`: the VMMs that must take one of its images; default: those whose profiles it has.
    pub contracts: Vec<Spanned<Vmm>>,
    /// `strict`: whether each line of the base must survive.
    pub strictness: Strictness,
    /// `modules`.
    pub modules: Spanned<Modules>,
    /// `mod2yes`: a request for `m` asks for `y`.
    pub mod2yes: bool,
    /// `auto-modules` and `prefer-builtin`.
    pub auto_modules: Option<BuiltIn>,
    /// `[kernel.*.config]`, in the order written.
    pub config: Vec<ConfigEntry>,
    /// `toolchain`: whose programs build it, where that is said.
    pub compilers: Option<Spanned<ToolchainName>>,
    /// `toolchain`: the versions of programs that it may be built with.
    pub toolchain: ToolchainPins,
    /// `features`: what it promises to have.
    pub features: Vec<Requirement>,
    /// `[[kernel.*.patch]]`, in order.
    pub patches: Vec<PatchEntry>,
    /// `[[kernel.*.may-miss]]`, in order.
    pub may_miss: Vec<MayMiss>,
    /// `deny-conflicts`, or what `on-conflict` implies.
    pub deny_conflicts: DenyConflicts,
}

impl KernelEntry {
    /// The kernel whose table a person would write into: itself, or the one that it varies.
    pub fn table(&self) -> &KernelName {
        self.varies.as_ref().unwrap_or(&self.name.value)
    }
}

/// One point of `[matrix]`: a kernel that inherits another.
#[derive(Clone, Debug)]
pub struct Point {
    /// It, under a name of its own.
    pub kernel: KernelEntry,
    /// The kernel that it is a variation of.
    pub of: KernelName,
    /// The variant that is laid on it.
    pub variant: Option<String>,
}

/// A combination of `[matrix]` that is no point, because a profile of it has nothing for its architecture.
#[derive(Clone, Debug)]
pub struct Unfit {
    /// The name that it would have.
    pub name: KernelName,
    /// The kernel that it would be a variation of.
    pub of: KernelName,
    /// Its source.
    pub source: SourceName,
    /// The variant that would be laid on it.
    pub variant: Option<String>,
    /// The profile, the architecture, and which others it has something for.
    pub error: ArchError,
}

impl KernelSpec {
    /// The points of the matrix; where there is none, every kernel as it is.
    pub fn points(&self) -> Vec<Point> {
        if !self.matrix.is_empty() {
            return self.matrix.clone();
        }
        let alone = |kernel: &KernelEntry| {
            let of = kernel.name.value.clone();
            Point { kernel: kernel.clone(), of, variant: None }
        };
        self.kernels.values().map(alone).collect()
    }
}

/// Which pairs of requests for one symbol are errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenyConflicts(pub Vec<ConflictKind>);

impl Default for DenyConflicts {
    fn default() -> Self {
        Self(vec![ConflictKind::Contradictory, ConflictKind::Redefined])
    }
}

/// What the fragments are laid on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// `allnoconfig`.
    Allnoconfig,
    /// `alldefconfig`: the tree's defaults.
    Alldefconfig,
    /// `tinyconfig`.
    Tinyconfig,
    /// `defconfig`: the architecture's own.
    Defconfig,
    /// `<name>_defconfig` from `arch/*/configs`.
    NamedDefconfig(String),
    /// A path of a complete `.config`, relative to the manifest.
    File(String),
}

/// What becomes of the lines of a `base` that is a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// They are values to start from; nobody misses them.
    Lenient,
    /// Each is a request.
    Strict,
}

/// What a kernel says of loadable modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modules {
    /// Nothing: no symbol may come to be `m`.
    Unsaid,
    /// It has none: `CONFIG_MODULES=n`.
    Off,
    /// It can load some: `CONFIG_MODULES=y`, and symbols may be `m`.
    On,
}

/// What a symbol takes that nobody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlisted {
    /// `n`, as `merge_config.sh -n` does it: allnoconfig with KCONFIG_ALLCONFIG.
    No,
    /// Its Kconfig default, as `merge_config.sh` does it: alldefconfig with KCONFIG_ALLCONFIG.
    Default,
}

/// A build target of the kernel's Makefile that can be booted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Image {
    /// The ELF file at the top of the object tree.
    Vmlinux,
    /// `arch/x86/boot/bzImage`.
    BzImage,
    /// `arch/{arm64,riscv}/boot/Image`.
    Image,
    /// `arch/{arm64,riscv}/boot/Image.gz`.
    ImageGz,
    /// `arch/arm/boot/zImage`.
    ZImage,
}

impl Image {
    /// Every image.
    pub const ALL: [Self; 5] = [Self::Vmlinux, Self::BzImage, Self::Image, Self::ImageGz, Self::ZImage];

    /// The name of the make target and of the artifact's file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vmlinux => "vmlinux",
            Self::BzImage => "bzImage",
            Self::Image => "Image",
            Self::ImageGz => "Image.gz",
            Self::ZImage => "zImage",
        }
    }

    /// The image of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|image| image.as_str() == name)
    }

    /// The image that an architecture boots where nothing is said: what its own defconfig makes first.
    pub fn default_for(arch: Arch) -> Self {
        match arch {
            Arch::X86_64 => Self::BzImage,
            Arch::Aarch64 | Arch::Riscv64 => Self::Image,
            Arch::Arm => Self::ZImage,
        }
    }

    /// Where the object tree has it.
    pub fn objtree_path(self, arch: Arch) -> String {
        match self {
            Self::Vmlinux => "vmlinux".to_owned(),
            other => format!("arch/{}/boot/{}", arch.src_arch(), other.as_str()),
        }
    }

    /// Whether kbuild makes it for that architecture.
    pub fn exists_for(self, arch: Arch) -> bool {
        match self {
            Self::Vmlinux => true,
            Self::BzImage => arch == Arch::X86_64,
            Self::Image => arch != Arch::X86_64,
            Self::ImageGz => matches!(arch, Arch::Aarch64 | Arch::Riscv64),
            Self::ZImage => arch == Arch::Arm,
        }
    }
}
