//! The command line of the harness.

use std::ffi::OsString;
use std::num::NonZero;
use std::ops::Range;
use std::path::PathBuf;

use lexopt::prelude::*;

pub(super) const USAGE: &str = "\
usage: kconfig-diff --tree PATH [--tree PATH …] [OPTIONS]

Runs a tree's own conf and kconf on the same inputs and compares every byte.

  --tree PATH       a kernel source tree; may be given several times
  --arch A,B        of x86_64, aarch64, riscv64, arm; default x86_64
  --seeds A..B,C    one case of each kind for each seed; default 0..10
  --kinds K,L       of defconfig, all, rand, fuzz, empty, merge, small, ask, unusual; default all of them
  --jobs N          how many cases at once; default one for each core
  --share N         how many neighbours of kind fuzz damage the same configuration: quicker, for long runs; default 1
  --processes N     of so many cases, one goes through processes of its own; default 16
  --steps N         only the first steps of a case; default all of them
  --live            probes run, on both sides, in each run; no log
  --record          record the logs anew
  --folder PATH     where conf is built and differences are kept; default target/kconfig-diff
  --keep            keep the folders of all cases, not only of those that differ
";

/// What is to be compared.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) trees: Vec<PathBuf>,
    pub(super) arches: Vec<Arch>,
    pub(super) seeds: Vec<u64>,
    pub(super) kinds: Vec<Kind>,
    pub(super) jobs: usize,
    pub(super) share: u64,
    pub(super) processes: u64,
    pub(super) steps: usize,
    pub(super) live: bool,
    pub(super) record: bool,
    pub(super) folder: PathBuf,
    pub(super) keep: bool,
}

/// An architecture, by the name of its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arch {
    X86_64,
    Aarch64,
    Riscv64,
    Arm,
}

impl Arch {
    const ALL: [Self; 4] = [Self::X86_64, Self::Aarch64, Self::Riscv64, Self::Arm];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
            Self::Riscv64 => "riscv64",
            Self::Arm => "arm",
        }
    }

    /// `make ARCH=`.
    pub(super) fn make(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "arm64",
            Self::Riscv64 => "riscv",
            Self::Arm => "arm",
        }
    }

    /// `make CROSS_COMPILE=`: nothing where the compiler of this machine does.
    pub(super) fn cross(self) -> &'static str {
        match self {
            _ if self.name() == std::env::consts::ARCH => "",
            Self::X86_64 => "x86_64-linux-gnu-",
            Self::Aarch64 => "aarch64-linux-gnu-",
            Self::Riscv64 => "riscv64-linux-gnu-",
            Self::Arm => "arm-linux-gnueabi-",
        }
    }
}

/// Where inputs come from; the order is part of a case's seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Every defconfig of the tree.
    Defconfig,
    /// `all*config`.
    All,
    /// `randconfig`, over seeds and probabilities.
    Rand,
    /// A configuration, damaged.
    Fuzz,
    /// Lines at random, without a configuration to begin with.
    Empty,
    /// A fragment in `KCONFIG_ALLCONFIG`.
    Merge,
    /// A small tree at random.
    Small,
    /// Questions, and answers at random.
    Ask,
    /// Trees that are wrong in one way.
    Unusual,
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Self::Defconfig,
        Self::All,
        Self::Rand,
        Self::Fuzz,
        Self::Empty,
        Self::Merge,
        Self::Small,
        Self::Ask,
        Self::Unusual,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Defconfig => "defconfig",
            Self::All => "all",
            Self::Rand => "rand",
            Self::Fuzz => "fuzz",
            Self::Empty => "empty",
            Self::Merge => "merge",
            Self::Ask => "ask",
            Self::Small => "small",
            Self::Unusual => "unusual",
        }
    }
}

