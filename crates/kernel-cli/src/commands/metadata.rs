//! `kernel metadata`: the resolved manifest as JSON, for programs.

use kernel_spec::{Base, KernelSpec, Origin, PackageRef, PatchEntry, PatchOrigin, Unlisted};
use serde_json::{Map, Value, json};

use super::{Asked, Context};
use crate::failure::CommandError;
use crate::setup::Consent;

/// The version of the shape; fields may be added under the same one.
const FORMAT_VERSION: u32 = 1;

/// Prints the object.
pub(crate) fn metadata(context: &Context<'_>) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::Withheld)?;
    let workspace = bench.loaded().workspace();
    let mut object = describe(bench.spec());
    object.insert("workspace_root".into(), json!(workspace.root().as_path()));
    object.insert("manifest_path".into(), json!(workspace.manifest().as_path()));
    object.insert("lockfile_path".into(), json!(workspace.lockfile().as_path()));
    object.insert("target_directory".into(), json!(workspace.target_dir().as_path()));
    context.shell.document(&Value::Object(object).to_string());
    Ok(())
}

fn describe(spec: &KernelSpec) -> Map<String, Value> {
    let sources: Map<String, Value> = spec
        .sources
        .values()
        .map(|source| {
            let version = source.version.as_ref().map(|req| req.value.to_string());
            let others: Vec<Value> = source.others.iter().map(|other| origin(&other.value)).collect();
            let keys: Vec<&String> = source.keys.iter().map(|glob| &glob.value).collect();
            let object = json!({
                "version": version,
                "origin": origin(&source.origin.value),
                "other_origins": others,
                "keys": keys,
            });
            (source.name.value.to_string(), object)
        })
        .collect();
    let kernels: Map<String, Value> = spec
        .kernels
        .values()
        .map(|kernel| {
            let base = match &kernel.base.value {
                Base::Allnoconfig => "allnoconfig".to_owned(),
                Base::Alldefconfig => "alldefconfig".to_owned(),
                Base::Tinyconfig => "tinyconfig".to_owned(),
                Base::Defconfig => "defconfig".to_owned(),
                Base::NamedDefconfig(name) => name.clone(),
                Base::File(path) => path.clone(),
            };
            let unlisted = match kernel.unlisted {
                Unlisted::No => "n",
                Unlisted::Default => "default",
            };
            let config: Map<String, Value> = kernel
                .config
                .iter()
                .map(|entry| (entry.symbol.config_name(), json!(entry.ask.to_string())))
                .collect();
            let object = json!({
                "source": kernel.source.value.as_str(),
                "arch": kernel.arch.value.rust_name(),
                "base": base,
                "unlisted": unlisted,
                "fragments": kernel.fragments.iter().map(|fragment| &fragment.glob.value).collect::<Vec<_>>(),
                "local_version": kernel.local_version.as_ref().map(|text| &text.value),
                "mod_dir_version": kernel.mod_dir_version.as_ref().map(|promise| &promise.value.0),
                "images": kernel.images.iter().map(|image| image.value.as_str()).collect::<Vec<_>>(),
                "mod2yes": kernel.mod2yes,
                "config": config,
                "patches": kernel.patches.iter().map(patch).collect::<Vec<_>>(),
            });
            (kernel.name.value.to_string(), object)
        })
        .collect();
    let vms: Map<String, Value> = spec
        .vms
        .values()
        .map(|vm| {
            let object = json!({
                "kernel": vm.kernel.value.as_str(),
                "image": vm.image.value.as_str(),
                "vmm": vm.vmm.as_ref().map(package),
                "firmware": vm.firmware.as_ref().map(package),
                "init": vm.init.as_ref().map(package),
                "runner": vm.runner.value.as_str(),
                "cmdline": vm.cmdline.value,
                "memory_bytes": vm.memory.value.0,
                "timeout_seconds": vm.timeout_seconds.value,
                "nested_host": vm.nested_host.as_ref().map(|host| host.value.as_str()),
            });
            (vm.name.value.to_string(), object)
        })
        .collect();
    let mut object = Map::new();
    object.insert("format_version".into(), json!(FORMAT_VERSION));
    object.insert("sources".into(), Value::Object(sources));
    object.insert("kernels".into(), Value::Object(kernels));
    object.insert("vms".into(), Value::Object(vms));
    object
}

fn origin(origin: &Origin) -> Value {
    match origin {
        Origin::Deb { package } => json!({ "deb": package }),
        Origin::KernelOrg { bases } => json!({ "kernel_org": bases }),
        Origin::Url { url, sha256, tar_sha256, mirrors } => json!({
            "url": url,
            "sha256": sha256.map(|digest| digest.to_string()),
            "tar_sha256": tar_sha256.map(|digest| digest.to_string()),
            "mirrors": mirrors,
        }),
        Origin::Git { git, reference } => {
            let mut object = json!({ "git": git });
            if let Some((key, value)) = reference.key() {
                object[key] = json!(value);
            }
            object
        }
        Origin::Path { path } => json!({ "path": path }),
    }
}

fn patch(patch: &PatchEntry) -> Value {
    let mut object = json!({
        "name": patch.name.value,
        "features": patch.features.iter().map(|name| &name.value).collect::<Vec<_>>(),
        "when": patch.when.as_ref().map(ToString::to_string),
    });
    match &patch.origin {
        Some(PatchOrigin::Path(path)) => object["path"] = json!(path.value),
        Some(PatchOrigin::Url { url, sha256 }) => {
            object["url"] = json!(url.value);
            object["sha256"] = json!(sha256.to_string());
        }
        None => {}
    }
    object
}

fn package(package: &PackageRef) -> Value {
    json!({
        "package": package.package.value,
        "bin": package.bin.as_ref().map(|bin| &bin.value),
        "args": package.args.iter().map(|arg| &arg.value).collect::<Vec<_>>(),
        "static": package.is_static,
    })
}
