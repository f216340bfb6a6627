//! The whole way on the toy tree: what a build leaves, what the next one does, and how a failure looks.

use std::fs;

use tests::{Project, needs};

/// The artifact is whole, and stdout names its files and nothing else.
#[test]
fn a_build_leaves_an_artifact_and_says_where() {
    let project = Project::toy();
    let before = project.snapshot("toy");
    let run = project.kernel(&["build", "guest"]).success();

    let folder = project.path("target/kernel/guest");
    assert_eq!(run.stdout.trim(), folder.join("vmlinux").to_string_lossy());
    for file in ["vmlinux", "System.map", ".config", "kernel.json"] {
        assert!(folder.join(file).is_file(), "{file} is missing");
    }
    let facts: serde_json::Value =
        serde_json::from_str(&project.read("target/kernel/guest/kernel.json")).unwrap();
    assert_eq!(facts["kernelrelease"], "6.12.7-guest");
    assert_eq!(facts["kernelversion"], "6.12.7");
    assert!(project.read("target/kernel/guest/.config").contains("CONFIG_CONSOLE=\"ttyS0\"\n"));
    assert_eq!(before, project.snapshot("toy"), "a path source is never written to");
}

/// Nothing changed: no make, no compiler, the same artifact.
#[test]
fn a_second_build_does_nothing() {
    let project = Project::toy();
    project.kernel(&["build"]).success();
    let first = fs::metadata(project.path("target/kernel/guest/kernel.json")).unwrap().modified().unwrap();
    let run = project.kernel(&["build", "-v"]).success();
    assert!(run.stderr.contains("Fresh"), "{}", run.stderr);
    let second = fs::metadata(project.path("target/kernel/guest/kernel.json")).unwrap().modified().unwrap();
    assert_eq!(first, second, "a fresh artifact is not written again");
}

/// By how much an image grew is told, where there was one before.
#[test]
fn the_change_of_a_size_is_told() {
    let project = Project::toy();
    let size = || fs::metadata(project.path("target/kernel/guest/vmlinux")).unwrap().len();
    project.write("kernel/net.config", "# nothing\n");
    let run = project.kernel(&["build"]).success();
    assert!(!run.stderr.contains(", +"), "{}", run.stderr);
    project.write("kernel/net.config", "CONFIG_NET=y\n");
    let run = project.kernel(&["build"]).success();
    assert!(run.stderr.contains("KiB, +"), "{}", run.stderr);
    let small = size();
    project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_SLOW=y\n");
    let run = project.kernel(&["build", "--message-format", "json"]).success();
    let artifact = run.stdout.lines().find(|line| line.contains("kernel-artifact")).unwrap();
    let artifact: serde_json::Value = serde_json::from_str(artifact).unwrap();
    assert_eq!(artifact["images"][0]["grown"].as_i64(), Some(size() as i64 - small as i64), "{artifact}");
    let run = project.kernel(&["build", "--message-format", "json"]).success();
    assert!(run.stdout.contains("\"grown\":null"), "{}", run.stdout);
}

/// A changed fragment is an incremental build of the same object tree, and the reason is said.
#[test]
fn a_changed_fragment_is_built_and_a_changed_comment_is_not() {
    let project = Project::toy();
    project.kernel(&["build"]).success();
    let object = project.path("target/kernel/.work/guest/objtree/init/main.o");
    let first = fs::metadata(&object).unwrap().modified().unwrap();

    project.write("kernel/net.config", "# a comment\nCONFIG_NET=y\n");
    let run = project.kernel(&["build", "-v"]).success();
    assert!(!run.stderr.contains("Compiling"), "the resolved config is the same:\n{}", run.stderr);

    project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n");
    let run = project.kernel(&["build", "-v"]).success();
    assert!(
        run.stderr.contains("VIRTIO_NET") || run.stderr.contains("net.config"),
        "no reason said:\n{}",
        run.stderr
    );
    assert!(project.read("target/kernel/guest/.config").contains("CONFIG_VIRTIO_NET=y\n"));
    assert_eq!(
        first,
        fs::metadata(&object).unwrap().modified().unwrap(),
        "an object that nothing changed for"
    );
}

