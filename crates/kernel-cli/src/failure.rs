//! Errors as people read them.
//!
//! ```text
//! error: kernel `guest` reports release `6.12.30-dbg`, but `mod-dir-version` is `6.12.30`
//!   a line that belongs to it
//!   caused by: `CONFIG_LOCALVERSION="-dbg"` set at configs/debug.config:7
//! hint: drop that line
//! ```
//!
//! Errors in a text that a person wrote are shown as [`Diagnostic`]s, all of them.

use kernel::ErrorKind;
use kernel_build::configure::Refusal;
use kernel_build::{BuildError, KernelsFailed};
use kernel_host::env::Env;
use kernel_spec::{Diagnostic, KernelName, Part};

use crate::commands::json;
use crate::exit;
use crate::message::{Message, Place};
use crate::terminal::{ERROR, GUTTER, HINT, Paint};

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What sort of thing went wrong.
    pub(crate) kind: ErrorKind,
    /// What went wrong.
    pub(crate) message: String,
    /// Lines that belong to it.
    pub(crate) details: Vec<String>,
    /// Why, outermost first.
    pub(crate) causes: Vec<String>,
    /// What to do about it.
    pub(crate) hint: Option<String>,
    /// Places that are wrong; they say all that the message says.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What of a configuration is not as asked, for programs.
    pub(crate) refusal: Option<Box<serde_json::Value>>,
}

impl Failure {
    /// A failure that its user can put right.
    pub(crate) fn user(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::User, message)
    }

    /// A failure of a kind.
    pub(crate) fn of(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            details: Vec::new(),
            causes: Vec::new(),
            hint: None,
            diagnostics: Vec::new(),
            refusal: None,
        }
    }

    /// The same, with advice.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What a terminal shows.
    pub(crate) fn render(&self, paint: Paint) -> String {
        if !self.diagnostics.is_empty() {
            let style = |part| style(paint, part);
            let shown: Vec<String> = self.diagnostics.iter().map(|found| found.render(&style)).collect();
            return shown.join("\n");
        }
        let mut shown = format!("{} {}\n", paint.paint(ERROR, "error:"), self.message);
        for line in &self.details {
            // A table comes with its own margin.
            let margin = if line.starts_with("  ") { "" } else { "  " };
            shown += format!("{margin}{}", paint.foreign(line)).trim_end();
            shown.push('\n');
        }
        for cause in &self.causes {
            shown += &format!("  caused by: {}\n", cause.replace('\n', "\n    "));
        }
        if let Some(hint) = &self.hint {
            shown += &format!("{} {hint}\n", paint.paint(HINT, "hint:"));
        }
        shown
    }

    /// What a program reads.
    pub(crate) fn message(&self) -> Message<'_> {
        let place = |found: &Diagnostic| {
            let at = found.location.as_ref().map(kernel_spec::Location::line_column);
            (at.map(|(line, _)| line), at.map(|(_, column)| column))
        };
        Message::Error {
            kind: exit::kind_name(self.kind),
            exit_code: exit::code(self.kind),
            message: &self.message,
            causes: &self.causes,
            details: &self.details,
            hint: self.hint.as_deref(),
            refusal: self.refusal.as_deref(),
            diagnostics: self
                .diagnostics
                .iter()
                .map(|found| Place {
                    message: &found.message,
                    path: found.location.as_ref().map(|location| location.source.path.as_str()),
                    line: place(found).0,
                    column: place(found).1,
                    hint: found.hint.as_deref(),
                })
                .collect(),
        }
    }
}

fn style(paint: Paint, part: Part) -> (String, String) {
    let style = match part {
        Part::Error | Part::Caret => ERROR,
        Part::Gutter => GUTTER,
        Part::Hint => HINT,
        Part::Message => anstyle::Style::new().bold(),
    };
    match paint {
        Paint::Colours => (style.render().to_string(), style.render_reset().to_string()),
        Paint::Plain => (String::new(), String::new()),
    }
}

/// What a command ends with where it does not end well.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// The library says so.
    Library(Box<kernel::Error>),
    /// The command itself does.
    Own(Box<Failure>),
}

impl From<kernel::Error> for CommandError {
    fn from(error: kernel::Error) -> Self {
        Self::Library(Box::new(error))
    }
}

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        Self::Own(Box::new(failure))
    }
}

