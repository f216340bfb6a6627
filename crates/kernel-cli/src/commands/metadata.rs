//! `kernel metadata`: the resolved manifest as JSON, for programs; what Kernel.lock pins, and what was built.

mod standing;

mod device;

use kconfig::layers::Need;
use kconfig::modes::BuiltIn;
use kernel_build::record::{RECORD, Record};
use kernel_host::fs;
use kernel_spec::{
    Base, ConfigEntry, FragmentRef, Guard, KernelName, KernelSpec, Manner, MayMiss, Modules, Origin,
    PackageRef, PatchEntry, PatchOrigin, ProfileKindRef, ProfileRef, Requirement, Strictness, Unlisted,
};
use serde_json::{Map, Value, json};

use super::{Asked, Context};
use crate::args::MessageFormat;
use crate::failure::CommandError;
use crate::message::{self, Message};
use crate::setup::Consent;

/// The version of the shape; fields may be added under the same one.
const FORMAT_VERSION: u32 = 1;

/// Prints the object.
pub(crate) fn metadata(context: &Context<'_>) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::Withheld)?;
    let workspace = bench.loaded().workspace();
    let required = |kernel: &KernelName| {
        let required = bench.loaded().required(kernel).iter();
        required.map(|of| json!({ "what": requirement(of), "by": of.by })).collect()
    };
    // Of a kernel that was built, what its artifact has.
    let record = |kernel: &KernelName| {
        let record = workspace.artifact_dir(kernel).join(RECORD);
        fs::read_to_string(&record).ok().and_then(|text| Record::parse(&text))
    };
    let built = |kernel: &KernelName| record(kernel).map(|record| record.features);
    let mut object = describe(bench.spec(), &required, &built);
    let artifacts = bench.spec().kernels.keys().filter_map(|kernel| {
        let directory = workspace.artifact_dir(kernel);
        Some((kernel.to_string(), standing::artifact(&directory, &record(kernel)?)))
    });
    object.insert("artifacts".into(), Value::Object(artifacts.collect()));
    object.insert("lock".into(), bench.lockfile()?.as_ref().map_or(Value::Null, standing::lock));
    object.insert("message_format_version".into(), json!(message::VERSION));
    object.insert("workspace_root".into(), json!(workspace.root().as_path()));
    object.insert("manifest_path".into(), json!(workspace.manifest().as_path()));
    object.insert("lockfile_path".into(), json!(workspace.lockfile().as_path()));
    object.insert("target_directory".into(), json!(workspace.target_dir().as_path()));
    let metadata = Value::Object(object);
    match context.shell.format {
        MessageFormat::Human => context.shell.document(&metadata.to_string()),
        MessageFormat::Json => context.shell.message(&Message::Metadata { metadata: &metadata }),
    }
    Ok(())
}

