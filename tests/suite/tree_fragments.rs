//! `tree:NAME.config`: fragments of the source tree itself are layers of a kernel.

use tests::Project;

use crate::release_server::pin_toy;

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
