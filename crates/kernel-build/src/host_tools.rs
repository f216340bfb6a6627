//! What a kernel's build needs of the machine beyond the compiler.
//!
//! | When it is asked | Set |
//! |---|---|
//! | before anything is downloaded | [`BASE`]: what every tree runs, whatever its `.config`; flex and bison where its own `conf` resolves |
//! | after configure, before compile | [`demanded`]: what symbols of the resolved `.config` add |
//! | for a boot | [`vm_tools`]: the machine emulator |
//! | for this workspace's own tests | [`TEST_TOOLS`] |
//!
//! Programs are looked for on `PATH`; a header is looked for by the compiler, for only it knows its folders.
//!
//! The base set was taken from builds of 6.1 and 6.12 that had nothing else on their `PATH`. Deliberately absent from
//! every table: coreutils and the shell (a system without them runs no tool either); `m4`, which every package of bison
//! brings along; `kmod`, which nothing needs before modules are installed; minimal versions, which are the tree's to say (`toolchain::Minima`).

mod install;
mod table;

use std::fmt;

use kconfig::{DotConfig, Symbol, Tristate};
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::{Command, ProcessError};

use crate::environment;
use crate::options::Kconfig;

pub use install::{Install, Packages};
pub use table::{BASE, TEST_TOOLS, vm_tools};

/// Something that must be on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostTool {
    /// What is looked for.
    pub need: Need,
    /// What it is for, as the end of a sentence: `the kernel's parsers are generated with it`.
    pub why: &'static str,
    /// The packages that have it.
    pub packages: Packages,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A program on `PATH`, by any of these names; the first is the one to show.
    Program(&'static [&'static str]),
    /// A C header that the host's compiler finds.
    Header(&'static str),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(names) => f.write_str(names.first().copied().unwrap_or_default()),
            Self::Header(name) => write!(f, "{name}"),
        }
    }
}

/// A tool that a `.config` asks for, and the symbol that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The tool.
    pub tool: &'static HostTool,
    /// The symbol; `None` for a tool that is always needed.
    pub symbol: Option<Symbol>,
}

/// Host tools that are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingTools {
    /// What is missing, in the order of the tables.
    pub missing: Vec<Demand>,
    /// How this machine gets them, where that is known.
    pub install: Option<Install>,
}

/// Why it is not known whether a tool is there, or that it is not.
#[derive(Debug, thiserror::Error)]
pub enum HostToolsError {
    /// Some are missing.
    #[error(transparent)]
    Missing(#[from] MissingTools),
    /// The compiler could not be asked.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

impl HostToolsError {
    /// What to do about it on this machine.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing(missing) => missing.hint(),
            Self::Process(_) => None,
        }
    }
}

impl MissingTools {
    /// What to do about it on this machine.
    pub fn hint(&self) -> Option<String> {
        self.install.as_ref().map(Install::hint)
    }
}

impl std::error::Error for MissingTools {}

impl fmt::Display for MissingTools {
    /// The number, then a line for each: name, and why it is needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.missing.len() {
            1 => write!(f, "1 host tool is missing")?,
            count => write!(f, "{count} host tools are missing")?,
        }
        let width =
            self.missing.iter().map(|demand| demand.tool.need.to_string().len()).max().unwrap_or_default();
        for Demand { tool, symbol } in &self.missing {
            write!(f, "\n  {:width$}   ", tool.need.to_string())?;
            if let Some(symbol) = symbol {
                write!(f, "{}=y: ", symbol.config_name())?;
            }
            f.write_str(tool.why)?;
        }
        Ok(())
    }
}

/// The base set, as demands; with what the tree's own `conf` is made with, where it resolves.
pub fn base(kconfig: Kconfig) -> Vec<Demand> {
    let mut demands = always(BASE);
    if kconfig == Kconfig::Tree {
        demands.extend(always(table::CONF));
    }
    demands
}

/// The base set, with what the tree's own menus are made with.
pub fn menu() -> Vec<Demand> {
    let mut demands = always(BASE);
    demands.extend(always(table::MENU));
    demands
}

/// Tools that are needed whatever a `.config` says, as demands.
pub fn always(tools: &'static [HostTool]) -> Vec<Demand> {
    tools.iter().map(|tool| Demand { tool, symbol: None }).collect()
}

/// What a resolved `.config` asks for beyond the base set: each tool once, with the first symbol that wants it.
pub fn demanded(config: &DotConfig) -> Vec<Demand> {
    let mut demands: Vec<Demand> = Vec::new();
    for (symbols, tool) in table::DEMANDED {
        let set = |name: &&str| Symbol::new(name).ok().filter(|s| config.tristate(s) != Tristate::N);
        if let Some(symbol) = symbols.iter().find_map(set)
            && !demands.iter().any(|demand| demand.tool.need == tool.need)
        {
            demands.push(Demand { tool, symbol: Some(symbol) });
        }
    }
    demands
}

/// The tools without which a symbol cannot be set, or its kernel not be built.
///
/// Some symbols (`DEBUG_INFO_BTF`, `RUST`) look for their tool while they are configured, and are `n` without it: then a
/// missing tool shows as a request that did not land.
pub fn tools_for(symbol: &Symbol) -> impl Iterator<Item = &'static HostTool> {
    table::DEMANDED
        .iter()
        .filter(move |(symbols, _)| symbols.contains(&symbol.as_str()))
        .map(|(_, tool)| *tool)
}

/// Looks for each tool, and reports all that are missing at once.
///
/// `host_cc` is the command of the host's compiler, as `Toolchain::host_cc` has it.
///
/// # Errors
/// [`MissingTools`], or the compiler could not be started.
pub fn check(demands: &[Demand], host_cc: &str, env: &Env, cancel: &Cancel) -> Result<(), HostToolsError> {
    let mut missing = Vec::new();
    for demand in demands {
        let there = match demand.tool.need {
            Need::Program(names) => names.iter().any(|name| env.find_program(name).is_some()),
            Need::Header(name) => has_header(name, host_cc, env, cancel)?,
        };
        if !there {
            missing.push(demand.clone());
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let install = Install::new(missing.iter().map(|demand| &demand.tool.packages), env);
    Err(MissingTools { missing, install }.into())
}

/// Asks the compiler to preprocess nothing but the header.
fn has_header(name: &str, host_cc: &str, env: &Env, cancel: &Cancel) -> Result<bool, ProcessError> {
    let mut words = host_cc.split_ascii_whitespace();
    let Some(program) = words.next().and_then(|word| env.find_program(word)) else { return Ok(false) };
    let mut command = Command::new(program);
    environment::confine(&mut command, env);
    command.args(words).args(["-include", name, "-E", "-x", "c", "/dev/null", "-o", "/dev/null"]);
    Ok(command.current_dir(env.current_dir()).output(cancel)?.status.success())
}

#[cfg(test)]
mod tests;
