//! `tree:NAME.config`: fragments of the source tree itself are layers of a kernel.

use std::path::Path;
use std::process::Command;

use tests::{Project, needs};

use crate::release_server::pin_toy;

/// What `make defconfig NAME` makes of a real tree.
fn by_make(tree: &Path, project: &Project, arch: (&str, &str), name: &str) -> String {
    let out = project.path(&format!("make-{}", arch.0));
    std::fs::create_dir_all(&out).unwrap();
    let output = Command::new("make")
        .arg("-C")
        .arg(tree)
        .arg(format!("O={}", out.display()))
        .args([&format!("ARCH={}", arch.0), &format!("CROSS_COMPILE={}", arch.1), "defconfig", name])
        .env_remove("MAKEFLAGS")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read_to_string(out.join(".config")).unwrap()
}

/// The same as make makes, on trees of each kind of choice; what is another architecture's is told.
#[test]
fn they_are_those_that_make_lays_on() {
    for tree in ["6_1", "6_12"].map(needs::srctree).into_iter().flatten() {
        let project = Project::empty();
        let fragment =
            "{ path = \"tree:kvm_guest.config\", optional = true, reason = \"of all architectures\" }";
        project.write(
            "Kernel.toml",
            &format!(
                "schema = 1\n[source.linux]\npath = {tree:?}\n[kernel.k]\nsource = \"linux\"\narch = \"x86_64\"\n\
                 base = \"defconfig\"\nmodules = true\nfragments = [{fragment}]\n"
            ),
        );
        let run = project.kernel(&["check", "-v"]).success();
        assert!(run.stderr.contains("S390_GUEST"), "{}", run.stderr);
        let ours = project.read("target/kernel/.work/k/resolved.config");
        let makes = by_make(&tree, &project, ("x86_64", ""), "kvm_guest.config");
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (ours, makes) = (lines(&ours), lines(&makes));
        let apart: Vec<_> = ours.iter().zip(&makes).filter(|(ours, makes)| ours != makes).collect();
        assert!(apart.is_empty() && ours.len() == makes.len(), "{apart:?}");

        let run = project.kernel(&["config", "layers", "k", "KVM_GUEST"]).success();
        assert!(
            run.stdout
                .starts_with("fragments: tree:kvm_guest.config\n  CONFIG_KVM_GUEST=y   tree:kernel/configs/")
        );
        let run =
            project.kernel(&["config", "explain", "k", "KVM_GUEST", "--message-format", "json"]).success();
        assert!(run.stdout.contains("tree:kernel/configs/kvm_guest.config"), "{}", run.stdout);

        // Without the leave to miss, what is missed stands at its line in the tree; a fix would go into the manifest.
        project.replace("Kernel.toml", fragment, "\"tree:kvm_guest.config\"");
        let run = project.kernel(&["check", "--message-format", "json"]).exit(1);
        assert!(run.stdout.contains("CONFIG_S390_GUEST"), "{}", run.stdout);
        let may_miss = "[[kernel.k.may-miss]]\nsymbol = \"S390_GUEST\"\nreason = \"for s390\"\n";
        project.write("Kernel.toml", &(project.read("Kernel.toml") + may_miss));
        project.kernel(&["check"]).success();
    }
}

/// The toy tree with a fragment for all architectures, and one of x86.
fn project(fragments: &str) -> Project {
    let project = Project::toy();
    project.write("toy/kernel/configs/guest.config", "# for all\nCONFIG_NET=y\nCONFIG_NR_CPUS=2\n");
    project.write("toy/arch/x86/configs/guest.config", "CONFIG_NR_CPUS=4\n");
    project.replace(
        "Kernel.toml",
        "fragments = [\"kernel/*.config\"]",
        &format!("fragments = [{fragments}]"),
    );
    project
}

fn resolved(project: &Project) -> String {
    project.read("target/kernel/.work/guest/resolved.config")
}

