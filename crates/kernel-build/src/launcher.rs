//! A cache, a launcher for other machines, or flags in front of the compilers, and make knows nothing of it.
//!
//! ```text
//! <work>/launcher/gcc      #!/bin/sh: exec ccache /usr/bin/gcc -fdebug-prefix-map=… "$@"; first on make's PATH
//! <work>/launcher/log      ccache's own log of hits and misses of this run
//! ```
//!
//! kbuild compares whole command lines: with `CC="ccache gcc"` every object would be compiled anew whenever the cache
//! comes or goes, and Kconfig would see another compiler. Behind a program of the compiler's own name on `PATH`, nothing
//! that is compared changes, and no key holds it.
//!
//! | set | so that |
//! |---|---|
//! | `CCACHE_BASEDIR` | the paths of a tree inside the workspace are relative, and another checkout hits |
//! | `CCACHE_NOHASHDIR` | the object tree's path does not part what is the same |
//! | `CCACHE_SLOPPINESS` | headers that kbuild generated a moment ago count as every other |
//! | `CCACHE_PREFIX` | a launcher runs what ccache does not have |
//! | `SCCACHE_DIRECT=false` | a hit also gives back kbuild's `.d` files, which the preprocessor-cache mode may lose |
//!
//! What the user has set of these is left as it is.
//!
//! Where a kernel has debugging information, the places of its source tree and of its object tree are kept out of it by a
//! flag: what is made does not depend on where it is made, and a workspace that is moved compiles nothing. GCC heeds it for
//! assembler too; clang 14 does not for `.S` files, whose places stay.
//!
//! Deliberately absent: the contents and limits of a cache; those are its own settings.

use std::collections::BTreeMap;
use std::fmt;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_host::process::{Command, ProcessError};
use kernel_spec::CompilerCache;

use crate::options::Timings;
use crate::toolchain::Toolchain;

/// What a person asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) cache: Option<CompilerCache>,
    /// `compiler-launcher`: a program, and words before the compiler's.
    pub(crate) launcher: Option<String>,
}

/// The places of a build.
pub(crate) struct Places<'a> {
    /// The kernel's work directory.
    pub(crate) work: &'a AbsPath,
    /// The workspace's root.
    pub(crate) base: &'a AbsPath,
    /// Whether each call's times are noted.
    pub(crate) timings: Timings,
    /// Trees whose places must not be in debugging information; of two that begin alike, the longer last.
    pub(crate) unnamed: Vec<&'a AbsPath>,
}

/// Why what was asked for cannot stand in front of a compiler.
#[derive(Debug, thiserror::Error)]
pub enum LauncherError {
    /// It is not there.
    #[error("cannot find `{program}`, which `{key}` asks for")]
    Missing {
        /// Its name.
        program: String,
        /// The key.
        key: &'static str,
    },
    /// A compiler that no other program of its name can stand in front of.
    #[error("`{compiler}` is a path, and no `{key}` can stand in front of it")]
    Path {
        /// The compiler, as it is called.
        compiler: String,
        /// The key.
        key: &'static str,
    },
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// The cache did not answer.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

impl LauncherError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { program, key: "compiler-cache" } => Some(format!(
                "install it, or write `compiler-cache = \"auto\"`: then it may be missing (`{program}`)"
            )),
            Self::Missing { .. } | Self::Fs(_) | Self::Process(_) => None,
            Self::Path { .. } => {
                Some("put the compiler's folder on `PATH`, and call the compiler by its name".into())
            }
        }
    }
}

/// What stands in front of the compilers of one build.
pub(crate) struct Launcher {
    kind: Kind,
    /// The program's name, for people.
    name: String,
    folder: AbsPath,
    variables: Vec<(&'static str, String)>,
}

/// Who counts hits, and how.
enum Kind {
    /// ccache, in its log.
    Ccache,
    /// sccache: what its server had counted before.
    Sccache { program: AbsPath, before: Counts },
    /// A launcher counts nothing.
    Plain,
}

/// Hits and misses: of C, and of assembler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// C files whose objects were there.
    pub c_hits: u64,
    /// C files that were compiled.
    pub c_misses: u64,
    /// Assembler files whose objects were there.
    pub assembler_hits: u64,
    /// Assembler files that were assembled.
    pub assembler_misses: u64,
}

