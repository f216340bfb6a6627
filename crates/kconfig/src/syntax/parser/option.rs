//! The attributes of entries, one a line.
//!
//! Each `…_option` gives false, and takes nothing, where the present token begins no attribute of that entry.

use super::{Parsed, Parser};
use crate::syntax::ast::{Depends, Expr, Help, Node, Prompt, Property, PropertyKind, SymbolId, SymbolType};
use crate::syntax::dialect::{ChoiceEra, Support};
use crate::syntax::message::MessageKind;
use crate::syntax::text::Text;
use crate::syntax::token::{Keyword, Token};

impl Parser<'_> {
    pub(super) fn config_option(&mut self, node: &mut Node, symbol: SymbolId, name: &Text) -> Parsed<bool> {
        let Token::Keyword(word) = self.peek()? else { return Ok(false) };
        match word {
            Keyword::Type(kind) => {
                self.typed_prompt(node)?;
                self.set_type(node, symbol, kind, name);
            }
            Keyword::DefType(kind) => {
                self.default(node, Some(kind))?;
                self.set_type(node, symbol, kind, name);
            }
            Keyword::Default => self.default(node, self.type_of(symbol))?,
            Keyword::Prompt => self.prompt(node)?,
            Keyword::Depends => self.depends(node)?,
            Keyword::Help => self.help(node, name)?,
            Keyword::Select => {
                self.reverse(node, |target, condition| PropertyKind::Select { target, condition })?
            }
            Keyword::Imply => {
                self.reverse(node, |target, condition| PropertyKind::Imply { target, condition })?
            }
            Keyword::Range => self.range(node)?,
            Keyword::Modules => {
                self.flag(node, PropertyKind::Modules)?;
                self.set_modules(symbol);
            }
            Keyword::Transitional => self.flag(node, PropertyKind::Transitional)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn choice_option(
        &mut self,
        node: &mut Node,
        called: &Text,
        known: &mut Option<SymbolType>,
    ) -> Parsed<bool> {
        let Token::Keyword(word) = self.peek()? else { return Ok(false) };
        match (self.dialect.choice, word) {
            (_, Keyword::Prompt) => self.prompt(node)?,
            (_, Keyword::Depends) => self.depends(node)?,
            (_, Keyword::Help) => self.help(node, called)?,
            (_, Keyword::Default) => self.choice_default(node)?,
            (ChoiceEra::Symbol, Keyword::Optional) => self.flag(node, PropertyKind::Optional)?,
            (ChoiceEra::Group, Keyword::Type(SymbolType::Bool)) => self.prompt(node)?,
            (ChoiceEra::Symbol, Keyword::Type(kind @ (SymbolType::Bool | SymbolType::Tristate))) => {
                self.typed_prompt(node)?;
                self.note_type(node, kind, known, called);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn menu_option(&mut self, node: &mut Node) -> Parsed<bool> {
        match self.peek()? {
            Token::Keyword(Keyword::Depends) => self.depends(node)?,
            Token::Keyword(Keyword::Visible) => {
                self.accept()?;
                let at = self.lexer.statement();
                let condition = self.condition()?;
                self.end_line()?;
                node.visible_if.extend(condition.map(|expr| (expr, at)));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn comment_option(&mut self, node: &mut Node) -> Parsed<bool> {
        let found = self.peek()? == Token::Keyword(Keyword::Depends);
        if found {
            self.depends(node)?;
        }
        Ok(found)
    }

    fn push(&self, node: &mut Node, kind: PropertyKind) {
        node.props.push(Property { kind, at: self.lexer.statement() });
    }

    fn flag(&mut self, node: &mut Node, kind: PropertyKind) -> Parsed<()> {
        self.accept()?;
        self.end_line()?;
        self.push(node, kind);
        Ok(())
    }

    /// A keyword and a prompt.
    fn prompt(&mut self, node: &mut Node) -> Parsed<()> {
        self.accept()?;
        self.prompt_text(node)
    }

    /// A keyword and perhaps a prompt, which counts even if something is wrong behind it.
    fn typed_prompt(&mut self, node: &mut Node) -> Parsed<()> {
        self.accept()?;
        if self.peek()? == Token::Quoted {
            let text = self.quoted()?;
            let condition = self.condition()?;
            self.peek()?;
            self.add_prompt(node, text, condition);
        }
        self.end_line()
    }

    fn prompt_text(&mut self, node: &mut Node) -> Parsed<()> {
        let text = self.quoted()?;
        let condition = self.condition()?;
        self.end_line()?;
        self.add_prompt(node, text, condition);
        Ok(())
    }

    pub(super) fn add_prompt(&mut self, node: &mut Node, text: Text, condition: Option<Expr>) {
        let at = self.lexer.statement();
        let blanks = text.as_bytes().iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let text = if blanks > 0 {
            self.lexer.session.warn(at, b"leading whitespace ignored");
            text.as_bytes()[blanks..].into()
        } else {
            text
        };
        if !node.prompts.is_empty() {
            self.lexer.session.warn(at, b"prompt redefined");
        }
        node.prompts.push(Prompt { text, condition, at });
    }

    fn default(&mut self, node: &mut Node, kind: Option<SymbolType>) -> Parsed<()> {
        self.accept()?;
        let value = match (self.expr()?, kind) {
            (value, Some(SymbolType::Bool | SymbolType::Tristate)) => value,
            // A text is the answer's own.
            (Expr::Name(name), _) => Expr::Name(self.answered(name)),
            (value, _) => value,
        };
        self.default_of(node, value)
    }

    /// A choice's default is one plain word.
    fn choice_default(&mut self, node: &mut Node) -> Parsed<()> {
        self.accept()?;
        let word = self.word()?;
        let value = Expr::Name(self.names.plain(word.as_bytes()));
        self.default_of(node, value)
    }

    fn default_of(&mut self, node: &mut Node, value: Expr) -> Parsed<()> {
        let condition = self.condition()?;
        self.end_line()?;
        self.push(node, PropertyKind::Default { value, condition });
        Ok(())
    }

    fn reverse(
        &mut self,
        node: &mut Node,
        kind: impl FnOnce(SymbolId, Option<Expr>) -> PropertyKind,
    ) -> Parsed<()> {
        self.accept()?;
        let word = self.word()?;
        let target = self.names.symbol(word.as_bytes());
        let condition = self.condition()?;
        self.end_line()?;
        self.push(node, kind(target, condition));
        Ok(())
    }

    fn range(&mut self, node: &mut Node) -> Parsed<()> {
        self.accept()?;
        let low = self.name()?;
        let high = self.name()?;
        let (low, high) = (self.answered(low), self.answered(high));
        let condition = self.condition()?;
        self.end_line()?;
        self.push(node, PropertyKind::Range { low, high, condition });
        Ok(())
    }

    fn depends(&mut self, node: &mut Node) -> Parsed<()> {
        self.accept()?;
        self.expect(Token::Keyword(Keyword::On))?;
        let expr = self.expr()?;
        let condition = match self.dialect.conditional_depends {
            Support::Present => self.condition()?,
            Support::Absent => None,
        };
        self.end_line()?;
        node.depends.push(Depends { expr, condition, at: self.lexer.statement() });
        Ok(())
    }

    fn help(&mut self, node: &mut Node, name: &Text) -> Parsed<()> {
        self.accept()?;
        self.end_line()?;
        let at = self.lexer.statement();
        let text = self.lexer.help();
        if node.help.is_some() {
            self.warn_of_help(name, b"more than one help text -- only the last one will be used");
        }
        if text.iter().all(u8::is_ascii_whitespace) {
            self.warn_of_help(name, b"blank help text");
        }
        node.help = Some(Help { text: text.into(), at });
        Ok(())
    }

    fn warn_of_help(&mut self, name: &Text, found: &[u8]) {
        let text = [b"'", name.as_bytes(), b"' defined with ", found].concat();
        let here = self.lexer.here();
        self.lexer.session.say(MessageKind::Warning, here, ": warning: ", &text);
    }
}
