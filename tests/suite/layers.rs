//! Layers on the toy tree: who wins, who conflicts, what a guard lets through, and that a key knows of all of it.

use tests::Project;

/// The toy tree with these files of the manifest's folder, its kernel's keys and its `[config]`.
fn project(files: &[(&str, &str)], keys: &str, config: &str) -> Project {
    let project = Project::toy();
    project.write("kernel/net.config", "# nothing\n");
    for (name, text) in files {
        project.write(name, text);
    }
    project.replace("Kernel.toml", "images = [\"vmlinux\"]\n", &format!("images = [\"vmlinux\"]\n{keys}\n"));
    project.replace("Kernel.toml", "CONSOLE = \"ttyS0\"\n", config);
    project
}

fn resolved(project: &Project, route: &str) -> String {
    project.kernel(&["check", "guest", route]).success();
    project.read("target/kernel/.work/guest/resolved.config")
}

#[test]
fn equals_that_disagree_are_an_error_with_both_places() {
    let files = [
        ("kernel/a.config", "CONFIG_NR_CPUS=2\nCONFIG_NET=y\nCONFIG_NET=n\n"),
        ("kernel/b.config", "CONFIG_NR_CPUS=4\nCONFIG_SOUND=n\n"),
    ];
    let project = project(&files, "", "");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
     Configuring guest 6.12.7
    error: requests for kernel `guest` conflict over 2 symbols
      CONFIG_NET=y       kernel/a.config:2
      CONFIG_NET=n       kernel/a.config:3   contradictory
      CONFIG_NR_CPUS=2   kernel/a.config:1
      CONFIG_NR_CPUS=4   kernel/b.config:1   redefined
    hint: write `NET = "n"` into `[kernel.guest.config]` if that is meant, or `on-conflict = "last"` into `[kernel.guest]`
    "#);
    // Settled by something stronger, or by a word.
    project.replace(
        "Kernel.toml",
        "[kernel.guest.config]\n",
        "[kernel.guest.config]\nNR_CPUS = 4\nNET = \"n\"\n",
    );
    assert!(resolved(&project, "--kconfig=engine").contains("CONFIG_NR_CPUS=4\n"));
    project.replace("Kernel.toml", "NR_CPUS = 4\nNET = \"n\"\n", "");
    project.replace("Kernel.toml", "images =", "on-conflict = \"last\"\nimages =");
    let run = project.kernel(&["check", "-v"]).success();
    assert!(
        run.stderr.contains("kernel/a.config:1") && run.stderr.contains("kernel/b.config:1"),
        "{}",
        run.stderr
    );
    // Another setting judges again, where nothing else changed.
    project.replace("Kernel.toml", "on-conflict = \"last\"", "deny-conflicts = [\"redefined\"]");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
     Configuring guest 6.12.7
    error: requests for kernel `guest` conflict over 1 symbol
      CONFIG_NR_CPUS=2   kernel/a.config:1
      CONFIG_NR_CPUS=4   kernel/b.config:1   redefined
    hint: write `NR_CPUS = 4` into `[kernel.guest.config]` if that is meant, or `on-conflict = "last"` into `[kernel.guest]`
    "#);
}

#[test]
fn a_repeated_and_an_overridden_request_can_be_forbidden() {
    let files =
        [("kernel/a.config", "CONFIG_NET=y\nCONFIG_NR_CPUS=2\n"), ("kernel/b.config", "CONFIG_NET=y\n")];
    let project = project(&files, "deny-conflicts = [\"redundant\", \"overridden\"]", "NR_CPUS = 3\n");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
     Configuring guest 6.12.7
    error: requests for kernel `guest` conflict over 2 symbols
      CONFIG_NET=y       kernel/a.config:1
      CONFIG_NET=y       kernel/b.config:1   redundant
      CONFIG_NR_CPUS=2   kernel/a.config:2
      CONFIG_NR_CPUS=3   Kernel.toml:18   overridden
    hint: delete one of the two at kernel/b.config:1
    ");
}

