//! What a boot that went wrong can be told about its kernel, beyond the verdict: where it was, and what it lacked.
//!
//! ```text
//! console lines ──report──▶ addresses ──System.map──▶ symbol+offset ──DWARF──▶ file:line    trace
//! panic line, cmdline, .config ──no_root──▶ what is lacking, and the request that brings it  cause
//! ```
//!
//! Invariant: a verdict never depends on this: files that are absent or cannot be read make it say less, not fail.
//!
//! Deliberately absent: the traces of a nested host, whose kernel has other symbols; modules, which a guest kernel of this
//! tool rarely has.

mod lines;
mod no_root;
mod report;
mod symbols;

use kernel_host::AbsPath;
use kernel_host::fs;

use crate::judge::{ConsoleLine, Layers, of_guest};
use crate::machine::BootRequest;

pub use lines::SourceLines;
pub(crate) use report::{PANIC, said};
pub use report::{complaint, trace};
pub use symbols::Symbols;

/// The files of a kernel that tell what its addresses and its lacks mean; each where it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelFiles {
    /// `System.map`.
    pub system_map: Option<AbsPath>,
    /// `vmlinux` with its debugging information.
    pub vmlinux: Option<AbsPath>,
    /// The resolved `.config`.
    pub config: Option<AbsPath>,
}

/// What is told beside a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// The places of the kernel's last report (oops, warning, panic), innermost first: `symbol+0x1c (file.c:12)`.
    pub trace: Vec<String>,
    /// Why the kernel has no root file system and no init, where that is what it said.
    pub cause: Option<Cause>,
}

/// Why a kernel has no root file system or no init.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What is lacking.
    pub text: String,
    /// What to do about it.
    pub hint: String,
}

impl Diagnosis {
    /// Looks at what was said; reads files only where there is something to tell.
    pub(crate) fn of(request: &BootRequest, cmdline: &str, layers: Layers, lines: &[ConsoleLine]) -> Self {
        let said = of_guest(lines, layers);
        let read = |path: &Option<AbsPath>| path.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let trace = if report::is_there(said) {
            let symbols = read(&request.kernel.system_map).map(|text| Symbols::parse(&text));
            let image = request.kernel.vmlinux.as_ref().and_then(|path| fs::read(path).ok());
            let lines = image.as_deref().and_then(SourceLines::of);
            symbols.map(|symbols| trace(said, &symbols, lines.as_ref())).unwrap_or_default()
        } else {
            Vec::new()
        };
        let cause = no_root::panic(said).and_then(|panic| {
            let config = read(&request.kernel.config);
            no_root::cause(&no_root::Given {
                vm: request.name.as_str(),
                panic,
                said,
                cmdline,
                has_initramfs: request.initramfs.is_some(),
                config: config.as_deref(),
            })
        });
        Self { trace, cause }
    }
}
