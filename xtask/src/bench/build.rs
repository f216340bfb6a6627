//! `cargo xtask bench build`: what `kernel build` costs beside bare `make` on the same tree and `.config`.
//!
//! | part | ours | the peer |
//! |---|---|---|
//! | `clean` | from an empty object tree | `make` from an empty object tree, before and after: its own spread |
//! | `nothing` | nothing changed | `make` with nothing to do |
//! | `symbols` | three more symbols, drawn from those that are off and could be on | `make` with the same `.config` |
//! | `sibling` | a new kernel, three symbols apart from the one that is there | a build from an empty object tree |
//! | `four` | four kernels at once, each from an empty object tree | their CPU time over the cores |
//!
//! All of it happens in a workspace below the target directory, which has this workspace's manifest, and a cache that has
//! its sources. Artifacts and object trees of other workspaces are not used, but by `sibling`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::{Cost, cost, median};
use crate::{launcher, metadata};

/// What is measured.
pub(crate) struct Options {
    pub(crate) pairs: usize,
    pub(crate) kernel: String,
    pub(crate) parts: Vec<String>,
    pub(crate) draws: usize,
    pub(crate) seed: u64,
}

const PARTS: [&str; 5] = ["clean", "nothing", "symbols", "sibling", "four"];

impl Default for Options {
    fn default() -> Self {
        let parts = PARTS.map(str::to_owned).to_vec();
        Self { pairs: 3, kernel: "nested-host".to_owned(), parts, draws: 10, seed: 1 }
    }
}

/// How many symbols a draw turns on.
const SYMBOLS: usize = 3;

struct Bench {
    tool: PathBuf,
    workspace: PathBuf,
    kernel: String,
    srctree: String,
    bare: PathBuf,
    images: Vec<String>,
    cores: usize,
}

/// Measures, and prints.
pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(unknown) = options.parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        bail!("unknown part `{unknown}`: expected some of {}", PARTS.join(", "));
    }
    ensure!(options.pairs > 0, "`--pairs 0` measures nothing");
    let bench = Bench::prepare(&options.kernel)?;
    println!(
        "kernel `{}`, {} on {} cores; seconds of CPU (and wall)",
        bench.kernel,
        bench.images.join(" "),
        bench.cores
    );
    let has = |part: &str| options.parts.iter().any(|asked| asked == part);
    if has("clean") {
        bench.clean(options.pairs)?;
    }
    // What follows needs both trees.
    bench.ours(&[])?;
    bench.make(&bench.config(&bench.kernel)?)?;
    if has("nothing") {
        bench.nothing(options.pairs)?;
    }
    if has("symbols") {
        bench.symbols(options.draws, options.seed)?;
    }
    if has("sibling") {
        bench.sibling(options.seed)?;
    }
    if has("four") {
        bench.four()?;
    }
    Ok(())
}

impl Bench {
    fn prepare(kernel: &str) -> Result<Self> {
        let root = metadata::root()?;
        let tool = launcher::cargo_kernel()?;
        let folder = metadata::target_dir()?.join("bench/build");
        let workspace = folder.join("workspace");
        fs::create_dir_all(workspace.join("kernel"))?;
        fs::write(workspace.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = []\n")?;
        fs::copy(root.join("Kernel.toml"), workspace.join("Kernel.toml")).context("no `Kernel.toml`")?;
        // Without one, the newest is pinned.
        if root.join("Kernel.lock").is_file() {
            fs::copy(root.join("Kernel.lock"), workspace.join("Kernel.lock"))?;
        }
        copy_files(&root.join("kernel"), &workspace.join("kernel"))?;
        let mut manifest = fs::read_to_string(workspace.join("Kernel.toml"))?;
        for name in FOUR {
            manifest += &format!("\n[kernel.{name}]\ninherits = \"{kernel}\"\nlocal-version = \"-{name}\"\n");
            manifest += &format!("mod-dir-version = \"{{version}}-{name}\"\n");
        }
        fs::write(workspace.join("Kernel.toml"), manifest)?;
        let bench = Self {
            tool,
            kernel: kernel.to_owned(),
            srctree: String::new(),
            bare: folder.join("bare"),
            images: Vec::new(),
            cores: std::thread::available_parallelism()?.get(),
            workspace,
        };
        let fetched = bench.command(&["fetch", kernel]).stdout(Stdio::piped()).output()?;
        let fetched = String::from_utf8(fetched.stdout)?;
        let srctree = fetched.trim().split_once('\t').context("`kernel fetch` printed no tree")?.1.to_owned();
        // Once, so that the `.config` is known and the tree is in memory.
        let args = ["build", "--no-shared-artifacts", kernel];
        let built = bench.command(&args).stdout(Stdio::piped()).stderr(Stdio::inherit()).output()?;
        ensure!(built.status.success(), "`{kernel}` could not be built");
        let built = String::from_utf8(built.stdout)?;
        let images = built.lines().filter_map(|path| Some(path.rsplit_once('/')?.1.to_owned())).collect();
        Ok(Self { srctree, images, ..bench })
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.tool);
        command.args(["kernel", "--quiet"]).args(args).current_dir(&self.workspace).stdout(Stdio::null());
        command
    }

