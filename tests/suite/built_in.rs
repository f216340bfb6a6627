//! An init that is built into a kernel: an edge from cargo's artifact to the kernel's.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tests::{Project, Run, cargo_kernel, needs, workspace_root};

/// A toy kernel with the program of the package `init` in it, which says `a`.
fn project() -> Project {
    let project = Project::toy();
    let kconfig = project.read("toy/Kconfig");
    project.write(
        "toy/Kconfig",
        &format!("{kconfig}\nconfig INITRAMFS_SOURCE\n\tstring \"Initramfs\"\n\tdefault \"\"\n"),
    );
    project.replace(
        "toy/Makefile",
        "objs := ",
        "initramfs := $(shell sed -n 's/^CONFIG_INITRAMFS_SOURCE=\"\\(..*\\)\"/\\1/p' $(config) 2>/dev/null)\n\
         objects-y += $(if $(initramfs),usr/initramfs.o)\nobjs := ",
    );
    let rule = "\n$(O)/usr/initramfs.o: $(O)/$(initramfs)\n\t@echo \"  AS      usr/initramfs.o\"\n\
                \t@mkdir -p $(O)/usr && cd $(O) && $(LD) -r -b binary -o usr/initramfs.o $(initramfs)\n";
    project.write("toy/Makefile", &(project.read("toy/Makefile") + rule));
    project.replace("toy/scripts/vmlinux.lds", "*(.rodata*)", "*(.rodata*) *(.data*)");
    project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"init\", \"vmm\"]\n");
    let package =
        |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    project.write("init/Cargo.toml", &package("init"));
    project.write(
        "init/src/main.rs",
        "fn main() {\n    println!(\"init says a\");\n    panic!(\"the end\");\n}\n",
    );
    project.write("vmm/Cargo.toml", &(package("vmm") + &asks_for_a_kernel()));
    project.write(
        "vmm/build.rs",
        "fn main() {\n    kernel_build_script::kernel(\"guest\").emit().unwrap();\n}\n",
    );
    project.write("vmm/src/main.rs", "fn main() {\n    println!(\"{}\", env!(\"KERNEL_SHA256\"));\n}\n");
    let manifest = project.read("Kernel.toml");
    let vm = "\n[vm.demo]\nkernel = \"guest\"\nvmm = { package = \"vmm\", args = [\"{image}\"] }\n\
              init = { package = \"init\", embed = true }\ncmdline = \"console=ttyS0\"\n";
    project.write("Kernel.toml", &(manifest + vm));
    fs::copy(workspace_root().join("Cargo.lock"), project.path("Cargo.lock")).unwrap();
    project
}

fn asks_for_a_kernel() -> String {
    let script = workspace_root().join("crates/kernel-build-script");
    format!("\n[build-dependencies]\nkernel-build-script = {{ path = {script:?} }}\n")
}

/// The part of an artifact's fingerprint that stands for the init.
fn init_part(project: &Project) -> String {
    let record: serde_json::Value =
        serde_json::from_str(&project.read("target/kernel/guest/kernel.json")).unwrap();
    let parts = record["fingerprint"]["parts"].as_array().unwrap();
    let part = parts.iter().find(|part| part["name"] == "init").expect("a part for the init");
    part["value"].as_str().unwrap().to_owned()
}

