//! One run of `conf` on each side, and what it leaves behind.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::server::{Outcome, Server};

/// One run: what is put in place first, and how it is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    /// Files of the working directory; `None` removes one.
    pub(super) files: Vec<(String, Option<Vec<u8>>)>,
    pub(super) mode: &'static str,
    pub(super) environment: Vec<(&'static str, String)>,
    pub(super) stdin: Option<Vec<u8>>,
}

/// The files that a mode is given by name.
const GIVEN: [(&str, &str); 2] = [("defconfig", "given_defconfig"), ("savedefconfig", "saved_defconfig")];

impl Step {
    pub(super) fn new(mode: &'static str) -> Self {
        Self { mode, ..Self::default() }
    }

    /// Puts a file in place.
    pub(super) fn with(mut self, name: &str, text: Vec<u8>) -> Self {
        self.files.push((name.to_owned(), Some(text)));
        self
    }

    /// Sets a variable.
    pub(super) fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// `--olddefconfig Kconfig`.
    pub(super) fn arguments(&self) -> [String; 2] {
        arguments(self.mode)
    }

    /// Puts its files in place, all of one age.
    pub(super) fn put(&self, work: &Path) -> io::Result<()> {
        fs::create_dir_all(work)?;
        for (name, text) in &self.files {
            let path = work.join(name);
            match text {
                Some(text) => {
                    fs::create_dir_all(path.parent().unwrap_or(work))?;
                    fs::write(path, text)?;
                }
                None if path.exists() => fs::remove_file(path)?,
                None => {}
            }
        }
        if let Some(text) = &self.stdin {
            fs::write(work.with_file_name("stdin"), text)?;
        }
        age(work)
    }
}

/// `--olddefconfig Kconfig`.
pub(super) fn arguments(mode: &str) -> [String; 2] {
    let given = GIVEN.iter().find(|(name, _)| *name == mode);
    let value = given.map(|(_, file)| format!("={file}")).unwrap_or_default();
    [format!("--{mode}{value}"), "Kconfig".to_owned()]
}

/// The file that `--defconfig` is given.
pub(super) fn given_defconfig() -> &'static str {
    GIVEN[0].1
}

/// Whether the mode reads answers from its standard input.
pub(super) fn asks(mode: &str) -> bool {
    matches!(mode, "oldconfig" | "oldaskconfig" | "syncconfig")
}

/// How a side runs.
pub(super) enum Side<'a> {
    /// In a server; the words are what it wants to know before the environment.
    Served(&'a Server, Vec<String>),
    /// As a process of its own.
    Process(Command),
}

/// What a run left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) outcome: Outcome,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// Every file of the working directory, and whether it was written.
    pub(super) files: BTreeMap<String, (Vec<u8>, bool)>,
}

impl Left {
    /// Puts the same files in another working directory.
    pub(super) fn put(&self, work: &Path) -> io::Result<()> {
        for (name, (text, _)) in &self.files {
            let path = work.join(name);
            fs::create_dir_all(path.parent().unwrap_or(work))?;
            fs::write(path, text)?;
        }
        Ok(())
    }
}

/// A process may take this long.
const LIMIT: Duration = Duration::from_secs(330);

/// It may write files of this size; `oracle.c` has the same limit.
const LARGEST: u64 = 32 << 20;

/// Runs a step in `folder/work`.
pub(super) fn run(step: &Step, side: Side<'_>, folder: &Path) -> io::Result<Left> {
    let work = folder.join("work");
    step.put(&work)?;
    let outcome = match side {
        Side::Served(server, mut words) => {
            let stdin = step.stdin.as_ref().map(|_| folder.join("stdin").display().to_string());
            words.extend(step.environment.iter().map(|(name, value)| format!("{name}={value}")));
            server.run(folder, &stdin.unwrap_or_default(), &words)
        }
        Side::Process(mut command) => {
            command.args(step.arguments()).envs(step.environment.iter().map(|(name, value)| (name, value)));
            process(command.current_dir(&work), folder, step.stdin.is_some())?
        }
    };
    let mut files = BTreeMap::new();
    collect(&work, "", &mut files)?;
    let (stdout, stderr) = (fs::read(folder.join("stdout"))?, fs::read(folder.join("stderr"))?);
    Ok(Left { outcome, stdout, stderr, files })
}

fn process(command: &mut Command, folder: &Path, answers: bool) -> io::Result<Outcome> {
    use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
    let stdin = if answers { File::open(folder.join("stdin"))?.into() } else { Stdio::null() };
    command.stdin(stdin).stdout(File::create(folder.join("stdout"))?);
    let mut child = command.stderr(File::create(folder.join("stderr"))?).process_group(0).spawn()?;
    let largest = Rlimit { current: Some(LARGEST), maximum: Some(LARGEST) };
    // One that has ended already has no limits.
    let _ = prlimit(Some(Pid::from_child(&child)), Resource::Fsize, largest);
    let began = Instant::now();
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait()? {
            let signal = || status.signal().map_or(1, |signal| 128 + signal);
            return Ok(Outcome::Status(status.code().unwrap_or_else(signal)));
        }
        if began.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            return Ok(Outcome::Lost);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}

fn collect(folder: &Path, below: &str, files: &mut BTreeMap<String, (Vec<u8>, bool)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            let written = entry.metadata()?.modified()? != SystemTime::UNIX_EPOCH;
            files.insert(name, (fs::read(entry.path())?, written));
        }
    }
    Ok(())
}

/// Gives every file the same old time, so that whatever is written later shows.
fn age(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            age(&path)?;
        } else {
            File::options().append(true).open(&path)?.set_modified(SystemTime::UNIX_EPOCH)?;
        }
    }
    Ok(())
}
