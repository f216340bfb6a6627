//! From what was written to what it means.

mod choices;

use rustc_hash::FxHashMap;

use super::outline::inner_first;
use super::simplify::Simplifier;
use super::{
    ChoiceId, Default, Expr, ExprId, Link, Menu, MenuId, MenuKind, Model, Pool, Range, Rules, Source, Symbol,
};
use crate::syntax::ast::{At, Compare, ConstId, FileId, Name, Node, NodeKind, PropertyKind, SymbolId};
use crate::syntax::{Ast, Message, MessageKind, Text};

/// Builds the model of a parsed tree.
pub fn build(ast: &Ast, rules: Rules) -> Model {
    let symbols = (0..ast.names.symbol_count() as u32)
        .map(|id| Symbol { name: ast.names.symbol_text(SymbolId(id)).clone(), ..Symbol::default() })
        .collect();
    let mut model = Model {
        files: ast.files.clone(),
        names: ast.names.clone(),
        mainmenu: ast.mainmenu.clone(),
        symbols,
        menus: Vec::new(),
        choices: Vec::new(),
        modules: find_modules(&ast.root),
        rules,
        pool: Pool::new(),
        deferred: ast.deferred.clone(),
        probes: ast.probes.clone(),
        messages: Vec::new(),
    };
    let mut module_value = model.pool.name(Name::Constant(ConstId::M));
    let allowed = match model.modules {
        Some(symbol) => model.pool.name(Name::Symbol(symbol)),
        None => model.pool.name(Name::Constant(ConstId::N)),
    };
    module_value = model.pool.intern(Expr::And(module_value, allowed));

    let mut builder = Builder {
        model,
        module_value,
        named_choices: Vec::new(),
        current: MenuId::ROOT,
        pointless: Vec::new(),
        eliminated: FxHashMap::default(),
    };
    let start = At { file: FileId(0), line: 1 };
    let root = builder.enter(MenuKind::Main, None, start, ExprId::ALWAYS);
    builder.collect_types(&ast.root);
    builder.children(root, &ast.root, Shown { depends: ExprId::ALWAYS, visible: ExprId::ALWAYS });
    builder.link(root);
    builder.order_depends();
    builder.model
}

/// What enclosing entries ask.
#[derive(Clone, Copy)]
struct Shown {
    /// Of everything inside.
    depends: ExprId,
    /// Of prompts only.
    visible: ExprId,
}

struct Builder {
    model: Model,
    module_value: ExprId,
    named_choices: Vec<(SymbolId, ChoiceId)>,
    /// The entry that is being built.
    current: MenuId,
    /// What is said about comparisons of a `bool` with `m`, and in which entry.
    pointless: Vec<(MenuId, String)>,
    /// Conditions without their repetitions: most properties of an entry have its dependencies alone.
    eliminated: FxHashMap<ExprId, ExprId>,
}

fn find_modules(nodes: &[Node]) -> Option<SymbolId> {
    nodes.iter().find_map(|node| match node.kind {
        NodeKind::Config { symbol, .. }
            if node.props.iter().any(|property| matches!(property.kind, PropertyKind::Modules)) =>
        {
            Some(symbol)
        }
        _ => find_modules(&node.children),
    })
}

impl Builder {
    fn enter(&mut self, kind: MenuKind, parent: Option<MenuId>, at: At, depends: ExprId) -> MenuId {
        let id = MenuId(self.model.menus.len() as u32);
        self.model.menus.push(Menu {
            kind,
            parent,
            children: Vec::new(),
            at,
            prompt: None,
            depends,
            depends_own: Vec::new(),
            visible_if: ExprId::ALWAYS,
            visible_own: Vec::new(),
            help: None,
        });
        if let Some(parent) = parent {
            self.model.menus[parent.0 as usize].children.push(id);
        }
        id
    }

    /// Types first: what a comparison means depends on them.
    fn collect_types(&mut self, nodes: &[Node]) {
        for node in nodes {
            if let NodeKind::Config { symbol, .. } = node.kind {
                for property in &node.props {
                    if let PropertyKind::Type(kind) = property.kind {
                        self.model.symbols[symbol.0 as usize].kind.get_or_insert(kind);
                    }
                }
            }
            self.collect_types(&node.children);
        }
    }

    fn children(&mut self, parent: MenuId, nodes: &[Node], shown: Shown) {
        for node in nodes {
            self.node(parent, node, shown);
        }
    }