/// Reads the arguments; `None` asks for the usage.
pub(super) fn parse(args: Vec<OsString>) -> Result<Option<Options>, String> {
    let mut options = Options {
        trees: Vec::new(),
        arches: vec![Arch::X86_64],
        seeds: (0..10).collect(),
        kinds: Kind::ALL.to_vec(),
        jobs: std::thread::available_parallelism().map_or(1, NonZero::get),
        share: 1,
        processes: 16,
        steps: usize::MAX,
        live: false,
        record: false,
        folder: PathBuf::from("target/kconfig-diff"),
        keep: false,
    };
    let mut parser = lexopt::Parser::from_args(args);
    let mut read = || -> Result<bool, lexopt::Error> {
        while let Some(arg) = parser.next()? {
            match arg {
                Long("tree") => options.trees.push(parser.value()?.into()),
                Long("arch") => {
                    options.arches =
                        parser.value()?.parse_with(|list| named(list, &Arch::ALL, Arch::name))?;
                }
                Long("kinds") => {
                    options.kinds = parser.value()?.parse_with(|list| named(list, &Kind::ALL, Kind::name))?;
                }
                Long("seeds") => options.seeds = parser.value()?.parse_with(seeds)?,
                Long("jobs") => options.jobs = parser.value()?.parse::<NonZero<usize>>()?.get(),
                Long("share") => options.share = parser.value()?.parse::<NonZero<u64>>()?.get(),
                Long("processes") => options.processes = parser.value()?.parse::<NonZero<u64>>()?.get(),
                Long("steps") => options.steps = parser.value()?.parse::<NonZero<usize>>()?.get(),
                Long("live") => options.live = true,
                Long("record") => options.record = true,
                Long("folder") => options.folder = parser.value()?.into(),
                Long("keep") => options.keep = true,
                Long("help") | Short('h') => return Ok(false),
                other => return Err(other.unexpected()),
            }
        }
        Ok(true)
    };
    match read() {
        Ok(true) if options.trees.is_empty() => Err("expected `--tree PATH`".to_owned()),
        Ok(true) => Ok(Some(options)),
        Ok(false) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn named<T: Copy>(list: &str, all: &[T], name: fn(T) -> &'static str) -> Result<Vec<T>, String> {
    list.split(',')
        .map(|word| {
            let known = || all.iter().map(|one| name(*one)).collect::<Vec<_>>().join("`, `");
            let found = all.iter().copied().find(|one| name(*one) == word);
            found.ok_or_else(|| format!("`{word}`: expected `{}`", known()))
        })
        .collect()
}

fn seeds(text: &str) -> Result<Vec<u64>, String> {
    let wrong = || format!("`{text}`: expected `A..B`, `A`, or several with commas");
    let number = |word: &str| word.parse::<u64>().map_err(|_| wrong());
    let range = |word: &str| match word.split_once("..") {
        Some((first, end)) => Ok(number(first)?..number(end)?),
        None => Ok(number(word)?..number(word)? + 1),
    };
    let ranges: Vec<Range<u64>> = text.split(',').map(range).collect::<Result<_, String>>()?;
    Ok(ranges.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for() {
        let parse = |words: &str| parse(words.split(' ').map(OsString::from).collect());
        let options = parse("--tree a --tree b --arch arm,x86_64 --seeds 3..6,12 --kinds fuzz --jobs 2")
            .expect("options")
            .expect("no usage");
        assert_eq!((options.trees.len(), options.seeds, options.jobs), (2, vec![3, 4, 5, 12], 2));
        assert_eq!((options.arches, options.kinds), (vec![Arch::Arm, Arch::X86_64], vec![Kind::Fuzz]));
        let wrong = |words: &str| parse(words).expect_err("an error");
        assert_eq!(wrong("--seeds 1..2"), "expected `--tree PATH`");
        assert_eq!(
            wrong("--arch sparc"),
            "cannot parse argument \"sparc\": `sparc`: expected `x86_64`, `aarch64`, `riscv64`, `arm`"
        );
        assert_eq!(
            wrong("--seeds 7,x"),
            "cannot parse argument \"7,x\": `7,x`: expected `A..B`, `A`, or several with commas"
        );
    }
}
