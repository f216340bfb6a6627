//! The command lines of this machine's package manager.
//!
//! Which packages are wanted, and under which name on which distribution, is the caller's business.

use crate::cancel::Cancel;
use crate::env::Env;
use crate::process::{Command, ProcessError};

/// Names a package manager that this crate can drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PackageManager {
    /// Debian and its kin.
    Apt,
    /// Fedora and its kin.
    Dnf,
    /// Arch and its kin.
    Pacman,
    /// Alpine.
    Apk,
}

impl PackageManager {
    const ALL: [Self; 4] = [Self::Apt, Self::Dnf, Self::Pacman, Self::Apk];

    /// Finds the package manager of this machine.
    #[must_use]
    pub fn detect(env: &Env) -> Option<Self> {
        Self::ALL.into_iter().find(|manager| env.find_program(manager.program()).is_some())
    }

    /// Returns the program's name.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Pacman => "pacman",
            Self::Apk => "apk",
        }
    }

    /// Makes the command that fetches the package lists anew, where installing does not do so by itself.
    #[must_use]
    pub fn refresh_command(self, env: &Env) -> Option<Command> {
        let args: &[&str] = match self {
            Self::Apt => &["update"],
            Self::Apk => &["update"],
            // `dnf` refreshes what has expired. `pacman -Sy` without `-u` would leave a half-upgraded system.
            Self::Dnf | Self::Pacman => return None,
        };
        Some(as_root(self, args, env))
    }

    /// Makes the command that installs packages without asking.
    ///
    /// Through `sudo` where this user is not root and `sudo` is there; run it with [`Command::interactive`] then, for
    /// `sudo` may ask for a password.
    #[must_use]
    pub fn install_command(self, packages: &[&str], env: &Env) -> Command {
        let args: &[&str] = match self {
            Self::Apt => &["install", "-y", "--no-install-recommends"],
            Self::Dnf => &["install", "-y"],
            Self::Pacman => &["-S", "--noconfirm", "--needed"],
            Self::Apk => &["add"],
        };
        let mut command = as_root(self, args, env);
        command.args(packages);
        command
    }

    /// Says of each package whether it is installed.
    ///
    /// Something else that provides it counts for `dnf`, `pacman` and `apk`, not for `apt-get`.
    pub fn installed(self, packages: &[&str], cancel: &Cancel) -> Result<Vec<bool>, ProcessError> {
        packages.iter().map(|package| self.is_installed(package, cancel)).collect()
    }

    fn is_installed(self, package: &str, cancel: &Cancel) -> Result<bool, ProcessError> {
        let (program, args): (&str, &[&str]) = match self {
            Self::Apt => ("dpkg-query", &["--show", "--showformat=${db:Status-Status}\n"]),
            Self::Dnf => ("rpm", &["-q", "--whatprovides"]),
            Self::Pacman => ("pacman", &["-T"]),
            Self::Apk => ("apk", &["info", "-e"]),
        };
        let output = Command::new(program).args(args).arg(package).env("LC_ALL", "C").output(cancel)?;
        Ok(match self {
            // A removed package with configuration files left is known, with another state; with several
            // architectures there are several lines.
            Self::Apt => output.stdout.lines().any(|line| line == "installed"),
            Self::Dnf | Self::Pacman | Self::Apk => output.status.success(),
        })
    }
}

fn as_root(manager: PackageManager, args: &[&str], env: &Env) -> Command {
    let noninteractive = (manager == PackageManager::Apt).then_some("DEBIAN_FRONTEND=noninteractive");
    let mut command = if !is_root() && env.find_program("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        if !env.is_terminal_stdin() {
            // Nobody is there to type a password: fail at once.
            sudo.arg("-n");
        }
        // `sudo` drops the environment; an assignment on its command line it passes on.
        sudo.args(noninteractive).arg(manager.program());
        sudo
    } else {
        let mut command = Command::new(manager.program());
        if let Some((name, value)) = noninteractive.and_then(|assignment| assignment.split_once('=')) {
            command.env(name, value);
        }
        command
    };
    command.args(args);
    command
}

fn is_root() -> bool {
    #[cfg(unix)]
    {
        rustix::process::geteuid().is_root()
    }
    #[cfg(not(unix))]
    {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::PackageManager;
    use crate::cancel::Cancel;
    use crate::env::Env;
    use crate::fs::{self, tests::scratch};

    /// An environment whose `PATH` holds these programs alone.
    #[cfg(unix)]
    fn machine(programs: &[&str]) -> (fs::TempDir, Env) {
        let dir = scratch();
        for program in programs {
            let path = dir.path().join(program);
            fs::write_atomic(&path, b"#!/bin/sh\n").unwrap();
            fs::set_executable(&path).unwrap();
        }
        let env = Env::from_vars([("PATH", dir.path().to_string())], dir.path().clone());
        (dir, env)
    }

    #[cfg(unix)]
    #[test]
    fn the_manager_is_the_one_that_is_there() {
        for manager in PackageManager::ALL {
            let (_dir, env) = machine(&[manager.program()]);
            assert_eq!(PackageManager::detect(&env), Some(manager));
        }
        let (_dir, env) = machine(&["sudo"]);
        assert_eq!(PackageManager::detect(&env), None);
    }

    #[cfg(unix)]
    #[test]
    fn packages_are_installed_without_a_question() {
        let (_dir, env) = machine(&[]);
        let lines =
            PackageManager::ALL.map(|manager| manager.install_command(&["flex", "bc"], &env).display());
        insta::assert_snapshot!(lines.join("\n"), @"
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends flex bc
        dnf install -y flex bc
        pacman -S --noconfirm --needed flex bc
        apk add flex bc
        ");
        let (_dir, env) = machine(&["sudo"]);
        let line = PackageManager::Apt.refresh_command(&env).unwrap().display();
        let expected = if super::is_root() {
            "DEBIAN_FRONTEND=noninteractive apt-get update"
        } else {
            "sudo -n DEBIAN_FRONTEND=noninteractive apt-get update"
        };
        assert_eq!(line, expected);
    }

    #[test]
    fn this_machine_knows_its_own_packages() {
        let env = Env::capture().unwrap();
        let Some(manager) = PackageManager::detect(&env) else {
            println!("skipped: no package manager on this machine");
            return;
        };
        // The package that brings the manager itself.
        let own = match manager {
            PackageManager::Apt => "apt",
            PackageManager::Dnf => "dnf",
            PackageManager::Pacman => "pacman",
            PackageManager::Apk => "apk-tools",
        };
        let installed = manager.installed(&[own, "no-such-package-anywhere"], &Cancel::new()).unwrap();
        assert_eq!(installed, [true, false]);
    }
}
