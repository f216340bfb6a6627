//! `kernel test`: a VM that does not come up is told, and fails the run.

use tests::{Project, needs};

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
    let fields: Vec<&str> = run.stdout.trim_end().split('\t').collect();
    assert_eq!(fields[..2], ["hangs", "failed"]);
    let words =
        "`hangs` did not boot as it must: the guest did not end within 2 s, and its init was never ready";
    assert_eq!(fields[3], words);
    assert!(run.stderr.contains("hint: the console is silent"), "{}", run.stderr);
    assert!(run.stderr.contains("error: 1 of 1 VM did not boot as they must"), "{}", run.stderr);
    let report = project.read("report.xml");
    assert!(report.contains("tests=\"1\" failures=\"1\""), "{report}");
    assert!(report.contains(&format!("<failure message=\"{words}\">")), "{report}");
}
