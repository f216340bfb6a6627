//! A configuration in hand: resolved by the engine, ready to be asked about.
//!
//! ```text
//! Resolver, Seed, requests ─▶ Configuration ─ text          the resolved .config
//!                                           ├─ explain      why a symbol has its value
//!                                           ├─ fix          what else to set so that a request lands
//!                                           ├─ menu_path    where a symbol stands in the menu
//!                                           └─ search       the symbols that a word may mean
//! ```
//!
//! Of a kernel of the manifest, the requests are those of its layers; of a `.config` beside a plain tree, its lines are.
//!
//! Deliberately absent: where any of this is written or shown.

mod search;

use kconfig::explain::{self, Elsewhere, Explanation, ProbeOrigin};
use kconfig::fix::{Fix, Outcome, Planner, Reach};
use kconfig::layers::Layer;
use kconfig::model::{MenuId, MenuKind};
use kconfig::syntax::ast::{SymbolId, SymbolType};
use kconfig::{Change, DotConfig, Merged, Miss, Request, Symbol, SymbolNames, Value, ValueError, difference};
use kconfig_host::Origin;
use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};

use crate::resolve::{self, Mode, ResolveError, Resolved, Resolver};

pub use search::Found;

/// What was resolved: a text, and how it was taken.
#[derive(Clone, Debug)]
pub(crate) struct Seed {
    pub(crate) mode: Mode,
    /// The text's name in warnings.
    pub(crate) file: String,
    pub(crate) text: Vec<u8>,
}

/// A request and what to do for it.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The symbol.
    pub symbol: Symbol,
    /// The value that it is to have.
    pub value: Value,
    /// What became of the question; a fix holds together with those of the other requests.
    pub outcome: Outcome,
}

/// What may become of the other requests where one is to land.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Each of them lands as before.
    Kept,
    /// Whoever asks is told what changes, and decides.
    Told,
}

/// A resolved configuration.
pub struct Configuration {
    name: String,
    resolver: Resolver,
    seed: Seed,
    resolved: Resolved,
    merged: Merged,
    layers: Vec<Layer>,
    /// How far what is proposed goes.
    reach: Reach,
}

impl Configuration {
    pub(crate) fn new(
        name: String,
        resolver: Resolver,
        seed: Seed,
        resolved: Resolved,
        merged: Merged,
        layers: Vec<Layer>,
    ) -> Self {
        Self { name, resolver, seed, resolved, merged, layers, reach: Reach::Least }
    }

    /// The same of a kernel in which nothing may be a module.
    pub(crate) fn built_in(self) -> Self {
        Self { reach: Reach::BuiltIn, ..self }
    }

    /// The layers as they were merged: under the kernel's conditions, each value by its symbol's type.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// What people call it: a kernel's name, or a file's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The resolved `.config`.
    pub fn text(&self) -> &str {
        &self.resolved.text
    }

    /// What `conf` would say on standard error.
    pub fn warnings(&self) -> &str {
        &self.resolved.warnings
    }

    /// The source tree.
    pub fn srctree(&self) -> &AbsPath {
        self.resolver.srctree()
    }

    /// Every request; of those for one symbol the last one counts.
    pub fn asked(&self) -> &[Request] {
        &self.merged.asked
    }

    pub(crate) fn into_resolver(self) -> Resolver {
        self.resolver
    }

    /// What the layers come to.
    pub fn merged(&self) -> &Merged {
        &self.merged
    }

    pub(crate) fn names(&self) -> SymbolNames {
        self.resolver.names()
    }

    /// Why each of these symbols has its value.
    ///
    /// # Errors
    /// Where the tree's other files cannot be looked at.
    pub fn explain(&self, symbols: &[Symbol]) -> Result<Vec<Explanation>, ResolveError> {
        self.explain_as(symbols, &self.merged.asked, &self.seed.text)
    }

    /// The same with requests behind those of the layers, which `origin` made.
    ///
    /// # Errors
    /// As [`Configuration::explain`].
    pub fn explain_with(
        &self,
        symbols: &[Symbol],
        settings: &[(Symbol, Value)],
        origin: &str,
    ) -> Result<Vec<Explanation>, ResolveError> {
        let origin = kconfig::Origin { path: origin.to_owned(), line: 0, column: 0 };
        let request =
            |(symbol, value): &(Symbol, Value)| Request::new(symbol.clone(), value.clone(), origin.clone());
        let mut asked = self.merged.asked.clone();
        asked.extend(settings.iter().map(request));
        self.explain_as(symbols, &asked, &self.lines_with(settings))
    }

