//! What has an end: `if`, `menu`, `choice`.

use super::{Failure, Parsed, Parser};
use crate::syntax::ast::{Depends, Node, NodeKind};
use crate::syntax::dialect::ChoiceEra;
use crate::syntax::text::Text;
use crate::syntax::token::Keyword;

/// How many blocks may be open at once.
const OPEN_LIMIT: usize = 1000;

/// A block whose end has not been read.
pub(super) struct Block {
    node: Node,
    /// Whether only what may stand in a choice may stand in it.
    in_choice: bool,
}

impl Parser<'_> {
    pub(super) fn in_choice(&self) -> bool {
        self.blocks.last().is_some_and(|block| block.in_choice)
    }

    /// Puts a finished entry where it belongs.
    pub(super) fn add(&mut self, node: Node) {
        match self.blocks.last_mut() {
            Some(block) => block.node.children.push(node),
            None => self.root.push(node),
        }
    }

    fn open(&mut self, node: Node) -> Parsed<()> {
        if self.blocks.len() >= OPEN_LIMIT {
            return Err(self.exhausted());
        }
        let in_choice = matches!(node.kind, NodeKind::Choice { .. }) || self.in_choice();
        self.entries.push(node.at);
        self.blocks.push(Block { node, in_choice });
        Ok(())
    }

    pub(super) fn open_if(&mut self) -> Parsed<()> {
        self.accept()?;
        let mut node = self.node(NodeKind::If);
        let expr = self.expr()?;
        self.end_line()?;
        node.depends.push(Depends { expr, condition: None, at: node.at });
        self.open(node)
    }

    pub(super) fn open_menu(&mut self) -> Parsed<()> {
        self.accept()?;
        let mut node = self.node(NodeKind::Menu);
        self.title(&mut node)?;
        while self.menu_option(&mut node)? {}
        self.open(node)
    }

    pub(super) fn open_choice(&mut self) -> Parsed<()> {
        self.accept()?;
        let mentioned = self.names.symbol_count() as u32;
        let mut node = self.node(NodeKind::Choice { name: None, mentioned });
        let mut called = Text::from("<choice>");
        if self.dialect.choice == ChoiceEra::Symbol
            && let Some(name) = self.optional_word()?
        {
            node.kind = NodeKind::Choice { name: Some(self.names.symbol(name.as_bytes())), mentioned };
            called = name;
        }
        self.end_line()?;
        let mut choice_type = None;
        while self.choice_option(&mut node, &called, &mut choice_type)? {}
        if self.dialect.choice == ChoiceEra::Group && node.prompts.is_empty() {
            self.lexer.session.error(node.at, b"error: choice must have a prompt");
        }
        self.open(node)
    }

    /// Ends the innermost block, whichever it is, and says so if that was another one.
    pub(super) fn close(&mut self, word: Keyword) -> Parsed<()> {
        if self.blocks.is_empty() {
            return Err(Failure::Unexpected);
        }
        self.accept()?;
        self.end_line()?;
        let Some(Block { node, .. }) = self.blocks.pop() else { return Err(Failure::Unexpected) };
        let (at, here) = (self.lexer.statement(), self.lexer.here());
        let entry = self.entries.last().copied().unwrap_or(node.at);
        let session = &mut self.lexer.session;
        let (ended, open) = (ended_by(word), word_of(node.kind));
        if ended != open {
            session.error(at, format!("unexpected '{ended}' within {open} block").as_bytes());
        } else if here.file != entry.file {
            session.error(at, format!("'{ended}' in different file than '{open}'").as_bytes());
            session.error(entry, format!("location of the '{open}'").as_bytes());
        } else {
            self.entries.pop();
        }
        self.add(node);
        Ok(())
    }

    /// Gives up the blocks that are still open, the innermost first.
    pub(super) fn abandon_blocks(&mut self) {
        while let Some(block) = self.blocks.pop() {
            self.lexer.session.error(block.node.at, b"missing end statement for this entry");
        }
    }

    /// The end of what may be nested or chained.
    pub(super) fn exhausted(&mut self) -> Failure {
        let at = self.lexer.statement();
        Failure::Stop(self.lexer.session.stop(at, b"memory exhausted"))
    }
}

fn ended_by(word: Keyword) -> &'static str {
    match word {
        Keyword::Endif => "if",
        Keyword::Endmenu => "menu",
        _ => "choice",
    }
}

fn word_of(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::If => "if",
        NodeKind::Menu => "menu",
        NodeKind::Choice { .. } => "choice",
        NodeKind::Config { .. } => "config",
        NodeKind::Comment => "comment",
    }
}
