//! The programs that compile a kernel: make, a C compiler and its binutils, for the guest and for the host.
//!
//! ```text
//! CROSS_COMPILE, else the `cc` crate ─▶ compiler ─▶ prefix ─▶ ld, ar, nm, objcopy, objdump, readelf, strip
//!                                                        └─▶ make_vars: ARCH= [CROSS_COMPILE=] [CC=] [HOSTCC=]
//! `toolchain = "gcc-13"`             ─▶ that compiler, behind the architecture's prefix
//! `toolchain = "llvm"`, `"llvm-17"`  ─▶ clang, ld.lld, llvm-ar …  ─▶ make_vars: ARCH= LLVM=1, LLVM=-17
//! ```
//!
//! What the environment may say: `PATH`; `CROSS_COMPILE`, where its compiler is for the architecture in question; and
//! what the `cc` crate reads (`CC`, `CC_<target>`, `TARGET_CC`, `HOST_CC`). Its flags (`CFLAGS` …) never reach a kernel.
//!
//! Invariants: every program named by a [`Toolchain`] was found and has answered; a variable that kbuild would set to
//! the same program is left out, so that a command line reads like one typed by hand; an [`Identity`] has no path and
//! no date.

mod minima;
mod named;
pub(crate) mod packages;
mod probe;

use std::fmt;

use kconfig::{DotConfig, Symbol, Value};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::ProcessError;
use kernel_spec::{Arch, KernelEntry, KernelName, Tool, ToolchainFamily, ToolchainName};

use crate::host_tools::Install;
use crate::options::Probes;

use packages::{MAKE, binutils};
use probe::{Probe, is_for, version_in};

pub use minima::{Minima, Unfit};

/// The oldest make that any supported tree accepts (`Documentation/process/changes.rst`, up to 6.1).
pub const MINIMUM_MAKE: &str = "3.82";

/// What compiles a kernel.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// The architecture that it compiles for.
    pub arch: Arch,
    /// make.
    pub make: AbsPath,
    /// The compiler of the host's own programs, for probes.
    pub host_cc: String,
    /// Who they are.
    pub identity: Identity,
    make_vars: Vec<(&'static str, String)>,
    compilers: Vec<String>,
    /// Where they are LLVM's: what stands behind each name, `-17` or nothing.
    llvm: Option<String>,
    versions: Versions,
}

/// Which programs compile a kernel, by their own words: part of what an artifact depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The first line of `$CC --version`.
    pub compiler: String,
    /// `$CC -dumpmachine`: `x86_64-linux-gnu`.
    pub target: String,
    /// The first line of `$LD --version`.
    pub linker: String,
    /// The first line of `$HOSTCC --version`: host programs write parts of the kernel.
    pub host_compiler: String,
    /// The first line of `make --version`.
    pub make: String,
}

#[derive(Clone, Debug)]
struct Versions {
    clang: bool,
    compiler: String,
    linker: String,
    make: String,
}

/// Why there is no toolchain.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// A program is not there.
    #[error("cannot find `{program}`, {role}")]
    Missing {
        /// Its name.
        program: String,
        /// What it is for.
        role: String,
        /// How this machine gets it, where that is known.
        install: Option<Install>,
    },
    /// The `cc` crate knows no compiler.
    #[error("no C compiler for {arch}: {reason}")]
    NoCompiler {
        /// The architecture.
        arch: Arch,
        /// What the crate said.
        reason: String,
        /// How this machine gets one, where that is known.
        install: Option<Install>,
    },
    /// A compiler for another machine.
    #[error("`{compiler}` compiles for `{found}`: expected {expected}")]
    WrongTarget {
        /// The compiler, as it was called.
        compiler: String,
        /// `-dumpmachine`.
        found: String,
        /// The architecture of the kernel.
        expected: Arch,
        /// Whether `CROSS_COMPILE` named it.
        from_cross_compile: bool,
    },
    /// Another version than the manifest asks for.
    #[error("`{tool}` is {found}, but `toolchain` of kernel `{kernel}` asks for `{required}`{place}")]
    Pinned {
        /// The program.
        tool: &'static str,
        /// Its version.
        found: String,
        /// The kernel.
        kernel: KernelName,
        /// The requirement, as written.
        required: String,
        /// ` at Kernel.toml:9:3`.
        place: String,
    },
    /// The tree's Kconfig found other programs.
    #[error("kernel `{kernel}` was not configured for `toolchain = \"{name}\"`: CONFIG_{symbol} is n")]
    NotFound {
        /// The kernel.
        kernel: KernelName,
        /// What the manifest asks for.
        name: ToolchainName,
        /// The symbol that would be on.
        symbol: String,
    },
    /// A version that no supported tree accepts.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// A program did not answer.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

