//! `kernel config …` on the toy tree: what it prints, what it writes, and its errors.

use std::fs;

use tests::Project;

/// The toy tree with nothing asked for.
fn bare() -> Project {
    let project = Project::toy();
    project.write("kernel/net.config", "CONFIG_NR_CPUS=2\n");
    project
}

#[test]
fn explains_a_value_and_a_request_that_did_not_land() {
    let project = bare();
    project.write("kernel/net.config", "CONFIG_VIRTIO_NET=y\n");
    let run = project.kernel(&["config", "explain", "guest", "VIRTIO_NET", "NR_CPUS"]).success();
    insta::assert_snapshot!(run.stdout, @"
    CONFIG_VIRTIO_NET=n (bool), asked for y at kernel/net.config:1
      prompt  A network card
      at      Kconfig:10
      value   no default holds
    not shown: what its prompt asks for is n
      --> Kconfig:12
    12 | depends on NET
       |            ^^^ n: its prompt is shown

    CONFIG_NR_CPUS=1 (int)
      prompt  Processors
      at      Kconfig:18
      value   default 1 at Kconfig:20
    ");
}

#[test]
fn proposes_what_else_to_set_and_writes_it() {
    let project = bare();
    let run = project.kernel(&["config", "fix", "guest", "VIRTIO_NET=y"]).success();
    insta::assert_snapshot!(run.stdout, @"
    CONFIG_VIRTIO_NET=y lands with
      CONFIG_NET=y
    ");
    let before = project.read("Kernel.toml");
    let run = project.kernel(&["config", "fix", "guest", "VIRTIO_NET=y", "--write"]).success();
    insta::assert_snapshot!(project.said(&run), @"       Wrote 2 settings into [ROOT]/Kernel.toml");
    let after = project.read("Kernel.toml");
    assert_eq!(after, format!("{before}NET = \"y\"\nVIRTIO_NET = \"y\"\n"));
    let resolved = project.kernel(&["config", "resolve", "guest"]).success().stdout;
    assert!(resolved.contains("CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n"), "{resolved}");
}

#[test]
fn what_cannot_be_met_is_refused_and_nothing_is_written() {
    let project = bare();
    let before = project.read("Kernel.toml");
    let run = project.kernel(&["config", "fix", "guest", "MICROCODE=n", "--write"]).exit(1);
    insta::assert_snapshot!(format!("{}{}", run.stdout, project.said(&run)), @"
    CONFIG_MICROCODE=n cannot land
      MICROCODE is y: it has no prompt, and nothing that can be set changes it (Kconfig:25)
    error: 1 request of 1 cannot be met
    ");
    assert_eq!(project.read("Kernel.toml"), before);
}

#[test]
fn what_is_wrong_with_the_arguments() {
    let project = bare();
    let said = |args: &[&str]| {
        let run = project.kernel(&[&["config"], args].concat()).exit(1);
        project.said(&run)
    };
    insta::assert_snapshot!(said(&["fix", "guest", "NET"]), @"error: `NET` is no request: expected `SYMBOL=VALUE`");
    insta::assert_snapshot!(said(&["fix", "guest", "NET=yes"]), @"error: `yes` is not a value: expected `y`");
    insta::assert_snapshot!(said(&["explain", "guest"]), @"
    error: a kernel is named, and nothing that is asked of it
    hint: name symbols behind the kernel's name
    ");
    insta::assert_snapshot!(said(&["explain", "gest", "NET"]), @"
    error: the manifest has no kernel `gest`
    hint: did you mean `guest`?
    ");
    insta::assert_snapshot!(said(&["explain", "guest", "a-b"]), @"error: `a-b` is not a symbol's name: expected letters, digits and `_`");
    insta::assert_snapshot!(said(&["resolve", "--tree", "toy", "--arch", "vax"]), @"error: `vax` is no architecture: expected one of `x86_64`, `aarch64`, `riscv64`, `arm`");
    insta::assert_snapshot!(said(&["resolve", "--tree", "toy", "--config", "absent.config"]), @"
    error: there is no file `absent.config`
    hint: name a `.config`, or a base: `tinyconfig`, `defconfig`, `NAME_defconfig`
    ");
    insta::assert_snapshot!(said(&["diff", "guest", "absent.config"]), @"
    error: `absent.config` is neither a kernel of the manifest nor a file
    hint: there is the kernel `guest`
    ");
    project.write("absent1.config", "");
    insta::assert_snapshot!(said(&["diff", "guest", "absent.config"]), @"
    error: `absent.config` is neither a kernel of the manifest nor a file
    hint: did you mean `absent1.config`?
    ");
    insta::assert_snapshot!(said(&["diff", "kernel/nett.config", "guest"]), @"
    error: `kernel/nett.config` is neither a kernel of the manifest nor a file
    hint: did you mean `kernel/net.config`?
    ");
    insta::assert_snapshot!(said(&["diff", "gueste", "guest"]), @"
    error: `gueste` is neither a kernel of the manifest nor a file
    hint: did you mean `guest`?
    ");
    project.write("wrong.config", "CONFIG_NET = y\n");
    insta::assert_snapshot!(said(&["diff", "guest", "wrong.config"]), @"error: `wrong.config` is no `.config`: wrong.config:1: blanks around `=`");
    insta::assert_snapshot!(said(&["explain", "--tree", "toy", "--config", "wrong.config", "NET"]), @"error: `[ROOT]/wrong.config` cannot be read: line 1: blanks around `=`");
    insta::assert_snapshot!(said(&["resolve", "--tree", "toy", "--config", "sparc_defconfig"]), @"
    error: there is no `sparc_defconfig` in [ROOT]/toy/arch/x86/configs
    hint: there is `x86_64_defconfig`
    ");
    insta::assert_snapshot!(said(&["resolve", "--tree", "nowhere"]), @"error: `[ROOT]/nowhere` is not a kernel source tree: it has no `Makefile`");
    insta::assert_snapshot!(said(&["merge", "absent.config"]), @"
    error: there is no file `absent.config`
    hint: did you mean `absent1.config`?
    ");
    insta::assert_snapshot!(said(&["merge", "-m", "other.config", "tinny.config"]), @"error: there is no file `other.config`");
    insta::assert_snapshot!(said(&["merge", "-m", "wrong.config", "tinny.config"]), @"error: there is no file `tinny.config`");
    insta::assert_snapshot!(said(&["merge", "-m", "--tree", "toy", "wrong.config", "tiny-bas.config"]), @"
    error: there is no file `tiny-bas.config`, and no such fragment in the source tree
    hint: did you mean `tiny-base.config`?
    ");
    insta::assert_snapshot!(said(&["merge", "--kernel", "guest", "wrong.config", "tree:net.config"]), @"
    error: there is no file `tree:net.config`, and no such fragment in the source tree
    hint: the source tree has `tiny-base.config`
    ");
    insta::assert_snapshot!(said(&["merge", "--kernel", "gest", "wrong.config"]), @"
    error: the manifest has no kernel `gest`
    hint: did you mean `guest`?
    ");
    insta::assert_snapshot!(said(&["fix", "guest", "NET=y", "--into", "kernel/nat.config"]), @"
    error: `kernel/nat.config` is no fragment of the kernel `guest`
    hint: did you mean `kernel/net.config`?
    ");
    insta::assert_snapshot!(said(&["fix", "guest", "NET=y", "--into", "/etc/some-file"]), @"
    error: `/etc/some-file` is no fragment of the kernel `guest`
    hint: it has `kernel/net.config`
    ");
    insta::assert_snapshot!(said(&["fix", "--tree", "toy", "--config", "tinyconfig", "NET=y", "--write"]), @"
    error: `tinyconfig` is a base: there is no file to write into
    hint: name a `.config` or a fragment with `--config`
    ");
    project.replace("Kernel.toml", "[kernel.guest]", "[kernel.other]\nsource = \"toy\"\n[kernel.guest]");
    insta::assert_snapshot!(said(&["resolve"]), @"
    error: the manifest has more than one kernel: expected the name of one
    hint: there are `guest`, `other`
    ");
}

#[test]
fn a_fix_goes_into_a_fragment_or_a_plain_file() {
    let project = bare();
    let fragment = "# What the guest has.\nCONFIG_NR_CPUS=2\n# CONFIG_NET is not set\n";
    project.write("kernel/net.config", fragment);
    let manifest = project.read("Kernel.toml");
    let run =
        project.kernel(&["config", "fix", "guest", "VIRTIO_NET=y", "--into", "kernel/net.config"]).success();
    insta::assert_snapshot!(project.said(&run), @"       Wrote 2 settings into [ROOT]/kernel/net.config");
    let after = "# What the guest has.\nCONFIG_NR_CPUS=2\nCONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n";
    assert_eq!((project.read("kernel/net.config").as_str(), project.read("Kernel.toml")), (after, manifest));

    // A layer behind it says otherwise: nothing is written.
    project.write("kernel/net.config", fragment);
    project.write("kernel/off.config", "CONFIG_NET=n\n");
    let run =
        project.kernel(&["config", "fix", "guest", "VIRTIO_NET=y", "--into", "kernel/net.config"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: `[ROOT]/kernel/net.config` is left as it was: 2 settings would not land from there
      CONFIG_NET=y: CONFIG_NET=n at kernel/off.config:1 counts
      CONFIG_VIRTIO_NET=y
    hint: write it into the layer that comes last: `--write` alone does
    ");
    assert_eq!(project.read("kernel/net.config"), fragment);

    project.write("my.config", "# Mine.\nCONFIG_NET=n\nCONFIG_NR_CPUS=3");
    let run = project.kernel(&[
        "config",
        "fix",
        "--tree",
        "toy",
        "--config",
        "my.config",
        "VIRTIO_NET=y",
        "--write",
    ]);
    insta::assert_snapshot!(project.said(&run.success()), @"       Wrote 2 settings into [ROOT]/my.config");
    let after = "# Mine.\nCONFIG_NET=y\nCONFIG_NR_CPUS=3\nCONFIG_VIRTIO_NET=y\n";
    assert_eq!(project.read("my.config"), after);
}

/// The toy tree with questions of its own.
pub(crate) fn with_probes() -> Project {
    let project = bare();
    let probes = "\nconfig CC_HAS_NET\n\tdef_bool $(shell,test -n \"$CC\" && echo n)\n\nconfig FAST\n\tbool \"Fast\"\n\
                  \tdepends on $(shell,$(CC) -mno-such-option -x c -c /dev/null -o /dev/null 2>/dev/null && echo y || echo n)\n";
    let kconfig = project.read("toy/Kconfig");
    project.write("toy/Kconfig", &(kconfig + probes));
    project
}

/// Where the answer to each probe came from.
#[test]
fn explain_tells_kept_answers_from_new_ones() {
    let project = with_probes();
    let explain = |more: &[&str]| {
        project
            .kernel(&[&["config", "explain", "guest", "FAST", "CC_HAS_NET"], more].concat())
            .success()
            .stdout
    };
    insta::assert_snapshot!(explain(&[]), @r#"
    CONFIG_FAST=n (bool)
      prompt  Fast
      at      Kconfig:45
      value   no default holds
    not shown: what its prompt asks for is n
      --> Kconfig:47
    47 | depends on $(shell,$(CC) -mno-such-option -x c -c /dev/null -o /dev/null 2>/dev/null && echo y || echo n)
       | n: a probe said so
      probe   gcc -mno-such-option -x c -c /dev/null -o /dev/null 2>/dev/null && echo y || echo n
      answer  n (run for this)

    CONFIG_CC_HAS_NET=n (bool)
      at      Kconfig:42
      value   default n at Kconfig:43
    no prompt: it cannot be set
      default n at Kconfig:43
      nothing selects it
    probed: its value is what the tree's own question was answered
      --> Kconfig:43
    43 | def_bool $(shell,test -n "$CC" && echo n)
      probe   test -n "$CC" && echo n
      answer  n (run for this)
    "#);
    insta::assert_snapshot!(explain(&[]), @r#"
    CONFIG_FAST=n (bool)
      prompt  Fast
      at      Kconfig:45
      value   no default holds
    not shown: what its prompt asks for is n
      --> Kconfig:47
    47 | depends on $(shell,$(CC) -mno-such-option -x c -c /dev/null -o /dev/null 2>/dev/null && echo y || echo n)
       | n: a probe said so
      probe   gcc -mno-such-option -x c -c /dev/null -o /dev/null 2>/dev/null && echo y || echo n
      answer  n (kept from an earlier run)

    CONFIG_CC_HAS_NET=n (bool)
      at      Kconfig:42
      value   default n at Kconfig:43
    no prompt: it cannot be set
      default n at Kconfig:43
      nothing selects it
    probed: its value is what the tree's own question was answered
      --> Kconfig:43
    43 | def_bool $(shell,test -n "$CC" && echo n)
      probe   test -n "$CC" && echo n
      answer  n (kept from an earlier run)
    "#);
    assert_eq!(explain(&["--no-probe-cache"]).matches("(run for this)").count(), 2);
    // A request that is lost to one names the command, too.
    project.write("kernel/net.config", "CONFIG_FAST=y\n");
    let run = project.kernel(&["check", "guest"]).exit(1);
    let why = "depends on `gcc -mno-such-option -x c -c /dev/null -o /dev/null 2>/dev/null && echo y || echo n`, which answered n (Kconfig:47)";
    assert!(run.stderr.contains(why), "{}", run.stderr);
}

/// A probe runs where its answer matters, and what is said does not tell whether all of them ran.
#[test]
fn a_plain_tree_is_asked_what_matters() {
    let project = bare();
    let kconfig = project.read("toy/Kconfig");
    let probes = "\nsuccess = $(shell,{ $(1); } >/dev/null 2>&1 && echo \"y\" || echo \"n\")\n\
                  config EXTRA\n\tbool \"Extra\"\n\
                  config DEEP\n\tbool \"Deep\"\n\tdepends on EXTRA && $(success,$(srctree)/scripts/deep.sh x)\n\
                  config FORCES\n\tbool \"Forces\"\n\tselect DEEP\n";
    project.write("toy/Kconfig", &(kconfig + probes));
    project.write(
        "toy/scripts/deep.sh",
        &format!("#!/bin/sh\necho $1 >> '{}'\n", project.path("asked").display()),
    );
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(project.path("toy/scripts/deep.sh"), executable).unwrap();
    let resolve = |lines: &str, more: &[&str]| {
        let _ = fs::remove_file(project.path("asked"));
        project.write("some.config", lines);
        let run = project
            .kernel(&[&["config", "resolve", "--tree", "toy", "--config", "some.config"], more].concat());
        let run = run.success();
        (format!("{}{}", run.stdout, project.said(&run)), project.path("asked").exists())
    };
    let (text, asked) = resolve("CONFIG_DEEP=y\n", &[]);
    assert!(text.contains("# CONFIG_EXTRA is not set\n# CONFIG_FORCES is not set\n") && !asked, "{text}");
    let (text, asked) = resolve("CONFIG_EXTRA=y\nCONFIG_DEEP=y\n", &[]);
    assert!(text.contains("CONFIG_EXTRA=y\nCONFIG_DEEP=y\n") && asked, "{text}");
    // What is said of conditions names answers.
    let (text, asked) = resolve("CONFIG_FORCES=y\n", &[]);
    assert!(text.contains("Depends on [n]: EXTRA [=n]\n") && asked, "{text}");
    for lines in ["", "CONFIG_DEEP=y\n", "CONFIG_EXTRA=y\nCONFIG_DEEP=y\n", "CONFIG_FORCES=y\n"] {
        let (patient, _) = resolve(lines, &[]);
        let (whole, asked) = resolve(lines, &["--verify-probes"]);
        assert_eq!(patient, whole);
        assert!(asked, "who verifies runs all");
    }
}

/// The source tree's own fragments, by name alone or where a file of that name is in the way.
#[test]
fn merges_the_trees_own_fragments() {
    let project = bare();
    project.write("toy/kernel/configs/net.config", "CONFIG_NET=y\nCONFIG_NR_CPUS=4\n");
    project.write("toy/arch/x86/configs/net.config", "CONFIG_NR_CPUS=8\n");
    project.write("base.config", "CONFIG_SLOW=y\n");
    let merge = |args: &[&str]| {
        let run =
            project.kernel(&[&["config", "merge", "-m", "--kernel", "guest", "base.config"], args].concat());
        let run = run.success();
        format!("{}{}", project.said(&run), run.stdout)
    };
    insta::assert_snapshot!(merge(&["net.config"]), @"
    arch/x86/configs/net.config: CONFIG_NR_CPUS was `CONFIG_NR_CPUS=4`, is `CONFIG_NR_CPUS=8`
    CONFIG_SLOW=y

    CONFIG_NET=y

    CONFIG_NR_CPUS=8
    ");
    project.write("net.config", "CONFIG_NET=n\n");
    insta::assert_snapshot!(merge(&["net.config"]), @"
    CONFIG_SLOW=y

    CONFIG_NET=n
    ");
    assert!(merge(&["tree:net.config"]).ends_with("CONFIG_NR_CPUS=8\n"));
}

#[test]
fn compares_two_kernels_by_menu() {
    let project = bare();
    let kconfig = project.read("toy/Kconfig");
    let menus = "\nmenu \"Devices\"\nmenu \"Clocks\"\nconfig TICK\n\tbool \"Tick\"\nendmenu\nconfig TOCK\n\tint \"Tock\"\n\
                 \tdefault 1\nendmenu\n";
    project.write("toy/Kconfig", &(kconfig + menus));
    let second = "\n[kernel.second]\ninherits = \"guest\"\n\n[kernel.second.config]\nTICK = true\nTOCK = 2\nNET = true\n";
    project.write("Kernel.toml", &(project.read("Kernel.toml") + second));
    let run = project.kernel(&["config", "diff", "guest", "second"]).success();
    insta::assert_snapshot!(run.stdout, @"
    (no menu)
      + CONFIG_NET=y

    Devices > Clocks
      + CONFIG_TICK=y

    Devices
      ~ CONFIG_TOCK 1 → 2
    ");
    let run = project.kernel(&["config", "diff", "guest", "guest"]).success();
    assert_eq!(run.stdout, "");
}

#[test]
fn compares_a_kernel_with_a_file() {
    let project = bare();
    project.write("other.config", "CONFIG_NET=y\nCONFIG_NR_CPUS=4\nCONFIG_MICROCODE=y\n");
    let run = project.kernel(&["config", "diff", "guest", "other.config"]);
    insta::assert_snapshot!(run.stdout, @r#"
    (no menu)
      + CONFIG_NET=y
      - CONFIG_CONSOLE="ttyS0"
      ~ CONFIG_NR_CPUS 2 → 4
      - CONFIG_LOCALVERSION="-guest"
    "#);
}
