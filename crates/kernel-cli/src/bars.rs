//! Progress: a bar for each running step on a terminal, a line now and then elsewhere.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use kernel_build::Pace;
use kernel_host::clock::Stopwatch;

use crate::terminal::{BAR, Paint};
use crate::text;

/// How often a step that has no bar says how far it is.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// How often a bar's clock moves.
const TICK: Duration = Duration::from_millis(250);

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Bytes.
    Bytes,
    /// Things.
    Things,
}

/// How far a step is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    /// Which; one bar each.
    pub(crate) key: &'a str,
    /// As in a status line.
    pub(crate) verb: &'a str,
    /// As in a status line.
    pub(crate) what: &'a str,
    /// How much is done.
    pub(crate) done: u64,
    /// Of how much.
    pub(crate) total: Option<u64>,
    /// How fast it goes.
    pub(crate) pace: Option<Pace>,
    /// Of what.
    pub(crate) counted: Counted,
    /// What is being worked on.
    pub(crate) current: &'a str,
}

/// Where progress goes.
pub(crate) enum Bars {
    /// Nowhere.
    Off,
    /// To lines: of each step, when it last had one.
    Lines(HashMap<String, Stopwatch>),
    /// To bars: of each step, the bar and the template that it was drawn with.
    Drawn {
        /// The area below the last line.
        area: MultiProgress,
        /// The bars.
        bars: HashMap<String, (ProgressBar, String)>,
        /// Whether they are coloured.
        paint: Paint,
    },
}

impl Bars {
    /// Lines now and then.
    pub(crate) fn lines() -> Self {
        Self::Lines(HashMap::new())
    }

    /// Bars on standard error.
    pub(crate) fn drawn(paint: Paint) -> Self {
        let area = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self::Drawn { area, bars: HashMap::new(), paint }
    }

    /// Takes note of how far a step is; gives verb and text of a line, where one is due.
    pub(crate) fn update(&mut self, step: &Step<'_>) -> Option<(String, String)> {
        match self {
            Self::Off => None,
            Self::Lines(last) => {
                // The status line has just been written when the first number comes.
                let watch = last.entry(step.key.to_owned()).or_insert_with(Stopwatch::start);
                if watch.elapsed() < LINE_EVERY {
                    return None;
                }
                *watch = Stopwatch::start();
                Some((step.verb.to_owned(), format!("{} ({})", step.what, step.numbers())))
            }
            Self::Drawn { area, bars, paint } => {
                let template = step.template(*paint);
                let is_new = !bars.contains_key(step.key);
                let (bar, drawn_with) = bars
                    .entry(step.key.to_owned())
                    .or_insert_with(|| (area.add(ProgressBar::no_length()), String::new()));
                if *drawn_with != template {
                    let style = ProgressStyle::with_template(&template);
                    bar.set_style(
                        style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "),
                    );
                    *drawn_with = template;
                }
                if let Some(total) = step.total {
                    bar.set_length(total);
                }
                bar.set_prefix(step.name());
                bar.set_position(step.done);
                bar.set_message(step.message());
                if is_new {
                    // Not before it is known what it looks like.
                    bar.enable_steady_tick(TICK);
                }
                None
            }
        }
    }

    /// A step has ended: its bar goes.
    pub(crate) fn end(&mut self, key: &str) {
        match self {
            Self::Off => {}
            Self::Lines(last) => {
                last.remove(key);
            }
            Self::Drawn { bars, .. } => {
                if let Some((bar, _)) = bars.remove(key) {
                    bar.finish_and_clear();
                }
            }
        }
    }

    /// All bars go.
    pub(crate) fn clear(&mut self) {
        if let Self::Drawn { area, bars, .. } = self {
            bars.drain().for_each(|(_, (bar, _))| bar.finish_and_clear());
            // A terminal that is gone has nothing to clear.
            let _ = area.clear();
        }
    }

    /// Writes a line above the bars.
    pub(crate) fn aside<R>(&self, write: impl FnOnce() -> R) -> R {
        match self {
            Self::Off | Self::Lines(_) => write(),
            Self::Drawn { area, .. } => area.suspend(write),
        }
    }
}

