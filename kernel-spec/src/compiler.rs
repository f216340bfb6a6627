//! What stands in front of a compiler.

use std::fmt;

/// `compiler-cache`: what remembers the objects of earlier compiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompilerCache {
    /// ccache where it is on the machine, else sccache, else none.
    Auto,
    /// ccache.
    Ccache,
    /// sccache.
    Sccache,
    /// None.
    None,
}

impl CompilerCache {
    /// Every one, in the order in which they are documented.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Ccache, Self::Sccache, Self::None];

    /// Its word in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Ccache => "ccache",
            Self::Sccache => "sccache",
            Self::None => "none",
        }
    }

    /// The one of that word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cache| cache.as_str() == name)
    }
}

impl fmt::Display for CompilerCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
