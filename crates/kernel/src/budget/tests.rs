//! Budgets held, exceeded, not comparable; the file.

use kernel_spec::{Budget, Figure, Limit, Spanned};

use super::*;

fn samples(values: &[u64]) -> Samples {
    Samples::of(values.to_vec()).expect("values")
}

fn measured() -> Measured {
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let folders = [("kernel/sched", 200 << 10), ("drivers/net", 100 << 10)];
    Measured {
        release: "6.12.1-guest".into(),
        vmm: "qemu 7.2".into(),
        accelerator: "TCG".into(),
        machine: "a processor".into(),
        clock: Clock::Guest,
        boot_time: samples(&[400_000, 410_000, 500_000]),
        vmm_time: samples(&[700_000, 720_000, 800_000]),
        serial: Serial { bytes: 1200, micros: Some(9_500) },
        image_size: 9 << 20,
        memory: Some(samples(&[20 << 20])),
        symbols: map(&[("64BIT", "y"), ("NET", "y"), ("HZ", "100"), ("LOCALVERSION", "\"-guest\"")]),
        folders: folders.map(|(name, size)| (name.to_owned(), size)).into(),
    }
}

fn budget(limits: &[(Figure, Limit)]) -> Budget {
    let limits = limits.iter().map(|(figure, limit)| (*figure, Spanned { value: *limit, location: None }));
    Budget { limits: limits.collect(), runs: 3 }
}

const ALL: [(Figure, Limit); 4] = [
    (Figure::BootTime, Limit::Growth(10)),
    (Figure::ImageSize, Limit::Growth(2)),
    (Figure::Memory, Limit::Growth(5)),
    (Figure::Symbols, Limit::Growth(0)),
];

fn verdicts(judged: &Judged) -> Vec<&'static str> {
    judged.lines.iter().map(|line| line.verdict.name()).collect()
}

#[test]
fn the_middle_and_the_ends() {
    assert_eq!(samples(&[5, 1, 9]), Samples { median: 5, low: 1, high: 9, runs: 3 });
    assert_eq!(samples(&[4, 1]).median, 1);
    assert_eq!(Samples::of(Vec::new()), None);
}

