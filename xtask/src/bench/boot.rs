//! `cargo xtask bench boot --config PATH`: what the profiles `fast-boot` and `small` are worth.
//!
//! | kernel | configuration |
//! |---|---|
//! | `lean` | profiles `firecracker`, `fast-boot` and `small` on `tinyconfig` |
//! | `peer` | the complete `.config` that is named, such as the one that Firecracker publishes for its own tests |
//!
//! Both are of one source, boot in one VMM with one init, and are measured by `kernel test`, one after the other: the time is
//! the guest's own clock when its init is ready. The size is that of `vmlinux` without its symbols.
//!
//! The workspace is a copy of this one's manifest over the same crates, below the target directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::chores::succeed;
use crate::{launcher, metadata};

/// What of the repository a workspace over the same crates needs.
const SAME: [&str; 6] = ["crates", "kernel", "kernel-spec", "tests", "xtask", "Cargo.lock"];

/// The source that both are built from: the series of Firecracker's configuration.
const SOURCE: &str = "linux-6_1";

/// Measures with as many boots each.
pub(crate) fn run(boots: usize, config: Option<OsString>) -> Result<()> {
    let config =
        config.context("no configuration to compare with: name a complete `.config` by `--config PATH`")?;
    let tool = launcher::cargo_kernel()?;
    let workspace = workspace(Path::new(&config), boots)?;
    let kernel = |arguments: &[&str]| {
        let mut command = Command::new(&tool);
        command.args(["kernel", "--quiet"]).args(arguments).current_dir(&workspace);
        command
    };
    succeed(kernel(&["test", "lean", "peer", "--accept-budgets", "-j1"]).stdout(Stdio::null()))?;
    let budget = fs::read_to_string(workspace.join("kernel-budget.json")).context("nothing was measured")?;
    let budget: Value = serde_json::from_str(&budget)?;
    let median = |vm: &str, figure: &str| {
        budget["vms"][vm][figure]["median"].as_f64().with_context(|| format!("`{vm}` has no `{figure}`"))
    };
    let symbols = |vm: &str| budget["vms"][vm]["symbols"].as_object().map_or(0, serde_json::Map::len);
    let size = |kernel: &str| stripped(&workspace.join("target/kernel").join(kernel).join("vmlinux"));
    println!("{}, {SOURCE}, QEMU, medians of {boots} boots", Path::new(&config).display());
    println!("{:<22}{:>10}{:>10}{:>8}", "", "lean", "peer", "ratio");
    let row =
        |what: &str, lean: f64, peer: f64| println!("{what:<22}{lean:>10.1}{peer:>10.1}{:>8.3}", lean / peer);
    row("time to init, ms", median("lean", "boot-time-us")? / 1e3, median("peer", "boot-time-us")? / 1e3);
    row("VMM to init, ms", median("lean", "vmm-time-us")? / 1e3, median("peer", "vmm-time-us")? / 1e3);
    row("stripped vmlinux, KiB", size("lean")? / 1024.0, size("peer")? / 1024.0);
    row("symbols", symbols("lean") as f64, symbols("peer") as f64);
    let difference = kernel(&["config", "diff", "peer", "lean", "--message-format", "json"]).output()?;
    left_out(&String::from_utf8(difference.stdout)?)
}

/// Makes the workspace; it is kept, so that a second run builds nothing.
fn workspace(config: &Path, boots: usize) -> Result<PathBuf> {
    let root = metadata::root()?;
    let workspace = metadata::target_dir()?.join("bench/boot");
    fs::create_dir_all(&workspace)?;
    for name in SAME {
        let link = workspace.join(name);
        let _ = fs::remove_file(&link);
        symlink(root.join(name), link)?;
    }
    fs::copy(root.join("Cargo.toml"), workspace.join("Cargo.toml"))?;
    if root.join("Kernel.lock").is_file() {
        fs::copy(root.join("Kernel.lock"), workspace.join("Kernel.lock"))?;
    }
    fs::copy(config, workspace.join("peer.config")).with_context(|| format!("no `{}`", config.display()))?;
    let mut manifest = fs::read_to_string(root.join("Kernel.toml"))?;
    let layers = [
        ("lean", "base = \"tinyconfig\"\nprofiles = [\"firecracker\", \"fast-boot\", \"small\"]"),
        ("peer", "base = \"./peer.config\"\nunlisted = \"default\""),
    ];
    for (name, layers) in layers {
        manifest += &format!(
            "\n[kernel.{name}]\nsource = \"{SOURCE}\"\narch = \"x86_64\"\n{layers}\nimages = [\"vmlinux\", \"bzImage\"]\n\n\
             [vm.{name}]\nkernel = \"{name}\"\nimage = \"bzImage\"\ninit = {{ package = \"guest-init\" }}\nrunner = \"qemu\"\n\
             cmdline = \"console=ttyS0 reboot=t panic=-1 quiet\"\nmemory = \"256MiB\"\n\
             budget = {{ boot-time = \"0%\", symbols = \"0%\", runs = {boots} }}\n"
        );
    }
    fs::write(workspace.join("Kernel.toml"), manifest)?;
    Ok(workspace)
}

/// The bytes of an image without symbols and debugging information.
fn stripped(image: &Path) -> Result<f64> {
    let to = image.with_extension("stripped");
    succeed(Command::new("strip").arg("-o").arg(&to).arg(image))?;
    let length = fs::metadata(&to)?.len();
    fs::remove_file(&to)?;
    Ok(length as f64)
}

/// What the one has and the other has not, by the menu that it is in.
fn left_out(messages: &str) -> Result<()> {
    let mut menus: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line)?;
        let gone = message["changes"].as_array().into_iter().flatten().filter(|change| {
            let is_on = |side: &str| matches!(change[side].as_str(), Some("y" | "m"));
            is_on("before") && !is_on("after")
        });
        for change in gone {
            let menu = change["menu"][0].as_str().unwrap_or("without a menu").to_owned();
            let (count, first) = menus.entry(menu).or_default();
            *count += 1;
            if first.is_empty() {
                *first = change["symbol"].as_str().unwrap_or_default().to_owned();
            }
        }
    }
    ensure!(!menus.is_empty(), "`lean` leaves nothing out");
    println!("left out, by menu (`kernel config diff peer lean` in the workspace names all):");
    for (menu, (count, first)) in menus {
        println!("  {count:>5}  {menu}  ({first} …)");
    }
    Ok(())
}