impl ToolchainError {
    /// What to do about it on this machine.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { install, .. } | Self::NoCompiler { install, .. } => {
                install.as_ref().map(Install::hint)
            }
            Self::WrongTarget { from_cross_compile: true, .. } => Some(
                "unset `CROSS_COMPILE`, or set it to the prefix of a compiler for that architecture".into(),
            ),
            Self::WrongTarget { .. } => {
                Some("unset `CC`, or set it for one target only: `CC_<target>`".into())
            }
            Self::Unfit(error) => Some(error.hint()),
            Self::Pinned { .. } => Some(
                "install that version (`CC` and `PATH` choose among several), or change `toolchain`".into(),
            ),
            Self::NotFound { .. } | Self::Process(_) => None,
        }
    }
}

impl Toolchain {
    /// Finds the toolchain for an architecture, and asks each program for its version.
    ///
    /// # Errors
    /// [`ToolchainError`] where a program is missing, of the wrong target, too old, or fails.
    pub fn find(
        arch: Arch,
        name: Option<&ToolchainName>,
        env: &Env,
        cancel: &Cancel,
    ) -> Result<Self, ToolchainError> {
        Self::ask(arch, name, &Probe { env, cancel, known: None })
    }

    /// The same; what a program has said before counts while it and what is behind it are as they were.
    ///
    /// # Errors
    /// As [`Toolchain::find`].
    pub(crate) fn recall(
        arch: Arch,
        name: Option<&ToolchainName>,
        (env, cancel): (&Env, &Cancel),
        probes: Probes,
    ) -> Result<Self, ToolchainError> {
        let known = probes.programs(env, env.current_dir(), cancel);
        Self::ask(arch, name, &Probe { env, cancel, known: Some(&known) })
    }

