//! A kernel and the crates of its VM, built at the same time under one jobserver.

use std::fs;
use std::time::{Duration, Instant};

use tests::{Project, workspace_root};

/// A VM whose VMM has a `build.rs` that asks for the kernel.
fn vm_project() -> Project {
    let project = Project::toy();
    project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"vmm\", \"init\"]\n");
    let script = workspace_root().join("crates/kernel-build-script");
    project.write(
        "vmm/Cargo.toml",
        &format!(
            "[package]\nname = \"vmm\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[build-dependencies]\n\
             kernel-build-script = {{ path = {script:?} }}\n"
        ),
    );
    project.write(
        "vmm/build.rs",
        "fn main() {\n    kernel_build_script::kernel(\"guest\").emit().unwrap();\n}\n",
    );
    project.write("vmm/src/main.rs", "fn main() {\n    println!(\"{}\", env!(\"KERNEL_RELEASE\"));\n}\n");
    project.write("init/Cargo.toml", "[package]\nname = \"init\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    project.write("init/src/main.rs", "fn main() {}\n");
    let manifest = project.read("Kernel.toml");
    project.write(
        "Kernel.toml",
        &format!(
            "{manifest}\n[vm.demo]\nkernel = \"guest\"\nvmm = {{ package = \"vmm\", args = [\"{{image}}\"] }}\n\
             init = {{ package = \"init\" }}\ncmdline = \"console=ttyS0\"\n"
        ),
    );
    fs::copy(workspace_root().join("Cargo.lock"), project.path("Cargo.lock")).unwrap();
    project
}

/// A `build.rs` that waits for its kernel does not dead-lock, at any number of jobs.
#[test]
fn a_build_script_that_waits_for_its_kernel_gets_it() {
    for jobs in ["1", "2"] {
        let project = vm_project();
        let mut build = project.command(&["build", "--vm", "demo", "-j", jobs]);
        let child = build.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn();
        let run = finish(child.unwrap(), jobs).success();
        let vmm = run.stdout.lines().find(|line| line.ends_with("/vmm")).expect("the VMM's path on stdout");
        let said = std::process::Command::new(vmm).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "6.12.7-guest");
    }
}

/// The same with several kernels, and a script that waits for the one that comes last.
#[test]
fn a_build_script_gets_the_last_of_several_kernels() {
    for jobs in ["1", "2"] {
        let project = vm_project();
        for name in ["a", "b", "z"] {
            let manifest = project.read("Kernel.toml");
            let kernel = format!(
                "\n[kernel.{name}]\nsource = \"toy\"\narch = \"x86_64\"\nbase = \"tinyconfig\"\nimages = [\"vmlinux\"]\n"
            );
            project.write("Kernel.toml", &(manifest + &kernel));
        }
        let init = project.read("vmm/Cargo.toml").replace("\"vmm\"", "\"init\"");
        project.write("init/Cargo.toml", &init);
        project.write("init/build.rs", &project.read("vmm/build.rs").replace("guest", "z"));
        let mut build = project.command(&["build", "-j", jobs]);
        let child = build.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn();
        let run = finish(child.unwrap(), jobs).success();
        assert_eq!(run.stdout.lines().filter(|line| line.ends_with("/vmlinux")).count(), 4, "{}", run.stdout);
    }
}

/// Waits for a build that might wait for ever.
fn finish(mut child: std::process::Child, jobs: &str) -> tests::Run {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(240) {
            child.kill().unwrap();
            panic!("dead-locked at -j{jobs}: {}", tests::Run::new(&child.wait_with_output().unwrap()).stderr);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    tests::Run::new(&child.wait_with_output().unwrap())
}

/// Compilers of the kernel and of the crates together never exceed `-j`: they are counted while they run.
#[test]
fn compilers_of_both_never_exceed_the_jobs() {
    let project = vm_project();
    project.write("kernel/slow.config", "CONFIG_SLOW=y\n");
    fs::create_dir_all(project.path("tmp/running")).unwrap();
    let count = project.path("toy/scripts/count.sh");
    // What cargo asks of rustc before it compiles anything is no compiler that runs.
    project.write(
        "rustc.sh",
        &format!(
            "#!/bin/sh\ncase \"$*\" in *-vV*|*___*) exec \"$@\";; esac\nexec sh {} \"$@\"\n",
            count.display()
        ),
    );
    let script = project.path("rustc.sh");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, executable).unwrap();
    let mut build = project.command(&["build", "--vm", "demo", "-j2"]);
    let output = build.env("TMPDIR", project.path("tmp")).env("RUSTC_WRAPPER", script).output().unwrap();
    tests::Run::new(&output).success();
    let counts: Vec<usize> = fs::read_dir(project.path("tmp/running"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap().trim().parse().unwrap())
        .collect();
    assert!(counts.len() > 12, "eight slow objects and the crates are all counted: {counts:?}");
    assert_eq!(counts.into_iter().max(), Some(2), "the most compilers at once under -j2");
}

/// A crate that does not compile is cargo's failure, in rustc's own words; the kernel is stored all the same.
#[test]
fn a_crate_that_does_not_compile_is_shown_in_rustcs_words() {
    let project = vm_project();
    project.write("init/src/main.rs", "fn main() { no_such_name() }\n");
    let run = project.kernel(&["build", "--vm", "demo"]).exit(5);
    assert!(run.stderr.contains("no_such_name"), "{}", run.stderr);
    assert!(project.path("target/kernel/guest/kernel.json").is_file());
}

/// A package that the workspace does not have.
#[test]
fn an_unknown_package_is_an_error() {
    let project = vm_project();
    project.replace("Kernel.toml", "package = \"init\"", "package = \"inti\"");
    let run = project.kernel(&["build", "--vm", "demo"]);
    assert!(matches!(run.code, Some(1 | 5)), "{run:?}");
    assert!(run.stderr.contains("inti"), "{}", run.stderr);
}