fn describe(
    spec: &KernelSpec,
    required: &dyn Fn(&KernelName) -> Vec<Value>,
    built: &dyn Fn(&KernelName) -> Option<Vec<String>>,
) -> Map<String, Value> {
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
                "strict": kernel.strictness == Strictness::Strict,
                "modules": match kernel.modules.value {
                    Modules::Unsaid => None,
                    Modules::Off => Some(false),
                    Modules::On => Some(true),
                },
                "contracts": kernel.contracts.iter().map(|vmm| vmm.value.as_str()).collect::<Vec<_>>(),
                "mod2yes": kernel.mod2yes,
                "auto_modules": kernel.auto_modules.is_some(),
                "prefer_builtin": kernel.auto_modules == Some(BuiltIn::Kept),
                "inherits": kernel.ancestors.iter().map(KernelName::as_str).collect::<Vec<_>>(),
                "profiles": kernel.profiles.iter().map(profile).collect::<Vec<_>>(),
                "profile_details": kernel.profiles.iter().map(profile_detail).collect::<Vec<_>>(),
                "fragment_details": kernel.fragments.iter().map(fragment).collect::<Vec<_>>(),
                "requests": kernel.config.iter().map(request).collect::<Vec<_>>(),
                "may_miss": kernel.may_miss.iter().map(may_miss).collect::<Vec<_>>(),
                "deny_conflicts": kernel.deny_conflicts.0.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
                "config": config,
                "patches": kernel.patches.iter().map(patch).collect::<Vec<_>>(),
                "features": kernel.features.iter().map(requirement).collect::<Vec<_>>(),
                "required": required(&kernel.name.value),
                "built_features": built(&kernel.name.value),
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
                "runner_path": vm.runner_path.as_ref().map(|path| &path.value),
                "runner_command": vm.runner_command.iter().map(|word| &word.value).collect::<Vec<_>>(),
                "contract": vm.contract.as_ref().map(|vmm| vmm.value.as_str()),
                "cmdline": vm.cmdline.value,
                "memory_bytes": vm.memory.value.0,
                "timeout_seconds": vm.timeout_seconds.value,
                "silence_seconds": vm.silence_seconds.value,
                "devices": device::devices(&vm.devices),
                "marker": vm.marker.as_ref().map(|marker| &marker.value),
                "requires": vm.requires.iter().map(requirement).collect::<Vec<_>>(),
                "nested_host": vm.nested_host.as_ref().map(|host| host.value.as_str()),
            });
            (vm.name.value.to_string(), object)
        })
        .collect();
    let mut object = Map::new();
    object.insert("format_version".into(), json!(FORMAT_VERSION));
    let features: Map<String, Value> = spec
        .features
        .iter()
        .map(|(name, feature)| (name.to_owned(), json!(feature.condition.as_str())))
        .collect();
    object.insert("features".into(), Value::Object(features));
    object.insert("sources".into(), Value::Object(sources));
    object.insert("kernels".into(), Value::Object(kernels));
    object.insert("vms".into(), Value::Object(vms));
    object
}

fn requirement(of: &Requirement) -> String {
    of.want.to_string()
}

fn profile_detail(of: &ProfileRef) -> Value {
    json!({ "name": profile(of), "when": of.when.as_ref().map(when) })
}

fn profile(profile: &ProfileRef) -> &str {
    match &profile.what {
        ProfileKindRef::BuiltIn(profile) => profile.name,
        ProfileKindRef::File(path) => &path.value,
    }
}

fn manner(manner: &Manner) -> Map<String, Value> {
    let fields = [
        ("priority", json!(manner.priority.as_str())),
        ("optional", json!(manner.need == Need::Optional)),
        ("reason", json!(manner.reason)),
        ("when", manner.when.as_ref().map_or(Value::Null, when)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn when(when: &Guard) -> Value {
    json!({
        "version": when.version.as_ref().map(ToString::to_string),
        "arch": when.arches.iter().map(|arch| arch.rust_name()).collect::<Vec<_>>(),
        "toolchain": when.toolchain.map(kernel_spec::ToolchainFamily::as_str),
    })
}

fn fragment(fragment: &FragmentRef) -> Value {
    let mut object = manner(&fragment.manner);
    object.insert("path".into(), json!(fragment.glob.value));
    Value::Object(object)
}

fn request(entry: &ConfigEntry) -> Value {
    let mut object = manner(&entry.manner);
    let place = entry.location.as_ref().map(kernel_spec::Location::origin);
    object.insert("symbol".into(), json!(entry.symbol.config_name()));
    object.insert("asked".into(), json!(entry.ask.to_string()));
    object.insert("line".into(), json!(place.map(|place| place.line)));
    Value::Object(object)
}

fn may_miss(entry: &MayMiss) -> Value {
    json!({
        "symbol": entry.symbol.value.config_name(),
        "reason": entry.reason,
        "until": entry.until.as_ref().map(ToString::to_string),
        "when": entry.when.as_ref().map(when),
    })
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
