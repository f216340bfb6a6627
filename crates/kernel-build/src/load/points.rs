//! The points of `[matrix]` beside the kernels of the manifest.

use kernel_spec::{Diagnostic, Point};

use super::{LoadError, Loaded, kernel_layers};
use crate::patch;

impl Loaded {
    /// The same workspace, with these as kernels too.
    ///
    /// A point must have what the kernel must have that it is a variation of.
    ///
    /// # Errors
    /// Everything that is wrong with their files.
    pub(crate) fn with_points(mut self, points: &[Point]) -> Result<Self, LoadError> {
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        for Point { kernel, of, .. } in points {
            let name = kernel.name.value.clone();
            if self.spec.kernels.contains_key(&name) {
                continue;
            }
            let before = diagnostics.len();
            self.patches.insert(name.clone(), patch::parts(&self.workspace, kernel, &mut diagnostics)?);
            let init = self.spec.built_in_init(of);
            let layers = kernel_layers(&self.workspace, kernel, init, &mut diagnostics)?;
            self.layers.insert(name.clone(), layers);
            // Points share files, and so what is wrong with them.
            let earlier = diagnostics[..before].to_vec();
            let mut new = diagnostics.split_off(before);
            new.retain(|diagnostic| !earlier.contains(diagnostic));
            diagnostics.extend(new);
            let required = self.required.get(of).cloned().unwrap_or_default();
            self.required.insert(name.clone(), required);
            self.spec.kernels.insert(name, kernel.clone());
        }
        if diagnostics.is_empty() { Ok(self) } else { Err(LoadError::Diagnostics(diagnostics)) }
    }
}
