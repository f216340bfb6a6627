//! Places in text, what is wrong there, and how that is shown.
//!
//! ```text
//! error: unknown key `framgents` in `[kernel.guest]`
//!   --> Kernel.toml:14:1
//! 14 | framgents = ["configs/virtio.config"]
//!    | ^^^^^^^^^
//! hint: did you mean `fragments`?
//! ```
//!
//! Deliberately absent: colours and the terminal. Whoever has them hands in a [`Style`].

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A text and the name under which it is shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The path to show, relative to the workspace: `Kernel.toml`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A place in a [`SourceText`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The text that it is in.
    pub source: Arc<SourceText>,
    /// The byte range in that text.
    pub span: Range<usize>,
}

impl Location {
    /// Line and column of the start, both counted from 1; the column in characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = self.source.text.get(..self.span.start).unwrap_or(&self.source.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// The place as `kconfig` names it.
    pub fn origin(&self) -> kconfig::Origin {
        let (line, column) = self.line_column();
        kconfig::Origin { path: self.source.path.clone(), line, column }
    }
}

impl fmt::Display for Location {
    /// `Kernel.toml:14:1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.path)
    }
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands; `None` for a default that nobody wrote.
    pub location: Option<Location>,
}

/// An error in a text that a person wrote: one fragment of a sentence, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Lowercase, no full stop, literals in backticks, found before expected.
    pub message: String,
    /// The place to underline; `None` where the whole file is meant.
    pub location: Option<Location>,
    /// Words beside the carets, often empty.
    pub label: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// The parts of a shown diagnostic that a terminal may set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The word `error:`.
    Error,
    /// The message.
    Message,
    /// Arrow, line number and bar.
    Gutter,
    /// The carets and the label beside them.
    Caret,
    /// The word `hint:`.
    Hint,
}

/// How a [`Part`] is set apart: what to write before it, and behind it.
pub type Style<'a> = &'a dyn Fn(Part) -> (String, String);

impl Diagnostic {
    /// A diagnostic without a place, a label or a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), location: None, label: String::new(), hint: None }
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(self, location: Location) -> Self {
        Self { location: Some(location), ..self }
    }

    /// The same, with words beside the carets.
    #[must_use]
    pub fn with_label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// The same, with a hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// What a person reads, without colours; ends with a line feed.
    pub fn to_plain_text(&self) -> String {
        self.render(&|_| (String::new(), String::new()))
    }

    /// What a person reads, each part in its style; ends with a line feed.
    pub fn render(&self, style: Style<'_>) -> String {
        let set = |part, text: &str| {
            let (before, behind) = style(part);
            format!("{before}{text}{behind}")
        };
        let mut shown = format!("{} {}\n", set(Part::Error, "error:"), set(Part::Message, &self.message));
        if let Some(location) = &self.location {
            let (line, _) = location.line_column();
            let excerpt = Excerpt::new(location);
            let width = line.to_string().len();
            let arrow = format!("{:width$}-->", "");
            let bar = format!("{line} |");
            let under = format!("{:width$} |", "");
            let carets = format!("{} {}", "^".repeat(excerpt.carets), self.label);
            shown += &format!("{} {location}\n", set(Part::Gutter, &arrow));
            shown += format!("{} {}", set(Part::Gutter, &bar), excerpt.line).trim_end();
            shown += &format!(
                "\n{} {:indent$}{}\n",
                set(Part::Gutter, &under),
                "",
                set(Part::Caret, carets.trim_end()),
                indent = excerpt.indent
            );
        }
        if let Some(hint) = &self.hint {
            shown += &format!("{} {hint}\n", set(Part::Hint, "hint:"));
        }
        shown
    }
}

impl fmt::Display for Diagnostic {
    /// As [`Diagnostic::to_plain_text`], without the last line feed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_plain_text().trim_end())
    }
}

impl std::error::Error for Diagnostic {}

/// The line that a place starts in, as it is shown, and which of its columns are underlined.
struct Excerpt {
    line: String,
    indent: usize,
    carets: usize,
}

impl Excerpt {
    fn new(location: &Location) -> Self {
        let text = &location.source.text;
        // A place may come from elsewhere than a parser of this text: it is never trusted to be on a boundary.
        let boundary =
            |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let start = boundary(location.span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |at| start + at);
        let end = boundary(location.span.end).clamp(start, line_end);
        let columns = |range: Range<usize>| printable(&text[range]).chars().count();
        Self {
            line: printable(&text[line_start..line_end]),
            indent: columns(line_start..start),
            carets: columns(start..end).max(1),
        }
    }
}

/// Tabs as four blanks, and no control character that a terminal would act on.
fn printable(text: &str) -> String {
    text.chars().fold(String::new(), |mut shown, c| {
        match c {
            '\t' => shown.push_str("    "),
            c if c.is_control() => shown.push('\u{fffd}'),
            c => shown.push(c),
        }
        shown
    })
}

/// The name in `known` that is nearest to `found`, if any is near enough to be meant.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (found.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&found.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, span: Range<usize>) -> Diagnostic {
        let source = Arc::new(SourceText { path: "Kernel.toml".into(), text: text.into() });
        Diagnostic::new("something").at(Location { source, span })
    }

    #[test]
    fn shows_the_line_and_underlines_it() {
        let text = format!("{}framgents = [\"configs/virtio.config\"]\r\nnext\n", "\n".repeat(13));
        insta::assert_snapshot!(at(&text, 13..22).with_hint("did you mean `fragments`?"), @r#"
        error: something
          --> Kernel.toml:14:1
        14 | framgents = ["configs/virtio.config"]
           | ^^^^^^^^^
        hint: did you mean `fragments`?
        "#);
    }

    #[test]
    fn tabs_and_other_letters_keep_the_carets_in_place() {
        let text = "\tname = \"größe\" # \u{1b}[31m\tx";
        let start = text.find('"').expect("a quote");
        insta::assert_snapshot!(at(text, start..start + "\"größe\"".len()).with_label("too long"), @r#"
        error: something
         --> Kernel.toml:1:9
        1 |     name = "größe" # �[31m    x
          |            ^^^^^^^ too long
        "#);
    }

    #[test]
    fn a_place_may_be_empty_or_span_lines_or_be_the_end() {
        insta::assert_snapshot!(at("a\nb c", 5..5), @"
        error: something
         --> Kernel.toml:2:4
        2 | b c
          |    ^
        ");
        insta::assert_snapshot!(at("a = [\n  1,\n]", 4..12), @"
        error: something
         --> Kernel.toml:1:5
        1 | a = [
          |     ^
        ");
        insta::assert_snapshot!(Diagnostic::new("no file"), @"error: no file");
    }

    #[test]
    fn a_style_wraps_parts_only() {
        let style = |part| (format!("<{part:?}>"), "</>".to_owned());
        insta::assert_snapshot!(at("a = 1", 4..5).with_label("no").with_hint("write `2`").render(&style), @"
        <Error>error:</> <Message>something</>
        <Gutter> --></> Kernel.toml:1:5
        <Gutter>1 |</> a = 1
        <Gutter>  |</>     <Caret>^ no</>
        <Hint>hint:</> write `2`
        ");
    }

    proptest::proptest! {
        #[test]
        fn any_place_in_any_text(text in "(.|\n|\t|é){0,40}", start in 0..60_usize, len in 0..60_usize) {
            let shown = at(&text, start..start + len).to_plain_text();
            proptest::prop_assert!(shown.contains('^'));
        }
    }
}
