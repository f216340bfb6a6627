//! cargo's builds of what stands beside a kernel: VMM, init, firmware.
//!
//! | packages | `--target` | linked |
//! |---|---|---|
//! | `vmm`, `init` with `static = true` (the default) | the host's, or the one that was asked for | `-C target-feature=+crt-static` |
//! | `vmm`, `init` with `static = false` | the one that was asked for, if any | as cargo does it |
//! | `init` with `embed = true` | the same | the same, and without places of this machine; see [`crate::built_in`] |
//! | `firmware` | none: its own `build.rs` knows | as cargo does it |
//!
//! Each row is one `cargo build`. What goes into a kernel is built before it; the others run one after another in the session's
//! jobserver, beside the kernels, and hear where the kernels are being made (`KERNEL_BUILD_ACTIVE`): a `build.rs` that
//! needs one waits for its lock and reads its `kernel.json`.

pub(crate) mod environment;
mod error;

use std::collections::BTreeMap;

use cargo_metadata::{Message, TargetKind};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::jobserver::Jobserver;
use kernel_host::process::{Command, Line, Stream, describe_status};
use kernel_plan::CargoFacts;
use kernel_spec::{InitramfsPlace, PackageRef, VmEntry};

use crate::built_in::WAITING;
use crate::event::Voice;
use crate::options::{CargoOptions, Colour};
use crate::workspace::Workspace;

pub use error::CargoError;

/// The variable that says where kernels are being made.
const ACTIVE: &str = "KERNEL_BUILD_ACTIVE";

/// How packages are linked, and so which of them are built together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Linking {
    Static,
    Default,
    Firmware,
    BuiltIn,
}

/// A program of a package, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Program {
    package: String,
    bin: String,
    role: &'static str,
}

/// The `cargo build`s that VMs need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CargoBuilds(BTreeMap<Linking, Vec<Program>>);

/// The program's name of a package.
fn bin_of(package: &PackageRef) -> &str {
    package.bin.as_ref().map_or(&package.package.value, |bin| &bin.value)
}

impl CargoBuilds {
    /// What VMs need, each program once.
    pub(crate) fn of<'a>(vms: impl IntoIterator<Item = &'a VmEntry>) -> Self {
        let mut builds = Self::default();
        for vm in vms {
            let linking =
                |package: &PackageRef| if package.is_static { Linking::Static } else { Linking::Default };
            let init = vm.init.as_ref().filter(|_| vm.initramfs == InitramfsPlace::Beside);
            for (package, role) in [(vm.vmm.as_ref(), "vmm"), (init, "init")] {
                builds.add(package.map(|package| (linking(package), package, role)));
            }
            builds.add(vm.firmware.as_ref().map(|package| (Linking::Firmware, package, "firmware")));
        }
        builds
    }

    /// What is built into a kernel.
    pub(crate) fn of_built_in(package: &PackageRef) -> Self {
        let mut builds = Self::default();
        builds.add(Some((Linking::BuiltIn, package, "init, built in")));
        builds
    }

    fn add(&mut self, wanted: Option<(Linking, &PackageRef, &'static str)>) {
        let Some((linking, package, role)) = wanted else { return };
        let (name, bin) = (package.package.value.clone(), bin_of(package).to_owned());
        let programs = self.0.entry(linking).or_default();
        if !programs.iter().any(|known| known.package == name && known.bin == bin) {
            programs.push(Program { package: name, bin, role });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a plan has them; the host's triple is not asked for.
    pub(crate) fn facts(&self, options: &CargoOptions) -> Vec<CargoFacts> {
        let of = |(linking, programs): (&Linking, &Vec<Program>)| CargoFacts {
            packages: programs.iter().map(|p| (p.package.clone(), p.role.to_owned())).collect(),
            profile: options.profile.clone().unwrap_or_else(|| "dev".to_owned()),
            target: match linking {
                Linking::Static | Linking::BuiltIn => {
                    Some(options.target.clone().unwrap_or_else(|| "the host's target".to_owned()))
                }
                Linking::Default => options.target.clone(),
                Linking::Firmware => None,
            },
            crt_static: matches!(linking, Linking::Static | Linking::BuiltIn),
        };
        self.0.iter().map(of).collect()
    }
}

/// The programs that cargo made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Programs(Vec<(Linking, String, String, AbsPath)>);

impl Programs {
    /// The program of a package of a VM.
    pub(crate) fn of(&self, package: &PackageRef) -> Option<AbsPath> {
        let linking = if package.is_static { Linking::Static } else { Linking::Default };
        self.find(linking, package)
    }

    /// The ELF file of a firmware package.
    pub(crate) fn firmware(&self, package: &PackageRef) -> Option<AbsPath> {
        self.find(Linking::Firmware, package)
    }

    /// The program of a package that is built into a kernel.
    pub(crate) fn built_in(&self, package: &PackageRef) -> Option<AbsPath> {
        self.find(Linking::BuiltIn, package)
    }

    fn find(&self, linking: Linking, package: &PackageRef) -> Option<AbsPath> {
        let (name, bin) = (&package.package.value, bin_of(package));
        let found = self.0.iter().find(|(l, p, b, _)| *l == linking && p == name && b == bin);
        found.map(|(_, _, _, path)| path.clone())
    }
}

/// Everything that cargo's builds need.
pub(crate) struct Alongside<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) options: &'a CargoOptions,
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) jobserver: &'a Jobserver,
    pub(crate) voice: Voice<'a>,
    /// Which kernels wait for what is built ([`WAITING`]); nobody knows of kernels that are being made then.
    pub(crate) waiting: Option<&'a str>,
}

