//! `[vm.NAME]`.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::{budget, built_in, device, entry_name, feature, or_default, reference, trial};
use crate::diagnostic::nearest;
use crate::placeholder::{self, Placeholder};
use crate::reader::{Fields, Reader};
use crate::schema::{FIRMWARE, INIT, RUNNER, TableSchema, VM, VMM, alternatives, listing};
use crate::trial::needed_package;
use crate::{
    ByteSize, Diagnostic, Features, Image, KernelEntry, KernelName, Location, PackageRef, Runner, Spanned,
    VmEntry, VmName, Vmm,
};

const DEFAULT_MEMORY: ByteSize = ByteSize(128 << 20);
const DEFAULT_TIMEOUT_SECONDS: u64 = 60;
const DEFAULT_SILENCE_SECONDS: u64 = 30;

pub(super) fn parse(
    reader: &mut Reader,
    kernel_names: &[&str],
    (kernels, features): (&BTreeMap<KernelName, KernelEntry>, &Features),
    name: &str,
    location: Location,
    table: &DeTable<'_>,
) -> Option<VmEntry> {
    let path = format!("vm.{name}");
    let fields = reader.table(&VM, &path, location.clone(), table);
    let name = entry_name(reader, VmName::new, name, &location);
    let kernel = reference(reader, &fields, ("kernel", "kernel"), KernelName::new, kernel_names);
    let built = kernel.as_ref().and_then(|kernel| kernels.get(&kernel.value));
    let image = built.and_then(|kernel| image(reader, &fields, kernel));
    let vmm = package(reader, &fields, &path, "vmm", &VMM);
    let firmware = package(reader, &fields, &path, "firmware", &FIRMWARE);
    let init = package(reader, &fields, &path, "init", &INIT);
    let Chosen { runner, path: runner_path, command: runner_command } = runner(reader, &fields, &path);
    let arguments = vmm.iter().flat_map(|vmm| &vmm.args);
    check_placeholders(reader, &fields, arguments.chain(&runner_command));
    let memory = memory(reader, &fields);
    let timeout = seconds(reader, &fields, "timeout", DEFAULT_TIMEOUT_SECONDS);
    let silence = seconds(reader, &fields, "silence", DEFAULT_SILENCE_SECONDS);
    let marker = marker(reader, &fields);
    let nested_host = reference(reader, &fields, ("nested-host", "kernel"), KernelName::new, kernel_names);
    if let (Some(nested), Some(guest)) = (&nested_host, built) {
        check_nested_host(reader, &fields, runner.value, nested, guest, kernels);
    }
    let what = (name.as_ref().map(|name| &name.value), image.as_ref().map(|image| image.value), built);
    let test = trial::parse(reader, &fields, what, kernels, kernel_names, &path);
    let budget = budget::parse(reader, &fields, &path);
    let devices = device::parse(reader, &fields, &path);
    let arguments = vmm.iter().flat_map(|vmm| &vmm.args).chain(&runner_command);
    let initramfs = built_in::parse(reader, &fields, &devices, arguments);
    let cmdline = cmdline(reader, &fields);
    let requires = feature::required(reader, &fields, features, built);
    let contract = fields
        .text("contract")
        .and_then(|Spanned { value, location }| Some(Spanned { value: Vmm::from_name(value)?, location }));
    Some(VmEntry {
        name: name?,
        kernel: kernel?,
        image: image?,
        vmm,
        firmware,
        init,
        initramfs,
        runner,
        runner_path,
        runner_command,
        contract,
        cmdline: cmdline?,
        memory: memory?,
        timeout_seconds: timeout?,
        silence_seconds: silence?,
        marker,
        devices,
        requires,
        nested_host,
        test,
        budget,
        varies: None,
    })
}

fn image(reader: &mut Reader, fields: &Fields<'_>, kernel: &KernelEntry) -> Option<Spanned<Image>> {
    let Some(Spanned { value, location }) = fields.text("image") else {
        let first = kernel.images.first()?.value;
        return (!fields.is_wrong("image")).then_some(Spanned { value: first, location: None });
    };
    let image = Image::from_name(value)?;
    if kernel.images.iter().any(|built| built.value == image) {
        return Some(Spanned { value: image, location });
    }
    let names = kernel.images.iter().map(|built| built.value.as_str()).collect::<Vec<_>>();
    let name = &kernel.name.value;
    let message =
        format!("kernel `{name}` does not build the image `{value}`: expected {}", alternatives(&names));
    let hint = format!("add `{value}` to `images` of `[kernel.{name}]`");
    reader.report(Diagnostic { location, hint: Some(hint), ..Diagnostic::new(message) });
    None
}