    fn condition(&mut self, condition: Option<&crate::syntax::ast::Expr>) -> ExprId {
        condition.map_or(ExprId::ALWAYS, |expr| self.model.pool.written(expr, self.module_value))
    }

    /// `outer && own`, in the form in which `conf` keeps it; `outer` is in that form already.
    fn both(&mut self, outer: ExprId, own: ExprId) -> ExprId {
        let names = &self.model.names;
        let mut simplifier = Simplifier {
            pool: &mut self.model.pool,
            symbols: &self.model.symbols,
            rules: self.model.rules.choice,
            pointless: Vec::new(),
            joined: false,
        };
        let own = if own == ExprId::ALWAYS { own } else { simplifier.transform(own) };
        let both = simplifier.pool.and(outer, own);
        let both = *self.eliminated.entry(both).or_insert_with(|| simplifier.eliminate(both));
        for (name, forced) in simplifier.pointless {
            let (name, forced) = (names.text(name), names.constant_text(forced));
            let text = format!("boolean symbol {name} tested for 'm'? test forced to '{forced}'");
            self.pointless.push((self.current, text));
        }
        both
    }

    fn node(&mut self, parent: MenuId, node: &Node, shown: Shown) {
        let mut own = Vec::new();
        for depends in &node.depends {
            let mut expr = self.model.pool.written(&depends.expr, self.module_value);
            if depends.condition.is_some() {
                // `depends on X if Y` asks nothing where Y is n.
                let condition = self.condition(depends.condition.as_ref());
                let off = self.off(condition);
                expr = self.model.pool.or(expr, off);
            }
            own.push((expr, depends.at));
        }
        let written = own.iter().fold(ExprId::ALWAYS, |all, (expr, _)| self.model.pool.and(all, *expr));
        self.current = MenuId(self.model.menus.len() as u32);
        let depends = self.both(shown.depends, written);
        let kind = match node.kind {
            NodeKind::Config { symbol, keyword } => MenuKind::Symbol(symbol, keyword),
            NodeKind::Menu => MenuKind::Menu,
            NodeKind::If => MenuKind::If,
            NodeKind::Comment => MenuKind::Comment,
            NodeKind::Choice { name, mentioned } => MenuKind::Choice(self.choice(name, mentioned)),
        };
        let id = self.enter(kind, Some(parent), node.at, depends);
        let raw_module = self.model.pool.name(Name::Constant(ConstId::M));
        let mut visible_if = ExprId::ALWAYS;
        let mut inner_visible = ExprId::ALWAYS;
        let mut visible_own = Vec::new();
        for (expr, at) in &node.visible_if {
            let raw = self.model.pool.written(expr, raw_module);
            visible_if = self.model.pool.and(visible_if, raw);
            let expr = self.model.pool.written(expr, self.module_value);
            inner_visible = self.model.pool.and(inner_visible, expr);
            visible_own.push((expr, *at));
        }
        let inner_visible = self.model.pool.and(inner_visible, shown.visible);
        let menu = &mut self.model.menus[id.0 as usize];
        menu.depends_own = own;
        menu.visible_if = visible_if;
        menu.visible_own = visible_own;
        menu.help = node.help.as_ref().map(|help| help.text.clone());

        let (mut prompts, mut prompt_sources) = (Vec::new(), Vec::new());
        for prompt in &node.prompts {
            let own = self.condition(prompt.condition.as_ref());
            prompt_sources.push(Source { menu: id, at: prompt.at, own });
            let visible = match kind {
                MenuKind::Symbol(..) | MenuKind::Choice(_) => self.model.pool.and(own, shown.visible),
                _ => own,
            };
            prompts.push((prompt.text.clone(), self.both(depends, visible)));
        }
        self.model.menus[id.0 as usize].prompt = prompts.last().cloned();
        let inside = match kind {
            MenuKind::Symbol(symbol, _) => {
                self.model.symbols[symbol.0 as usize].prompt_sources.extend(prompt_sources);
                self.symbol(symbol, id, node, depends, &prompts);
                shown
            }
            MenuKind::Choice(choice) => {
                self.model.choices[choice.0 as usize].prompt_sources.extend(prompt_sources);
                let depends = self.fill_choice(choice, id, node, depends, &prompts);
                Shown { depends, ..shown }
            }
            MenuKind::Menu => Shown { depends, visible: inner_visible },
            MenuKind::Main | MenuKind::If | MenuKind::Comment => Shown { depends, ..shown },
        };
        self.children(id, &node.children, inside);
        if let MenuKind::Choice(choice) = kind {
            self.take_members(choice, id);
        }
    }

