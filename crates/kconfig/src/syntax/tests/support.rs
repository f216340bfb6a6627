//! A tree in memory, and short ways to look at what was parsed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::syntax::ast::{Ast, Expr, Name, Node, NodeKind, PropertyKind};
use crate::syntax::{ChoiceEra, Dialect, MessageKind, ParseFailed, Support, parse};
use crate::tree::{ShellAnswer, Tree};

/// Trees until 6.10.
pub(super) const OLDER: Dialect = Dialect {
    choice: ChoiceEra::Symbol,
    transitional: Support::Absent,
    conditional_depends: Support::Absent,
};

/// Trees from 6.11 to 6.17.
pub(super) const GROUP: Dialect = Dialect { choice: ChoiceEra::Group, ..OLDER };

/// A tree in memory: a probe `echo X` answers X, every other one fails without a word.
#[derive(Default)]
pub(super) struct MapTree {
    files: BTreeMap<String, Arc<[u8]>>,
    env: BTreeMap<String, String>,
}

impl MapTree {
    pub(super) fn new(kconfig: impl AsRef<[u8]>) -> Self {
        Self::default().file("Kconfig", kconfig)
    }

    pub(super) fn file(mut self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.files.insert(path.to_owned(), bytes.as_ref().into());
        self
    }

    pub(super) fn set(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn parse(&self, dialect: Dialect) -> Result<Ast, ParseFailed> {
        parse(self, "Kconfig", dialect)
    }

    /// What is printed, a `>` before standard output; and the exit status if the parse fails.
    pub(super) fn said(&self, dialect: Dialect) -> String {
        let (messages, status) = match self.parse(dialect) {
            Ok(ast) => (ast.messages, String::new()),
            Err(failed) => (failed.messages, format!("exit {}\n", failed.status)),
        };
        let line = |m: crate::syntax::Message| match m.kind {
            MessageKind::Info => format!("> {}\n", m.text),
            _ => format!("{}\n", m.text),
        };
        messages.into_iter().map(line).chain([status]).collect()
    }
}

impl Tree for MapTree {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        if path.is_empty() { Err("is a directory".to_owned()) } else { Ok(self.files.get(path).cloned()) }
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        match command.strip_prefix(b"echo ") {
            Some(words) => ShellAnswer { stdout: [words, b"\n"].concat(), ..ShellAnswer::default() },
            None => ShellAnswer { status: 1, ..ShellAnswer::default() },
        }
    }

    fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }
}

/// The entries of a tree that parses, one a line, indented by their blocks.
pub(super) fn outline(kconfig: &str, dialect: Dialect) -> String {
    match MapTree::new(kconfig).parse(dialect) {
        Ok(ast) => ast.root.iter().map(|node| entry(&ast, node, 0)).collect(),
        Err(failed) => format!("{failed}\n"),
    }
}

fn entry(ast: &Ast, node: &Node, depth: usize) -> String {
    let mut words = vec![match node.kind {
        NodeKind::Config { symbol, .. } => format!("config {}", ast.names.symbol_text(symbol)),
        NodeKind::Choice { name, .. } => {
            name.map_or("choice".into(), |id| format!("choice {}", ast.names.symbol_text(id)))
        }
        NodeKind::Menu => "menu".into(),
        NodeKind::If => "if".into(),
        NodeKind::Comment => "comment".into(),
    }];
    let when = |c: &Option<Expr>| c.as_ref().map(|c| format!(" if {}", expr(ast, c))).unwrap_or_default();
    words.extend(node.prompts.iter().map(|p| format!("{:?}{}", p.text, when(&p.condition))));
    words
        .extend(node.depends.iter().map(|d| format!("depends {}{}", expr(ast, &d.expr), when(&d.condition))));
    words.extend(node.visible_if.iter().map(|(e, _)| format!("visible {}", expr(ast, e))));
    words.extend(node.props.iter().map(|p| match &p.kind {
        PropertyKind::Type(kind) => format!("{kind:?}").to_lowercase(),
        PropertyKind::Default { value, condition } => {
            format!("default {}{}", expr(ast, value), when(condition))
        }
        PropertyKind::Select { target, condition } => {
            format!("select {}{}", ast.names.symbol_text(*target), when(condition))
        }
        PropertyKind::Imply { target, condition } => {
            format!("imply {}{}", ast.names.symbol_text(*target), when(condition))
        }
        PropertyKind::Range { low, high, condition } => {
            format!("range {} {}{}", name(ast, *low), name(ast, *high), when(condition))
        }
        other => format!("{other:?}").to_lowercase(),
    }));
    words.extend(node.help.iter().map(|h| format!("help {:?}", h.text)));
    let children: String = node.children.iter().map(|child| entry(ast, child, depth + 1)).collect();
    format!("{}{}\n{children}", "  ".repeat(depth), words.join("; "))
}

fn expr(ast: &Ast, e: &Expr) -> String {
    match e {
        Expr::Name(n) => name(ast, *n),
        Expr::Not(a) => format!("!{}", expr(ast, a)),
        Expr::And(a, b) => format!("({} && {})", expr(ast, a), expr(ast, b)),
        Expr::Or(a, b) => format!("({} || {})", expr(ast, a), expr(ast, b)),
        Expr::Compare { op, left, right } => format!("[{} {op:?} {}]", name(ast, *left), name(ast, *right)),
    }
}

fn name(ast: &Ast, n: Name) -> String {
    match n {
        Name::Symbol(id) => ast.names.symbol_text(id).to_string(),
        Name::Constant(id) => format!("{:?}", ast.names.constant_text(id)),
    }
}
