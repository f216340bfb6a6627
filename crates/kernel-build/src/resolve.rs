//! The engine on a source tree: parsed once, then run as often as bases and layers need it.
//!
//! ```text
//! srctree, toolchain ─ variables ─▶ HostTree ─ load ─▶ Resolver ─ run ─▶ .config
//!                                                         └─ base ─▶ .config, as `make <base>` would write it
//! ```
//!
//! | `make` target | here |
//! |---|---|
//! | `allnoconfig`, `alldefconfig` with `KCONFIG_ALLCONFIG` | [`Mode::AllNo`], [`Mode::AllDef`] |
//! | `defconfig`, `NAME_defconfig`, `olddefconfig` | [`Mode::Answers`] on the file's text |
//! | `tinyconfig`, and what merges fragments into a defconfig | [`base`] |
//!
//! Where nothing but a `.config` is wanted, probes are put off until a value asks for their answers, and those that none
//! asks for never run ([`Resolver::load_patiently`]).
//!
//! Invariant: what comes out is, byte for byte, what the tree's own `conf` writes under make; tests compare the two.
//!
//! Deliberately absent: requests and misses; where a `.config` lies.

mod base;
mod clang;
mod errors;
mod variables;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kconfig::config_file::{Reader, UnknownSymbols, config};
use kconfig::eval::Evaluator;
use kconfig::model::Model;
use kconfig::modes::{self, AutoModules, Fill};
use kconfig::syntax::ast::SymbolId;
use kconfig::syntax::{Message, MessageKind};
use kconfig::{DotConfig, Symbol, SymbolNames};
use kconfig_host::{HostTree, LoadError, Loaded, ProbeRecord};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::Stdin;

use crate::options::Probes;
use crate::toolchain::Toolchain;

pub(crate) use base::{tree_fragment_names, tree_fragments};
pub use errors::ResolveError;
pub(crate) use variables::Begun;

/// What stands before each symbol.
pub(crate) const PREFIX: &str = "CONFIG_";

/// Expressions nest, and so does their evaluation.
const STACK: usize = 256 << 20;

/// A source tree, and what its Kconfig files ask.
#[derive(Clone, Copy)]
pub(crate) struct KconfigTree<'a> {
    pub(crate) srctree: &'a AbsPath,
    pub(crate) kernelversion: &'a str,
    pub(crate) toolchain: &'a Toolchain,
    /// Where probes run: the object tree, or a folder that stands for it.
    pub(crate) directory: &'a AbsPath,
    pub(crate) probes: Probes,
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
}

/// How a run takes what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As `KCONFIG_ALLCONFIG`; everything else is `n`.
    AllNo,
    /// As `KCONFIG_ALLCONFIG`; everything else is as the tree has it.
    AllDef,
    /// As a `.config` or a defconfig.
    Answers,
}

/// A `.config`, and what was said while it was resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) text: String,
    pub(crate) warnings: String,
}

/// A parsed tree.
pub struct Resolver {
    srctree: AbsPath,
    src_arch: &'static str,
    arch: &'static str,
    loaded: Loaded,
    probes: Vec<ProbeRecord>,
    /// Answers what was put off, and keeps what was found for later runs while it is used here.
    host: Arc<HostTree>,
    /// Whether the model did not do, since probes were put off.
    wanting: AtomicBool,
}

impl Resolver {
    /// Reads the tree's Kconfig files and runs its probes.
    pub(crate) fn load(tree: &KconfigTree<'_>) -> Result<Self, ResolveError> {
        let KconfigTree { srctree, directory, probes, env, cancel, .. } = *tree;
        let arch = tree.toolchain.arch;
        Self::load_begun(tree, Begun::new(srctree, directory, arch, probes, (env, cancel)))
    }

    /// The same where that was begun already.
    pub(crate) fn load_begun(tree: &KconfigTree<'_>, begun: Begun) -> Result<Self, ResolveError> {
        Self::load_whole(tree, Self::host(tree, begun)?)
    }

    /// Reads the tree's Kconfig files and runs those of its probes without which they cannot be read.
    ///
    /// [`Resolver::run`] runs the others where it needs them, and [`Resolver::finish`] ends this; all else has to have the
    /// tree loaded whole.
    pub(crate) fn load_patiently(tree: &KconfigTree<'_>, begun: Begun) -> Result<Self, ResolveError> {
        Self::load_by(tree, Self::host(tree, begun)?, kconfig_host::load_patiently)
    }

