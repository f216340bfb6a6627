//! What `metadata` says of Kernel.lock and of artifacts: how things stand, beside what the manifest asks for.

use kernel_build::record::{FileKind, Record};
use kernel_host::AbsPath;
use kernel_spec::lockfile::KernelLock;
use kernel_spec::{Lockfile, SourcePin};
use serde_json::{Map, Value, json};

/// The pins of sources, and what kernels resolved to.
pub(super) fn lock(of: &Lockfile) -> Value {
    let sources: Map<String, Value> =
        of.sources.iter().map(|(name, of)| (name.to_string(), pin(of))).collect();
    let kernels: Map<String, Value> =
        of.kernels.iter().map(|(name, of)| (name.to_string(), kernel(of))).collect();
    json!({ "sources": sources, "kernels": kernels })
}

fn pin(of: &SourcePin) -> Value {
    let mut object = match of {
        SourcePin::Deb { package, version, kernelversion, .. } => json!({
            "deb": package, "version": version, "kernelversion": kernelversion.as_ref().map(ToString::to_string),
        }),
        SourcePin::KernelOrg { release, file, verified, .. } => json!({
            "kernel_org": file, "kernelversion": release.to_string(), "verified": verified,
        }),
        SourcePin::Url { url, verified, .. } => json!({ "url": url, "verified": verified }),
        SourcePin::Git { git, commit, tree, kernelversion, .. } => json!({
            "git": git, "commit": commit, "tree": tree,
            "kernelversion": kernelversion.as_ref().map(ToString::to_string),
        }),
    };
    object["sha256"] = json!(of.sha256().map(|digest| digest.to_string()));
    object["tar_sha256"] = json!(of.tar_sha256().map(|digest| digest.to_string()));
    object
}

fn kernel(of: &KernelLock) -> Value {
    let patches = of
        .patches
        .iter()
        .map(|patch| json!({ "name": patch.name, "file": patch.file, "sha256": patch.sha256.to_string() }));
    let resolved = of.resolved.as_ref().map(|resolved| {
        json!({
            "kernelrelease": resolved.kernelrelease,
            "config_sha256": resolved.config.to_string(),
            "toolchain": resolved.toolchain,
        })
    });
    json!({ "patches": patches.collect::<Vec<_>>(), "resolved": resolved })
}

/// A kernel that was built; whether it is fresh is for `plan` to say.
pub(super) fn artifact(directory: &AbsPath, of: &Record) -> Value {
    let file = |file: &kernel_build::record::FileRecord| {
        let kind = match file.kind {
            FileKind::Image => "image",
            FileKind::SystemMap => "system-map",
            FileKind::Config => "config",
        };
        let path = directory.join(&file.name);
        json!({
            "name": file.name, "kind": kind, "path": path.as_path(), "size": file.size, "sha256": file.sha256,
        })
    };
    json!({
        "directory": directory.as_path(),
        "kernelversion": of.kernelversion,
        "kernelrelease": of.kernelrelease,
        "fingerprint": of.fingerprint.sha256,
        "files": of.files.iter().map(file).collect::<Vec<_>>(),
    })
}
