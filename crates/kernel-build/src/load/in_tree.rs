//! Fragments of the source tree itself: `tree:kvm_guest.config` in `fragments`.
//!
//! They are those that `make kvm_guest.config` lays on: the file of `kernel/configs`, then the architecture's, and of what
//! both name the latter's line counts. Of which lines such a layer consists is known once the tree is there; what it says
//! is part of the tree, whose identity is in the key of a configuration anyway.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use kconfig::layers::LayerKind;
use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};
use kernel_spec::{
    Conditions, Diagnostic, FragmentRef, IN_TREE, Location, Manner, SourceText, fragment_layer, nearest,
};

use super::{Layer, Layers, LoadError};
use crate::resolve::{tree_fragment_names, tree_fragments};

/// A fragment of the source tree, as a manifest names it.
#[derive(Clone, Debug)]
pub(super) struct InTree {
    /// `kvm_guest.config`.
    file: String,
    manner: Manner,
    location: Option<Location>,
}

impl InTree {
    pub(super) fn of(fragment: &FragmentRef) -> Option<Self> {
        let (file, location) = (fragment.in_tree()?.to_owned(), fragment.glob.location.clone());
        Some(Self { file, manner: fragment.manner.clone(), location })
    }

    /// The layer that it is, as long as nobody knows its lines.
    pub(super) fn layer(self, generation: u32) -> Layer {
        let layer = kernel_spec::Layer {
            kind: LayerKind::Fragments,
            name: format!("{IN_TREE}{}", self.file),
            generation,
            when: self.manner.when.clone(),
            lines: Vec::new(),
        };
        let Manner { priority, need, .. } = &self.manner;
        let said = format!("{}\n{} {need:?}\n{}", layer.name, priority.as_str(), layer.said());
        Layer { digest: super::digest(&said), layer, in_tree: Some(self) }
    }

    fn lines(&self, tree: &AbsPath, under: &Conditions) -> Result<Vec<kernel_spec::Line>, LoadError> {
        if self.manner.when.as_ref().is_some_and(|when| !when.holds(under)) {
            return Ok(Vec::new());
        }
        let files = tree_fragments(tree, under.arch.src_arch(), &self.file);
        if files.is_empty() {
            return Err(LoadError::Diagnostics(vec![self.unknown(tree, under)]));
        }
        let mut lines = Vec::new();
        for file in files {
            let layer = fragment_layer(LayerKind::Fragments, &source(tree, &file)?, &self.manner);
            lines.extend(layer.map_err(LoadError::Diagnostics)?.lines);
        }
        let mut named = HashSet::new();
        lines.reverse();
        lines.retain(|line| named.insert(line.entry.symbol.clone()));
        lines.reverse();
        Ok(lines)
    }

    fn unknown(&self, tree: &AbsPath, under: &Conditions) -> Diagnostic {
        let names = tree_fragment_names(tree, under.arch.src_arch());
        let message = format!("the source tree has no fragment `{}` for {}", self.file, under.arch);
        let hint = match nearest(&self.file, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{IN_TREE}{near}`?"),
            None => format!("it has `{}`", names.join("`, `")),
        };
        Diagnostic { location: self.location.clone(), ..Diagnostic::new(message).with_hint(hint) }
    }
}

/// A file of the tree; its lines are shown at `tree:kernel/configs/kvm_guest.config:3`.
fn source(tree: &AbsPath, file: &AbsPath) -> Result<Arc<SourceText>, FsError> {
    let shown = file.relative_to(tree).unwrap_or(file.as_path()).display();
    Ok(Arc::new(SourceText { path: format!("{IN_TREE}{shown}"), text: fs::read_to_string(file)? }))
}

impl Layers {
    /// The layers, with the lines of those that are fragments of this tree.
    ///
    /// # Errors
    /// [`LoadError::Diagnostics`] where the tree has no such fragment, or one that is wrong.
    pub(crate) fn on(&self, tree: &AbsPath, under: &Conditions) -> Result<Cow<'_, Self>, LoadError> {
        if self.layers.iter().all(|layer| layer.in_tree.is_none()) {
            return Ok(Cow::Borrowed(self));
        }
        let mut layers = self.clone();
        for layer in &mut layers.layers {
            if let Some(in_tree) = &layer.in_tree {
                layer.layer.lines = in_tree.lines(tree, under)?;
            }
        }
        Ok(Cow::Owned(layers))
    }
}
