//! Features: derived from the resolved `.config`, promised, brought by patches, and required of a kernel by others.

use std::collections::HashSet;

use kernel_spec::{Arch, Features};
use tests::Project;

use crate::trees::on_tree;

/// The toy tree with features of its own, and keys of its kernel.
fn project(keys: &str) -> Project {
    let project = Project::toy();
    project.replace(
        "Kernel.toml",
        "[source.toy]",
        "[features]\nnetwork = \"NET && VIRTIO_NET\"\nmany = \"NR_CPUS >= 4\"\nquiet = \"!SOUND\"\n\n[source.toy]",
    );
    project.replace("Kernel.toml", "images =", &format!("{keys}\nimages ="));
    project
}

fn add(project: &Project, text: &str) {
    project.write("Kernel.toml", &(project.read("Kernel.toml") + text));
}

fn features(project: &Project) -> serde_json::Value {
    let record: serde_json::Value =
        serde_json::from_str(&project.read("target/kernel/guest/kernel.json")).unwrap();
    record["features"].clone()
}

#[test]
fn they_are_derived_and_exported() {
    let project = project("");
    project.kernel(&["build"]).success();
    assert_eq!(features(&project), serde_json::json!(["quiet"]));
    // What they mean is told anew without compiling anything.
    project.replace("Kernel.toml", "many = \"NR_CPUS >= 4\"", "many = \"NR_CPUS >= 1\"");
    let run = project.kernel(&["build"]).success();
    assert!(run.stderr.contains("Fresh guest"), "{}", run.stderr);
    assert_eq!(features(&project), serde_json::json!(["many", "quiet"]));
    let run = project.kernel(&["check", "--message-format", "json"]).success();
    assert!(run.stdout.contains("\"features\":[\"many\",\"quiet\"]"), "{}", run.stdout);
    let run = project.kernel(&["metadata"]).success();
    let object: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(object["features"]["network"], "NET && VIRTIO_NET");
    assert_eq!(object["features"]["virtiofs"], "VIRTIO_FS && FUSE_FS");
    assert_eq!(object["kernels"]["guest"]["built_features"], serde_json::json!(["many", "quiet"]));
}

