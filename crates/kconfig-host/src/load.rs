//! From a tree on disk to its model.

use kconfig::model::{self, Model, Rules};
use kconfig::syntax::{self, Dialect, Message, ParseFailed};

use crate::tree::HostTree;

/// What a tree means, and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the Kconfig files mean.
    pub model: Model,
    /// What `conf` prints about them, in its order.
    pub messages: Vec<Message>,
    /// The environment variables that were consulted, with their value, by first use.
    pub env_used: Vec<(String, String)>,
}

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

/// Parses a tree from its outermost Kconfig file, builds its model, and checks it.
///
/// Errors about the model (dependencies that go round in circles) are among the messages.
///
/// # Errors
/// [`LoadError`] where there is no model to speak of.
pub fn load(tree: &HostTree, kconfig: &str) -> Result<Loaded, LoadError> {
    let dialect = Dialect::of(tree).map_err(LoadError::Unreadable)?;
    let rules = Rules::of(tree).map_err(LoadError::Unreadable)?;
    tree.look_ahead(kconfig, dialect);
    let ast = syntax::parse(tree, kconfig, dialect)?;
    let mut model = model::build(&ast, rules);
    model::check(&mut model);
    model::cycles(&mut model);
    let mut messages = ast.messages;
    messages.extend_from_slice(&model.messages);
    // So many pieces take a while to free, for which nobody has to wait.
    rayon::spawn(move || drop(ast.root));
    Ok(Loaded { model, messages, env_used: ast.env_used })
}
