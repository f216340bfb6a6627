//! A source tree that no manifest speaks of: what `--tree`, `--arch` and `--config` name.
//!
//! Nothing is fetched or written; probes run in a temporary folder.

use kconfig::{DotConfig, Request, fragment};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_spec::Arch;

use crate::configuration::{Configuration, Seed};
use crate::configure::ConfigureError;
use crate::error::BuildError;
use crate::options::Probes;
use crate::resolve::{Begun, KconfigTree, Mode, Resolved, Resolver};
use crate::source::{SourceError, tree_version};
use crate::toolchain::{Minima, Toolchain};

/// A source tree, and the architecture that is meant.
#[derive(Clone, Debug)]
pub struct PlainTree {
    /// The tree.
    pub tree: AbsPath,
    /// The architecture.
    pub arch: Arch,
}

/// What is resolved in it.
#[derive(Clone, Debug)]
pub enum PlainConfig {
    /// A `.config`, a defconfig or a fragment: what it does not name is as the tree has it.
    File {
        /// Where it is.
        path: AbsPath,
        /// How it is shown.
        shown: String,
    },
    /// What a config target of make writes: `tinyconfig`, `defconfig`, `NAME_defconfig`.
    Base(String),
}

/// What a configuration resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainResolved {
    /// What people call it.
    pub name: String,
    /// The `.config`.
    pub text: String,
    /// What `conf` would say on standard error.
    pub warnings: String,
}

impl PlainTree {
    pub(crate) fn resolver(
        &self,
        probes: Probes,
        env: &Env,
        cancel: &Cancel,
    ) -> Result<Resolver, BuildError> {
        self.open(probes, env, cancel, |tree, begun| Ok(Resolver::load_begun(tree, begun)?))
    }

    /// What a configuration resolves to. Of the tree's probes only those run whose answers matter to it.
    pub(crate) fn resolve(
        &self,
        config: &PlainConfig,
        probes: Probes,
        env: &Env,
        cancel: &Cancel,
    ) -> Result<PlainResolved, BuildError> {
        self.open(probes, env, cancel, |tree, begun| {
            let resolver = Resolver::load_patiently(tree, begun)?;
            let mut found = config.run(&resolver)?;
            if let Some(whole) = resolver.finish(tree)? {
                found = config.run(&whole)?;
            }
            let Found { name, resolved, .. } = found;
            Ok(PlainResolved { name, text: resolved.text, warnings: resolved.warnings })
        })
    }

    fn open<T>(
        &self,
        probes: Probes,
        env: &Env,
        cancel: &Cancel,
        load: impl FnOnce(&KconfigTree<'_>, Begun) -> Result<T, ConfigureError>,
    ) -> Result<T, BuildError> {
        if !fs::is_dir(&self.tree) {
            return Err(SourceError::NoTree { tree: self.tree.clone() }.into());
        }
        let version = tree_version(&self.tree)?;
        let temporary = env.current_dir().join(env.get_filled("TMPDIR").unwrap_or("/tmp"));
        let scratch = fs::temp_dir_in(&temporary, "probes-")?;
        let begun = Begun::new(&self.tree, scratch.path(), self.arch, probes, (env, cancel));
        let toolchain = Toolchain::recall(self.arch, None, (env, cancel), probes)?;
        let changes = self.tree.join("Documentation/process/changes.rst");
        toolchain.check(&Minima::parse(&fs::read_to_string(&changes).unwrap_or_default()))?;
        let tree = KconfigTree {
            srctree: &self.tree,
            kernelversion: &version.kernelversion,
            toolchain: &toolchain,
            directory: scratch.path(),
            probes,
            env,
            cancel,
        };
        Ok(load(&tree, begun)?)
    }
}

impl PlainConfig {
    /// Resolves it.
    ///
    /// # Errors
    /// Where the file is not one, or the tree has no such base.
    pub fn resolve(&self, resolver: Resolver) -> Result<Configuration, BuildError> {
        Ok(self.resolve_in(resolver)?)
    }

    fn resolve_in(&self, resolver: Resolver) -> Result<Configuration, ConfigureError> {
        let Found { name, seed, resolved, requests } = self.run(&resolver)?;
        let merged = kconfig::merge(&DotConfig::default(), requests);
        Ok(Configuration::new(name, resolver, seed, resolved, merged, Vec::new()))
    }

    fn run(&self, resolver: &Resolver) -> Result<Found, ConfigureError> {
        let (name, text, requests) = match self {
            Self::File { path, shown } => {
                let text = fs::read_to_string(path)?;
                let lines = fragment::parse(&text).map_err(|errors| ConfigureError::Unreadable {
                    path: path.clone(),
                    first: errors
                        .first()
                        .map(|error| format!("line {}: {error}", error.line))
                        .unwrap_or_default(),
                })?;
                let request = |line| Request::from_assignment(line, shown);
                (shown.clone(), text, lines.into_iter().map(request).collect::<Vec<_>>())
            }
            Self::Base(name) => (name.clone(), resolver.base(name)?.text, Vec::new()),
        };
        let seed = Seed { mode: Mode::Answers, file: name.clone(), text: text.into_bytes() };
        let resolved = resolver.run(seed.mode, &seed.file, &seed.text)?;
        Ok(Found { name, seed, resolved, requests })
    }
}

/// What resolving has found.
struct Found {
    name: String,
    seed: Seed,
    resolved: Resolved,
    requests: Vec<Request>,
}
