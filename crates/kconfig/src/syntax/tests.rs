//! Checks of the whole of `syntax`, over trees in memory. The expected texts are what `conf` of 6.12 prints, unless a
//! test says otherwise.

mod arbitrary;
mod entries;
mod errors;
mod macros;
mod support;
