//! As a stranger: a workspace outside this repository, with its own xtask, VMM, init and a crate that embeds its kernel.
//!
//! ```text
//! Cargo.toml            no Kernel.toml yet
//! xtask/                its own chores, and `kernel` handed over
//! my-vmm/               path dependency on a VMM library; flags of its own
//! my-init/              what becomes /init
//! embed/                build.rs: the kernel's image and its constants
//! ```
//!
//! The kernel is the one that this workspace builds as well: the user's artifacts are shared, so that it is compiled once.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tests::{Project, Run, cargo_kernel, needs, workspace_root};

fn ours(name: &str) -> String {
    format!("{:?}", workspace_root().join("crates").join(name))
}

fn workspace() -> Project {
    let project = Project::empty();
    project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"xtask\", \"my-vmm\", \"my-init\", \"embed\"]\n",
    );
    let package = |name: &str, rest: String| {
        let head = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        project.write(&format!("{name}/Cargo.toml"), &format!("{head}\n{rest}"));
    };
    package("xtask", format!("[dependencies]\nkernel-launcher = {{ path = {} }}\n", ours("kernel-launcher")));
    project.write(
        "xtask/src/main.rs",
        r#"use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    match args.first().and_then(|word| word.to_str()) {
        Some("kernel") => kernel_launcher::hand_over(&args),
        Some("greet") => {
            println!("hello");
            ExitCode::SUCCESS
        }
        _ => ExitCode::from(2),
    }
}
"#,
    );
    package("my-vmm", format!("[dependencies]\nmicrovm = {{ path = {} }}\n", ours("microvm")));
    project.write(
        "my-vmm/src/main.rs",
        r#"use std::process::ExitCode;

use microvm::args::{self, Request};
use microvm::boot::{Payload, Plan};
use microvm::machine::{Chips, Machine, open_kvm};

/// `my-vmm boot IMAGE ram=MIB append=CMDLINE ramdisk=FILE`
fn main() -> ExitCode {
    let mut words = vec![];
    let mut given = std::env::args().skip(1);
    assert_eq!(given.next().as_deref(), Some("boot"));
    words.extend(["--kernel".to_owned(), given.next().expect("an image")]);
    for word in given {
        let (name, value) = word.split_once('=').expect("NAME=VALUE");
        let flag = match name {
            "ram" => "--memory",
            "append" => "--cmdline",
            "ramdisk" => "--initrd",
            _ => panic!("unknown {name}"),
        };
        words.extend([flag.to_owned(), value.to_owned()]);
    }
    let Ok(Request::Boot(request)) = args::parse(words.into_iter().map(Into::into)) else { panic!("arguments") };
    let kernel = std::fs::read(&request.kernel).expect("an image");
    let initrd = request.initrd.as_ref().map(|path| std::fs::read(path).expect("a ramdisk"));
    let payload = Payload {
        kernel: &kernel,
        entry: request.entry,
        initrd: initrd.as_deref(),
        cmdline: &request.cmdline,
    };
    let plan = Plan::new(&request.ram, payload).expect("a plan");
    let machine = Machine::new(&open_kvm().expect("KVM"), &request.ram, Chips::Emulated).expect("a machine");
    machine.start_at(plan.load(machine.memory()).expect("loaded")).expect("started");
    let outcome = microvm::run::run(machine, std::io::stdout(), request.timeout).expect("it ran");
    eprintln!("my-vmm: {}", outcome.end);
    ExitCode::from(outcome.end.exit_code())
}
"#,
    );
    let init = workspace_root().join("crates/guest-init/src/main.rs");
    package(
        "my-init",
        format!(
            "[[bin]]\nname = \"my-init\"\npath = {init:?}\n\n[dependencies]\nboot-contract = {{ path = {} }}\n\
             rustix = {{ version = \"1\", features = [\"fs\", \"mount\", \"process\", \"pty\", \"stdio\", \"system\", \"termios\", \
             \"time\"] }}\n\
             thiserror = \"2\"\n",
            ours("boot-contract")
        ),
    );
    package(
        "embed",
        format!(
            "[dependencies]\nkernel-build-script = {{ path = {0}, default-features = false }}\n\n\
             [build-dependencies]\nkernel-build-script = {{ path = {0} }}\n",
            ours("kernel-build-script")
        ),
    );
    project.write(
        "embed/build.rs",
        "fn main() -> Result<(), kernel_build_script::Error> {\n    \
         kernel_build_script::kernel(\"guest\").image(\"vmlinux\").symbols([\"SMP\", \"VIRTIO\"]).emit()?;\n    Ok(())\n}\n",
    );
    project.write(
        "embed/src/main.rs",
        r#"mod guest {
    kernel_build_script::include_facts!("guest");
}
static KERNEL: &[u8] = kernel_build_script::include_kernel!("guest");

fn main() {
    let entry = guest::PVH_ENTRY.or(guest::ENTRY).is_some();
    println!("{} {} {entry} {}", guest::RELEASE, &KERNEL[..4] == b"\x7fELF", guest::SIZE == Some(KERNEL.len() as u64));
}
"#,
    );
    fs::copy(workspace_root().join("Cargo.lock"), project.path("Cargo.lock")).unwrap();
    project
}

/// cargo as a stranger starts it; the tool is the one under test, and not built for this workspace again.
fn cargo(project: &Project, args: &[&str]) -> Run {
    let mut command = cargo_command(args);
    Run::new(&command.current_dir(project.root()).env("CARGO_KERNEL", cargo_kernel()).output().unwrap())
}

