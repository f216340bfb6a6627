//! Lists, pipelines, compound commands.

use super::lexer::{Token, tokens};
use super::{Block, Node, NotUnderstood, Piece, Redirect, Simple, Word};

/// Words that mean something where a command could begin.
const RESERVED: [&str; 13] =
    ["then", "else", "elif", "fi", "do", "done", "esac", "}", "!", "in", ";;", "function", "time"];

/// How deep commands may stand in each other.
const DEPTH: u32 = 50;

/// Reads a text as shell code.
pub(crate) fn parse(text: &str) -> Result<Vec<Node>, NotUnderstood> {
    let mut parser = Parser { tokens: tokens(text)?, pos: 0, depth: 0 };
    let body = parser.list(&[])?;
    if *parser.peek() == Token::End { Ok(body) } else { parser.refuse() }
}

struct Parser {
    tokens: Vec<Token>,
    pos: usize,
    depth: u32,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.pos).unwrap_or(&Token::End)
    }

    fn refuse<T>(&self) -> Result<T, NotUnderstood> {
        let at = match self.peek() {
            Token::Word(word) => plain(word).unwrap_or("a word").to_owned(),
            Token::Operator("\n") => "the end of a line".to_owned(),
            Token::Operator(operator) => (*operator).to_owned(),
            Token::Here(_) => "<<".to_owned(),
            Token::End => "its end".to_owned(),
        };
        Err(NotUnderstood { at })
    }

    fn operator(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Token::Operator(operator) if *operator == wanted);
        self.pos += usize::from(found);
        found
    }

    /// The reserved word that stands here, if it is unquoted and plain.
    fn keyword(&self) -> Option<&str> {
        match self.peek() {
            Token::Word(word) => match word.as_slice() {
                [Piece::Text { text, quoted: false }] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn take_keyword(&mut self, wanted: &str) -> bool {
        let found = self.keyword() == Some(wanted);
        self.pos += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), NotUnderstood> {
        if self.take_keyword(wanted) { Ok(()) } else { self.refuse() }
    }

    fn newlines(&mut self) {
        while self.operator("\n") {}
    }

    /// Commands up to one of these words, to `)`, `;;` or the end; what ends them stays.
    fn list(&mut self, ends: &[&str]) -> Result<Vec<Node>, NotUnderstood> {
        self.depth += 1;
        if self.depth > DEPTH {
            return self.refuse();
        }
        let mut body = Vec::new();
        loop {
            while self.operator("\n") || self.operator(";") || self.operator("&") {}
            let over = match self.peek() {
                Token::End | Token::Operator(")" | ";;") => true,
                _ => self.keyword().is_some_and(|word| ends.contains(&word)),
            };
            if over {
                self.depth -= 1;
                return Ok(body);
            }
            body.push(self.pipeline()?);
            // Whether the next one runs depends on this one's status.
            while self.operator("&&") || self.operator("||") {
                self.newlines();
                let next = self.pipeline()?;
                body.push(branch(vec![next]));
            }
        }
    }

    fn pipeline(&mut self) -> Result<Node, NotUnderstood> {
        while self.take_keyword("!") {}
        let mut parts = vec![self.command()?];
        while self.operator("|") {
            self.newlines();
            parts.push(self.command()?);
        }
        match <[Node; 1]>::try_from(parts) {
            Ok([lone]) => Ok(lone),
            Err(parts) => Ok(Node::Pipeline(parts)),
        }
    }

    fn command(&mut self) -> Result<Node, NotUnderstood> {
        let keyword = self.keyword().map(str::to_owned);
        let (kind, body) = match keyword.as_deref() {
            Some("{") => {
                self.pos += 1;
                let body = self.list(&["}"])?;
                self.expect("}")?;
                (Block::Plain, body)
            }
            Some("if") => match self.if_command()? {
                (Some(program), otherwise) if !self.has_redirect() => {
                    return Ok(Node::Demand { program, otherwise });
                }
                (_, body) => (Block::Branch, body),
            },
            Some("while" | "until") => {
                self.pos += 1;
                let mut body = self.list(&["do"])?;
                body.extend(self.do_group()?);
                (Block::Loop, body)
            }
            Some("for") => (Block::Loop, self.for_command()?),
            Some("case") => (Block::Branch, self.case_command()?),
            Some(word) if RESERVED.contains(&word) => return self.refuse(),
            _ if self.operator("(") => {
                let body = self.list(&[])?;
                if !self.operator(")") {
                    return self.refuse();
                }
                (Block::Subshell, body)
            }
            _ => return self.simple(),
        };
        let mut redirects = Vec::new();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
        }
        Ok(Node::Block { kind, body, redirects })
    }

    fn has_redirect(&self) -> bool {
        matches!(self.peek(), Token::Here(_) | Token::Operator("<" | ">" | ">>" | "<&" | ">&" | ">|"))
    }

    /// All that could run, and the program that is demanded if that is all that it is about.
    fn if_command(&mut self) -> Result<(Option<Word>, Vec<Node>), NotUnderstood> {
        let mut body = Vec::new();
        let mut demanded = None;
        loop {
            self.pos += 1; // `if`, `elif`
            let negated = self.keyword() == Some("!");
            let condition = self.list(&["then"])?;
            self.expect("then")?;
            let then = self.list(&["elif", "else", "fi"])?;
            if negated && body.is_empty() && self.keyword() == Some("fi") && ends(&then) {
                demanded = looked_up(&condition);
            }
            body.extend(condition);
            body.push(branch(then));
            if self.keyword() != Some("elif") {
                break;
            }
        }
        if self.take_keyword("else") {
            body.push(branch(self.list(&["fi"])?));
        }
        self.expect("fi")?;
        Ok((demanded, body))
    }

    fn do_group(&mut self) -> Result<Vec<Node>, NotUnderstood> {
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    /// The variable of a `for` is each word in turn, so its value is not certain.
    fn for_command(&mut self) -> Result<Vec<Node>, NotUnderstood> {
        self.pos += 1;
        let Some(name) = self.keyword().map(str::to_owned) else { return self.refuse() };
        self.pos += 1;
        self.newlines();
        let mut body = Vec::new();
        if self.take_keyword("in") {
            while let Token::Word(word) = self.peek() {
                body.push(assign("", word.clone()));
                self.pos += 1;
            }
        }
        body.push(assign(&name, vec![Piece::Number]));
        while self.operator(";") || self.operator("\n") {}
        body.extend(self.do_group()?);
        Ok(body)
    }

    fn case_command(&mut self) -> Result<Vec<Node>, NotUnderstood> {
        self.pos += 1;
        let Token::Word(subject) = self.peek().clone() else { return self.refuse() };
        self.pos += 1;
        // The subject may run something.
        let mut body = vec![assign("", subject)];
        self.newlines();
        self.expect("in")?;
        loop {
            self.newlines();
            if self.take_keyword("esac") {
                return Ok(body);
            }
            self.operator("(");
            loop {
                let Token::Word(pattern) = self.peek().clone() else { return self.refuse() };
                if pattern.iter().any(|piece| matches!(piece, Piece::Output { .. })) {
                    return self.refuse();
                }
                self.pos += 1;
                if !self.operator("|") {
                    break;
                }
            }
            if !self.operator(")") {
                return self.refuse();
            }
            let arm = self.list(&["esac"])?;
            body.push(branch(arm));
            self.operator(";;");
        }
    }

    fn simple(&mut self) -> Result<Node, NotUnderstood> {
        let mut simple = Simple::default();
        loop {
            if let Some(redirect) = self.redirect()? {
                simple.redirects.push(redirect);
                continue;
            }
            let Token::Word(word) = self.peek().clone() else { break };
            self.pos += 1;
            if simple.words.is_empty()
                && let Some((name, value)) = assignment(&word)
            {
                simple.assigns.push((name, value));
                continue;
            }
            if simple.words.is_empty() && simple.assigns.is_empty() && self.operator("(") {
                let (true, Some(name)) = (self.operator(")"), plain(&word)) else { return self.refuse() };
                self.newlines();
                let body = Box::new(self.command()?);
                return Ok(Node::Function { name: name.to_owned(), body });
            }
            simple.words.push(word);
        }
        if simple == Simple::default() { self.refuse() } else { Ok(Node::Simple(simple)) }
    }

    fn redirect(&mut self) -> Result<Option<Redirect>, NotUnderstood> {
        let operator = match self.peek() {
            Token::Here(document) => {
                let document = document.clone();
                self.pos += 1;
                return Ok(Some(Redirect::Here(document)));
            }
            Token::Operator(operator @ ("<" | ">" | ">>" | "<&" | ">&" | ">|")) => *operator,
            _ => return Ok(None),
        };
        self.pos += 1;
        let Token::Word(target) = self.peek().clone() else { return self.refuse() };
        self.pos += 1;
        Ok(Some(match operator {
            "<" => Redirect::From(target),
            "<&" | ">&" if plain(&target).is_some_and(|to| to.len() == 1) => Redirect::Stream,
            "<&" | ">&" => return self.refuse(),
            _ => Redirect::To(target),
        }))
    }
}

/// Whether the last of some commands is `exit`.
fn ends(commands: &[Node]) -> bool {
    let Some(Node::Simple(last)) = commands.last() else { return false };
    last.assigns.is_empty() && last.redirects.is_empty() && last.words.first().and_then(plain) == Some("exit")
}

/// The program of `command -v PROGRAM`, if that is all.
fn looked_up(commands: &[Node]) -> Option<Word> {
    let [Node::Simple(Simple { assigns, words, redirects })] = commands else { return None };
    let quiet = |redirect: &Redirect| match redirect {
        Redirect::To(file) => plain(file) == Some("/dev/null"),
        Redirect::Stream => true,
        Redirect::From(_) | Redirect::Here(_) => false,
    };
    let [command, option, program] = words.as_slice() else { return None };
    let asks = plain(command) == Some("command") && plain(option) == Some("-v");
    (asks && assigns.is_empty() && redirects.iter().all(quiet)).then(|| program.clone())
}

fn branch(body: Vec<Node>) -> Node {
    Node::Block { kind: Block::Branch, body, redirects: Vec::new() }
}

fn assign(name: &str, value: Word) -> Node {
    Node::Simple(Simple { assigns: vec![(name.to_owned(), value)], ..Simple::default() })
}

/// A word that is plain text.
fn plain(word: &Word) -> Option<&str> {
    match word.as_slice() {
        [Piece::Text { text, .. }] => Some(text),
        _ => None,
    }
}

/// `name=value`.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let [Piece::Text { text, quoted: false }, rest @ ..] = word.as_slice() else { return None };
    let (name, value) = text.split_once('=')?;
    let mut chars = name.chars();
    let begins = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !begins || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let mut pieces = Word::new();
    if !value.is_empty() {
        pieces.push(Piece::Text { text: value.to_owned(), quoted: false });
    }
    pieces.extend(rest.iter().cloned());
    Some((name.to_owned(), pieces))
}
