//! Runs the guest's command and reaps whatever dies meanwhile.

use std::fs::File;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use boot_contract::guest::{GuestLine, JOB_FILE, Job, JobTerminal, TerminalNeed};
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, WaitStatus, wait};

use crate::console::Voice;
use crate::terminal::{self, NoTerminal, Terminal};

/// The most that one line on the console carries of a command's words, in bytes.
const CHUNK: usize = 512;

/// The command could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("`{program}` does not start: {error}")]
    Start { program: String, error: io::Error },
    #[error("`{program}` cannot be waited for: {errno}")]
    Wait { program: String, errno: Errno },
    #[error("{JOB_FILE} cannot be read: {0}")]
    Unreadable(io::Error),
    #[error("{JOB_FILE} has the line `{0}`, which is none of a job's")]
    Line(String),
    #[error("{0}")]
    NoTerminal(#[from] NoTerminal),
    #[error("no folder {path}: {error}")]
    Directory { path: String, error: io::Error },
}

/// Runs the command on this console until it ends; a signal counts as 128 + its number.
///
/// PID 1 inherits every orphan of the guest, so the wait is for any child.
pub(crate) fn run(words: &[String]) -> Result<i32, RunError> {
    let Some((program, args)) = words.split_first() else { return Ok(0) };
    let program = program.clone();
    match Command::new(&program).args(args).spawn() {
        Ok(child) => wait_for(&child, program),
        Err(error) => Err(RunError::Start { program, error }),
    }
}

/// The job in the initramfs, where there is one.
pub(crate) fn job() -> Result<Option<Job>, RunError> {
    match std::fs::read_to_string(JOB_FILE) {
        Ok(text) => Job::parse(&text).map(Some).map_err(RunError::Line),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RunError::Unreadable(error)),
    }
}

/// Runs a job until it ends; what it writes is said on the console, piece by piece, as it comes.
pub(crate) fn run_job(job: &Job, voice: &Voice) -> Result<i32, RunError> {
    let Some((program, args)) = job.words.split_first() else { return Ok(0) };
    let program = program.clone();
    let mut command = Command::new(&program);
    command.args(args).env_clear().envs(job.env.iter().map(|(name, value)| (name, value)));
    if let Some(path) = &job.directory {
        let made = std::fs::create_dir_all(path);
        // In this process and not in the child: with a folder of its own a child is started by way of a socket, which a
        // kernel without CONFIG_NET has not. Nothing here looks at the current directory.
        let entered = made.and_then(|()| std::env::set_current_dir(path));
        entered.map_err(|error| RunError::Directory { path: path.clone(), error })?;
    }
    if let Some(JobTerminal { need, size }) = job.terminal {
        match Terminal::make(size) {
            Ok(terminal) => return run_on(terminal, command, program, voice),
            Err(error) if need == TerminalNeed::Needed => return Err(error.into()),
            Err(_) => {}
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Err(RunError::Start { program, error }),
    };
    let (out, err) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| out.map(|stream| relay(stream, voice, GuestLine::Out)));
        scope.spawn(|| err.map(|stream| relay(stream, voice, GuestLine::Err)));
        wait_for(&child, program)
    })
}

/// How long what a command left behind may still write, once it has ended.
const LINGER: Duration = Duration::from_millis(300);

/// Runs a command on a terminal of its own.
fn run_on(
    Terminal { master, slave }: Terminal,
    mut command: Command,
    program: String,
    voice: &Voice,
) -> Result<i32, RunError> {
    let start = |error| RunError::Start { program: program.clone(), error };
    let (input, output) = (slave.try_clone().map_err(start)?, slave.try_clone().map_err(start)?);
    command.stdin(input).stdout(output).stderr(slave);
    let (typed, written) = (master.try_clone().map_err(start)?, File::from(master));
    voice.say(&GuestLine::Terminal);
    let child = command.spawn().map_err(start)?;
    // It has copies of the terminal, which would keep that open when the child has ended.
    drop(command);
    // Nobody waits for this one: it reads for as long as the machine runs.
    std::thread::spawn(move || terminal::hand_on(&typed));
    let (voice, (ended, end)) = (voice.clone(), mpsc::channel());
    std::thread::spawn(move || {
        relay(written, &voice, GuestLine::Out);
        // The other side may have waited long enough.
        let _ = ended.send(());
    });
    let status = wait_for(&child, program)?;
    let _ = end.recv_timeout(LINGER);
    Ok(status)
}

/// Says what a stream brings, until it ends; one that cannot be read any more has ended.
fn relay(mut stream: impl Read, voice: &Voice, line: fn(Vec<u8>) -> GuestLine) {
    let mut piece = [0; CHUNK];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return,
            Ok(length) => voice.say(&line(piece[..length].to_vec())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn wait_for(child: &Child, program: String) -> Result<i32, RunError> {
    let command = Pid::from_child(child);
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == command => return Ok(status_number(status)),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(RunError::Wait { program, errno }),
        }
    }
}

fn status_number(status: WaitStatus) -> i32 {
    const SIGNALLED: i32 = 128;
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => code,
        (None, Some(signal)) => SIGNALLED + signal,
        // `wait` without options reports ends only.
        (None, None) => status.as_raw(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_with_its_status() {
        let run_shell = |script: &str| run(&["sh".into(), "-c".into(), script.into()]);
        assert_eq!(run_shell("exit 7").ok(), Some(7));
        assert_eq!(run_shell("kill -9 $$").ok(), Some(128 + 9));
        let error = run(&["/no/such/program".into()]).expect_err("no such program");
        assert_eq!(
            error.to_string(),
            "`/no/such/program` does not start: No such file or directory (os error 2)"
        );
    }
}
