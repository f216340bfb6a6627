//! The steps of a plan.

use std::fmt;

use kernel_spec::{BUILT_IN_INITRAMFS, Sha256};

/// What is done, in the order of the variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A source is downloaded.
    Fetch {
        /// What a person calls it.
        what: String,
        /// How many bytes it has, where somebody announced it.
        size: Option<u64>,
    },
    /// What was downloaded is compared with its digest.
    Verify {
        /// The digest.
        digest: Sha256,
    },
    /// The tree is unpacked.
    Unpack {
        /// Where to.
        place: String,
    },
    /// A tree of the user's is used where it is.
    Use {
        /// Where it is.
        place: String,
    },
    /// The tree's Makefile is compared with the requirement.
    CheckVersion {
        /// What the tree says, where it is on disk.
        found: Option<String>,
        /// What the manifest asks for.
        requirement: Option<String>,
    },
    /// Patches are applied to a copy of the tree.
    Patch {
        /// Each with its file, in order.
        patches: Vec<String>,
    },
    /// The layers are resolved to a `.config`.
    Configure {
        /// The base.
        base: String,
        /// `n` or `default`.
        unlisted: String,
        /// The layers' names and how many requests each makes.
        layers: Vec<(String, usize)>,
    },
    /// Every request is compared with the resolved `.config`.
    CheckRequests {
        /// How many.
        count: usize,
    },
    /// The kernelrelease is computed and compared with the promise.
    CheckRelease {
        /// `mod-dir-version`, as written.
        promise: Option<String>,
        /// The kernelrelease that it stands for, where the kernelversion is known.
        expected: Option<String>,
    },
    /// The program of a package becomes the initramfs that the kernel is linked with.
    Embed {
        /// The package.
        package: String,
    },
    /// make.
    Compile {
        /// What is made.
        images: Vec<String>,
        /// `ARCH=`.
        arch: String,
        /// The compiler's first line about itself.
        compiler: String,
        /// How many jobs run at a time.
        jobs: usize,
    },
    /// What was made is compared with what was planned.
    VerifyImages {
        /// What is looked at.
        images: Vec<String>,
    },
    /// The artifact takes its place.
    Store {
        /// Where.
        place: String,
        /// Its files.
        files: Vec<String>,
    },
    /// cargo builds packages of a VM, beside the kernels.
    Cargo {
        /// The packages, and what each is for.
        packages: Vec<(String, String)>,
        /// The profile.
        profile: String,
        /// `--target`.
        target: Option<String>,
        /// Whether they are linked without shared libraries.
        crt_static: bool,
    },
}

/// Whether a step has to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has to be.
    ToDo,
    /// Its result is there.
    Done,
    /// An earlier step decides.
    Unknown,
}

impl Step {
    /// Its name in a printed plan.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fetch { .. } => "fetch",
            Self::Verify { .. } => "verify",
            Self::Unpack { .. } => "unpack",
            Self::Use { .. } => "use",
            Self::CheckVersion { .. } => "check version",
            Self::Patch { .. } => "patch",
            Self::Configure { .. } => "configure",
            Self::CheckRequests { .. } => "check requests",
            Self::CheckRelease { .. } => "check release",
            Self::Embed { .. } => "embed",
            Self::Compile { .. } => "compile",
            Self::VerifyImages { .. } => "verify images",
            Self::Store { .. } => "store",
            Self::Cargo { .. } => "cargo build",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch { what, size: Some(size) } => write!(f, "{what}, {}", mebibytes(*size)),
            Self::Fetch { what, size: None } => f.write_str(what),
            Self::Verify { digest } => write!(f, "sha256 {digest}"),
            Self::Unpack { place } | Self::Use { place } => f.write_str(place),
            Self::CheckVersion { found, requirement } => {
                f.write_str(found.as_deref().unwrap_or("not yet known"))?;
                match requirement {
                    Some(requirement) => write!(f, ", to satisfy `{requirement}`"),
                    None => f.write_str(", any will do"),
                }
            }
            Self::Patch { patches } => f.write_str(&patches.join("\n")),
            Self::Configure { base, unlisted, layers } => {
                write!(f, "{base}, unlisted symbols {unlisted}")?;
                layers.iter().try_for_each(|(name, count)| write!(f, "\n{name}: {count}"))
            }
            Self::CheckRequests { count } => write!(f, "all {count} must land"),
            Self::CheckRelease { promise: None, .. } => f.write_str("nothing is promised"),
            Self::CheckRelease { promise: Some(promise), expected } => match expected {
                Some(expected) if expected == promise => write!(f, "must be {expected}"),
                Some(expected) => write!(f, "must be {expected}, from `{promise}`"),
                None => write!(f, "must be `{promise}`; the version is not yet known"),
            },
            Self::Embed { package } => write!(f, "{package}, as /init of {BUILT_IN_INITRAMFS}"),
            Self::Compile { images, arch, compiler, jobs } => {
                write!(f, "{} for {arch}, {jobs} at a time\n{compiler}", images.join(" "))
            }
            Self::VerifyImages { images } => write!(f, "release and config in {}", images.join(" ")),
            Self::Store { place, files } => write!(f, "{place}: {}", files.join(" ")),
            Self::Cargo { packages, profile, target, crt_static } => {
                let names: Vec<String> =
                    packages.iter().map(|(name, role)| format!("{name} ({role})")).collect();
                write!(f, "{}, profile {profile}", names.join(" "))?;
                if let Some(target) = target {
                    write!(f, ", {target}")?;
                }
                if *crt_static { f.write_str(", static") } else { Ok(()) }
            }
        }
    }
}

/// `147.3 MiB`.
fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10).div_ceil(1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
