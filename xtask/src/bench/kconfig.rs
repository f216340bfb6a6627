//! `cargo xtask bench kconfig`: the engine against the tree's own `conf`, as people start it.
//!
//! | ours | the peer | what both do |
//! |---|---|---|
//! | `kconf --probe-cache`, warm | `make olddefconfig`, `conf` built | resolve a full `.config` |
//! | `kconf`, every probe run | the same | the same |
//! | `kconf --probe-cache`, empty folder and cache | `make O=<empty> x86_64_defconfig` | from nothing to a `.config` |
//! | `kconf merge -m`, then `kconf --probe-cache` | `merge_config.sh` | three fragments on a full base |
//!
//! The engine gets the environment that make gives to `conf`, found by letting make start `env` in its place. Each pair
//! must give the same `.config`, else there is nothing to compare.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{Cost, cost, median};
use crate::chores::succeed;
use crate::{launcher, metadata};

/// The fragments that are merged, below the tree.
const FRAGMENTS: [&str; 3] =
    ["kernel/configs/kvm_guest.config", "kernel/configs/hardening.config", "kernel/configs/x86_debug.config"];

/// How often the engine runs for each run of make: it takes so little that more runs cost nothing.
pub(super) const OURS_PER_PEER: usize = 5;

/// How many rounds are run within one process.
const ROUNDS: usize = 41;

struct Bench {
    tool: PathBuf,
    kconf: PathBuf,
    srctree: PathBuf,
    /// An object tree in which `conf` is built, with a full `.config`.
    objtree: PathBuf,
    /// What comes and goes.
    scratch: PathBuf,
    /// What make gives to `conf`.
    env: Vec<(OsString, OsString)>,
    config: Vec<u8>,
}

/// Measures on a tree.
pub(crate) fn run(srctree: &Path, pairs: usize) -> Result<()> {
    let bench = Bench::prepare(srctree)?;
    println!(
        "tree {}, x86_64, {} cores; medians of {pairs} pairs; CPU: user and system time of all processes",
        srctree.display(),
        std::thread::available_parallelism()?
    );
    println!("{:<42}{:>9}{:>9}{:>10}{:>9}  times faster", "", "ours", "CPU", "peer", "CPU");
    bench.warm(pairs)?;
    bench.clean_tree(pairs)?;
    bench.merge(pairs)?;
    bench.launcher(pairs)
}

/// What came of one row.
#[derive(Default)]
pub(super) struct Row {
    ours: Vec<Cost>,
    peers: Vec<Cost>,
    /// Of the pairs, by wall time.
    ratios: Vec<f64>,
}

impl Row {
    /// Adds a run of the peer, and ours beside it.
    pub(super) fn pair(&mut self, peer: Cost, ours: &[Cost]) {
        let mut walls: Vec<f64> = ours.iter().map(|cost| cost.wall).collect();
        self.ratios.push(peer.wall / median(&mut walls));
        self.peers.push(peer);
        self.ours.extend_from_slice(ours);
    }

    pub(super) fn print(mut self, what: &str, peer: &str) {
        let wall = |costs: &[Cost]| median(&mut costs.iter().map(|cost| cost.wall).collect::<Vec<_>>());
        // The system counts CPU time in ticks of 10 ms: a mean over many runs is finer than any of them.
        let cpu = |costs: &[Cost]| costs.iter().map(|cost| cost.cpu).sum::<f64>() / costs.len().max(1) as f64;
        let ms = |seconds: f64| format!("{:.0} ms", seconds * 1000.0);
        let ratio = median(&mut self.ratios);
        let (least, most) = (self.ratios[0], self.ratios[self.ratios.len() - 1]);
        println!(
            "{what:<42}{:>9}{:>9}{:>10}{:>9}  {ratio:.1} ({least:.1} to {most:.1})  {peer}",
            ms(wall(&self.ours)),
            ms(cpu(&self.ours)),
            ms(wall(&self.peers)),
            ms(cpu(&self.peers)),
        );
    }
}

impl Bench {
    fn prepare(srctree: &Path) -> Result<Self> {
        let root = metadata::root()?;
        let target = metadata::target_dir()?;
        let mut build = Command::new(metadata::cargo());
        build
            .args(["build", "--quiet", "--package", "kconf", "--profile", "tool", "--target-dir"])
            .arg(&target);
        succeed(build.current_dir(&root))?;
        let tool = launcher::cargo_kernel()?;
        let (srctree, scratch) = (fs::canonicalize(srctree)?, target.join("bench/kconfig"));
        let _ = fs::remove_dir_all(&scratch);
        let mut bench = Self {
            tool,
            kconf: target.join("tool/kconf"),
            srctree,
            objtree: scratch.join("objtree"),
            scratch,
            env: Vec::new(),
            config: Vec::new(),
        };
        fs::create_dir_all(&bench.objtree)?;
        succeed(&mut bench.make(&bench.objtree, "x86_64_defconfig"))?;
        bench.config = fs::read(bench.objtree.join(".config"))?;
        bench.env = bench.environment_of_conf()?;
        Ok(bench)
    }

