//! A configuration edited in the tree's own menu: `kernel config edit`, in a real terminal.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tests::{Project, Run, cargo_kernel, needs};

/// The toy tree with a menu: a line on the terminal has the lines that are changed.
fn project() -> Project {
    let project = Project::toy();
    let target = "nconfig:\n\t@sh $(srctree)/menu.sh $(O)/.config\n\t@cp $(config) $(config).given && \
                  $(call conf,alldefconfig,$(config).given)\n\n.PHONY: vmlinux\n";
    project.replace("toy/Makefile", ".PHONY: vmlinux\n", target);
    project.write(
        "toy/menu.sh",
        "printf 'What changes? '\nread words\nfor word in $words; do\n\tname=${word%%=*}\n\t\
         sed -i \"/^CONFIG_$name=/d; /^# CONFIG_$name is/d\" $1\n\techo CONFIG_$word >> $1\ndone\n",
    );
    project.write("kernel/net.config", "# The network.\nCONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n");
    project
}

/// Types into a terminal in which the command runs; what the terminal showed.
fn typed(project: &Project, args: &[&str], keys: &str) -> Run {
    typed_with(project, args, keys, "cc")
}

/// The same with another compiler of the host.
fn typed_with(project: &Project, args: &[&str], keys: &str, host_cc: &str) -> Run {
    let line = format!("{} kernel config edit {}", cargo_kernel().display(), args.join(" "));
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &line, "/dev/null"]).current_dir(project.root());
    terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_") || text.starts_with("KERNEL_") || text == "MAKEFLAGS" {
            terminal.env_remove(&name);
        }
    }
    terminal.env("TERM", "dumb").env("HOSTCC", host_cc).env("KERNEL_CACHE_DIR", project.path("cache"));
    let mut child = terminal.spawn().unwrap();
    child.stdin.take().unwrap().write_all(keys.as_bytes()).unwrap();
    Run::new(&child.wait_with_output().unwrap())
}

#[test]
fn the_least_of_an_edit_goes_where_it_is_asked_for() {
    if !needs::program("script") || !needs::header("ncurses.h") {
        return;
    }
    let project = project();
    // What depends on NET goes with it, and is not written.
    let run = typed(&project, &["guest"], "NET=n NR_CPUS=8\n\n").success();
    assert!(run.stdout.contains("2 requests, and 1 that follow"), "{}", run.stdout);
    let manifest = project.read("Kernel.toml");
    assert!(manifest.contains("NET = \"n\"") && manifest.contains("NR_CPUS = 8"), "{manifest}");
    assert!(!manifest.contains("VIRTIO_NET"), "{manifest}");

    let project = self::project();
    let into = ["guest", "--into", "kernel/net.config"];
    typed(&project, &into, "SOUND=y\n").success();
    let fragment = project.read("kernel/net.config");
    assert_eq!(fragment, "# The network.\nCONFIG_NET=y\nCONFIG_VIRTIO_NET=y\nCONFIG_SOUND=y\n");
    let run = typed(&project, &into, "\n").success();
    assert!(run.stdout.contains("Unchanged"), "{}", run.stdout);

    // What a stronger layer says otherwise does not land from a fragment, and is not written.
    let run = typed(&project, &into, "CONSOLE=\"hvc0\"\n").exit(1);
    assert!(run.stdout.contains("is left as it was"), "{}", run.stdout);
    assert_eq!(project.read("kernel/net.config"), fragment);

    let before = project.read("Kernel.toml");
    typed(&project, &["guest"], "NR_CPUS=4\n-\n").success();
    assert_eq!(project.read("Kernel.toml"), before, "nowhere is nowhere");
}