    fn explain_as(
        &self,
        symbols: &[Symbol],
        asked: &[Request],
        lines: &[u8],
    ) -> Result<Vec<Explanation>, ResolveError> {
        let unknown = symbols.iter().any(|symbol| !self.defines(symbol));
        let mut elsewhere = if unknown { elsewhere(self.srctree())? } else { Elsewhere::default() };
        for probe in self.resolver.probes() {
            elsewhere.note_probe(&probe.command, origin(&probe.origin));
        }
        resolve::deep(|| {
            let (mut evaluator, _) = self.resolver.evaluator(self.seed.mode, &self.seed.file, lines);
            let explain = |symbol| explain::explain(&mut evaluator, symbol, asked, &elsewhere);
            symbols.iter().map(explain).collect()
        })
    }

    /// Why symbols have their values, as if somebody had asked for others.
    pub(crate) fn explain_wanted(
        &self,
        wanted: &[(Symbol, Value)],
    ) -> Result<Vec<Explanation>, ResolveError> {
        let nowhere = kconfig::Origin { path: String::new(), line: 0, column: 0 };
        let asked = wanted.iter().map(|(symbol, value)| (symbol.clone(), value.clone(), nowhere.clone()));
        let asked: Vec<Request> =
            asked.map(|(symbol, value, origin)| Request::new(symbol, value, origin)).collect();
        let symbols: Vec<Symbol> = wanted.iter().map(|(symbol, _)| symbol.clone()).collect();
        self.explain_as(&symbols, &asked, &self.seed.text)
    }

    /// What else to set so that these requests land together, or why one cannot.
    ///
    /// `others` says whether requests of the layers that have landed may be lost by it.
    ///
    /// They are looked at one after another, each on top of what those before it need; in the end all of it is resolved
    /// once more, as lines behind the layers.
    ///
    /// # Errors
    /// Where the result cannot be resolved.
    pub fn fix(&self, wanted: &[(Symbol, Value)], others: Others) -> Result<Vec<Proposal>, ResolveError> {
        let mut lines = self.seed.text.clone();
        let mut proposals = Vec::new();
        for (symbol, value) in wanted {
            let outcome = resolve::deep(|| {
                let (evaluator, _) = self.resolver.evaluator(self.seed.mode, &self.seed.file, &lines);
                Planner::new(&evaluator).reaching(self.reach).fix(symbol, value)
            })?;
            let outcome = match outcome {
                Outcome::Fixed(fix) if others == Others::Kept && self.loses(&fix) => Outcome::GaveUp,
                outcome => outcome,
            };
            if let Outcome::Fixed(fix) = &outcome {
                let settings = fix.settings.iter().map(|setting| (&setting.symbol, &setting.value));
                for (symbol, value) in settings.chain([(symbol, value)]) {
                    lines.extend(format!("\nCONFIG_{symbol}={value}\n").into_bytes());
                }
            }
            proposals.push(Proposal { symbol: symbol.clone(), value: value.clone(), outcome });
        }
        let resolved = self.resolver.run(self.seed.mode, &self.seed.file, &lines)?;
        let resolved = DotConfig::parse(&resolved.text).unwrap_or_default();
        for proposal in &mut proposals {
            if let Outcome::Fixed(fix) = &proposal.outcome {
                let settings = fix.settings.iter().all(|found| resolved.has(&found.symbol, &found.value));
                if !settings || !resolved.has(&proposal.symbol, &proposal.value) {
                    proposal.outcome = Outcome::GaveUp;
                }
            }
        }
        Ok(proposals)
    }

    /// Whether a request that has landed would no longer do so.
    fn loses(&self, fix: &Fix) -> bool {
        fix.changes.iter().any(|change| {
            let value = |value: &Option<Value>| value.clone().unwrap_or(Value::N);
            let (before, after) = (value(&change.before), value(&change.after));
            let request = self.merged.request(&change.symbol);
            request.is_some_and(|request| request.accepts(&before) && !request.accepts(&after))
        })
    }

    /// The smallest list of requests, laid behind the layers, that makes the configuration another one.
    ///
    /// What follows from others is left out. Where no requests can make it, they come as near as they can.
    ///
    /// # Errors
    /// Where it cannot be resolved.
    pub fn smallest_change(&self, wanted: &DotConfig) -> Result<Vec<(Symbol, Value)>, ResolveError> {
        let changes = difference(&self.resolved(), wanted);
        let value = |change: Change| (change.symbol, change.after.unwrap_or(Value::N));
        let mut settings: Vec<(Symbol, Value)> = changes.into_iter().map(value).collect();
        // In the order of the menu, so that what depends on others comes behind them, and goes first.
        settings.sort_by_key(|(symbol, _)| self.menu_order(symbol));
        let nearest = self.resolved_with(&settings)?;
        let mut index = settings.len();
        while index > 0 {
            index -= 1;
            let left_out = settings.remove(index);
            if !difference(&self.resolved_with(&settings)?, &nearest).is_empty() {
                settings.insert(index, left_out);
            }
        }
        Ok(settings)
    }