    /// A build that uses nothing of other workspaces.
    fn ours(&self, args: &[&str]) -> Result<Cost> {
        let mut all = vec!["build", "--no-shared-artifacts", self.kernel.as_str()];
        all.extend(args);
        cost(&mut self.command(&all))
    }

    fn place(&self, kernel: &str) -> PathBuf {
        self.workspace.join("target/kernel").join(kernel)
    }

    fn config(&self, kernel: &str) -> Result<String> {
        fs::read_to_string(self.place(kernel).join(".config")).context("no `.config` in the artifact")
    }

    /// How many objects the last build of a kernel made.
    fn objects(&self, kernel: &str) -> Result<u64> {
        let record = fs::read_to_string(self.place(kernel).join("kernel.json"))?;
        let value = record.split_once("\"objects\":").context("no objects in `kernel.json`")?.1;
        let digits: String = value.trim_start().chars().take_while(char::is_ascii_digit).collect();
        Ok(digits.parse()?)
    }

    fn forget(&self, kernel: &str) {
        let _ = fs::remove_dir_all(self.place(kernel));
        let _ = fs::remove_dir_all(self.workspace.join("target/kernel/.work").join(kernel));
    }

    /// `make` in its own object tree, with this `.config`.
    fn make(&self, config: &str) -> Result<Cost> {
        let path = self.bare.join(".config");
        fs::create_dir_all(&self.bare)?;
        if fs::read_to_string(&path).ok().as_deref() != Some(config) {
            fs::write(path, config)?;
        }
        let mut make = Command::new("make");
        make.args(["-C", &self.srctree, &format!("-j{}", self.cores), "LOCALVERSION="]).args(&self.images);
        make.arg(format!("O={}", self.bare.display())).stdout(Stdio::null()).stderr(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO")) {
            make.env_remove(name);
        }
        cost(&mut make)
    }

    fn clean(&self, pairs: usize) -> Result<()> {
        let config = self.config(&self.kernel)?;
        let (mut against, mut spread) = (Vec::new(), Vec::new());
        for pair in 1..=pairs {
            let _ = fs::remove_dir_all(&self.bare);
            let first = self.make(&config)?;
            self.forget(&self.kernel);
            let tool = self.ours(&[])?;
            let _ = fs::remove_dir_all(&self.bare);
            let second = self.make(&config)?;
            println!("clean {pair}: make {first}   kernel build {tool}   make {second}");
            against.push(tool.cpu / f64::midpoint(first.cpu, second.cpu));
            spread.push(second.cpu / first.cpu);
        }
        println!("clean: kernel build / make: median {:.3} of CPU", median(&mut against));
        println!(
            "clean: make / make:         median {:.3}, from {:.3} to {:.3}",
            median(&mut spread),
            spread[0],
            spread[pairs - 1]
        );
        Ok(())
    }

    fn nothing(&self, pairs: usize) -> Result<()> {
        let config = self.config(&self.kernel)?;
        let (mut tool, mut make) = (Vec::new(), Vec::new());
        for _ in 0..pairs.max(5) {
            make.push(self.make(&config)?.wall);
            // The way people take: what other workspaces have may be looked at.
            tool.push(cost(&mut self.command(&["build", &self.kernel]))?.wall);
        }
        let (tool, make) = (median(&mut tool), median(&mut make));
        println!(
            "nothing changed: make {:.2} s, kernel build {:.1} ms wall, medians: {:.0} times faster",
            make,
            tool * 1000.0,
            make / tool
        );
        Ok(())
    }

