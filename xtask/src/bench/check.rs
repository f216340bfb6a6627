//! `cargo xtask bench check`: `kernel check` of a kernel with many requests, against `merge_config.sh`.
//!
//! | ours | the peer | what both do |
//! |---|---|---|
//! | `kernel check`, a fragment just changed | `merge_config.sh` | lay 600 requests of 40 fragments on a full base, and resolve |
//! | `kernel check`, nothing changed | the same | the same, to find that it has been done |
//! | `kernel config resolve` | the same | the same, and nothing is kept |
//!
//! The tree is a pinned tarball, unpacked by the tool before. A check looks at each of its files, as every use of a tree does:
//! that is most of its time.
//!
//! The requests are lines of the base that land, drawn evenly over it; the script has its own `conf` built. Both must write
//! the same `.config`, else there is nothing to compare.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::kconfig::{OURS_PER_PEER, Row};
use super::{Cost, cost, source};
use crate::chores::succeed;
use crate::{launcher, metadata};

const REQUESTS: usize = 600;
const FRAGMENTS: usize = 40;

struct Bench {
    tool: PathBuf,
    srctree: PathBuf,
    workspace: PathBuf,
    /// What the script makes.
    objtree: PathBuf,
    fragments: Vec<PathBuf>,
}

/// Measures on a tarball's tree.
pub(crate) fn run(pairs: usize, tarball: Option<OsString>) -> Result<()> {
    let bench = Bench::prepare(&source::tarball(tarball)?)?;
    println!(
        "{}, x86_64, {} cores; {REQUESTS} requests over {FRAGMENTS} fragments; medians of {pairs} pairs",
        bench.srctree.display(),
        std::thread::available_parallelism()?
    );
    println!("{:<42}{:>9}{:>9}{:>10}{:>9}  times faster", "", "ours", "CPU", "peer", "CPU");
    let (mut changed, mut fresh, mut resolve) = (Row::default(), Row::default(), Row::default());
    for round in 0..pairs {
        let script = bench.script()?;
        let mut ours = Vec::new();
        for at in 0..OURS_PER_PEER {
            bench.touch(round * OURS_PER_PEER + at)?;
            ours.push(cost(&mut bench.check())?);
        }
        bench.same()?;
        changed.pair(script, &ours);
        let ours: Vec<Cost> = (0..OURS_PER_PEER).map(|_| cost(&mut bench.check())).collect::<Result<_>>()?;
        fresh.pair(script, &ours);
        let ours: Vec<Cost> =
            (0..OURS_PER_PEER).map(|_| cost(&mut bench.resolve())).collect::<Result<_>>()?;
        resolve.pair(script, &ours);
    }
    changed.print("check, a fragment changed", "merge_config.sh");
    fresh.print("check, nothing changed", "merge_config.sh");
    resolve.print("config resolve", "merge_config.sh");
    Ok(())
}

impl Bench {
    fn prepare(tarball: &Path) -> Result<Self> {
        let (tool, scratch) = (launcher::cargo_kernel()?, metadata::target_dir()?.join("bench/check"));
        let _ = fs::remove_dir_all(&scratch);
        let (workspace, objtree) = (scratch.join("workspace"), scratch.join("objtree"));
        fs::create_dir_all(workspace.join("fragments"))?;
        fs::create_dir_all(&objtree)?;
        let manifest = source::vendored(&workspace, tarball)?;
        fs::write(workspace.join("Kernel.toml"), &manifest)?;
        let fetched = kernel(&tool, &workspace, &["fetch", "--all"]).stdout(Stdio::piped()).output()?;
        let said = String::from_utf8(fetched.stdout)?;
        let (_, srctree) = said.trim().split_once('\t').context("`kernel fetch` told no tree")?;
        let srctree = PathBuf::from(srctree);
        let mut make = Command::new("make");
        make.arg("-C").arg(&srctree).arg(format!("O={}", objtree.display()));
        make.args(["ARCH=x86_64", "x86_64_defconfig"]).stdout(Stdio::null()).stderr(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO")) {
            make.env_remove(name);
        }
        succeed(&mut make)?;
        // A pinned source has no state of git that a kernelrelease could tell.
        let base = fs::read_to_string(objtree.join(".config"))?
            .replace("CONFIG_LOCALVERSION_AUTO=y", "# CONFIG_LOCALVERSION_AUTO is not set");
        fs::write(workspace.join("base.config"), &base)?;
        let lines: Vec<&str> = base.lines().filter(|line| line.ends_with("=y")).collect();
        ensure!(lines.len() > REQUESTS, "the base has only {} lines to ask for", lines.len());
        let chosen: Vec<&str> = (0..REQUESTS).map(|n| lines[n * lines.len() / REQUESTS]).collect();
        let mut fragments = Vec::new();
        for (number, lines) in chosen.chunks(REQUESTS / FRAGMENTS).enumerate() {
            let path = workspace.join(format!("fragments/{number:02}.config"));
            fs::write(&path, lines.join("\n") + "\n")?;
            fragments.push(path);
        }
        let kernel = "[kernel.k]\nsource = \"linux\"\narch = \"x86_64\"\nbase = \"./base.config\"\n\
                      modules = true\nfragments = [\"fragments/*.config\"]\n";
        fs::write(workspace.join("Kernel.toml"), format!("{manifest}{kernel}"))?;
        let bench = Self { tool, srctree, workspace, objtree, fragments };
        // What was made a moment ago is not trusted by its times alone.
        for _ in 0..2 {
            succeed(&mut bench.check())?;
            std::thread::sleep(Duration::from_secs(3));
        }
        Ok(bench)
    }

    fn check(&self) -> Command {
        self.kernel(&["check", "k"])
    }

    fn resolve(&self) -> Command {
        self.kernel(&["config", "resolve", "k", "-o", "resolved.config"])
    }

    fn kernel(&self, args: &[&str]) -> Command {
        kernel(&self.tool, &self.workspace, args)
    }

    /// Another comment: what is asked for has to be looked at again.
    fn touch(&self, number: usize) -> Result<()> {
        let first = &self.fragments[0];
        let text = fs::read_to_string(first)?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("# round")).collect();
        Ok(fs::write(first, format!("# round {number}\n{}\n", lines.join("\n")))?)
    }

    fn script(&self) -> Result<Cost> {
        let mut script = Command::new(self.srctree.join("scripts/kconfig/merge_config.sh"));
        script.arg("-O").arg(&self.objtree).arg(self.workspace.join("base.config")).args(&self.fragments);
        script.current_dir(&self.srctree).env("ARCH", "x86_64").env_remove("MAKEFLAGS");
        script.stdout(Stdio::null()).stderr(Stdio::null());
        cost(&mut script)
    }

    fn same(&self) -> Result<()> {
        let ours = fs::read(self.workspace.join("target/kernel/.work/k/resolved.config"))?;
        ensure!(ours == fs::read(self.objtree.join(".config"))?, "both wrote another `.config`");
        Ok(())
    }
}

fn kernel(tool: &Path, workspace: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(tool);
    command.args(["kernel", "--quiet"]).args(args).arg("--offline").current_dir(workspace);
    command.env("KERNEL_CACHE_DIR", workspace.join("cache"));
    command.env("CARGO_TARGET_DIR", workspace.join("target"));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}