impl Step<'_> {
    /// `12.5 MiB/s, 9s left`; empty where that cannot be told.
    fn speed(&self) -> String {
        let Some(Pace { per_second, left }) = self.pace else { return String::new() };
        let left = left.map(|left| format!(", {} left", text::whole_seconds(left))).unwrap_or_default();
        format!("{}/s{left}", text::size(per_second))
    }

    /// What stands at the end of a bar.
    fn message(&self) -> String {
        [self.speed(), self.current.to_owned()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// `412/1180`, `80.0 MiB of 146.2 MiB, 12.5 MiB/s, 9s left`, `412`.
    fn numbers(&self) -> String {
        let speed = self.speed();
        let numbers = self.count();
        if speed.is_empty() { numbers } else { format!("{numbers}, {speed}") }
    }

    fn count(&self) -> String {
        match (self.counted, self.total) {
            (Counted::Bytes, Some(total)) => format!("{} of {}", text::size(self.done), text::size(total)),
            (Counted::Bytes, None) => text::size(self.done),
            (Counted::Things, Some(total)) => format!("{}/{total}", self.done),
            (Counted::Things, None) => self.done.to_string(),
        }
    }

    /// What a bar is called: on 80 columns, the speed of a transfer and the time left have their room.
    fn name(&self) -> String {
        const MOST: usize = 24;
        let mut chars = self.what.char_indices().skip(MOST - 1);
        match (chars.next(), chars.next()) {
            (Some((at, _)), Some(_)) => format!("{}…", &self.what[..at]),
            _ => self.what.to_owned(),
        }
    }

    /// As indicatif wants it; the bar of a transfer gives way on a narrow terminal, and elsewhere the last field.
    fn template(&self, paint: Paint) -> String {
        let verb = paint.paint(BAR, &format!("{:>12}", self.verb));
        let numbers = match (self.counted, self.total) {
            (Counted::Bytes, Some(_)) => "[{wide_bar}] {binary_bytes}/{binary_total_bytes} {msg}",
            (Counted::Bytes, None) => "{binary_bytes} {elapsed} {wide_msg}",
            (Counted::Things, Some(_)) => "[{bar:20}] {pos}/{len} {elapsed} {wide_msg}",
            (Counted::Things, None) => "{pos} {elapsed} {wide_msg}",
        };
        format!("{verb} {{prefix}} {numbers}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_templates() {
        for counted in [Counted::Bytes, Counted::Things] {
            for total in [None, Some(1180)] {
                let step = Step {
                    key: "guest",
                    verb: "Compiling",
                    what: "guest",
                    done: 412,
                    total,
                    pace: None,
                    counted,
                    current: "",
                };
                for paint in [Paint::Plain, Paint::Colours] {
                    assert!(ProgressStyle::with_template(&step.template(paint)).is_ok(), "{step:?}");
                }
            }
        }
    }

    #[test]
    fn a_line_is_due_only_after_a_while() {
        let step = Step {
            key: "guest",
            verb: "Compiling",
            what: "guest",
            done: 412,
            total: Some(1180),
            pace: None,
            counted: Counted::Things,
            current: "kernel/fork.o",
        };
        assert_eq!(Bars::lines().update(&step), None);
        assert_eq!(step.numbers(), "412/1180");
    }

    #[test]
    fn a_transfer_tells_its_speed() {
        let pace = Pace { per_second: 13_107_200, left: Some(Duration::from_secs(65)) };
        let step = Step {
            key: "session",
            verb: "Fetching",
            what: "linux-6.12.30.tar.xz",
            done: 80 << 20,
            total: Some(146 << 20),
            pace: Some(pace),
            counted: Counted::Bytes,
            current: "",
        };
        insta::assert_snapshot!(step.numbers(), @"80.0 MiB of 146.0 MiB, 12.5 MiB/s, 1m 05s left");
        insta::assert_snapshot!(step.message(), @"12.5 MiB/s, 1m 05s left");
        insta::assert_snapshot!(step.name(), @"linux-6.12.30.tar.xz");
        let long = Step { what: "linux-source-6.12 6.12.117-1~deb12u1", ..step };
        insta::assert_snapshot!(long.name(), @"linux-source-6.12 6.12.…");
    }
}
