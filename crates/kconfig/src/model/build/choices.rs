//! Choices, and who is a member of one.

use super::Builder;
use crate::model::{Choice, ChoiceId, ChoiceRules, Default, Expr, ExprId, MenuId, MenuKind, Source, Symbol};
use crate::syntax::Text;
use crate::syntax::ast::{Compare, ConstId, Name, Node, NodeKind, PropertyKind, SymbolId};

impl Builder {
    /// The choice whose member an entry is, directly or through `if`.
    pub(super) fn enclosing_choice(&self, id: MenuId) -> Option<ChoiceId> {
        let mut at = self.model.menu(id).parent?;
        if self.submenus.contains(&id) {
            return None;
        }
        loop {
            let menu = self.model.menu(at);
            if self.submenus.contains(&at) {
                return None;
            }
            match menu.kind {
                MenuKind::Choice(choice) => return Some(choice),
                MenuKind::If => at = menu.parent?,
                _ => return None,
            }
        }
    }

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

    /// In older trees, an entry of a choice that depends on the member before it stands below that member.
    pub(super) fn note_submenu(&mut self, id: MenuId, written: ExprId, leader: &mut Option<SymbolId>) {
        let menu = self.model.menu(id);
        let in_choice =
            menu.parent.is_some_and(|parent| matches!(self.model.menu(parent).kind, MenuKind::Choice(_)));
        if self.model.rules.choice == ChoiceRules::List || !in_choice {
            return;
        }
        match (*leader, menu.kind) {
            (Some(before), _) if self.needs(written, before) => self.submenus.push(id),
            (_, MenuKind::Symbol(symbol, _)) => *leader = Some(symbol),
            _ => {}
        }
    }

    /// Whether a condition asks for a symbol outright.
    fn needs(&self, condition: ExprId, symbol: SymbolId) -> bool {
        match self.model.pool.get(condition) {
            Expr::And(a, b) => self.needs(a, symbol) || self.needs(b, symbol),
            Expr::Name(name) => name == Name::Symbol(symbol),
            Expr::Compare(Compare::Equal, name, Name::Constant(ConstId::M | ConstId::Y))
            | Expr::Compare(Compare::Unequal, name, Name::Constant(ConstId::N)) => {
                name == Name::Symbol(symbol)
            }
            _ => false,
        }
    }
}