fn package(
    reader: &mut Reader,
    vm: &Fields<'_>,
    path: &str,
    key: &'static str,
    schema: &TableSchema,
) -> Option<PackageRef> {
    let (location, table) = vm.table(key)?;
    let fields = reader.table(schema, &format!("{path}.{key}"), location, table);
    let bin = fields.string("bin");
    let package = fields.string("package");
    for name in [&package, &bin].into_iter().flatten() {
        let good = name.value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !good || name.value.is_empty() {
            let message =
                format!("`{}` is not a package's name: expected letters, digits, `-` and `_`", name.value);
            reader.report(Diagnostic { location: name.location.clone(), ..Diagnostic::new(message) });
        }
    }
    let is_static = fields.boolean("static").unwrap_or(true);
    Some(PackageRef { package: package?, bin, args: fields.strings("args"), is_static })
}

fn check_placeholders<'a>(
    reader: &mut Reader,
    vm: &Fields<'_>,
    arguments: impl Iterator<Item = &'a Spanned<String>>,
) {
    for argument in arguments {
        let Some(location) = &argument.location else { continue };
        for (_, word) in placeholder::words(&argument.value) {
            let known = Placeholder::ALL.into_iter().find(|placeholder| placeholder.as_str() == word);
            let needs = match known {
                Some(Placeholder::Initramfs) => Some("init"),
                Some(Placeholder::Firmware) => Some("firmware"),
                Some(_) => continue,
                None => None,
            };
            let diagnostic = match needs {
                Some(key) if vm.has(key) || vm.is_wrong(key) => continue,
                Some(key) => {
                    Diagnostic::new(format!("`{{{word}}}` in `args`, but no `{key}` in {}", vm.header))
                        .with_hint(format!("add `{key} = {{ package = \"…\" }}`"))
                }
                None => {
                    let names = Placeholder::ALL.map(Placeholder::as_str);
                    let hint = match nearest(word, names) {
                        Some(near) => format!("did you mean `{{{near}}}`?"),
                        None => {
                            let braced = names.map(|name| format!("{{{name}}}"));
                            format!(
                                "the placeholders are {}",
                                listing(&braced.each_ref().map(String::as_str))
                            )
                        }
                    };
                    Diagnostic::new(format!("unknown placeholder `{{{word}}}` in `args`")).with_hint(hint)
                }
            };
            reader.report(diagnostic.at(location.clone()));
        }
    }
}

/// What runs a VM, as it is written.
struct Chosen {
    runner: Spanned<Runner>,
    path: Option<Spanned<String>>,
    command: Vec<Spanned<String>>,
}

fn runner(reader: &mut Reader, fields: &Fields<'_>, path: &str) -> Chosen {
    let implied = match (fields.has("vmm"), fields.has("firmware")) {
        (true, _) => Runner::Workspace,
        (false, true) => Runner::Firmware,
        (false, false) => Runner::Qemu,
    };
    let named = |text: Spanned<&str>| {
        let runner = Runner::ALL.into_iter().find(|runner| runner.as_str() == text.value)?;
        Some(Spanned { value: runner, location: text.location })
    };
    if let Some((location, table)) = fields.table("runner") {
        let of_table = reader.table(&RUNNER, &format!("{path}.runner"), location.clone(), table);
        let (path, command) = (of_table.string("path"), of_table.strings("command"));
        let name = of_table.text("name").and_then(named);
        if name.is_some() == of_table.has("command") || (path.is_some() && name.is_none()) {
            let message = format!("`runner` in {} needs one of `name` and `command`", fields.header);
            let hint =
                "write `{ name = \"firecracker\", path = \"…\" }`, or `{ command = [\"vmm\", \"{image}\"] }`";
            reader.report(Diagnostic::new(message).at(location.clone()).with_hint(hint));
        }
        let has_program = command.first().is_some_and(|program| !program.value.is_empty());
        if of_table.has("command") && !of_table.is_wrong("command") && !has_program {
            let message = format!("`command` of `runner` in {} names no program", fields.header);
            reader.report(Diagnostic::new(message).at(of_table.key("command")));
        }
        let command_alone = Spanned { value: Runner::Command, location: Some(location) };
        let runner = checked(reader, fields, name.unwrap_or(command_alone));
        return Chosen { runner, path, command };
    }
    let written = fields.text("runner").and_then(named);
    let runner = checked(reader, fields, or_default(written, implied));
    Chosen { runner, path: None, command: Vec::new() }
}

