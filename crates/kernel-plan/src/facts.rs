//! What a plan is made from, beside the spec: found out once, before planning.

use kernel_spec::Sha256;

/// What is known of a kernel and of the machine when its plan is made.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The kernel's name.
    pub kernel: String,
    /// The kernel's name of the architecture: `x86_64`, `arm64`.
    pub arch: String,
    /// The source.
    pub source: SourceFacts,
    /// The files of its patches, in order: those that are not known to be left out.
    pub patches: Vec<PatchFacts>,
    /// The base, as the manifest writes it.
    pub base: String,
    /// The digest of the base's text where it is a file.
    pub base_digest: Option<Sha256>,
    /// What a symbol takes that nobody asks for: `n` or `default`.
    pub unlisted: String,
    /// Whether a request for `m` asks for `y`.
    pub mod2yes: bool,
    /// What is said of loadable modules, in words; empty where nothing is.
    pub modules: String,
    /// Whose Kconfig resolves: `engine` or `tree`.
    pub kconfig: String,
    /// The layers, lowest first.
    pub layers: Vec<LayerFacts>,
    /// How many requests count after the merge.
    pub requests: usize,
    /// What may be missed, and until when.
    pub may_miss: Vec<String>,
    /// The kinds of conflict that are errors.
    pub deny_conflicts: Vec<String>,
    /// The pins of the toolchain, in words; empty where there are none.
    pub toolchain_pins: String,
    /// What features mean, and what the kernel must have.
    pub features: String,
    /// `mod-dir-version`, as written.
    pub promise: Option<String>,
    /// The images, in order.
    pub images: Vec<String>,
    /// cargo's build of the init that is built in.
    pub init: Option<CargoFacts>,
    /// The compiler's first line about itself.
    pub compiler: String,
    /// The identity of the toolchain.
    pub toolchain: String,
    /// How many jobs may run at a time.
    pub jobs: usize,
    /// Where the artifact goes, as it is shown to people.
    pub artifact: String,
}

/// What is known of a source.
#[derive(Clone, Debug)]
pub struct SourceFacts {
    /// What a person calls it: `linux-source-6.12 6.12.117-1`, an address, a path.
    pub label: String,
    /// How many bytes there are to fetch, where somebody announced it.
    pub size: Option<u64>,
    /// The digest of what is fetched; `None` for a `path` tree.
    pub digest: Option<Sha256>,
    /// The identity of the tree's contents, as both keys hold it.
    pub identity: String,
    /// `version`, as written.
    pub requirement: Option<String>,
    /// The kernelversion, where the tree is on disk.
    pub kernelversion: Option<String>,
    /// How far it is on its way.
    pub state: SourceState,
    /// Where the tree is, or will be, as it is shown to people.
    pub place: String,
}

/// What is known of a file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchFacts {
    /// The patch's name.
    pub name: String,
    /// The file, as it is shown to people.
    pub file: String,
    /// The file's digest.
    pub digest: Sha256,
    /// Under which conditions it is applied, where they are not known to hold; else empty.
    pub when: String,
}

/// How far a source is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// It has to be fetched.
    Absent,
    /// What is fetched is there, the tree is not.
    Fetched,
    /// The tree is there.
    Unpacked,
    /// The tree is the user's own: nothing is fetched.
    Own,
}

/// What is known of a layer.
#[derive(Clone, Debug)]
pub struct LayerFacts {
    /// Its name: `kernel/virtio.config`, `[kernel.guest.config]`.
    pub name: String,
    /// The digest of its text.
    pub digest: Sha256,
    /// How many requests it makes.
    pub requests: usize,
}

/// One `cargo build` of a VM's packages.
#[derive(Clone, Debug)]
pub struct CargoFacts {
    /// The packages, and what each is for: (`microvm`, `vmm`).
    pub packages: Vec<(String, String)>,
    /// The profile.
    pub profile: String,
    /// `--target`; `None` for cargo's own choice.
    pub target: Option<String>,
    /// Whether they are linked without shared libraries.
    pub crt_static: bool,
}
