//! What packages are called, and the command that installs them.

use kernel_host::env::Env;
use kernel_host::packages::PackageManager;

/// The packages of one thing, by package manager; empty where none is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packages {
    /// Debian, Ubuntu.
    pub apt: &'static [&'static str],
    /// Fedora.
    pub dnf: &'static [&'static str],
    /// Arch.
    pub pacman: &'static [&'static str],
    /// Alpine.
    pub apk: &'static [&'static str],
}

impl Packages {
    /// The same names everywhere.
    pub const fn same(names: &'static [&'static str]) -> Self {
        Self { apt: names, dnf: names, pacman: names, apk: names }
    }

    /// The names for a package manager.
    pub fn of(&self, manager: PackageManager) -> &'static [&'static str] {
        match manager {
            PackageManager::Apt => self.apt,
            PackageManager::Dnf => self.dnf,
            PackageManager::Pacman => self.pacman,
            PackageManager::Apk => self.apk,
        }
    }
}

/// How this machine gets what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Install {
    /// This machine's package manager.
    pub manager: PackageManager,
    /// Its names of the packages, each once.
    pub packages: Vec<&'static str>,
    /// The command line, to show and to copy.
    pub command: String,
}

impl Install {
    /// Finds the command; `None` without a known package manager, or where it has none of the packages.
    pub fn new<'a>(wanted: impl IntoIterator<Item = &'a Packages>, env: &Env) -> Option<Self> {
        Self::with(PackageManager::detect(env)?, wanted, env)
    }

    /// The same for a given package manager.
    pub fn with<'a>(
        manager: PackageManager,
        wanted: impl IntoIterator<Item = &'a Packages>,
        env: &Env,
    ) -> Option<Self> {
        let mut packages: Vec<&'static str> = Vec::new();
        for name in wanted.into_iter().flat_map(|packages| packages.of(manager)) {
            if !packages.contains(name) {
                packages.push(name);
            }
        }
        let command = manager.install_command(&packages, env).display();
        (!packages.is_empty()).then_some(Self { manager, packages, command })
    }

    /// The command as an advice.
    pub fn hint(&self) -> String {
        format!("`--setup` installs what is missing; by hand: {}", self.command)
    }
}
