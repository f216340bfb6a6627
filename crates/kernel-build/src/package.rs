//! What the packages of VMs need of a kernel: `[package.metadata.kernel] requires` of their `Cargo.toml`.
//!
//! ```text
//! [vm.*] vmm, init, firmware ─ cargo metadata ─▶ the package's Cargo.toml ─▶ Requirements
//! ```
//!
//! Where a package's manifest is, cargo says; the answer is kept beside the kernels' work, and holds for as long as the
//! workspace's `Cargo.toml` is the same and the file there is that package's. What it says is read every time.
//!
//! Deliberately absent: packages that are no members of the workspace; cargo does not build them for a VM either.

use std::collections::BTreeMap;

use cargo_metadata::Metadata;
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::digest::{hex, sha256};
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::Command;
use kernel_spec::{
    Diagnostic, KernelName, KernelSpec, PackageRef, Requirement, VmEntry, package_requirements,
};
use serde::{Deserialize, Serialize};

use crate::alongside::environment;
use crate::load::{LoadError, read};
use crate::workspace::Workspace;

/// Where packages' manifests are.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Memo {
    /// The digest of the workspace's `Cargo.toml`.
    root: String,
    manifests: BTreeMap<String, String>,
}

/// What each kernel must have: for its VMs, and for the packages of these.
pub(crate) fn requirements(
    workspace: &Workspace,
    (env, cancel): (&Env, &Cancel),
    spec: &KernelSpec,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<KernelName, Vec<Requirement>>, LoadError> {
    let mut all: BTreeMap<KernelName, Vec<Requirement>> = BTreeMap::new();
    let packages = of_packages(workspace, (env, cancel), spec, diagnostics)?;
    // A kernel that a VM is tried with has to have the same.
    let tried = |vm: &VmEntry| {
        vm.trials().into_iter().filter(|trial| trial.runner.value == vm.runner.value).collect::<Vec<_>>()
    };
    for vm in spec.vms.values().flat_map(tried) {
        let of_kernel = all.entry(vm.kernel.value.clone()).or_default();
        let new = vm.requires.iter().filter(|requirement| !of_kernel.contains(requirement));
        let new: Vec<Requirement> = new.cloned().collect();
        of_kernel.extend(new);
        let kernel = spec.kernels.get(&vm.kernel.value);
        let patches = kernel.into_iter().flat_map(|kernel| &kernel.patches);
        let brought: Vec<&str> =
            patches.flat_map(|patch| &patch.features).map(|name| name.value.as_str()).collect();
        for package in parts(&vm) {
            for requirement in packages.get(&package.package.value).into_iter().flatten() {
                // A package that two VMs of a kernel have needs it once.
                if !of_kernel.contains(requirement) {
                    diagnostics.extend(requirement.unknown(&spec.features, &brought));
                    of_kernel.push(requirement.clone());
                }
            }
        }
    }
    Ok(all)
}

fn parts(vm: &VmEntry) -> impl Iterator<Item = &PackageRef> {
    [&vm.vmm, &vm.init, &vm.firmware].into_iter().flatten()
}

/// What each package needs, by its name.
fn of_packages(
    workspace: &Workspace,
    (env, cancel): (&Env, &Cancel),
    spec: &KernelSpec,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<String, Vec<Requirement>>, LoadError> {
    let mut found = BTreeMap::new();
    let mut names: Vec<&str> =
        spec.vms.values().flat_map(parts).map(|package| package.package.value.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let Some(root) = workspace.cargo_root().filter(|_| !names.is_empty()) else { return Ok(found) };
    let work = workspace.output_dir().join(".work");
    let kept = work.join("packages.json");
    let digest = hex(&sha256(&fs::read(&root.join("Cargo.toml"))?));
    let memo = fs::read_to_string(&kept).ok().and_then(|text| serde_json::from_str::<Memo>(&text).ok());
    let mut memo = memo.filter(|memo| memo.root == digest);
    let mut asked = false;
    for name in names {
        loop {
            let known = memo.as_ref().and_then(|memo| memo.manifests.get(name));
            let path = known.and_then(|path| AbsPath::new(path).ok()).filter(fs::is_file);
            let text = path.map(|path| read(workspace, &path)).transpose()?;
            match text.map(|text| package_requirements(text, name, &format!("package `{name}`"))) {
                Some(Ok(Some(requirements))) => {
                    found.insert(name.to_owned(), requirements);
                    break;
                }
                Some(Err(errors)) => {
                    diagnostics.extend(errors);
                    break;
                }
                // cargo has just said where everything is.
                Some(Ok(None)) | None if asked => break,
                Some(Ok(None)) | None => {
                    let manifests = ask(root, env, cancel)?;
                    memo = Some(Memo { root: digest.clone(), manifests });
                    asked = true;
                }
            }
        }
    }
    // Nothing is made for this alone: a plan leaves a workspace as it was.
    if let (true, Some(memo), true) = (asked, &memo, fs::is_dir(&work)) {
        let text = serde_json::to_string(memo).unwrap_or_default();
        fs::write_atomic(&kept, text.as_bytes())?;
    }
    Ok(found)
}

/// Where the manifests of the workspace's packages are, as cargo says.
fn ask(root: &AbsPath, env: &Env, cancel: &Cancel) -> Result<BTreeMap<String, String>, LoadError> {
    let mut command = Command::new(environment::cargo(env));
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root);
    environment::clean(&mut command, env);
    let said = command.checked_output(cancel).map_err(LoadError::Cargo)?.stdout;
    let metadata = serde_json::from_str::<Metadata>(&said)
        .map_err(|error| LoadError::Metadata { command: command.display(), reason: error.to_string() })?;
    let manifest =
        |package: cargo_metadata::Package| (package.name.to_string(), package.manifest_path.into());
    Ok(metadata.packages.into_iter().map(manifest).collect())
}
