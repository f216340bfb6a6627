//! A plain script: what the tool does, by make alone.

use super::{File, Ingredients, SourceOrigin, common, pinned};

pub(super) fn files(ingredients: &Ingredients) -> Vec<File> {
    let mut files = common(ingredients, "config");
    files.push(("build.sh".to_owned(), script(ingredients).into_bytes()));
    files
}

pub(super) fn script(ingredients: &Ingredients) -> String {
    let Ingredients { kernel, release, version, make_vars, images, .. } = ingredients;
    let origin = match &ingredients.origin {
        SourceOrigin::Tarball { url, sha256 } => match sha256 {
            Some(digest) => format!("{url}, sha256 {digest}"),
            None => url.clone(),
        },
        SourceOrigin::Git { repository, commit } => format!("{repository}, commit {commit}"),
        SourceOrigin::Other { label, sha256: Some(digest) } => format!("{label}, sha256 {digest}"),
        SourceOrigin::Other { label, sha256: None } => label.clone(),
    };
    let patches: String = ingredients
        .patches
        .iter()
        .map(|patch| {
            let open = match patch.name.rsplit_once('.').map(|(_, extension)| extension) {
                Some("gz") => "gzip -dc",
                Some("bz2") => "bzip2 -dc",
                Some("xz" | "lzma") => "xz -dc",
                Some("zst") => "zstd -dc",
                _ => "cat",
            };
            format!("\t{open} \"$here/patches/{}\" | patch -d \"$tree\" -p1 -F0 -N\n", patch.name)
        })
        .collect();
    let patched = if patches.is_empty() {
        String::new()
    } else {
        format!(
            "if [ ! -e \"$tree/.patched-for-{kernel}\" ]; then\n{patches}\t: > \"$tree/.patched-for-{kernel}\"\nfi\n"
        )
    };
    let vars = make_vars.join(" ");
    let pinned: Vec<String> = pinned().collect();
    format!(
        "#!/bin/sh
# Kernel `{kernel}`, release {release}.
# Source: Linux {version}, {origin}.
#
# usage: build.sh TREE OBJECTS    TREE is the unpacked source; it is patched once. OBJECTS is made.
set -eu
here=$(cd \"$(dirname \"$0\")\" && pwd)
tree=$(cd \"${{1:?the unpacked source}}\" && pwd)
mkdir -p \"${{2:?a folder for the objects}}\"
objects=$(cd \"$2\" && pwd)
{patched}
# What the image says of its making is the same everywhere.
export LANG=C LOCALVERSION= {}
cp \"$here/config\" \"$objects/.config\"
make -C \"$tree\" O=\"$objects\" {vars} olddefconfig
cmp \"$here/config\" \"$objects/.config\" || {{ echo 'another toolchain resolves the .config otherwise' >&2; exit 1; }}
make -C \"$tree\" O=\"$objects\" {vars} -j\"$(nproc)\" {}
test \"$(cat \"$objects/include/config/kernel.release\")\" = '{release}'
",
        pinned.join(" "),
        images.join(" ")
    )
}
