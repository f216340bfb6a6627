//! VMMs that answer as their documents say, on sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixListener;

use kernel_host::cancel::Cancel;
use kernel_host::process::Command;
use serde_json::json;

use super::*;

/// What was asked, and what is answered.
type Answer = fn(&str, &str) -> (u16, &'static str);

/// Answers each request at a control's socket for as long as the test runs; what was asked, in order.
fn serve(control: &Control, answer: Answer) -> std::sync::mpsc::Receiver<String> {
    let listener = UnixListener::bind(&control.socket).expect("a socket");
    let (send, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(&stream);
            let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
            reader.read_line(&mut first).expect("a request");
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                let named = line.strip_prefix("Content-Length: ");
                length = named.map_or(length, |number| number.trim().parse().expect("a number"));
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let body = String::from_utf8(body).expect("text");
            let words: Vec<&str> = first.split_ascii_whitespace().collect();
            // Before the answer: who has that looks at what was asked.
            if send.send(format!("{} {} {body}", words[0], words[1]).trim_end().to_owned()).is_err() {
                return;
            }
            let (status, said) = answer(words[0], words[1]);
            let length =
                if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", said.len()) };
            write!(&stream, "HTTP/1.1 {status} \r\nServer: test\r\n{length}\r\n{said}").expect("answered");
        }
    });
    asked
}

fn env() -> Env {
    Env::from_vars([("TMPDIR", std::env::temp_dir())], AbsPath::new("/").expect("absolute"))
}

/// A process that stands for the VMM whose API is served.
fn sleeper() -> Child {
    Command::new("sleep").arg("600").spawn(&Cancel::new()).expect("a process")
}

fn put(target: &str, body: serde_json::Value) -> Put {
    Put { target: target.into(), body }
}

#[test]
fn firecracker_is_told_in_order_and_says_what_it_does_not_take() {
    let requests = vec![
        put("/machine-config", json!({ "vcpu_count": 1, "mem_size_mib": 128 })),
        put("/actions", json!({ "action_type": "InstanceStart" })),
    ];
    let control = Control::firecracker(&env(), requests.clone()).expect("a control");
    let asked = serve(&control, |method, _| match method {
        "PUT" => (204, ""),
        _ => (
            200,
            r#"{"app_name":"Firecracker","id":"anonymous-instance","state":"Running","vmm_version":"1.17.0"}"#,
        ),
    });
    let mut child = sleeper();
    let mut talk = control.begin(&mut child).expect("taken").expect("it answers");
    assert_eq!(talk.state().as_deref(), Some("Running"));
    assert!(!talk.end(&mut child).expect("asked"), "it has no request for that");
    let asked: Vec<String> = asked.try_iter().collect();
    assert_eq!(
        asked,
        [
            r#"PUT /machine-config {"mem_size_mib":128,"vcpu_count":1}"#,
            r#"PUT /actions {"action_type":"InstanceStart"}"#,
            "GET /",
        ]
    );

    let control = Control::firecracker(&env(), requests).expect("a control");
    let _asked = serve(&control, |_, target| match target {
        "/machine-config" => (204, ""),
        _ => (400, r#"{"fault_message":"Boot source file was not provided."}"#),
    });
    let error = control.begin(&mut child).err().expect("refused");
    insta::assert_snapshot!(error, @"the VMM does not take `/actions`: Boot source file was not provided.");
}

#[test]
fn cloud_hypervisor_is_asked_and_told_to_end() {
    let control = Control::cloud_hypervisor(&env()).expect("a control");
    let asked = serve(&control, |_, target| match target {
        "/api/v1/vm.info" => (200, r#"{"config":{},"state":"Running","memory_actual_size":134217728}"#),
        _ => (200, ""),
    });
    // Who is told to end does.
    let mut child = Command::new("sleep").arg("0.1").spawn(&Cancel::new()).expect("a process");
    let mut talk = control.begin(&mut child).expect("begun").expect("it answers");
    assert_eq!(talk.state().as_deref(), Some("Running"));
    assert!(talk.heard().is_empty());
    assert!(talk.end(&mut child).expect("asked"), "it ended");
    let asked: Vec<String> = asked.try_iter().collect();
    assert_eq!(asked, ["GET /api/v1/vm.info", "PUT /api/v1/vmm.shutdown"]);
}

/// QEMU's words, as it says them: a greeting, an answer, an event before another answer.
#[test]
fn qemu_is_asked_between_its_events() {
    let control = Control::qmp(&env()).expect("a control");
    let listener = UnixListener::bind(&control.socket).expect("a socket");
    let qemu = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("somebody");
        let mut asked = Vec::new();
        let greeting = r#"{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}"#;
        writeln!(&stream, "{greeting}").expect("greeted");
        for line in BufReader::new(&stream).lines().map_while(Result::ok) {
            let said = match &line {
                line if line.contains("query-status") => {
                    "{\"event\": \"STOP\"}\r\n{\"return\": {\"status\": \"internal-error\", \"running\": false}}\r\n"
                }
                line if line.contains("quit") => {
                    "{\"return\": {}}\r\n{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-quit\"}}\r\n"
                }
                _ => "{\"return\": {}}\r\n",
            };
            (&stream).write_all(said.as_bytes()).expect("answered");
            asked.push(line);
        }
        asked
    });
    let mut child = Command::new("sleep").arg("0.2").spawn(&Cancel::new()).expect("a process");
    let mut talk = control.begin(&mut child).expect("begun").expect("it answers");
    assert_eq!(talk.state().as_deref(), Some("internal-error"));
    assert_eq!(talk.heard(), [Told::InternalError]);
    assert!(talk.end(&mut child).expect("asked"), "it ended");
    drop(talk);
    let asked = qemu.join().expect("it answered");
    assert_eq!(asked[0], r#"{"execute":"qmp_capabilities"}"#);
    assert_eq!(asked.last().map(String::as_str), Some(r#"{"execute":"quit"}"#));
}

/// A VMM that ends before it can be spoken to has its status for an answer.
#[test]
fn one_that_ends_at_once_is_not_waited_for() {
    let control = Control::cloud_hypervisor(&env()).expect("a control");
    let mut child = Command::new("false").spawn(&Cancel::new()).expect("a process");
    assert!(control.begin(&mut child).expect("no error").is_none());
}
