//! What stdout gets with `--message-format json`: one object a line, each with a `reason`.
//!
//! | `reason` | When |
//! |---|---|
//! | `warning` | as it comes up |
//! | `kernel-checked` | `check`, for each kernel |
//! | `matrix-point` | `check --matrix`, `build --matrix`: for each point |
//! | `kernel-plan`, `vm-plan` | `plan`, for each kernel or VM |
//! | `config-resolved` | `config resolve`, `config merge` |
//! | `config-merge-notice` | `config merge`: for each symbol that a fragment changes or repeats |
//! | `config-merge-miss` | `config merge`: for each symbol that is not as the files have it |
//! | `config-explained` | `config explain`, for each symbol |
//! | `config-layers` | `config layers` |
//! | `config-difference` | `config diff` |
//! | `config-fix` | `config fix`, for each request |
//! | `config-written` | `config fix --write` |
//! | `imported` | `import` |
//! | `source` | `fetch`, for each source |
//! | `source-updated` | `update`, for each source |
//! | `kernel-outlook` | `update`, for each kernel whose source is pinned anew |
//! | `source-standing` | `outdated`, for each source |
//! | `source-verified` | `verify-source`, for each source that is unpacked |
//! | `patch-checked` | `patch check`, for each file of a patch |
//! | `patch-refreshed` | `patch refresh`, for each that applies with an offset |
//! | `cache-entry` | `cache list`, `cache gc`: for each entry |
//! | `kernel-artifact` | `build`, `boot`: for each kernel |
//! | `vm-artifact` | `build`, `boot`: for each VM |
//! | `removed` | `clean` |
//! | `host-tools` | `setup`: those that are there |
//! | `initialised` | `init` |
//! | `exported` | `export`, `source-bundle` |
//! | `doctor-finding` | `doctor`, for each |
//! | `cache-size` | `cache size` |
//! | `metadata` | `metadata` |
//! | `completions` | `completions` |
//! | `man-page` | `man`, for each page |
//! | `console` | `boot`: for each line |
//! | `boot-finished` | `boot`: the verdict |
//! | `debugger-awaited` | `debug` |
//! | `vm-tested` | `test`: for each VM and what it is tried with, as soon as that is done |
//! | `budget-judged` | `test`: for each figure of a VM with a budget |
//! | `budgets-accepted` | `test --accept-budgets` |
//! | `bisect-step` | `bisect`: for each kernel that is tried |
//! | `bisect-found` | `bisect` |
//! | `error` | the last line of a command that failed |
//!
//! Shapes are those of this module, not of the domain's types: those may change, these are promised. Fields may be added.

mod guests;
mod parts;

use std::path::Path;

use serde::Serialize;

pub(crate) use guests::{BisectFound, BisectStep, BootFinished, BudgetJudged, VmTested};
pub(crate) use parts::{ConfigChange, ImageFile, PatchStanding, Place, SymbolChange};

/// The version of the messages; `kernel metadata` says it. What would take something away has another one.
pub(crate) const VERSION: u32 = 1;