    fn ask(arch: Arch, name: Option<&ToolchainName>, probe: &Probe<'_>) -> Result<Self, ToolchainError> {
        let make = probe.find(&["make", "gmake"], "which runs the kernel's build", &MAKE)?;
        let make_line = probe.first_line(&[make.to_string()], &["--version"])?;
        let make_version = version_in(&make_line);
        if minima::older(&make_version, MINIMUM_MAKE) {
            let (found, needed) = (make_version, MINIMUM_MAKE.to_owned());
            return Err(Unfit::TooOld { tool: "make", found, needed }.into());
        }

        if let Some(name) = name.filter(|name| name.family == ToolchainFamily::Llvm) {
            return named::llvm(arch, *name, (make, make_line, make_version), probe);
        }
        let compiler = match name {
            Some(name) => named::gcc(arch, *name, probe)?,
            None => probe.compiler(arch)?,
        };
        probe.foresee(&compiler);
        let target = probe.first_line(&compiler.words, &["-dumpmachine"])?;
        if !is_for(arch, &target) {
            let (compiler, from_cross_compile) = (compiler.words.join(" "), compiler.from_cross_compile);
            return Err(ToolchainError::WrongTarget {
                compiler,
                found: target,
                expected: arch,
                from_cross_compile,
            });
        }
        let host = host_arch();
        let host_compiler = match host {
            Some(host) if host != arch => Some(probe.compiler_of_cc_crate(host)?),
            _ if compiler.from_cross_compile || name.is_some() => Some(probe.compiler_of_cc_crate(arch)?),
            _ => None,
        };
        let host_words = host_compiler.as_ref().map_or(&compiler.words, |host| &host.words);

        let mut linker = None;
        for tool in ["ld", "ar", "nm", "objcopy", "objdump", "readelf", "strip"] {
            let name = format!("{}{tool}", compiler.prefix);
            let role = format!("which kernels for {arch} are built with");
            let path = probe.find(&[&name], &role, binutils(arch))?;
            linker = linker.or(Some(path));
        }
        let linker = linker.map_or_else(String::new, |path| path.to_string());
        let linker_line = probe.first_line(&[linker], &["--version"])?;

        let mut make_vars = vec![("ARCH", arch.kernel_name().to_owned())];
        if !compiler.prefix.is_empty() {
            make_vars.push(("CROSS_COMPILE", compiler.prefix.clone()));
        }
        for (variable, words, default) in
            [("CC", &compiler.words, &compiler.default_name()), ("HOSTCC", host_words, &"gcc".to_owned())]
        {
            if !matches!(words.as_slice(), [word] if word == default) {
                make_vars.push((variable, words.join(" ")));
            }
        }

        let compiler_line = probe.first_line(&compiler.words, &["--version"])?;
        let clang = family_of(&compiler_line) == ToolchainFamily::Llvm;
        let number: &[&str] = if clang { &["-dumpversion"] } else { &["-dumpfullversion", "-dumpversion"] };
        let versions = Versions {
            clang,
            compiler: probe.first_line(&compiler.words, number)?,
            linker: version_in(&linker_line),
            make: make_version,
        };
        let identity = Identity {
            host_compiler: probe.first_line(host_words, &["--version"])?,
            compiler: compiler_line,
            target,
            linker: linker_line,
            make: make_line,
        };
        let mut compilers: Vec<String> = Vec::new();
        for word in [compiler.words.first(), host_words.first()].into_iter().flatten() {
            if !compilers.contains(word) {
                compilers.push(word.clone());
            }
        }
        let (host_cc, llvm) = (host_words.join(" "), None);
        Ok(Self { arch, make, host_cc, identity, make_vars, compilers, llvm, versions })
    }

    /// The compilers of the kernel and of the host's programs, as make calls them; each once.
    pub(crate) fn compilers(&self) -> impl Iterator<Item = &str> {
        self.compilers.iter().map(String::as_str)
    }

    /// The programs of binutils, or what stands in for them: `LD`, `AR` …, each with its name.
    pub(crate) fn tools(&self) -> impl Iterator<Item = (&'static str, String)> {
        let prefix = self.make_var("CROSS_COMPILE").unwrap_or_default().to_owned();
        let suffix = self.llvm.clone();
        named::TOOLS.into_iter().map(move |(variable, gnu, llvm)| match &suffix {
            Some(suffix) => (variable, format!("{llvm}{suffix}")),
            None => (variable, format!("{prefix}{gnu}")),
        })
    }