    fn make(&self, objtree: &Path, target: &str) -> Command {
        let mut make = Command::new("make");
        make.arg("-C")
            .arg(&self.srctree)
            .arg(format!("O={}", objtree.display()))
            .args(["ARCH=x86_64", target]);
        make.stdout(Stdio::null()).stderr(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO")) {
            make.env_remove(name);
        }
        make
    }

    /// Has make start a script that writes down its environment, where it would start `conf`.
    fn environment_of_conf(&self) -> Result<Vec<(OsString, OsString)>> {
        let (conf, aside) = (self.objtree.join("scripts/kconfig/conf"), self.scratch.join("conf"));
        let written = self.scratch.join("environment");
        fs::rename(&conf, &aside)?;
        fs::write(&conf, format!("#!/bin/sh\nenv -0 > '{}'\n", written.display()))?;
        fs::set_permissions(&conf, fs::Permissions::from_mode(0o755))?;
        succeed(&mut self.make(&self.objtree, "olddefconfig"))?;
        fs::rename(&aside, &conf)?;
        let bytes = fs::read(&written).context("make did not start `conf`")?;
        let pairs = bytes.split(|byte| *byte == 0).filter_map(|line| {
            let equal = line.iter().position(|byte| *byte == b'=')?;
            let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
            Some((text(&line[..equal]), text(&line[equal + 1..])))
        });
        Ok(pairs.collect())
    }

    /// The engine's own program in a folder, with the environment that make would give it.
    fn kconf(&self, folder: &Path, args: &[&str]) -> Command {
        let mut kconf = Command::new(&self.kconf);
        kconf.args(args).current_dir(folder).env_clear();
        kconf.envs(self.env.iter().map(|(name, value)| (name, value)));
        kconf.env("KERNEL_CACHE_DIR", self.cache()).env("srctree", &self.srctree);
        kconf
    }

    fn cache(&self) -> PathBuf {
        self.scratch.join("cache")
    }