/// What a cache did for one build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheReport {
    /// The cache's name.
    pub cache: String,
    /// What it counted.
    pub counts: Counts,
}

impl fmt::Display for CacheReport {
    /// `ccache: 840 of 900 C files, 31 of 31 assembler files`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { c_hits, c_misses, assembler_hits, assembler_misses } = self.counts;
        write!(f, "{}: {c_hits} of {} C files, ", self.cache, c_hits + c_misses)?;
        write!(f, "{assembler_hits} of {} assembler files", assembler_hits + assembler_misses)
    }
}

impl Launcher {
    /// Puts what was asked for in front of a toolchain's compilers; `None` where that is nothing.
    ///
    /// # Errors
    /// [`LauncherError`]; under `auto`, what cannot be had is left out.
    pub(crate) fn prepare(
        wanted: &Wanted,
        toolchain: &Toolchain,
        places: &Places<'_>,
        env: &Env,
        cancel: &Cancel,
    ) -> Result<Option<Self>, LauncherError> {
        let folder = places.work.join("launcher");
        fs::remove_dir_all(&folder)?;
        let cache = match wanted.cache.unwrap_or(CompilerCache::None) {
            CompilerCache::None => None,
            CompilerCache::Auto => {
                ["ccache", "sccache"].into_iter().find_map(|name| Some((name, env.find_program(name)?)))
            }
            CompilerCache::Ccache => Some(("ccache", found("ccache", "compiler-cache", env)?)),
            CompilerCache::Sccache => Some(("sccache", found("sccache", "compiler-cache", env)?)),
        };
        let (key, words) = match (&cache, &wanted.launcher) {
            (Some((_, program)), _) => (Some("compiler-cache"), vec![program.to_string()]),
            (None, Some(launcher)) => (Some("compiler-launcher"), launcher_words(launcher, env)?),
            (None, None) if places.unnamed.is_empty() && places.timings == Timings::No => return Ok(None),
            (None, None) => (None, Vec::new()),
        };
        let flags: Vec<String> =
            places.unnamed.iter().map(|tree| format!("-fdebug-prefix-map={tree}=.")).collect();
        for compiler in toolchain.compilers() {
            if compiler.contains('/') {
                let Some(key) = key.filter(|_| wanted.cache != Some(CompilerCache::Auto)) else {
                    return Ok(None);
                };
                return Err(LauncherError::Path { compiler: compiler.to_owned(), key });
            }
            let Some(real) = env.find_program(compiler) else { continue };
            // A distribution's folder of links to ccache may come first on PATH already.
            let is_cache = fs::canonicalize(&real)
                .is_ok_and(|real| matches!(real.file_name(), Some("ccache" | "sccache")));
            if is_cache && flags.is_empty() && places.timings == Timings::No {
                return Ok(None);
            }
            let before = if is_cache { &[] } else { &words[..] };
            let real = [real.to_string()];
            let command: Vec<String> =
                before.iter().chain(&real).chain(&flags).map(|word| quoted(word)).collect();
            fs::create_dir_all(&folder)?;
            let script = folder.join(compiler);
            let command = command.join(" ");
            let text = match places.timings {
                Timings::No => format!("#!/bin/sh\nexec {command} \"$@\"\n"),
                Timings::Page => noting(&command, &folder.join(TIMES)),
            };
            fs::write_atomic(&script, text.as_bytes())?;
            fs::set_executable(&script)?;
        }
        let mut variables = Vec::new();
        let kind = match &cache {
            Some(("ccache", _)) => {
                variables.extend([
                    ("CCACHE_BASEDIR", places.base.to_string()),
                    ("CCACHE_NOHASHDIR", "true".to_owned()),
                    ("CCACHE_SLOPPINESS", "include_file_mtime,include_file_ctime".to_owned()),
                    ("CCACHE_STATSLOG", folder.join("log").to_string()),
                ]);
                if let Some(launcher) = &wanted.launcher {
                    variables.push(("CCACHE_PREFIX", launcher.clone()));
                }
                Kind::Ccache
            }
            Some((_, program)) => {
                variables.push(("SCCACHE_DIRECT", "false".to_owned()));
                Kind::Sccache { before: sccache_counts(program, env, cancel)?, program: program.clone() }
            }
            None => Kind::Plain,
        };
        variables.retain(|(name, _)| env.get(name).is_none());
        let name = match &cache {
            Some((name, _)) => (*name).to_owned(),
            None => wanted.launcher.clone().unwrap_or_default(),
        };
        Ok(Some(Self { kind, name, folder, variables }))
    }

