//! What a virtual machine asks of a kernel, and what a guest says back: as data, without files.
//!
//! - [`guest`]: the words that an init and whoever judges a boot agree on.
//!
//! Deliberately absent: files, processes, how a kernel is built, how a machine is started.

pub mod guest;
