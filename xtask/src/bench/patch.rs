//! What an edited patch costs on a real tree, against the first build of the same kernel.
//!
//! A workspace below the target directory has this repository's source, at the same pin, and one patch of `init/main.c`. The
//! kernel is built once; then each round edits the patch and builds again, and counts what was compiled by make's own lines.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::{Cost, cost, median};
use crate::{launcher, metadata};

/// The file that is patched: every kernel has it, and nothing is made of it but one object.
const FILE: &str = "init/main.c";

const MANIFEST: &str = r#"schema = 1

[source.linux-6_12]
version = "6.12"
deb = "linux-source-6.12"

[kernel.guest]
source = "linux-6_12"
arch = "x86_64"
base = "tinyconfig"
images = ["vmlinux"]
config = { 64BIT = "y" }

[[kernel.guest.patch]]
name = "edited"
path = "edited.patch"
"#;

/// Builds, and builds again with another text of the patch each round.
pub(crate) fn patch(rounds: usize) -> Result<()> {
    let (root, tool) = (metadata::root()?, launcher::cargo_kernel()?);
    let bench = metadata::target_dir()?.join("bench/patch");
    let _ = fs::remove_dir_all(&bench);
    fs::create_dir_all(&bench)?;
    fs::write(bench.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = []\n")?;
    fs::write(bench.join("Kernel.toml"), MANIFEST)?;
    // The patch is read with the manifest.
    fs::write(bench.join("edited.patch"), "")?;
    if root.join("Kernel.lock").is_file() {
        fs::copy(root.join("Kernel.lock"), bench.join("Kernel.lock"))?;
    }
    let quiet = |args: &[&str]| {
        let mut command = Command::new(&tool);
        command.args(["kernel", "--quiet"]).args(args).current_dir(&bench).stdout(Stdio::null());
        command
    };
    let fetched = Command::new(&tool).args(["kernel", "--quiet", "fetch"]).current_dir(&bench).output()?;
    let fetched = String::from_utf8(fetched.stdout)?;
    let (_, srctree) = fetched.trim().split_once('\t').context("`kernel fetch` printed no tree")?;
    let text = fs::read_to_string(Path::new(srctree).join(FILE))?;
    let lines: Vec<&str> = text.lines().take(3).collect();
    ensure!(lines.len() == 3, "`{FILE}` is short");
    let edit = |round: usize| {
        let [first, second, third] = [lines[0], lines[1], lines[2]];
        let patch = format!(
            "--- a/{FILE}\n+++ b/{FILE}\n@@ -1,3 +1,4 @@\n {first}\n+/* Round {round}. */\n {second}\n {third}\n"
        );
        fs::write(bench.join("edited.patch"), patch)
    };
    // What other workspaces have built is no measure.
    let build = || -> Result<(Cost, usize)> {
        let cost = cost(&mut quiet(&["build", "--no-shared-artifacts"]))?;
        Ok((cost, compiled(&bench.join("target/kernel/.work/guest/build.log"))?))
    };
    println!("tinyconfig with 64BIT, {FILE} patched, on {} cores", std::thread::available_parallelism()?);
    edit(0)?;
    let (first, all) = build()?;
    println!("first build: {all} objects, {:.1} s CPU, {:.1} s wall", first.cpu, first.wall);
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        edit(round)?;
        let (again, objects) = build()?;
        println!(
            "round {round}: patch edited: {objects} of {all} objects, {:.1} s CPU, {:.1} s wall",
            again.cpu, again.wall
        );
        cpu.push(again.cpu / first.cpu);
        wall.push(again.wall / first.wall);
    }
    let nothing = cost(&mut quiet(&["build", "--no-shared-artifacts"]))?;
    println!("nothing changed: {:.2} s CPU, {:.2} s wall", nothing.cpu, nothing.wall);
    println!(
        "edited patch / first build: median {:.3} of the CPU time, {:.3} of the wall time",
        median(&mut cpu),
        median(&mut wall)
    );
    let _ = fs::remove_dir_all(&bench);
    Ok(())
}

/// How many objects of the kernel the lines of make tell of; the build's own programs are not counted.
fn compiled(log: &Path) -> Result<usize> {
    let text = fs::read_to_string(log).with_context(|| format!("could not read `{}`", log.display()))?;
    let words = text.lines().filter_map(|line| line.split_whitespace().next());
    Ok(words.filter(|word| matches!(*word, "CC" | "AS")).count())
}