    /// The program's name, for people; empty where none was asked for.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Gives a command its place on `PATH`, and its settings.
    pub(crate) fn configure(&self, command: &mut Command, env: &Env) {
        let mut path = self.folder.as_path().as_os_str().to_owned();
        if let Some(rest) = env.get("PATH").filter(|rest| !rest.is_empty()) {
            path.push(":");
            path.push(rest);
        }
        command.env("PATH", path);
        for (name, value) in &self.variables {
            command.env(name, value);
        }
    }

    /// What it counted since it was prepared; `None` where it does not count, or does not say.
    pub(crate) fn report(&self, env: &Env, cancel: &Cancel) -> Option<CacheReport> {
        let counts = match &self.kind {
            Kind::Ccache => {
                // The user's own log is the user's.
                let log = self.variables.iter().find(|(name, _)| *name == "CCACHE_STATSLOG")?;
                ccache_counts(&fs::read_to_string(&AbsPath::new(&log.1).ok()?).unwrap_or_default())
            }
            Kind::Sccache { program, before } => sccache_counts(program, env, cancel).ok()?.since(*before),
            Kind::Plain => return None,
        };
        Some(CacheReport { cache: self.name.clone(), counts })
    }
}

impl Counts {
    fn since(self, before: Self) -> Self {
        Self {
            c_hits: self.c_hits.saturating_sub(before.c_hits),
            c_misses: self.c_misses.saturating_sub(before.c_misses),
            assembler_hits: self.assembler_hits.saturating_sub(before.assembler_hits),
            assembler_misses: self.assembler_misses.saturating_sub(before.assembler_misses),
        }
    }
}

fn found(program: &str, key: &'static str, env: &Env) -> Result<AbsPath, LauncherError> {
    env.find_program(program).ok_or_else(|| LauncherError::Missing { program: program.to_owned(), key })
}

fn launcher_words(launcher: &str, env: &Env) -> Result<Vec<String>, LauncherError> {
    let mut words: Vec<String> = launcher.split_ascii_whitespace().map(str::to_owned).collect();
    if let Some(program) = words.first_mut() {
        *program = found(program, "compiler-launcher", env)?.to_string();
    }
    Ok(words)
}

/// Where the times of a build's calls are noted, in the launcher's folder.
pub(crate) const TIMES: &str = "times";

/// A script that runs a command and notes when it began and ended, and what it made.
fn noting(command: &str, log: &AbsPath) -> String {
    let log = quoted(&log.to_string());
    format!(
        "#!/bin/sh\nmade= last=\nfor word; do [ \"$last\" = -o ] && made=$word; last=$word; done\n\
         [ -n \"$made\" ] || exec {command} \"$@\"\n\
         start=$(date +%s.%N)\n{command} \"$@\"\nstatus=$?\n\
         echo \"$start $(date +%s.%N) $made\" >> {log}\nexit $status\n"
    )
}

