//! Why the engine cannot resolve.

use kconfig_host::ProbeMismatch;
use kernel_host::AbsPath;
use kernel_host::fs::FsError;
use kernel_host::process::ProcessError;

/// Why the engine cannot resolve.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The tree's Kconfig files are not Kconfig, or ask for what this machine does not have.
    #[error("the Kconfig files of {tree} cannot be used{}", .said.iter().map(|line| format!("\n  {line}")).collect::<String>())]
    Kconfig {
        /// The tree.
        tree: AbsPath,
        /// What `conf` would have said, each with its file and line.
        said: Vec<String>,
    },
    /// The `.config` would not be text.
    #[error("the Kconfig files of {tree} make a `.config` that is not UTF-8")]
    NotText {
        /// The tree.
        tree: AbsPath,
    },
    /// A base that the tree does not have.
    #[error("there is no `{name}` in {folder}")]
    NoBase {
        /// `x86_64_defconfig`.
        name: String,
        /// Where the tree has them.
        folder: AbsPath,
        /// What there is.
        known: Vec<String>,
    },
    /// A target whose recipe is another than the known ones.
    #[error("{makefile} makes `{target}` in a way that is not known")]
    Recipe {
        /// The target.
        target: String,
        /// Where its recipe stands.
        makefile: AbsPath,
    },
    /// Kept answers of probes do not hold.
    #[error("the probe cache has {} that the probes do not give now{}", count(.stale.len()), .stale.iter().map(|one| format!("\n  {one}")).collect::<String>())]
    Stale {
        /// Which.
        stale: Vec<ProbeMismatch>,
    },
    /// Somebody asked to stop.
    #[error("interrupted")]
    Cancelled,
    /// A thread could not be started.
    #[error("a thread with a stack for deep expressions cannot be started: {0}")]
    Thread(std::io::Error),
    /// A program that tells its version could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl ResolveError {
    pub(super) fn kconfig(tree: &AbsPath, said: Vec<String>) -> Self {
        Self::Kconfig { tree: tree.clone(), said }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoBase { name, known, .. } => {
                let nearest = known.iter().min_by_key(|known| strsim::osa_distance(name, known))?;
                Some(if strsim::osa_distance(name, nearest) <= 3 {
                    format!("did you mean `{nearest}`?")
                } else {
                    format!("there is `{}`", known.join("`, `"))
                })
            }
            Self::Stale { .. } => {
                Some("report what changed behind them; `--no-probe-cache` goes on without the cache".into())
            }
            Self::Recipe { .. } => Some("`--kconfig=tree` has make follow it".into()),
            _ => None,
        }
    }
}

fn count(answers: usize) -> String {
    if answers == 1 { "1 answer".to_owned() } else { format!("{answers} answers") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kconfig::tree::ShellAnswer;

    fn check(error: &ResolveError) -> String {
        let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        format!("error: {error}{hint}")
    }

    #[test]
    fn as_a_person_reads_them() {
        let tree = AbsPath::new("/linux").unwrap();
        let no_base = |name: &str, known: &[&str]| ResolveError::NoBase {
            name: name.to_owned(),
            folder: tree.join("arch/x86/configs"),
            known: known.iter().map(ToString::to_string).collect(),
        };
        let answer = |text: &str| ShellAnswer { stdout: text.as_bytes().to_vec(), ..ShellAnswer::default() };
        let stale =
            ProbeMismatch { command: b"ld -v".to_vec(), ran: answer("2.41\n"), kept: answer("2.40\n") };
        let shown = [
            ResolveError::kconfig(&tree, vec!["Kconfig:3: syntax error".into(), "arch/Kconfig:1: no".into()]),
            no_base("x86-64_defconfig", &["i386_defconfig", "x86_64_defconfig"]),
            no_base("virt_defconfig", &["defconfig"]),
            ResolveError::Recipe {
                target: "tinyconfig".into(),
                makefile: tree.join("scripts/kconfig/Makefile"),
            },
            ResolveError::Stale { stale: vec![stale] },
        ];
        insta::assert_snapshot!(shown.iter().map(check).collect::<Vec<_>>().join("\n\n"), @r"
        error: the Kconfig files of /linux cannot be used
          Kconfig:3: syntax error
          arch/Kconfig:1: no

        error: there is no `x86-64_defconfig` in /linux/arch/x86/configs
        hint: did you mean `x86_64_defconfig`?

        error: there is no `virt_defconfig` in /linux/arch/x86/configs
        hint: there is `defconfig`

        error: /linux/scripts/kconfig/Makefile makes `tinyconfig` in a way that is not known
        hint: `--kconfig=tree` has make follow it

        error: the probe cache has 1 answer that the probes do not give now
          the probe `ld -v` answered `2.41`, but `2.40` was kept
        hint: report what changed behind them; `--no-probe-cache` goes on without the cache
        ");
    }
}
