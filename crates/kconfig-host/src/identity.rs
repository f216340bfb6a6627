//! The digest of everything that an answer depends on, as it is now.
//!
//! | input | what counts |
//! |---|---|
//! | a program | the file that its name stands for: its path, length, times, number |
//! | a file | the same, or that it is not there |
//! | a script | its text |
//! | a compiler | the program; each place where it looks for `cc1`, `as`, `ld` …, also those where nothing is yet |
//! | a compiler that tells who it is | the program, if it answers by itself |
//! | rustc | the program; behind rustup's stand-in, what chooses the toolchain, and the compiler of that toolchain |
//! | headers and libraries | those that matter, in each place where the compiler looks for them |
//! | a module of Python | the interpreter, its search path, and each file that importing the module reads |
//! | every probe | the environment; `/bin/sh`; the loader's list of libraries; whether the directory can be written |
//!
//! A file below the directory that probes run in goes by its path from there: the same probe in another directory, with
//! the same files, answers the same.
//!
//! A file that was changed a moment ago could change again without its times telling: of such a file the text counts,
//! too.
//!
//! Each state is looked at once per run.

mod behind;

use std::ffi::OsStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::clock;
use kernel_host::digest::{sha256, sha256_file};
use kernel_host::env::Env;
use kernel_host::fs::{self, Stat};
use rustc_hash::FxHashMap;

use crate::inputs::{self, Input, Outside, Unlisted};
use crate::store::{Key, Store};

/// Variables that differ from session to session or from run to run. One that a probe names counts all the same.
const PASSING: [&str; 22] = [
    "_",
    "CARGO",
    "CARGO_MAKEFLAGS",
    "COLUMNS",
    "CURDIR",
    "DISPLAY",
    "LINES",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MAKEOVERRIDES",
    "MAKE_TERMERR",
    "MAKE_TERMOUT",
    "MFLAGS",
    "O",
    "OLDPWD",
    "PWD",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "SHLVL",
    "WINDOWID",
    "abs_objtree",
    "objtree",
];
/// The beginnings of more such variables.
const PASSING_KINDS: [&str; 7] =
    ["CARGO_BIN_", "CARGO_MANIFEST_", "CARGO_PKG_", "KBUILD_OUTPUT", "KCONFIG_", "SSH_", "XDG_SESSION_"];

/// How old a change must be for a file's times to tell it from the next one.
pub(crate) const SETTLED_NS: i64 = 2_000_000_000;

/// The state of what answers depend on, looked at once.
pub(crate) struct Identities<'a> {
    env: &'a Env,
    store: &'a Store,
    cancel: &'a Cancel,
    now_ns: i64,
    memo: &'a Memo,
}

/// The state of a program and of what is behind it, once it is known.
type Behind = OnceLock<Result<Key, Unlisted>>;

/// What has been looked at.
#[derive(Default)]
pub(crate) struct Memo {
    programs: Mutex<FxHashMap<String, Option<AbsPath>>>,
    files: Mutex<FxHashMap<AbsPath, Key>>,
    behind: Mutex<FxHashMap<Input, Arc<Behind>>>,
    /// Modules that were imported, or could not be, by interpreter and name.
    imports: Mutex<FxHashMap<(String, String), bool>>,
    base: OnceLock<Key>,
}

impl<'a> Identities<'a> {
    pub(crate) fn new(env: &'a Env, store: &'a Store, cancel: &'a Cancel, memo: &'a Memo) -> Self {
        Self { env, store, cancel, now_ns: clock::unix_nanos(), memo }
    }

    /// The key of a command's answer.
    pub(crate) fn key(&self, command: &[u8]) -> Result<Key, Unlisted> {
        let mut parts = Parts::new("probe");
        parts.add(&self.base());
        parts.add(command);
        for input in inputs::inputs(command, self)? {
            parts.add(&self.input(&input)?);
        }
        Ok(parts.digest())
    }

    /// What counts with every probe.
    fn base(&self) -> Key {
        *self.memo.base.get_or_init(|| {
            let mut parts = Parts::new("base");
            for (name, value) in self.env.vars() {
                if !passes(name) {
                    parts.add(name.as_encoded_bytes());
                    parts.add(value.as_encoded_bytes());
                }
            }
            parts.add(&self.program_state("/bin/sh"));
            for file in ["/etc/ld.so.cache", "/etc/ld.so.preload"] {
                parts.add(&self.file(&self.env.current_dir().join(file)));
            }
            parts.add(&[u8::from(fs::is_writable_dir(self.env.current_dir()))]);
            parts.digest()
        })
    }

