//! `test` and `budget` of `[vm.*]`.

use super::{GOOD, errors, good};
use crate::{Figure, KernelName, KernelSpec, Limit, Runner};

const OTHERS: &str = "[kernel.acpi]\ninherits = \"guest\"\n[kernel.packed]\ninherits = \"guest\"\n\
                      images = { replace = [\"bzImage\"] }\n[kernel.arm]\nsource = \"linux-6_12\"\narch = \"aarch64\"\n";

fn with(test: &str) -> String {
    format!("{GOOD}test = {test}\n{OTHERS}")
}

fn names(spec: &KernelSpec) -> Vec<String> {
    spec.vms.values().flat_map(|vm| vm.trials()).map(|vm| vm.name.value.to_string()).collect()
}

#[test]
fn a_vm_is_tried_with_each_kernel_by_each_runner() {
    assert_eq!(names(&good(GOOD)), ["demo"]);
    let spec = good(&with("{ kernels = [\"acpi\"], runners = [\"alioth\", \"qemu\"] }"));
    let all = ["demo", "demo--alioth", "demo--qemu", "demo--acpi", "demo--acpi--alioth", "demo--acpi--qemu"];
    assert_eq!(names(&spec), all);
    let vm = spec.vms.values().next().expect("a VM");
    let last = vm.trials().pop().expect("the last");
    assert_eq!((last.kernel.value.as_str(), last.runner.value), ("acpi", Runner::Qemu));
    assert!(last.vmm.is_some() && last.init.is_some());

    // What is named twice is tried once.
    let acpi = KernelName::new("acpi").expect("a name");
    let trials = vm.tried_with(&[&acpi, &acpi], &[Runner::Workspace]);
    assert_eq!(trials.iter().map(|vm| vm.name.value.as_str()).collect::<Vec<_>>(), ["demo--acpi"]);
}

#[test]
fn what_cannot_be_tried_is_told() {
    insta::assert_snapshot!(errors(&with("{ kernels = [\"packed\", \"arm\", \"acpy\"], runners = [\"firmware\"] }")), @r#"
    error: kernel `packed` does not build the image `vmlinux`, which `[vm.demo]` boots
      --> Kernel.toml:28:21
    28 | test = { kernels = ["packed", "arm", "acpy"], runners = ["firmware"] }
       |                     ^^^^^^^^

    error: kernel `arm` is for aarch64, but `[vm.demo]` is for x86_64
      --> Kernel.toml:28:31
    28 | test = { kernels = ["packed", "arm", "acpy"], runners = ["firmware"] }
       |                               ^^^^^

    error: no kernel `acpy`, which `kernels` in `[vm.demo.test]` names
      --> Kernel.toml:28:38
    28 | test = { kernels = ["packed", "arm", "acpy"], runners = ["firmware"] }
       |                                      ^^^^^^
    hint: did you mean `acpi`?

    error: runner `firmware` without a `firmware` in `[vm.demo]`
      --> Kernel.toml:28:58
    28 | test = { kernels = ["packed", "arm", "acpy"], runners = ["firmware"] }
       |                                                          ^^^^^^^^^^
    hint: add `firmware = { package = "…" }`
    "#);
    insta::assert_snapshot!(errors(&with("{ kernels = \"acpi\", runners = [\"qemuu\"] }")), @r#"
    error: `kernels` in `[vm.demo.test]` is a string, expected an array of strings
      --> Kernel.toml:28:20
    28 | test = { kernels = "acpi", runners = ["qemuu"] }
       |                    ^^^^^^
    hint: write `kernels = ["acpi"]`

    error: an element of `runners` in `[vm.demo.test]` is `qemuu`, expected `workspace`, `qemu`, `firmware`, `firecracker`, `cloud-hypervisor`, `crosvm` or `alioth`
      --> Kernel.toml:28:39
    28 | test = { kernels = "acpi", runners = ["qemuu"] }
       |                                       ^^^^^^^
    hint: did you mean `qemu`?
    "#);
    let spec = good(&with("{}"));
    let vm = spec.vms.values().next().expect("a VM");
    insta::assert_snapshot!(vm.triable_by(Runner::Firmware).expect_err("no firmware"), @"runner `firmware` without a `firmware` in `[vm.demo]`");
    let kernel = |name: &str| &spec.kernels[&KernelName::new(name).expect("a name")];
    let own = kernel("guest");
    insta::assert_snapshot!(vm.triable_with(kernel("packed"), own).expect_err("no vmlinux"), @"kernel `packed` does not build the image `vmlinux`, which `[vm.demo]` boots");
    insta::assert_snapshot!(vm.triable_with(kernel("arm"), own).expect_err("another machine"), @"kernel `arm` is for aarch64, but `[vm.demo]` is for x86_64");
    assert_eq!(vm.triable_with(kernel("acpi"), own), Ok(()));
}

#[test]
fn budgets() {
    let budget = "budget = { boot-time = \"10%\", symbols = \"800\", runs = 3 }\n";
    let spec = good(&format!("{GOOD}{budget}test = {{ runners = [\"qemu\"] }}\n"));
    let trials = spec.vms.values().next().expect("a VM").trials();
    let budget = trials[0].budget.as_ref().expect("a budget");
    let limits: Vec<_> = budget.limits.iter().map(|(figure, limit)| (*figure, limit.value)).collect();
    assert_eq!(limits, [(Figure::BootTime, Limit::Growth(10)), (Figure::Symbols, Limit::AtMost(800))]);
    assert_eq!(budget.runs, 3);
    assert_eq!(trials[1].budget, None);

    let wrong = |budget: &str| errors(&format!("{GOOD}budget = {budget}\n"));
    insta::assert_snapshot!(wrong("{}"), @r#"
    error: `budget` in `[vm.demo]` limits nothing
      --> Kernel.toml:28:1
    28 | budget = {}
       | ^^^^^^
    hint: write `budget = { boot-time = "10%", image-size = "2%" }`
    "#);
    insta::assert_snapshot!(wrong("{ boot-time = \"fast\", runs = 0 }"), @r#"
    error: `fast` is no limit for `boot-time`: expected a growth such as `10%`, or a time such as `400ms` or `2s`
      --> Kernel.toml:28:24
    28 | budget = { boot-time = "fast", runs = 0 }
       |                        ^^^^^^

    error: `runs` in `[vm.demo.budget]` is 0: expected 1 to 1000
      --> Kernel.toml:28:39
    28 | budget = { boot-time = "fast", runs = 0 }
       |                                       ^
    "#);
    insta::assert_snapshot!(wrong("{ boottime = \"10%\" }"), @r#"
    error: unknown key `boottime` in `[vm.demo.budget]`
      --> Kernel.toml:28:12
    28 | budget = { boottime = "10%" }
       |            ^^^^^^^^
    hint: did you mean `boot-time`?
    "#);
}
