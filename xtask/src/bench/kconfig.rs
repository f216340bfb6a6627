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

use super::{cost, median};
use crate::chores::succeed;
use crate::metadata;

/// The fragments that are merged, below the tree.
const FRAGMENTS: [&str; 3] =
    ["kernel/configs/kvm_guest.config", "kernel/configs/hardening.config", "kernel/configs/x86_debug.config"];

/// How often the engine runs for each run of make: it takes so little that more runs cost nothing.
const OURS_PER_PEER: usize = 5;

struct Bench {
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
        "tree {}, x86_64, {} cores; medians of {pairs} pairs",
        srctree.display(),
        std::thread::available_parallelism()?
    );
    bench.warm(pairs)?;
    bench.clean_tree(pairs)?;
    bench.merge(pairs)
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
        let (srctree, scratch) = (fs::canonicalize(srctree)?, target.join("bench/kconfig"));
        let _ = fs::remove_dir_all(&scratch);
        let mut bench = Self {
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

    /// The engine in a folder, with a cache of its own.
    fn ours(&self, folder: &Path, args: &[&str]) -> Command {
        let mut kconf = Command::new(&self.kconf);
        kconf.args(args).arg("Kconfig").current_dir(folder).env_clear();
        kconf.envs(self.env.iter().map(|(name, value)| (name, value)));
        kconf.env("KERNEL_CACHE_DIR", self.scratch.join("cache")).env("srctree", &self.srctree);
        kconf.stdout(Stdio::null()).stderr(Stdio::null());
        kconf
    }

    fn same(&self, folder: &Path, expected: &[u8]) -> Result<()> {
        let found = fs::read(folder.join(".config"))?;
        ensure!(found == expected, "`{}/.config` is not what the tree's own tools wrote", folder.display());
        Ok(())
    }

    fn warm(&self, pairs: usize) -> Result<()> {
        let folder = self.scratch.join("warm");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(".config"), &self.config)?;
        let (kept, run) = (["--probe-cache", "--olddefconfig"], ["--olddefconfig"]);
        // What was made a moment ago is not trusted by its times alone.
        for _ in 0..2 {
            succeed(&mut self.ours(&folder, &kept))?;
            std::thread::sleep(Duration::from_secs(3));
        }
        let (mut make, mut with, mut without) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..pairs {
            make.push(cost(&mut self.make(&self.objtree, "olddefconfig"))?.wall);
            for _ in 0..OURS_PER_PEER {
                with.push(cost(&mut self.ours(&folder, &kept))?.wall);
            }
            without.push(cost(&mut self.ours(&folder, &run))?.wall);
        }
        self.same(&folder, &fs::read(self.objtree.join(".config"))?)?;
        let make = median(&mut make);
        report("resolve a full config, warm", make, median(&mut with), "make olddefconfig");
        report("the same, every probe run", make, median(&mut without), "make olddefconfig");
        println!("  peak memory: {} MB", self.peak_memory(&mut self.ours(&folder, &kept))? >> 20);
        Ok(())
    }

    fn clean_tree(&self, pairs: usize) -> Result<()> {
        let (theirs, folder) = (self.scratch.join("empty-make"), self.scratch.join("empty"));
        let file = format!("--defconfig={}/arch/x86/configs/x86_64_defconfig", self.srctree.display());
        let (mut make, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..pairs {
            for place in [&theirs, &folder, &self.scratch.join("cache")] {
                let _ = fs::remove_dir_all(place);
            }
            fs::create_dir_all(&folder)?;
            fs::create_dir_all(&theirs)?;
            make.push(cost(&mut self.make(&theirs, "x86_64_defconfig"))?.wall);
            ours.push(cost(&mut self.ours(&folder, &["--probe-cache", &file]))?.wall);
        }
        self.same(&folder, &fs::read(theirs.join(".config"))?)?;
        report(
            "from nothing, empty probe cache",
            median(&mut make),
            median(&mut ours),
            "make O=<empty> x86_64_defconfig",
        );
        Ok(())
    }

    fn merge(&self, pairs: usize) -> Result<()> {
        let (theirs, folder) = (self.scratch.join("merge-make"), self.scratch.join("merge"));
        let base = self.scratch.join("base.config");
        fs::write(&base, &self.config)?;
        let fragments: Vec<PathBuf> = FRAGMENTS.iter().map(|name| self.srctree.join(name)).collect();
        for place in [&theirs, &folder] {
            fs::create_dir_all(place)?;
        }
        // It has its own `conf` built, as a second merge would.
        succeed(&mut self.make(&theirs, "x86_64_defconfig"))?;
        let (mut script, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..pairs {
            let mut merge = Command::new(self.srctree.join("scripts/kconfig/merge_config.sh"));
            merge.arg("-O").arg(&theirs).arg(&base).args(&fragments).current_dir(&self.srctree);
            merge.env("ARCH", "x86_64").stdout(Stdio::null()).stderr(Stdio::null());
            script.push(cost(&mut merge)?.wall);
            for _ in 0..OURS_PER_PEER {
                let mut textual = Command::new(&self.kconf);
                textual.args(["merge", "-m", "-O"]).arg(&folder).arg(&base).args(&fragments);
                textual.stdout(Stdio::null()).env("KCONFIG_CONFIG", folder.join("merged"));
                let mut resolve = self.ours(&folder, &["--probe-cache", "--alldefconfig"]);
                resolve.env("KCONFIG_ALLCONFIG", folder.join("merged"));
                ours.push(cost(&mut textual)?.wall + cost(&mut resolve)?.wall);
            }
        }
        self.same(&folder, &fs::read(theirs.join(".config"))?)?;
        report(
            "merge of three fragments on a full base",
            median(&mut script),
            median(&mut ours),
            "merge_config.sh",
        );
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

fn report(what: &str, peer: f64, ours: f64, name: &str) {
    println!(
        "{what}: {:.0} ms, {name} {:.0} ms: {:.1} times faster",
        ours * 1000.0,
        peer * 1000.0,
        peer / ours
    );
}
