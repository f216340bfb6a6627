//! Programs that run others: which ones, and where they look for them.
//!
//! A program is asked once, and what it says is kept in the store, under a key that holds the program's own state. What
//! is kept are names: of files, also of such that are not there, and of programs. Their states are looked at anew in
//! each run.

mod libraries;
mod python;

use kernel_host::AbsPath;
use kernel_host::fs;
use kernel_host::process::{Captured, Command};

use super::{Identities, Parts};
use crate::inputs::{Input, Outside as _, Unlisted};
use crate::store::Key;
use kconfig::tree::ShellAnswer;

/// What a compiler runs.
const PROGRAMS: [&str; 4] = ["cc1", "as", "collect2", "ld"];

/// Stands for the directory in names that are kept; no program is called so.
const HERE: &str = "//here/";

/// The names of files and programs that matter.
pub(super) type Said = Result<Vec<String>, Unlisted>;

impl Identities<'_> {
    /// The state of a program and of everything behind it.
    pub(super) fn behind(&self, input: &Input) -> Result<Key, Unlisted> {
        match input {
            Input::Compiler(name) => {
                let said = self.said("compiler", name, &[], || self.ask_compiler(name))?;
                self.states(name, &said)
            }
            Input::Driver(name) => {
                let said = self.said("driver", name, &[], || self.ask_driver(name))?;
                self.states(name, &said)
            }
            Input::Rustc(name) => {
                let choosing = self.choosing_toolchain();
                let said = self.said("rustc", name, &choosing, || self.ask_rustc(name))?;
                self.states(name, &said)
            }
            Input::Libraries { compiler, options, headers, files } => {
                let kind =
                    format!("libraries {}; {}; {}", options.join(" "), headers.join(" "), files.join(" "));
                let ask = || self.ask_libraries(compiler, options, headers, files);
                self.states(compiler, &self.said(&kind, compiler, &[], ask)?)
            }
            Input::Module { python, module } => {
                let choosing = self.choosing_python(python);
                let kind = format!("module {module}");
                let said = self.said(&kind, python, &choosing, || self.ask_python(python, module))?;
                self.states(python, &said)
            }
            Input::Program(_) | Input::File(_) | Input::Script(_) | Input::Variable(_) => {
                Err(Unlisted("nothing is behind it".to_owned()))
            }
        }
    }

    /// What a program says of itself, now or when it was last asked in the same state.
    fn said(&self, kind: &str, name: &str, files: &[AbsPath], ask: impl FnOnce() -> Said) -> Said {
        let mut parts = Parts::new("said");
        parts.add(kind.as_bytes());
        parts.add(&self.base());
        parts.add(&self.program_state(name));
        for file in files {
            parts.add(&self.file(file));
        }
        let key = parts.digest();
        if let Some(known) = self.store.get(&key) {
            let text = String::from_utf8_lossy(&known.stdout).into_owned();
            return Ok(text.lines().map(|line| self.meant_here(line)).collect());
        }
        let said = ask()?;
        let kept: Vec<String> = said.iter().map(|line| self.seen_from_here(line)).collect();
        self.store.put(key, ShellAnswer { stdout: kept.join("\n").into_bytes(), ..ShellAnswer::default() });
        Ok(said)
    }

    /// A name as it is kept: what lies below the directory is meant below the directory of a later run.
    fn seen_from_here(&self, line: &str) -> String {
        let below = line.strip_prefix(&self.env.current_dir().to_string());
        match below.and_then(|below| below.strip_prefix('/')) {
            Some(below) => format!("{HERE}{below}"),
            None => line.to_owned(),
        }
    }

    /// The name that was kept.
    fn meant_here(&self, line: &str) -> String {
        match line.strip_prefix(HERE) {
            Some(below) => self.env.current_dir().join(below).to_string(),
            None => line.to_owned(),
        }
    }

    fn states(&self, name: &str, said: &[String]) -> Result<Key, Unlisted> {
        let mut parts = Parts::new("behind");
        parts.add(&self.program_state(name));
        for line in said {
            match AbsPath::new(line) {
                Ok(path) => parts.add(&self.file(&path)),
                Err(_) => parts.add(&self.program_state(line)),
            }
        }
        Ok(parts.digest())
    }

    pub(super) fn run(&self, name: &str, args: &[&str]) -> Result<Captured, Unlisted> {
        match self.run_anyhow(name, args) {
            Ok(done) if done.status.success() => Ok(done),
            _ => Err(Unlisted(format!("`{name} {}` failed", args.join(" ")))),
        }
    }

    /// Runs a program that may fail.
    pub(super) fn run_anyhow(&self, name: &str, args: &[&str]) -> Result<Captured, Unlisted> {
        let mut command = Command::new(name);
        command.env_clear();
        for (name, value) in self.env.vars() {
            command.env(name, value);
        }
        command.env("LC_ALL", "C").args(args).current_dir(self.env.current_dir());
        command.capture(self.cancel).map_err(|error| Unlisted(error.to_string()))
    }

    /// What a compiler says of itself where it runs nothing else.
    fn ask_driver(&self, name: &str) -> Said {
        let path = self.program(name).ok_or_else(|| Unlisted(format!("`{name}` is not there")))?;
        let verbose = self.run(&path.to_string(), &["-v"])?;
        self.introduced(name, &path, &String::from_utf8_lossy(&verbose.stderr))
    }

    /// The files that a driver has read, if it is a driver of a known kind that stands for itself.
    fn introduced(&self, name: &str, path: &AbsPath, verbose: &str) -> Said {
        let refused = |what: &str| Err(Unlisted(format!("`{name}` {what}")));
        if !verbose.contains("gcc version ") && !verbose.contains("clang version ") {
            return refused("is a compiler of an unknown kind");
        }
        if verbose.contains("Configuration file: ") {
            return refused("reads a configuration file");
        }
        let mut said = Vec::new();
        for line in verbose.lines() {
            if let Some(called) = line.strip_prefix("COLLECT_GCC=") {
                let real = |path: &AbsPath| fs::canonicalize(path).ok();
                let called = self.program(called);
                if called.as_ref().and_then(real) != real(path) {
                    return refused("stands for another program");
                }
            } else if let Some(specs) = line.strip_prefix("Reading specs from ") {
                said.push(self.env.current_dir().join(specs).to_string());
            }
        }
        Ok(said)
    }

    fn ask_compiler(&self, name: &str) -> Said {
        let path = self.program(name).ok_or_else(|| Unlisted(format!("`{name}` is not there")))?;
        let program = path.to_string();
        let verbose = self.run(&program, &["-v", "-E", "-x", "c", "/dev/null", "-o", "/dev/null"])?;
        let verbose = String::from_utf8_lossy(&verbose.stderr).into_owned();
        let mut said = self.introduced(name, &path, &verbose)?;
        // Read before every source.
        said.extend(
            searched(&verbose)
                .map(|place| self.env.current_dir().join(place).join("stdc-predef.h").to_string()),
        );
        let places = self.run(&program, &["-print-search-dirs"])?;
        for line in String::from_utf8_lossy(&places.stdout).lines() {
            let (names, places) = match line.split_once(": =") {
                Some(("programs", places)) => (&PROGRAMS[..], places),
                Some(("libraries", places)) => (&["specs"][..], places),
                _ => continue,
            };
            for place in places.split(':') {
                said.extend(
                    names.iter().map(|name| self.env.current_dir().join(place).join(name).to_string()),
                );
            }
        }
        // What is in none of these places is looked for in `PATH`.
        said.extend(PROGRAMS.map(str::to_owned));
        if !looks_only_there(&verbose) {
            for wanted in PROGRAMS {
                let found = self.run(&program, &[&format!("-print-prog-name={wanted}")])?;
                said.push(String::from_utf8_lossy(&found.stdout).trim_end().to_owned());
            }
        }
        said.retain(|line| !line.is_empty());
        Ok(said)
    }

    /// The files that tell rustup's stand-ins which toolchain to use; the environment counts anyway.
    fn choosing_toolchain(&self) -> Vec<AbsPath> {
        let directories = std::iter::successors(Some(self.env.current_dir().clone()), AbsPath::parent);
        let mut files: Vec<AbsPath> = directories
            .flat_map(|directory| ["rust-toolchain", "rust-toolchain.toml"].map(|name| directory.join(name)))
            .collect();
        let home = self.env.get_filled("RUSTUP_HOME").map(|home| self.env.current_dir().join(home));
        let home =
            home.or_else(|| Some(self.env.current_dir().join(self.env.get_filled("HOME")?).join(".rustup")));
        files.extend(home.map(|home| home.join("settings.toml")));
        files
    }

    fn ask_rustc(&self, name: &str) -> Said {
        let path = self.program(name).ok_or_else(|| Unlisted(format!("`{name}` is not there")))?;
        let real = |path: &AbsPath| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let rustup = path.parent().map(|directory| directory.join("rustup")).filter(|rustup| {
            // A stand-in is a link to rustup, symbolic or not.
            let same = |a: fs::Stat, b: fs::Stat| (a.dev, a.inode) == (b.dev, b.inode);
            matches!((fs::stat(rustup), fs::stat(&path)), (Ok(a), Ok(b)) if same(a, b))
        });
        let mut said: Vec<String> = self.choosing_toolchain().iter().map(AbsPath::to_string).collect();
        let compiler = match rustup {
            None => real(&path),
            Some(rustup) => {
                let which = self.run(&rustup.to_string(), &["which", "rustc"])?;
                let which = String::from_utf8_lossy(&which.stdout).trim_end().to_owned();
                AbsPath::new(which).map_err(|error| Unlisted(error.to_string()))?
            }
        };
        said.push(compiler.to_string());
        // Nearly all of the compiler is in a library beside it.
        let library = compiler.parent().and_then(|bin| bin.parent()).map(|root| root.join("lib"));
        if let Some(library) = library {
            let files = fs::list_dir(&library).unwrap_or_default();
            let driver = |file: &&AbsPath| file.file_name().is_some_and(|name| name.contains("rustc_driver"));
            said.extend(files.iter().filter(driver).map(AbsPath::to_string));
            said.push(library.to_string());
        }
        Ok(said)
    }
}

/// The places where headers are looked for, of what a compiler says with `-v`.
fn searched(verbose: &str) -> impl Iterator<Item = &str> {
    let mut in_list = false;
    verbose.lines().filter_map(move |line| {
        let is_place = in_list && !line.starts_with("End of search list");
        if line.ends_with("search starts here:") || line.starts_with("End of search list") {
            in_list = line.ends_with("search starts here:");
            return None;
        }
        is_place.then(|| line.trim())
    })
}

/// Whether a compiler has no assembler or linker of its own: a gcc that was built with none.
fn looks_only_there(verbose: &str) -> bool {
    let built = verbose.lines().find(|line| line.starts_with("Configured with: "));
    verbose.contains("gcc version ")
        && built.is_some_and(|built| !built.contains("--with-as") && !built.contains("--with-ld"))
}