impl Alongside<'_> {
    /// Builds; the caller holds a token of the jobserver.
    pub(crate) fn build(&self, builds: &CargoBuilds) -> Result<Programs, CargoError> {
        let mut made = Programs::default();
        for (linking, programs) in &builds.0 {
            self.build_one(*linking, programs, &mut made)?;
        }
        Ok(made)
    }

    fn build_one(
        &self,
        linking: Linking,
        programs: &[Program],
        made: &mut Programs,
    ) -> Result<(), CargoError> {
        let names: Vec<&str> = programs.iter().map(|program| program.package.as_str()).collect();
        self.voice.started("Building", names.join(", "));
        let mut command = self.command(linking, programs)?;
        let mut said: Vec<String> = Vec::new();
        let mut found: Vec<(String, AbsPath)> = Vec::new();
        let status = command.stream(self.cancel, &mut |line: Line<'_>| match line.stream {
            Stream::Stdout => found.extend(executable(line.text)),
            Stream::Stderr if is_status(line.text) => self.voice.note(line.text),
            Stream::Stderr => {
                self.voice.rendered(line.text);
                said.push(line.text.to_owned());
            }
        })?;
        if !status.success() {
            let packages = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let words = if said.is_empty() { vec!["it said nothing".to_owned()] } else { Vec::new() };
            let (status, command) = (describe_status(status), command.display());
            return Err(CargoError::Failed { packages, status, command, words });
        }
        for Program { package, bin, .. } in programs {
            let path = found.iter().find(|(name, _)| name == bin).map(|(_, path)| path.clone());
            let none = || CargoError::NoExecutable { package: package.clone(), bin: bin.clone() };
            made.0.push((linking, package.clone(), bin.clone(), path.ok_or_else(none)?));
        }
        Ok(())
    }

    fn command(&self, linking: Linking, programs: &[Program]) -> Result<Command, CargoError> {
        let no_workspace = || CargoError::NoWorkspace {
            package: programs.first().map(|program| program.package.clone()).unwrap_or_default(),
            root: self.workspace.root().clone(),
        };
        let root = self.workspace.cargo_root().ok_or_else(no_workspace)?;
        let cargo = environment::cargo(self.env);
        let target = match (linking, &self.options.target) {
            (Linking::Firmware, _) | (Linking::Default, None) => None,
            (_, Some(target)) => Some(target.clone()),
            (Linking::Static | Linking::BuiltIn, None) => Some(self.host(&cargo, root)?),
        };
        let mut command = Command::new(&cargo);
        command.current_dir(root);
        command.args(["build", "--message-format=json-render-diagnostics", "--color"]);
        command.arg(match self.options.colour {
            Colour::Always => "always",
            Colour::Never => "never",
        });
        for Program { package, bin, .. } in programs {
            command.args(["--package", package, "--bin", bin]);
        }
        if let Some(profile) = &self.options.profile {
            command.args(["--profile", profile]);
        }
        let usual = self.workspace.target_dir();
        let target_dir = if linking == Linking::BuiltIn { self.workspace.init_dir() } else { usual.clone() };
        command.arg("--target-dir").arg(&target_dir);
        environment::clean(&mut command, self.env);
        if let Some(target) = &target {
            command.args(["--target", target]);
            let more = match linking {
                Linking::Static => Vec::new(),
                Linking::BuiltIn => environment::without_places(&[&target_dir, usual, root], self.env),
                Linking::Default | Linking::Firmware => return Ok(self.beside(command)),
            };
            environment::link_statically(&mut command, target, &more, self.env)?;
        }
        if let Some(waiting) = self.waiting {
            command.env(WAITING, waiting).env_remove(ACTIVE);
            // A build script that asks for another kernel asks for one of this workspace.
            command.env("CARGO_TARGET_DIR", usual);
            self.jobserver.configure(&mut command);
            return Ok(command);
        }
        Ok(self.beside(command))
    }

    /// A command that hears where the kernels are being made.
    fn beside(&self, mut command: Command) -> Command {
        command.env(ACTIVE, self.workspace.output_dir());
        self.jobserver.configure(&mut command);
        command
    }

    /// The triple of the machine that cargo runs on.
    fn host(&self, cargo: &AbsPath, root: &AbsPath) -> Result<String, CargoError> {
        let mut command = Command::new(cargo);
        command.args(["--version", "--verbose"]).current_dir(root);
        environment::clean(&mut command, self.env);
        let said = command.checked_output(self.cancel)?.stdout;
        let host = said.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
        host.ok_or_else(|| CargoError::NoHost { command: command.display() })
    }
}