/// Without ncurses there is a prompt: it finds symbols, says why they have their values, and sets them with what they need.
#[test]
fn without_ncurses_symbols_are_searched_for() {
    if !needs::program("script") {
        return;
    }
    let project = project();
    project.write("kernel/net.config", "# Nothing yet.\n");
    let compiler = project.path("cc-without-ncurses");
    fs::write(&compiler, "#!/bin/sh\ncase \"$*\" in *curses*) exit 1;; esac\nexec cc \"$@\"\n").unwrap();
    fs::set_permissions(&compiler, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let compiler = compiler.display().to_string();
    let keys =
        "network\nVIRTIO_NET\nVIRTIO_NET=y\nNET=n\nSOUND=y\nchanges\nundo\nMICROCODE=n\nno such\n=\ndone\n\n";
    let run = typed_with(&project, &["guest"], keys, &compiler).success();
    let shown = run.stdout.replace('\r', "");
    for line in [
        "the tree's menus need `ncurses.h`",
        "guest: a word searches, SYMBOL=VALUE sets, `?` helps",
        "  VIRTIO_NET=n             A network card\n",
        "depends on NET",
        "  CONFIG_VIRTIO_NET=y lands with\n    CONFIG_NET=y\n",
        "  not set: CONFIG_VIRTIO_NET=y, which was set before, would be lost\n",
        "  CONFIG_NET=y, which others need\n  CONFIG_VIRTIO_NET=y\n  CONFIG_SOUND=y\n",
        "  CONFIG_SOUND=n again\n",
        "  CONFIG_MICROCODE=n cannot land\n",
        "  no symbol has `no such` in its name or prompt\n",
        "  `=` is no request: expected `SYMBOL=VALUE`\n",
        "guest: 2 requests, and 0 that follow\n",
        "CONFIG_NET=y\twas n\n",
    ] {
        assert!(shown.contains(line), "no {line:?} in:\n{shown}");
    }
    let manifest = project.read("Kernel.toml");
    assert!(manifest.contains("NET = \"y\"") && manifest.contains("VIRTIO_NET = \"y\""), "{manifest}");
    assert!(!manifest.contains("SOUND"), "it was taken back: {manifest}");

    // The end of the input, or `quit`, is no order to write.
    for keys in ["NR_CPUS=4\nquit\n", "NR_CPUS=4\n\u{4}"] {
        let run = typed(&project, &["guest", "--with", "search", "--write"], keys).success();
        assert!(run.stdout.contains("nothing was written"), "{}", run.stdout);
    }
    assert_eq!(project.read("Kernel.toml"), manifest);

    // A profile of the workspace is a file as a fragment is; `[config]` is the kernel's own table.
    project.write("profiles/sound.config", "# How it sounds.\n");
    project.replace("Kernel.toml", "base = ", "profiles = [\"profiles/*.config\"]\nbase = ");
    let to_profile = ["guest", "--with", "search", "--into", "profiles/sound.config"];
    typed(&project, &to_profile, "SOUND=y\ndone\n").success();
    assert_eq!(project.read("profiles/sound.config"), "# How it sounds.\nCONFIG_SOUND=y\n");
    typed(&project, &["guest", "--with", "search", "--into", "\\[config\\]"], "NR_CPUS=4\ndone\n").success();
    assert!(project.read("Kernel.toml").contains("NR_CPUS = 4"));
}

#[test]
fn a_menu_needs_a_terminal() {
    let project = project();
    let run = project.kernel(&["config", "edit", "guest"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: a menu needs a terminal, and stdin or stdout is none
    hint: `kernel config fix NAME SYMBOL=VALUE --write` needs none
    ");
}

/// The kernel's own nconfig, driven by its keys.
#[test]
fn the_trees_own_menu_is_driven_in_a_terminal() {
    let Some(tree) = needs::srctree("6_12") else { return };
    if !needs::program("tmux") || !needs::header("ncurses.h") {
        return;
    }
    let project = Project::empty();
    project.write(
        "Kernel.toml",
        &format!(
            "schema = 1\n[source.linux]\npath = {tree:?}\n\n[kernel.guest]\nsource = \"linux\"\narch = \"x86_64\"\n\
             base = \"tinyconfig\"\n\n[kernel.guest.config]\n64BIT = \"y\"\n"
        ),
    );
    let socket = project.path("tmux").display().to_string();
    let tmux = |args: &[&str]| {
        let output = Command::new("tmux").args(["-S", &socket]).args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let wait = |what: &str| {
        let began = Instant::now();
        loop {
            let screen = tmux(&["capture-pane", "-p", "-t", "edit"]);
            if screen.contains(what) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(300), "no {what:?} on the screen:\n{screen}");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    let line = format!(
        "cd {} && KERNEL_CACHE_DIR={} {} kernel config edit guest --write; echo ended $?; sleep 600",
        project.root().display(),
        project.path("cache").display(),
        cargo_kernel().display()
    );
    tmux(&["new-session", "-d", "-s", "edit", "-x", "120", "-y", "40", &line]);
    wait("F9Exit");
    // The third entry of the main menu.
    tmux(&["send-keys", "-t", "edit", "Down", "Down", "y"]);
    wait("[*] Mitigations for CPU");
    tmux(&["send-keys", "-t", "edit", "F9"]);
    wait("Do you wish to save");
    tmux(&["send-keys", "-t", "edit", "Enter"]);
    wait("written to .config");
    tmux(&["send-keys", "-t", "edit", "Enter"]);
    wait("ended 0");
    tmux(&["kill-server"]);
    let manifest = fs::read_to_string(project.path("Kernel.toml")).unwrap();
    assert!(manifest.contains("CPU_MITIGATIONS = \"y\""), "{manifest}");
    assert!(manifest.contains("64BIT = \"y\""), "what was there stays: {manifest}");
    project.kernel(&["check"]).success();
}
