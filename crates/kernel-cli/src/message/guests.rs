//! What is told of guests that are booted, tried, measured and searched with.

use std::path::Path;

use serde::Serialize;

/// A VM was tried by `test`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub(crate) struct VmTested<'a> {
    /// The VM.
    pub(crate) vm: &'a str,
    /// The trial's name: the VM's, and what it was tried with beside what is its own.
    pub(crate) trial: &'a str,
    /// The kernel that it was tried with.
    pub(crate) kernel: &'a str,
    /// The runner that it was tried with.
    pub(crate) runner: &'a str,
    /// What `uname -r` said, where all was well.
    pub(crate) kernelrelease: Option<&'a str>,
    /// What ran the guest's instructions, where all was well.
    pub(crate) accelerator: Option<String>,
    /// Milliseconds to the init's first line, or to the marker, where it came to that.
    pub(crate) ready_ms: Option<u128>,
    /// Whether all was well.
    pub(crate) passed: bool,
    /// The boot's outcome, as in `boot-finished`, where it came to one; or `complaint`, `lacks`.
    pub(crate) outcome: Option<&'a str>,
    /// How it went, in words.
    pub(crate) what: &'a str,
    /// Milliseconds from the start of the machine to its end; 0 where it was not started.
    pub(crate) total_ms: u128,
}

/// A figure of a VM was held against its budget.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub(crate) struct BudgetJudged<'a> {
    /// The VM.
    pub(crate) vm: &'a str,
    /// `boot-time` in microseconds, `image-size` and `memory` in bytes, `symbols`.
    pub(crate) figure: &'a str,
    /// `within`, `over`, `unaccepted`, `elsewhere` where the accepted time is of another machine, or `unmeasured`.
    pub(crate) state: &'a str,
    /// The middle value, where it was measured.
    pub(crate) median: Option<u64>,
    /// The least.
    pub(crate) low: Option<u64>,
    /// The greatest.
    pub(crate) high: Option<u64>,
    /// How many there are.
    pub(crate) runs: Option<u64>,
    /// What was accepted, where that can be compared.
    pub(crate) accepted: Option<u64>,
    /// The most that there may be, where that is known.
    pub(crate) most: Option<u64>,
    /// What changed since, where there is more.
    pub(crate) changes: &'a [String],
}

/// A kernel was tried by `bisect`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub(crate) struct BisectStep<'a> {
    /// The VM.
    pub(crate) vm: &'a str,
    /// Which one, from 1; the first is the good one, the second the bad one.
    pub(crate) number: usize,
    /// The differences that were laid on the good one.
    pub(crate) differences: Vec<String>,
    /// How many there are that may be what is looked for.
    pub(crate) suspects: usize,
    /// `good`, `bad`, or `untestable` where it cannot be resolved or built.
    pub(crate) verdict: &'static str,
    /// How that looks, where it is not good.
    pub(crate) what: Option<&'a str>,
    /// Whether that was known from an earlier step, or an earlier run.
    pub(crate) known: bool,
}

/// `bisect` has found what it looked for.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub(crate) struct BisectFound<'a> {
    /// The VM.
    pub(crate) vm: &'a str,
    /// The fewest differences that break the boot: `CONFIG_X: y -> n`, ``patch `NAME` ``.
    pub(crate) culprits: Vec<String>,
    /// How that looks.
    pub(crate) outcome: &'a str,
    /// How many differences there are.
    pub(crate) differences: usize,
    /// How many kernels were tried.
    pub(crate) steps: usize,
}

/// A boot has ended.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub(crate) struct BootFinished<'a> {
    /// The VM.
    pub(crate) vm: &'a str,
    /// Whether it is good.
    pub(crate) passed: bool,
    /// The verdict's name, such as `power-off`, `panic` or `hang`: `docs/vmm/outcomes.md` has them all.
    pub(crate) outcome: &'a str,
    /// The verdict in words.
    pub(crate) verdict: String,
    /// What ran the guest's instructions.
    pub(crate) accelerator: String,
    /// The VMM.
    pub(crate) vmm: &'a str,
    /// Milliseconds from the start to the init's first line, or to the marker.
    pub(crate) ready_ms: Option<u128>,
    /// Milliseconds from the start to the end.
    pub(crate) total_ms: u128,
    /// The places of the kernel's report, where it made one: `panic+0x1c (kernel/panic.c:300)`.
    pub(crate) trace: &'a [String],
    /// What a kernel without a root file system lacks.
    pub(crate) cause: Option<&'a str>,
    /// What was last said, where the boot is not good.
    pub(crate) last: &'a [String],
    /// The process's command line.
    pub(crate) command: &'a str,
    /// Where the console's text is.
    pub(crate) log: &'a Path,
    /// The page that was drawn of it, with `--chart`.
    pub(crate) chart: Option<&'a Path>,
}
