//! What is parsed, what is refused, and what help says.

use std::ffi::OsString;

use clap::CommandFactory;

use super::help::GROUPS;
use super::*;

fn parse(line: &str) -> Result<Cli, String> {
    let words = std::iter::once("cargo-kernel").chain(line.split_whitespace());
    Cli::try_parse_from(words)
        .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
}

fn help(called: Called, path: &[&str]) -> String {
    let mut command = command(called).term_width(100);
    command.build();
    let found =
        path.iter().fold(&mut command, |above, name| above.find_subcommand_mut(name).expect("a command"));
    found.render_help().to_string()
}

#[test]
fn the_definition_holds_together() {
    command(Called::Cargo).debug_assert();
}

#[test]
fn every_command_is_listed_in_one_group() {
    let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let command = Cli::command();
    let mut defined: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    listed.sort_unstable();
    defined.sort_unstable();
    assert_eq!(listed, defined);
}

#[test]
fn global_options_stand_anywhere() {
    for line in ["--locked -v build guest", "build guest --locked -v", "build -v guest --locked"] {
        let cli = parse(line).expect("arguments");
        assert!(cli.kernel.global.manifest.locked && cli.kernel.global.output.verbose == 1, "{line}");
        assert!(
            matches!(cli.kernel.command, KernelCommand::Build(args) if args.names == ["guest"]),
            "{line}"
        );
    }
}

