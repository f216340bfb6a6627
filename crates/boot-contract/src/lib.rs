//! What a virtual machine asks of a kernel, and what a guest says back: as data, without files.
//!
//! - [`image`]: what the header of a kernel image says;
//! - [`contract`]: what each VMM asks of an image, and where an image falls short;
//! - [`guest`]: the words that an init and whoever judges a boot agree on;
//! - [`initramfs`]: the archive that an init comes in, beside a kernel or in it.
//!
//! Deliberately absent: files, processes, how a kernel is built, how a machine is started.

pub mod contract;
pub mod guest;
pub mod image;
pub mod initramfs;

#[cfg(test)]
mod samples;