#[test]
fn what_is_the_same_is_within_and_what_was_never_accepted_is_told() {
    let judged = judge(&budget(&ALL), Some(&measured()), &measured());
    assert_eq!(verdicts(&judged), ["within"; 4]);
    assert_eq!(judged.changes, Vec::<String>::new());
    insta::assert_snapshot!(judged.notes.join("\n"), @r"
    qemu 7.2 by TCG: ready after 720.0 ms (700.0 ms to 800.0 ms, 3 boots) from its start
    the serial console costs 9.5 ms of it: 1200 bytes before the init
    ");

    assert_eq!(verdicts(&judge(&budget(&ALL), None, &measured())), ["unaccepted"; 4]);
    let most = [(Figure::Symbols, Limit::AtMost(1)), (Figure::Memory, Limit::AtMost(21 << 20))];
    let judged = judge(&budget(&most), None, &Measured { memory: None, ..measured() });
    assert_eq!(verdicts(&judged), ["over", "unmeasured"]);
}

#[test]
fn a_regression_says_what_changed() {
    let mut worse = measured();
    worse.release = "6.12.2-guest".into();
    worse.boot_time = samples(&[480_000, 490_000, 600_000]);
    worse.image_size = 10 << 20;
    worse.symbols.insert("E1000".into(), "y".into());
    worse.symbols.insert("HZ".into(), "1000".into());
    worse.symbols.insert("PCI".into(), "y".into());
    worse.symbols.remove("NET");
    worse.folders.insert("drivers/pci".into(), 300 << 10);
    worse.folders.insert("kernel/sched".into(), 190 << 10);
    let judged = judge(&budget(&ALL), Some(&measured()), &worse);
    assert_eq!(verdicts(&judged), ["over", "over", "within", "over"]);
    insta::assert_snapshot!(judged.changes.join("\n"), @r"
    kernelrelease 6.12.1-guest -> 6.12.2-guest
    + CONFIG_E1000=y
    + CONFIG_PCI=y
    - CONFIG_NET=y
      CONFIG_HZ=100 -> 1000
    + drivers/pci: 300.0 KiB, now 300.0 KiB
    - kernel/sched: 10.0 KiB, now 190.0 KiB
    ");
}

#[test]
fn a_slow_boot_among_fast_ones_is_no_regression() {
    let noisy = Measured { boot_time: samples(&[405_000, 480_000, 490_000]), ..measured() };
    assert_eq!(verdicts(&judge(&budget(&ALL[..1]), Some(&measured()), &noisy)), ["within"]);
}

#[test]
fn times_of_another_machine_are_not_compared() {
    let other = Measured { machine: "another".into(), boot_time: samples(&[1]), ..measured() };
    let judged = judge(&budget(&ALL), Some(&other), &measured());
    assert_eq!(verdicts(&judged), ["elsewhere", "within", "within", "within"]);
    insta::assert_snapshot!(judged.notes.last().expect("a note"), @"`boot-time` was accepted with qemu 7.2 by TCG on another: not compared");
}

#[test]
fn the_file_is_stable_and_round_trips() {
    let mut accepted = Accepted::default();
    let name = |name| VmName::new(name).expect("a name");
    accepted.put([(name("demo"), measured()), (name("gone"), measured())], |_| true);
    accepted.put([(name("a"), Measured { memory: None, ..measured() })], |vm| vm != "gone");
    let folder = kernel_host::fs::temp_dir("budget").expect("a folder");
    let path = folder.path().join(BUDGET_FILE);
    accepted.write(&path).expect("written");
    assert_eq!(Accepted::read(&path).expect("read"), accepted);
    assert_eq!(accepted.0.keys().collect::<Vec<_>>(), ["a", "demo"]);
    let text = accepted.to_text();
    insta::assert_snapshot!(text.split("\"demo\"").nth(1).expect("the VM"), @r#"
    : {
          "kernelrelease": "6.12.1-guest",
          "vmm": "qemu 7.2",
          "accelerator": "TCG",
          "machine": "a processor",
          "clock": "guest",
          "boot-time-us": {
            "median": 410000,
            "low": 400000,
            "high": 500000,
            "runs": 3
          },
          "vmm-time-us": {
            "median": 720000,
            "low": 700000,
            "high": 800000,
            "runs": 3
          },
          "serial": {
            "bytes": 1200,
            "us": 9500
          },
          "image-size": 9437184,
          "memory": {
            "median": 20971520,
            "low": 20971520,
            "high": 20971520,
            "runs": 1
          },
          "symbols": {
            "64BIT": "y",
            "HZ": "100",
            "LOCALVERSION": "\"-guest\"",
            "NET": "y"
          },
          "folders": {
            "drivers/net": 102400,
            "kernel/sched": 204800
          }
        }
      }
    }
    "#);

    for (text, why) in [
        ("{", "cut"),
        ("{ \"schema\": 2, \"anything\": [] }", "newer"),
        ("{ \"schema\": 1, \"vms\": {}, \"x\": 1 }", "key"),
    ] {
        kernel_host::fs::write_atomic(&path, text.as_bytes()).expect("written");
        let error = Accepted::read(&path).expect_err(why);
        let said = error.to_string().replace(folder.path().to_string().as_str(), "…");
        match why {
            "cut" => {
                insta::assert_snapshot!(said, @"`…/kernel-budget.json` cannot be read: EOF while parsing an object at line 1 column 1")
            }
            "newer" => insta::assert_snapshot!(said, @"`…/kernel-budget.json` has schema 2, expected 1"),
            _ => {
                insta::assert_snapshot!(said, @"`…/kernel-budget.json` cannot be read: unknown field `x`, expected `schema` or `vms` at line 1 column 29")
            }
        }
        assert!(error.hint().is_some());
    }
}