/// A runner that needs a package has it.
fn checked(reader: &mut Reader, fields: &Fields<'_>, runner: Spanned<Runner>) -> Spanned<Runner> {
    let Some(needs) = needed_package(runner.value) else { return runner };
    if !fields.has(needs) && !fields.is_wrong(needs) {
        let message = format!("runner `{}` without a `{needs}` in {}", runner.value.as_str(), fields.header);
        let hint = format!("add `{needs} = {{ package = \"…\" }}`, or write `runner = \"qemu\"`");
        reader.report(Diagnostic::new(message).at(fields.key("runner")).with_hint(hint));
    }
    runner
}

fn memory(reader: &mut Reader, fields: &Fields<'_>) -> Option<Spanned<ByteSize>> {
    match size(reader, fields, "memory") {
        None if fields.has("memory") || fields.is_wrong("memory") => None,
        size => Some(or_default(size, DEFAULT_MEMORY)),
    }
}

/// A size that is not nothing; `None` where there is none, or where it is wrong, which is reported.
pub(super) fn size(reader: &mut Reader, fields: &Fields<'_>, key: &'static str) -> Option<Spanned<ByteSize>> {
    let parsed = match (fields.integer(key), fields.text(key)) {
        (Some(bytes), _) => Spanned { value: Ok(ByteSize(bytes.value)), location: bytes.location },
        (None, Some(text)) => Spanned { value: text.value.parse::<ByteSize>(), location: text.location },
        (None, None) if fields.has(key) => {
            let message = format!(
                "`{key}` in {} is no number of bytes, expected a size such as `\"128MiB\"`",
                fields.header
            );
            reader.report(Diagnostic::new(message).at(fields.key(key)));
            return None;
        }
        (None, None) => return None,
    };
    let diagnostic = match parsed.value {
        Ok(ByteSize(0)) => Diagnostic::new(format!("`{key}` in {} is 0", fields.header)),
        Ok(value) => return Some(Spanned { value, location: parsed.location }),
        Err(error) => Diagnostic { hint: error.hint(), ..Diagnostic::new(error.to_string()) },
    };
    reader.report(Diagnostic { location: parsed.location, ..diagnostic });
    None
}

/// A number of seconds, at least one.
fn seconds(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &'static str,
    default: u64,
) -> Option<Spanned<u64>> {
    match fields.integer(key) {
        Some(Spanned { value: 0, location }) => {
            let message = format!("`{key}` in {} is 0, expected at least one second", fields.header);
            reader.report(Diagnostic { location, ..Diagnostic::new(message) });
            None
        }
        Some(seconds) => Some(seconds),
        None => (!fields.is_wrong(key)).then_some(or_default(None, default)),
    }
}

/// The text that ends a boot well; one that every line has would end it at the first.
fn marker(reader: &mut Reader, fields: &Fields<'_>) -> Option<Spanned<String>> {
    let marker = fields.string("marker")?;
    if marker.value.trim().is_empty() || marker.value.contains(char::is_control) {
        let message =
            format!("`marker` in {} is no part of a line: expected a text on one line", fields.header);
        reader.report(Diagnostic { location: marker.location, ..Diagnostic::new(message) });
        return None;
    }
    Some(marker)
}

fn cmdline(reader: &mut Reader, fields: &Fields<'_>) -> Option<Spanned<String>> {
    let cmdline = fields.string("cmdline")?;
    if cmdline.value.contains(char::is_control) {
        let message =
            format!("a control character in `cmdline` of {}: expected one line of text", fields.header);
        reader.report(Diagnostic { location: cmdline.location, ..Diagnostic::new(message) });
        return None;
    }
    Some(cmdline)
}

/// A VMM runs on the nested host as it would on this machine: same architecture.
fn check_nested_host(
    reader: &mut Reader,
    fields: &Fields<'_>,
    runner: Runner,
    nested: &Spanned<KernelName>,
    guest: &KernelEntry,
    kernels: &BTreeMap<KernelName, KernelEntry>,
) {
    let host = kernels.get(&nested.value);
    let diagnostic = if !runner.needs_kvm() {
        let message = format!("`nested-host` in {} with runner `{}`", fields.header, runner.as_str());
        Diagnostic::new(message).with_hint("delete it: QEMU runs a guest without KVM, too")
    } else if let Some(host) = host.filter(|host| host.arch.value != guest.arch.value) {
        Diagnostic::new(format!(
            "nested host `{}` is for {}, but kernel `{}` is for {}",
            nested.value, host.arch.value, guest.name.value, guest.arch.value
        ))
    } else {
        return;
    };
    reader.report(Diagnostic { location: nested.location.clone(), ..diagnostic });
}
