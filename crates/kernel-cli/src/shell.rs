//! The two outputs: data on stdout, words for people on stderr.
//!
//! ```text
//!    Compiling guest 6.12.117-guest          a status line: a verb, right-justified in 12 columns, bold green
//!    Compiling [=====>      ] 412/1180 …     a bar below it, while it lasts; only on a terminal
//! warning: …                                 errors, warnings and hints begin at the margin
//! ```
//!
//! Invariants: a line is written whole, from whichever thread; no line is written twice; nothing but data goes to stdout.
//! A stdout that has been closed by its reader ends nothing; any other failure to write data is kept for
//! [`Shell::data_error`].

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel_host::env::Env;

use crate::args::{MessageFormat, OutputArgs};
use crate::bars::{Bars, Step};
use crate::failure::Failure;
use crate::message::Message;
use crate::terminal::{self, Paint, VERB};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// `-qq`: errors.
    Errors,
    /// `-q`: warnings too.
    Warnings,
    /// Status lines too.
    Normal,
    /// `-v`: reasons too.
    Verbose,
    /// `-vv`: command lines and the output of tools too.
    Everything,
}

impl Level {
    /// What `-v` and `-q` ask for.
    pub(crate) fn of(output: &OutputArgs) -> Self {
        match (output.quiet, output.verbose) {
            (0, 0) => Self::Normal,
            (0, 1) => Self::Verbose,
            (0, _) => Self::Everything,
            (1, _) => Self::Warnings,
            _ => Self::Errors,
        }
    }
}

/// Both outputs, for all threads.
pub(crate) struct Shell {
    outputs: Mutex<Outputs>,
    /// How much is said.
    pub(crate) level: Level,
    /// What stdout gets.
    pub(crate) format: MessageFormat,
    /// Whether stderr takes colours.
    pub(crate) paint: Paint,
}

struct Outputs {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    bars: Bars,
    failed: Option<io::Error>,
}

impl Shell {
    /// Says what failed, to people and to programs.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.message(&failure.message());
        self.say(failure.render(self.paint).trim_end());
    }

    /// The outputs of this process.
    pub(crate) fn new(output: &OutputArgs, env: &Env) -> Self {
        let level = Level::of(output);
        let paint = Paint::for_stderr(output.color, env);
        let bars = match level {
            Level::Errors | Level::Warnings => Bars::Off,
            _ if terminal::takes_bars(env) => Bars::drawn(paint),
            _ => Bars::lines(),
        };
        Self::over(Box::new(io::stdout()), Box::new(io::stderr()), bars, level, output.message_format, paint)
    }

    /// Outputs that go elsewhere.
    pub(crate) fn over(
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        bars: Bars,
        level: Level,
        format: MessageFormat,
        paint: Paint,
    ) -> Self {
        Self { outputs: Mutex::new(Outputs { out, err, bars, failed: None }), level, format, paint }
    }

    fn outputs(&self) -> MutexGuard<'_, Outputs> {
        // A thread that panicked while it wrote leaves at worst half a line.
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `    Fetching linux-source-6.12`.
    pub(crate) fn status(&self, verb: &str, what: &str) {
        self.status_from(Level::Normal, verb, what);
    }

    /// The same, where at least this much is said.
    pub(crate) fn status_from(&self, level: Level, verb: &str, what: &str) {
        if self.level >= level {
            self.say(&status_line(self.paint, verb, what));
        }
    }

    /// Text as it is, with a line feed where it has none.
    pub(crate) fn say(&self, text: &str) {
        self.outputs().say(text);
    }

    /// A line for whoever reads stdout by eye or by pipe; not in JSON.
    pub(crate) fn data(&self, line: &str) {
        if self.format == MessageFormat::Human {
            self.outputs().write_data(line);
        }
    }

    /// Bytes for stdout as they are; not in JSON.
    pub(crate) fn raw_data(&self, bytes: &[u8]) {
        if self.format == MessageFormat::Human {
            self.outputs().write_raw_data(bytes);
        }
    }

    /// Bytes for stderr as they are.
    pub(crate) fn raw_words(&self, bytes: &[u8]) {
        self.outputs().write_raw_words(bytes);
    }

    /// A message for whoever reads stdout by program; only in JSON.
    pub(crate) fn message(&self, message: &Message<'_>) {
        if self.format == MessageFormat::Json {
            self.outputs().write_data(&message.to_line());
        }
    }

    /// Whole text for stdout, whatever the format.
    pub(crate) fn document(&self, text: &str) {
        self.outputs().write_data(text.trim_end_matches('\n'));
    }

    /// How far a step is.
    pub(crate) fn progress(&self, step: &Step<'_>) {
        let paint = self.paint;
        let mut outputs = self.outputs();
        if let Some((verb, what)) = outputs.bars.update(step) {
            outputs.say(&status_line(paint, &verb, &what));
        }
    }

    /// A step has ended.
    pub(crate) fn progress_ended(&self, key: &str) {
        self.outputs().bars.end(key);
    }

    /// Takes what is drawn away, for a question or for the end.
    pub(crate) fn clear(&self) {
        self.outputs().bars.clear();
    }

    /// Why data could not be written, if so.
    pub(crate) fn data_error(&self) -> Option<io::Error> {
        self.outputs().failed.take()
    }
}

impl Outputs {
    fn say(&mut self, text: &str) {
        let Self { err, bars, .. } = self;
        // Where stderr is closed there is nobody to tell.
        let _ = bars.aside(|| write_line(err, text));
    }

    fn write_raw_data(&mut self, bytes: &[u8]) {
        let Self { out, bars, failed, .. } = self;
        match bars.aside(|| out.write_all(bytes).and_then(|()| out.flush())) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                failed.get_or_insert(error);
            }
            _ => {}
        }
    }

    fn write_raw_words(&mut self, bytes: &[u8]) {
        let Self { err, bars, .. } = self;
        // Where stderr is closed there is nobody to tell.
        let _ = bars.aside(|| err.write_all(bytes).and_then(|()| err.flush()));
    }

    fn write_data(&mut self, text: &str) {
        let Self { out, bars, failed, .. } = self;
        match bars.aside(|| write_line(out, text)) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                failed.get_or_insert(error);
            }
            _ => {}
        }
    }
}

fn write_line(to: &mut dyn Write, text: &str) -> io::Result<()> {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    to.write_all(format!("{text}{end}").as_bytes())?;
    to.flush()
}

fn status_line(paint: Paint, verb: &str, what: &str) -> String {
    format!("{} {what}", paint.paint(VERB, &format!("{verb:>12}")))
}

/// Outputs that are kept, for tests.
#[cfg(test)]
pub(crate) mod kept {
    use super::*;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("kept").clone()).expect("text")
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("kept").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A shell without a terminal; what it writes to stdout; what it writes to stderr.
    pub(crate) fn shell(level: Level, format: MessageFormat) -> (Arc<Shell>, Kept, Kept) {
        let (out, err) = (Kept::default(), Kept::default());
        let bars = if level >= Level::Normal { Bars::lines() } else { Bars::Off };
        let shell =
            Shell::over(Box::new(out.clone()), Box::new(err.clone()), bars, level, format, Paint::Plain);
        (Arc::new(shell), out, err)
    }
}