/// The program that a line of cargo's messages announces: its name and its file.
fn executable(line: &str) -> Option<(String, AbsPath)> {
    let Ok(Message::CompilerArtifact(artifact)) = serde_json::from_str::<Message>(line) else { return None };
    let path = AbsPath::new(artifact.executable?.into_std_path_buf()).ok()?;
    artifact.target.kind.contains(&TargetKind::Bin).then_some((artifact.target.name, path))
}

/// Whether a line is one of cargo's own about its progress: a verb, right-justified in 12 columns.
fn is_status(line: &str) -> bool {
    // Colours: what stands between ESC and `m`.
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let Some(verb) = plain.get(..12) else { return false };
    let word = verb.trim_start();
    plain.as_bytes().get(12) == Some(&b' ')
        && word.len() > 3
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_progress_is_told_from_its_diagnostics() {
        for line in [
            "   Compiling microvm v0.1.0 (/w)",
            "    Finished `dev` profile",
            "\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m a v1",
        ] {
            assert!(is_status(line), "{line}");
        }
        for line in [
            "error[E0308]: mismatched types",
            "  --> src/main.rs:3:5",
            "3 |     let x: u8 = \"\";",
            "warning: unused",
            "",
        ] {
            assert!(!is_status(line), "{line}");
        }
    }

    #[test]
    fn programs_are_found_in_messages() {
        let line = r#"{"reason":"compiler-artifact","package_id":"path+file:///w#a@0.1.0","manifest_path":"/w/Cargo.toml","target":{"kind":["bin"],"crate_types":["bin"],"name":"a","src_path":"/w/src/main.rs","edition":"2024","doc":true,"doctest":false,"test":true},"profile":{"opt_level":"0","debuginfo":2,"debug_assertions":true,"overflow_checks":true,"test":false},"features":[],"filenames":["/w/target/debug/a"],"executable":"/w/target/debug/a","fresh":true}"#;
        let found = executable(line).map(|(name, path)| (name, path.to_string()));
        assert_eq!(found, Some(("a".to_owned(), "/w/target/debug/a".to_owned())));
        assert_eq!(executable(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(executable("words"), None);
    }
}
