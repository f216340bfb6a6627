//! Requests: each must land, and all that do not are told at once, with their places.

use tests::Project;

/// Runs `check` on the toy tree with this fragment; it must fail.
fn check_fails(fragment: &str) -> String {
    let project = Project::toy();
    project.write("kernel/net.config", fragment);
    let run = project.kernel(&["check"]).exit(1);
    project.said(&run)
}

/// What is not there is not set: `n` of an unknown or hidden symbol has landed.
#[test]
fn n_of_what_is_not_there_has_landed() {
    let project = Project::toy();
    project.write("kernel/net.config", "CONFIG_NO_SUCH_THING=n\nCONFIG_VIRTIO_NET=n\n");
    let run = project.kernel(&["build"]).success();
    assert!(run.stderr.contains("4 requests landed"), "{}", run.stderr);
}

#[test]
fn all_misses_come_at_once_with_their_places() {
    let said = check_fails(
        "CONFIG_VIRTIO_NET=y\n# CONFIG_MICROCODE is not set\nCONFIG_RETPOLINE=y\nCONFIG_CONSOL=\"x\"\nCONFIG_NET=n\n",
    );
    insta::assert_snapshot!(said, @r#"
     Configuring guest 6.12.7
    error: 4 requests did not land for kernel `guest`
      CONFIG_VIRTIO_NET=y   kernel/net.config:1   resolved to n: depends on NET, which is n (Kconfig:12)
        lands with `CONFIG_NET=y` in `kernel/net.config`
      CONFIG_MICROCODE=n    kernel/net.config:2   resolved to y: it has no prompt: its defaults decide
      CONFIG_RETPOLINE=y    kernel/net.config:3   no such symbol in 6.12.7
      CONFIG_CONSOL="x"     kernel/net.config:4   no such symbol in 6.12.7
    hint: did you mean `CONFIG_CONSOLE` at kernel/net.config:4?
    "#);
}

#[test]
fn a_module_is_refused_until_modules_are_built() {
    insta::assert_snapshot!(check_fails("CONFIG_MODULES=y\nCONFIG_SOUND=m\n"), @"
     Configuring guest 6.12.7
    error: 1 symbol of kernel `guest` resolved to `m`, and modules are not built
      CONFIG_SOUND   kernel/net.config:2
    hint: ask for `y`, or set `mod2yes = true` in `[kernel.guest]`, which does it for all; `modules = true` lets them be `m`
    ");
    let project = Project::toy();
    project.write("kernel/net.config", "CONFIG_MODULES=y\nCONFIG_SOUND=m\n");
    project.replace("Kernel.toml", "images = [\"vmlinux\"]", "images = [\"vmlinux\"]\nmod2yes = true");
    project.kernel(&["build"]).success();
    assert!(project.read("target/kernel/guest/.config").contains("CONFIG_SOUND=y\n"));
}

#[test]
fn a_line_that_is_no_assignment_is_an_error_with_its_line() {
    insta::assert_snapshot!(
        check_fails("CONFIG_NET=y\nCONFIG_CONSOLE = \"x\"\nNET=y\n#CONFIG_SOUND is not set\nCONFIG_SOUND=yes\n"),
        @r#"
    error: blanks around `=`
     --> kernel/net.config:2:15
    2 | CONFIG_CONSOLE = "x"
      |               ^^^
    hint: write `CONFIG_CONSOLE="x"`

    error: `NET` without the prefix `CONFIG_`
     --> kernel/net.config:3:1
    3 | NET=y
      | ^^^
    hint: write `CONFIG_NET=y`

    error: this comment looks like a request for `n` and is none
     --> kernel/net.config:4:1
    4 | #CONFIG_SOUND is not set
      | ^^^^^^^^^^^^^^^^^^^^^^^^
    hint: write `# CONFIG_SOUND is not set` or `CONFIG_SOUND=n`, alone on its line; if it is a comment, use other words

    error: `yes` is not a value: expected `y`
     --> kernel/net.config:5:14
    5 | CONFIG_SOUND=yes
      |              ^^^
    hint: write `y`
    "#
    );
}

#[test]
fn a_stronger_request_wins_and_check_says_so() {
    let project = Project::toy();
    project.write("kernel/a.config", "CONFIG_NR_CPUS=2\n");
    project.replace("Kernel.toml", "CONSOLE = \"ttyS0\"\n", "CONSOLE = \"ttyS0\"\nNR_CPUS = 4\n");
    let run = project.kernel(&["check", "-v"]).success();
    let told = "CONFIG_NR_CPUS=4 at Kernel.toml:18 overrides CONFIG_NR_CPUS=2 at kernel/a.config:1";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    project.kernel(&["build"]).success();
    assert!(project.read("target/kernel/guest/.config").contains("CONFIG_NR_CPUS=4\n"));
}

#[test]
fn a_glob_that_matches_nothing_is_an_error() {
    let project = Project::toy();
    project.replace("Kernel.toml", "kernel/*.config", "kernels/*.config");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
    error: `kernels/*.config` matches no file
      --> Kernel.toml:11:14
    11 | fragments = ["kernels/*.config"]
       |              ^^^^^^^^^^^^^^^^^^ relative to the manifest
    "#);
}

#[test]
fn localversion_auto_needs_a_promise() {
    let project = Project::toy();
    project.replace("Kernel.toml", "mod-dir-version = \"{version}-guest\"\n", "");
    project.write("kernel/net.config", "CONFIG_LOCALVERSION_AUTO=y\n");
    // A path source is the user's own tree: what git says of it is what they asked for.
    project.kernel(&["check"]).success();
}