    /// `kernel config …` on the tree, with a cache of its own.
    fn config(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.tool);
        command.args(["kernel", "--quiet", "config"]).args(args);
        self.on_tree(&mut command);
        command
    }

    fn on_tree(&self, command: &mut Command) {
        command.arg("--tree").arg(&self.srctree).args(["--arch", "x86_64"]);
        command.env("KERNEL_CACHE_DIR", self.cache());
        command.stdout(Stdio::null()).stderr(Stdio::null());
    }

    fn resolve(&self, config: &Path, output: &Path, more: &[&str]) -> Command {
        let mut command = self.config(&["resolve"]);
        command.arg("--config").arg(config).arg("-o").arg(output).args(more);
        command
    }

    fn same(&self, found: &Path, expected: &Path) -> Result<()> {
        let same = fs::read(found)? == fs::read(expected)?;
        ensure!(
            same,
            "`{}` is not what the tree's own tools wrote to `{}`",
            found.display(),
            expected.display()
        );
        Ok(())
    }

    fn warm(&self, pairs: usize) -> Result<()> {
        let (base, output) = (self.scratch.join("base.config"), self.scratch.join("resolved.config"));
        fs::write(&base, &self.config)?;
        // What was made a moment ago is not trusted by its times alone.
        for _ in 0..2 {
            succeed(&mut self.resolve(&base, &output, &[]))?;
            std::thread::sleep(Duration::from_secs(3));
        }
        let (mut warm, mut inside, mut probing) = (Row::default(), Row::default(), Row::default());
        for _ in 0..pairs {
            let make = cost(&mut self.make(&self.objtree, "olddefconfig"))?;
            let ours: Vec<Cost> = (0..OURS_PER_PEER)
                .map(|_| cost(&mut self.resolve(&base, &output, &[])))
                .collect::<Result<_>>()?;
            self.same(&output, &self.objtree.join(".config"))?;
            warm.pair(make, &ours);
            inside.pair(make, &[self.inside(&base)?]);
            probing.pair(make, &[cost(&mut self.resolve(&base, &output, &["--no-probe-cache"]))?]);
            self.same(&output, &self.objtree.join(".config"))?;
        }
        warm.print("resolve a full config, warm", "make olddefconfig");
        inside.print("  within one process, from a snapshot", "make olddefconfig");
        probing.print("  with --no-probe-cache", "make olddefconfig");
        let peak = self.peak_memory(&mut self.resolve(&base, &output, &[]))?;
        let parsing = self.peak_memory(&mut self.resolve(&base, &output, &["--no-probe-cache"]))?;
        println!("  peak memory: {} MB, {} MB where it parses", peak >> 20, parsing >> 20);
        Ok(())
    }

    /// One warm resolve of many in one process.
    fn inside(&self, base: &Path) -> Result<Cost> {
        let folder = self.scratch.join("inside");
        fs::create_dir_all(&folder)?;
        let mut rounds = self.kconf(&folder, &["rounds", &ROUNDS.to_string(), "Kconfig"]);
        let before = super::children_cpu_seconds()?;
        let said = rounds.arg(base).output()?;
        let cpu = (super::children_cpu_seconds()? - before) / ROUNDS as f64;
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        let both = text.lines().find_map(|line| line.strip_prefix("both ")?.trim().parse::<f64>().ok());
        let both = both.with_context(|| String::from_utf8_lossy(&said.stderr).into_owned())?;
        Ok(Cost { cpu, wall: both / 1000.0 })
    }

    fn clean_tree(&self, pairs: usize) -> Result<()> {
        let (theirs, output) = (self.scratch.join("empty-make"), self.scratch.join("clean.config"));
        let mut row = Row::default();
        for _ in 0..pairs {
            for place in [&theirs, &self.cache()] {
                let _ = fs::remove_dir_all(place);
            }
            fs::create_dir_all(&theirs)?;
            let make = cost(&mut self.make(&theirs, "x86_64_defconfig"))?;
            let ours = cost(&mut self.resolve(Path::new("x86_64_defconfig"), &output, &[]))?;
            self.same(&output, &theirs.join(".config"))?;
            row.pair(make, &[ours]);
        }
        row.print("clean tree, empty cache", "make O=<empty> x86_64_defconfig");
        Ok(())
    }

    fn merge(&self, pairs: usize) -> Result<()> {
        let (theirs, output) = (self.scratch.join("merge-make"), self.scratch.join("merged.config"));
        let base = self.scratch.join("base.config");
        let fragments: Vec<PathBuf> = FRAGMENTS.iter().map(|name| self.srctree.join(name)).collect();
        fs::create_dir_all(&theirs)?;
        // It has its own `conf` built, as a second merge would.
        succeed(&mut self.make(&theirs, "x86_64_defconfig"))?;
        let ours = || {
            let mut merge = self.config(&["merge"]);
            merge.arg("-o").arg(&output).arg(&base).args(&fragments);
            cost(&mut merge)
        };
        ours()?;
        let mut row = Row::default();
        for _ in 0..pairs {
            let mut merge = Command::new(self.srctree.join("scripts/kconfig/merge_config.sh"));
            merge.arg("-O").arg(&theirs).arg(&base).args(&fragments).current_dir(&self.srctree);
            merge.env("ARCH", "x86_64").stdout(Stdio::null()).stderr(Stdio::null());
            let script = cost(&mut merge)?;
            let ours: Vec<Cost> = (0..OURS_PER_PEER).map(|_| ours()).collect::<Result<_>>()?;
            self.same(&output, &theirs.join(".config"))?;
            row.pair(script, &ours);
        }
        row.print("merge of three fragments on a full base", "merge_config.sh");
        Ok(())
    }

    /// What `cargo xtask` adds to the program that it starts.
    fn launcher(&self, pairs: usize) -> Result<()> {
        let (base, output) = (self.scratch.join("base.config"), self.scratch.join("resolved.config"));
        let root = metadata::root()?;
        let mut added = Vec::new();
        for _ in 0..pairs {
            let mut through = Command::new(metadata::cargo());
            through.args(["xtask", "kernel", "--quiet", "config", "resolve", "--config"]).arg(&base);
            through.arg("-o").arg(&output).current_dir(&root);
            self.on_tree(&mut through);
            added.push(cost(&mut through)?.wall - cost(&mut self.resolve(&base, &output, &[]))?.wall);
        }
        println!("`cargo xtask` before it adds {:.0} ms", median(&mut added) * 1000.0);
        Ok(())
    }

    /// The most memory that a run has at once, in bytes, looked at each millisecond.
    fn peak_memory(&self, command: &mut Command) -> Result<u64> {
        let mut child = command.spawn()?;
        let status = PathBuf::from(format!("/proc/{}/status", child.id()));
        let mut peak = 0;
        while child.try_wait()?.is_none() {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
            peak = peak.max(kilobytes.unwrap_or(0) << 10);
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(peak)
    }
}
