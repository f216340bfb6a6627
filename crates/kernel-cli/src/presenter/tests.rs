//! One series of events, as each kind of reader gets it.

use std::time::Duration;

use kernel_boot::accelerator::{Accelerator, KvmFault};
use kernel_boot::{ConsoleLine, Ended};
use kernel_spec::KernelName;

use super::*;
use crate::args::MessageFormat;
use crate::shell::kept;

fn events() -> Vec<BuildEvent> {
    let task = Task::Kernel(KernelName::new("guest").expect("a name"));
    let started = |verb, what: &str| BuildEvent::Started { task: task.clone(), verb, what: what.into() };
    let note = |verbosity, text: &str| BuildEvent::Note { task: task.clone(), verbosity, text: text.into() };
    let finished = |verb| {
        let (task, what, duration) =
            (task.clone(), "guest 6.12.117-guest".into(), Duration::from_millis(182_400));
        BuildEvent::Finished { task, verb, what, duration }
    };
    vec![
        started("Configuring", "guest 6.12.117"),
        note(
            Verbosity::Verbose,
            "NR_CPUS=4 at b.config:1 overrides NR_CPUS=2 at a.config:1\nand a second line",
        ),
        started("Compiling", "guest 6.12.117-guest"),
        BuildEvent::Progress {
            task: task.clone(),
            verb: "Compiling",
            what: "guest".into(),
            done: 412,
            total: Some(1180),
            pace: None,
            unit: Unit::Objects,
            current: "kernel/fork.o".into(),
        },
        BuildEvent::Warning {
            task: Task::Session,
            message: "a pin is gone".into(),
            hint: Some("update".into()),
        },
        BuildEvent::Rendered { task: Task::Cargo, text: "\u{1b}[1mwarning\u{1b}[0m: unused\n".into() },
        BuildEvent::ProgressEnded { task: task.clone() },
        finished("Finished"),
        finished("Fresh"),
    ]
}

/// What stdout and stderr get of everything.
fn check(level: Level, format: MessageFormat) -> String {
    let (shell, out, err) = kept::shell(level, format);
    let presenter = Presenter::new(shell, Consoles::Whole);
    events().iter().for_each(|event| presenter.report(Event::Build(event)));

    let vm = VmName::new("demo").expect("a name");
    let fault = KvmFault::Absent;
    let line =
        |stream, text: &str| ConsoleLine { at: Duration::from_millis(1110), stream, text: text.into() };
    let ready = line(Stream::Console, "guest-init: ready release=6.12.117-guest");
    let boot = [
        BootEvent::Chosen { accelerator: Accelerator::Nested, vmm: "microvm", why: Some(&fault) },
        BootEvent::Started { command: "qemu-system-x86_64 -M pc", cmdline: &[], host_cmdline: None },
        BootEvent::Line(&line(Stream::Vmm, "qemu: a word of its own")),
        BootEvent::Line(&ready),
        BootEvent::Ready { release: "6.12.117-guest", after: Duration::from_millis(1110) },
        BootEvent::Ended { ended: Ended::Status(0), total: Duration::from_millis(1930) },
    ];
    boot.iter().for_each(|event| presenter.report(Event::Boot { vm: &vm, event }));
    format!("--- stdout\n{}--- stderr\n{}", out.text(), err.text())
}

#[test]
fn a_person_sees_steps() {
    insta::assert_snapshot!(check(Level::Normal, MessageFormat::Human), @r"
    --- stdout
    guest-init: ready release=6.12.117-guest
    --- stderr
     Configuring guest 6.12.117
       Compiling guest 6.12.117-guest
    warning: a pin is gone
    hint: update
    warning: unused
        Finished guest 6.12.117-guest in 3m 02s
           Fresh guest 6.12.117-guest
         Booting demo: microvm (KVM in QEMU TCG)
    qemu: a word of its own
    ");
}

#[test]
fn a_curious_person_sees_reasons() {
    insta::assert_snapshot!(check(Level::Everything, MessageFormat::Human), @r"
    --- stdout
    guest-init: ready release=6.12.117-guest
    --- stderr
     Configuring guest 6.12.117
                 NR_CPUS=4 at b.config:1 overrides NR_CPUS=2 at a.config:1
                 and a second line
       Compiling guest 6.12.117-guest
    warning: a pin is gone
    hint: update
    warning: unused
        Finished guest 6.12.117-guest in 3m 02s
           Fresh guest 6.12.117-guest
         Booting demo: microvm (KVM in QEMU TCG)
                 KVM in QEMU TCG, for this machine has no `/dev/kvm`
         Running qemu-system-x86_64 -M pc
                 cmdline
    qemu: a word of its own
           Ready demo runs 6.12.117-guest after 1.11s
    ");
}

#[test]
fn a_busy_person_sees_warnings() {
    insta::assert_snapshot!(check(Level::Warnings, MessageFormat::Human), @r"
    --- stdout
    guest-init: ready release=6.12.117-guest
    --- stderr
    warning: a pin is gone
    hint: update
    warning: unused
    ");
    insta::assert_snapshot!(check(Level::Errors, MessageFormat::Human), @r"
    --- stdout
    guest-init: ready release=6.12.117-guest
    --- stderr
    warning: unused
    ");
}

#[test]
fn a_program_reads_json_and_every_line_is_an_object_with_a_reason() {
    let shown = check(Level::Warnings, MessageFormat::Json);
    let out = shown.strip_prefix("--- stdout\n").and_then(|text| text.split_once("--- stderr\n"));
    let (out, _) = out.expect("both outputs");
    for line in out.lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(value["reason"].is_string(), "{line}");
    }
    insta::assert_snapshot!(out, @r#"
    {"reason":"warning","message":"a pin is gone","hint":"update"}
    {"reason":"console","vm":"demo","at_ms":1110,"stream":"vmm","text":"qemu: a word of its own"}
    {"reason":"console","vm":"demo","at_ms":1110,"stream":"console","text":"guest-init: ready release=6.12.117-guest"}
    "#);
}
