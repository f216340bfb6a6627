//! Fixtures and all cross-crate tests.
