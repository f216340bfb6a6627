//! What an update says before it is written.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::{Project, needs};

use crate::release_server::KernelOrg;

/// Another release of the toy: a symbol gone, one new, one with another default; a patch that it has taken over.
#[test]
fn an_update_says_what_it_does() {
    let project = Project::toy();
    let org = KernelOrg::start();
    let toy = project.path("toy");
    org.release("6.12.6", &toy, false);
    project.replace("toy/Kconfig", "config VIRTIO_NET\n\tbool \"A network card\"\n\tdepends on NET\n\n", "");
    project.replace(
        "toy/Kconfig",
        "\tint \"Processors\"\n\tdefault 1\n",
        "\tint \"Processors\"\n\tdefault 8\n\nconfig FRESH\n\tdef_bool NET\n",
    );
    project.write("toy/net/net.c", "/* taken */\nint net_init(void) { return 1; }\n");
    org.release("6.12.8", &toy, false);
    fs::remove_dir_all(&toy).unwrap();
    project.replace(
        "Kernel.toml",
        "version = \"6.12\"\npath = \"toy\"",
        &format!("version = \"6.12\"\nkernel-org = \"{}\"", org.base()),
    );
    project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n");
    let patch =
        |from: &str, to: &str| format!("--- a/net/net.c\n+++ b/net/net.c\n@@ -1 +1,2 @@\n+{to}\n {from}\n");
    project.write("patches/taken.patch", &patch("int net_init(void) { return 1; }", "/* taken */"));
    project.write(
        "patches/late.patch",
        "--- a/Kconfig\n+++ b/Kconfig\n@@ -10,5 +10,6 @@\n config VIRTIO_NET\n \tbool \"A network card\"\n+\t# patched\n \tdepends on NET\n \n config CONSOLE\n",
    );
    project.write("patches/ours.patch", "--- /dev/null\n+++ b/ours.txt\n@@ -0,0 +1 @@\n+ours\n");
    let manifest = project.read("Kernel.toml");
    project.write(
        "Kernel.toml",
        &format!("{manifest}\n[[kernel.guest.patch]]\nname = \"net\"\npath = \"patches\"\n"),
    );
    project.kernel(&["update", "toy", "--precise", "6.12.6"]).success();
    project.kernel(&["build"]).success();
    let lock = project.read("Kernel.lock");
    let run = project.kernel(&["update", "--dry-run"]).success();
    insta::assert_snapshot!(run.stdout, @"
    kernel guest: 6.12.6-guest → 6.12.8-guest
      appeared
        CONFIG_FRESH=y
      vanished
        CONFIG_VIRTIO_NET=y
      changed
        CONFIG_NR_CPUS 1 → 8
      no longer lands
        CONFIG_VIRTIO_NET=y   kernel/net.config:2   no such symbol in 6.12.8
      patches
        net (patches/late.patch): does not apply
          `Kconfig`, hunk 1 of 1 at line 3 of the patch: it does not fit at line 10
            line 10: found    `config CONSOLE`
                     expected `config VIRTIO_NET`
        net (patches/taken.patch): upstream already, or reversed
    ");
    assert_eq!(
        project.read("Kernel.lock"),
        lock,
        "it is not written, and nothing of the new tree is learned"
    );
    let run = project.kernel(&["update", "--dry-run", "--pins-only"]).success();
    assert_eq!(run.stdout, "");
    // The kernel's own tree is where it was, and is built with what it was made of.
    assert!(project.kernel(&["build", "--locked"]).success().stderr.contains("Fresh"));

    let run = project.kernel(&["update", "--message-format", "json"]).success();
    let outlook = run.stdout.lines().find(|line| line.contains("\"kernel-outlook\"")).unwrap();
    assert!(outlook.contains(r#""old_release":"6.12.6-guest""#), "{outlook}");
    assert!(project.read("Kernel.lock").contains("kernel-org = \"6.12.8\""));
}

/// From a real 6.1 to a real 6.12, through repositories of their Kconfig files and Makefiles.
#[test]
fn an_update_between_two_real_trees() {
    let (Some(old), Some(new)) = (needs::srctree("6_1"), needs::srctree("6_12")) else { return };
    if !needs::program("git") {
        return;
    }
    let project = Project::empty();
    let linux = project.path("linux");
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(&linux).args(["-c", "user.name=T", "-c", "user.email=t@example.org"]);
        let output = git.args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    take(&old, &linux);
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "-A"]);
    git(&["commit", "--quiet", "-m", "6.1"]);
    project.write(
        "kernel/guest.config",
        "CONFIG_64BIT=y\nCONFIG_SMP=y\nCONFIG_CPU_MITIGATIONS=y\nCONFIG_RETPOLINE=y\nCONFIG_EXT4_FS=y\nCONFIG_BLOCK=y\n",
    );
    project.write(
        "Kernel.toml",
        "schema = 1\n[source.linux]\ngit = \"linux\"\nbranch = \"main\"\n\n[kernel.guest]\nsource = \"linux\"\n\
         arch = \"x86_64\"\nbase = \"tinyconfig\"\nfragments = [\"kernel/*.config\"]\nlocal-version = \"-guest\"\n",
    );
    project.kernel(&["check"]).success();
    fs::rename(linux.join(".git"), project.path("kept")).unwrap();
    fs::remove_dir_all(&linux).unwrap();
    take(&new, &linux);
    fs::rename(project.path("kept"), linux.join(".git")).unwrap();
    git(&["add", "-A"]);
    git(&["commit", "--quiet", "-m", "6.12"]);

    let run = project.kernel(&["update"]).success();
    let said = &run.stdout;
    let first = said.lines().next().unwrap();
    assert!(first.starts_with("kernel guest: 6.1.") && first.contains("-guest → 6.12."), "{first}");
    for line in [
        "  appeared\n",
        "  vanished\n",
        "    CONFIG_RETPOLINE=y → CONFIG_MITIGATION_RETPOLINE=",
        "  changed\n",
        "  no longer lands\n",
        "renamed to MITIGATION_RETPOLINE",
    ] {
        assert!(said.contains(line), "no {line:?}:\n{said}");
    }
    let kept = project.kernel(&["check", "-q"]).exit(1);
    assert!(kept.stderr.contains("CONFIG_RETPOLINE"), "{}", kept.stderr);
}

/// The files of a tree that a configuration is made of.
pub(crate) fn take(from: &Path, to: &Path) {
    let mut waiting = vec![from.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let relative = path.strip_prefix(from).unwrap();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            if kind.is_dir() {
                waiting.push(path.clone());
                continue;
            }
            let in_scripts = relative.starts_with("scripts") && relative.components().count() == 2;
            let wanted = name.starts_with("Kconfig")
                || relative == Path::new("Makefile")
                || relative == Path::new("Documentation/process/changes.rst")
                || in_scripts
                || relative.starts_with("scripts/kconfig")
                || relative.starts_with("arch/x86/configs")
                || relative.starts_with("kernel/configs")
                || (relative.starts_with("arch/x86") && name.starts_with("Makefile"))
                || relative.starts_with("arch/x86/entry/syscalls");
            if wanted && kind.is_file() {
                let target = to.join(relative);
                fs::create_dir_all(target.parent().unwrap()).unwrap();
                fs::copy(&path, &target).unwrap();
            }
        }
    }
}
