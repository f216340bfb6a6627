//! `kernel config …` on the toy tree: what it prints, what it writes, and its errors.

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
    error: the manifest has no kernel `absent.config`
    hint: there is only `guest`
    ");
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
