//! QEMU's monitor protocol: a greeting, commands with answers, and events in between.

use std::io;
use std::time::Duration;

use kernel_host::AbsPath;
use kernel_host::clock::Stopwatch;
use kernel_host::socket::LineSocket;
use serde_json::{Value, json};

use super::{SOON, Told};

/// A conversation with QEMU.
pub(crate) struct Qmp {
    socket: LineSocket,
    /// Events that came while an answer was waited for.
    events: Vec<Told>,
}

impl Qmp {
    /// Connects, and leaves the mode in which QEMU takes nothing but that.
    pub(super) fn greet(path: &AbsPath) -> io::Result<Self> {
        let mut qmp = Self { socket: LineSocket::connect(path)?, events: Vec::new() };
        let greeting = qmp.socket.next_line(SOON)?;
        if greeting.is_none_or(|line| message(&line).get("QMP").is_none()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no greeting"));
        }
        qmp.ask("qmp_capabilities")?;
        Ok(qmp)
    }

    /// What it said since.
    pub(super) fn heard(&mut self) -> Vec<Told> {
        while let Ok(Some(line)) = self.socket.next_line(Duration::ZERO) {
            self.keep(&message(&line));
        }
        let stopped = self.events.contains(&Told::InternalError);
        let mut events = std::mem::take(&mut self.events);
        // A machine stops for a debugger as well.
        if stopped && self.status().as_deref() != Some("internal-error") {
            events.retain(|told| *told != Told::InternalError);
        }
        events
    }

    pub(super) fn status(&mut self) -> Option<String> {
        let answer = self.ask("query-status").ok()?;
        answer.get("status")?.as_str().map(str::to_owned)
    }

    pub(super) fn quit(&mut self) -> bool {
        self.ask("quit").is_ok()
    }

    /// The answer to a command.
    fn ask(&mut self, command: &str) -> io::Result<Value> {
        self.socket.send(&json!({ "execute": command }).to_string())?;
        let clock = Stopwatch::start();
        loop {
            let left = SOON.saturating_sub(clock.elapsed());
            let line = self.socket.next_line(left)?.ok_or(io::ErrorKind::TimedOut)?;
            let mut said = message(&line);
            if let Some(answer) = said.get_mut("return") {
                return Ok(answer.take());
            }
            if let Some(error) = said.get("error") {
                return Err(io::Error::other(error.to_string()));
            }
            self.keep(&said);
        }
    }

    fn keep(&mut self, said: &Value) {
        self.events.extend(told(said));
    }
}

fn message(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_default()
}

/// What an event says of the guest (`qapi/run-state.json`).
fn told(said: &Value) -> Option<Told> {
    let reason = said["data"]["reason"].as_str().unwrap_or_default();
    match said["event"].as_str()? {
        "SHUTDOWN" => match reason {
            "guest-reset" => Some(Told::Reset),
            "guest-shutdown" => Some(Told::PoweredOff),
            "guest-panic" => Some(Told::Panicked),
            _ => None,
        },
        "GUEST_PANICKED" => Some(Told::Panicked),
        "STOP" => Some(Told::InternalError),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read() {
        let told = |line: &str| told(&message(line));
        let reset = r#"{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}"#;
        assert_eq!(told(reset), Some(Told::Reset));
        assert_eq!(told(&reset.replace("guest-reset", "guest-shutdown")), Some(Told::PoweredOff));
        assert_eq!(told(&reset.replace("guest-reset", "host-qmp-quit")), None);
        assert_eq!(told(r#"{"event": "GUEST_PANICKED", "data": {"action": "run"}}"#), Some(Told::Panicked));
        assert_eq!(told(r#"{"event": "RESUME"}"#), None);
        assert_eq!(told("no JSON"), None);
    }
}
