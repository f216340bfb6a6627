//! `kernel import`: what it shows and writes, and that the same `.config` comes of it.

use tests::{Project, needs};

/// The toy tree's kernel without layers of its own.
fn bare() -> Project {
    let project = Project::toy();
    project.replace("Kernel.toml", "fragments = [\"kernel/*.config\"]\n", "");
    project.replace("Kernel.toml", "\n[kernel.guest.config]\nCONSOLE = \"ttyS0\"\n", "");
    project.replace("Kernel.toml", "local-version = \"-guest\"\nmod-dir-version = \"{version}-guest\"\n", "");
    project
}

fn resolved(project: &Project) -> String {
    project.kernel(&["config", "resolve", "guest"]).success().stdout
}

#[test]
fn a_fragment_and_a_text_of_nixpkgs_become_requests() {
    let project = bare();
    project.write("my.config", "# The network.\nCONFIG_NET=y\n# CONFIG_SLOW is not set\n");
    project.write("extra.txt", "# A card.\nVIRTIO_NET? y # where it is\nNR_CPUS 8\n");
    let run = project.kernel(&["import", "my.config", "extra.txt"]).success();
    insta::assert_snapshot!(run.stdout, @r#"
    [kernel.guest.config]
    # The network.
    NET = "y"
    SLOW = "n"
    # A card.
    VIRTIO_NET = { value = "y", optional = true, reason = "where it is" }
    NR_CPUS = 8
    "#);
    let before = resolved(&project);
    let run = project.kernel(&["import", "my.config", "extra.txt", "--write"]).success();
    insta::assert_snapshot!(project.said(&run), @"       Wrote layers of `guest` into [ROOT]/Kernel.toml");
    let after = resolved(&project);
    assert_ne!(before, after);
    for line in ["CONFIG_NET=y", "CONFIG_VIRTIO_NET=y", "CONFIG_NR_CPUS=8"] {
        assert!(after.lines().any(|found| found == line), "{line}: {after}");
    }
    // A second time there is nothing to add.
    let manifest = project.read("Kernel.toml");
    project.kernel(&["import", "my.config", "extra.txt", "--write"]).success();
    assert_eq!(project.read("Kernel.toml"), manifest);
}

#[test]
fn a_complete_config_becomes_the_least_that_stands_for_it() {
    let project = bare();
    let config = "CONFIG_MODULES=y\nCONFIG_NET=y\nCONFIG_VIRTIO_NET=y\nCONFIG_NR_CPUS=4\nCONFIG_SOUND=m\n";
    project.write("some.config", config);
    let complete = [
        "config",
        "resolve",
        "--tree",
        "toy",
        "--arch",
        "x86_64",
        "--config",
        "some.config",
        "-o",
        "old.config",
    ];
    project.kernel(&complete).success();
    let run = project.kernel(&["import", "old.config"]).success();
    insta::assert_snapshot!(run.stdout, @r#"
    [kernel.guest]
    base = "alldefconfig"

    [kernel.guest.config]
    MODULES = "y"
    NET = "y"
    VIRTIO_NET = "y"
    NR_CPUS = 4
    SOUND = "m"
    "#);
    project.kernel(&["import", "old.config", "--write"]).success();
    assert_eq!(resolved(&project), project.read("old.config"));
    // What this tree does not have is told.
    project.write("old.config", &(project.read("old.config") + "CONFIG_GONE=y\n"));
    let run = project.kernel(&["import", "old.config"]).success();
    insta::assert_snapshot!(project.said(&run), @"
    note: 1 symbol of `old.config` is otherwise here
      CONFIG_GONE: y there, absent here
    ");
}

#[test]
fn a_folder_becomes_fragments_by_architecture() {
    let project = bare();
    project.write("kata/common/net.conf", "# The network.\nCONFIG_NET=y\n");
    project.write("kata/x86_64/cpus.conf", "CONFIG_NR_CPUS=8\n");
    project.write("kata/arm64/cpus.conf", "CONFIG_NR_CPUS=16\n");
    project.write("kata/README.md", "Fragments.\n");
    let run = project.kernel(&["import", "kata", "--write"]).success();
    insta::assert_snapshot!(project.said(&run), @"       Wrote layers of `guest` into [ROOT]/Kernel.toml");
    insta::assert_snapshot!(project.read("Kernel.toml"), @r#"
    schema = 1

    [source.toy]
    version = "6.12"
    path = "toy"

    [kernel.guest]
    source = "toy"
    arch = "x86_64"
    base = "tinyconfig"
    images = ["vmlinux"]
    fragments = ["kata/common/*.conf", { path = "kata/arm64/*.conf", when = { arch = "aarch64" } }, { path = "kata/x86_64/*.conf", when = { arch = "x86_64" } }]
    "#);
    assert!(resolved(&project).contains("CONFIG_NR_CPUS=8\n"));
    project.write("other/vax/a.config", "");
    let said = |args: &[&str]| {
        let run = project.kernel(&[&["import"], args].concat()).exit(1);
        project.said(&run)
    };
    insta::assert_snapshot!(said(&["other"]), @"
    error: `other/vax` is neither an architecture nor a name for all of them
    hint: name it `x86_64`, `aarch64`, `riscv64`, `arm`, or `common`
    ");
    insta::assert_snapshot!(said(&["toy/init"]), @"
    error: `toy/init` has no fragment
    hint: their names end in `.config`, `.conf` or `.cfg`
    ");
    insta::assert_snapshot!(said(&["absent.config"]), @"error: there is no file `absent.config`");
    project.write("wrong.config", "CONFIG_NET = y\nNET\n");
    insta::assert_snapshot!(said(&["wrong.config"]), @"
    error: `wrong.config` has lines that are no requests
      line 1: blanks around `=`
      line 2: `NET` is neither an assignment nor a comment
    ");
    project.write("net.config", "CONFIG_NET=y\n");
    project.kernel(&["import", "net.config", "--write"]).success();
    project.write("net.config", "CONFIG_NET=n\n");
    insta::assert_snapshot!(said(&["net.config", "--write"]), @r#"error: net.config: `CONFIG_NET` is "y" in the manifest already, and `n` in what is imported"#);
}

/// A complete `.config` of a real tree, imported and resolved anew: the same bytes.
#[test]
fn a_real_config_comes_back_as_it_was() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series).filter(|_| needs::program("gcc")) else { continue };
        let project = Project::empty();
        let manifest = format!(
            "schema = 1\n[source.linux]\npath = {tree:?}\n\n[kernel.guest]\nsource = \"linux\"\narch = \"x86_64\"\n\
             images = [\"vmlinux\"]\n"
        );
        let place = tree.to_string_lossy().into_owned();
        let mine = "CONFIG_MODULES=y\nCONFIG_NET=y\nCONFIG_HZ_100=y\nCONFIG_PREEMPT=y\nCONFIG_NR_CPUS=7\n";
        project.write("mine.config", mine);
        for config in ["x86_64_defconfig", "tinyconfig", "mine.config"] {
            project.write("Kernel.toml", &manifest);
            let resolve = [
                "config",
                "resolve",
                "--tree",
                &place,
                "--arch",
                "x86_64",
                "--config",
                config,
                "-o",
                "old.config",
            ];
            project.kernel(&resolve).success();
            project.kernel(&["import", "old.config", "--write"]).success();
            let lines = project.read("Kernel.toml").lines().count();
            assert!(lines < 900, "{config} on {series} is not minimal: {lines} lines");
            let (new, old) = (resolved(&project), project.read("old.config"));
            assert!(new == old, "{config} on {series} comes back otherwise");
        }
    }
}

/// The same requests as a fragment, as a text of nixpkgs and as a folder by architecture come to the `.config` that the
/// fragment itself comes to, comments kept, on real trees.
#[test]
fn each_form_comes_to_what_the_fragment_comes_to() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series).filter(|_| needs::program("gcc")) else { continue };
        let project = Project::empty();
        let manifest = format!(
            "schema = 1\n[source.linux]\npath = {tree:?}\n\n[kernel.guest]\nsource = \"linux\"\narch = \"x86_64\"\n\
             base = \"tinyconfig\"\nimages = [\"vmlinux\"]\n"
        );
        let fragment = "# What it talks with.\nCONFIG_NET=y\nCONFIG_PCI=y\n\n# Its disk.\nCONFIG_BLOCK=y\nCONFIG_64BIT=y\n\
                        CONFIG_PRINTK=y\n# CONFIG_SWAP is not set\nCONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"quiet a=\\\"b c\\\" #1\"\n\
                        CONFIG_PHYSICAL_START=0x2000000\nCONFIG_LOG_BUF_SHIFT=13\nCONFIG_DEFAULT_HOSTNAME=\"\"\n";
        // What nixpkgs has no way to write: quotes in a text, and none at all.
        let nix = "# What it talks with.\nNET y\nPCI y\n\n# Its disk.\nBLOCK y # first\n64BIT y\nPRINTK y\nSWAP n\n\
                   LOG_BUF_SHIFT 13\nPHYSICAL_START 0x2000000\n";
        let rest = "CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"quiet a=\\\"b c\\\" #1\"\nCONFIG_DEFAULT_HOSTNAME=\"\"\n";
        project.write("whole.config", fragment);
        project.write("nix.txt", nix);
        project.write("rest.config", rest);
        let (common, own) = fragment.split_at(fragment.find("CONFIG_64BIT").unwrap());
        project.write("by-arch/common/a.config", common);
        project.write("by-arch/x86_64/b.config", own);
        project.write("by-arch/arm64/c.config", "CONFIG_ARM64_PAN=y\n");

        project.write("Kernel.toml", &format!("{manifest}fragments = [\"whole.config\"]\n"));
        let expected = resolved(&project);
        for line in fragment
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("# W") && !line.starts_with("# I"))
        {
            assert!(expected.lines().any(|found| found == line), "{line} does not land on {series}");
        }
        for files in [&["whole.config"][..], &["nix.txt", "rest.config"], &["by-arch"]] {
            project.write("Kernel.toml", &manifest);
            project.kernel(&[&["import"], files, &["--write"]].concat()).success();
            assert!(resolved(&project) == expected, "{files:?} on {series} come to something else");
            let kept = project.read("Kernel.toml").contains("# What it talks with.\nNET = \"y\"\n");
            assert!(kept || files == ["by-arch"], "{}", project.read("Kernel.toml"));
        }
    }
}