    /// What is left to do behind [`Resolver::load_patiently`] once everything is resolved: a resolver that has all
    /// answers, where this one's did not do.
    pub(crate) fn finish(self, tree: &KconfigTree<'_>) -> Result<Option<Self>, ResolveError> {
        if self.wanting.load(Ordering::Relaxed) {
            return Self::load_whole(tree, Arc::clone(&self.host)).map(Some);
        }
        end(tree, &self.host)?;
        Ok(None)
    }

    fn host(tree: &KconfigTree<'_>, begun: Begun) -> Result<Arc<HostTree>, ResolveError> {
        let Begun { makefile, programs, reading } = begun;
        let env = variables::of_conf(tree, &makefile?, &programs)?;
        let cache = tree.probes.cache(tree.env);
        Ok(Arc::new(HostTree::of(&reading, env, Stdin::Null, &cache, tree.cancel)))
    }

    fn load_whole(tree: &KconfigTree<'_>, host: Arc<HostTree>) -> Result<Self, ResolveError> {
        let mut resolver = Self::load_by(tree, host, kconfig_host::load)?;
        end(tree, &resolver.host)?;
        resolver.probes = resolver.host.probes();
        Ok(resolver)
    }

    fn load_by(
        tree: &KconfigTree<'_>,
        host: Arc<HostTree>,
        load: fn(&HostTree, &str) -> Result<Loaded, LoadError>,
    ) -> Result<Self, ResolveError> {
        let loaded = deep(|| load(&host, "Kconfig"))?.map_err(|error| match error {
            LoadError::Unreadable(what) => ResolveError::kconfig(tree.srctree, vec![what]),
            LoadError::Parse(failed) => ResolveError::kconfig(tree.srctree, lines(&failed.messages)),
        })?;
        if tree.cancel.requested() {
            return Err(ResolveError::Cancelled);
        }
        if loaded.messages.iter().any(|message| message.kind == MessageKind::Error) {
            end(tree, &host)?;
            return Err(ResolveError::kconfig(tree.srctree, lines(&loaded.messages)));
        }
        let arch = tree.toolchain.arch;
        let (src_arch, arch) = (arch.src_arch(), arch.kernel_name());
        let (srctree, probes, wanting) = (tree.srctree.clone(), Vec::new(), AtomicBool::new(false));
        Ok(Self { srctree, src_arch, arch, loaded, probes, host, wanting })
    }

    /// What the tree's Kconfig files mean.
    pub(crate) fn model(&self) -> &Model {
        &self.loaded.model
    }

    /// The tree's probes, in the order in which its files ask.
    pub(crate) fn probes(&self) -> &[ProbeRecord] {
        &self.probes
    }

    /// What `conf` says about the tree's files: warnings, and what probes wrote to standard error.
    pub(crate) fn messages(&self) -> Vec<String> {
        lines(&self.loaded.messages)
    }

    /// Values over the tree: what was read, filled in as the mode asks, and what reading had to say.
    ///
    /// To be called where the stack is [`deep`] enough.
    pub(crate) fn evaluator(&self, mode: Mode, file: &str, text: &[u8]) -> (Evaluator<'_>, Vec<u8>) {
        let mut evaluator = Evaluator::with_answers(self.model(), &*self.host);
        let reader = Reader { file, prefix: PREFIX, unknown: UnknownSymbols::Ignored };
        let warnings = reader.read(text, &mut evaluator);
        match mode {
            Mode::AllNo => modes::fill(&mut evaluator, Fill::No),
            Mode::AllDef => {}
            Mode::Answers => evaluator.settle(),
        }
        (evaluator, warnings)
    }