/// cargo without what the cargo of these tests has told them.
fn cargo_command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let of_outer = text.starts_with("CARGO") && text != "CARGO_HOME";
        if of_outer || text.starts_with("KERNEL_") || matches!(text.as_ref(), "MAKEFLAGS" | "MFLAGS" | "CI") {
            command.env_remove(&name);
        }
    }
    command.args(args).env("CARGO_TERM_COLOR", "never").stdin(Stdio::null());
    command
}

/// The fragments of this workspace's kernels, as the stranger's own.
fn fragments(project: &Project) {
    for folder in ["kernel", "kernel/guest"] {
        for entry in fs::read_dir(workspace_root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = Path::new(folder).join(path.file_name().unwrap());
                project.write(name.to_str().unwrap(), &fs::read_to_string(path).unwrap());
            }
        }
    }
}

/// The launcher builds the program of its own checkout, once, and hands over: words, exit codes and all.
#[test]
fn the_launcher_builds_the_program() {
    if !needs::full() {
        return;
    }
    let project = workspace();
    project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"xtask\"]\n");
    // Kept from one run to the next, as a stranger's target directory is.
    let target = tests::target_dir().join("stranger");
    let run = |args: &[&str]| {
        let mut command = cargo_command(&[&["run", "--quiet", "-p", "xtask", "--", "kernel"], args].concat());
        Run::new(&command.current_dir(project.root()).env("CARGO_TARGET_DIR", &target).output().unwrap())
    };
    let first = run(&["--version"]).success();
    assert!(first.stdout.starts_with("cargo-kernel "), "{}", first.stdout);
    let program = target.join("cargo-kernel/tool/cargo-kernel");
    let built = fs::metadata(&program).unwrap().modified().unwrap();
    let second = run(&["metadata"]).exit(1);
    assert!(
        second.stderr.contains("no `Kernel.toml`") && !second.stderr.contains("Compiling"),
        "{}",
        second.stderr
    );
    run(&["no-such-command"]).exit(2);
    assert_eq!(fs::metadata(&program).unwrap().modified().unwrap(), built, "it is built once");
}

#[test]
fn a_stranger_adopts_a_kernel() {
    if needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") {
        return;
    }
    let project = workspace();
    let begun = ["run", "--quiet", "-p", "xtask", "--", "kernel", "init", "--vmm", "firecracker"];
    let names = ["--package", "my-vmm", "--init", "my-init"];
    cargo(&project, &[&begun[..], &names].concat()).success();
    let greeting = cargo(&project, &["xtask", "greet"]).success();
    assert_eq!(greeting.stdout, "hello\n", "the alias is there, and the workspace's own chores still are");
    let checked = cargo(&project, &["xtask", "kernel", "metadata"]).success();
    assert!(checked.stdout.contains("\"firecracker\""), "{}", checked.stdout);

    // What a person then writes: a source of this machine, layers and flags of their own.
    fragments(&project);
    project.replace(
        "Kernel.toml",
        "version = \"6.12\"  ",
        "deb = \"linux-source-6.12\"\nversion = \"6.12\"  ",
    );
    let layers = "fragments = [\"kernel/guest/*.config\"]\nimages = [\"vmlinux\", \"bzImage\"]";
    project.replace("Kernel.toml", "profiles = [\"firecracker\"]", layers);
    let manifest = project.read("Kernel.toml");
    let own = "args = [\"boot\", \"{image}\", \"ram={memory-mib}\", \"append={cmdline}\", \"ramdisk={initramfs}\"] }";
    let lines: Vec<String> = manifest
        .lines()
        .map(|line| match line.split_once("args = ") {
            Some((before, _)) => format!("{before}{own}"),
            None => line.replace("reboot=t", "reboot=k"),
        })
        .collect();
    let nested = "nested-host = \"nested-host\"\nimage = \"vmlinux\"\ntimeout = 120\n\n[kernel.nested-host]\nsource = \"linux\"\n\
                  arch = \"x86_64\"\nbase = \"tinyconfig\"\nfragments = [\"kernel/guest/*.config\", \"kernel/nested-host.config\"]\n\
                  local-version = \"-nested-host\"\nmod-dir-version = \"{version}-nested-host\"\nimages = [\"vmlinux\"]\n";
    project.write("Kernel.toml", &format!("{}\n{nested}", lines.join("\n")));

    // This workspace's own, so that what the stranger asks for is there already.
    let mut built = Command::new(cargo_kernel());
    built
        .args(["kernel", "build", "guest", "nested-host"])
        .current_dir(workspace_root())
        .stdin(Stdio::null());
    Run::new(&built.output().unwrap()).success();

    let built = cargo(&project, &["xtask", "kernel", "build", "guest"]).success();
    assert!(built.stderr.contains("Copied"), "the artifact is shared: {}", built.stderr);
    let booted = cargo(&project, &["xtask", "kernel", "boot", "guest"]).success();
    assert!(booted.stdout.contains("guest-init: ready release=6.12."), "{}", booted.stdout);

    let embedded = cargo(&project, &["build", "-p", "embed"]).success();
    assert!(!embedded.stderr.contains("Compiling kernel-cli"), "{}", embedded.stderr);
    let said = Command::new(project.path("target/debug/embed")).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.starts_with("6.12.") && said.ends_with("-guest true true true\n"), "{said}");
    let again = cargo(&project, &["build", "-v", "-p", "embed"]).success();
    assert!(again.stderr.contains("Fresh embed"), "{}", again.stderr);
}
