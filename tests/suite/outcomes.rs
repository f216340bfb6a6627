//! Boots that end in each of the ways that a boot can end, of a real kernel: the words, the JSON, the exit code.
//!
//! The kernel is the one that `real_kernel` builds and boots; here it comes from the user's artifacts, as in any other
//! workspace.

use std::process::Command;

use serde_json::Value;
use tests::{Project, Run, cargo_kernel, needs, workspace_root};

/// Inits that do what an init must not.
const INITS: &str = r#"
[workspace]
[package]
name = "inits"
version = "0.0.0"
edition = "2024"
[[bin]]
name = "dies"
path = "dies.rs"
[[bin]]
name = "sleeps"
path = "sleeps.rs"
[profile.release]
opt-level = 0
"#;

const DIES: &str = "fn main() { std::process::exit(3) }\n";

const SLEEPS: &str =
    "fn main() {\n    println!(\"all is well\");\n    loop {\n        std::thread::park();\n    }\n}\n";

/// What differs between the VMs.
const VMS: [(&str, &str); 5] = [
    ("dies", "init = { package = \"inits\", bin = \"dies\" }"),
    ("hangs", "init = { package = \"inits\", bin = \"sleeps\" }\nsilence = 6"),
    ("marked", "init = { package = \"inits\", bin = \"sleeps\" }\nmarker = \"is well\""),
    ("rootless", ""),
    ("huge", "init = { package = \"inits\", bin = \"sleeps\" }\nmemory = \"524288GiB\""),
];

struct Boot {
    run: Run,
    finished: Option<Value>,
}

impl Boot {
    fn field(&self, name: &str) -> String {
        let value = self.finished.as_ref().map_or(&Value::Null, |finished| &finished[name]);
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }
}

fn vm(name: &str, keys: &str) -> String {
    let root = if name == "rootless" { " root=/dev/vda" } else { "" };
    format!(
        "[vm.{name}]\nkernel = \"guest\"\nimage = \"vmlinux\"\nrunner = \"qemu\"\n\
         cmdline = \"console=ttyS0 reboot=t panic=-1 quiet{root}\"\n{keys}\n"
    )
}

/// A workspace beside this one that has its kernel.
fn project() -> Project {
    let mut build = Command::new(cargo_kernel());
    build.args(["kernel", "build", "guest"]).current_dir(workspace_root());
    Run::new(&build.output().unwrap()).success();

    let project = Project::empty();
    let manifest = std::fs::read_to_string(workspace_root().join("Kernel.toml")).unwrap();
    let (kernel, _) = manifest.split_once("# The same with ACPI").unwrap();
    project.write("Kernel.toml", &format!("{kernel}\n{}", VMS.map(|(name, keys)| vm(name, keys)).join("\n")));
    for fragment in std::fs::read_dir(workspace_root().join("kernel/guest")).unwrap() {
        let path = fragment.unwrap().path();
        let name = format!("kernel/guest/{}", path.file_name().unwrap().to_string_lossy());
        project.write(&name, &std::fs::read_to_string(&path).unwrap());
    }
    project.write("Cargo.toml", INITS);
    project.write("dies.rs", DIES);
    project.write("sleeps.rs", SLEEPS);
    project
}

fn boot(project: &Project, vm: &str) -> Boot {
    let mut command = project.command(&["boot", vm, "--message-format", "json"]);
    match std::env::var_os("KERNEL_CACHE_DIR") {
        Some(folder) => command.env("KERNEL_CACHE_DIR", folder),
        None => command.env_remove("KERNEL_CACHE_DIR"),
    };
    let run = Run::new(&command.output().unwrap());
    let messages = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut finished = messages.filter(|message| message["reason"] == "boot-finished");
    let finished = finished.next_back();
    Boot { run, finished }
}

#[test]
fn each_outcome_has_its_words() {
    if needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") {
        return;
    }
    let project = project();

    let dies = boot(&project, "dies");
    assert_eq!((dies.run.code, dies.field("outcome")), (Some(7), "panic".into()), "{}", dies.run.stderr);
    let words = "the kernel of the guest panicked: `Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000300`";
    assert!(dies.run.stderr.contains(words), "{}", dies.run.stderr);

    let hangs = boot(&project, "hangs");
    assert_eq!((hangs.run.code, hangs.field("outcome")), (Some(7), "hang".into()), "{}", hangs.run.stderr);
    let words = "the guest hangs: it said nothing for 6 s, and its init was never ready";
    assert!(hangs.run.stderr.contains(words), "{}", hangs.run.stderr);

    let marked = boot(&project, "marked");
    assert_eq!(
        (marked.run.code, marked.field("outcome")),
        (Some(0), "marker".into()),
        "{}",
        marked.run.stderr
    );
    assert!(marked.run.stderr.contains("stopped at its marker after"), "{}", marked.run.stderr);

    let rootless = boot(&project, "rootless");
    assert_eq!((rootless.run.code, rootless.field("outcome")), (Some(7), "panic".into()));
    assert_eq!(
        rootless.field("cause"),
        "`/dev/vda` is not there: the machine shows the kernel no such disk",
        "{}",
        rootless.run.stderr
    );
    assert!(rootless.run.stderr.contains("hint: give `[vm.rootless]` a `disk`"), "{}", rootless.run.stderr);

    let huge = boot(&project, "huge");
    assert_eq!((huge.run.code, huge.field("outcome")), (Some(7), "vmm-error".into()), "{}", huge.run.stderr);
    assert!(huge.run.stderr.contains("the VMM ended with status 1"), "{}", huge.run.stderr);

    // A VMM that would refuse the image is told before anything is started.
    let manifest = project.read("Kernel.toml");
    project.write("Kernel.toml", &format!("{manifest}\n{}", vm("tiny", "memory = \"8MiB\"")));
    let tiny = boot(&project, "tiny");
    assert_eq!(tiny.run.code, Some(6));
    assert!(tiny.finished.is_none());
    assert!(tiny.run.stderr.contains("`vmlinux` cannot be booted by `qemu`"), "{}", tiny.run.stderr);
}
