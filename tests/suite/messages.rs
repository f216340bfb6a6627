//! What programs are told: every command with `--message-format json`, held against the schema in the book.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tests::{Project, Run, needs, workspace_root};

/// A command, how it ends, and a reason that it says; of each command of the program at least one.
const TABLE: &[(&[&str], i32, &str)] = &[
    (&["init"], 1, "error"),
    (&["doctor"], 0, "doctor-finding"),
    (&["metadata"], 0, "metadata"),
    (&["fetch"], 0, "source"),
    (&["plan"], 0, "kernel-plan"),
    (&["plan", "--vm", "demo"], 0, "vm-plan"),
    (&["check"], 0, "kernel-checked"),
    (&["check", "--matrix"], 0, "matrix-point"),
    (&["build", "guest"], 0, "kernel-artifact"),
    (&["build", "guest"], 0, "kernel-artifact"),
    (&["build", "no-such"], 1, "error"),
    (&["boot", "demo"], 7, "boot-finished"),
    (&["test", "demo"], 7, "vm-tested"),
    (&["bisect", "demo", "--good", "guest", "--bad", "guest"], 1, "error"),
    (&["run", "demo", "--", "true"], 1, "error"),
    (&["config", "resolve", "guest"], 0, "config-resolved"),
    (&["config", "explain", "guest", "NET"], 0, "config-explained"),
    (&["config", "layers", "guest"], 0, "config-layers"),
    (&["config", "diff", "guest", "other"], 0, "config-difference"),
    (&["config", "fix", "guest", "VIRTIO_NET=y"], 0, "config-fix"),
    (&["config", "fix", "guest", "VIRTIO_NET=y", "--write"], 0, "config-written"),
    (&["config", "fix", "guest", "MICROCODE=n"], 1, "config-fix"),
    (&["config", "edit", "guest"], 1, "error"),
    (
        &["config", "merge", "--kernel", "guest", "kernel/net.config", "other.config"],
        0,
        "config-merge-notice",
    ),
    (&["import", "--kernel", "guest", "other.config"], 0, "imported"),
    (&["patch", "check", "guest"], 0, "patch-checked"),
    (&["patch", "refresh", "guest"], 0, "patch-refreshed"),
    (&["update"], 0, ""),
    (&["outdated"], 0, ""),
    (&["vendor", "vendored"], 0, ""),
    (&["verify-source"], 0, ""),
    (&["export", "guest", "--make"], 0, "exported"),
    (&["source-bundle", "guest"], 0, "exported"),
    (&["cache", "list"], 0, "cache-entry"),
    (&["cache", "size"], 0, "cache-size"),
    (&["cache", "gc"], 0, ""),
    (&["setup"], 0, "host-tools"),
    (&["completions", "bash"], 0, "completions"),
    (&["man"], 0, "man-page"),
    (&["man", "--dir", "pages"], 0, "man-page"),
    (&["clean"], 0, "removed"),
];