fn holds(file: &Path, text: &str) -> bool {
    let bytes = fs::read(file).unwrap();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_changed_init_is_a_changed_kernel() {
    let project = project();
    let planned = project.kernel(&["plan", "guest"]).success();
    let lines: Vec<&str> = planned.stdout.lines().map(str::trim_start).collect();
    assert!(
        lines[1].starts_with("1 ? cargo build     init (init, built in), profile dev"),
        "{}",
        planned.stdout
    );
    assert!(
        planned.stdout.contains("embed           init, as /init of initramfs.cpio"),
        "{}",
        planned.stdout
    );

    project.kernel(&["build", "guest"]).success();
    let vmlinux = project.path("target/kernel/guest/vmlinux");
    assert!(holds(&vmlinux, "init says a"));
    let config = project.read("target/kernel/guest/.config");
    assert!(config.contains("CONFIG_INITRAMFS_SOURCE=\"initramfs.cpio\"\n"), "{config}");
    // Wherever the workspace lies, it is the same kernel.
    let here = fs::canonicalize(project.root()).unwrap();
    assert!(!holds(&vmlinux, &here.to_string_lossy()), "the kernel says where it was made");

    let again = project.kernel(&["build", "guest"]).success();
    assert!(again.stderr.contains("Fresh") && !again.stderr.contains("Compiling guest"), "{}", again.stderr);
    let planned = project.kernel(&["plan", "guest"]).success();
    let last = planned.stdout.lines().last();
    assert_eq!(last, Some("not yet known, what cargo makes of `init` decides: nothing else changed"));

    let before = init_part(&project);
    project.replace("init/src/main.rs", "says a", "says b");
    let changed = project.kernel(&["build", "guest", "-v"]).success();
    assert!(
        changed.stderr.contains("dirty: the init that is built in changed: package `init`"),
        "{}",
        changed.stderr
    );
    assert!(holds(&vmlinux, "init says b"));
    assert_ne!(init_part(&project), before);
}

/// The crate alone decides: another workspace makes the same bytes of it.
#[test]
fn the_place_of_the_workspace_is_no_part_of_it() {
    let parts = [project(), project()].map(|project| {
        project.kernel(&["build", "guest"]).success();
        init_part(&project)
    });
    assert_eq!(parts[0], parts[1]);
}

/// Under a cargo that somebody started, whose script waits for the kernel, the kernel's own cargo has room.
#[test]
fn a_script_that_waits_for_such_a_kernel_gets_it() {
    let project = project();
    finish(cargo(&project)).success();
    let said = || {
        String::from_utf8(Command::new(project.path("target/debug/vmm")).output().unwrap().stdout).unwrap()
    };
    let before = said();

    // And it is told what the kernel is made from.
    project.replace("init/src/main.rs", "says a", "says b");
    finish(cargo(&project)).success();
    assert_ne!(said(), before, "the script ran again, for the init's source changed");

    for jobs in ["1", "2"] {
        project.replace("init/src/main.rs", "says", "says still");
        finish(project.command(&["build", "--vm", "demo", "-j", jobs])).success();
    }
}

/// `cargo build` as a person starts it.
fn cargo(project: &Project) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    for (name, value) in project.command(&[]).get_envs() {
        match value {
            Some(value) => cargo.env(name, value),
            None => cargo.env_remove(name),
        };
    }
    cargo.args(["build", "-p", "vmm", "-j1"]).current_dir(project.root());
    cargo.env("CARGO_KERNEL", cargo_kernel()).env("CARGO_TERM_COLOR", "never");
    cargo
}

/// Waits for a build that might wait for ever.
fn finish(mut command: Command) -> Run {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(240) {
            child.kill().unwrap();
            panic!("dead-locked: {}", Run::new(&child.wait_with_output().unwrap()).stderr);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Run::new(&child.wait_with_output().unwrap())
}

/// An init whose script asks for the kernel that it is built into cannot be: the way from one to the other is told.
#[test]
fn a_kernel_that_needs_itself_is_refused() {
    let project = project();
    project.write("init/Cargo.toml", &(project.read("init/Cargo.toml") + &asks_for_a_kernel()));
    project.write("init/build.rs", &project.read("vmm/build.rs"));
    let mut build = project.command(&["build", "guest"]);
    build.env("CARGO_KERNEL", cargo_kernel());
    let run = finish(build).exit(5);
    let told: Vec<&str> = run.stderr.lines().map(str::trim).collect();
    let error =
        told.iter().find(|line| line.contains("needs itself")).unwrap_or_else(|| panic!("{}", run.stderr));
    assert!(
        error.ends_with("kernel `guest` needs itself: kernel `guest` → its init `init` → kernel `guest`"),
        "{error}"
    );
    assert!(!project.path("target/kernel/guest").exists());

    // Its facts alone are none of what goes into it.
    project.replace("init/build.rs", ".emit()", ".mode(kernel_build_script::Mode::Facts).emit()");
    let mut build = project.command(&["build", "guest"]);
    build.env("CARGO_KERNEL", cargo_kernel());
    finish(build).success();
}

/// What is in a kernel that only this tool puts there, nobody else's build would.
#[test]
fn such_a_kernel_is_not_handed_on() {
    let project = project();
    let run = project.kernel(&["export", "guest", "--make", "--out", "out"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: kernel `guest` has the package `init` built in, which cannot be handed on
    hint: hand on a kernel without it; `inherits` makes a like one
    ");
}

/// A real kernel boots by itself: no initramfs beside it.
#[test]
fn a_real_kernel_boots_with_its_init_in_it() {
    if needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") {
        return;
    }
    let mut boot = Command::new(cargo_kernel());
    boot.args(["kernel", "boot", "standalone", "-vv"]).current_dir(workspace_root()).stdin(Stdio::null());
    let run = Run::new(&boot.output().unwrap()).success();
    assert!(run.stdout.contains("guest-init: ready release=6.12."), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("-guest-standalone"), "{}", run.stdout);
    assert!(run.stderr.contains("-kernel") && !run.stderr.contains("-initrd"), "{}", run.stderr);
}