    /// `condition = n`.
    fn off(&mut self, condition: ExprId) -> ExprId {
        match self.model.pool.get(condition) {
            Expr::Name(name) => {
                self.model.pool.intern(Expr::Compare(Compare::Equal, name, Name::Constant(ConstId::N)))
            }
            _ => self.model.pool.not(condition),
        }
    }

    fn symbol(
        &mut self,
        symbol: SymbolId,
        id: MenuId,
        node: &Node,
        depends: ExprId,
        prompts: &[(Text, ExprId)],
    ) {
        let at = symbol.0 as usize;
        self.model.symbols[at].menus.push(id);
        if depends != ExprId::ALWAYS {
            self.model.symbols[at].depends.push(depends);
        }
        self.model.symbols[at].prompts.extend(prompts.iter().map(|(_, condition)| *condition));
        for property in &node.props {
            let (own, condition) = match &property.kind {
                PropertyKind::Default { condition, .. }
                | PropertyKind::Select { condition, .. }
                | PropertyKind::Imply { condition, .. }
                | PropertyKind::Range { condition, .. } => {
                    let own = self.condition(condition.as_ref());
                    (own, self.both(depends, own))
                }
                _ => (ExprId::ALWAYS, ExprId::ALWAYS),
            };
            let value = match &property.kind {
                PropertyKind::Default { value, .. } => self.value(value),
                _ => ExprId::ALWAYS,
            };
            let source = Source { menu: id, at: property.at, own };
            let symbol = &mut self.model.symbols[at];
            match property.kind {
                PropertyKind::Default { .. } => symbol.defaults.push(Default { value, condition, source }),
                PropertyKind::Select { target, .. } => {
                    symbol.selects.push(Link { target, condition, source })
                }
                PropertyKind::Imply { target, .. } => symbol.implies.push(Link { target, condition, source }),
                PropertyKind::Range { low, high, .. } => {
                    symbol.ranges.push(Range { low, high, condition, source })
                }
                PropertyKind::Transitional => symbol.transitional = true,
                PropertyKind::Type(_) | PropertyKind::Modules | PropertyKind::Optional => {}
            }
        }
    }

    /// A default's value: `m` stays `m`.
    fn value(&mut self, value: &crate::syntax::ast::Expr) -> ExprId {
        let module = self.model.pool.name(Name::Constant(ConstId::M));
        self.model.pool.written(value, module)
    }

    /// Puts the dependencies of a symbol with several entries in the order in which `conf` finishes them.
    fn order_depends(&mut self) {
        for at in 0..self.model.symbols.len() {
            let symbol = &self.model.symbols[at];
            if symbol.depends.len() > 1 && symbol.stands_for.is_none() {
                let order = inner_first(&self.model, &symbol.menus).into_iter();
                let depends = order.map(|menu| self.model.menu(menu).depends);
                self.model.symbols[at].depends = depends.filter(|expr| *expr != ExprId::ALWAYS).collect();
            }
        }
    }

    /// Tells each target who selects or implies it, level by level, which is the order of `conf`'s lists and messages.
    fn link(&mut self, parent: MenuId) {
        let children = self.model.menu(parent).children.clone();
        for child in &children {
            for (_, text) in self.pointless.iter().filter(|(menu, _)| menu == child) {
                let text = Text::from(text.as_str());
                self.model.messages.push(Message { kind: MessageKind::Info, at: None, text });
            }
            let MenuKind::Symbol(symbol, _) = self.model.menu(*child).kind else { continue };
            let name = self.model.pool.name(Name::Symbol(symbol));
            let entry = self.model.symbol(symbol);
            let (selects, implies) = (entry.selects.clone(), entry.implies.clone());
            for link in selects.iter().filter(|link| link.source.menu == *child) {
                let term = self.model.pool.and(name, link.condition);
                self.model.symbols[link.target.0 as usize].selected_by.push(term);
            }
            for link in implies.iter().filter(|link| link.source.menu == *child) {
                let term = self.model.pool.and(name, link.condition);
                self.model.symbols[link.target.0 as usize].implied_by.push(term);
            }
        }
        for child in children {
            self.link(child);
        }
    }
}
