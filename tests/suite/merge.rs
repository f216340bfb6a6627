//! `kernel config merge` against the trees' own `scripts/kconfig/merge_config.sh`: the same `.config`.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::{Project, needs};

const BASE: &str = "CONFIG_SMP=y\nCONFIG_NET=y\n# CONFIG_MODULES is not set\nCONFIG_NR_CPUS=64\nCONFIG_HZ_1000=y\n\
                    CONFIG_64BIT=y\nCONFIG_XZ_DEC=y\n";

const FRAGMENTS: [&str; 3] = [
    "# What a guest has.\nCONFIG_MODULES=y\nCONFIG_VIRTIO_MENU=y\nCONFIG_VIRTIO_PCI=y\nCONFIG_PCI=y\nCONFIG_XZ_DEC=m\n",
    "CONFIG_HZ_250=y\nCONFIG_NR_CPUS=8\nCONFIG_VIRTIO_PCI=m\nCONFIG_NO_SUCH_SYMBOL=y\n# CONFIG_NET is not set\n",
    "CONFIG_NET=y\nCONFIG_LOCALVERSION=\"-merged\"\nCONFIG_MODULES=y",
];

/// What the script writes, run in the folder of the project.
fn by_script(tree: &Path, project: &Project, options: &[&str]) -> String {
    let out = project.path("script");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).unwrap();
    let output = Command::new("sh")
        .arg(tree.join("scripts/kconfig/merge_config.sh"))
        .args(options)
        .arg("-O")
        .arg(&out)
        .args(["base.config", "0.config", "1.config", "2.config"].map(|name| project.path(name)))
        // The script runs `make` where it stands.
        .current_dir(tree)
        .env_remove("MAKEFLAGS")
        .envs([("ARCH", "x86_64"), ("LOCALVERSION", "")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(out.join(".config")).unwrap()
}

#[test]
fn merges_as_the_script_does() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let project = Project::empty();
        project.write("base.config", BASE);
        for (number, text) in FRAGMENTS.iter().enumerate() {
            project.write(&format!("{number}.config"), text);
        }
        let place = tree.to_string_lossy().into_owned();
        for options in [&["-m"][..], &["-m", "-y"], &["-m", "-r"], &[], &["-n"], &["-y"]] {
            let mut args = vec!["config", "merge", "--tree", &place, "--arch", "x86_64", "-O", "ours"];
            args.extend(options);
            args.extend(["base.config", "0.config", "1.config", "2.config"]);
            fs::create_dir_all(project.path("ours")).unwrap();
            project.kernel(&args).success();
            let (ours, theirs) = (project.read("ours/.config"), by_script(&tree, &project, options));
            assert!(ours == theirs, "{options:?} on {series}: the results differ");
        }
    }
}

/// `-s` refuses a fragment that changes a value, and writes nothing.
#[test]
fn strict_refuses_a_changed_value() {
    let project = Project::empty();
    project.write("base.config", BASE);
    project.write("a.config", FRAGMENTS[1]);
    let run =
        project.kernel(&["config", "merge", "-m", "-s", "-o", "out", "base.config", "a.config"]).exit(1);
    insta::assert_snapshot!(run.stderr, @"
    a.config: CONFIG_NR_CPUS was `CONFIG_NR_CPUS=64`, is `CONFIG_NR_CPUS=8`
    a.config: CONFIG_NET was `CONFIG_NET=y`, is `# CONFIG_NET is not set`
    error: 2 values changed by a fragment, and `--strict` forbids it
    ");
    assert!(!project.path("out").exists());
}
