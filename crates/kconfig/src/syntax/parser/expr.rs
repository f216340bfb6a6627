//! Expressions: words, comparisons, `!`, `&&`, `||`, parentheses, from tightest to loosest.
//!
//! `!` applies to what follows up to the next `&&` or `||`, so `!A = B` is `!(A = B)`. Comparisons take two words and
//! are not chained. `&&` and `||` group to the left.

use super::{Failure, Parsed, Parser};
use crate::syntax::ast::{Expr, Name};
use crate::syntax::deferred;
use crate::syntax::probes::ProbeId;
use crate::syntax::token::{Keyword, Token};

/// How many operators and parentheses one expression may have: what is built from it can be walked recursively.
const SIZE_LIMIT: usize = 2000;

/// What has been read inside one pair of parentheses.
#[derive(Default)]
struct Level {
    alternatives: Option<Expr>,
    conjunction: Option<Expr>,
    negations: usize,
}

impl Level {
    /// Takes an operand into the conjunction.
    fn take(&mut self, mut operand: Expr) {
        for _ in 0..std::mem::take(&mut self.negations) {
            operand = Expr::Not(Box::new(operand));
        }
        self.conjunction = Some(match self.conjunction.take() {
            Some(left) => Expr::And(Box::new(left), Box::new(operand)),
            None => operand,
        });
    }

    /// Ends the conjunction, and gives all that has been read.
    fn fold(&mut self) -> Option<Expr> {
        match (self.alternatives.take(), self.conjunction.take()) {
            (Some(left), Some(right)) => Some(Expr::Or(Box::new(left), Box::new(right))),
            (left, right) => left.or(right),
        }
    }
}

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        let mut outer: Vec<Level> = Vec::new();
        let mut level = Level::default();
        let mut size = 0;
        loop {
            size += 1;
            if size > SIZE_LIMIT {
                return Err(self.exhausted());
            }
            match self.peek()? {
                Token::Not => {
                    self.accept()?;
                    level.negations += 1;
                    continue;
                }
                Token::Open => {
                    self.accept()?;
                    outer.push(std::mem::take(&mut level));
                    continue;
                }
                _ => {}
            }
            let operand = self.comparison()?;
            level.take(operand);
            while self.peek()? == Token::Close
                && let Some(enclosing) = outer.pop()
            {
                self.accept()?;
                let inside = std::mem::replace(&mut level, enclosing).fold();
                level.take(inside.ok_or(Failure::Unexpected)?);
            }
            match self.peek()? {
                Token::And => {}
                Token::Or => level.alternatives = level.fold(),
                _ if !outer.is_empty() => return Err(Failure::Unexpected),
                _ => return level.fold().ok_or(Failure::Unexpected),
            }
            self.accept()?;
        }
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.name()?;
        let Token::Compare(op) = self.peek()? else { return Ok(Expr::Name(left)) };
        self.accept()?;
        let right = self.name()?;
        let (left, right) = (self.answered(left), self.answered(right));
        Ok(Expr::Compare { op, left, right })
    }

    /// A word or a quoted text.
    pub(super) fn name(&mut self) -> Parsed<Name> {
        let name = match self.peek()? {
            Token::Word => match self.lexer.deferred() {
                Some(probe) => self.stand_in(probe),
                None => self.names.plain(self.lexer.text()),
            },
            Token::Quoted => Name::Constant(self.names.constant(self.lexer.text())),
            _ => return Err(Failure::Unexpected),
        };
        self.accept()?;
        Ok(name)
    }

    /// The symbol that stands in for an answer.
    fn stand_in(&mut self, probe: ProbeId) -> Name {
        // No word is such a name, so the symbol is a new one.
        let symbol = self.names.symbol(&deferred::mark(probe));
        if self.stand_ins.last().is_none_or(|(last, _)| *last < symbol) {
            self.stand_ins.push((symbol, probe));
        }
        Name::Symbol(symbol)
    }

    /// What an operand says where a symbol will not do for an answer.
    pub(super) fn answered(&mut self, name: Name) -> Name {
        let Name::Symbol(symbol) = name else { return name };
        match self.stand_ins.binary_search_by_key(&symbol, |(symbol, _)| *symbol) {
            Ok(at) => {
                let answer = self.lexer.session.answer(self.stand_ins[at].1);
                self.names.plain(&answer)
            }
            Err(_) => name,
        }
    }

    /// `if` and an expression, or nothing.
    pub(super) fn condition(&mut self) -> Parsed<Option<Expr>> {
        if self.peek()? != Token::Keyword(Keyword::If) {
            return Ok(None);
        }
        self.accept()?;
        self.expr().map(Some)
    }
}