/// A tree that is edited is known by its contents: a change that is taken back is none, whatever the time stamps say.
#[test]
fn a_change_that_is_taken_back_builds_nothing() {
    let project = Project::toy();
    project.kernel(&["build"]).success();
    let text = project.read("toy/init/main.c");
    project.write("toy/init/main.c", &format!("{text}/* more */\n"));
    let run = project.kernel(&["plan", "guest"]).success();
    assert!(run.stdout.contains("the source changed"), "{}", run.stdout);
    project.write("toy/init/main.c", &text);
    let run = project.kernel(&["build"]).success();
    assert!(run.stderr.contains("Fresh"), "{}", run.stderr);
}

/// A file that came with an old time (from an archive, by `cp -p`) is compiled, though make would not see it; also
/// where the build in between failed.
#[test]
fn an_older_file_with_other_contents_is_compiled() {
    let project = Project::toy();
    project.kernel(&["build"]).success();
    let object = project.path("target/kernel/.work/guest/objtree/init/main.o");
    let file = project.path("toy/init/main.c");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(1_000_000);
    let write = |text: &str| {
        fs::write(&file, text).unwrap();
        fs::File::options().append(true).open(&file).unwrap().set_modified(old).unwrap();
    };
    let text = project.read("toy/init/main.c");
    let first = fs::read(&object).unwrap();
    write(&format!("{text}int another_symbol = 7;\n"));
    let run = project.kernel(&["build", "-v"]).success();
    assert!(
        run.stderr.contains("1 file of the tree changed; 1 made of them are made again"),
        "{}",
        run.stderr
    );
    assert!(fs::read(&object).unwrap() != first, "the old object was believed");

    // Compiled, and then the build fails; what is put back is compiled again.
    write(&format!("{text}int yet_another = 8;\n"));
    project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_BROKEN=y\n");
    project.kernel(&["build"]).exit(5);
    write(&format!("{text}int another_symbol = 7;\n"));
    project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n");
    project.kernel(&["build"]).success();
    let symbols = project.read("target/kernel/guest/System.map");
    assert!(symbols.contains("another_symbol") && !symbols.contains("yet_another"), "{symbols}");
}

/// `plan` and `check` stop where they say.
#[test]
fn plan_and_check_compile_nothing() {
    let project = Project::toy();
    let plan = project.kernel(&["plan", "guest"]).success();
    for step in ["configure", "compile", "verify", "store"] {
        assert!(plan.stdout.contains(step), "the plan lacks `{step}`:\n{}", plan.stdout);
    }
    assert!(!project.path("target/kernel/.work/guest/objtree/init").exists(), "a plan does nothing");
    project.kernel(&["check"]).success();
    assert!(
        !project.path("target/kernel/.work/guest/objtree/init/main.o").exists(),
        "a check compiles nothing"
    );
    assert!(!project.path("target/kernel/guest").exists());
}

/// The compiler's own words, the log, exit code 5, and the old artifact untouched.
#[test]
fn a_compile_error_is_shown_in_the_compilers_words() {
    let project = Project::toy();
    project.kernel(&["build"]).success();
    project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_BROKEN=y\n");
    let run = project.kernel(&["build"]).exit(5);
    assert!(run.stderr.contains("no_such_name"), "{}", run.stderr);
    assert!(run.stderr.contains("build.log"), "{}", run.stderr);
    assert!(!project.read("target/kernel/guest/.config").contains("CONFIG_BROKEN=y"));
    project.write("kernel/net.config", "CONFIG_NET=y\n");
    project.kernel(&["build"]).success();
}