    /// What the layers come to with these requests behind them.
    ///
    /// # Errors
    /// Where it cannot be resolved.
    pub fn resolved_with(&self, settings: &[(Symbol, Value)]) -> Result<DotConfig, ResolveError> {
        let resolved = self.resolver.run(self.seed.mode, &self.seed.file, &self.lines_with(settings))?;
        Ok(DotConfig::parse(&resolved.text).unwrap_or_default())
    }

    fn lines_with(&self, settings: &[(Symbol, Value)]) -> Vec<u8> {
        let mut lines = self.seed.text.clone();
        for (symbol, value) in settings {
            lines.extend(format!("\nCONFIG_{symbol}={value}\n").into_bytes());
        }
        lines
    }

    /// The value that a word stands for: of a string symbol any text, else what stands behind `CONFIG_X=`.
    ///
    /// # Errors
    /// A word that is no value.
    pub fn value(&self, symbol: &Symbol, word: &str) -> Result<Value, ValueError> {
        let model = self.resolver.model();
        let kind = self.find(symbol).and_then(|id| model.symbol(id).kind);
        match Value::parse(word) {
            Ok(text @ Value::Text(_)) => Ok(text),
            // A shell has taken the quotes away.
            _ if kind == Some(SymbolType::String) => Ok(Value::Text(word.into())),
            other => other,
        }
    }

    /// What the resolved `.config` has.
    pub fn resolved(&self) -> DotConfig {
        DotConfig::parse(self.text()).unwrap_or_default()
    }

    /// What could be set and nobody has named, with its default.
    pub(crate) fn new_symbols(&self) -> Result<Vec<String>, ResolveError> {
        // Where unlisted symbols are `n`, that is what nobody says of them too.
        self.resolver.new_symbols(Mode::AllDef, &self.seed.text)
    }

    /// An explanation as lines, with the lines of the files that it names.
    pub fn text_of(&self, explanation: &Explanation) -> String {
        explain::text(explanation, &|path| fs::read_to_string(&self.srctree().join(path)).ok())
    }

    /// The prompts of the menus around a symbol, the outermost first; `None` where the tree does not define it.
    pub fn menu_path(&self, symbol: &Symbol) -> Option<Vec<String>> {
        let model = self.resolver.model();
        let mut around = model.menu(self.menu(symbol)?).parent;
        let mut path = Vec::new();
        while let Some(id) = around {
            let menu = model.menu(id);
            if menu.kind == MenuKind::Menu {
                path.extend(menu.prompt.as_ref().map(|(text, _)| text.to_string()));
            }
            around = menu.parent;
        }
        path.reverse();
        Some(path)
    }

    /// Where a symbol's first definition stands among all entries of the menu.
    pub fn menu_order(&self, symbol: &Symbol) -> Option<u32> {
        self.menu(symbol).map(|menu| menu.0)
    }

    /// What to show of misses: each with its place and what became of it, then why.
    pub(crate) fn explain_misses(&self, misses: &[Miss], version: &str) -> Result<Vec<String>, ResolveError> {
        let symbols: Vec<Symbol> = misses.iter().map(|miss| miss.request.symbol.clone()).collect();
        let explanations = self.explain(&symbols)?;
        let table = kconfig::miss_table(misses, version);
        let row = |(row, of): (&str, Explanation)| match explain::brief(&of) {
            why if why.is_empty() => row.to_owned(),
            why => format!("{row}: {why}"),
        };
        Ok(table.lines().zip(explanations).map(row).collect())
    }

    fn find(&self, symbol: &Symbol) -> Option<SymbolId> {
        self.resolver.model().names.find(symbol.as_str().as_bytes())
    }

    pub(crate) fn defines(&self, symbol: &Symbol) -> bool {
        self.find(symbol).is_some_and(|id| self.resolver.model().symbol(id).kind.is_some())
    }

    fn menu(&self, symbol: &Symbol) -> Option<MenuId> {
        self.resolver.model().symbol(self.find(symbol)?).menus.first().copied()
    }
}

fn origin(of: &Origin) -> ProbeOrigin {
    match of {
        Origin::RanUncached | Origin::RanFirst => ProbeOrigin::Ran,
        Origin::RanAlways { reason } => ProbeOrigin::RunsAlways { reason: reason.clone() },
        Origin::Cached => ProbeOrigin::Kept,
    }
}

/// What the tree's Kconfig files define that are not read for this architecture: those below `arch`.
fn elsewhere(srctree: &AbsPath) -> Result<Elsewhere, FsError> {
    let mut elsewhere = Elsewhere::default();
    for pattern in ["arch/*/Kconfig*", "arch/*/**/Kconfig*"] {
        for path in fs::glob(srctree, pattern)? {
            let Some(name) = path.relative_to(srctree).and_then(|name| name.to_str()) else { continue };
            if let Ok(bytes) = fs::read(&path) {
                elsewhere.note(name, &String::from_utf8_lossy(&bytes));
            }
        }
    }
    Ok(elsewhere)
}