/// One line.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub(crate) enum Message<'a> {
    /// Something that a person should know and that stops nothing.
    Warning {
        /// What.
        message: &'a str,
        /// What to do about it.
        hint: Option<&'a str>,
    },
    /// Everything up to the compiler is good.
    KernelChecked {
        /// The kernel.
        name: &'a str,
        /// What `uname -r` will say.
        kernelrelease: &'a str,
        /// How many requests landed.
        requests: usize,
        /// The features that it has, by name.
        features: &'a [String],
    },
    /// A point of the matrix was judged.
    MatrixPoint {
        /// Its name.
        name: &'a str,
        /// The kernel that it varies.
        kernel: &'a str,
        /// Its source.
        source: &'a str,
        /// Rust's name of its architecture.
        arch: &'a str,
        /// The variant that is laid on it.
        variant: Option<&'a str>,
        /// `landed`, `refused`, `failed`, or `not-for-arch` where a profile has nothing for the architecture.
        state: &'static str,
        /// What `make kernelversion` says, where that is known.
        kernelversion: Option<&'a str>,
        /// What `uname -r` will say, where it landed.
        kernelrelease: Option<&'a str>,
        /// How many requests landed, where all did.
        requests: Option<usize>,
        /// The features that it has, by name, where it landed.
        features: Option<&'a [String]>,
        /// What is wrong.
        error: Option<&'a str>,
        /// What of it is not as asked: `conflicts`, `misses`, `unmet`, `unneeded`.
        refusal: Option<serde_json::Value>,
    },
    /// What a build of a kernel would do.
    KernelPlan {
        /// The kernel.
        name: &'a str,
        /// The text that people read.
        text: String,
    },
    /// What a build of a VM would do.
    VmPlan {
        /// The VM.
        name: &'a str,
        /// The text that people read.
        text: String,
    },
    /// A `.config` was resolved or merged.
    ConfigResolved {
        /// The kernel, or the file.
        name: &'a str,
        /// Where it was written.
        path: Option<&'a Path>,
        /// The `.config`, where it was not written to a file.
        config: Option<&'a str>,
    },
    /// A fragment speaks of a symbol that those before it speak of.
    ConfigMergeNotice {
        /// `redefined`, `redundant` or `kept-builtin`.
        kind: &'static str,
        /// `CONFIG_X`.
        symbol: &'a str,
        /// The fragment.
        fragment: &'a str,
        /// The lines that named the symbol before.
        before: &'a [String],
        /// The fragment's lines.
        after: &'a [String],
    },
    /// What was merged and what was resolved disagree on a symbol.
    ConfigMergeMiss {
        /// `CONFIG_X`.
        symbol: &'a str,
        /// The lines of the merged text.
        asked: &'a [String],
        /// The lines of the `.config`.
        found: &'a [String],
    },
    /// Why a symbol has its value.
    ConfigExplained {
        /// The kernel, or the file.
        name: &'a str,
        /// The answer.
        explanation: serde_json::Value,
    },
    /// Where each request comes from.
    ConfigLayers {
        /// The kernel.
        name: &'a str,
        /// The layers, the weakest first.
        layers: Vec<serde_json::Value>,
    },
    /// What two configurations disagree on.
    ConfigDifference {
        /// The one.
        a: &'a str,
        /// The other.
        b: &'a str,
        /// In the order of the menu.
        changes: Vec<ConfigChange>,
    },
    /// What to set so that a request lands.
    ConfigFix {
        /// The kernel, or the file.
        name: &'a str,
        /// The answer.
        proposal: serde_json::Value,
    },
    /// What another tree does to a kernel.
    KernelOutlook {
        /// The kernel.
        name: &'a str,
        /// Its kernelrelease on the old tree.
        old_release: Option<&'a str>,
        /// Its kernelrelease on the new tree.
        new_release: Option<&'a str>,
        /// Why there is none on the new tree.
        error: Option<&'a str>,
        /// What becomes of its symbols.
        symbols: Vec<SymbolChange>,
        /// Requests that no longer land, in words.
        lost: &'a [String],
        /// What becomes of its patches.
        patches: Vec<PatchStanding>,
    },
    /// A file of a patch was tried on its tree.
    PatchChecked {
        /// The kernel.
        kernel: &'a str,
        /// The patch.
        name: &'a str,
        /// The file.
        file: &'a str,
        /// `applies`, `offset`, `inactive`, `already` or `fails`.
        state: &'static str,
        /// What else there is to say, in lines.
        details: Vec<String>,
    },
    /// A file of a patch that applies with an offset was rewritten, or left.
    PatchRefreshed {
        /// The kernel.
        kernel: &'a str,
        /// The patch.
        name: &'a str,
        /// The file.
        file: &'a str,
        /// Why it was left as it is.
        left: Option<&'a str>,
    },
    /// A fix was written.
    ConfigWritten {
        /// Into which file.
        path: &'a Path,
        /// `CONFIG_X=y`, in the order in which they were asked for.
        settings: Vec<String>,
    },
    /// What other build systems keep became layers.
    Imported {
        /// The kernel.
        kernel: &'a str,
        /// Where it was written.
        path: Option<&'a Path>,
        /// What would be, where it was not.
        manifest: Option<&'a str>,
    },
    /// A source is on disk.
    Source {
        /// The source.
        name: &'a str,
        /// Its tree.
        tree: &'a Path,
    },
    /// A source has been pinned anew.
    SourceUpdated {
        /// The source.
        name: &'a str,
        /// The former pin.
        old: Option<&'a str>,
        /// The pin now.
        new: &'a str,
        /// Whether its series gets no releases any more.
        is_ended: bool,
    },
    /// What the origin of a source has.
    SourceStanding {
        /// The source.
        name: &'a str,
        /// The pin.
        pinned: Option<&'a str>,
        /// What an update would pin.
        newest: Option<&'a str>,
        /// `current`, `outdated`, `ended`, `outdated, ended`, `unpinned`, `unknown`.
        state: &'a str,
    },
    /// An unpacked source was compared.
    SourceVerified {
        /// The source.
        name: &'a str,
        /// Its tree.
        tree: &'a Path,
        /// How it differs, in words.
        changes: Vec<String>,
    },
    /// Something that is in the cache, or was.
    CacheEntry {
        /// `download`, `repository`, `tree` or `leftover`.
        kind: &'a str,
        /// What it is called.
        name: &'a str,
        /// Its bytes.
        size: u64,
        /// For how many days it was not used.
        unused_days: u64,
    },
    /// What builds left is gone.
    Removed {
        /// Of what: names of kernels, or `target/kernel`.
        what: &'a str,
        /// Its bytes.
        bytes: u64,
    },
    /// What the manifest needs of the machine is there.
    HostTools {
        /// Programs and headers.
        tools: Vec<String>,
    },
    /// A workspace has its first kernel.
    Initialised {
        /// The kernel.
        kernel: &'a str,
        /// The files that were written.
        paths: Vec<&'a Path>,
    },
    /// A kernel was written down for others.
    Exported {
        /// The kernel.
        kernel: &'a str,
        /// Where.
        folder: &'a Path,
        /// What was written; of a bundle, what lies at its top.
        paths: Vec<&'a Path>,
    },
    /// A part of the machine was looked at.
    DoctorFinding {
        /// `tool`, `compiler`, `kvm`, `runner`, `disk` or `cache`.
        area: &'a str,
        /// What was looked at.
        name: &'a str,
        /// `good`; `absent`, where nothing of this workspace fails for it; `bad`.
        health: &'a str,
        /// What was found: a version, a path, a size.
        found: Option<&'a str>,
        /// What is wanted, or what it is for.
        wanted: Option<&'a str>,
        /// The oldest version of a tool that all kernels of the manifest take, where their trees say so.
        least: Option<&'a str>,
        /// The packages that bring it.
        packages: &'a [&'a str],
        /// What to do about it.
        hint: Option<&'a str>,
    },
    /// What the cache takes.
    CacheSize {
        /// Its folder.
        path: &'a Path,
        /// Its bytes.
        bytes: u64,
    },
    /// The resolved manifest.
    Metadata {
        /// What `metadata` prints by itself.
        metadata: &'a serde_json::Value,
    },
    /// A completion script.
    Completions {
        /// The shell.
        shell: &'a str,
        /// The script.
        script: &'a str,
    },
    /// A manual page.
    ManPage {
        /// Its name, without the section.
        name: &'a str,
        /// Where it was written.
        path: Option<&'a Path>,
        /// Its text, where it was not written to a file.
        text: Option<&'a str>,
    },
    /// A kernel is built.
    KernelArtifact {
        /// The kernel.
        name: &'a str,
        /// Rust's name of its architecture.
        arch: &'a str,
        /// What `make kernelversion` says.
        kernelversion: &'a str,
        /// What `uname -r` says.
        kernelrelease: &'a str,
        /// The folder of its files.
        directory: &'a Path,
        /// Its images.
        images: Vec<ImageFile<'a>>,
        /// Whether there was nothing to do.
        fresh: bool,
    },
    /// The parts of a VM are built.
    VmArtifact {
        /// The VM.
        name: &'a str,
        /// Its kernel.
        kernel: &'a str,
        /// The image that it boots.
        image: &'a Path,
        /// Its VMM.
        vmm: Option<&'a Path>,
        /// Its firmware, as the linker made it.
        firmware: Option<&'a Path>,
        /// Its init.
        init: Option<&'a Path>,
        /// The kernel that its VMM runs under where KVM cannot, if that was built.
        nested_host: Option<&'a str>,
    },
    /// A line of a running VM.
    Console {
        /// The VM.
        vm: &'a str,
        /// Milliseconds since the VM was started.
        at_ms: u128,
        /// `console` or `vmm`.
        stream: &'a str,
        /// The line.
        text: &'a str,
    },
    /// A VM stands still until a debugger lets it go.
    DebuggerAwaited {
        /// The VM.
        vm: &'a str,
        /// Where the debugger is awaited.
        address: &'a str,
        /// The command that attaches gdb, for a shell.
        command: &'a str,
        /// The image with its symbols.
        vmlinux: &'a Path,
        /// The tree's scripts for gdb, where the kernel has them.
        scripts: Option<&'a Path>,
        /// The database of compile commands, where the source is a `path`.
        compile_commands: Option<&'a Path>,
    },
    /// A VM was tried by `test`.
    VmTested(VmTested<'a>),
    /// A figure of a VM was held against its budget.
    BudgetJudged(BudgetJudged<'a>),
    /// What VMs take was accepted.
    BudgetsAccepted {
        /// Their names.
        vms: Vec<&'a str>,
        /// The file.
        path: &'a Path,
    },
    /// A kernel was tried by `bisect`.
    BisectStep(BisectStep<'a>),
    /// `bisect` has found what it looked for.
    BisectFound(BisectFound<'a>),
    /// A boot has ended.
    BootFinished(BootFinished<'a>),
    /// The command failed.
    Error {
        /// What sort of thing went wrong.
        kind: &'static str,
        /// The exit code.
        exit_code: u8,
        /// What went wrong.
        message: &'a str,
        /// Why, outermost first.
        causes: &'a [String],
        /// Lines that belong to it.
        details: &'a [String],
        /// What to do about it.
        hint: Option<&'a str>,
        /// What of a configuration is not as asked: `conflicts`, `misses`, `unneeded`.
        #[serde(skip_serializing_if = "Option::is_none")]
        refusal: Option<&'a serde_json::Value>,
        /// Places that are wrong.
        diagnostics: Vec<Place<'a>>,
    },
}

impl Message<'_> {
    /// The line, without its end.
    pub(crate) fn to_line(&self) -> String {
        // A path that is not Unicode has no form in JSON; nothing else here can fail.
        serde_json::to_string(self).unwrap_or_else(|error| {
            format!(
                r#"{{"reason":"warning","message":"a message has no form in JSON: {error}","hint":null}}"#
            )
        })
    }
}

#[cfg(test)]
mod tests;
