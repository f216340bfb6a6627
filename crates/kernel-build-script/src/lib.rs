//! Three lines for a VMM crate's build.rs.
