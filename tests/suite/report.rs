//! What is not as asked is told at once, with what to do; and what one run asks for beside the manifest.

use tests::{Project, needs};

/// The toy tree with a fragment, and the kernel's `[config]`.
fn project(fragment: &str, config: &str) -> Project {
    let project = Project::toy();
    project.write("kernel/net.config", fragment);
    project.replace("Kernel.toml", "CONSOLE = \"ttyS0\"\n", config);
    project
}

#[test]
fn may_miss_is_for_misses_alone() {
    let misses = "CONFIG_VIRTIO_NET=y\nCONFIG_GONE=y\nCONFIG_NR_CPUS=2\n";
    let project = project(misses, "");
    let entry = |symbol: &str, more: &str| {
        format!("[[kernel.guest.may-miss]]\nsymbol = \"{symbol}\"\nreason = \"a test\"\n{more}\n")
    };
    let manifest = project.read("Kernel.toml");
    let with = |entries: &[String]| project.write("Kernel.toml", &(manifest.clone() + &entries.concat()));
    with(&[entry("VIRTIO_NET", ""), entry("GONE", "until = \"6.13\"")]);
    let run = project.kernel(&["check", "-v"]).success();
    insta::assert_snapshot!(project.said(&run), @"
    Configuring guest 6.12.7
                CONFIG_VIRTIO_NET=y at kernel/net.config:1 resolved to n, which is allowed: a test
                CONFIG_GONE=y at kernel/net.config:2 no such symbol in 6.12.7, which is allowed: a test
        Checked guest 6.12.7-guest: 2 requests landed
    ");
    project.kernel(&["build"]).success();
    // What is not needed is an error, and so is what has ended.
    with(&[
        entry("VIRTIO_NET", "until = 2020-01-01"),
        entry("GONE", "until = \"6.12\""),
        entry("NR_CPUS", ""),
        entry("SOUND", ""),
        entry("SLOW", "when = { version = \"<6.2\" }"),
    ]);
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
     Configuring guest 6.12.7
    error: 2 requests did not land for kernel `guest`; `may-miss` of kernel `guest` has 2 symbols that it does not need
      CONFIG_VIRTIO_NET=y   kernel/net.config:1   resolved to n: depends on NET, which is n (Kconfig:12)
        lands with `CONFIG_NET=y` in `kernel/net.config`
        might be missed until 2020-01-01
      CONFIG_GONE=y         kernel/net.config:2   no such symbol in 6.12.7
        might be missed until 6.12
      CONFIG_NR_CPUS   Kernel.toml:26   need not be in `may-miss`: the request landed
      CONFIG_SOUND   Kernel.toml:30   need not be in `may-miss`: nobody asks for it
    hint: `kernel check guest --fix` writes what is missing where it belongs
    ");
}

#[test]
fn check_fix_writes_what_is_missing_and_checks_again() {
    let project = project("CONFIG_VIRTIO_NET=y\n", "");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
     Configuring guest 6.12.7
    error: 1 request did not land for kernel `guest`
      CONFIG_VIRTIO_NET=y   kernel/net.config:1   resolved to n: depends on NET, which is n (Kconfig:12)
        lands with `CONFIG_NET=y` in `kernel/net.config`
    hint: `kernel check guest --fix` writes what is missing where it belongs
    ");
    let before = project.read("Kernel.toml");
    let run = project.kernel(&["check", "--fix"]).success();
    insta::assert_snapshot!(project.said(&run), @"
    Configuring guest 6.12.7
          Wrote 1 setting into [ROOT]/kernel/net.config
    Configuring guest 6.12.7
        Checked guest 6.12.7-guest: 3 requests landed
    ");
    // The fragment asks for it, and so it belongs there: others that use the fragment need it too.
    assert_eq!(project.read("kernel/net.config"), "CONFIG_VIRTIO_NET=y\nCONFIG_NET=y\n");
    assert_eq!(project.read("Kernel.toml"), before);
    // Where somebody else speaks of what is missing, the stronger one has to change.
    project.write("kernel/net.config", "CONFIG_VIRTIO_NET=y\n");
    project.write("kernel/off.config", "CONFIG_NET=n\n");
    project.kernel(&["check", "--fix"]).success();
    assert_eq!(project.read("Kernel.toml"), format!("{before}NET = \"y\"\n"));
    assert_eq!(project.read("kernel/net.config"), "CONFIG_VIRTIO_NET=y\n");
}

/// Every kernel is judged before the command ends; a program gets all of it.
#[test]
fn all_kernels_are_judged() {
    let project = project("CONFIG_VIRTIO_NET=y\n", "");
    let more = "\n[kernel.other]\ninherits = \"guest\"\nfragments = { replace = [] }\n[kernel.other.config]\nCONSOL = \"x\"\n";
    project.write("Kernel.toml", &(project.read("Kernel.toml") + more));
    let run = project.kernel(&["check", "--message-format", "json"]).exit(1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.stdout);
    for (line, kernel, symbol) in
        [(lines[0], "guest", "CONFIG_VIRTIO_NET"), (lines[1], "other", "CONFIG_CONSOL")]
    {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        let refusal = &object["refusal"];
        assert_eq!((refusal["kernel"].as_str(), object["reason"].as_str()), (Some(kernel), Some("error")));
        assert_eq!(refusal["misses"][0]["symbol"].as_str(), Some(symbol));
        let layer = if kernel == "guest" { "kernel/net.config" } else { "[kernel.other.config]" };
        assert_eq!(refusal["misses"][0]["layer"].as_str(), Some(layer));
    }
    let guest: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    let miss = &guest["refusal"]["misses"][0];
    assert_eq!(miss["proposal"]["settings"][0]["symbol"].as_str(), Some("CONFIG_NET"));
    assert_eq!(miss["explanation"]["reasons"][0]["reason"].as_str(), Some("hidden"));
}

#[test]
fn one_run_may_ask_for_more() {
    let project = project("CONFIG_NET=n\n", "");
    project.kernel(&["build"]).success();
    let more = ["--config", "kernel.guest.config.NET=y", "--config", "more.toml"];
    project.write("more.toml", "[kernel.guest.config]\nNR_CPUS = 4\n");
    let run = project.kernel(&[&["check"][..], &more].concat()).success();
    insta::assert_snapshot!(project.said(&run), @"
    Configuring guest 6.12.7
        Checked guest 6.12.7-guest: 3 requests landed, with CONFIG_NET=y, CONFIG_NR_CPUS=4 of this run alone
    ");
    let run = project.kernel(&[&["config", "resolve", "guest"][..], &more].concat()).success();
    assert!(
        run.stdout.contains("CONFIG_NET=y\n") && run.stdout.contains("CONFIG_NR_CPUS=4\n"),
        "{}",
        run.stdout
    );
    let run = project.kernel(&[&["build"][..], &more].concat()).success();
    assert!(run.stderr.contains("with CONFIG_NET=y, CONFIG_NR_CPUS=4 of this run alone"), "{}", run.stderr);
    let record = project.read("target/kernel/guest/kernel.json");
    assert!(
        record.contains("\"one-off\": [\n      \"CONFIG_NET=y\",\n      \"CONFIG_NR_CPUS=4\"\n    ]"),
        "{record}"
    );
    // Without it the artifact is another one again.
    project.kernel(&["build"]).success();
    assert!(!project.read("target/kernel/guest/kernel.json").contains("one-off"));
    let run =
        project.kernel(&["check", "--config", "absent.toml", "--config", "kernel.gest.config.NET=y"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
    error: `--config` is `absent.toml`, which is no file and has no `=`
    hint: write `--config kernel.NAME.config.SYMBOL=VALUE`, or the path of a TOML file

    error: no kernel `gest` in the manifest
     --> --config #2:1:8
    1 | kernel.gest.config.NET="y"
      |        ^^^^
    hint: did you mean `guest`?
    "#);
    let twice = ["--config", "kernel.guest.config.NET=y", "--config", "kernel.guest.config.NET=n"];
    let run = project.kernel(&[&["check"][..], &twice].concat()).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
     Configuring guest 6.12.7
    error: requests for kernel `guest` conflict over 1 symbol
      CONFIG_NET=y   --config #1
      CONFIG_NET=n   --config #2   redefined
    hint: leave one of them out
    ");
}

#[test]
fn what_is_not_as_asked_is_resolved_and_written_all_the_same() {
    let project = project("CONFIG_NR_CPUS=2\nCONFIG_NR_CPUS=4\nCONFIG_GONE=y\n", "");
    let run = project.kernel(&["config", "resolve", "guest", "-o", "out.config"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
           Wrote [ROOT]/out.config
    error: requests for kernel `guest` conflict over 1 symbol; 1 request did not land for kernel `guest`
      CONFIG_NR_CPUS=2   kernel/net.config:1
      CONFIG_NR_CPUS=4   kernel/net.config:2   contradictory
      CONFIG_GONE=y   kernel/net.config:3   no such symbol in 6.12.7
    hint: write `NR_CPUS = 4` into `[kernel.guest.config]` if that is meant, or `on-conflict = "last"` into `[kernel.guest]`
    "#);
    assert!(project.read("out.config").contains("CONFIG_NR_CPUS=4\n"));
}

#[test]
fn where_each_request_comes_from() {
    let project = project(
        "CONFIG_NET=y\nCONFIG_NR_CPUS=2\n",
        "NR_CPUS = { value = 4, reason = \"four is enough\" }\nNET = \"y\"\n",
    );
    let run = project.kernel(&["config", "layers", "guest"]).success();
    insta::assert_snapshot!(run.stdout, @r#"
    fragments: kernel/net.config
      CONFIG_NET=y                   kernel/net.config:1   repeated at Kernel.toml:18
      CONFIG_NR_CPUS=2               kernel/net.config:2   overridden by CONFIG_NR_CPUS=4 at Kernel.toml:17
    config: [kernel.guest]
      CONFIG_LOCALVERSION="-guest"   Kernel.toml:12
      CONFIG_NR_CPUS=4               Kernel.toml:17   (four is enough)
      CONFIG_NET=y                   Kernel.toml:18
    "#);
    let run = project
        .kernel(&["config", "layers", "guest", "NR_CPUS", "--config", "kernel.guest.config.NR_CPUS=8"])
        .success();
    insta::assert_snapshot!(run.stdout, @"
    fragments: kernel/net.config
      CONFIG_NR_CPUS=2   kernel/net.config:2   overridden by CONFIG_NR_CPUS=4 at Kernel.toml:17
    config: [kernel.guest]
      CONFIG_NR_CPUS=4   Kernel.toml:17   (four is enough), overridden by CONFIG_NR_CPUS=8 at --config
    command line: --config
      CONFIG_NR_CPUS=8   --config
    resolved: CONFIG_NR_CPUS=8
    ");
}

#[test]
fn metadata_has_what_is_inherited() {
    let project = project("CONFIG_NET=y\n", "NET = { value = \"y\", when = { arch = \"x86_64\" } }\n");
    project.write(
        "Kernel.toml",
        &(project.read("Kernel.toml")
            + "\n[kernel.other]\ninherits = \"guest\"\n[kernel.other.config]\nSOUND = \"n\"\n"),
    );
    let run = project.kernel(&["metadata", "--format-version", "1"]).success();
    let object: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&object["kernels"]["other"]).unwrap(), @r#"
    {
      "arch": "x86_64",
      "auto_modules": false,
      "base": "tinyconfig",
      "built_features": null,
      "config": {
        "CONFIG_NET": "y",
        "CONFIG_SOUND": "n"
      },
      "contracts": [],
      "deny_conflicts": [
        "contradictory",
        "redefined"
      ],
      "features": [],
      "fragment_details": [
        {
          "optional": false,
          "path": "kernel/*.config",
          "priority": "normal",
          "reason": null,
          "when": null
        }
      ],
      "fragments": [
        "kernel/*.config"
      ],
      "images": [
        "vmlinux"
      ],
      "inherits": [
        "guest"
      ],
      "local_version": "-guest",
      "may_miss": [],
      "mod2yes": false,
      "mod_dir_version": "{version}-guest",
      "modules": null,
      "patches": [],
      "prefer_builtin": false,
      "profile_details": [],
      "profiles": [],
      "requests": [
        {
          "asked": "y",
          "line": 17,
          "optional": false,
          "priority": "normal",
          "reason": null,
          "symbol": "CONFIG_NET",
          "when": {
            "arch": [
              "x86_64"
            ],
            "toolchain": null,
            "version": null
          }
        },
        {
          "asked": "n",
          "line": 22,
          "optional": false,
          "priority": "normal",
          "reason": null,
          "symbol": "CONFIG_SOUND",
          "when": null
        }
      ],
      "required": [],
      "source": "toy",
      "strict": false,
      "unlisted": "n"
    }
    "#);
    project.kernel(&["metadata", "--format-version", "2"]).exit(2);
}

/// What was said, but for what differs between the trees of one series: the version and the lines of Kconfig files.
fn general(said: &str) -> String {
    let line = |line: &str| {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        for at in 2..words.len() {
            if words[at - 2] == "symbol" && words[at - 1] == "in" {
                let end = words[at].matches([';', ':']).next().unwrap_or_default();
                words[at] = format!("[VERSION]{end}");
            }
        }
        for word in &mut words {
            if let Some((path, line)) = word.split_once("Kconfig:") {
                *word =
                    format!("{path}Kconfig:[LINE]{}", line.trim_start_matches(|c: char| c.is_ascii_digit()));
            }
        }
        words.join(" ")
    };
    said.lines().filter(|line| !line.contains("Configuring")).map(line).collect::<Vec<_>>().join("\n")
}

/// A profile, a fragment and misses of every kind, on the kernel's own trees.
#[test]
fn misses_of_every_kind_on_real_trees() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let project = Project::empty();
        project.write(
            "all.config",
            "CONFIG_VIRTIO_FS=y\nCONFIG_RETPOLINE=y\nCONFIG_VIRTIO_BLOK=y\nCONFIG_NR_CPUS=\"4\"\nCONFIG_ARM64_PAN=y\n\
             CONFIG_X86_64=n\nCONFIG_KVM=m\nCONFIG_KERNEL_GZIP=y\nCONFIG_KERNEL_ZSTD=y\nCONFIG_HZ=250\nCONFIG_LOG_BUF_SHIFT=99\n\
             CONFIG_OVERLAY_FS=m\nCONFIG_CC_IS_CLANG=y\nCONFIG_ARM64_HW_AFDBM=n\n",
        );
        let place = tree.to_string_lossy().into_owned();
        project.write(
            "Kernel.toml",
            &format!(
                "schema = 1\n[source.linux]\npath = {place:?}\n[kernel.k]\nsource = \"linux\"\narch = \"x86_64\"\n\
                 base = \"tinyconfig\"\nprofiles = [\"firecracker\"]\nfragments = [\"all.config\"]\n"
            ),
        );
        let run = project.kernel(&["check"]).exit(1);
        let said = general(&project.said(&run).replace(&place, "[TREE]"));
        match series {
            "6_12" => insta::assert_snapshot!(said, @r#"
            error: 11 requests did not land for kernel `k`
              CONFIG_VIRTIO_FS=y        all.config:1    resolved to n: depends on FUSE_FS, which is n (fs/fuse/Kconfig:[LINE])
                lands with `CONFIG_FUSE_FS=y` in `all.config`
              CONFIG_RETPOLINE=y        all.config:2    no such symbol in [VERSION]; renamed to MITIGATION_RETPOLINE in 6.9
              CONFIG_VIRTIO_BLOK=y      all.config:3    no such symbol in [VERSION]
              CONFIG_NR_CPUS="4"        all.config:4    resolved to 64: its type is `int`
              CONFIG_ARM64_PAN=y        all.config:5    no such symbol in [VERSION]: defined only in arch/arm64/Kconfig:[LINE] and arch/arm64/Kconfig:[LINE]
              CONFIG_X86_64=n           all.config:6    resolved to y: it has no prompt: its defaults decide
              CONFIG_KVM=m              all.config:7    resolved to n: depends on VIRTUALIZATION, which is n (arch/x86/kvm/Kconfig:[LINE])
                lands with `CONFIG_VIRTUALIZATION=y`, `CONFIG_MODULES=y` in `all.config`
              CONFIG_KERNEL_GZIP=y      all.config:8    resolved to n: its choice took KERNEL_ZSTD
              CONFIG_LOG_BUF_SHIFT=99   all.config:11   resolved to 25: out of its range, 12 to 25 (init/Kconfig:[LINE])
              CONFIG_OVERLAY_FS=m       all.config:12   resolved to y: `m` is no value while modules are off
              CONFIG_CC_IS_CLANG=y      all.config:13   resolved to n: it has no prompt: its defaults decide; `[TREE]/scripts/cc-version.sh gcc` answered `GCC 120200`, `set -- GCC 120200 && echo $1` answered `GCC`, `{ test "GCC" = Clang; } >/dev/null 2>&1 && echo "y" || echo "n"` answered `n`
            hint: write `CONFIG_MITIGATION_RETPOLINE=y` at all.config:2
            "#),
            _ => insta::assert_snapshot!(said, @r#"
            error: 11 requests did not land for kernel `k`
              CONFIG_VIRTIO_FS=y        all.config:1    resolved to n: depends on FUSE_FS, which is n (fs/fuse/Kconfig:[LINE])
                lands with `CONFIG_FUSE_FS=y` in `all.config`
              CONFIG_RETPOLINE=y        all.config:2    resolved to n: depends on CPU_MITIGATIONS, which is n (arch/x86/Kconfig:[LINE])
                lands with `CONFIG_CPU_MITIGATIONS=y` in `all.config`
              CONFIG_VIRTIO_BLOK=y      all.config:3    no such symbol in [VERSION]
              CONFIG_NR_CPUS="4"        all.config:4    resolved to 64: its type is `int`
              CONFIG_ARM64_PAN=y        all.config:5    no such symbol in [VERSION]: defined only in arch/arm64/Kconfig:[LINE] and arch/arm64/Kconfig:[LINE]
              CONFIG_X86_64=n           all.config:6    resolved to y: it has no prompt: its defaults decide
              CONFIG_KVM=m              all.config:7    resolved to n: depends on VIRTUALIZATION, which is n (arch/x86/kvm/Kconfig:[LINE])
                lands with `CONFIG_VIRTUALIZATION=y`, `CONFIG_MODULES=y` in `all.config`
              CONFIG_KERNEL_GZIP=y      all.config:8    resolved to n: its choice took KERNEL_ZSTD
              CONFIG_LOG_BUF_SHIFT=99   all.config:11   resolved to 25: out of its range, 12 to 25 (init/Kconfig:[LINE])
              CONFIG_OVERLAY_FS=m       all.config:12   resolved to y: `m` is no value while modules are off
              CONFIG_CC_IS_CLANG=y      all.config:13   resolved to n: it has no prompt: its defaults decide; `[TREE]/scripts/cc-version.sh gcc` answered `GCC 120200`, `set -- GCC 120200 && echo $1` answered `GCC`, `{ test "GCC" = Clang; } >/dev/null 2>&1 && echo "y" || echo "n"` answered `n`
            hint: did you mean `CONFIG_VIRTIO_BLK` at all.config:3?
            "#),
        }
    }
}

/// What is no miss: a request that a stronger one changes, and `n` of what another architecture has. `explain` tells both.
#[test]
fn what_is_overridden_or_harmless_on_real_trees() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let project = Project::empty();
        project
            .write("all.config", "CONFIG_HW_RANDOM_VIRTIO=n\nCONFIG_ARM64_PAN=n\nCONFIG_NO_SUCH_SYMBOL=n\n");
        let place = tree.to_string_lossy().into_owned();
        project.write(
            "Kernel.toml",
            &format!(
                "schema = 1\n[source.linux]\npath = {place:?}\n[kernel.k]\nsource = \"linux\"\narch = \"x86_64\"\n\
                 base = \"tinyconfig\"\nprofiles = [\"firecracker\"]\nfragments = [\"all.config\"]\n"
            ),
        );
        let run = project.kernel(&["check", "-v"]).success();
        let overrides: Vec<&str> = run.stderr.lines().filter(|line| line.contains(" overrides ")).collect();
        assert!(
            overrides.iter().any(|line| line.contains("CONFIG_HW_RANDOM_VIRTIO=n at all.config:1 overrides")),
            "{overrides:?}"
        );
        let explained: Vec<String> = ["HW_RANDOM_VIRTIO", "ARM64_PAN", "NO_SUCH_SYMBOL"]
            .map(|symbol| project.kernel(&["config", "explain", "k", symbol]).success().stdout)
            .iter()
            .map(|text| general(&text.replace(&place, "[TREE]")))
            .collect();
        match series {
            "6_12" => insta::assert_snapshot!(explained.join("\n\n"), @"
            CONFIG_HW_RANDOM_VIRTIO=n (tristate), as asked at all.config:1
              prompt  VirtIO Random Number Generator support
              menu    Device Drivers > Character devices
              at      drivers/char/hw_random/Kconfig:[LINE]
              value   asked for at all.config:1
            overridden: a later request counts
              --> <built-in>/core/any.config:77
                  CONFIG_HW_RANDOM_VIRTIO=y: asked for here
              --> all.config:1
                  CONFIG_HW_RANDOM_VIRTIO=n: and changed here

            CONFIG_ARM64_PAN=n (undefined), as asked at all.config:2: it is absent, which is the same

            CONFIG_NO_SUCH_SYMBOL=n (undefined), as asked at all.config:3: it is absent, which is the same
            "),
            _ => insta::assert_snapshot!(explained.join("\n\n"), @"
            CONFIG_HW_RANDOM_VIRTIO=n (tristate), as asked at all.config:1
              prompt  VirtIO Random Number Generator support
              menu    Device Drivers > Character devices
              at      drivers/char/hw_random/Kconfig:[LINE]
              value   asked for at all.config:1
            overridden: a later request counts
              --> <built-in>/core/any.config:77
                  CONFIG_HW_RANDOM_VIRTIO=y: asked for here
              --> all.config:1
                  CONFIG_HW_RANDOM_VIRTIO=n: and changed here

            CONFIG_ARM64_PAN=n (undefined), as asked at all.config:2: it is absent, which is the same

            CONFIG_NO_SUCH_SYMBOL=n (undefined), as asked at all.config:3: it is absent, which is the same
            "),
        }
    }
}

/// What others decide: a `select` that forces or is missing, a dependency that is `m`, a compiler that cannot.
#[test]
fn misses_by_others_doing_on_real_trees() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let project = Project::empty();
        project.write(
            "all.config",
            "CONFIG_EXT4_FS=y\nCONFIG_CRYPTO_CRC32C=n\nCONFIG_FUSE_FS=m\nCONFIG_VIRTIO_FS=y\nCONFIG_CFI_CLANG=y\n\
             CONFIG_MDIO=y\n",
        );
        let place = tree.to_string_lossy().into_owned();
        project.write(
            "Kernel.toml",
            &format!(
                "schema = 1\n[source.linux]\npath = {place:?}\n[kernel.k]\nsource = \"linux\"\narch = \"x86_64\"\n\
                 base = \"tinyconfig\"\nmodules = true\nprofiles = [\"firecracker\"]\nfragments = [\"all.config\"]\n"
            ),
        );
        let run = project.kernel(&["check"]).exit(1);
        let said = general(&project.said(&run).replace(&place, "[TREE]"));
        match series {
            "6_12" => insta::assert_snapshot!(said, @r#"
            error: 4 requests did not land for kernel `k`
              CONFIG_CRYPTO_CRC32C=n   all.config:2   resolved to y: selected by EXT4_FS and JBD2
              CONFIG_VIRTIO_FS=y       all.config:4   resolved to m: `m` at most: depends on FUSE_FS, which is m (fs/fuse/Kconfig:[LINE])
                lands with `CONFIG_FUSE_FS=y` in `all.config`
              CONFIG_CFI_CLANG=y       all.config:5   resolved to n: depends on `{ trap "rm -rf .tmp_$$" EXIT; mkdir .tmp_$$; gcc -Werror  -fsanitize=kcfi -c -x c /dev/null -o .tmp_$$/tmp.o; } >/dev/null 2>&1 && echo "y" || echo "n"`, which answered n (arch/Kconfig:[LINE])
              CONFIG_MDIO=y            all.config:6   resolved to n: it has no prompt: only CHELSIO_T3, CHELSIO_T4, ALX and 7 more select it
                lands with `CONFIG_ETHERNET=y`, `CONFIG_NET_VENDOR_ATHEROS=y`, `CONFIG_ALX=y` in `all.config`
            hint: `kernel check k --fix` writes what is missing where it belongs
            "#),
            _ => insta::assert_snapshot!(said, @r#"
            error: 4 requests did not land for kernel `k`
              CONFIG_CRYPTO_CRC32C=n   all.config:2   resolved to y: selected by EXT4_FS and JBD2
              CONFIG_VIRTIO_FS=y       all.config:4   resolved to m: `m` at most: depends on FUSE_FS, which is m (fs/fuse/Kconfig:[LINE])
                lands with `CONFIG_FUSE_FS=y` in `all.config`
              CONFIG_CFI_CLANG=y       all.config:5   resolved to n: depends on `{ trap "rm -rf .tmp_$$" EXIT; mkdir .tmp_$$; gcc -Werror  -fsanitize=kcfi -c -x c /dev/null -o .tmp_$$/tmp.o; } >/dev/null 2>&1 && echo "y" || echo "n"`, which answered n (arch/Kconfig:[LINE])
              CONFIG_MDIO=y            all.config:6   resolved to n: it has no prompt: only CHELSIO_T3, CHELSIO_T4, ALX and 7 more select it
                lands with `CONFIG_ETHERNET=y`, `CONFIG_NET_VENDOR_ATHEROS=y`, `CONFIG_ALX=y` in `all.config`
            hint: `kernel check k --fix` writes what is missing where it belongs
            "#),
        }
    }
}
