//! A tree's own `conf`: built once, out of tree, by the tree's own make; and its answers to probes, recorded once for
//! each architecture.
//!
//! ```text
//! FOLDER/oracle.so                        oracle.c, compiled
//! FOLDER/trees/NAME-HASH/obj/             make's O=, with scripts/kconfig/conf
//! FOLDER/trees/NAME-HASH/ARCH.log         one live run (log.rs)
//! ```
//!
//! A log is kept until its tree's folder is removed or `--record` is given.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::ProbeLog;
use super::options::Arch;

/// The library that is preloaded into `conf`.
const PRELOADED: &str = include_str!("oracle.c");

/// A tree, its `conf`, and where its logs lie.
#[derive(Clone, Debug)]
pub(super) struct Oracle {
    pub(super) srctree: PathBuf,
    /// The name in reports: the tree's folder.
    pub(super) name: String,
    pub(super) conf: PathBuf,
    pub(super) library: PathBuf,
    folder: PathBuf,
}

/// One architecture of a tree.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) oracle: Oracle,
    pub(super) arch: Arch,
    pub(super) log_path: PathBuf,
    pub(super) log: ProbeLog,
}

impl Oracle {
    /// Compiles the library and builds the tree's `conf`, unless both are there.
    pub(super) fn prepare(srctree: &Path, folder: &Path) -> Result<Self, String> {
        let srctree = srctree.canonicalize().map_err(|error| format!("`{}`: {error}", srctree.display()))?;
        if !srctree.join("scripts/kconfig").is_dir() {
            return Err(format!("`{}` has no `scripts/kconfig`", srctree.display()));
        }
        std::fs::create_dir_all(folder).map_err(|error| format!("`{}`: {error}", folder.display()))?;
        let library = folder.join("oracle.so");
        let source = folder.join("oracle.c");
        let same = std::fs::read_to_string(&source).is_ok_and(|text| text == PRELOADED);
        if !same || !library.is_file() {
            std::fs::write(&source, PRELOADED).map_err(|error| format!("`{}`: {error}", source.display()))?;
            let mut compile = Command::new("cc");
            compile.args(["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"]);
            quietly(compile.arg(&library).arg(&source).arg("-ldl"))?;
        }
        let name = srctree.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hash = fnv(srctree.to_string_lossy().as_bytes());
        let folder = folder.join("trees").join(format!("{name}-{hash:08x}"));
        let objtree = folder.join("obj");
        let conf = objtree.join("scripts/kconfig/conf");
        std::fs::create_dir_all(&objtree).map_err(|error| format!("`{}`: {error}", objtree.display()))?;
        let oracle = Self { srctree, name, conf, library, folder };
        if !oracle.conf.is_file() {
            quietly(&mut oracle.make(Arch::X86_64))?;
        }
        Ok(oracle)
    }

    /// An architecture, recorded if it is not yet, or anew.
    pub(super) fn target(&self, arch: Arch, anew: bool) -> Result<Target, String> {
        let path = self.folder.join(format!("{}.log", arch.name()));
        if anew || !path.is_file() {
            let new = path.with_extension("new");
            let mut make = self.make(arch);
            make.env("LD_PRELOAD", &self.library).env("ORACLE_RECORD", &new);
            quietly(&mut make)?;
            std::fs::rename(&new, &path).map_err(|error| format!("`{}`: {error}", new.display()))?;
        }
        let log = ProbeLog::load(&path).map_err(|error| error.to_string())?;
        Ok(Target { oracle: self.clone(), arch, log_path: path, log })
    }

    /// `make alldefconfig`, in an environment that has nothing of this run's but the way to the programs.
    fn make(&self, arch: Arch) -> Command {
        let mut make = Command::new("make");
        make.env_clear();
        for name in ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "RUSTUP_HOME", "CARGO_HOME"] {
            if let Some(value) = std::env::var_os(name) {
                make.env(name, value);
            }
        }
        make.arg("-s").arg("-C").arg(&self.srctree).arg(format!("O={}", self.folder.join("obj").display()));
        make.arg(format!("ARCH={}", arch.make())).arg(format!("CROSS_COMPILE={}", arch.cross()));
        make.arg("alldefconfig");
        make
    }
}

impl Target {
    /// `linux-6.12/x86_64`.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.oracle.name, self.arch.name())
    }

    /// The tree's own `conf` in this architecture's environment.
    pub(super) fn conf(&self, probes: Probes) -> Command {
        let mut command = Command::new(&self.oracle.conf);
        command.env_clear().envs(&self.log.environment);
        if probes == Probes::Replayed {
            command.env("LD_PRELOAD", &self.oracle.library).env("ORACLE_REPLAY", &self.log_path);
        }
        command
    }

    /// The defconfigs of this architecture, by path below the tree.
    pub(super) fn defconfigs(&self) -> io::Result<Vec<PathBuf>> {
        let source = self.log.environment.get("SRCARCH").cloned().unwrap_or_default();
        let mut folders = vec![self.oracle.srctree.join("arch").join(source).join("configs")];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().ends_with("defconfig") {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

/// Who answers probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probes {
    /// The log.
    Replayed,
    /// The machine.
    Live,
}

/// Runs a command whose words matter only if it fails.
fn quietly(command: &mut Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("could not start `{}`: {error}", command.get_program().to_string_lossy()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} ended with {}\n{}", output.status, said.trim_end()))
}

/// A short name for a long one.
pub(super) fn fnv(text: &[u8]) -> u32 {
    text.iter().fold(2_166_136_261, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(16_777_619))
}