    fn input(&self, input: &Input) -> Result<Key, Unlisted> {
        Ok(match input {
            Input::Program(name) => self.program_state(name),
            Input::File(path) => self.file(path),
            Input::Script(path) => {
                let mut parts = Parts::new("script");
                parts.add(&fs::read(path).unwrap_or_default());
                parts.digest()
            }
            Input::Variable(name) => {
                let mut parts = Parts::new("variable");
                parts.add(name.as_bytes());
                parts.add(self.env.get(name).unwrap_or_default().as_bytes());
                parts.digest()
            }
            Input::Compiler(_)
            | Input::Driver(_)
            | Input::Libraries { .. }
            | Input::Rustc(_)
            | Input::Module { .. } => {
                let mut behind = self.memo.behind.lock().unwrap_or_else(PoisonError::into_inner);
                let cell = Arc::clone(behind.entry(input.clone()).or_default());
                drop(behind);
                cell.get_or_init(|| self.behind(input)).clone()?
            }
        })
    }

    /// The state of the file that a program's name stands for.
    fn program_state(&self, name: &str) -> Key {
        let mut parts = Parts::new("program");
        parts.add(name.as_bytes());
        if let Some(path) = self.program(name) {
            parts.add(path.to_string().as_bytes());
            let real = fs::canonicalize(&path).unwrap_or(path);
            parts.add(real.to_string().as_bytes());
            parts.add(&self.file(&real));
        }
        parts.digest()
    }

    /// The state of a file.
    fn file(&self, path: &AbsPath) -> Key {
        if let Some(known) = self.memo.files.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return *known;
        }
        let mut parts = Parts::new("file");
        let here = path.as_path().strip_prefix(self.env.current_dir().as_path());
        parts.add(here.unwrap_or(path.as_path()).as_os_str().as_encoded_bytes());
        if let Ok(Stat { len, mtime_ns, ctime_ns, inode, dev }) = fs::stat(path) {
            for number in [len, mtime_ns.cast_unsigned(), ctime_ns.cast_unsigned(), inode, dev] {
                parts.add(&number.to_le_bytes());
            }
            parts.add(&[u8::from(fs::may_execute(path))]);
            if mtime_ns.max(ctime_ns) > self.now_ns - SETTLED_NS {
                parts.add(&sha256_file(path).unwrap_or_default());
            }
        }
        let key = parts.digest();
        self.memo.files.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), key);
        key
    }
}

impl Outside for Identities<'_> {
    fn directory(&self) -> &AbsPath {
        self.env.current_dir()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.env.get(name).map(str::to_owned)
    }

    fn program(&self, name: &str) -> Option<AbsPath> {
        let mut programs = self.memo.programs.lock().unwrap_or_else(PoisonError::into_inner);
        programs.entry(name.to_owned()).or_insert_with(|| self.env.find_program(name)).clone()
    }

    fn is_binary(&self, path: &AbsPath) -> bool {
        fs::read_range(path, 0, 4).is_ok_and(|bytes| bytes == *b"\x7fELF")
    }

    fn text(&self, path: &AbsPath) -> Option<String> {
        fs::read_to_string(path).ok()
    }
}

/// Whether a variable differs from session to session.
pub(crate) fn passes(name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    PASSING.contains(&text.as_ref()) || PASSING_KINDS.iter().any(|kind| text.starts_with(kind))
}

/// Parts that are digested so that none can pass for two.
pub(crate) struct Parts(Vec<u8>);

impl Parts {
    pub(crate) fn new(kind: &str) -> Self {
        let mut parts = Self(Vec::new());
        parts.add(kind.as_bytes());
        parts
    }

    pub(crate) fn add(&mut self, part: &[u8]) {
        self.0.extend_from_slice(&(part.len() as u64).to_le_bytes());
        self.0.extend_from_slice(part);
    }

    pub(crate) fn digest(&self) -> Key {
        sha256(&self.0)
    }
}
