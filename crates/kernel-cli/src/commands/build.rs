//! `kernel build`.

mod table;

use kernel::Built;
use kernel_build::record::FileRecord;
use kernel_build::{Artifact, Freshness, KernelsFailed, OnFailure, Selection, Timings, VmParts};
use kernel_host::AbsPath;
use kernel_spec::KernelName;

use super::{Asked, Context, matrix};
use crate::args::BuildArgs;
use crate::failure::CommandError;
use crate::message::{ImageFile, Message};
use crate::setup::Consent;
use crate::shell::{Level, Shell};
use crate::text;

/// Builds what is named.
pub(crate) fn build(context: &Context<'_>, args: &BuildArgs) -> Result<(), CommandError> {
    let asked = Asked {
        compile: Some(&args.compile),
        resolve: Some(&args.resolve),
        timings: if args.timings { Timings::Page } else { Timings::No },
        on_failure: if args.keep_going { OnFailure::KeepGoing } else { OnFailure::Stop },
        ..Asked::default()
    };
    let bench = context.open(asked, Consent::of(&args.host, context.env))?;
    let vm = args.vm.as_deref().map(|word| bench.vm(Some(word))).transpose()?;
    let kernels = bench.kernels(&args.names)?;
    let selection = match vm {
        Some(vm) => Selection::Vm(vm.name.value.clone()),
        None if args.names.is_empty() => Selection::All,
        None => Selection::Kernels(kernels.clone()),
    };
    let built = context.with_setup(&bench, &args.host, || {
        if args.matrix {
            let asked: &[KernelName] = if args.names.is_empty() { &[] } else { &kernels };
            let (locked, points) = bench.lock_matrix(asked)?;
            for unfit in matrix::unfit(bench.loaded().spec(), asked) {
                context.shell.status("Skipping", &format!("{}: {}", unfit.name, unfit.error));
            }
            let points: Vec<KernelName> =
                points.iter().map(|point| point.kernel.name.value.clone()).collect();
            return locked.build(&points);
        }
        let locked = bench.lock(&selection)?;
        match vm {
            Some(vm) => locked.build_vm(vm),
            None if args.names.is_empty() => locked.build_all(),
            None => locked.build(&kernels),
        }
    });
    let shell = &context.shell;
    match &built {
        Ok(built) => present(shell, built),
        // What could be built is there all the same.
        Err(error) => {
            if let Some(failed) = error.kernels() {
                failed.built.iter().for_each(|artifact| hand_out(shell, artifact));
                table::kernels(shell, &failed.built, failed);
            }
        }
    }
    built.map(drop)
}

/// A summary for people; paths, or messages, on stdout.
pub(crate) fn present(shell: &Shell, built: &Built) {
    match &built.artifacts[..] {
        [artifact] => summarise(shell, artifact),
        several => table::kernels(shell, several, &KernelsFailed::default()),
    }
    built.artifacts.iter().for_each(|artifact| hand_out(shell, artifact));
    for vm in &built.vms {
        vm_message(shell, vm);
        for path in parts(vm) {
            shell.data(&path.to_string());
        }
    }
}

/// What stdout gets of a kernel.
fn hand_out(shell: &Shell, artifact: &Artifact) {
    artifact_message(shell, artifact);
    for (_, path) in artifact.images() {
        shell.data(&path.to_string());
    }
}

/// What cargo built for a VM.
fn parts(vm: &VmParts) -> impl Iterator<Item = &AbsPath> {
    [&vm.vmm, &vm.firmware_elf, &vm.init].into_iter().flatten()
}

fn summarise(shell: &Shell, artifact: &Artifact) {
    // Of a fresh one `Fresh` has said enough.
    let level = match artifact.freshness() {
        Freshness::Fresh => Level::Verbose,
        Freshness::Built { .. } | Freshness::Copied { .. } => Level::Normal,
    };
    let record = artifact.record();
    let image = |file: &FileRecord| {
        let change = artifact.grown(&file.name).and_then(text::change);
        let change = change.map(|change| format!(", {change}")).unwrap_or_default();
        format!("{} ({}{change})", file.name, text::size(file.size))
    };
    let images: Vec<String> = record.images().map(image).collect();
    let requests = text::count(landed(artifact), "request");
    let objects = text::count(usize::try_from(record.objects).unwrap_or(usize::MAX), "object");
    let compiled = match artifact.freshness() {
        Freshness::Copied { .. } => "nothing compiled".to_owned(),
        Freshness::Fresh | Freshness::Built { .. } => format!("{objects} compiled"),
    };
    let mut patches: Vec<&str> = record.source.patches.iter().map(|patch| patch.name.as_str()).collect();
    patches.dedup();
    let patches =
        if patches.is_empty() { String::new() } else { format!("; patched by {}", patches.join(", ")) };
    let mut what = format!(
        "{} {}: {}; {requests} landed, {compiled}{patches}",
        artifact.name(),
        artifact.release(),
        images.join(", ")
    );
    if !record.config.one_off.is_empty() {
        what += &format!("; with {} of this run alone", record.config.one_off.join(", "));
    }
    shell.status_from(level, "Kernel", &what);
    if let Freshness::Built { cache: Some(cache), .. } = artifact.freshness() {
        shell.status_from(level, "Cache", &cache.to_string());
    }
}

/// How many requests landed.
fn landed(artifact: &Artifact) -> usize {
    artifact.record().config.requests.iter().filter(|request| !request.missed).count()
}

/// The message of an artifact.
pub(crate) fn artifact_message(shell: &Shell, artifact: &Artifact) {
    let images = artifact.images();
    let size = |name: &str| {
        let is_it = |file: &&FileRecord| file.name == name;
        artifact.record().images().find(is_it).map_or(0, |file| file.size)
    };
    shell.message(&Message::KernelArtifact {
        name: artifact.name().as_str(),
        arch: &artifact.record().arch,
        kernelversion: &artifact.record().kernelversion,
        kernelrelease: artifact.release(),
        directory: artifact.directory().as_path(),
        images: images
            .iter()
            .map(|(image, path)| ImageFile {
                kind: image.as_str(),
                path: path.as_path(),
                size: size(image.as_str()),
                grown: artifact.grown(image.as_str()),
            })
            .collect(),
        fresh: matches!(artifact.freshness(), Freshness::Fresh),
    });
}

/// The message of a VM's parts.
pub(crate) fn vm_message(shell: &Shell, vm: &VmParts) {
    shell.message(&Message::VmArtifact {
        name: vm.name.as_str(),
        kernel: vm.artifact.name().as_str(),
        image: vm.image.as_path(),
        vmm: vm.vmm.as_ref().map(AbsPath::as_path),
        firmware: vm.firmware_elf.as_ref().map(AbsPath::as_path),
        init: vm.init.as_ref().map(AbsPath::as_path),
        nested_host: vm.nested_host.as_ref().map(|artifact| artifact.name().as_str()),
    });
}