#[test]
fn what_is_promised_and_required_must_be_there() {
    let project = project("features = [\"quiet\", \"network\"]");
    project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"init\"]\n");
    project.write(
        "init/Cargo.toml",
        "[package]\nname = \"init\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[package.metadata.kernel]\n\
         requires = [\"many\", \"CONFIG_SOUND\"]\n",
    );
    project.write("init/src/main.rs", "fn main() {}\n");
    project.replace("Kernel.toml", "CONSOLE = \"ttyS0\"\n", "");
    add(
        &project,
        "[vm.demo]\nkernel = \"guest\"\ninit = { package = \"init\" }\ncmdline = \"console=ttyS0\"\n\
         requires = [\"network\", \"CONFIG_CONSOLE=\\\"ttyS0\\\"\", \"CONFIG_MICROCODE=n\", \"vsock\"]\n",
    );
    project.write("kernel/net.config", "# nothing\n");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
     Configuring guest 6.12.7
    error: kernel `guest` lacks 7 things that it must have
      network                  Kernel.toml:19      promised by `[kernel.guest]`: NET && VIRTIO_NET; NET is n, VIRTIO_NET is n: depends on NET, which is n (Kconfig:12)
        holds with `NET = "y"`, `VIRTIO_NET = "y"` in `[kernel.guest.config]`
      network                  Kernel.toml:27      required by `[vm.demo]`: NET && VIRTIO_NET; NET is n, VIRTIO_NET is n: depends on NET, which is n (Kconfig:12)
        holds with `NET = "y"`, `VIRTIO_NET = "y"` in `[kernel.guest.config]`
      CONFIG_CONSOLE="ttyS0"   Kernel.toml:27      required by `[vm.demo]`; CONSOLE is ""
        holds with `CONSOLE = "ttyS0"` in `[kernel.guest.config]`
      CONFIG_MICROCODE=n       Kernel.toml:27      required by `[vm.demo]`; MICROCODE is y: it has no prompt: its defaults decide
      vsock                    Kernel.toml:27      required by `[vm.demo]`: VSOCKETS && VIRTIO_VSOCKETS; VSOCKETS is n, which the tree does not define, VIRTIO_VSOCKETS is n, which the tree does not define
      many                     init/Cargo.toml:7   required by package `init`: NR_CPUS >= 4; NR_CPUS is 1
        holds with `NR_CPUS = 4` in `[kernel.guest.config]`
      CONFIG_SOUND             init/Cargo.toml:7   required by package `init`; SOUND is n
        holds with `SOUND = "y"` in `[kernel.guest.config]`
    hint: `kernel check guest --fix` writes what is missing where it belongs
    "#);
    // A program gets all of it.
    let run = project.kernel(&["check", "--message-format", "json"]).exit(1);
    let object: serde_json::Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    let unmet = &object["refusal"]["unmet"];
    assert_eq!(unmet[0]["condition"], "NET && VIRTIO_NET", "{unmet}");
    assert_eq!(unmet[0]["settings"][0]["symbol"], "CONFIG_NET", "{unmet}");
    // What can be fixed is written, and holds then.
    project.replace("Kernel.toml", ", \"CONFIG_MICROCODE=n\", \"vsock\"", "");
    project.replace("init/Cargo.toml", ", \"CONFIG_SOUND\"", "");
    let run = project.kernel(&["check", "--fix"]).success();
    insta::assert_snapshot!(project.said(&run), @"
    Configuring guest 6.12.7
          Wrote 4 settings into [ROOT]/Kernel.toml
    Configuring guest 6.12.7
        Checked guest 6.12.7-guest: 5 requests landed
    ");
    insta::assert_snapshot!(project.read("Kernel.toml").split("[kernel.guest.config]").nth(1).unwrap().trim(), @r#"
    NET = "y"
    VIRTIO_NET = "y"
    CONSOLE = "ttyS0"
    NR_CPUS = 4
    [vm.demo]
    kernel = "guest"
    init = { package = "init" }
    cmdline = "console=ttyS0"
    requires = ["network", "CONFIG_CONSOLE=\"ttyS0\""]
    "#);
    project.kernel(&["build", "guest"]).success();
    // A crate that comes to need more stops the next build, which would be fresh.
    project.replace("init/Cargo.toml", "\"many\"", "\"many\", \"CONFIG_NR_CPUS=5\"");
    let run = project.kernel(&["build", "guest"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
     Configuring guest 6.12.7
    error: kernel `guest` lacks 1 thing that it must have
      CONFIG_NR_CPUS=5   init/Cargo.toml:7   required by package `init`; NR_CPUS is 4
        holds with `NR_CPUS = 5` in `[kernel.guest.config]`
    hint: `kernel check guest --fix` writes what is missing where it belongs
    ");
    project.replace("init/Cargo.toml", "\"CONFIG_NR_CPUS=5\"", "\"meny\"");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
    error: no feature `meny`, which package `init` requires
     --> init/Cargo.toml:7:21
    7 | requires = ["many", "meny"]
      |                     ^^^^^^
    hint: did you mean `many`?
    "#);
}

#[test]
fn a_patch_brings_what_has_no_condition_and_promises_what_has_one() {
    let project = project("");
    add(
        &project,
        "[[kernel.guest.patch]]\nname = \"tsi\"\nfeatures = [\"tsi\", \"network\"]\nconfig = { NET = \"y\" }\n\
         [[kernel.guest.patch]]\nname = \"old\"\nfeatures = [\"old\"]\nwhen = { version = \"<6\" }\nconfig = { NET = \"y\" }\n\
         [vm.demo]\nkernel = \"guest\"\ncmdline = \"quiet\"\nrequires = [\"tsi\", \"old\"]\n",
    );
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
     Configuring guest 6.12.7
    error: kernel `guest` lacks 2 things that it must have
      network   Kernel.toml:26   promised by patch `tsi`: NET && VIRTIO_NET; VIRTIO_NET is n
        holds with `VIRTIO_NET = "y"` in `[kernel.guest.config]`
      old       Kernel.toml:36   required by `[vm.demo]`; no patch that is applied brings it
    hint: `kernel check guest --fix` writes what is missing where it belongs
    "#);
    project.replace(
        "Kernel.toml",
        "config = { NET = \"y\" }\n[[",
        "config = { NET = \"y\", VIRTIO_NET = \"y\" }\n[[",
    );
    project.replace("Kernel.toml", "requires = [\"tsi\", \"old\"]", "requires = [\"tsi\"]");
    project.kernel(&["build", "guest"]).success();
    assert_eq!(features(&project), serde_json::json!(["network", "quiet", "tsi", "virtio-net"]));
}

/// Each symbol of the built-in conditions is one that a tree defines, for some architecture.
#[test]
fn built_in_features_are_about_symbols_that_there_are() {
    let mut known: HashSet<String> = HashSet::new();
    let mut looked = false;
    for series in ["6_1", "6_12"] {
        for arch in [Arch::X86_64, Arch::Aarch64] {
            on_tree(series, arch, |_, model| {
                looked = true;
                let defined = model.symbols.iter().filter(|symbol| !symbol.menus.is_empty());
                known.extend(defined.map(|symbol| symbol.name.to_string()));
            });
        }
    }
    let features = Features::built_in();
    let absent: Vec<String> = features
        .iter()
        .flat_map(|(name, feature)| feature.condition.symbols().into_iter().map(move |symbol| (name, symbol)))
        .filter(|(_, symbol)| looked && !known.contains(symbol.as_str()))
        .map(|(name, symbol)| format!("{name}: {symbol}"))
        .collect();
    assert_eq!(absent, [] as [&str; 0]);
}
