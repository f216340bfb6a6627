//! A recipe that builds the kernel with its complete `.config` and its patches.

use kernel_spec::Arch;

use super::{File, Ingredients, SourceOrigin, common};

pub(super) fn files(ingredients: &Ingredients) -> Vec<File> {
    let Ingredients { kernel, version, .. } = ingredients;
    let below = |(name, bytes): File| (format!("files/{}", name.trim_start_matches("patches/")), bytes);
    let mut files: Vec<File> = common(ingredients, "defconfig").into_iter().map(below).collect();
    files.push((format!("linux-{kernel}_{version}.bb"), recipe(ingredients).into_bytes()));
    files
}

fn recipe(ingredients: &Ingredients) -> String {
    let Ingredients { kernel, version, release, images, .. } = ingredients;
    let (source, unpacked, more) = match &ingredients.origin {
        SourceOrigin::Tarball { url, sha256 } => {
            let folder =
                url.rsplit('/').next().and_then(|file| file.split_once(".tar")).map_or("linux", |(n, _)| n);
            let digest = sha256.as_ref().map(|digest| format!("SRC_URI[sha256sum] = \"{digest}\"\n"));
            (url.clone(), folder.to_owned(), digest.unwrap_or_default())
        }
        SourceOrigin::Git { repository, commit } => {
            let plain = repository.split_once("://").map_or(repository.as_str(), |(_, rest)| rest);
            let url = format!("git://{plain};protocol=https;nobranch=1;destsuffix=linux");
            (url, "linux".to_owned(), format!("SRCREV = \"{commit}\"\n"))
        }
        SourceOrigin::Other { label, .. } => {
            let note = format!("# Put the source beside the recipe, as files/linux: {label}.\n");
            ("file://linux".to_owned(), "linux".to_owned(), note)
        }
    };
    let patches: String =
        ingredients.patches.iter().map(|patch| format!(" \\\n           file://{}", patch.name)).collect();
    let machine = match ingredients.arch {
        Arch::X86_64 => "x86-64",
        Arch::Aarch64 => "aarch64",
        Arch::Riscv64 => "riscv64",
        Arch::Arm => "arm",
    };
    format!(
        "# Kernel `{kernel}`, release {release}, for {machine}.
# `kernel.bbclass` takes files/defconfig as the whole .config: nothing is merged, and the release is in it.
SUMMARY = \"Linux guest kernel {kernel}\"
LICENSE = \"GPL-2.0-only\"
LIC_FILES_CHKSUM = \"file://COPYING;md5=6bc538ed5bd9a7fc9398086aedcd7e46\"

inherit kernel

LINUX_VERSION = \"{version}\"
PV = \"{version}\"
SRC_URI = \"{source} \\
           file://defconfig{patches}\"
{more}# Releases before 5.1 unpack into WORKDIR.
S = \"${{@d.getVar('UNPACKDIR') or d.getVar('WORKDIR')}}/{unpacked}\"

KERNEL_IMAGETYPES = \"{}\"
",
        images.join(" ")
    )
}
