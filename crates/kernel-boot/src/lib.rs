//! Runs an image under a VMM and judges the boot.
