//! The start of a child: the standard library's command, its group, and its tie to this process.
//!
//! The tie is `PR_SET_PDEATHSIG`, which has a trap: the signal is sent when the *thread* that started the child ends.
//! So all children are started by one thread that lives as long as the process.

use std::io;
use std::process::{Child, Command as StdCommand, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

use super::{Command, Stdin};

/// Says whose terminal and group a child has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Pipes, and a group of its own.
    Apart,
    /// This process's streams and group.
    Terminal,
}

/// Starts the child.
pub(super) fn spawn(command: &Command, place: Place) -> io::Result<Child> {
    let mut std = to_std(command);
    match place {
        Place::Apart => {
            let stdin = match command.stdin {
                Stdin::Null => Stdio::null(),
                Stdin::Inherit => Stdio::inherit(),
                Stdin::Piped => Stdio::piped(),
            };
            std.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(&mut std, 0);
        }
        Place::Terminal => {
            std.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        }
    }
    #[cfg(target_os = "linux")]
    die_with_this_process(&mut std);
    on_the_lasting_thread(std)
}

/// Replaces this process.
pub(super) fn replace(command: &Command) -> io::Error {
    let mut std = to_std(command);
    #[cfg(unix)]
    {
        std::os::unix::process::CommandExt::exec(&mut std)
    }
    #[cfg(not(unix))]
    {
        match std.status() {
            Ok(status) => std::process::exit(status.code().unwrap_or(1)),
            Err(error) => error,
        }
    }
}

pub(super) fn to_std(command: &Command) -> StdCommand {
    let mut std = StdCommand::new(&command.program);
    #[cfg(unix)]
    if let Some(name) = &command.name {
        std::os::unix::process::CommandExt::arg0(&mut std, name);
    }
    std.args(&command.args);
    if command.env_clear {
        std.env_clear();
    }
    for (name, value) in &command.env {
        match value {
            Some(value) => std.env(name, value),
            None => std.env_remove(name),
        };
    }
    if let Some(directory) = &command.directory {
        std.current_dir(directory);
    }
    if let Some(client) = &command.jobserver {
        // Last, so that nothing above can leave a half of an older jobserver behind.
        client.configure_make(&mut std);
    }
    std
}

/// Has the kernel kill the child when this process ends, however it ends.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "`pre_exec` is the only place between fork and exec")]
fn die_with_this_process(command: &mut StdCommand) {
    use std::os::unix::process::CommandExt as _;

    use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

    let parent = getpid();
    let tie = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // If the parent ended before that call, nobody sends the signal any more.
        if getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: the closure runs in the forked child, where only async-signal-safe calls are allowed: it makes two plain
    // system calls, allocates nothing (an error of a bare kind or number does not) and takes no lock.
    unsafe {
        command.pre_exec(tie);
    }
}

/// Starts the child from the one thread that lives until the end.
fn on_the_lasting_thread(mut command: StdCommand) -> io::Result<Child> {
    type Job = Box<dyn FnOnce() + Send>;
    static THREAD: OnceLock<Option<Sender<Job>>> = OnceLock::new();
    let jobs = THREAD.get_or_init(|| {
        let (jobs, queue) = channel::<Job>();
        let thread = std::thread::Builder::new().name("spawn".to_owned());
        thread.spawn(move || queue.into_iter().for_each(|job| job())).ok().map(|_| jobs)
    });
    let gone = || io::Error::other("the thread that starts processes is gone");
    let (answer, result) = channel();
    let job = Box::new(move || {
        // If nobody waits for the answer any more, dropping the child leaves it to its fate: the caller has ended.
        let _ = answer.send(command.spawn());
    });
    jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
    result.recv().map_err(|_| gone())?
}
