//! From a tree on disk to its model.

use std::sync::Arc;

use kconfig::model::{self, ChoiceRules, Rules};
use kconfig::snapshot::Parsed;
use kconfig::syntax::{self, Dialect, ParseFailed};
use kconfig::tree::Tree;

use crate::recorder::{Patience, Recorder};
use crate::tree::HostTree;

/// What a tree means, and what there is to say about it; shared with who keeps it for later runs.
pub type Loaded = Arc<Parsed>;

/// Why a tree has no model.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// A file that tells the tree's dialect cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The files are not Kconfig.
    #[error(transparent)]
    Parse(#[from] ParseFailed),
}

/// Parses a tree from its outermost Kconfig file, builds its model, and checks it; or takes what an earlier run found,
/// where that run would find the same now.
///
/// Errors about the model (dependencies that go round in circles) are among the messages.
///
/// # Errors
/// [`LoadError`] where there is no model to speak of.
pub fn load(tree: &HostTree, kconfig: &str) -> Result<Loaded, LoadError> {
    let dialect = Dialect::of(tree).map_err(LoadError::Unreadable)?;
    let rules = Rules::of(tree).map_err(LoadError::Unreadable)?;
    Ok(load_as(tree, kconfig, dialect, rules)?)
}

/// The same for a tree whose dialect and rules are known.
///
/// # Errors
/// The files are not Kconfig.
pub fn load_as(
    tree: &HostTree,
    kconfig: &str,
    dialect: Dialect,
    rules: Rules,
) -> Result<Loaded, ParseFailed> {
    match recalled(tree, kconfig, (dialect, rules), Patience::All) {
        Some(parsed) => Ok(parsed),
        None => parsed(tree, kconfig, (dialect, rules), Patience::All),
    }
}

/// The same, save that probes are put off whose answers may turn out not to matter: values ask for those that do
/// ([`HostTree`] has the [`Answers`](kconfig::eval::Answers), and [`HostTree::wait_for_answers`] waits for them).
///
/// What such a model resolves to is right; how its conditions are written is not. Where there is anything to say about
/// the tree, and of a tree whose choices are symbols, all is asked, and [`Model::deferred`](model::Model::deferred) is
/// empty.
///
/// # Errors
/// As [`load`].
pub fn load_patiently(tree: &HostTree, kconfig: &str) -> Result<Loaded, LoadError> {
    let dialect = Dialect::of(tree).map_err(LoadError::Unreadable)?;
    let rules = Rules::of(tree).map_err(LoadError::Unreadable)?;
    let kind = (dialect, rules);
    if let Some(parsed) = recalled(tree, kconfig, kind, Patience::All) {
        return Ok(parsed);
    }
    if rules.choice == ChoiceRules::List && !tree.verifies() {
        if let Some(parsed) = recalled(tree, kconfig, kind, Patience::Unavoidable) {
            return Ok(parsed);
        }
        match parsed(tree, kconfig, kind, Patience::Unavoidable) {
            Ok(parsed) if parsed.messages.is_empty() => return Ok(parsed),
            _ => {}
        }
    }
    Ok(parsed(tree, kconfig, kind, Patience::All)?)
}

/// What an earlier run found, where it would find the same now.
fn recalled(tree: &HostTree, kconfig: &str, kind: (Dialect, Rules), patience: Patience) -> Option<Loaded> {
    let file = tree.snapshot(kconfig, kind, patience)?;
    tree.restore(&file).map(Arc::new)
}

fn parsed(
    tree: &HostTree,
    kconfig: &str,
    (dialect, rules): (Dialect, Rules),
    patience: Patience,
) -> Result<Loaded, ParseFailed> {
    tree.look_ahead(kconfig, dialect, patience);
    let recorder = Recorder::new(tree, patience);
    let parsed = Arc::new(load_from(&recorder, kconfig, dialect, rules)?);
    if let Some(file) = tree.snapshot(kconfig, (dialect, rules), patience) {
        tree.keep(file, recorder.into_answers(), &parsed);
    }
    Ok(parsed)
}

/// Parses any tree, builds its model, and checks it.
///
/// # Errors
/// The files are not Kconfig.
pub fn load_from(
    tree: &dyn Tree,
    kconfig: &str,
    dialect: Dialect,
    rules: Rules,
) -> Result<Parsed, ParseFailed> {
    let mut ast = syntax::parse(tree, kconfig, dialect)?;
    let mut model = model::build(&ast, rules);
    model::check(&mut model);
    model::cycles(&mut model);
    let (mut messages, env_used) = (std::mem::take(&mut ast.messages), std::mem::take(&mut ast.env_used));
    messages.extend_from_slice(&model.messages);
    // So many pieces take a while to free, for which nobody has to wait.
    rayon::spawn(move || drop(ast));
    Ok(Parsed { model, messages, env_used })
}
