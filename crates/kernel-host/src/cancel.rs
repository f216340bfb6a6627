//! The wish to stop.
//!
//! One flag, shared by everything that can take long. The first signal sets it: children are then told to end, partial
//! files go, and the error that comes up says `cancelled`. The second signal does not wait for any of that.
//!
//! A part of the work may have a flag [below](Cancel::below): it stops that part alone, and is set with the one above it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Carries the wish to stop to whoever looks.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
    above: Option<Arc<Cancel>>,
}

/// Reports that the signal handlers could not be set.
#[derive(Debug, thiserror::Error)]
#[error("could not set the handler of the interrupt signal")]
pub struct SignalError(#[from] ctrlc::Error);

/// The exit status after a second interrupt: 128 + SIGINT, as shells count.
const INTERRUPTED: i32 = 130;

/// How often something that waits looks at the flag.
pub(crate) const POLL: Duration = Duration::from_millis(50);

impl Cancel {
    /// Makes a flag that only [`request`](Self::request) sets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a flag that SIGINT, SIGTERM and SIGHUP set (Ctrl-C elsewhere).
    ///
    /// The second signal kills every child's group and exits with status 130 at once. May be called once per process.
    pub fn on_signals() -> Result<Self, SignalError> {
        let cancel = Self::new();
        let flag = cancel.clone();
        ctrlc::set_handler(move || {
            if flag.flag.swap(true, Ordering::SeqCst) {
                crate::process::kill_all_groups();
                std::process::exit(INTERRUPTED);
            }
        })?;
        Ok(cancel)
    }

    /// Makes a flag for a part of the work: a wish to stop the whole is one to stop the part, and not the other way round.
    #[must_use]
    pub fn below(&self) -> Self {
        Self { flag: Arc::default(), above: Some(Arc::new(self.clone())) }
    }

    /// Says whether somebody wishes to stop.
    #[must_use]
    pub fn requested(&self) -> bool {
        self.flag.load(Ordering::SeqCst) || self.above.as_ref().is_some_and(|above| above.requested())
    }

    /// Wishes to stop.
    pub fn request(&self) {
        self.flag.store(true, Ordering::SeqCst);
    }

    /// Waits, but not past a wish to stop; says whether there was one.
    pub fn sleep(&self, duration: Duration) -> bool {
        let watch = crate::clock::Stopwatch::start();
        while !self.requested() {
            match duration.checked_sub(watch.elapsed()) {
                Some(left) if !left.is_zero() => crate::clock::sleep(left.min(POLL)),
                _ => return false,
            }
        }
        true
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::time::Duration;

    use rustix::process::{Pid, Signal, kill_process};

    use super::{Cancel, INTERRUPTED};
    use crate::clock::{Stopwatch, sleep};
    use crate::process::{Child, Command, NextLine};

    #[test]
    fn a_sleep_ends_with_the_wish_to_stop() {
        let cancel = Cancel::new();
        assert!(!cancel.sleep(Duration::from_millis(10)));
        cancel.request();
        let watch = Stopwatch::start();
        assert!(cancel.sleep(Duration::from_secs(60)));
        assert!(watch.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_part_stops_with_the_whole_and_not_the_other_way_round() {
        let whole = Cancel::new();
        let (part, other) = (whole.below(), whole.below());
        part.request();
        assert_eq!([&whole, &part, &other].map(Cancel::requested), [false, true, false]);
        whole.request();
        assert!(other.requested());
    }

    /// Not a test of its own: the process that the next one sends signals to.
    #[test]
    #[ignore = "started by `the_first_signal_asks_and_the_second_ends`"]
    fn is_sent_signals() {
        let cancel = Cancel::on_signals().unwrap();
        let child = Command::new("sleep").arg("60").spawn(&Cancel::new()).unwrap();
        println!("\nchild {}", child.id());
        while !cancel.requested() {
            sleep(Duration::from_millis(10));
        }
        println!("\nrequested");
        sleep(Duration::from_secs(60));
    }

    /// Waits for a line that begins so.
    fn wait_for(child: &mut Child, start: &str) -> String {
        loop {
            match child.next_line(Duration::from_secs(30)) {
                NextLine::Line { text, .. } if text.starts_with(start) => return text,
                NextLine::Line { .. } => {}
                other => panic!("waited for `{start}`: {other:?}"),
            }
        }
    }

    #[test]
    fn the_first_signal_asks_and_the_second_ends() {
        let mut tool = Command::new(std::env::current_exe().unwrap());
        tool.args(["--ignored", "--exact", "--nocapture", "cancel::tests::is_sent_signals"]);
        let mut tool = tool.spawn(&Cancel::new()).unwrap();
        let child = wait_for(&mut tool, "child ").replace("child ", "");
        let number = Pid::from_raw(i32::try_from(tool.id()).unwrap()).unwrap();
        kill_process(number, Signal::TERM).unwrap();
        wait_for(&mut tool, "requested");
        assert!(std::path::Path::new(&format!("/proc/{child}")).exists());
        kill_process(number, Signal::INT).unwrap();
        assert_eq!(tool.wait().unwrap().code(), Some(INTERRUPTED));
        let is_gone = || {
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z ")
        };
        assert!((0..200).any(|_| Cancel::new().sleep(Duration::from_millis(10)) || is_gone()));
    }
}
