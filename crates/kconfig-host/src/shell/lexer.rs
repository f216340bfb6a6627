//! Words, operators, here-documents.

use super::parser::parse;
use super::{NotUnderstood, Piece, Word};

/// What the parser sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    /// `;`, `&&`, `(` …; a newline is one, too.
    Operator(&'static str),
    /// A here-document.
    Here(Word),
    End,
}

pub(super) struct Lexer<'t> {
    text: &'t str,
    pos: usize,
    /// Here-documents that were announced on this line, by their place among the tokens.
    pending: Vec<Pending>,
}

struct Pending {
    token: usize,
    end: String,
    tabs: Tabs,
    expanded: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tabs {
    Kept,
    Stripped,
}

const OPERATORS: [&str; 16] =
    ["<<-", "&&", "||", ";;", "<<", ">>", "<&", ">&", "<>", ">|", ";", "&", "|", "<", ">", "("];

/// Cuts a text into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, NotUnderstood> {
    let mut lexer = Lexer { text, pos: 0, pending: Vec::new() };
    let mut tokens = Vec::new();
    loop {
        lexer.blanks();
        let Some(first) = lexer.peek() else { break };
        match first {
            '\n' => {
                lexer.pos += 1;
                tokens.push(Token::Operator("\n"));
                for pending in std::mem::take(&mut lexer.pending) {
                    let document = lexer.document(&pending)?;
                    tokens[pending.token] = Token::Here(document);
                }
            }
            ')' => {
                lexer.pos += 1;
                tokens.push(Token::Operator(")"));
            }
            _ => match OPERATORS.iter().find(|operator| lexer.rest().starts_with(**operator)) {
                Some(operator @ (&"<<" | &"<<-")) => {
                    lexer.pos += operator.len();
                    lexer.announce(operator, tokens.len())?;
                    tokens.push(Token::Here(Word::new()));
                }
                Some(operator) => {
                    lexer.pos += operator.len();
                    tokens.push(Token::Operator(operator));
                }
                // `2>`: which stream it is does not matter here.
                None if matches!(lexer.rest().as_bytes(), [b'0'..=b'9', b'<' | b'>', ..]) => lexer.pos += 1,
                None => {
                    let word = lexer.word()?;
                    tokens.push(Token::Word(word));
                }
            },
        }
    }
    if let Some(pending) = lexer.pending.first() {
        return Err(NotUnderstood { at: format!("<<{}", pending.end) });
    }
    tokens.push(Token::End);
    Ok(tokens)
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.pos..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn refuse<T>(&self) -> Result<T, NotUnderstood> {
        let line = self.rest().lines().next().unwrap_or_default();
        Err(NotUnderstood { at: line.chars().take(40).collect() })
    }

    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            match rest.as_bytes() {
                [b' ' | b'\t' | b'\r', ..] => self.pos += 1,
                [b'\\', b'\n', ..] => self.pos += 2,
                [b'#', ..] => self.pos += rest.find('\n').unwrap_or(rest.len()),
                _ => return,
            }
        }
    }

    fn announce(&mut self, operator: &str, token: usize) -> Result<(), NotUnderstood> {
        self.blanks();
        let word = self.word()?;
        let (mut end, mut expanded) = (String::new(), true);
        for piece in word {
            let Piece::Text { text, quoted } = piece else { return self.refuse() };
            end.push_str(&text);
            expanded &= !quoted;
        }
        let tabs = if operator == "<<-" { Tabs::Stripped } else { Tabs::Kept };
        self.pending.push(Pending { token, end, tabs, expanded });
        Ok(())
    }

    fn document(&mut self, pending: &Pending) -> Result<Word, NotUnderstood> {
        let mut text = String::new();
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return Err(NotUnderstood { at: format!("<<{}", pending.end) });
            }
            let length = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
            self.pos += length;
            let line = &rest[..length];
            let line = if pending.tabs == Tabs::Stripped { line.trim_start_matches('\t') } else { line };
            if line.trim_end_matches('\n') == pending.end {
                break;
            }
            text.push_str(line);
        }
        if !pending.expanded {
            return Ok(vec![Piece::Text { text, quoted: true }]);
        }
        let mut inner = Lexer { text: &text, pos: 0, pending: Vec::new() };
        let mut word = Word::new();
        inner.quoted_until(None, &mut word)?;
        Ok(word)
    }

    fn word(&mut self) -> Result<Word, NotUnderstood> {
        let mut word = Word::new();
        while let Some(next) = self.peek() {
            match next {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    let rest = &self.rest()[1..];
                    let Some(end) = rest.find('\'') else { return self.refuse() };
                    word.push(Piece::Text { text: rest[..end].to_owned(), quoted: true });
                    self.pos += end + 2;
                }
                '"' => {
                    self.pos += 1;
                    word.push(Piece::Text { text: String::new(), quoted: true });
                    self.quoted_until(Some('"'), &mut word)?;
                }
                '\\' => {
                    self.pos += 1;
                    let Some(escaped) = self.peek() else { return self.refuse() };
                    self.pos += escaped.len_utf8();
                    if escaped != '\n' {
                        word.push(Piece::Text { text: escaped.into(), quoted: true });
                    }
                }
                '$' | '`' => self.expansion(false, &mut word)?,
                _ => {
                    self.pos += next.len_utf8();
                    push_text(&mut word, next, false);
                }
            }
        }
        if word.is_empty() { self.refuse() } else { Ok(word) }
    }

    /// Text in double quotes, or a here-document, which ends with its text.
    fn quoted_until(&mut self, end: Option<char>, word: &mut Word) -> Result<(), NotUnderstood> {
        loop {
            let Some(next) = self.peek() else {
                return if end.is_none() { Ok(()) } else { self.refuse() };
            };
            match next {
                _ if Some(next) == end => {
                    self.pos += 1;
                    return Ok(());
                }
                '\\' => {
                    self.pos += 1;
                    match self.peek() {
                        Some(escaped @ ('$' | '`' | '"' | '\\')) => {
                            self.pos += 1;
                            push_text(word, escaped, true);
                        }
                        Some('\n') => self.pos += 1,
                        _ => push_text(word, '\\', true),
                    }
                }
                '$' | '`' => self.expansion(true, word)?,
                _ => {
                    self.pos += next.len_utf8();
                    push_text(word, next, true);
                }
            }
        }
    }

    fn expansion(&mut self, quoted: bool, word: &mut Word) -> Result<(), NotUnderstood> {
        let rest = self.rest();
        if let Some(inner) = rest.strip_prefix('`') {
            let Some(end) = inner.find('`') else { return self.refuse() };
            let inner = &inner[..end];
            if inner.contains('\\') {
                return self.refuse();
            }
            word.push(Piece::Output { body: parse(inner)?, quoted });
            self.pos += end + 2;
            return Ok(());
        }
        if let Some(inner) = rest.strip_prefix("$((") {
            let Some(end) = inner.find("))") else { return self.refuse() };
            if inner[..end].contains("$(") || inner[..end].contains('`') {
                return self.refuse();
            }
            word.push(Piece::Number);
            self.pos += end + 5;
            return Ok(());
        }
        if let Some(inner) = rest.strip_prefix("$(") {
            let Some(length) = balanced(inner) else { return self.refuse() };
            word.push(Piece::Output { body: parse(&inner[..length])?, quoted });
            self.pos += length + 3;
            return Ok(());
        }
        if let Some(inner) = rest.strip_prefix("${") {
            let name: String = inner.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            // An operator may bring in more words, which may not run anything here.
            let Some(length) = inner[name.len()..].find('}') else { return self.refuse() };
            let operator = &inner[name.len()..name.len() + length];
            if name.is_empty() || operator.contains("$(") || operator.contains(['`', '{', '\\', '\'']) {
                return self.refuse();
            }
            word.push(Piece::Variable { name: name.clone(), changed: !operator.is_empty(), quoted });
            for named in operator.split('$').skip(1) {
                let name = named.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                word.push(Piece::Variable { name, changed: true, quoted });
            }
            self.pos += name.len() + length + 3;
            return Ok(());
        }
        let inner = &rest[1..];
        let name: String = match inner.chars().next() {
            Some(special @ ('@' | '*' | '#' | '?' | '$' | '!' | '-' | '0'..='9')) => special.into(),
            _ => inner.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect(),
        };
        self.pos += 1 + name.len();
        if name.is_empty() {
            push_text(word, '$', quoted);
        } else {
            word.push(Piece::Variable { name, changed: false, quoted });
        }
        Ok(())
    }
}

fn push_text(word: &mut Word, next: char, quoted: bool) {
    match word.last_mut() {
        Some(Piece::Text { text, quoted: before }) if *before == quoted => text.push(next),
        _ => word.push(Piece::Text { text: next.into(), quoted }),
    }
}

/// How long the text is that stands before the `)` that belongs to a `$(`.
fn balanced(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut chars) = (0_u32, None, text.char_indices());
    while let Some((at, next)) = chars.next() {
        match (quote, next) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => {
                chars.next();
            }
            (None, '\'' | '"') => quote = Some(next),
            (Some(_), _) => {}
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return Some(at),
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}
