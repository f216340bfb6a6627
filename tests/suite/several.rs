//! Several kernels of one run: side by side, under one jobserver, and what becomes of the others when one fails.

use std::fs;

use tests::{Project, Run};

/// The toy with these kernels beside `guest`, each with what its `[config]` asks for.
fn project(kernels: &[(&str, &str)]) -> Project {
    let project = Project::toy();
    for (name, config) in kernels {
        let manifest = project.read("Kernel.toml");
        project.write(
            "Kernel.toml",
            &format!(
                "{manifest}\n[kernel.{name}]\nsource = \"toy\"\narch = \"x86_64\"\nbase = \"tinyconfig\"\n\
                 images = [\"vmlinux\"]\n\n[kernel.{name}.config]\nLOCALVERSION = \"-{name}\"\n{config}\n"
            ),
        );
    }
    project
}

/// What a run said, without times, sizes and the compiler's own words.
fn said(project: &Project, run: &Run) -> String {
    let text = project.said(run);
    let is_compilers = |line: &str| line.contains("broken.c:") || line.contains(" | ");
    let plain = |line: &str| match (line.rsplit_once(" in "), line.split_once("  vmlinux ")) {
        (_, Some((row, _))) => row.to_owned(),
        (Some((head, time)), _) if time.ends_with('s') => format!("{head} in [TIME]"),
        _ => line.to_owned(),
    };
    text.lines().filter(|line| !is_compilers(line)).map(plain).collect::<Vec<_>>().join("\n")
}

/// The objects of two kernels are made at the same time, never more than `-j` of them.
#[test]
fn kernels_are_built_side_by_side() {
    let project = project(&[("other", "SLOW = \"y\"")]);
    project.write("kernel/slow.config", "CONFIG_SLOW=y\n");
    fs::create_dir_all(project.path("tmp/running")).unwrap();
    let script = project.path("launch");
    fs::write(&script, "#!/bin/sh\necho \"$@\" >> \"$(dirname \"$0\")/launched\"\nexec \"$@\"\n").unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let launcher = format!("schema = 1\ncompiler-launcher = \"{}\"\n", script.display());
    project.replace("Kernel.toml", "schema = 1\n", &launcher);

    let mut build = project.command(&["build", "-j2"]);
    let run = Run::new(&build.env("TMPDIR", project.path("tmp")).output().unwrap()).success();
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
    let launched = project.read("launched");
    let of = |kernel: &str| {
        let place = format!(".work/{kernel}/objtree/");
        let lines = launched.lines().enumerate().filter(move |(_, line)| line.contains(&place));
        lines.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let (guest, other) = (of("guest"), of("other"));
    assert!(guest[0] < *other.last().unwrap() && other[0] < *guest.last().unwrap(), "{launched}");
    let counts = fs::read_dir(project.path("tmp/running")).unwrap();
    let counts = counts.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    assert_eq!(counts.map(|count| count.trim().parse::<usize>().unwrap()).max(), Some(2));
    assert!(run.stderr.contains("     Kernels guest  6.12.7-guest  built"), "{}", run.stderr);

    let again = project.kernel(&["build"]).success();
    assert!(
        !again.stderr.contains("Kernels") && again.stderr.matches("Fresh").count() == 2,
        "{}",
        again.stderr
    );
}

/// One that fails: no other is begun. With `--keep-going`, those that can be built are.
#[test]
fn one_that_fails_stops_what_was_not_begun() {
    let project = project(&[("broken", "NET = \"y\"\nBROKEN = \"y\"")]);
    let run = project.kernel(&["build", "-j1"]).exit(5);
    assert_eq!(run.stdout, "");
    insta::assert_snapshot!(said(&project, &run), @"
     Configuring broken 6.12.7
       Compiling broken 6.12.7-broken
          Failed broken in [TIME]
         Kernels broken  failed
                 guest   not built
    error: kernel `broken` does not compile: make ended with exit status 2
      everything that make said is in [ROOT]/target/kernel/.work/broken/build.log
    error: 1 of 2 kernels failed: `broken`
      `guest` was not built
    hint: with `--keep-going`, the others are built all the same
    ");
    let json = project.kernel(&["build", "-j1", "--message-format", "json"]).exit(5);
    assert_eq!(json.stdout.matches("\"reason\":\"error\"").count(), 2, "{}", json.stdout);

    let run = project.kernel(&["build", "-j1", "--keep-going"]).exit(5);
    assert!(run.stdout.ends_with("target/kernel/guest/vmlinux\n"), "{}", run.stdout);
    insta::assert_snapshot!(said(&project, &run), @"
       Compiling broken 6.12.7-broken
          Failed broken in [TIME]
     Configuring guest 6.12.7
       Compiling guest 6.12.7-guest
        Finished guest 6.12.7-guest in [TIME]
         Kernels guest   6.12.7-guest  built   4 objects  3 requests
                 broken                failed
    error: kernel `broken` does not compile: make ended with exit status 2
      everything that make said is in [ROOT]/target/kernel/.work/broken/build.log
    error: 1 of 2 kernels failed: `broken`
    ");
}

/// One that fails ends those that are under way, and their object trees stay good.
#[test]
fn one_that_fails_ends_the_others() {
    let project = project(&[("broken", "NET = \"y\"\nBROKEN = \"y\"")]);
    project.write("kernel/slow.config", "CONFIG_SLOW=y\n");
    fs::create_dir_all(project.path("tmp/running")).unwrap();
    let mut build = project.command(&["build", "-j2"]);
    let run = Run::new(&build.env("TMPDIR", project.path("tmp")).output().unwrap()).exit(5);
    assert!(run.stderr.contains("`guest` was not built"), "{}", run.stderr);
    assert!(!project.path("target/kernel/guest").exists());
    let run = project.kernel(&["build", "guest", "-v"]).success();
    assert!(!run.stderr.contains("made anew"), "{}", run.stderr);
}

/// A kernel that is named twice is built once.
#[test]
fn a_kernel_is_built_once() {
    let project = Project::toy();
    let run = project.kernel(&["build", "guest", "guest"]).success();
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert_eq!(run.stderr.matches("Compiling").count(), 1, "{}", run.stderr);
}

/// A page that says what took how long, for what was built; nothing is compiled again for it.
#[test]
fn a_page_says_what_took_how_long() {
    let project = Project::toy();
    project.kernel(&["build"]).success();
    project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n");
    project.write("toy/init/main.c", &(project.read("toy/init/main.c") + "int another_symbol = 7;\n"));
    let run = project.kernel(&["build", "--timings"]).success();
    assert!(run.stderr.contains("     Timings target/kernel/.timings/guest.html"), "{}", run.stderr);
    let page = project.read("target/kernel/.timings/guest.html");
    assert!(page.contains("init/main.o") && !page.contains("net/net.o</td>"), "{page}");
    assert!(page.contains("prefers-color-scheme") && !page.contains("http"), "{page}");
    let tags = |open: &str, close: &str| (page.matches(open).count(), page.matches(close).count());
    for (open, close) in [("<table", "</table>"), ("<tr", "</tr>"), ("<svg", "</svg>"), ("<rect", "</rect>")]
    {
        let (opened, closed) = tags(open, close);
        assert!(opened == closed && opened > 0, "{open}: {opened}, {close}: {closed}");
    }
}
