//! The environment: variables, current directory, CPUs, terminals.
//!
//! An [`Env`] is a snapshot that the door of the program takes once and hands down, so that a library function is a
//! function of its arguments and a test can say what the environment is.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};

use crate::AbsPath;

/// Holds what was read from the environment at the door.
#[derive(Debug, Clone)]
pub struct Env {
    vars: BTreeMap<OsString, OsString>,
    current_dir: AbsPath,
    cpus: usize,
    stdin_is_terminal: bool,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
}

impl Env {
    /// Reads the environment of this process.
    ///
    /// Fails where the current directory has vanished.
    pub fn capture() -> io::Result<Self> {
        let current_dir = AbsPath::new(std::env::current_dir()?).map_err(io::Error::other)?;
        Ok(Self {
            vars: std::env::vars_os().collect(),
            current_dir,
            cpus: available_cpus(),
            stdin_is_terminal: io::stdin().is_terminal(),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
        })
    }

    /// Makes an environment of these variables alone, with no terminal.
    pub fn from_vars<K, V>(vars: impl IntoIterator<Item = (K, V)>, current_dir: AbsPath) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        Self {
            vars: vars.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            current_dir,
            cpus: available_cpus(),
            stdin_is_terminal: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
        }
    }

    /// Returns a variable's value, where it is set and UTF-8.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(OsStr::new(name))?.to_str()
    }

    /// Returns a variable's value where it is set, UTF-8 and not empty.
    ///
    /// For variables that by convention are unset when empty (`XDG_CACHE_HOME`, proxies).
    #[must_use]
    pub fn get_filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Lists all variables, sorted by name.
    pub fn vars(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.vars.iter().map(|(key, value)| (key.as_os_str(), value.as_os_str()))
    }

    /// Returns the directory the tool was started in.
    #[must_use]
    pub fn current_dir(&self) -> &AbsPath {
        &self.current_dir
    }

    /// Returns the tool's per-user cache directory.
    ///
    /// `KERNEL_CACHE_DIR` (relative to the current directory), else `$XDG_CACHE_HOME/cargo-kernel`, else
    /// `$HOME/.cache/cargo-kernel`. The XDG base directory specification says that a relative `XDG_CACHE_HOME` is
    /// to be ignored.
    #[must_use]
    pub fn cache_dir(&self) -> Option<AbsPath> {
        if let Some(dir) = self.get_filled("KERNEL_CACHE_DIR") {
            return Some(self.current_dir.join(dir));
        }
        let absolute = |name: &str| AbsPath::new(self.get_filled(name)?).ok();
        let base = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
        Some(base.join("cargo-kernel"))
    }

    /// Returns the tool's per-user directory of settings.
    ///
    /// `$XDG_CONFIG_HOME/cargo-kernel`, else `$HOME/.config/cargo-kernel`.
    #[must_use]
    pub fn config_dir(&self) -> Option<AbsPath> {
        let absolute = |name: &str| AbsPath::new(self.get_filled(name)?).ok();
        let base =
            absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")))?;
        Some(base.join("cargo-kernel"))
    }

    /// Finds a program over this environment's `PATH`.
    ///
    /// A name with a slash is taken relative to the current directory, as a shell does.
    #[must_use]
    pub fn find_program(&self, name: &str) -> Option<AbsPath> {
        let path = self.vars.get(OsStr::new("PATH"));
        let found = which::which_in(name, path, &self.current_dir).ok()?;
        Some(self.current_dir.join(found))
    }

    /// Says whether standard input is a terminal.
    #[must_use]
    pub fn is_terminal_stdin(&self) -> bool {
        self.stdin_is_terminal
    }

    /// Says whether standard output is a terminal.
    #[must_use]
    pub fn is_terminal_stdout(&self) -> bool {
        self.stdout_is_terminal
    }

    /// Says whether standard error is a terminal.
    #[must_use]
    pub fn is_terminal_stderr(&self) -> bool {
        self.stderr_is_terminal
    }

    /// Returns how many CPUs this process may use, at least one.
    #[must_use]
    pub fn cpus(&self) -> usize {
        self.cpus
    }

    /// Says whether the host is Linux.
    #[must_use]
    pub fn is_linux(&self) -> bool {
        cfg!(target_os = "linux")
    }
}

/// Counts the CPUs that this process may use: affinity and cgroup quota are honoured.
#[must_use]
pub fn available_cpus() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::Env;
    use crate::AbsPath;

    fn env(vars: &[(&str, &str)]) -> Env {
        Env::from_vars(vars.iter().copied(), AbsPath::new("/here").unwrap())
    }

    #[test]
    fn the_cache_directory_follows_the_variables_in_order() {
        type Vars<'a> = &'a [(&'a str, &'a str)];
        let table: &[(Vars<'_>, Option<&str>)] = &[
            (&[("KERNEL_CACHE_DIR", "/k"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")], Some("/k")),
            (&[("KERNEL_CACHE_DIR", "rel"), ("HOME", "/h")], Some("/here/rel")),
            (&[("KERNEL_CACHE_DIR", ""), ("XDG_CACHE_HOME", "/x")], Some("/x/cargo-kernel")),
            (&[("XDG_CACHE_HOME", "rel"), ("HOME", "/h")], Some("/h/.cache/cargo-kernel")),
            (&[], None),
        ];
        for (vars, expected) in table {
            let found = env(vars).cache_dir().map(|dir| dir.to_string());
            assert_eq!(found.as_deref(), *expected, "{vars:?}");
        }
    }

    #[test]
    fn a_program_is_found_over_the_given_path_alone() {
        assert!(env(&[("PATH", "/usr/bin:/bin")]).find_program("sh").is_some());
        assert_eq!(env(&[("PATH", "/nowhere")]).find_program("sh"), None);
        assert_eq!(env(&[]).find_program("sh"), None);
    }
}
