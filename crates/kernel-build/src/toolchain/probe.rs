//! Questions to the programs of a toolchain.

use kconfig_host::Programs;
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::{Command, ProcessError};
use kernel_spec::Arch;

use super::packages::compiler_packages;
use super::{ToolchainError, host_arch};
use crate::environment;
use crate::host_tools::{Install, Packages};

/// A compiler: the words that make is given, and the words to run.
pub(super) struct Compiler {
    pub(super) words: Vec<String>,
    pub(super) prefix: String,
    pub(super) from_cross_compile: bool,
}

impl Compiler {
    /// What kbuild runs where nobody says `CC=`.
    pub(super) fn default_name(&self) -> String {
        format!("{}gcc", self.prefix)
    }
}

pub(super) struct Probe<'a> {
    pub(super) env: &'a Env,
    pub(super) cancel: &'a Cancel,
    /// Who asks programs in the background, and may know what they have said before.
    pub(super) known: Option<&'a Programs>,
}

/// Parts of the names of variables that the `cc` crate heeds.
const HEEDED: [&str; 3] = ["CC", "CROSS_COMPILE", "WRAPPER"];

impl Probe<'_> {
    pub(super) fn find(
        &self,
        names: &[&str],
        role: &str,
        packages: &Packages,
    ) -> Result<AbsPath, ToolchainError> {
        names.iter().find_map(|name| self.env.find_program(name)).ok_or_else(|| ToolchainError::Missing {
            program: names.first().copied().unwrap_or_default().to_owned(),
            role: role.to_owned(),
            install: Install::new([packages], self.env),
        })
    }

    /// The compiler that `CROSS_COMPILE` names, where it is for this architecture; else that of the `cc` crate.
    pub(super) fn compiler(&self, arch: Arch) -> Result<Compiler, ToolchainError> {
        if let Some(prefix) = self.env.get_filled("CROSS_COMPILE") {
            let name = format!("{prefix}gcc");
            let foreign = host_arch() != Some(arch);
            if foreign || self.env.find_program(&name).is_some() {
                let role = format!("the compiler that `CROSS_COMPILE={prefix}` names");
                self.find(&[&name], &role, compiler_packages(arch))?;
                let words = vec![name];
                // For the machine's own architecture it may be meant for another kernel of the same build.
                if foreign || is_for(arch, &self.first_line(&words, &["-dumpmachine"])?) {
                    return Ok(Compiler { words, prefix: prefix.to_owned(), from_cross_compile: true });
                }
            }
        }
        self.compiler_of_cc_crate(arch)
    }

    pub(super) fn compiler_of_cc_crate(&self, arch: Arch) -> Result<Compiler, ToolchainError> {
        if host_arch() == Some(arch) && self.is_default() {
            let words = vec!["cc".to_owned()];
            let compiler = Compiler { words, prefix: String::new(), from_cross_compile: false };
            return Ok(self.by_default_name(compiler));
        }
        let host = host_arch().map_or("x86_64-unknown-linux-gnu", Arch::rust_target);
        let tool = cc::Build::new()
            .target(arch.rust_target())
            .host(host)
            .opt_level(0)
            .cargo_metadata(false)
            .cargo_output(false)
            .cargo_warnings(false)
            .try_get_compiler()
            .map_err(|error| ToolchainError::NoCompiler {
                arch,
                reason: error.to_string(),
                install: Install::new([compiler_packages(arch)], self.env),
            })?;
        let command = tool.cc_env().to_string_lossy().into_owned();
        let path = tool.path().to_string_lossy().into_owned();
        let words: Vec<String> = match command.is_empty() {
            true => vec![path.clone()],
            false => command.split_ascii_whitespace().map(str::to_owned).collect(),
        };
        let role = format!("the C compiler for {arch}");
        for word in words.iter().take(1).chain([&path]) {
            self.find(&[word], &role, compiler_packages(arch))?;
        }
        let foreign = host_arch() != Some(arch);
        let prefix = if foreign {
            prefix_of(&path).unwrap_or_else(|| default_prefix(arch).to_owned())
        } else {
            String::new()
        };
        Ok(self.by_default_name(Compiler { words, prefix, from_cross_compile: false }))
    }

    /// Whether the crate would take `cc`, for which it need not be asked: it runs the compiler to find out its kind.
    fn is_default(&self) -> bool {
        let heeded = |name: &str| HEEDED.iter().any(|part| name.contains(part));
        let asked = self.env.vars().any(|(name, _)| heeded(&name.to_string_lossy()));
        !asked && cfg!(target_os = "linux") && self.env.find_program("cc").is_some()
    }

    /// Calls a compiler by the name that kbuild would, where that is the same program: `cc` is `gcc` on most machines.
    fn by_default_name(&self, compiler: Compiler) -> Compiler {
        let real = |name: &str| self.env.find_program(name).and_then(|path| fs::canonicalize(&path).ok());
        let default = compiler.default_name();
        match compiler.words.as_slice() {
            [word] if real(word).is_some_and(|path| real(&default) == Some(path)) => {
                Compiler { words: vec![default], ..compiler }
            }
            _ => compiler,
        }
    }

    /// Has a compiler and its linker asked for what will be wanted of them, side by side.
    pub(super) fn foresee(&self, compiler: &Compiler) {
        let Some(known) = self.known else { return };
        let ask = |arguments: &[&str]| {
            let words = compiler.words.iter().map(String::as_str);
            known.foresee(&words.chain(arguments.iter().copied()).collect::<Vec<_>>());
        };
        ask(&["-dumpmachine"]);
        ask(&["--version"]);
        if !compiler.words.iter().any(|word| word.contains("clang")) {
            ask(&["-dumpfullversion", "-dumpversion"]);
        }
        if let Some(linker) = self.env.find_program(&format!("{}ld", compiler.prefix)) {
            known.foresee(&[&linker.to_string(), "--version"]);
        }
    }

    pub(super) fn first_line(&self, words: &[String], arguments: &[&str]) -> Result<String, ProcessError> {
        let (program, rest) =
            words.split_first().map_or(("cc", &[][..]), |(first, rest)| (first.as_str(), rest));
        let asked: Vec<&str> = [program]
            .into_iter()
            .chain(rest.iter().map(String::as_str))
            .chain(arguments.iter().copied())
            .collect();
        if let Some(answer) = self.known.and_then(|known| known.ask(&asked))
            && answer.status == 0
        {
            let text = String::from_utf8_lossy(&answer.stdout);
            return Ok(text.lines().next().unwrap_or_default().trim().to_owned());
        }
        let mut command = Command::new(program);
        environment::confine(&mut command, self.env);
        command.args(rest).args(arguments).current_dir(self.env.current_dir());
        let output = command.checked_output(self.cancel)?;
        Ok(output.stdout.lines().next().unwrap_or_default().trim().to_owned())
    }
}