/// The architecture's line counts where both files name a symbol; an edit of either is seen, by both routes.
#[test]
fn an_edit_of_the_tree_is_an_edit_of_the_layer() {
    let project = project("\"tree:guest.config\"");
    for route in ["--kconfig=engine", "--kconfig=tree"] {
        project.kernel(&["check", route]).success();
        assert!(resolved(&project).contains("CONFIG_NR_CPUS=4\n"), "{}", resolved(&project));
    }
    let run = project.kernel(&["config", "layers", "guest"]).success();
    insta::assert_snapshot!(run.stdout, @r#"
    fragments: tree:guest.config
      CONFIG_NET=y                   tree:kernel/configs/guest.config:2
      CONFIG_NR_CPUS=4               tree:arch/x86/configs/guest.config:1
    config: [kernel.guest]
      CONFIG_LOCALVERSION="-guest"   Kernel.toml:12
      CONFIG_CONSOLE="ttyS0"         Kernel.toml:17
    "#);
    project.kernel(&["build"]).success();
    assert!(project.kernel(&["build"]).success().stderr.contains("Fresh"));
    project.write("toy/arch/x86/configs/guest.config", "CONFIG_NR_CPUS=8\n");
    project.kernel(&["check"]).success();
    assert!(resolved(&project).contains("CONFIG_NR_CPUS=8\n"), "{}", resolved(&project));
    // As any fragment it is weaker than the kernel's own table, and takes conditions and priorities.
    project.replace("Kernel.toml", "[kernel.guest.config]\n", "[kernel.guest.config]\nNR_CPUS = 16\n");
    project.kernel(&["check"]).success();
    assert!(resolved(&project).contains("CONFIG_NR_CPUS=16\n"), "{}", resolved(&project));
    let forced = "{ path = \"tree:guest.config\", priority = \"force\" }, \
                  { path = \"tree:elsewhere.config\", when = { arch = \"aarch64\" } }";
    project.replace("Kernel.toml", "\"tree:guest.config\"", forced);
    project.kernel(&["check"]).success();
    assert!(resolved(&project).contains("CONFIG_NR_CPUS=8\n"), "{}", resolved(&project));
}

/// What is wrong is said at the manifest's line.
#[test]
fn a_fragment_that_the_tree_has_not() {
    for (fragments, shown) in [
        ("\"tree:gest.config\"", true),
        ("\"tree:configs/guest.config\", \"tree:*.config\", \"tree:guest\"", false),
    ] {
        let project = project(fragments);
        let run = project.kernel(&["check"]).exit(1);
        let said = project.said(&run);
        if shown {
            insta::assert_snapshot!(said, @r#"
            error: the source tree has no fragment `gest.config` for x86_64
              --> Kernel.toml:11:14
            11 | fragments = ["tree:gest.config"]
               |              ^^^^^^^^^^^^^^^^^^
            hint: did you mean `tree:guest.config`?
            "#);
        } else {
            insta::assert_snapshot!(said, @r#"
            error: `tree:configs/guest.config` in `fragments` of `[kernel.guest]` is no name of a fragment of the tree
              --> Kernel.toml:11:14
            11 | fragments = ["tree:configs/guest.config", "tree:*.config", "tree:guest"]
               |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^
            hint: write it as make does: `tree:kvm_guest.config` is that of `kernel/configs` and of `arch/ARCH/configs`

            error: `tree:*.config` in `fragments` of `[kernel.guest]` is no name of a fragment of the tree
              --> Kernel.toml:11:43
            11 | fragments = ["tree:configs/guest.config", "tree:*.config", "tree:guest"]
               |                                           ^^^^^^^^^^^^^^^
            hint: write it as make does: `tree:kvm_guest.config` is that of `kernel/configs` and of `arch/ARCH/configs`

            error: `tree:guest` in `fragments` of `[kernel.guest]` is no name of a fragment of the tree
              --> Kernel.toml:11:60
            11 | fragments = ["tree:configs/guest.config", "tree:*.config", "tree:guest"]
               |                                                            ^^^^^^^^^^^^
            hint: write it as make does: `tree:kvm_guest.config` is that of `kernel/configs` and of `arch/ARCH/configs`
            "#);
        }
    }
    // A line of it that is wrong is told as a line of any fragment is.
    let project = project("\"tree:guest.config\"");
    project.write("toy/kernel/configs/guest.config", "CONFIG_NET = y\n");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: blanks around `=`
     --> tree:kernel/configs/guest.config:1:11
    1 | CONFIG_NET = y
      |           ^^^
    hint: write `CONFIG_NET=y`
    ");
}

/// Of a pinned source it is part of what is pinned.
#[test]
fn a_lock_holds_it() {
    let project = project("\"tree:guest.config\"");
    let _server = pin_toy(&[&project]);
    project.kernel(&["check"]).success();
    assert!(resolved(&project).contains("CONFIG_NR_CPUS=4\n"), "{}", resolved(&project));
    let run = project.kernel(&["check", "--locked"]).success();
    assert!(run.stderr.contains("4 requests landed"), "{}", run.stderr);
}
