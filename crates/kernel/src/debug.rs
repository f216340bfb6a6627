//! A VM that stands still at its first instruction until a debugger lets it go.
//!
//! ```text
//! cargo kernel debug demo                          gdb
//!   qemu -S -gdb tcp:127.0.0.1:1234  ◀────────────  target remote 127.0.0.1:1234
//!                                                   source …/objtree/vmlinux-gdb.py    (CONFIG_GDB_SCRIPTS=y)
//! ```
//!
//! Invariant: what a debugger is given is the image that was built, with its debugging information, never a stripped copy.
//!
//! Deliberately absent: the debugger itself: people have theirs, in an editor or not.

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::Command;
use kernel_spec::Origin;

/// How a VM is debugged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Debugging {
    /// The port of this machine at which a debugger is awaited.
    pub port: u16,
}

/// How a debugger is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attach {
    /// Where it is awaited: `127.0.0.1:1234`.
    pub address: String,
    /// The command, for a shell.
    pub command: String,
    /// The image with its symbols.
    pub vmlinux: AbsPath,
    /// The tree's scripts for gdb, where the kernel has them.
    pub scripts: Option<AbsPath>,
    /// `compile_commands.json`, for trees that a person edits.
    pub compile_commands: Option<AbsPath>,
    /// What a person may want to know: what lacks, and what brings it.
    pub notes: Vec<String>,
}

/// What an attachment is made of.
pub(crate) struct Parts<'a> {
    pub(crate) debugging: Debugging,
    pub(crate) kernel: &'a str,
    pub(crate) vmlinux: AbsPath,
    pub(crate) objtree: &'a AbsPath,
    pub(crate) work: &'a AbsPath,
    pub(crate) config: &'a str,
    pub(crate) origin: &'a Origin,
    pub(crate) root: &'a AbsPath,
}

impl Attach {
    pub(crate) fn of(parts: &Parts<'_>, env: &Env, cancel: &Cancel) -> Self {
        let address = format!("127.0.0.1:{}", parts.debugging.port);
        let has = |symbol: &str| parts.config.lines().any(|line| line == format!("CONFIG_{symbol}=y"));
        let scripts = Some(parts.objtree.join("vmlinux-gdb.py")).filter(fs::is_file);
        let mut gdb = Command::new("gdb");
        if let Some(scripts) = &scripts {
            // gdb loads what lies beside an image only from places that it was told to trust.
            gdb.args(["-iex", &format!("add-auto-load-safe-path {}", parts.objtree)]);
            gdb.args(["-ex", &format!("source {scripts}")]);
        }
        gdb.args(["-ex", &format!("target remote {address}")]).arg(&parts.vmlinux);
        let mut notes = Vec::new();
        let mut lacks = |what: &str, symbols: &str| {
            notes.push(format!("{what}: ask for {symbols} in `[kernel.{}.config]`", parts.kernel));
        };
        if !has("DEBUG_INFO") {
            lacks("the image has symbols, and no lines", "`DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT`");
        }
        if scripts.is_none() {
            lacks("no `lx-` commands in gdb", "`GDB_SCRIPTS`, which needs `DEBUG_INFO`,");
        }
        if has("RANDOMIZE_BASE") {
            notes.push("put `nokaslr` on the `cmdline`: addresses are then those of the image".into());
        }
        let compile_commands = compile_commands(parts, env, cancel);
        Self {
            address,
            command: gdb.display(),
            vmlinux: parts.vmlinux.clone(),
            scripts,
            compile_commands,
            notes,
        }
    }
}

/// The database of compile commands, by the tree's own script; none where the tree or Python is not there.
///
/// A tree that was fetched is nobody's to edit, and has none.
fn compile_commands(parts: &Parts<'_>, env: &Env, cancel: &Cancel) -> Option<AbsPath> {
    let Origin::Path { path } = parts.origin else { return None };
    let tree = parts.root.join(path);
    let script = Some(tree.join("scripts/clang-tools/gen_compile_commands.py")).filter(fs::is_file)?;
    let python = env.find_program("python3")?;
    let made = parts.work.join("compile_commands.json");
    let mut command = Command::new(&python);
    command.arg(&script).arg("-d").arg(parts.objtree).arg("-o").arg(&made).current_dir(&tree);
    let ran = command.output(cancel).ok()?;
    (ran.status.success() && fs::is_file(&made)).then_some(made)
}
