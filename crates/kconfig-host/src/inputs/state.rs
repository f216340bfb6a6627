//! Variables and arguments at one place of shell code, and what words become there.

use rustc_hash::FxHashMap;

use super::walk::{Reads, Walker, because};
use super::{Input, Unlisted};
use crate::shell::{Node, OWN, Piece, Word};

/// How deep scripts and functions may call each other.
const DEPTH: u32 = 20;

/// A value that is known, or not. It may hold [`OWN`].
pub(super) type Value = Option<String>;

/// Variables, functions and arguments.
#[derive(Clone)]
pub(super) struct State {
    pub(super) variables: FxHashMap<String, Value>,
    pub(super) functions: FxHashMap<String, Node>,
    /// `$0`.
    name: String,
    /// `$1` …; nothing where even their number is uncertain.
    pub(super) args: Option<Vec<Value>>,
    pub(super) depth: u32,
}

impl State {
    pub(super) fn new(name: &str, args: Option<Vec<Value>>) -> Self {
        let (variables, functions) = (FxHashMap::default(), FxHashMap::default());
        Self { variables, functions, name: name.to_owned(), args, depth: 0 }
    }

    pub(super) fn deeper(&mut self, name: &str) -> Result<(), Unlisted> {
        self.depth += 1;
        if self.depth > DEPTH { because(format!("`{name}` calls itself")) } else { Ok(()) }
    }

    /// What is not as it was before is uncertain.
    pub(super) fn forget_changes(&mut self, before: &Self) {
        for (name, value) in &mut self.variables {
            if before.variables.get(name) != Some(value) {
                *value = None;
            }
        }
        if self.args != before.args {
            self.args = None;
        }
    }
}

/// Arguments, where at least their number is certain: an unknown one may be several.
pub(super) fn certain(args: &[Value]) -> Option<Vec<Value>> {
    args.iter().all(Option::is_some).then(|| args.to_vec())
}

impl Walker<'_> {
    /// A word that is not split.
    pub(super) fn text(&mut self, word: &Word, state: &mut State) -> Result<Value, Unlisted> {
        let mut out = Some(String::new());
        for piece in word {
            let value = self.piece(piece, state)?;
            out = out.zip(value).map(|(out, value)| out + &value);
        }
        Ok(out)
    }

    /// The fields that a word becomes.
    pub(super) fn fields(
        &mut self,
        word: &Word,
        state: &mut State,
        out: &mut Vec<Value>,
    ) -> Result<(), Unlisted> {
        if let Some((each, quoted)) = all_arguments(word) {
            arguments(state, each, quoted, out);
            return Ok(());
        }
        let separators = match state.variables.get("IFS") {
            None => Some(" \t\n".to_owned()),
            Some(separators) => separators.clone(),
        };
        let mut field: Option<Value> = None;
        for piece in word {
            let value = self.piece(piece, state)?;
            let quoted = match piece {
                Piece::Text { text, quoted: false }
                    if text.contains(['*', '?', '~']) || text.len() > 1 && text.contains('[') =>
                {
                    return because(format!("it looks for files like `{text}`"));
                }
                Piece::Text { .. } => true,
                Piece::Variable { quoted, .. } | Piece::Output { quoted, .. } => *quoted,
                Piece::Number => false,
            };
            match (value, &separators) {
                (value, _) if quoted => append(&mut field, value),
                (Some(value), Some(_)) if value.contains(['*', '?', '[']) => append(&mut field, None),
                (Some(value), Some(separators)) => {
                    let mut parts = value.split(|c| separators.contains(c)).filter(|part| !part.is_empty());
                    if let Some(first) = parts.next() {
                        append(&mut field, Some(first.to_owned()));
                    }
                    for part in parts {
                        out.extend(field.replace(Some(part.to_owned())));
                    }
                }
                _ => append(&mut field, None),
            }
        }
        out.extend(field);
        Ok(())
    }

    /// What a piece of a word gives.
    fn piece(&mut self, piece: &Piece, state: &mut State) -> Result<Value, Unlisted> {
        Ok(match piece {
            Piece::Text { text, .. } => Some(text.clone()),
            Piece::Number => None,
            Piece::Output { body, .. } => {
                self.nodes(body, &mut state.clone(), &Reads::Unknown)?;
                self.output(body, &mut state.clone())?
            }
            Piece::Variable { name, changed, .. } => {
                let value = self.variable(name, state);
                if *changed { None } else { value }
            }
        })
    }

    fn variable(&mut self, name: &str, state: &State) -> Value {
        match name {
            "$" => Some(OWN.to_string()),
            "0" => Some(state.name.clone()),
            "" | "#" | "?" | "!" | "-" => None,
            "@" | "*" => {
                let known: Option<Vec<String>> = state.args.clone()?.into_iter().collect();
                known.map(|args| args.join(" "))
            }
            _ if name.starts_with(|c: char| c.is_ascii_digit()) => {
                let index: usize = name.parse().ok()?;
                state.args.as_ref()?.get(index - 1).cloned().unwrap_or_else(|| Some(String::new()))
            }
            _ => state.variables.get(name).cloned().unwrap_or_else(|| {
                self.inputs.insert(Input::Variable(name.to_owned()));
                Some(self.outside.variable(name).unwrap_or_default())
            }),
        }
    }

    /// What a command writes, where that is easy to tell.
    fn output(&mut self, body: &[Node], state: &mut State) -> Result<Value, Unlisted> {
        let [Node::Simple(simple)] = body else { return Ok(None) };
        let mut fields = Vec::new();
        for word in &simple.words {
            self.fields(word, state, &mut fields)?;
        }
        let Some(known) = fields.iter().map(Option::as_deref).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        Ok(match known[..] {
            ["dirname", path] => Some(match path.rsplit_once('/') {
                Some(("", _)) => "/".to_owned(),
                Some((directory, _)) => directory.to_owned(),
                None => ".".to_owned(),
            }),
            ["mktemp", ..] => Some(OWN.to_string()),
            ["command", "-v", name] => {
                Some(self.look_up(name).map(|path| path.to_string()).unwrap_or_default())
            }
            _ => None,
        })
    }
}

/// Whether a word is `$@` or `$*` alone, which one, and whether it is quoted.
fn all_arguments(word: &Word) -> Option<(char, bool)> {
    let (last, before) = word.split_last()?;
    let Piece::Variable { name, changed: false, quoted } = last else { return None };
    let alone = before.iter().all(|piece| matches!(piece, Piece::Text { text, .. } if text.is_empty()));
    match name.as_str() {
        "@" if alone => Some(('@', *quoted)),
        "*" if alone => Some(('*', *quoted)),
        _ => None,
    }
}

fn arguments(state: &State, which: char, quoted: bool, out: &mut Vec<Value>) {
    let Some(args) = &state.args else {
        out.push(None);
        return;
    };
    match (which, quoted) {
        ('@', true) => out.extend(args.iter().cloned()),
        (_, true) => {
            let known: Option<Vec<&str>> = args.iter().map(Option::as_deref).collect();
            out.push(known.map(|args| args.join(" ")));
        }
        _ if state.variables.contains_key("IFS") => out.push(None),
        _ => {
            for arg in args {
                match arg {
                    Some(arg) => out.extend(arg.split_ascii_whitespace().map(|part| Some(part.to_owned()))),
                    None => out.push(None),
                }
            }
        }
    }
}

fn append(field: &mut Option<Value>, text: Value) {
    *field = Some(match field.take() {
        None => text,
        Some(before) => before.zip(text).map(|(before, text)| before + &text),
    });
}
