//! A process that parses a tree once and runs many times: a tree's `conf` with `oracle.c`, or our own worker.
//!
//! Requests and replies are lines; `oracle.c` has their form. Several runs may be under way at once.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With an exit status, or 128 plus a signal.
    Status(i32),
    /// It did not end, or took its server with it.
    Lost,
}

impl Outcome {
    /// It wrote more than any run has to say: `conf` asks for ever where answers end and none can be taken.
    pub(super) fn is_endless(self) -> bool {
        const FILE_TOO_LARGE: i32 = 128 + rustix::process::Signal::XFSZ.as_raw();
        self == Self::Status(FILE_TOO_LARGE)
    }
}

/// A run may take this long.
const LIMIT: Duration = Duration::from_secs(330);

type Waiting = Arc<Mutex<Option<HashMap<u64, Sender<Outcome>>>>>;

/// A server at the other end of two pipes.
pub(super) struct Server {
    child: Mutex<Child>,
    requests: Mutex<Option<ChildStdin>>,
    waiting: Waiting,
    next: AtomicU64,
}

impl Server {
    /// Starts one.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        // An interrupt at the terminal is for the harness alone: it lets runs end and then closes the pipes.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        let replies = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let requests = Mutex::new(child.stdin.take());
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let reader = Arc::clone(&waiting);
        std::thread::spawn(move || {
            for line in BufReader::new(replies).lines().map_while(Result::ok) {
                let Some((id, status)) = line.split_once(' ') else { continue };
                let outcome = status.parse().map_or(Outcome::Lost, Outcome::Status);
                let mut waiting = lock(&reader);
                let sender = id.parse().ok().and_then(|id: u64| waiting.as_mut()?.remove(&id));
                if let Some(sender) = sender {
                    let _ = sender.send(outcome);
                }
            }
            // Whoever still waits learns it by the end of its channel.
            *lock(&reader) = None;
        });
        Ok(Self { child: Mutex::new(child), requests, waiting, next: AtomicU64::new(0) })
    }

    /// Runs once in `folder`; `words` are what the server wants to know besides.
    pub(super) fn run(&self, folder: &Path, stdin: &str, words: &[String]) -> Outcome {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = channel();
        match lock(&self.waiting).as_mut() {
            Some(waiting) => waiting.insert(id, sender),
            None => return Outcome::Lost,
        };
        let mut line = format!("{id}\t{}\t{stdin}", folder.display());
        for word in words {
            line.push('\t');
            line.push_str(word);
        }
        line.push('\n');
        let sent = lock(&self.requests).as_mut().map(|requests| requests.write_all(line.as_bytes()));
        match sent {
            Some(Ok(())) => receiver.recv_timeout(LIMIT).unwrap_or(Outcome::Lost),
            _ => Outcome::Lost,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        lock(&self.requests).take();
        let mut child = lock(&self.child);
        // An idle server ends with its requests; one that is lost in a run does not.
        for _ in 0..20 {
            if matches!(child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
