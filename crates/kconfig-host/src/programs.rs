//! What programs say of themselves, asked once for each state that they and what is behind them are in.
//!
//! Questions are shell commands and are kept as probes are; one that cannot be kept is asked each time.

use kconfig::tree::ShellAnswer;
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::Stdin;

use crate::probes::{ProbeCache, Probes};

/// The programs of an environment.
pub struct Programs(Probes);

impl Programs {
    /// Programs that are asked in the environment's directory; what they say is kept in a cache directory.
    #[must_use]
    pub fn new(env: Env, cache: AbsPath, cancel: &Cancel) -> Self {
        // No tree lies there: they are asked for any tree.
        let tree = cache.join("programs");
        Self(Probes::new(&tree, env, Stdin::Null, cancel.clone(), &ProbeCache::Use(cache)))
    }

    /// What a command answers; `None` where its words mean more to a shell than they say.
    pub fn ask(&self, words: &[&str]) -> Option<ShellAnswer> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "+-./:=_".contains(c);
        let plain = words.iter().all(|word| !word.is_empty() && word.chars().all(is_plain));
        plain.then(|| self.0.answer(words.join(" ").as_bytes()))
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        // Nothing is compared, so nothing can be wrong.
        let _ = self.0.finish();
    }
}
