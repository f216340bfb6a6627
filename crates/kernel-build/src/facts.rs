//! `facts.json`: what a crate's build script is told of a kernel, whether it was built or only checked.
//!
//! ```text
//! <target>/kernel/.work/<name>/facts.json
//! {
//!   "schema": 1,
//!   "name": "guest", "arch": "x86_64", "kernelversion": "6.12.117", "kernelrelease": "6.12.117-guest",
//!   "config": "/w/target/kernel/guest/.config", "artifact": "/w/target/kernel/guest", "images": [ "vmlinux" ],
//!   "inputs": [ "/w/Kernel.toml", "/w/Kernel.lock", "/w/kernel", … ],
//!   "features": [ "tsi" ], "known-features": [ "tsi", "vsock" ],
//!   "vms": [ { "name", "kernel", "image", "cmdline", "memory-bytes" } ]
//! }
//! ```
//!
//! `kernel.json` says what an artifact is, and workspaces share it; this says what the workspace says, so that it has
//! absolute paths and what VMs do with the kernel. It is written under the kernel's lock, and only where it changes.
//!
//! Invariant: `inputs` never has a source tree, nor a folder above one: cargo would look at the time of every file in it.

use std::collections::BTreeSet;
use std::path::Path;

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};
use kernel_spec::{Base, KernelEntry, Origin, PatchOrigin, ProfileKindRef};
use serde::Serialize;

use crate::load::{Loaded, OVERRIDE};
use crate::patch::PatchPart;

/// The file's name in a kernel's work folder.
pub(crate) const FACTS: &str = "facts.json";

/// The version of the file's shape.
const SCHEMA: u32 = 1;

/// What is known of a kernel once it is configured.
pub(crate) struct Known<'a> {
    pub(crate) kernelversion: &'a str,
    pub(crate) kernelrelease: &'a str,
    pub(crate) features: &'a [String],
    pub(crate) config: AbsPath,
    /// What the init that is built in was made from.
    pub(crate) sources: &'a [AbsPath],
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Facts<'a> {
    schema: u32,
    name: &'a str,
    arch: &'a str,
    kernelversion: &'a str,
    kernelrelease: &'a str,
    config: &'a Path,
    artifact: &'a Path,
    images: Vec<&'a str>,
    inputs: Vec<&'a Path>,
    features: &'a [String],
    known_features: BTreeSet<&'a str>,
    vms: Vec<VmFacts<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct VmFacts<'a> {
    name: &'a str,
    kernel: &'a str,
    image: &'a str,
    cmdline: &'a str,
    memory_bytes: u64,
}

/// Writes the file of a kernel into its work folder.
pub(crate) fn leave(
    loaded: &Loaded,
    kernel: &KernelEntry,
    known: Known<'_>,
    work: &AbsPath,
) -> Result<(), FsError> {
    let spec = loaded.spec();
    let patches = spec.kernels.values().flat_map(|kernel| &kernel.patches);
    let brought = patches.flat_map(|patch| &patch.features).map(|feature| feature.value.as_str());
    let (artifact, mut inputs) =
        (loaded.workspace().artifact_dir(&kernel.name.value), inputs(loaded, kernel)?);
    let target = loaded.workspace().target_dir().as_path();
    inputs.extend(known.sources.iter().filter(|file| !file.as_path().starts_with(target)).cloned());
    let facts = Facts {
        schema: SCHEMA,
        name: kernel.name.value.as_str(),
        arch: kernel.arch.value.rust_name(),
        kernelversion: known.kernelversion,
        kernelrelease: known.kernelrelease,
        config: known.config.as_path(),
        artifact: artifact.as_path(),
        images: kernel.images.iter().map(|image| image.value.as_str()).collect(),
        inputs: inputs.iter().map(AbsPath::as_path).collect(),
        features: known.features,
        known_features: brought.chain(spec.features.iter().map(|(name, _)| name)).collect(),
        vms: spec
            .vms
            .values()
            .map(|vm| VmFacts {
                name: vm.name.value.as_str(),
                kernel: vm.kernel.value.as_str(),
                image: vm.image.value.as_str(),
                cmdline: &vm.cmdline.value,
                memory_bytes: vm.memory.value.0,
            })
            .collect(),
    };
    // A path that is not Unicode has no form in JSON; nothing else here can fail.
    let text = serde_json::to_string_pretty(&facts).unwrap_or_default() + "\n";
    let path = work.join(FACTS);
    if fs::is_file(&path) && fs::read(&path)? == text.as_bytes() {
        return Ok(());
    }
    fs::write_atomic(&path, text.as_bytes())
}

/// The files that a kernel is made from, and the folders in which a glob may match one more.
pub(crate) fn inputs(loaded: &Loaded, kernel: &KernelEntry) -> Result<BTreeSet<AbsPath>, FsError> {
    let workspace = loaded.workspace();
    let root = workspace.root();
    let mut found: BTreeSet<AbsPath> =
        [workspace.manifest(), workspace.lockfile(), root.join(OVERRIDE)].into();
    let own = kernel.fragments.iter().filter(|fragment| fragment.in_tree().is_none());
    let mut globs: Vec<&str> = own.map(|fragment| fragment.glob.value.as_str()).collect();
    globs.extend(kernel.profiles.iter().filter_map(|profile| match &profile.what {
        ProfileKindRef::File(glob) => Some(glob.value.as_str()),
        ProfileKindRef::BuiltIn(_) => None,
    }));
    globs.extend(kernel.patches.iter().filter_map(|patch| match &patch.origin {
        Some(PatchOrigin::Path(path)) => Some(path.value.as_str()),
        Some(PatchOrigin::Url { .. }) | None => None,
    }));
    if let Base::File(path) = &kernel.base.value {
        found.insert(root.join(path));
    }
    for glob in globs {
        // The globs were expanded before: a broken one is an error there.
        found.extend(fs::glob(root, glob).unwrap_or_default());
        let fixed = glob.split('/').take_while(|part| !part.contains(['*', '?', '[']));
        let fixed: Vec<&str> = fixed.collect();
        if fixed.len() < glob.split('/').count() && !fixed.is_empty() {
            found.insert(root.join(fixed.join("/")));
        }
    }
    let parts = loaded.patches(&kernel.name.value).iter();
    found.extend(parts.filter_map(PatchPart::file_here));
    let mut trees: Vec<AbsPath> = loaded
        .spec()
        .sources
        .values()
        .filter_map(|source| match &source.origin.value {
            Origin::Path { path } => Some(root.join(path)),
            _ => None,
        })
        .collect();
    trees.push(workspace.target_dir().clone());
    found.retain(|path| {
        let apart = |tree: &AbsPath| !path.as_path().starts_with(tree.as_path()) && !is_above(path, tree);
        (fs::is_file(path) || fs::is_dir(path)) && trees.iter().all(apart)
    });
    Ok(found)
}

fn is_above(path: &AbsPath, tree: &AbsPath) -> bool {
    tree.as_path().starts_with(path.as_path())
}
