//! `kconf` against the kernel's own scripts, on a real tree.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::{needs, workspace_root};

/// What a `.config` assigns, as a set of lines: the order of a textual merge means nothing.
fn assignments(text: &str) -> Vec<String> {
    let is_one = |line: &&str| line.starts_with("CONFIG_") || line.ends_with(" is not set");
    let mut lines: Vec<String> = text.lines().filter(is_one).map(str::to_owned).collect();
    lines.sort();
    lines
}

fn kconf(args: &[&Path]) -> std::process::Output {
    let words = args.iter().skip(1).map(|path| path.as_os_str());
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "kconf", "--"]).arg(args[0]).args(words);
    command.current_dir(workspace_root()).output().unwrap()
}

/// Byte for byte what `merge_config.sh -m` assigns, on this workspace's own fragments.
#[test]
fn merge_assigns_what_merge_config_assigns() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let folder = tempfile::tempdir().unwrap();
        let base = tree.join("arch/x86/configs/x86_64_defconfig");
        let mut fragments = vec![workspace_root().join("kernel/nested-host.config")];
        for entry in fs::read_dir(workspace_root().join("kernel/guest")).unwrap() {
            fragments.push(entry.unwrap().path());
        }
        fragments.sort();
        let script = tree.join("scripts/kconfig/merge_config.sh");
        let status = Command::new("sh")
            .arg(script)
            .args(["-m", "-O"])
            .args([folder.path(), &base])
            .args(&fragments)
            .current_dir(folder.path())
            .output()
            .unwrap()
            .status;
        assert!(status.success());
        let theirs = fs::read_to_string(folder.path().join(".config")).unwrap();
        let mut args: Vec<&Path> = vec![Path::new("merge"), &base];
        args.extend(fragments.iter().map(|path| path.as_path()));
        let ours = kconf(&args);
        assert!(ours.status.success(), "{}", String::from_utf8_lossy(&ours.stderr));
        assert_eq!(
            assignments(&String::from_utf8(ours.stdout).unwrap()),
            assignments(&theirs),
            "on {series}"
        );
    }
}

/// The kernel's own suite, unmodified, on both trees with `kconf` in place of `scripts/kconfig/conf`.
#[test]
fn the_kernels_own_suite_passes() {
    if !needs::program("pytest-3") {
        return;
    }
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let folder = tempfile::tempdir().unwrap();
        let scripts = folder.path().join("scripts");
        let copied = Command::new("cp").arg("-r").arg(tree.join("scripts")).arg(&scripts).status().unwrap();
        assert!(copied.success());
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "kconf", "--target-dir"])
            .arg(workspace_root().join("target"))
            .current_dir(workspace_root())
            .status()
            .unwrap();
        assert!(built.success());
        fs::copy(workspace_root().join("target/debug/kconf"), scripts.join("kconfig/conf")).unwrap();
        let ran = Command::new("pytest-3")
            .args(["-q", "-p", "no:cacheprovider", "scripts/kconfig/tests"])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(ran.status.success(), "on {series}: {}", String::from_utf8_lossy(&ran.stdout));
    }
}
