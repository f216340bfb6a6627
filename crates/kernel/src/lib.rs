//! The library: build, boot, judge.
