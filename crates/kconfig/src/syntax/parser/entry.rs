//! What has no end of its own: `config`, `menuconfig`, `comment`.

use super::{Parsed, Parser};
use crate::syntax::ast::{ConfigKeyword, Node, NodeKind, SymbolType};
use crate::syntax::dialect::ChoiceEra;
use crate::syntax::message::MessageKind;
use crate::syntax::text::Text;
use crate::syntax::token::{Keyword, Token};

impl Parser<'_> {
    /// An empty entry at the present statement.
    pub(super) fn node(&self, kind: NodeKind) -> Node {
        Node {
            kind,
            at: self.lexer.statement(),
            prompts: Vec::new(),
            props: Vec::new(),
            depends: Vec::new(),
            visible_if: Vec::new(),
            help: None,
            children: Vec::new(),
        }
    }

    pub(super) fn config(&mut self) -> Parsed<()> {
        let keyword = match self.accept()? {
            Token::Keyword(Keyword::Menuconfig) => ConfigKeyword::Menuconfig,
            _ => ConfigKeyword::Config,
        };
        let name = self.word()?;
        self.end_line()?;
        let symbol = self.names.symbol(name.as_bytes());
        let mut node = self.node(NodeKind::Config { symbol, keyword });
        while self.config_option(&mut node, symbol, &name)? {}
        if keyword == ConfigKeyword::Menuconfig && node.prompts.is_empty() {
            // `conf` says it of the statement that it has looked at already.
            let at = self.lexer.statement();
            let text = b"menuconfig statement without prompt";
            self.lexer.session.say(MessageKind::Warning, at, ": warning: ", text);
        }
        if self.in_choice() && self.dialect.choice == ChoiceEra::Group {
            if node.prompts.is_empty() {
                self.lexer.session.error(node.at, b"error: choice member must have a prompt");
            }
            if self.type_of(symbol) != Some(SymbolType::Bool) {
                self.lexer.session.error(node.at, b"error: choice member must be bool");
            }
        }
        self.add(node);
        Ok(())
    }

    pub(super) fn comment(&mut self) -> Parsed<()> {
        self.accept()?;
        let mut node = self.node(NodeKind::Comment);
        self.title(&mut node)?;
        while self.comment_option(&mut node)? {}
        self.add(node);
        Ok(())
    }

    /// The text behind `menu` or `comment`, to the end of the line.
    pub(super) fn title(&mut self, node: &mut Node) -> Parsed<()> {
        let text = self.quoted()?;
        self.end_line()?;
        self.add_prompt(node, text, None);
        Ok(())
    }

    pub(super) fn optional_word(&mut self) -> Parsed<Option<Text>> {
        if self.peek()? == Token::Word { self.word().map(Some) } else { Ok(None) }
    }
}