/// Whether a compiler's target is an architecture: `x86_64-linux-gnu` is x86_64, `armv7l-…-gnueabihf` is arm.
pub(super) fn is_for(arch: Arch, target: &str) -> bool {
    let machine = target.split('-').next().unwrap_or_default();
    match arch {
        Arch::Arm => machine.starts_with("arm") && machine != "arm64",
        Arch::X86_64 => matches!(machine, "x86_64" | "amd64"),
        Arch::Aarch64 => matches!(machine, "aarch64" | "arm64"),
        Arch::Riscv64 => machine.starts_with("riscv64"),
    }
}

/// `aarch64-linux-gnu-` of `/usr/bin/aarch64-linux-gnu-gcc-12`.
pub(super) fn prefix_of(compiler: &str) -> Option<String> {
    let name = compiler.rsplit('/').next()?;
    let at = name.find("-gcc").or_else(|| name.find("-cc"))?;
    Some(name[..=at].to_owned())
}

/// The prefix that Debian's cross compilers have, for a compiler without one (clang).
pub(super) fn default_prefix(arch: Arch) -> &'static str {
    match arch {
        Arch::X86_64 => "x86_64-linux-gnu-",
        Arch::Aarch64 => "aarch64-linux-gnu-",
        Arch::Riscv64 => "riscv64-linux-gnu-",
        Arch::Arm => "arm-linux-gnueabihf-",
    }
}

/// The first word with a dot between digits: `GNU ld (GNU Binutils for Debian) 2.40` has 2.40.
pub(super) fn version_in(line: &str) -> String {
    let number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    line.split_ascii_whitespace().rev().find(number).unwrap_or_default().to_owned()
}
