//! `cargo xtask test`: everything that must hold before a change is taken.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{launcher, metadata, tidy};

/// How much is tested, and what may be done to the machine for it.
#[derive(Default)]
pub(crate) struct TestOptions {
    /// `--setup`: install the host packages that the tests need.
    pub(crate) setup: bool,
    /// `--yes`: without asking.
    pub(crate) yes: bool,
    /// `--full`: the long form.
    pub(crate) full: bool,
    /// What the machine lacks is a failure and not a skip; also where `CI` is set.
    pub(crate) require_all: bool,
}

/// Runs all checks, stops at the first that fails.
pub(crate) fn test(options: &TestOptions) -> Result<()> {
    let root = metadata::root()?;
    let cargo = metadata::cargo();
    let require_all = options.require_all || std::env::var_os("CI").is_some();
    let began = Instant::now();
    let step = |name: &str| eprintln!("{:>12} {name} ({} s)", "Checking", began.elapsed().as_secs());

    step("the formatting");
    succeed(Command::new(&cargo).args(["fmt", "--all", "--check"]).current_dir(&root))?;
    step("the rules of the house");
    tidy::run(&root)?;

    let vmms = metadata::target_dir()?.join("vmms");
    step("the tool");
    let tool = launcher::cargo_kernel()?;
    if options.setup {
        let mut setup = Command::new(&tool);
        setup.args(["kernel", "setup", "--tests"]).args(options.yes.then_some("--yes"));
        succeed(setup.current_dir(&root).stdin(Stdio::inherit()))?;
        step("a VMM that others wrote");
        install_vmm(&cargo, &vmms)?;
    }
    step("the lints");
    succeed(
        Command::new(&cargo)
            .args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"])
            .current_dir(&root),
    )?;

    step("the sources");
    let trees = source_trees(&tool, &root)?;
    step("the tests");
    let mut tests = Command::new(&cargo);
    tests.args(["test", "--workspace"]).current_dir(&root).env("KERNEL_TEST_CARGO_KERNEL", &tool);
    tests.env("PATH", with_folder(&vmms.join("bin"))?);
    if require_all {
        tests.env("KERNEL_TEST_REQUIRE_ALL", "1");
    }
    if options.full {
        tests.env("KERNEL_TEST_FULL", "1");
    }
    for (source, tree) in trees {
        tests.env(tree_variable(&source), tree);
    }
    succeed(&mut tests)?;
    step("nothing more: all passed");
    Ok(())
}

/// Writes everything of `docs/` that is made: by the tests that compare it.
pub(crate) fn docs() -> Result<()> {
    let root = metadata::root()?;
    let tool = launcher::cargo_kernel()?;
    let trees = source_trees(&tool, &root)?;
    let tests: [&[&str]; 3] = [
        &["-p", "kernel-build", "--lib", "record::"],
        &["-p", "kernel-cli", "--lib", "message::"],
        // The last builds a kernel, for its screen.
        &["-p", "tests", "--test", "suite", "--", "reference::", "profiles::document", "real_kernel::a_real"],
    ];
    for arguments in tests {
        let mut test = Command::new(metadata::cargo());
        test.args(["test", "--quiet"]).args(arguments).current_dir(&root);
        test.env("KERNEL_TEST_BLESS", "1").env("KERNEL_TEST_CARGO_KERNEL", &tool);
        succeed(test.envs(trees.iter().map(|(source, tree)| (tree_variable(source), tree))))?;
    }
    Ok(())
}

/// `linux-6_12` is KERNEL_TEST_SRCTREE_6_12.
fn tree_variable(source: &str) -> String {
    format!("KERNEL_TEST_SRCTREE_{}", source.trim_start_matches("linux-").to_uppercase())
}

/// The VMM that the tests boot beside the workspace's own, from the crates registry; once.
fn install_vmm(cargo: &PathBuf, folder: &Path) -> Result<()> {
    const VMM: [&str; 4] = ["alioth-cli", "--version", "0.12.0", "--locked"];
    succeed(Command::new(cargo).args(["install", "--quiet"]).args(VMM).arg("--root").arg(folder))
}

/// `PATH` with a folder behind all others.
fn with_folder(folder: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(std::iter::once(folder.to_owned()));
    Ok(std::env::join_paths(folders)?)
}

/// Every source of this workspace's manifest, fetched and unpacked: its name and its tree.
fn source_trees(tool: &PathBuf, root: &PathBuf) -> Result<BTreeMap<String, PathBuf>> {
    let output = Command::new(tool)
        .args(["kernel", "fetch", "--all"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("could not start cargo-kernel")?;
    if !output.status.success() {
        bail!("`kernel fetch --all` ended with {}", output.status);
    }
    let text =
        String::from_utf8(output.stdout).context("`kernel fetch` printed something that is not text")?;
    Ok(text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(source, tree)| (source.to_owned(), PathBuf::from(tree)))
        .collect())
}

/// Runs a command with this terminal; its failure is an error that names it.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}
