//! What the terminal is like: whether it takes colours and bars.

use anstyle::{AnsiColor, Style};
use kernel_host::env::Env;

use crate::args::ColorWhen;

/// The verb of a status line.
pub(crate) const VERB: Style = AnsiColor::Green.on_default().bold();
/// The verb of a bar.
pub(crate) const BAR: Style = AnsiColor::Cyan.on_default().bold();
/// The word `error:`, and carets.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The word `warning:`.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The words `hint:` and `note:`.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// Arrow, line number and bar of an excerpt.
pub(crate) const GUTTER: Style = AnsiColor::Blue.on_default().bold();

/// Whether an output takes colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// It does.
    Colours,
    /// It does not.
    Plain,
}

impl Paint {
    /// Decides for standard error.
    ///
    /// `--color` wins. Else a `NO_COLOR` that is not empty (no-color.org), then a `CLICOLOR_FORCE` that is neither empty
    /// nor `0`, then whether there is a terminal that is not `dumb`.
    pub(crate) fn for_stderr(when: ColorWhen, env: &Env) -> Self {
        let forced = env.get_filled("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let colours = match when {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto if env.get_filled("NO_COLOR").is_some() => false,
            ColorWhen::Auto => forced || (env.is_terminal_stderr() && env.get("TERM") != Some("dumb")),
        };
        if colours { Self::Colours } else { Self::Plain }
    }

    /// A text in a style.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        match self {
            Self::Colours => format!("{style}{text}{style:#}"),
            Self::Plain => text.to_owned(),
        }
    }

    /// A text that came with colours of its own.
    pub(crate) fn foreign(self, text: &str) -> String {
        match self {
            Self::Colours => text.to_owned(),
            Self::Plain => anstream::adapter::strip_str(text).to_string(),
        }
    }
}

/// Whether bars can be drawn on standard error: a terminal, and nobody's log.
pub(crate) fn takes_bars(env: &Env) -> bool {
    env.is_terminal_stderr() && env.get("TERM") != Some("dumb") && env.get_filled("CI").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel_host::AbsPath;

    #[test]
    fn who_decides_about_colours() {
        type Vars = &'static [(&'static str, &'static str)];
        let table: &[(ColorWhen, Vars, Paint)] = &[
            (ColorWhen::Auto, &[], Paint::Plain),
            (ColorWhen::Auto, &[("CLICOLOR_FORCE", "1")], Paint::Colours),
            (ColorWhen::Auto, &[("CLICOLOR_FORCE", "0")], Paint::Plain),
            (ColorWhen::Auto, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], Paint::Plain),
            (ColorWhen::Auto, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], Paint::Colours),
            (ColorWhen::Always, &[("NO_COLOR", "1")], Paint::Colours),
            (ColorWhen::Never, &[("CLICOLOR_FORCE", "1")], Paint::Plain),
        ];
        for (when, vars, expected) in table {
            let env = Env::from_vars(vars.iter().copied(), AbsPath::new("/").expect("a path"));
            assert_eq!(Paint::for_stderr(*when, &env), *expected, "{when:?} {vars:?}");
        }
    }

    #[test]
    fn colours_of_others_go_where_none_are_wanted() {
        assert_eq!(Paint::Plain.foreign("\u{1b}[1merror\u{1b}[0m: x"), "error: x");
        assert_eq!(Paint::Colours.paint(ERROR, "error:"), "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m");
    }
}