#[test]
fn what_excludes_what() {
    let refused = |line: &str| parse(line).expect_err("refused");
    let shown = [
        refused("build guest --vm demo"),
        refused("build --release --profile fast"),
        refused("build -q -v"),
        refused("build -j0"),
        refused("build --yes"),
        refused("fetch guest --all"),
        refused("bild"),
    ];
    insta::assert_snapshot!(shown.join("\n"), @r"
    error: the argument '[NAME]...' cannot be used with '--vm <NAME>'
    error: the argument '--release' cannot be used with '--profile <NAME>'
    error: the argument '--quiet...' cannot be used with '--verbose...'
    error: invalid value '0' for '--jobs <N>': number would be zero for non-zero type
    error: the following required arguments were not provided:
    error: the argument '[NAME]...' cannot be used with '--all'
    error: unrecognized subcommand 'bild'
    ");
}

#[test]
fn the_top_level_helps() {
    insta::assert_snapshot!(help(Called::Cargo, &[]), @r"
    Builds, verifies and boots Linux kernels as part of a Cargo workspace

    Usage: cargo kernel [OPTIONS] <COMMAND>

    Build and boot:
      build         Build kernels, and the crates of VMs beside them
      check         Resolve and check everything up to the compiler
      plan          Print what a build would do, step by step, and why
      boot          Build a VM, boot it, and judge the boot
      run           Run a command of this machine in a guest
      debug         Start a VM that waits for a debugger
      test          Boot VMs, with every kernel and runner that they name, and judge each boot
      bisect        Find which differences keep a kernel from booting

    Configurations:
      config        Resolve, explain, compare and repair configurations
      import        Turn fragments, a complete .config or nixpkgs-style texts into layers of the manifest

    Sources:
      fetch         Download, verify and unpack sources
      patch         Try patches without building, and rewrite those that apply with an offset
      update        Pin the newest versions that the manifest allows in Kernel.lock
      outdated      List sources that trail their origins, and series that have ended
      vendor        Make a folder that builds without any network
      verify-source Compare unpacked sources with what they were unpacked from
      cache         Show, limit and clear the cache of sources and artifacts, which workspaces share

    Workspace and machine:
      init          Write a first Kernel.toml for this workspace
      doctor        Look at what this machine has for building and booting kernels
      setup         Show the host packages that this manifest needs, and install them
      export        Write a kernel down for another build system: a plain script, Nix or Yocto
      source-bundle Write a kernel's corresponding source: for whoever distributes it
      clean         Remove what builds left below target/kernel
      metadata      Print the resolved manifest as JSON
      completions   Print what makes a shell complete commands, options, and the names of the manifest
      man           Print the manual page, or write one for each command

    Options:
          --manifest-path <PATH>     Kernel.toml, or the Cargo.toml that has [workspace.metadata.kernel]
          --target-dir <DIR>         Cargo's target directory; kernels are built in `kernel` below it
          --locked                   Fail where Kernel.lock would have to change
          --offline                  Use what is on disk, never the network
          --frozen                   Both --locked and --offline
      -v, --verbose...               Say more: reasons; twice: command lines too
      -q, --quiet...                 Say warnings and errors only; twice: errors only
          --color <WHEN>             Whether to colour; see NO_COLOR, CLICOLOR_FORCE [possible values:
                                     auto, always, never]
          --message-format <FORMAT>  What goes to stdout: words, or JSON lines [possible values: human,
                                     json]
      -h, --help                     Print help (see more with '--help')
      -V, --version                  Print version

    Examples:
      cargo kernel boot demo --setup     install what is needed, fetch, build and boot the VM `demo`
      cargo kernel build                 build every kernel and VM of Kernel.toml
      cargo kernel check -v              resolve every config, show which request overrides which

    Each command has its own help: `cargo kernel build --help`.
    ");
}

#[test]
fn build_helps() {
    insta::assert_snapshot!(help(Called::Xtask, &["build"]), @"
    Build kernels, and the crates of VMs beside them

    Usage: cargo xtask kernel build [OPTIONS] [NAME]...

    Arguments:
      [NAME]...  Kernels to build; none: every kernel and VM of the manifest

    Options:
          --vm <NAME>   Build this VM: its kernel, firmware, VMM and init
          --matrix      Build every point of `[matrix]` instead: kernels × sources × arches × variants
          --timings     Write an HTML page for each kernel that is built: what of it took how long
          --keep-going  Build as many kernels as can be built, also when one fails
      -h, --help        Print help (see more with '--help')

    Build options:
      -j, --jobs <N>                Jobs at a time, make's and cargo's together; default: one for each
                                    CPU
      -r, --release                 Build the crates of VMs with the profile `release`
          --profile <NAME>          Build the crates of VMs with this profile
          --compiler-cache <CACHE>  What remembers the objects of earlier compiles, in the place of the
                                    manifest's `compiler-cache` [possible values: auto, ccache, sccache,
                                    none]
          --no-shared-artifacts     Build what this user has built elsewhere already, begin with
                                    nobody's objects, and keep nothing for others
          --target <TRIPLE>         Build the VMMs and inits of VMs for this target

    Resolve options:
          --kconfig <WHOSE>          Whose Kconfig resolves: this tool's engine, or the source tree's
                                     own `conf`, built and run by make [possible values: engine, tree]
          --no-probe-cache           Run every probe, and keep no answer
          --verify-probes            Run every probe, and fail where a kept answer is not the one of now
          --config <KEY=VALUE|FILE>  Ask for this too, in this run alone:
                                     kernel.NAME.config.SYMBOL=VALUE, or a TOML file with
                                     [kernel.NAME.config]

    Machine options:
          --setup  Install host packages that are missing; shows the command and asks first
      -y, --yes    With --setup: do not ask

    Manifest options:
          --manifest-path <PATH>  Kernel.toml, or the Cargo.toml that has [workspace.metadata.kernel]
          --target-dir <DIR>      Cargo's target directory; kernels are built in `kernel` below it
          --locked                Fail where Kernel.lock would have to change
          --offline               Use what is on disk, never the network
          --frozen                Both --locked and --offline

    Output options:
      -v, --verbose...               Say more: reasons; twice: command lines too
      -q, --quiet...                 Say warnings and errors only; twice: errors only
          --color <WHEN>             Whether to colour; see NO_COLOR, CLICOLOR_FORCE [possible values:
                                     auto, always, never]
          --message-format <FORMAT>  What goes to stdout: words, or JSON lines [possible values: human,
                                     json]

    Examples:
      cargo xtask kernel build                 every kernel and VM of the manifest
      cargo xtask kernel build guest           the kernel `guest`
      cargo xtask kernel build --vm demo       the VM `demo`: its kernel, firmware, VMM and init
      cargo xtask kernel build --locked -j4    as CI does it: Kernel.lock must not change; four jobs
      cargo xtask kernel build --keep-going    every kernel that can be built, also when one fails
      cargo xtask kernel build --matrix        every kernel with every source and architecture of
      [matrix]
    ");
}

#[test]
fn help_says_how_it_was_called() {
    for path in [&[][..], &["boot"], &["fetch"], &["setup"]] {
        let text = help(Called::Xtask, path);
        assert!(text.contains("cargo xtask kernel") && !text.contains("cargo kernel"), "{text}");
    }
}

#[test]
fn colour_of_help() {
    use clap::ColorChoice::{Always, Auto, Never};
    let table = [
        ("build", Auto),
        ("--color never", Never),
        ("build --color=always --help", Always),
        ("--color never --color auto", Auto),
        ("-- --color never", Auto),
    ];
    for (line, expected) in table {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        assert_eq!(color_of(&words), expected, "{line}");
    }
}