/// A kernel with a patch whose lines have moved, an heir, a matrix, and a VM that ends at once.
fn project() -> Project {
    let project = Project::toy();
    let file = project.read("toy/init/main.c");
    let lines: Vec<&str> = file.lines().take(3).collect();
    project.write(
        "moved.patch",
        &format!(
            "--- a/init/main.c\n+++ b/init/main.c\n@@ -2,3 +2,4 @@\n+/* patched */\n {}\n {}\n {}\n",
            lines[0], lines[1], lines[2]
        ),
    );
    project.write("other.config", "# CONFIG_NET is not set\nCONFIG_NR_CPUS=8\n");
    let more = "\n[[kernel.guest.patch]]\nname = \"moved\"\npath = \"moved.patch\"\n\n[kernel.other]\ninherits = \"guest\"\n\
                [kernel.other.config]\nNR_CPUS = 2\n\n[matrix]\nkernels = [\"guest\"]\n\n[vm.demo]\nkernel = \"guest\"\n\
                runner = \"qemu\"\ncmdline = \"quiet\"\n";
    // A machine that is switched on and off again.
    project.write("bin/qemu-system-x86_64", "#!/bin/sh\nexit 0\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(project.path("bin/qemu-system-x86_64"), mode).unwrap();
    let manifest = project.read("Kernel.toml");
    project.write("Kernel.toml", &format!("{manifest}{more}"));
    project
}

/// The commands that have none below them: `config explain`.
fn commands() -> BTreeSet<String> {
    fn leaves(of: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
        for below in of.get_subcommands() {
            let path = format!("{path} {}", below.get_name());
            if below.has_subcommands() {
                leaves(below, &path, found);
            } else {
                found.insert(path.trim().to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    leaves(&kernel_cli::command(), "", &mut found);
    found
}

#[test]
fn every_command_speaks_to_programs() {
    let project = project();
    let path = format!("{}:{}", project.path("bin").display(), std::env::var("PATH").unwrap());
    let mut untried = commands();
    let mut said = Vec::new();
    let mut run = |args: &[&str]| {
        let mut command = project.command(&[&["--message-format", "json"], args].concat());
        let run = Run::new(&command.env("PATH", &path).output().unwrap());
        let mut reasons = Vec::new();
        for line in run.stdout.lines() {
            let value: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{args:?}: {error}: {line}"));
            reasons.push(value["reason"].as_str().unwrap_or_else(|| panic!("{args:?}: {line}")).to_owned());
            said.push((format!("{args:?}"), value));
        }
        (run, reasons)
    };
    let mut otherwise = Vec::new();
    for (args, code, reason) in TABLE {
        let (run, reasons) = run(args);
        let is_said = reason.is_empty() || reasons.iter().any(|found| found == reason);
        if run.code != Some(*code) || !is_said {
            otherwise.push(format!("{args:?} ends with {:?}, says {reasons:?}: {}", run.code, run.stderr));
        }
        untried.retain(|command| !args.join(" ").starts_with(command.as_str()));
    }
    assert!(otherwise.is_empty(), "{}", otherwise.join("\n"));
    // A command that the table does not know says what it says without arguments: an error, or nothing where it lacks some.
    for command in &untried {
        run(&command.split(' ').collect::<Vec<_>>());
    }
    if needs::program("jsonschema") {
        let schema = workspace_root().join("docs/reference/messages.schema.json");
        let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
        assert_eq!(tests::invalid(&schema, &said), Vec::<String>::new());
        let wrong = serde_json::json!({ "reason": "source", "name": 1, "tree": "/" });
        assert!(!tests::invalid(&schema, &[("it".to_owned(), wrong)]).is_empty());
    }
}

/// `metadata` has the manifest, and how things stand: what is pinned, what was built.
#[test]
fn metadata_says_what_is_built() {
    let project = project();
    let metadata =
        || -> Value { serde_json::from_str(&project.kernel(&["metadata"]).success().stdout).unwrap() };
    let before = metadata();
    assert_eq!((&before["format_version"], &before["message_format_version"]), (&1.into(), &1.into()));
    assert_eq!(before["artifacts"], serde_json::json!({}));
    assert_eq!(before["lock"], Value::Null);
    project.kernel(&["build", "guest"]).success();
    let after = metadata();
    let guest = &after["artifacts"]["guest"];
    assert_eq!(guest["kernelrelease"], "6.12.7-guest");
    let image = guest["files"][0]["path"].as_str().unwrap();
    assert!(image.ends_with("/target/kernel/guest/vmlinux") && fs::metadata(image).unwrap().is_file());
    assert_eq!(after["lock"]["kernels"]["guest"]["patches"][0]["name"], "moved", "{}", after["lock"]);
    if needs::program("jsonschema") {
        let record = serde_json::from_str(&project.read("target/kernel/guest/kernel.json")).unwrap();
        let schema =
            fs::read_to_string(workspace_root().join("docs/reference/kernel-json.schema.json")).unwrap();
        let found =
            tests::invalid(&serde_json::from_str(&schema).unwrap(), &[("kernel.json".to_owned(), record)]);
        assert_eq!(found, Vec::<String>::new());
    }
    project.write("Kernel.lock", "schema = 1\nno toml");
    project.kernel(&["metadata"]).exit(1);
}
