//! A `linuxManualConfig` expression, to be called by `callPackage`.

use super::{File, Ingredients, SourceOrigin, common};

pub(super) fn files(ingredients: &Ingredients) -> Vec<File> {
    let mut files = common(ingredients, "config");
    files.push(("kernel.nix".to_owned(), expression(ingredients).into_bytes()));
    files
}

fn expression(ingredients: &Ingredients) -> String {
    let Ingredients { kernel, version, release, .. } = ingredients;
    let (inputs, source) = match &ingredients.origin {
        SourceOrigin::Tarball { url, sha256: Some(digest) } => {
            ("fetchurl", format!("fetchurl {{\n    url = \"{url}\";\n    sha256 = \"{digest}\";\n  }}"))
        }
        SourceOrigin::Tarball { url, sha256: None } => {
            ("fetchurl", format!("fetchurl {{ url = \"{url}\"; hash = \"\"; }} # nix says the hash"))
        }
        SourceOrigin::Git { repository, commit } => (
            "fetchgit",
            format!(
                "fetchgit {{ url = \"{repository}\"; rev = \"{commit}\"; hash = \"\"; }} # nix says the hash"
            ),
        ),
        SourceOrigin::Other { label, .. } => ("lib", format!("./source /* put it here: {label} */")),
    };
    let patch =
        |patch: &super::PatchFile| format!("\n    {{ name = \"{0}\"; patch = ./patches/{0}; }}", patch.name);
    let patches: String = ingredients.patches.iter().map(patch).collect();
    let patches = if patches.is_empty() { String::new() } else { format!("{patches}\n  ") };
    format!(
        "# Kernel `{kernel}`: pkgs.callPackage ./kernel.nix {{ }}
{{ linuxManualConfig, {inputs}, ... }}:

linuxManualConfig {{
  version = \"{version}\";
  modDirVersion = \"{release}\";
  src = {source};
  configfile = ./config;
  kernelPatches = [{patches}];
}}
"
    )
}