/// A value is what its symbol takes, a priority goes before the order, and both routes agree.
#[test]
fn values_are_typed_by_their_symbols_and_priorities_go_first() {
    let files = [("kernel/a.config", "CONFIG_NET=y\nCONFIG_SOUND=m\n"), ("weak.config", "CONFIG_SLOW=y\n")];
    let config = "CONSOLE = \"y\"\nNR_CPUS = { value = 0x10, reason = \"a number in another notation\" }\n\
                  NET = { value = false, priority = \"default\" }\nSOUND = \"enabled\"\nVIRTIO_NET = \"enabled\"\n\
                  MODULES = true\nSLOW = { value = \"n\", priority = \"force\" }\n";
    let project = project(&files, "mod2yes = true", config);
    project.replace(
        "Kernel.toml",
        "\"kernel/*.config\"",
        "\"kernel/*.config\", { path = \"weak.config\", priority = \"force\" }",
    );
    // A force in a fragment is weaker than one in the kernel's table.
    let by_engine = resolved(&project, "--kconfig=engine");
    insta::assert_snapshot!(by_engine.lines().filter(|line| line.contains("CONFIG_")).collect::<Vec<_>>().join("\n"), @r#"
    CONFIG_MODULES=y
    CONFIG_NET=y
    CONFIG_VIRTIO_NET=y
    CONFIG_CONSOLE="y"
    CONFIG_NR_CPUS=16
    CONFIG_SOUND=y
    CONFIG_MICROCODE=y
    # CONFIG_BROKEN is not set
    # CONFIG_SLOW is not set
    CONFIG_LOCALVERSION="-guest"
    # CONFIG_LOCALVERSION_AUTO is not set
    "#);
    assert_eq!(by_engine, resolved(&project, "--kconfig=tree"));
}

/// `unset` gives the default, which is not `n`, also where nobody speaks of a symbol and it becomes `n`.
#[test]
fn unset_is_the_default() {
    let project = project(
        &[("kernel/a.config", "CONFIG_LOCALVERSION_AUTO=n\nCONFIG_NR_CPUS=7\n")],
        "",
        "LOCALVERSION_AUTO = { unset = true }\nNR_CPUS = \"unset\"\n",
    );
    for route in ["--kconfig=engine", "--kconfig=tree"] {
        let text = resolved(&project, route);
        assert!(
            text.contains("CONFIG_LOCALVERSION_AUTO=y\n") && text.contains("CONFIG_NR_CPUS=1\n"),
            "{route}: {text}"
        );
    }
    project.replace("Kernel.toml", "LOCALVERSION_AUTO = { unset = true }\n", "");
    assert!(resolved(&project, "--kconfig=engine").contains("# CONFIG_LOCALVERSION_AUTO is not set\n"));
}

#[test]
fn a_guard_lets_through_what_holds() {
    let files = [("kernel/a.config", "CONFIG_NET=y\n"), ("old.config", "CONFIG_NO_SUCH=y\n")];
    let config = "SOUND = { value = \"y\", when = { version = \">=6.6, <6.13\", arch = [\"x86_64\"], toolchain = \"gcc\" } }\n\
                  SLOW = { value = \"y\", when = { version = \"6.13\" } }\nGONE = { value = \"y\", when = { arch = \"arm\" } }\n";
    let project = project(&files, "", config);
    project.replace(
        "Kernel.toml",
        "\"kernel/*.config\"",
        "\"kernel/*.config\", { path = \"old.config\", when = { version = \"<6.2\" } }",
    );
    let text = resolved(&project, "--kconfig=engine");
    assert!(text.contains("CONFIG_SOUND=y\n") && text.contains("# CONFIG_SLOW is not set\n"), "{text}");
    // The tree's version is an input: another tree, other requests.
    project.replace("toy/Makefile", "PATCHLEVEL = 12", "PATCHLEVEL = 13");
    project.replace("Kernel.toml", "version = \"6.12\"\n", "");
    let text = resolved(&project, "--kconfig=engine");
    assert!(text.contains("# CONFIG_SOUND is not set\n") && text.contains("CONFIG_SLOW=y\n"), "{text}");
}

#[test]
fn an_optional_request_may_be_missed_and_is_told() {
    let config =
        "VIRTIO_NET = { value = \"y\", optional = true, reason = \"faster, where there is a network\" }\n";
    let project = project(&[], "", config);
    let run = project.kernel(&["check", "-v"]).success();
    insta::assert_snapshot!(project.said(&run), @"
    Configuring guest 6.12.7
                CONFIG_VIRTIO_NET=y at Kernel.toml:18 resolved to n, which is allowed: faster, where there is a network
        Checked guest 6.12.7-guest: 1 request landed
    ");
    project.kernel(&["build"]).success();
    let record = project.read("target/kernel/guest/kernel.json");
    assert!(record.contains("\"missed\": true"), "{record}");
}

/// What an heir says wins over what it inherits, in whatever layer that stands; its own layers keep their order.
#[test]
fn an_heir_wins_over_what_it_inherits() {
    let files = [
        ("kernel/a.config", "CONFIG_NR_CPUS=2\nCONFIG_NET=y\n"),
        ("debug.config", "CONFIG_NR_CPUS=4\nCONFIG_SOUND=y\nCONFIG_SLOW=y\n"),
    ];
    let project = project(&files, "", "SOUND = \"n\"\n");
    let heir = "\n[kernel.debug]\ninherits = \"guest\"\nfragments = { append = [\"debug.config\"] }\nconfig = { SLOW = \"n\" }\n";
    project.write("Kernel.toml", &(project.read("Kernel.toml") + heir));
    project.kernel(&["check"]).success();
    let run = project.kernel(&["config", "layers", "debug"]).success();
    insta::assert_snapshot!(run.stdout, @r#"
    fragments: kernel/a.config
      CONFIG_NR_CPUS=2               kernel/a.config:1   overridden by CONFIG_NR_CPUS=4 at debug.config:1
      CONFIG_NET=y                   kernel/a.config:2
    config: [kernel.guest]
      CONFIG_LOCALVERSION="-guest"   Kernel.toml:12
      CONFIG_SOUND=n                 Kernel.toml:18   overridden by CONFIG_SOUND=y at debug.config:2
    fragments: debug.config
      CONFIG_NR_CPUS=4               debug.config:1
      CONFIG_SOUND=y                 debug.config:2
      CONFIG_SLOW=y                  debug.config:3   overridden by CONFIG_SLOW=n at Kernel.toml:23
    config: [kernel.debug]
      CONFIG_SLOW=n                  Kernel.toml:23
    "#);
    let text = project.read("target/kernel/.work/debug/resolved.config");
    for line in ["CONFIG_NR_CPUS=4\n", "CONFIG_SOUND=y\n", "# CONFIG_SLOW is not set\n", "CONFIG_NET=y\n"] {
        assert!(text.contains(line), "{line}{text}");
    }
    // Of itself the ancestor says what it said.
    assert!(project.read("target/kernel/.work/guest/resolved.config").contains("CONFIG_NR_CPUS=2\n"));
}

/// A profile holds where its `when` does; what it shares with another one stays.
#[test]
fn a_profile_has_conditions() {
    let project = project(&[("own.config", "CONFIG_NET=y\n"), ("old.config", "CONFIG_SLOW=y\n")], "", "");
    project.replace(
        "Kernel.toml",
        "images =",
        "profiles = [{ name = \"own.config\", when = { version = \"<6\" } }, \"own.config\", { name = \"old.config\", \
         when = { version = \"<6.2\", arch = \"x86_64\" } }]\nimages =",
    );
    let text = resolved(&project, "--kconfig=engine");
    assert!(text.contains("CONFIG_NET=y\n") && text.contains("# CONFIG_SLOW is not set\n"), "{text}");
    let run = project.kernel(&["metadata"]).success();
    let object: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(object["kernels"]["guest"]["profile_details"][2]["when"]["version"], "<6.2");
}
