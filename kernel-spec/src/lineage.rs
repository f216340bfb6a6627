//! Whose words a kernel's table has: its own, or those of a kernel that it inherits.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{KernelName, Location};

/// A kernel and those that it inherits, and which of them wrote what.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// The farthest ancestor first, the kernel itself last.
    names: Vec<KernelName>,
    /// Who wrote what begins at a place of the manifest.
    owners: Arc<BTreeMap<usize, KernelName>>,
}

impl Lineage {
    pub(crate) fn new(names: Vec<KernelName>, owners: Arc<BTreeMap<usize, KernelName>>) -> Self {
        Self { names, owners }
    }

    /// The kernels, the farthest ancestor first, the kernel itself last.
    pub fn names(&self) -> &[KernelName] {
        &self.names
    }

    /// How many inherit before who wrote at a place; what nobody of them wrote is the kernel's own.
    pub fn generation(&self, location: Option<&Location>) -> u32 {
        let owner = location.and_then(|location| self.owners.get(&location.span.start));
        let found = owner.and_then(|owner| self.names.iter().position(|name| name == owner));
        u32::try_from(found.unwrap_or(self.names.len().saturating_sub(1))).unwrap_or(u32::MAX)
    }
}
