//! `[[kernel.*.patch]]`: what a kernel's tree is changed by, and what comes with it.

use kconfig::layers::LayerKind;

use crate::layer::ConfigEntry;
use crate::{Guard, KernelEntry, Layer, Sha256, Spanned};

/// One `[[kernel.*.patch]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchEntry {
    /// `name`: how it is called; unique among a kernel's patches.
    pub name: Spanned<String>,
    /// Where its text is; absent for one that brings nothing but a `config`.
    pub origin: Option<PatchOrigin>,
    /// `features`: what it brings, by name.
    pub features: Vec<Spanned<String>>,
    /// `when`: under which conditions it is applied, and its `config` holds.
    pub when: Option<Guard>,
    /// `config`: what it asks for.
    pub config: Vec<ConfigEntry>,
}

/// Where a patch's text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchOrigin {
    /// `path`: a file, a folder with or without a `series`, or a glob, relative to the manifest.
    Path(Spanned<String>),
    /// `url` and `sha256`.
    Url {
        /// The address.
        url: Spanned<String>,
        /// The digest of the file there.
        sha256: Sha256,
    },
}

/// The layer that a patch's `config` is.
pub fn patch_layer(kernel: &KernelEntry, patch: &PatchEntry) -> Layer {
    Layer {
        kind: LayerKind::Patches,
        name: format!("patch `{}` of [kernel.{}]", patch.name.value, kernel.name.value),
        generation: kernel.lineage.generation(patch.name.location.as_ref()),
        when: patch.when.clone(),
        lines: patch.config.iter().map(ConfigEntry::line).collect(),
    }
}
