//! Every cross-crate test; one file a theme.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests start processes, serve on loopback and write files"
)]

mod alongside;
mod bisect;
mod book;
mod build_script;
mod built_in;
mod cache;
mod config;
mod config_json;
mod contracts;
mod deb;
mod debug;
mod devices;
mod doctor;
mod downloads;
mod edit;
mod engine;
mod explain;
mod features;
mod git_servers;
mod git_source;
mod guest_commands;
mod guides;
mod handing_on;
mod import;
mod init;
mod interrupt;
mod kconf;
mod kconfig_diff;
mod kernel_org;
mod kernelrelease;
mod kills;
mod launcher;
mod layers;
mod lock_semantics;
mod locked;
mod manifest;
mod manual;
mod many_requests;
mod matrix;
mod merge;
mod messages;
mod modules;
mod mounted;
mod origins;
mod outcomes;
mod patch_files;
mod patches;
mod pipeline;
mod profile_boots;
mod profiles;
mod real_kernel;
mod reference;
mod release_server;
mod report;
mod requests;
mod several;
mod shared;
mod siblings;
mod source_errors;
mod sources;
mod stranger;
mod terminals;
mod toolchains;
mod tree_fragments;
mod trees;
mod trial;
mod update;
