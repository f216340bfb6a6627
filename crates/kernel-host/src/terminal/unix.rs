//! Standard input by termios.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

use super::{Input, Size};

/// How long a key is waited for before somebody looks whether to go on, and whether the size is another one.
const TICK: Duration = Duration::from_millis(50);

/// Standard input: a terminal, or what takes the place of one.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// How it is set; absent where it is no terminal.
    saved: Option<Termios>,
}

impl Terminal {
    /// What standard input is.
    #[must_use]
    pub fn of_stdin() -> Option<Self> {
        Some(Self { saved: tcgetattr(io::stdin()).ok() })
    }

    /// Its size.
    #[must_use]
    pub fn size(&self) -> Size {
        match tcgetwinsize(io::stdin()) {
            Ok(size) if size.ws_row > 0 && size.ws_col > 0 => {
                Size { rows: size.ws_row, columns: size.ws_col }
            }
            _ => Size::USUAL,
        }
    }

    /// Takes it, and hands on what comes from it for as long as it is taken.
    ///
    /// # Errors
    /// Where the terminal cannot be set, or no thread can be started.
    pub fn take(&self, mut on_input: impl FnMut(Input) + Send + 'static) -> io::Result<Taken> {
        if let Some(saved) = &self.saved {
            let mut raw = saved.clone();
            raw.make_raw();
            tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        }
        let taken = Taken { saved: self.saved.clone(), ended: Arc::new(AtomicBool::new(false)) };
        let (this, ended) = (self.clone(), Arc::clone(&taken.ended));
        let mut size = self.size();
        let thread = std::thread::Builder::new().name("read a terminal".to_owned());
        thread.spawn(move || {
            while !ended.load(Ordering::SeqCst) {
                let now = this.size();
                if now != size {
                    size = now;
                    on_input(Input::Size(now));
                }
                match keys() {
                    Ok(None) => {}
                    Ok(Some(keys)) if !keys.is_empty() => on_input(Input::Keys(keys)),
                    Ok(Some(_)) | Err(_) => return on_input(Input::End),
                }
            }
        })?;
        Ok(taken)
    }
}

/// A terminal that is taken.
#[derive(Debug)]
pub struct Taken {
    saved: Option<Termios>,
    ended: Arc<AtomicBool>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(saved) = &self.saved {
            // There is nobody to tell that the terminal is gone.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, saved);
        }
    }
}

/// What was pressed within a tick; empty where nothing more will come.
fn keys() -> io::Result<Option<Vec<u8>>> {
    let stdin = io::stdin();
    let mut waited = [PollFd::new(&stdin, PollFlags::IN)];
    let tick = Timespec { tv_sec: 0, tv_nsec: i64::from(TICK.subsec_nanos()) };
    match poll(&mut waited, Some(&tick)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
        Ok(_) => {}
        Err(errno) => return Err(errno.into()),
    }
    let mut bytes = vec![0; 256];
    // Past the standard library's buffer, in which a key could stay.
    let length = rustix::io::read(&stdin, &mut bytes[..])?;
    bytes.truncate(length);
    Ok(Some(bytes))
}
