//! Parts of conditions, and the symbols in them.

use super::{DefaultLine, Explainer, Operand, Place, ProbeLine, PromptLine, Reverse, Standing, Term};
use crate::model::{self, Conjunct, Expr, ExprId, Link, Model, Source};
use crate::syntax::ast::{At, Name, SymbolId};
use crate::{Symbol, Tristate};

impl<'m> Explainer<'_, 'm> {
    /// The prompts of a symbol, each with the parts of its condition that are not worth more than `limit`.
    pub(super) fn prompts(&mut self, id: SymbolId, limit: Tristate) -> Vec<PromptLine> {
        let model = self.model();
        let entry = model.symbol(id);
        let mut lines = Vec::new();
        for source in &entry.prompt_sources {
            let text = model.menu(source.menu).prompt.as_ref().map(|(text, _)| text.to_string());
            let terms = self.terms(&model.prompt_conjuncts(source), limit);
            lines.push(PromptLine { text: text.unwrap_or_default(), place: self.place(source.at), terms });
        }
        lines
    }

    /// Those of several parts that are not worth more than `limit`, each once.
    fn terms(&mut self, conjuncts: &[Conjunct], limit: Tristate) -> Vec<Term> {
        let mut terms: Vec<Term> = Vec::new();
        for conjunct in conjuncts {
            if self.evaluator.value(conjunct.expr) <= limit {
                let term = self.term(conjunct);
                if !terms.contains(&term) {
                    terms.push(term);
                }
            }
        }
        terms
    }

    fn term(&mut self, conjunct: &Conjunct) -> Term {
        let model = self.model();
        let mut names = Vec::new();
        let mut text = Vec::new();
        model::write_expr(model, conjunct.expr, &mut text, &mut |name, _| {
            if let Name::Symbol(symbol) = name
                && !names.contains(&symbol)
            {
                names.push(symbol);
            }
        });
        Term {
            text: String::from_utf8_lossy(&text).into_owned(),
            value: self.evaluator.value(conjunct.expr),
            kind: conjunct.kind,
            place: self.place(conjunct.at),
            operands: names.into_iter().filter_map(|symbol| self.operand(symbol)).collect(),
            probes: self.probes(conjunct.at),
        }
    }

    pub(super) fn operand(&mut self, id: SymbolId) -> Option<Operand> {
        let symbol = symbol_of(self.model(), id)?;
        let defined = self.model().symbol(id).kind.is_some();
        let value = if defined { self.evaluator.text(id).to_string() } else { "n".to_owned() };
        let standing = self.standing(id, &symbol);
        Some(Operand { symbol, value, standing })
    }

    fn standing(&mut self, id: SymbolId, symbol: &Symbol) -> Standing {
        let entry = self.model().symbol(id);
        if entry.kind.is_none() {
            return Standing::Undefined(self.elsewhere.places(symbol).to_vec());
        }
        if !entry.prompts.is_empty() {
            let shown = self.evaluator.visible(id) != Tristate::N;
            return if shown { Standing::Settable } else { Standing::Hidden };
        }
        let mut probes: Vec<ProbeLine> = Vec::new();
        for default in &entry.defaults {
            probes.extend(self.probes(default.source.at));
        }
        if probes.is_empty() { Standing::NoPrompt } else { Standing::Probed(probes) }
    }

    /// The probes whose answers stand in a statement.
    pub(super) fn probes(&self, at: At) -> Vec<ProbeLine> {
        let line = |probe: &crate::syntax::probes::Probe| ProbeLine {
            command: probe.command.to_string(),
            answer: probe.answer.to_string(),
            origin: self.elsewhere.origin(probe.command.as_bytes()).cloned(),
        };
        self.model().probes.used_at(at).map(line).collect()
    }

    /// The defaults of a symbol, in order.
    pub(super) fn defaults(&mut self, id: SymbolId) -> Vec<DefaultLine> {
        self.model().symbol(id).defaults.iter().map(|default| self.default_line(default)).collect()
    }

    pub(super) fn default_line(&mut self, default: &model::Default) -> DefaultLine {
        DefaultLine {
            text: self.written(default.value),
            holds: self.evaluator.value(default.condition),
            place: self.place(default.source.at),
            missing: self.missing(&default.source),
            probes: self.probes(default.source.at),
        }
    }

    fn missing(&mut self, source: &Source) -> Vec<Term> {
        let conjuncts = self.model().conjuncts(source);
        self.terms(&conjuncts, Tristate::N)
    }

    /// An expression as `conf` writes it.
    fn written(&self, expr: ExprId) -> String {
        let mut text = Vec::new();
        let quoted = match self.model().pool.get(expr) {
            Expr::Name(Name::Constant(constant)) => {
                let word = self.model().names.constant_text(constant);
                (!matches!(word.as_bytes(), b"y" | b"m" | b"n")).then(|| format!("\"{word}\""))
            }
            _ => None,
        };
        model::write_expr(self.model(), expr, &mut text, &mut |_, _| {});
        quoted.unwrap_or_else(|| String::from_utf8_lossy(&text).into_owned())
    }

    /// The links to a symbol, those that reach it first.
    pub(super) fn reverse(&mut self, target: SymbolId, links: fn(&model::Symbol) -> &[Link]) -> Vec<Reverse> {
        let model = self.model();
        let mut found = Vec::new();
        for id in model.symbol_ids() {
            for link in links(model.symbol(id)).iter().filter(|link| link.target == target) {
                let Some(symbol) = symbol_of(model, id) else { continue };
                let condition = self.evaluator.value(link.condition);
                let reach = self.evaluator.tristate(id).min(condition);
                let place = self.place(link.source.at);
                let missing = self.missing(&link.source);
                found.push(Reverse { symbol, reach, place, missing });
            }
        }
        found.sort_by_key(|link| std::cmp::Reverse(link.reach));
        found
    }

    /// Where something stands, for a choice or a range.
    pub(super) fn place_of(&self, source: &Source) -> Place {
        self.place(source.at)
    }
}

/// The name of a symbol, if it has one that people can write.
pub(super) fn symbol_of(model: &Model, id: SymbolId) -> Option<Symbol> {
    Symbol::new(model.symbol(id).name.as_str()?).ok()
}
