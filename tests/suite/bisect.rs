//! `kernel bisect`: what keeps a kernel from booting is found by building and booting; what cannot be searched for is told.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tests::{Project, Run, cargo_kernel, needs, workspace_root};

use crate::release_server::pin_toy;

const VM: &str = "[vm.qemu]\nkernel = \"guest\"\nrunner = \"qemu\"\ncmdline = \"console=ttyS0\"\nmemory = \"32MiB\"\ntimeout = 2\n";

/// The toy's kernels stand still at their first instruction: none of them is good.
#[test]
fn what_cannot_be_searched_for_is_told() {
    if !needs::program("qemu-system-x86_64") {
        return;
    }
    let project = Project::toy();
    let manifest = project.read("Kernel.toml");
    let other = "[kernel.other]\ninherits = \"guest\"\n[kernel.other.config]\nNET = false\n\
                 [kernel.arm]\ninherits = \"guest\"\narch = \"aarch64\"\nimages = { replace = [\"Image\"] }\n";
    project.write("Kernel.toml", &format!("{manifest}\n{other}\n{VM}"));
    let said = |good: &str, bad: &str| {
        let run = project.kernel(&["bisect", "--good", good, "--bad", bad]).exit(1);
        let errors = run.stderr.lines().skip_while(|line| !line.starts_with("error:"));
        errors.collect::<Vec<_>>().join("\n").replace(&project.path("").display().to_string(), "…/")
    };
    insta::assert_snapshot!(said("guest", "guest"), @"error: `guest` and `guest` come to the same configuration and the same patches");
    insta::assert_snapshot!(said("guest", "no-such"), @r"
    error: `no-such` is no kernel of the manifest, and no file
    hint: name a `[kernel.NAME]`, or the path of a complete `.config`
    ");
    insta::assert_snapshot!(said("guest", "arm"), @r"
    error: `guest` is built from `toy for x86_64`, and `arm` from `toy for aarch64`: expected one source and one architecture
    hint: give the `.config` of one of them as a file, to try it on the other's tree
    ");
    insta::assert_snapshot!(said("guest", "other"), @r"
    error: `guest` does not boot: the guest did not end within 2 s, and its init was never ready
    hint: choose a `--good` that boots in this VM: `kernel test` says
    ");
    project.write("bad.config", "CONFIG_NET\n");
    insta::assert_snapshot!(said("guest", "bad.config"), @"error: `…/bad.config` is no `.config`: line 1: a symbol without a value");
}

/// A machine that judges a kernel by its looks: it wants a network, and nothing of the patch `b`.
const MACHINE: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
    [ "$1" = -kernel ] && folder=$(dirname "$2")
    shift
done
[ "$folder" ] || exit 0
if ! grep -q '^CONFIG_NET=y' "$folder/.config" || grep -q '"name": *"b"' "$folder/kernel.json"; then
    echo 'Kernel panic - not syncing: no network'
    exit 0
fi
release=$(sed -n 's/.*"kernelrelease": *"\([^"]*\)".*/\1/p' "$folder/kernel.json" | head -n 1)
echo "guest-init: ready release=$release"
"#;

/// The whole search on the toy tree, whose kernels are really resolved, built and started; what was tried is known to the
/// next run, and nothing of it is in the lockfile.
#[test]
fn a_search_ends_with_the_fewest_differences_and_goes_on_where_it_was() {
    let project = Project::toy();
    let _server = pin_toy(&[&project]);
    project.write("bin/qemu-system-x86_64", MACHINE);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path("bin/qemu-system-x86_64"), mode).unwrap();
    let manifest = project.read("Kernel.toml");
    let small = "[kernel.small]\ninherits = \"guest\"\n[kernel.small.config]\nNET = false\nSOUND = true\nNR_CPUS = 4\nCONSOLE = \"hvc0\"\n";
    let patch = |(name, file): (&str, &str)| {
        let text = std::fs::read_to_string(workspace_root().join("tests/toy").join(file)).unwrap();
        let first = text.lines().next().unwrap();
        let patch = format!("--- a/{file}\n+++ b/{file}\n@@ -1 +1,2 @@\n+/* {name} */\n {first}\n");
        project.write(&format!("{name}.patch"), &patch);
        format!("[[kernel.patched.patch]]\nname = \"{name}\"\npath = \"{name}.patch\"\n")
    };
    let patched = format!(
        "[kernel.patched]\ninherits = \"guest\"\n{}",
        [("a", "net/net.c"), ("b", "init/main.c"), ("c", "net/broken.c")].map(patch).concat()
    );
    project.write("Kernel.toml", &format!("{manifest}\n{small}\n{patched}\n{VM}"));
    let path = format!("{}:{}", project.path("bin").display(), std::env::var("PATH").unwrap());
    let bisect = |bad: &str| {
        let arguments = ["bisect", "--good", "guest", "--bad", bad, "--message-format", "json"];
        let mut command = project.command(&arguments);
        found(&Run::new(&command.env("PATH", &path).output().unwrap()).success())
    };
    let small = bisect("small");
    assert_eq!(small["culprits"], serde_json::json!(["CONFIG_NET: y -> n"]), "{small}");
    assert!(small["outcome"].as_str().unwrap().contains("Kernel panic - not syncing: no network"), "{small}");
    assert_eq!(small["differences"], 4);
    let again = bisect("small");
    assert_eq!((&again["culprits"], &again["tried"]), (&small["culprits"], &0.into()));
    let patched = bisect("patched");
    assert_eq!(patched["culprits"], serde_json::json!(["patch `b`"]), "{patched}");
    assert!(!project.path("Kernel.lock").exists() || !project.read("Kernel.lock").contains("bisect"));
}

fn run(mut command: Command) -> Run {
    match std::env::var_os("KERNEL_CACHE_DIR") {
        Some(folder) => command.env("KERNEL_CACHE_DIR", folder),
        None => command.env_remove("KERNEL_CACHE_DIR"),
    };
    Run::new(&command.stdin(Stdio::null()).output().unwrap())
}

/// Without an initramfs no init is found; what else the two kernels differ in has nothing to do with that. A patch
/// that breaks the boot is found among patches that do not.
#[test]
fn a_symbol_and_a_patch_that_break_the_boot_are_found() {
    if !needs::full() || !needs::program("qemu-system-x86_64") {
        return;
    }
    let Some(tree) = needs::srctree("6_12") else { return };
    let mut build = Command::new(cargo_kernel());
    build.args(["kernel", "build", "guest"]).current_dir(workspace_root());
    run(build).success();

    let project = Project::empty();
    for name in ["crates", "kernel", "kernel-spec", "tests", "xtask", "Cargo.lock"] {
        std::os::unix::fs::symlink(workspace_root().join(name), project.path(name)).unwrap();
    }
    project.write("Cargo.toml", &std::fs::read_to_string(workspace_root().join("Cargo.toml")).unwrap());
    let manifest = std::fs::read_to_string(workspace_root().join("Kernel.toml")).unwrap();
    let (kernels, _) = manifest.split_once("# The same with ACPI").unwrap();
    let small = "[kernel.small]\ninherits = \"guest\"\n[kernel.small.config]\nBLK_DEV_INITRD = false\nBINFMT_SCRIPT = false\n\
                 SIGNALFD = false\nTIMERFD = false\n";
    project.write("patches/a.patch", &inserted(&tree, "init/version.c", 1, "/* harmless */"));
    project.write(
        "patches/b.patch",
        &inserted(
            &tree,
            "init/main.c",
            line_of(&tree, "kernel_init(void *unused)") + 3,
            "\tpanic(\"patched\");",
        ),
    );
    project.write("patches/c.patch", &inserted(&tree, "init/calibrate.c", 1, "/* harmless */"));
    let patch = |name: &str| {
        format!("[[kernel.patched.patch]]\nname = \"{name}\"\npath = \"patches/{name}.patch\"\n")
    };
    let patched = format!("[kernel.patched]\ninherits = \"guest\"\n{}", ["a", "b", "c"].map(patch).concat());
    let vm = "[vm.qemu]\nkernel = \"guest\"\nimage = \"vmlinux\"\ninit = { package = \"guest-init\" }\nrunner = \"qemu\"\n\
              cmdline = \"console=ttyS0 reboot=t panic=-1 quiet\"\nsilence = 10\n";
    project.write("Kernel.toml", &format!("{kernels}\n{small}\n{patched}\n{vm}"));

    let found = bisected(&project, "small");
    assert_eq!(found["culprits"], serde_json::json!(["CONFIG_BLK_DEV_INITRD: y -> n"]), "{found}");
    assert!(found["outcome"].as_str().unwrap().contains("Unable to mount root fs"), "{found}");
    assert!(found["differences"].as_u64().unwrap() >= 4, "{found}");
    // All of it is known to the next run.
    let again = bisected(&project, "small");
    assert_eq!((&again["culprits"], &again["tried"]), (&found["culprits"], &0.into()));

    let found = bisected(&project, "patched");
    assert_eq!(found["culprits"], serde_json::json!(["patch `b`"]), "{found}");
    assert!(found["outcome"].as_str().unwrap().contains("Kernel panic - not syncing: patched"), "{found}");
}

fn bisected(project: &Project, bad: &str) -> Value {
    let arguments = ["bisect", "--good", "guest", "--bad", bad, "--message-format", "json"];
    found(&run(project.command(&arguments)).success())
}

/// What was found; `tried` says how many kernels had to be booted for it.
fn found(run: &Run) -> Value {
    let messages: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let tried =
        messages.iter().filter(|message| message["reason"] == "bisect-step" && message["known"] == false);
    let tried = tried.count();
    let mut found = messages.into_iter().rfind(|message| message["reason"] == "bisect-found").unwrap();
    found["tried"] = tried.into();
    found
}

/// The number of the line of `init/main.c` that has a text, from 1.
fn line_of(tree: &Path, text: &str) -> usize {
    let file = std::fs::read_to_string(tree.join("init/main.c")).unwrap();
    let defined = |line: &str| line.contains(text) && !line.ends_with(';');
    file.lines().position(defined).unwrap() + 1
}

/// A patch that puts a line before another of a file of the tree, whose number is counted from 1.
fn inserted(tree: &Path, file: &str, before: usize, line: &str) -> String {
    let text = std::fs::read_to_string(tree.join(file)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (start, end) = (before.saturating_sub(4), (before + 2).min(lines.len()));
    let context = |lines: &[&str]| lines.iter().map(|line| format!(" {line}\n")).collect::<String>();
    let (above, below) = (context(&lines[start..before - 1]), context(&lines[before - 1..end]));
    let number = end - start;
    format!(
        "--- a/{file}\n+++ b/{file}\n@@ -{0},{number} +{0},{1} @@\n{above}+{line}\n{below}",
        start + 1,
        number + 1
    )
}