    /// What make calls the compiler of the kernel, and those of the host's programs: `CC`, `HOSTCC`, `HOSTCXX`.
    pub(crate) fn compiler_names(&self) -> [(&'static str, String); 3] {
        if let Some(suffix) = &self.llvm {
            let clang = format!("clang{suffix}");
            return [("CC", clang.clone()), ("HOSTCC", clang), ("HOSTCXX", format!("clang++{suffix}"))];
        }
        let prefix = self.make_var("CROSS_COMPILE").unwrap_or_default();
        let cc = self.make_var("CC").map_or_else(|| format!("{prefix}gcc"), str::to_owned);
        let hostcc = self.make_var("HOSTCC").unwrap_or("gcc").to_owned();
        [("CC", cc), ("HOSTCC", hostcc), ("HOSTCXX", "g++".to_owned())]
    }

    /// Looks whether the tree's own Kconfig found the toolchain that a kernel's manifest names.
    ///
    /// # Errors
    /// Where it found another one.
    pub(crate) fn check_found(&self, kernel: &KernelEntry, config: &DotConfig) -> Result<(), ToolchainError> {
        let Some(name) = &kernel.compilers else { return Ok(()) };
        let is_on = |name: &str| Symbol::new(name).is_ok_and(|symbol| config.get(&symbol) == Some(&Value::Y));
        let wanted: &[&str] = match name.value.family {
            ToolchainFamily::Gcc => &["CC_IS_GCC"],
            ToolchainFamily::Llvm => &["CC_IS_CLANG", "LD_IS_LLD"],
        };
        // A tree that knows neither cannot be asked.
        let can_tell = ["CC_IS_GCC", "CC_IS_CLANG"].iter().any(|name| is_on(name));
        match wanted.iter().find(|wanted| can_tell && !is_on(wanted)) {
            Some(symbol) => Err(ToolchainError::NotFound {
                kernel: kernel.name.value.clone(),
                name: name.value,
                symbol: (*symbol).to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// The family of the compiler.
    pub fn family(&self) -> ToolchainFamily {
        family_of(&self.identity.compiler)
    }

    /// The variables for make's command line, in order; what kbuild would choose itself is left out.
    pub fn make_vars(&self) -> Vec<String> {
        self.make_vars.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// The value of a variable of [`Self::make_vars`], where it is there.
    pub fn make_var(&self, name: &str) -> Option<&str> {
        self.make_vars.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Compares the versions with those that a kernel's manifest asks for.
    ///
    /// # Errors
    /// The first program that is another one.
    pub fn check_pins(&self, kernel: &KernelEntry) -> Result<(), ToolchainError> {
        let Versions { clang, compiler, linker, make } = &self.versions;
        for (tool, pin) in &kernel.toolchain {
            let found = match tool {
                Tool::Gcc if *clang => "not what compiles: clang does",
                Tool::Clang if !*clang => "not what compiles: gcc does",
                Tool::Gcc | Tool::Clang => compiler,
                Tool::Binutils if self.llvm.is_some() => "not what links: LLVM does",
                Tool::Binutils => linker,
                Tool::Make => make,
            };
            if !pin.value.matches(found) {
                return Err(ToolchainError::Pinned {
                    tool: tool.as_str(),
                    found: found.to_owned(),
                    kernel: kernel.name.value.clone(),
                    required: pin.value.to_string(),
                    place: pin.location.as_ref().map(|place| format!(" at {place}")).unwrap_or_default(),
                });
            }
        }
        Ok(())
    }

    /// Compares the versions with what a source tree asks for.
    ///
    /// # Errors
    /// The first program that is older, or newer than can be.
    pub fn check(&self, minima: &Minima) -> Result<(), Unfit> {
        let Versions { clang, compiler, linker, make } = &self.versions;
        let (name, needed) = if *clang { ("clang", &minima.clang) } else { ("gcc", &minima.gcc) };
        minima::at_least("make", make, minima.make.as_deref())?;
        minima::at_least(name, compiler, needed.as_deref())?;
        if !*clang && self.arch == Arch::X86_64 {
            minima::gcc_before(compiler, minima.gcc_before)?;
        }
        // LLVM's linker has the compiler's number.
        let binutils = minima.binutils.as_deref().filter(|_| self.llvm.is_none());
        minima::at_least("binutils", linker, binutils)
    }
}

impl fmt::Display for Identity {
    /// One line per program.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { compiler, target, linker, host_compiler, make } = self;
        write!(
            f,
            "compiler: {compiler}\ntarget: {target}\nlinker: {linker}\nhost compiler: {host_compiler}\nmake: {make}"
        )
    }
}

/// The family of a compiler, by the first line that it says about itself.
pub(crate) fn family_of(compiler: &str) -> ToolchainFamily {
    if compiler.contains("clang") { ToolchainFamily::Llvm } else { ToolchainFamily::Gcc }
}

/// The architecture of this machine, where kernels can be built for it.
pub fn host_arch() -> Option<Arch> {
    Arch::ALL.into_iter().find(|arch| arch.rust_name() == std::env::consts::ARCH)
}

#[cfg(test)]
mod tests;
