//! A command of this machine that runs in a guest, with what it needs there.
//!
//! ```text
//! /init                  the VM's own, which finds the job
//! /guest-init.job        the words, the environment, the folder
//! /vmm/target/…/suite   the program, where it is here
//! /lib/…                 its dynamic loader and its libraries, where they are here
//! /vmm/data/…            the files of a shared folder, as they were when the guest started
//! ```
//!
//! Invariant: what was in the guest is gone with it; nothing of this machine is written.
//! Deliberately absent: a folder that both sides write to.

use std::time::Duration;

use boot_contract::guest::{JOB_FILE, Job, JobTerminal, TerminalNeed, TerminalSize};
use kernel_boot::BootError;
use kernel_boot::initramfs::Initramfs;
use kernel_boot::program::Program;
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::terminal::{Size, Terminal};

use crate::error::Error;

/// Variables that a command gets from here without being asked for: what cargo and its kin tell the tests that they run.
const PASSED_ON: [&str; 5] = ["CARGO", "RUST_", "NEXTEST", "INSTA_", "PROPTEST_"];

/// Where programs are looked for in a guest.
const GUEST_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A command for a guest.
#[derive(Clone, Debug)]
pub struct Load {
    program: AbsPath,
    job: Job,
    shared: Vec<AbsPath>,
    terminal: Option<Terminal>,
    /// The longest that the guest may take; absent: the VM's own limit, and none where somebody types.
    pub timeout: Option<Duration>,
}

impl Load {
    /// Finds the program: on `PATH`, or from the current directory where there is a slash in its name.
    ///
    /// # Errors
    /// [`Error::NoProgram`].
    pub fn new(
        words: &[String],
        variables: &[(String, String)],
        shared: Vec<AbsPath>,
        env: &Env,
    ) -> Result<Self, Error> {
        let name = words.first().map_or("", String::as_str);
        let found = if name.contains('/') {
            Some(env.current_dir().join(name)).filter(fs::is_file)
        } else {
            env.find_program(name)
        };
        let program = found.ok_or_else(|| Error::NoProgram(name.to_owned()))?;
        let mut all = vec![("PATH".to_owned(), GUEST_PATH.to_owned()), ("HOME".to_owned(), "/".to_owned())];
        for (name, value) in env.vars() {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
            if PASSED_ON.iter().any(|start| name.starts_with(start)) {
                all.push((name.to_owned(), value.to_owned()));
            }
        }
        all.extend(variables.iter().cloned());
        let program_word = std::iter::once(program.to_string());
        let job = Job {
            words: program_word.chain(words.iter().skip(1).cloned()).collect(),
            env: all,
            directory: Some(env.current_dir().to_string()),
            terminal: None,
        };
        Ok(Self { program, job, shared, terminal: None, timeout: None })
    }

    /// The same with a terminal in the guest, at which somebody types.
    #[must_use]
    pub fn on_terminal(mut self, terminal: Terminal, need: TerminalNeed, env: &Env) -> Self {
        let Size { rows, columns } = terminal.size();
        self.job.terminal = Some(JobTerminal { need, size: TerminalSize { rows, columns } });
        let kind = env.get_filled("TERM").filter(|_| self.job.env.iter().all(|(name, _)| name != "TERM"));
        self.job.env.extend(kind.map(|kind| ("TERM".to_owned(), kind.to_owned())));
        self.terminal = Some(terminal);
        self
    }

    /// Who types.
    pub(crate) fn terminal(&self) -> Option<&Terminal> {
        self.terminal.as_ref()
    }

    /// Puts everything into an initramfs.
    pub(crate) fn pack(&self, initramfs: &mut Initramfs, cancel: &Cancel) -> Result<(), Error> {
        let program = Program::inspect(&self.program, cancel)?;
        program.pack_libraries(initramfs)?;
        let mut job = self.job.clone();
        let libraries = program.library_path();
        if !libraries.is_empty() {
            job.env.push(("LD_LIBRARY_PATH".into(), libraries));
        }
        let put = |initramfs: &mut Initramfs, path: &str, mode, content| {
            initramfs.file(path, mode, content).map_err(BootError::from)
        };
        put(initramfs, &self.program.to_string(), 0o755, fs::read(&self.program)?)?;
        put(initramfs, JOB_FILE, 0o644, job.to_text().into_bytes())?;
        for folder in &self.shared {
            pack_folder(initramfs, folder)?;
        }
        Ok(())
    }
}

/// Every file below a folder, where it is here; one that is there already stays.
fn pack_folder(initramfs: &mut Initramfs, folder: &AbsPath) -> Result<(), Error> {
    for entry in fs::list_dir(folder)? {
        let path = entry.to_string();
        if fs::is_dir(&entry) {
            pack_folder(initramfs, &entry)?;
        } else if fs::is_file(&entry) && !initramfs.has(&path) {
            let mode = if fs::is_executable(&entry)? { 0o755 } else { 0o644 };
            initramfs.file(&path, mode, fs::read(&entry)?).map_err(BootError::from)?;
        }
    }
    Ok(())
}