/// The `.config` that was resolved is the one that is built, or nothing is stored.
#[test]
fn a_build_that_changes_the_config_fails_with_what_differs() {
    let project = Project::toy();
    let link = "\t@echo \"  LD      vmlinux\"\n";
    project.replace(
        "toy/Makefile",
        link,
        &format!("{link}\t@sed -i 's/^CONFIG_NR_CPUS=.*/CONFIG_NR_CPUS=7/' $(O)/.config\n"),
    );
    let run = project.kernel(&["build"]).exit(6);
    insta::assert_snapshot!(project.said(&run), @"
     Configuring guest 6.12.7
       Compiling guest 6.12.7-guest
    error: make's `.config` is not the resolved one
      CONFIG_NR_CPUS: resolved to 1, built with 7
    hint: something changed the toolchain or the source since configure, or this is a bug to report; `--kconfig=tree` resolves with the tree's own `conf`
    ");
    assert!(!project.path("target/kernel/guest").exists());
}

/// What changed since the last good build and has to do with the file is named: what is asked for, edited, patched.
#[test]
fn a_compile_error_names_what_changed() {
    let since = |project: &Project, run: &tests::Run| {
        let said = project.said(run);
        let from =
            said.find("  since the last good build:").unwrap_or_else(|| panic!("nothing is named:\n{said}"));
        said[from..said.find("  everything that make said").unwrap()].to_owned()
    };
    let project = Project::toy();
    project.write("toy/net/Makefile", "obj-$(CONFIG_NET) += net.o\nobj-$(CONFIG_BROKEN) += broken.o\n");
    project.kernel(&["build"]).success();
    project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\nCONFIG_BROKEN=y\n");
    let run = project.kernel(&["build"]).exit(5);
    insta::assert_snapshot!(since(&project, &run), @"
    since the last good build:
      CONFIG_BROKEN n → y at kernel/net.config:3: `net/Makefile` makes `net/broken.o` for it
    ");
    project.write("kernel/net.config", "CONFIG_NET=y\n");
    project.kernel(&["build"]).success();

    let text = project.read("toy/net/net.c");
    project.write("toy/net/net.c", &format!("{text}int no_value = no_such_name;\n"));
    let run = project.kernel(&["build"]).exit(5);
    insta::assert_snapshot!(since(&project, &run), @"
    since the last good build:
      `net/net.c` was edited
    ");
    project.write("toy/net/net.c", &text);

    project.write("net.patch", &patch_at_end(&text));
    let manifest = project.read("Kernel.toml");
    let patch = "\n[[kernel.guest.patch]]\nname = \"bad\"\npath = \"net.patch\"\n";
    project.write("Kernel.toml", &(manifest + patch));
    let run = project.kernel(&["build"]).exit(5);
    insta::assert_snapshot!(since(&project, &run), @"
    since the last good build:
      patch `bad` (net.patch) touches `net/net.c`
    ");
}

/// A patch of `net/net.c` that adds a line at its end.
fn patch_at_end(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let (from, last) = (lines.len(), lines.last().unwrap());
    format!(
        "--- a/net/net.c\n+++ b/net/net.c\n@@ -{from},1 +{from},2 @@\n {last}\n+int no_value = no_such_name;\n"
    )
}

/// A promise about the kernelrelease is checked before any object is compiled.
#[test]
fn a_wrong_mod_dir_version_fails_before_compiling() {
    let project = Project::toy();
    project.replace("Kernel.toml", "\"{version}-guest\"", "\"6.12.7-other\"");
    let run = project.kernel(&["build"]).exit(1);
    assert!(run.stderr.contains("`6.12.7-guest`") && run.stderr.contains("`6.12.7-other`"), "{}", run.stderr);
    assert!(run.stderr.contains("Kernel.toml:12"), "no place of the part:\n{}", run.stderr);
    assert!(!project.path("target/kernel/.work/guest/objtree/init/main.o").exists());
}

/// A localversion file of the tree takes part, as the tree's own script has it.
#[test]
fn a_localversion_file_is_part_of_the_release() {
    let project = Project::toy();
    project.write("toy/localversion-rt", "-rt3\n");
    let run = project.kernel(&["check"]).exit(1);
    assert!(
        run.stderr.contains("6.12.7-rt3-guest") && run.stderr.contains("localversion-rt"),
        "{}",
        run.stderr
    );
    project.replace("Kernel.toml", "{version}-guest", "{version}-rt3-guest");
    project.kernel(&["build"]).success();
}

/// The manifest may stand in `Cargo.toml`, is found from any folder, and is never doubled.
#[test]
fn the_manifest_may_stand_in_cargo_toml() {
    let project = Project::toy();
    let tables = project.read("Kernel.toml").replace("[source.", "[workspace.metadata.kernel.source.");
    let tables = tables.replace("[kernel.", "[workspace.metadata.kernel.kernel.");
    let tables = tables.replace("schema = 1", "[workspace.metadata.kernel]\nschema = 1");
    project.write("Cargo.toml", &format!("{}\n{tables}", project.read("Cargo.toml")));
    let run = project.kernel(&["check"]).exit(1);
    assert!(
        run.stderr.contains("Kernel.toml") && run.stderr.contains("workspace.metadata.kernel"),
        "{}",
        run.stderr
    );
    fs::remove_file(project.path("Kernel.toml")).unwrap();
    fs::create_dir_all(project.path("crates/deep")).unwrap();
    let run = tests::Run::new(&project.command_in("crates/deep", &["check"]).output().unwrap()).success();
    assert!(run.stderr.contains("guest"), "{}", run.stderr);
}

/// A folder with every program of `PATH` but these.
fn path_without(project: &Project, missing: &[&str]) -> std::path::PathBuf {
    let tools = project.path("tools");
    fs::create_dir(&tools).unwrap();
    for folder in std::env::split_paths(&std::env::var_os("PATH").unwrap()) {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if !missing.iter().any(|missing| name == *missing) && !tools.join(&name).exists() {
                #[cfg(unix)]
                std::os::unix::fs::symlink(entry.path(), tools.join(name)).unwrap();
            }
        }
    }
    tools
}

/// A base tool that is missing stops the build before anything else, with the package that brings it.
#[test]
fn a_missing_host_tool_is_named_with_its_package() {
    if !needs::program("bc") {
        return;
    }
    let project = Project::toy();
    let tools = path_without(&project, &["bc", "cmp"]);
    let output = project.command(&["build"]).env("PATH", &tools).output().unwrap();
    let run = tests::Run::new(&output).exit(1);
    assert!(run.stderr.contains("bc ") && run.stderr.contains("cmp "), "all at once:\n{}", run.stderr);
    assert!(run.stderr.contains("install"), "no command:\n{}", run.stderr);
    assert!(!project.path("target/kernel/.work/guest/resolved.config").exists());
}

/// flex and bison are for the tree's own `conf`, and for nobody else.
#[test]
fn a_build_needs_no_parser_generator_unless_the_tree_resolves() {
    if !needs::program("flex") {
        return;
    }
    let project = Project::toy();
    let tools = path_without(&project, &["flex", "bison"]);
    let run = |args: &[&str]| tests::Run::new(&project.command(args).env("PATH", &tools).output().unwrap());
    run(&["build"]).success();
    let refused = run(&["check", "--kconfig=tree"]).exit(1);
    assert!(refused.stderr.contains("flex") && refused.stderr.contains("bison"), "{}", refused.stderr);
}

/// Both ways to resolve end in the same `.config`; kbuild finds the engine's files true and runs nothing.
#[test]
fn the_engine_and_the_tree_resolve_to_the_same() {
    let resolved = |kconfig: &str| {
        let project = Project::toy();
        project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\nCONFIG_NR_CPUS=4\n");
        project.kernel(&["build", kconfig]).success();
        let log = project.read("target/kernel/.work/guest/build.log");
        (project.read("target/kernel/guest/.config"), log.contains("SYNC"))
    };
    let (by_engine, by_tree) = (resolved("--kconfig=engine"), resolved("--kconfig=tree"));
    assert_eq!(by_engine.0, by_tree.0);
    assert_eq!((by_engine.1, by_tree.1), (false, true), "whether kbuild made its files anew");
}

/// `clean` removes one kernel's artifact and trees.
#[test]
fn clean_removes_what_a_build_left() {
    let project = Project::toy();
    project.kernel(&["build"]).success();
    project.kernel(&["clean", "guest"]).success();
    assert!(!project.path("target/kernel/guest").exists());
    assert!(!project.path("target/kernel/.work/guest/objtree").exists());
    project.kernel(&["build"]).success();
}
