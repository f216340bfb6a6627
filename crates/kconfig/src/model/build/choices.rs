//! Choices, and who is a member of one.

use super::Builder;
use crate::model::outline::outermost;
use crate::model::{Choice, ChoiceId, ChoiceRules, Default, ExprId, MenuId, MenuKind, Source, Symbol};
use crate::syntax::Text;
use crate::syntax::ast::{Name, Node, NodeKind, PropertyKind, SymbolId};

impl Builder {
    /// The choice that an entry stands for: a new one, unless its name is known.
    pub(super) fn choice(&mut self, name: Option<SymbolId>, mentioned: u32) -> ChoiceId {
        if let Some(name) = name
            && let Some((_, choice)) = self.named_choices.iter().find(|(symbol, _)| *symbol == name)
        {
            return *choice;
        }
        let id = ChoiceId(self.model.choices.len() as u32);
        let symbol = match (name, self.model.rules.choice) {
            (_, ChoiceRules::List) => None,
            (Some(name), ChoiceRules::Symbol) => {
                self.named_choices.push((name, id));
                Some(name)
            }
            (None, ChoiceRules::Symbol) => {
                self.model.symbols.push(Symbol { stands_for: Some(id), ..Symbol::default() });
                Some(SymbolId(self.model.symbols.len() as u32 - 1))
            }
        };
        if let Some(symbol) = symbol {
            self.model.symbols[symbol.0 as usize].stands_for = Some(id);
        }
        self.model.choices.push(Choice {
            menu: MenuId(self.model.menus.len() as u32),
            members: Vec::new(),
            prompts: Vec::new(),
            prompt_sources: Vec::new(),
            defaults: Vec::new(),
            symbol,
            optional: false,
            mentioned,
        });
        id
    }

    /// Fills a choice and gives what its members depend on.
    pub(super) fn fill_choice(
        &mut self,
        choice: ChoiceId,
        id: MenuId,
        node: &Node,
        depends: ExprId,
        prompts: &[(Text, ExprId)],
    ) -> ExprId {
        let at = choice.0 as usize;
        self.model.choices[at].prompts.extend(prompts.iter().map(|(_, condition)| *condition));
        let mut kind = None;
        for property in &node.props {
            match &property.kind {
                PropertyKind::Default { value, condition } => {
                    let own = self.condition(condition.as_ref());
                    let condition = self.both(depends, own);
                    let value = self.value(value);
                    let source = Source { menu: id, at: property.at, own };
                    self.model.choices[at].defaults.push(Default { value, condition, source });
                }
                PropertyKind::Optional => self.model.choices[at].optional = true,
                PropertyKind::Type(written) => kind = kind.or(Some(*written)),
                _ => {}
            }
        }
        let Some(symbol) = self.model.choices[at].symbol else { return depends };
        let first_member = || {
            node.children.iter().find_map(|child| match child.kind {
                NodeKind::Config { symbol, .. } => self.model.symbols[symbol.0 as usize].kind,
                _ => None,
            })
        };
        let kind = kind.or_else(first_member);
        let entry = &mut self.model.symbols[symbol.0 as usize];
        entry.kind = entry.kind.or(kind);
        entry.menus.push(id);
        if depends != ExprId::ALWAYS {
            entry.depends.push(depends);
        }
        entry.prompts.extend(prompts.iter().map(|(_, condition)| *condition));
        self.model.pool.name(Name::Symbol(symbol))
    }

    /// Makes the entries of a choice its members, also those in an `if`; not, in older trees, those that stand below
    /// another one.
    pub(super) fn take_members(&mut self, choice: ChoiceId, id: MenuId) {
        let mut found = Vec::new();
        match self.model.rules.choice {
            ChoiceRules::List => self.entries(id, &mut found),
            ChoiceRules::Symbol => outermost(&self.model, id, &mut found),
        }
        for symbol in found {
            self.model.symbols[symbol.0 as usize].member_of.get_or_insert(choice);
            let members = &mut self.model.choices[choice.0 as usize].members;
            if !members.contains(&symbol) {
                members.push(symbol);
            }
        }
    }

    fn entries(&self, block: MenuId, found: &mut Vec<SymbolId>) {
        for child in &self.model.menu(block).children {
            match self.model.menu(*child).kind {
                MenuKind::Symbol(symbol, _) => found.push(symbol),
                MenuKind::If => self.entries(*child, found),
                _ => {}
            }
        }
    }
}