/// A word of a shell script.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// What a log of ccache says (its manual, `stats_log`): `# FILE` for each call, then what happened to it, a word a line.
fn ccache_counts(log: &str) -> Counts {
    let mut counts = Counts::default();
    let mut assembler = false;
    for line in log.lines() {
        match line {
            "direct_cache_hit" | "preprocessed_cache_hit" if assembler => counts.assembler_hits += 1,
            "direct_cache_hit" | "preprocessed_cache_hit" => counts.c_hits += 1,
            "cache_miss" if assembler => counts.assembler_misses += 1,
            "cache_miss" => counts.c_misses += 1,
            _ => {
                if let Some(file) = line.strip_prefix("# ") {
                    assembler = file.ends_with(".S") || file.ends_with(".s");
                }
            }
        }
    }
    counts
}

/// What sccache's server has counted: `stats.cache_hits.counts` and `stats.cache_misses.counts`, by language.
fn sccache_counts(program: &AbsPath, env: &Env, cancel: &Cancel) -> Result<Counts, ProcessError> {
    let mut command = Command::new(program);
    command.args(["--show-stats", "--stats-format", "json"]).current_dir(env.current_dir());
    Ok(parse_sccache(&command.output(cancel)?.stdout))
}

fn parse_sccache(text: &str) -> Counts {
    #[derive(serde::Deserialize)]
    struct Whole {
        stats: Stats,
    }
    #[derive(serde::Deserialize)]
    struct Stats {
        cache_hits: Languages,
        cache_misses: Languages,
    }
    #[derive(serde::Deserialize)]
    struct Languages {
        counts: BTreeMap<String, u64>,
    }
    let Ok(Whole { stats }) = serde_json::from_str(text) else { return Counts::default() };
    let sum = |languages: &Languages, wanted: &dyn Fn(&str) -> bool| {
        languages.counts.iter().filter(|(name, _)| wanted(name)).map(|(_, count)| count).sum()
    };
    let is_assembler = |name: &str| name.to_ascii_lowercase().contains("assembler");
    let is_c = |name: &str| name == "C/C++" || name == "C";
    Counts {
        c_hits: sum(&stats.cache_hits, &is_c),
        c_misses: sum(&stats.cache_misses, &is_c),
        assembler_hits: sum(&stats.cache_hits, &is_assembler),
        assembler_misses: sum(&stats.cache_misses, &is_assembler),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccaches_log_is_counted_by_language() {
        let log = "# init/main.c\ncache_miss\ndirect_cache_miss\npreprocessed_cache_miss\n# a.c\ncalled_for_preprocessing\n\
                   # arch/x86/entry.S\ndirect_cache_hit\nlocal_storage_hit\n# b.c\npreprocessed_cache_hit\n";
        let expect = Counts { c_hits: 1, c_misses: 1, assembler_hits: 1, assembler_misses: 0 };
        assert_eq!(ccache_counts(log), expect);
        assert_eq!(ccache_counts(""), Counts::default());
    }

    #[test]
    fn sccaches_counts_are_those_of_c_and_assembler() {
        let text = r#"{"stats": {"compile_requests": 9,
            "cache_hits": {"counts": {"C/C++": 3, "Rust": 5, "Assembler": 2}, "adv_counts": {}},
            "cache_misses": {"counts": {"C/C++": 4}, "adv_counts": {}}}, "version": "0.8.1"}"#;
        let expect = Counts { c_hits: 3, c_misses: 4, assembler_hits: 2, assembler_misses: 0 };
        assert_eq!(parse_sccache(text), expect);
        assert_eq!(expect.since(Counts { c_hits: 1, c_misses: 9, ..Counts::default() }).c_misses, 0);
    }

    #[test]
    fn a_report_in_words() {
        let counts = Counts { c_hits: 840, c_misses: 60, assembler_hits: 31, assembler_misses: 0 };
        let report = CacheReport { cache: "ccache".into(), counts };
        assert_eq!(report.to_string(), "ccache: 840 of 900 C files, 31 of 31 assembler files");
    }

    #[test]
    fn a_word_of_a_script() {
        assert_eq!(quoted("/a b/it's"), r"'/a b/it'\''s'");
    }
}
