//! `kernel test`: VMs and what they are tried with; one that does not come up is told, fails the run, and stops no other.

use std::process::{Command, Stdio};

use serde_json::Value;
use tests::{Project, Run, cargo_kernel, needs, workspace_root};

/// The toy's kernel stands still at its first instruction.
#[test]
fn a_guest_that_hangs_fails_the_run_and_is_in_the_report() {
    if !needs::program("qemu-system-x86_64") {
        return;
    }
    let project = Project::toy();
    let manifest = project.read("Kernel.toml");
    let vm = "[vm.hangs]\nkernel = \"guest\"\nrunner = \"qemu\"\ncmdline = \"console=ttyS0\"\nmemory = \"32MiB\"\ntimeout = 2\n";
    project.write("Kernel.toml", &format!("{manifest}\n{vm}"));
    let run = project.kernel(&["test", "--junit", "report.xml"]).exit(7);
    assert_eq!(rows(&run), [["hangs", "guest", "qemu", "failed", "-", "time-out"].map(str::to_owned)]);
    let words =
        "`hangs` did not boot as it must: the guest did not end within 2 s, and its init was never ready";
    assert!(run.stderr.contains(&format!("      Failed {words}")), "{}", run.stderr);
    assert!(run.stderr.contains("hint: the console is silent"), "{}", run.stderr);
    assert!(run.stderr.contains("error: 1 of 1 VM did not boot as they must"), "{}", run.stderr);
    let report = project.read("report.xml");
    assert!(report.contains("tests=\"1\" failures=\"1\""), "{report}");
    assert!(report.contains(&format!("<failure message=\"{words}\" type=\"time-out\">")), "{report}");
    assert!(report.contains("<testcase classname=\"guest.qemu\" name=\"hangs\""), "{report}");

    // What cannot be tried is told before anything is built.
    let run = project.kernel(&["test", "--runner", "workspace"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r"
    error: 1 VM cannot be tried as asked
      runner `workspace` without a `vmm` in `[vm.hangs]`
    hint: name the VMs that can: `kernel test VM --runner …`
    ");
    let run = project.kernel(&["test", "--kernel", "gest"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r"
    error: the manifest has no kernel `gest`
    hint: did you mean `guest`?
    ");
}

/// The rows of the table, without how long they took.
fn rows(run: &Run) -> Vec<[String; 6]> {
    let row = |line: &str| {
        let mut cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        cells.remove(5);
        let ready = if cells[4] == "-" { "-" } else { "ready" };
        [cells[0], cells[1], cells[2], cells[3], ready, cells[5]].map(str::to_owned)
    };
    run.stdout.lines().skip(1).map(row).collect()
}

fn run(mut command: Command) -> Run {
    match std::env::var_os("KERNEL_CACHE_DIR") {
        Some(folder) => command.env("KERNEL_CACHE_DIR", folder),
        None => command.env_remove("KERNEL_CACHE_DIR"),
    };
    Run::new(&command.stdin(Stdio::null()).output().unwrap())
}

fn here(args: &[&str]) -> Run {
    let mut command = Command::new(cargo_kernel());
    command.arg("kernel").args(args).current_dir(workspace_root());
    run(command)
}

/// The guest itself is asked for its configuration, its file systems and its devices.
#[test]
fn what_a_vm_asks_for_is_seen_from_inside() {
    if needs::srctree("6_12").is_none()
        || !needs::program("qemu-system-x86_64")
        || !needs::program("mkfs.erofs")
    {
        return;
    }
    let good = here(&["test", "devices", "-v"]).success();
    let row = ["devices", "guest-acpi", "qemu", "passed", "ready", "power-off"].map(str::to_owned);
    assert_eq!(rows(&good), [row]);
    for told in ["has file-system erofs", "has file-system 9p", "has device net/eth0", "has config "] {
        assert!(good.stderr.contains(told), "{told}: {}", good.stderr);
    }

    // The same crates in another workspace, with a VM whose kernel has no driver for its network.
    here(&["build", "guest"]).success();
    let project = Project::empty();
    for name in ["crates", "kernel", "kernel-spec", "tests", "xtask", "Cargo.lock"] {
        std::os::unix::fs::symlink(workspace_root().join(name), project.path(name)).unwrap();
    }
    project.write("Cargo.toml", &std::fs::read_to_string(workspace_root().join("Cargo.toml")).unwrap());
    let manifest = std::fs::read_to_string(workspace_root().join("Kernel.toml")).unwrap();
    let (kernels, _) = manifest.split_once("# The same with ACPI").unwrap();
    let vm = |name: &str, keys: &str| {
        format!(
            "[vm.{name}]\nkernel = \"guest\"\nimage = \"vmlinux\"\ninit = {{ package = \"guest-init\" }}\nrunner = \"qemu\"\n\
             cmdline = \"console=ttyS0 reboot=t panic=-1 quiet\"\n{keys}\n"
        )
    };
    let (blind, good) = (vm("blind", "network = \"user\""), vm("good", ""));
    project.write("Kernel.toml", &format!("{kernels}\n{blind}\n{good}"));
    let both = run(project.command(&["test", "-j2", "--junit", "report.xml"])).exit(7);
    let lacks = "the guest has no `net/eth0`, which `blind` has";
    let expected = [
        ["blind", "guest", "qemu", "failed", "-", lacks].map(str::to_owned),
        ["good", "guest", "qemu", "passed", "ready", "reset"].map(str::to_owned),
    ];
    assert_eq!(rows(&both), expected, "{}", both.stderr);
    assert!(both.stderr.contains("error: 1 of 2 VMs did not boot as they must"), "{}", both.stderr);
    let report = project.read("report.xml");
    assert!(report.contains("tests=\"2\" failures=\"1\""), "{report}");
    assert!(report.contains(&format!("<failure message=\"{lacks}\" type=\"lacks\">")), "{report}");

    project.write("Kernel.toml", &format!("{kernels}\n{}", vm("good", BUDGET)));
    budgets(&project);
}

const BUDGET: &str =
    "budget = { boot-time = \"900%\", image-size = \"1%\", memory = \"20%\", symbols = \"0%\", runs = 2 }";

/// What a VM takes is accepted, and then held against that.
fn budgets(project: &Project) {
    let test = |arguments: &[&str]| run(project.command(&[&["test"], arguments].concat()));
    let first = test(&[]).success();
    assert!(first.stderr.contains("good: nothing was accepted yet"), "{}", first.stderr);
    let accepted = test(&["--accept-budgets"]).success();
    assert!(accepted.stderr.contains("    Accepted good in "), "{}", accepted.stderr);
    let file: Value = serde_json::from_str(&project.read("kernel-budget.json")).unwrap();
    let good = &file["vms"]["good"];
    assert_eq!(
        (&file["schema"], &good["clock"], &good["boot-time-us"]["runs"]),
        (&1.into(), &"guest".into(), &2.into())
    );
    assert_eq!(good["symbols"]["64BIT"], "y");
    for figure in [
        &good["boot-time-us"]["median"],
        &good["vmm-time-us"]["median"],
        &good["image-size"],
        &good["memory"]["median"],
    ] {
        assert!(figure.as_u64().unwrap() > 1000, "{good}");
    }
    // The guest's clock begins after the VMM's process does.
    assert!(good["boot-time-us"]["low"].as_u64() < good["vmm-time-us"]["low"].as_u64(), "{good}");
    let again = test(&["--message-format", "json"]).success();
    let states = |run: &Run| -> Vec<String> {
        let messages = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let judged = messages.filter(|message| message["reason"] == "budget-judged");
        judged.map(|message| format!("{} {}", message["figure"], message["state"]).replace('"', "")).collect()
    };
    assert_eq!(states(&again), ["boot-time within", "image-size within", "memory within", "symbols within"]);

    // As if less had been accepted.
    let mut file = file.clone();
    file["vms"]["good"]["image-size"] = 1_000_000.into();
    file["vms"]["good"]["kernelrelease"] = "6.12.0-guest".into();
    file["vms"]["good"]["machine"] = "another".into();
    file["vms"]["good"]["folders"] = serde_json::json!({});
    file["vms"]["good"]["symbols"].as_object_mut().unwrap().remove("64BIT");
    project.write("kernel-budget.json", &file.to_string());
    let over = test(&["--junit", "report.xml"]).exit(7);
    for words in [
        "error: 2 budgets are exceeded",
        "expected at most 986.4 KiB: 1% more than the accepted 976.6 KiB",
        "kernelrelease 6.12.0-guest -> ",
        "+ CONFIG_64BIT=y",
        "sizes by folder are not known",
        "on another: not compared",
        "hint: find what it is worth, or accept it: `kernel test --accept-budgets`",
    ] {
        assert!(over.stderr.contains(words), "{words}: {}", over.stderr);
    }
    assert!(over.stdout.contains("accepted elsewhere"), "{}", over.stdout);
    let report = project.read("report.xml");
    assert!(report.contains("tests=\"5\" failures=\"2\""), "{report}");
    assert!(report.contains("<testcase classname=\"budget\" name=\"good image-size\""), "{report}");

    project.write("kernel-budget.json", "{");
    let broken = test(&[]).exit(1);
    assert!(
        broken.stderr.contains("hint: restore it, or delete it and run `kernel test --accept-budgets`"),
        "{}",
        broken.stderr
    );
}

/// A VM of this workspace with each kernel of its `test`, side by side, and what programs are told of it.
#[test]
fn a_vm_is_tried_with_every_kernel_that_it_names() {
    if needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") {
        return;
    }
    let run = here(&["test", "qemu", "-j2", "--message-format", "json"]).success();
    let messages = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut tested: Vec<Value> = messages.filter(|message| message["reason"] == "vm-tested").collect();
    tested.sort_by_key(|message| message["trial"].to_string());
    let told: Vec<_> = tested
        .iter()
        .map(|message| {
            ["trial", "vm", "kernel", "runner", "outcome"].map(|key| message[key].as_str().unwrap())
        })
        .collect();
    let expected = [
        ["qemu", "qemu", "guest", "qemu", "reset"],
        ["qemu--guest-acpi", "qemu", "guest-acpi", "qemu", "power-off"],
    ];
    assert_eq!(told, expected);
    for message in &tested {
        let release = message["kernelrelease"].as_str().unwrap();
        assert!(release.ends_with(&format!("-{}", message["kernel"].as_str().unwrap())), "{release}");
        assert!(message["ready_ms"].as_u64() <= message["total_ms"].as_u64(), "{message}");
    }
}

/// Where a boot's time went, as a page.
#[test]
fn a_boot_is_charted() {
    if needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") {
        return;
    }
    let run = here(&["boot", "qemu", "--chart", "--message-format", "json"]).success();
    let mut messages = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let finished = messages.rfind(|message| message["reason"] == "boot-finished").unwrap();
    let page = std::fs::read_to_string(finished["chart"].as_str().unwrap()).unwrap();
    for part in [
        "<h1>qemu: the boot of 6.12",
        "the guest runs",
        "The slowest initcalls",
        "µs a byte",
        "<svg",
        "</html>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Names, and not addresses: the kernel keeps none, but `System.map` does.
    assert!(page.contains("<code>serial8250_init</code>") && !page.contains("<code>0x"), "{page}");
    // Nothing comes from elsewhere.
    assert!(!page.contains("http") && !page.contains("<script"), "{page}");
}