    /// Three symbols that are off, could be on, and land.
    fn draw(&self, kernel: &str, random: &mut Random, before: &[String]) -> Result<Vec<String>> {
        let config = self.config(kernel)?;
        let off: Vec<&str> = config
            .lines()
            .filter_map(|line| line.strip_prefix("# CONFIG_")?.strip_suffix(" is not set"))
            .collect();
        ensure!(off.len() > SYMBOLS, "`{kernel}` has no symbols to turn on");
        loop {
            let mut drawn = BTreeSet::new();
            while drawn.len() < SYMBOLS {
                drawn.insert(off[random.below(off.len())]);
            }
            let wanted: Vec<String> =
                drawn.iter().map(|symbol| format!("kernel.{kernel}.config.{symbol}=y")).collect();
            let mut check = self.command(&["check", kernel]);
            for entry in before.iter().chain(&wanted) {
                check.args(["--config", entry]);
            }
            if check.stderr(Stdio::null()).status()?.success() {
                return Ok(wanted);
            }
        }
    }

    fn symbols(&self, draws: usize, seed: u64) -> Result<()> {
        let mut random = Random(seed);
        let whole = self.objects(&self.kernel)?;
        let mut all: Vec<String> = Vec::new();
        let (mut ratios, mut apart) = (Vec::new(), Vec::new());
        for draw in 1..=draws {
            let drawn = self.draw(&self.kernel, &mut random, &all)?;
            all.extend(drawn.iter().cloned());
            let args: Vec<&str> = all.iter().flat_map(|entry| ["--config", entry.as_str()]).collect();
            let tool = self.ours(&args)?;
            let make = self.make(&self.config(&self.kernel)?)?;
            let objects = self.objects(&self.kernel)?;
            let names: Vec<&str> = drawn.iter().filter_map(|entry| entry.rsplit('.').next()).collect();
            println!(
                "symbols {draw} (seed {seed}): {}: make {make}   kernel build {tool}, {objects} objects",
                names.join(" ")
            );
            // Whoever compiles nearly everything measures the compiler.
            if objects * 10 > whole * 9 { &mut apart } else { &mut ratios }.push(tool.cpu / make.cpu);
        }
        for (what, mut ratios) in [("", ratios), (", those that compile nearly everything", apart)] {
            if !ratios.is_empty() {
                println!(
                    "symbols{what}: kernel build / make: median {:.3} of CPU, worst {:.3}",
                    median(&mut ratios),
                    ratios[ratios.len() - 1]
                );
            }
        }
        Ok(())
    }

    fn sibling(&self, seed: u64) -> Result<()> {
        let near = FOUR[0];
        self.forget(near);
        let mut random = Random(seed);
        self.ours(&[])?;
        let drawn = self.draw(&self.kernel, &mut random, &[])?;
        let drawn: Vec<String> = drawn.iter().map(|entry| entry.replacen(&self.kernel, near, 1)).collect();
        let mut args = vec!["build", near];
        args.extend(drawn.iter().flat_map(|entry| ["--config", entry.as_str()]));
        // What is cloned is listed in the user's cache by builds that use it.
        let _ = fs::remove_dir_all(self.place(&self.kernel));
        cost(&mut self.command(&["build", &self.kernel]))?;
        let tool = cost(&mut self.command(&args))?;
        let objects = self.objects(near)?;
        self.forget(near);
        args.push("--no-shared-artifacts");
        let clean = cost(&mut self.command(&args))?;
        println!(
            "sibling, {}: kernel build {tool}, {objects} objects; from nothing {clean}, {} objects: {:.3} of its CPU",
            drawn.join(" "),
            self.objects(near)?,
            tool.cpu / clean.cpu
        );
        Ok(())
    }

    fn four(&self) -> Result<()> {
        FOUR.iter().for_each(|kernel| self.forget(kernel));
        let mut args = vec!["build", "--no-shared-artifacts"];
        args.extend(FOUR);
        let all = cost(&mut self.command(&args))?;
        println!(
            "four kernels at once: {all}: wall is {:.3} of CPU over {} cores",
            all.wall / (all.cpu / self.cores as f64),
            self.cores
        );
        Ok(())
    }
}

/// Kernels that are the measured one under other names.
const FOUR: [&str; 4] = ["bench-a", "bench-b", "bench-c", "bench-d"];

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} ({:.1})", self.cpu, self.wall)
    }
}

/// Numbers that a seed decides (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % (end as u64)).unwrap_or(0)
    }
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("a file has a name")?);
        if path.is_dir() {
            copy_files(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}