    /// The variables that the tree's files consulted, with their values, by first use.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.loaded.env_used
    }

    /// The source tree.
    pub(crate) fn srctree(&self) -> &AbsPath {
        &self.srctree
    }

    /// The names that the tree defines.
    pub(crate) fn names(&self) -> SymbolNames {
        let defined = self.model().symbols.iter().filter(|symbol| !symbol.menus.is_empty());
        let mut names = SymbolNames::default();
        for symbol in defined {
            let Ok(name) = Symbol::new(&symbol.name.to_string()) else { continue };
            if symbol.transitional {
                names.pass_on(name.clone());
            }
            names.extend([name]);
        }
        names
    }

    /// The symbols whose values are the machine's to say.
    pub(crate) fn probed(&self) -> HashSet<Symbol> {
        kconfig::model::probed(self.model(), self.variables())
    }

    /// Lines that give symbols the values that they have where nobody speaks of them, and the mode neither.
    pub(crate) fn defaults(
        &self,
        mode: Mode,
        text: &[u8],
        symbols: &[&Symbol],
    ) -> Result<String, ResolveError> {
        let resolved = deep(|| {
            let (mut evaluator, _) = self.evaluator(mode, "", text);
            for symbol in symbols {
                if let Some(id) = self.model().names.find(symbol.as_str().as_bytes()) {
                    evaluator.set_user(id, None);
                }
            }
            evaluator.forget();
            config(&mut evaluator, PREFIX)
        })?;
        let resolved = DotConfig::parse(&String::from_utf8_lossy(&resolved)).unwrap_or_default();
        let line = |symbol: &&Symbol| Some(format!("{}={}\n", symbol.config_name(), resolved.get(symbol)?));
        Ok(symbols.iter().filter_map(line).collect())
    }

    /// Lines that answer the questions of tristates which nobody names.
    pub(crate) fn auto_modules(
        &self,
        mode: Mode,
        text: &[u8],
        named: &[&Symbol],
        how: AutoModules,
    ) -> Result<String, ResolveError> {
        let model = self.model();
        let named = named.iter().filter_map(|symbol| model.names.find(symbol.as_str().as_bytes()));
        let named: HashSet<SymbolId> = named.collect();
        let answered = deep(|| {
            let (mut evaluator, _) = self.evaluator(mode, "", text);
            modes::auto_modules(&mut evaluator, &named, how)
        })?;
        let line = |id: SymbolId| format!("{PREFIX}{}={}\n", model.symbol(id).name, how.answer);
        Ok(answered.into_iter().map(line).collect())
    }

    /// What could be set and was not, with the default that it has: `CONFIG_X=n`.
    pub(crate) fn new_symbols(&self, mode: Mode, text: &[u8]) -> Result<Vec<String>, ResolveError> {
        let lines = deep(|| {
            let (mut evaluator, _) = self.evaluator(mode, "", text);
            modes::new_symbols(&mut evaluator, PREFIX)
        })?;
        Ok(String::from_utf8_lossy(&lines).lines().map(str::to_owned).collect())
    }

    /// Resolves; `file` is the text's name in warnings.
    pub(crate) fn run(&self, mode: Mode, file: &str, text: &[u8]) -> Result<Resolved, ResolveError> {
        let (text, warnings) = deep(|| {
            loop {
                let (mut evaluator, mut warnings) = self.evaluator(mode, file, text);
                let text = config(&mut evaluator, PREFIX);
                let said = evaluator.take_warnings();
                if evaluator.missing_answers() > 0 {
                    self.host.wait_for_answers();
                    continue;
                }
                // What is said of conditions is said in their own form.
                let patient = !self.model().deferred.is_empty();
                let wanting = patient && (!said.is_empty() || self.host.has_surprised());
                self.wanting.fetch_or(wanting, Ordering::Relaxed);
                warnings.extend(said);
                return (text, warnings);
            }
        })?;
        let text =
            String::from_utf8(text).map_err(|_| ResolveError::NotText { tree: self.srctree.clone() })?;
        Ok(Resolved { text, warnings: String::from_utf8_lossy(&warnings).into_owned() })
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        // So many pieces take a while to free, for which nobody has to wait.
        let loaded = Loaded::clone(&self.loaded);
        let _ = std::thread::Builder::new().spawn(move || drop(loaded));
    }
}

/// Runs what may nest deeply on a thread with a stack for it.
pub(crate) fn deep<T: Send>(run: impl FnOnce() -> T + Send) -> Result<T, ResolveError> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("resolve".to_owned()).stack_size(STACK);
        let thread = builder.spawn_scoped(scope, run).map_err(ResolveError::Thread)?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Keeps what was found for later runs.
fn end(tree: &KconfigTree<'_>, host: &HostTree) -> Result<(), ResolveError> {
    if tree.cancel.requested() {
        return Err(ResolveError::Cancelled);
    }
    host.finish().map_err(|stale| ResolveError::Stale { stale })
}

fn lines(messages: &[Message]) -> Vec<String> {
    let text: Vec<String> = messages.iter().map(|message| message.text.to_string()).collect();
    text.iter().flat_map(|text| text.lines()).map(str::to_owned).collect()
}
