//! What programs say of themselves, asked once for each state that they and what is behind them are in.
//!
//! Questions are shell commands and are kept as probes are; one that cannot be kept is asked each time.

use kconfig::tree::ShellAnswer;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::Stdin;

use crate::probes::{ProbeCache, Probes};

/// The programs of an environment.
pub struct Programs(Probes);

impl Programs {
    /// Programs that are asked in the environment's directory.
    #[must_use]
    pub fn new(env: Env, cache: &ProbeCache, cancel: &Cancel) -> Self {
        // No tree lies there: they are asked for any tree.
        let tree = match cache {
            ProbeCache::Off => env.current_dir().clone(),
            ProbeCache::Use(cache) | ProbeCache::Verify(cache) => cache.join("programs"),
        };
        Self(Probes::new(&tree, env, Stdin::Null, cancel.clone(), cache))
    }

    /// Has a command asked in the background, since its answer will be wanted.
    pub fn foresee(&self, words: &[&str]) {
        self.0.foresee(joined(words));
    }

    /// What a command answers; `None` where its words mean more to a shell than they say.
    pub fn ask(&self, words: &[&str]) -> Option<ShellAnswer> {
        Some(self.0.answer(&joined(words)?))
    }
}

/// Words as a shell would be given them.
fn joined(words: &[&str]) -> Option<Vec<u8>> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+-./:=_".contains(c);
    let plain = words.iter().all(|word| !word.is_empty() && word.chars().all(is_plain));
    plain.then(|| words.join(" ").into_bytes())
}

impl Drop for Programs {
    fn drop(&mut self) {
        // Nothing is compared, so nothing can be wrong.
        let _ = self.0.finish();
    }
}
