//! Consoles as they were recorded, and the words of the verdict on each.

use super::*;

const READY: &str = "guest-init: ready release=6.12.117-guest\r";
const CMDLINE: &str = "guest-init: cmdline console=ttyS0 reboot=t panic=-1 quiet\r";
const RESTART: &str = "[    0.520757] reboot: Restarting system\r";
const HOST_READY: &str = "guest-init/host: ready release=6.12.117-nested-host\r";
const HOST_DONE: &str = "guest-init/host: run status=0\r";
const NO_ROOT: &str =
    "[    0.330181] Kernel panic - not syncing: VFS: Unable to mount root fs on \"\" or unknown-block(0,0)\r";
const OK: Ended = Ended::Status(0);

/// One boot: a line every 100 ms; one that starts with `!` is the VMM's.
struct Boot<'a> {
    layers: Layers,
    lines: &'a [&'a str],
    ended: Ended,
    run_status: Option<i32>,
    /// What the VMM said by its own interface.
    told: &'a [Told],
}

impl<'a> Boot<'a> {
    fn direct(lines: &'a [&'a str], ended: Ended) -> Self {
        Self { layers: Layers::Direct, lines, ended, run_status: None, told: &[] }
    }

    fn nested(lines: &'a [&'a str], ended: Ended) -> Self {
        Self { layers: Layers::Nested, ..Self::direct(lines, ended) }
    }

    fn outcome(&self) -> Outcome {
        let line = |(index, text): (u32, &&str)| {
            let (stream, text) = match text.strip_prefix('!') {
                Some(text) => (Stream::Vmm, text),
                None => (Stream::Console, *text),
            };
            ConsoleLine { at: Duration::from_millis(100) * index, stream, text: text.to_owned() }
        };
        let evidence = Evidence {
            layers: self.layers,
            lines: (1..).zip(self.lines).map(line).collect(),
            ended: self.ended,
            total: Duration::from_millis(1870),
            told: self.told.to_vec(),
        };
        let expect =
            Expectation { release: Some("6.12.117-guest".into()), run_status: self.run_status, marker: None };
        judge(&evidence, &expect)
    }

    /// The verdict as a person reads it.
    fn words(&self) -> String {
        let outcome = self.outcome();
        let mut words = outcome.to_string();
        for line in outcome.last_lines() {
            words.push_str("\n  | ");
            words.push_str(line);
        }
        if let Some(hint) = outcome.hint() {
            words.push_str("\nhint: ");
            words.push_str(&hint);
        }
        words
    }
}

#[test]
fn passed() {
    let direct = Boot::direct(&[READY, CMDLINE, RESTART], OK);
    assert!(direct.outcome().passed());
    insta::assert_snapshot!(direct.words(), @"the guest runs `6.12.117-guest`: ready after 0.10 s, reset after 1.87 s");
    let nested = Boot::nested(&[HOST_READY, READY, CMDLINE, RESTART, HOST_DONE, RESTART], OK);
    assert!(nested.outcome().passed());
    let run = Boot { run_status: Some(7), ..Boot::direct(&[READY, "guest-init: run status=7", RESTART], OK) };
    assert!(run.outcome().passed());
}

