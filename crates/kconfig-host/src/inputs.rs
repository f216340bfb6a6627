//! What a probe's answer depends on, found by reading its command.
//!
//! ```text
//! command ──shell──▶ [Node] ──walk──▶ every program that could run, with its arguments
//!                                       ├─ builtin   test -e F: the file F
//!                                       ├─ script    its text, and what it runs in turn
//!                                       └─ tools     by what is known of each kind: which arguments are files that it reads
//! ```
//!
//! Conditions are not followed: a program that could run counts as one that does. What is not known, not understood, or
//! reads more than can be told makes the probe [`Unlisted`]: it is run each time.
//!
//! Counted with every probe, and not listed one by one: the environment, the shell, whether the directory can be
//! written.

mod compiler;
mod state;
mod tools;
mod walk;

pub(crate) use tools::is_build_tool;

use std::collections::BTreeSet;

use kernel_host::AbsPath;

/// Something that an answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Input {
    /// Which file the name of a program stands for, if any, and that file's state.
    Program(String),
    /// A program that calls others: what it would call, too.
    Compiler(String),
    /// The same program where it calls nothing: it tells who it is.
    Driver(String),
    /// Headers and libraries, as a compiler finds them.
    Libraries {
        /// The compiler.
        compiler: String,
        /// The options that decide where it looks.
        options: Vec<String>,
        /// The headers that are included.
        headers: Vec<String>,
        /// The files that are asked for.
        files: Vec<String>,
    },
    /// A module, as an interpreter of Python finds it.
    Module {
        /// The interpreter.
        python: String,
        /// The module.
        module: String,
    },
    /// The real compiler behind rustup's stand-in.
    Rustc(String),
    /// The state of a file, or its absence.
    File(AbsPath),
    /// The text of a script.
    Script(AbsPath),
    /// A variable that does not count with every probe.
    Variable(String),
}

/// Everything that an answer depends on.
pub(crate) type Inputs = BTreeSet<Input>;

/// Why it cannot be told what an answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unlisted(pub(crate) String);

/// What finding out needs of the outside.
pub(crate) trait Outside {
    /// The directory that probes run in.
    fn directory(&self) -> &AbsPath;
    /// A variable of the probes' environment.
    fn variable(&self, name: &str) -> Option<String>;
    /// The file that a program's name stands for.
    fn program(&self, name: &str) -> Option<AbsPath>;
    /// Whether a file is machine code, not a script.
    fn is_binary(&self, path: &AbsPath) -> bool;
    /// The text of a file, if it is there and is text.
    fn text(&self, path: &AbsPath) -> Option<String>;
}

/// Lists what the answer of a command depends on.
pub(crate) fn inputs(command: &[u8], outside: &dyn Outside) -> Result<Inputs, Unlisted> {
    let text = std::str::from_utf8(command).map_err(|_| Unlisted("it is not UTF-8".to_owned()))?;
    walk::walk(text, outside)
}

#[cfg(test)]
mod tests;