impl CommandError {
    /// What of a configuration is not as asked.
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Library(error) => error.refusal(),
            Self::Own(_) => None,
        }
    }

    /// What became of all kernels, where several were to be built and not all could.
    pub(crate) fn kernels(&self) -> Option<&KernelsFailed> {
        match self {
            Self::Library(error) => error.kernels(),
            Self::Own(_) => None,
        }
    }

    /// What is shown of it here, each on its own: of several kernels each one's, and last what that comes to.
    pub(crate) fn into_failures(self, env: &Env) -> Vec<Failure> {
        let error = match self {
            Self::Own(failure) => return vec![*failure],
            Self::Library(error) => error,
        };
        let kernels = error.kernels().map(|kernels| &kernels.failed[..]).unwrap_or_default();
        let of_kernel = |(_, error): &(KernelName, BuildError)| Failure {
            details: error.details(),
            hint: error.hint(),
            diagnostics: error.diagnostics().to_vec(),
            refusal: error.refusal().map(|refusal| Box::new(json::refusal(refusal))),
            causes: causes(error),
            ..Failure::of(error.class().into(), error.to_string())
        };
        let mut failures: Vec<Failure> = kernels.iter().map(of_kernel).collect();
        let kind = error.kind();
        // A terminal has just shown how the console ended.
        let shown = kind == ErrorKind::Guest && env.is_terminal_stdout();
        failures.push(Failure {
            details: if shown { Vec::new() } else { error.details() },
            hint: error.hint(),
            diagnostics: error.diagnostics().to_vec(),
            refusal: error.refusal().map(|refusal| Box::new(json::refusal(refusal))),
            causes: causes(&*error),
            ..Failure::of(kind, error.to_string())
        });
        failures
    }
}

/// What an error was caused by, outermost first.
fn causes(error: &dyn std::error::Error) -> Vec<String> {
    let message = error.to_string();
    let mut causes: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // An error that only wraps another says what the other says.
        if text != message && causes.last() != Some(&text) {
            causes.push(text);
        }
        next = cause.source();
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn mismatch() -> Failure {
        Failure {
            details: vec!["CONFIG_X=y   a.config:1   resolved to n".into()],
            causes: vec!["first\nsecond line".into(), "then".into()],
            ..Failure::user("2 requests did not land for kernel `guest`")
                .with_hint("ask for `FUSE_FS = \"y\"`")
        }
    }

    #[test]
    fn an_error_its_lines_its_causes_and_apart_a_hint() {
        insta::assert_snapshot!(mismatch().render(Paint::Plain), @r#"
        error: 2 requests did not land for kernel `guest`
          CONFIG_X=y   a.config:1   resolved to n
          caused by: first
            second line
          caused by: then
        hint: ask for `FUSE_FS = "y"`
        "#);
    }

    #[test]
    fn places_say_it_all() {
        let source =
            kernel_spec::SourceText { path: "Kernel.toml".into(), text: "schema = 2\nx = 1\n".into() };
        let source = Arc::new(source);
        let at = |span| kernel_spec::Location { source: Arc::clone(&source), span };
        let diagnostics = vec![
            Diagnostic::new("unknown schema `2`").at(at(9..10)).with_hint("write `1`"),
            Diagnostic::new("unknown key `x`").at(at(11..12)),
        ];
        let failure = Failure { diagnostics, ..Failure::user("the manifest has 2 errors") };
        insta::assert_snapshot!(failure.render(Paint::Plain), @r"
        error: unknown schema `2`
         --> Kernel.toml:1:10
        1 | schema = 2
          |          ^
        hint: write `1`

        error: unknown key `x`
         --> Kernel.toml:2:1
        2 | x = 1
          | ^
        ");
        insta::assert_snapshot!(failure.message().to_line(), @r#"{"reason":"error","kind":"user-error","exit_code":1,"message":"the manifest has 2 errors","causes":[],"details":[],"hint":null,"diagnostics":[{"message":"unknown schema `2`","path":"Kernel.toml","line":1,"column":10,"hint":"write `1`"},{"message":"unknown key `x`","path":"Kernel.toml","line":2,"column":1,"hint":null}]}"#);
    }

    #[test]
    fn a_program_gets_the_parts() {
        insta::assert_snapshot!(mismatch().message().to_line(), @r#"{"reason":"error","kind":"user-error","exit_code":1,"message":"2 requests did not land for kernel `guest`","causes":["first\nsecond line","then"],"details":["CONFIG_X=y   a.config:1   resolved to n"],"hint":"ask for `FUSE_FS = \"y\"`","diagnostics":[]}"#);
    }
}