#[test]
fn another_kernel() {
    let other = READY.replace("117", "90");
    let lines: &[&str] = &[&other, RESTART];
    insta::assert_snapshot!(Boot::direct(lines, OK).words(), @r"
    the guest runs `6.12.90-guest`, but `6.12.117-guest` was promised
    hint: the VMM did not boot the image that it was given: check that its `args` have `{image}`
    ");
    // It matters more than how the boot went on.
    let hung = Boot::direct(lines, Ended::TimeLimit(Duration::from_secs(60)));
    assert!(matches!(hung.outcome(), Outcome::WrongRelease { .. }));
}

#[test]
fn the_nested_hosts_words_are_not_the_guests() {
    let same_kernel = HOST_READY.replace("-nested-host", "-guest");
    let lines: &[&str] = &[&same_kernel, HOST_DONE, RESTART];
    insta::assert_snapshot!(Boot::nested(lines, OK).words(), @r"
    the guest reset or powered off before its init was ready
      | guest-init/host: ready release=6.12.117-guest
      | guest-init/host: run status=0
      | [    0.520757] reboot: Restarting system
    ");
    // A guest alone proves nothing about the VMM either.
    let lost = Boot::nested(&[HOST_READY, READY], OK);
    insta::assert_snapshot!(lost.words(), @r"
    the nested host ended before the VMM did
      | guest-init/host: ready release=6.12.117-nested-host
      | guest-init: ready release=6.12.117-guest
    ");
    insta::assert_snapshot!(Boot::nested(&["Unable to calibrate against PIT"], OK).words(), @r"
    the nested host reset or powered off before its init was ready
      | Unable to calibrate against PIT
    ");
}

#[test]
fn no_marker() {
    insta::assert_snapshot!(Boot::direct(&["[    0.000000] Linux version 6.12.117-guest", ""], OK).words(), @r"
    the guest reset or powered off before its init was ready
      | [    0.000000] Linux version 6.12.117-guest
    ");
    insta::assert_snapshot!(Boot::direct(&[], OK).words(), @r"
    the guest reset or powered off before its init was ready
    hint: the console is silent: ask for `CONFIG_SERIAL_8250_CONSOLE=y`, put `console=ttyS0 earlyprintk=ttyS0` on the `cmdline`, and leave out `quiet`
    ");
}

#[test]
fn panics() {
    let after = "[    0.330812] Kernel Offset: disabled\r";
    insta::assert_snapshot!(Boot::direct(&[NO_ROOT, after], OK).words(), @r#"
    the kernel of the guest panicked: `Kernel panic - not syncing: VFS: Unable to mount root fs on "" or unknown-block(0,0)`
      | [    0.330181] Kernel panic - not syncing: VFS: Unable to mount root fs on "" or unknown-block(0,0)
      | [    0.330812] Kernel Offset: disabled
    hint: the kernel found no init: it needs `CONFIG_BLK_DEV_INITRD=y` and `CONFIG_BINFMT_ELF=y`, and the VMM's `args` need `{initramfs}`
    "#);
    let whose = |lines: &[&str]| match Boot::nested(lines, Ended::AfterPanic).outcome() {
        Outcome::Panicked { machine, .. } => machine,
        other => panic!("{other}"),
    };
    assert_eq!(whose(&[NO_ROOT]), Machine::NestedHost);
    assert_eq!(whose(&[HOST_READY, NO_ROOT]), Machine::Guest);
    assert_eq!(whose(&[HOST_READY, HOST_DONE, NO_ROOT]), Machine::NestedHost);
    // An init that dies after its work is no good boot.
    let late = "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100";
    assert!(!Boot::direct(&[READY, CMDLINE, late], OK).outcome().passed());
}

#[test]
fn time_limits() {
    let limit = Ended::TimeLimit(Duration::from_secs(60));
    let lines = ["x2apic enabled", "APIC: Switched APIC routing to: physical x2apic"];
    insta::assert_snapshot!(Boot::direct(&lines, limit).words(), @r"
    the guest did not end within 60 s, and its init was never ready
      | x2apic enabled
      | APIC: Switched APIC routing to: physical x2apic
    hint: raise `timeout` if the guest only needs longer
    ");
    insta::assert_snapshot!(Boot::direct(&[], limit).words(), @r"
    the guest did not end within 60 s, and its init was never ready
    hint: the console is silent: ask for `CONFIG_SERIAL_8250_CONSOLE=y`, put `console=ttyS0 earlyprintk=ttyS0` on the `cmdline`, and leave out `quiet`
    ");
    let lines = [READY, CMDLINE, "[    0.6] reboot: System halted"];
    insta::assert_snapshot!(Boot::direct(&lines, limit).words(), @r"
    the guest did not end within 60 s; its init was ready after 0.10 s
      | guest-init: ready release=6.12.117-guest
      | guest-init: cmdline console=ttyS0 reboot=t panic=-1 quiet
      | [    0.6] reboot: System halted
    hint: the guest does not end: without `CONFIG_ACPI` a machine cannot power off, so put `reboot=t` or `reboot=k` on the `cmdline`; or raise `timeout`
    ");
}

#[test]
fn hangs() {
    let silent = Ended::Silence(Duration::from_secs(30));
    insta::assert_snapshot!(Boot::direct(&["APIC: Switched APIC routing"], silent).words(), @"
    the guest hangs: it said nothing for 30 s, and its init was never ready
      | APIC: Switched APIC routing
    hint: the last line says how far it came; `initcall_debug` on the `cmdline`, without `quiet`, says more; a guest that only needs longer needs a longer `silence`
    ");
    insta::assert_snapshot!(Boot::direct(&[], silent).words(), @"
    the guest hangs: it said nothing for 30 s, and its init was never ready
    hint: the console is silent: ask for `CONFIG_SERIAL_8250_CONSOLE=y`, put `console=ttyS0 earlyprintk=ttyS0` on the `cmdline`, and leave out `quiet`
    ");
    insta::assert_snapshot!(Boot::direct(&[READY, "[    0.6] reboot: System halted"], silent).words(), @"
    the guest hangs: it said nothing for 30 s; its init was ready after 0.10 s
      | guest-init: ready release=6.12.117-guest
      | [    0.6] reboot: System halted
    hint: the guest does not end: without `CONFIG_ACPI` a machine cannot power off, so put `reboot=t` or `reboot=k` on the `cmdline`; or raise `timeout`
    ");
}

#[test]
fn the_end_is_what_the_guests_kernel_says() {
    let name = |boot: Boot<'_>| boot.outcome().name();
    assert_eq!(name(Boot::direct(&[READY, RESTART], OK)), "reset");
    assert_eq!(name(Boot::direct(&[READY, "[    0.5] reboot: Power down"], OK)), "power-off");
    assert_eq!(name(Boot::direct(&[READY, "reboot: System halted"], OK)), "halt");
    assert_eq!(name(Boot::direct(&[READY], OK)), "ended");
    // The nested host resets behind it.
    let down = "[    0.5] reboot: Power down";
    assert_eq!(name(Boot::nested(&[HOST_READY, READY, down, HOST_DONE, RESTART], OK)), "power-off");
}

#[test]
fn markers() {
    let banner = "[    0.000000] Linux version 6.12.117-guest (kernel@cargo)";
    let said = [banner, "localhost login: "];
    let at = Boot::direct(&said, Ended::AtMarker);
    insta::assert_snapshot!(at.words(), @"the guest runs `6.12.117-guest`: ready after 0.20 s, stopped at its marker after 1.87 s");
    assert_eq!(at.outcome().name(), "marker");
    // `quiet` keeps the banner back: then what runs is what was given.
    assert!(Boot::direct(&["localhost login: "], Ended::AtMarker).outcome().passed());
    let other = banner.replace("117", "90");
    assert_eq!(Boot::direct(&[&other, "login: "], Ended::AtMarker).outcome().name(), "wrong-release");
}

#[test]
fn commands() {
    let lines = [READY, CMDLINE, "it runs as PID 1 or not at all", "guest-init: run status=2", RESTART];
    let failed = Boot { run_status: Some(0), ..Boot::direct(&lines, OK) };
    insta::assert_snapshot!(failed.words(), @r"
    the command in the guest ended with status 2, expected 0
      | guest-init: ready release=6.12.117-guest
      | guest-init: cmdline console=ttyS0 reboot=t panic=-1 quiet
      | it runs as PID 1 or not at all
      | guest-init: run status=2
      | [    0.520757] reboot: Restarting system
    ");
    let unfinished = Boot { run_status: Some(0), ..Boot::direct(&lines[..3], OK) };
    insta::assert_snapshot!(unfinished.words(), @r"
    the guest reset or powered off before its command had ended
      | guest-init: ready release=6.12.117-guest
      | guest-init: cmdline console=ttyS0 reboot=t panic=-1 quiet
      | it runs as PID 1 or not at all
    ");
    let error = "guest-init: error `/nope` does not start: No such file or directory (os error 2)\r";
    let lines = [READY, CMDLINE, error];
    let missing = Boot { run_status: Some(0), ..Boot::direct(&lines, OK) };
    insta::assert_snapshot!(missing.words(), @"the init of the guest failed: `/nope` does not start: No such file or directory (os error 2)");
}

#[test]
fn vmms() {
    let refused = ["!qemu-system-x86_64: -accel kvm: failed to initialize kvm: Permission denied"];
    insta::assert_snapshot!(Boot::direct(&refused, Ended::Status(1)).words(), @r"
    the VMM ended with status 1
      | qemu-system-x86_64: -accel kvm: failed to initialize kvm: Permission denied
    ");
    let stuck = ["[    6.9] ..TIMER: vector=0x30", "!KVM internal error. Suberror: 1", "!emulation failure"];
    insta::assert_snapshot!(Boot::direct(&stuck, Ended::VmmStuck).words(), @r"
    the VMM stopped the guest on an error of its own
      | KVM internal error. Suberror: 1
      | emulation failure
    ");
    let nested = [HOST_READY, "vmm: /image: no such file", "guest-init/host: run status=1", RESTART];
    insta::assert_snapshot!(Boot::nested(&nested, OK).words(), @r"
    the VMM ended with status 1
      | guest-init/host: ready release=6.12.117-nested-host
      | vmm: /image: no such file
      | guest-init/host: run status=1
      | [    0.520757] reboot: Restarting system
    ");
    insta::assert_snapshot!(Boot::direct(&[READY], Ended::Signal(11)).words(), @r"
    the VMM was ended by signal 11
      | guest-init: ready release=6.12.117-guest
    ");
    // A VMM's own words are no guest's.
    let fake = "!guest-init: ready release=6.12.117-guest";
    assert!(!Boot::direct(&[fake], OK).outcome().passed());
}

/// Where the console says nothing of it, the VMM does.
#[test]
fn a_vmm_says_how_a_quiet_guest_ended() {
    let lines = [READY, CMDLINE];
    let name = |told| Boot { told, ..Boot::direct(&lines, OK) }.outcome().name();
    assert_eq!(name(&[]), "ended");
    assert_eq!(name(&[Told::Reset]), "reset");
    assert_eq!(name(&[Told::PoweredOff]), "power-off");
    assert_eq!(name(&[Told::Panicked, Told::Reset]), "panic");
    let said = Boot { told: &[Told::PoweredOff], ..Boot::direct(&[READY, CMDLINE, RESTART], OK) };
    assert_eq!(said.outcome().name(), "reset", "the guest's own words count");
    let nested = [HOST_READY, READY, CMDLINE, HOST_DONE];
    let outer = Boot { told: &[Told::Reset], ..Boot::nested(&nested, OK) };
    assert_eq!(outer.outcome().name(), "ended", "what is told is of the outer machine");
}
