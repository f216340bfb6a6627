//! Processes that talk like machines, and how they are brought to their end.

use kernel_host::process::Command;
use kernel_spec::{Arch, Image, VmName};

use super::*;
use crate::cmdline::KernelCmdline;
use crate::judge::Layers;
use crate::machine::RunnerRequest;

/// What a shell script that stands for a VMM comes to.
struct Watched {
    result: Result<(Vec<ConsoleLine>, Ended, Duration), BootError>,
    events: Vec<&'static str>,
    log: String,
}

fn run(script: &str, timeout: Duration, cancel_at: Option<&str>) -> Watched {
    run_with_silence(script, (timeout, LONG), cancel_at)
}

fn run_with_silence(
    script: &str,
    (timeout, silence): (Duration, Duration),
    cancel_at: Option<&str>,
) -> Watched {
    let scratch = AbsPath::new(std::env::temp_dir()).expect("an absolute path");
    let scratch = fs::temp_dir_in(&scratch, "kernel-boot-").expect("a folder");
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    let mut prepared = Prepared {
        command,
        cmdline: KernelCmdline::default(),
        host_cmdline: None,
        accelerator: Accelerator::Tcg,
        vmm: "sh".into(),
        layers: Layers::Direct,
        fault: None,
        beside: Vec::new(),
        sockets: Vec::new(),
        control: None,
        is_stuck: |line| line.text == "stuck",
    };
    let request = BootRequest {
        name: VmName::new("demo").expect("a name"),
        arch: Arch::X86_64,
        image: scratch.path().join("vmlinux"),
        kind: Image::Vmlinux,
        initramfs: None,
        kernel: crate::diagnosis::KernelFiles::default(),
        devices: crate::devices::BootDevices::default(),
        debug_port: None,
        terminal: None,
        has_job: script.contains("# a command"),
        silence,
        cmdline: String::new(),
        memory_mib: 1,
        timeout,
        expect: Expectation { marker: Some("login:".into()), ..Expectation::default() },
        runner: RunnerRequest::Qemu,
        nesting: crate::machine::Nesting::WhereNeeded,
        scratch: scratch.path().clone(),
    };
    let log = scratch.path().join("console.log");
    let cancel = Cancel::new();
    let mut events = Vec::new();
    let result = watch(&mut prepared, &request, &log, &cancel, &mut |event| {
        if matches!(&event, BootEvent::Line(line) if Some(line.text.as_str()) == cancel_at) {
            cancel.request();
        }
        events.push(match event {
            BootEvent::Chosen { .. } => "chosen",
            BootEvent::Started { .. } => "started",
            BootEvent::Line(_) => "line",
            BootEvent::Ready { .. } => "ready",
            BootEvent::Ended { .. } => "ended",
        });
    });
    let result = result.map(|seen| (seen.lines, seen.ended, seen.total));
    Watched { result, events, log: fs::read_to_string(&log).expect("a log") }
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn what_it_says_is_kept_in_order() {
    let ready = "guest-init: ready release=6.12.0";
    let run =
        run(&format!("printf '{ready}\\r\\n{ready}\\nlast'; sleep 0.1; echo oh >&2; exit 3"), LONG, None);
    let (lines, ended, total) = run.result.expect("it ran");
    assert_eq!(ended, Ended::Status(3));
    assert_eq!(run.events, ["started", "line", "ready", "line", "line", "line"]);
    assert!(lines.is_sorted_by_key(|line| line.at) && lines[3].at <= total);
    // The last word of a stream that has no line's end comes when the stream ends.
    let mut log: Vec<&str> = run.log.lines().collect();
    log.sort_unstable();
    assert_eq!(log, ["[vmm] oh", ready, ready, "last"]);
}

#[test]
fn nothing_outlives_its_limit() {
    let cases = [
        ("sleep 60", Duration::from_millis(200), Ended::TimeLimit(Duration::from_millis(200))),
        ("exec >&- 2>&-; sleep 60", Duration::from_millis(200), Ended::TimeLimit(Duration::from_millis(200))),
        ("echo 'Kernel panic - not syncing: x'; sleep 60", LONG, Ended::AfterPanic),
        ("echo stuck >&2; sleep 60", LONG, Ended::VmmStuck),
        ("kill -SEGV $$", LONG, Ended::Signal(11)),
        ("exec >&- 2>&-; sleep 0.1; exit 4", LONG, Ended::Status(4)),
    ];
    for (script, timeout, expected) in cases {
        let (_, ended, total) = run(script, timeout, None).result.expect("it ran");
        assert_eq!(ended, expected, "{script}");
        assert!(total < Duration::from_secs(20), "{script}: {total:?}");
    }
}

/// Silence is a hang until the init is ready, and after that where no command runs; a marker is the end.
#[test]
fn silence_and_markers() {
    let short = Duration::from_millis(300);
    let hung = Ended::Silence(short);
    let ready = "echo guest-init: ready release=6.12.0";
    let cases = [
        ("sleep 60".to_owned(), hung),
        ("echo a; sleep 60".to_owned(), hung),
        (format!("{ready}; sleep 60"), hung),
        (format!("{ready}; sleep 1; exit 3 # a command"), Ended::Status(3)),
        ("sleep 60 # a command".to_owned(), hung),
        ("echo 'x login: '; sleep 60".to_owned(), Ended::AtMarker),
        ("echo login: >&2; sleep 60".to_owned(), hung),
    ];
    for (script, expected) in cases {
        let (_, ended, total) = run_with_silence(&script, (LONG, short), None).result.expect("it ran");
        assert_eq!(ended, expected, "{script}");
        assert!(total < Duration::from_secs(20), "{script}: {total:?}");
    }
}

#[test]
fn a_cancelled_boot_has_no_verdict() {
    let clock = Stopwatch::start();
    let run = run("echo here; sleep 60", LONG, Some("here"));
    assert!(run.result.expect_err("cancelled").is_cancelled());
    assert_eq!(run.log, "here\n");
    assert!(clock.elapsed() < Duration::from_secs(20));
}
