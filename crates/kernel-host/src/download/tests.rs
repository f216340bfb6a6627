//! Tests against servers in this process; nothing leaves the machine.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::digest::sha256;
use crate::fs::{self, TempDir, tests::scratch};

/// What the servers have to offer: more than one piece.
fn content() -> Vec<u8> {
    (0..300_000_u32).map(|n| (n % 251) as u8).collect()
}

/// Serves each connection by `answer`, which gets the number of the request and its path.
fn serve(answer: impl Fn(usize, &str, &mut TcpStream) + Send + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let Some(Ok(first)) = lines.next() else { continue };
            lines.by_ref().take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).for_each(drop);
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            answer(counter.fetch_add(1, Ordering::SeqCst), &path, &mut stream);
        }
    });
    (address, count)
}

fn respond(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n");
    // The other side may have hung up, which is what some tests are about.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn good(stream: &mut TcpStream) {
    respond(stream, "200 OK", &format!("Content-Length: {}\r\n", content().len()), &content());
}

struct Run {
    dir: TempDir,
    request: Request,
    patience: Patience,
    cancel: Cancel,
    progress: Vec<Progress>,
}

impl Run {
    fn new(address: &str) -> Self {
        let dir = scratch();
        let request = Request {
            url: format!("{address}/file.tar"),
            dest: dir.path().join("a/file.tar"),
            size: Some(content().len() as u64),
            sha256: Some(sha256(&content())),
        };
        let patience = Patience {
            connect: Duration::from_secs(5),
            read: Duration::from_millis(700),
            pauses: vec![Duration::from_millis(10); 2],
        };
        Self { dir, request, patience, cancel: Cancel::new(), progress: Vec::new() }
    }

    /// Fetches; the message of an error has no port number.
    fn fetch(&mut self) -> Result<[u8; 32], String> {
        let env = Env::from_vars([("PATH", "")], self.dir.path().clone());
        let (cancel, progress) = (self.cancel.clone(), &mut self.progress);
        let mut on_progress = |now| progress.push(now);
        let fetched = fetch_patiently(&self.request, &env, &cancel, &mut on_progress, &self.patience);
        let left = fs::list_dir(&self.dir.path().join("a")).unwrap_or_default();
        match fetched {
            Ok(digest) => {
                assert_eq!(left, std::slice::from_ref(&self.request.dest));
                assert!(fs::read(&self.request.dest).unwrap() == content());
                Ok(digest)
            }
            Err(error) => {
                assert_eq!(left, []);
                let address =
                    self.request.url.strip_suffix("/file.tar").unwrap_or("http://server").to_owned();
                Err(error.to_string().replace(&address, "http://server"))
            }
        }
    }
}

#[test]
fn a_good_file_appears_whole() {
    let (address, _) = serve(|_, _, stream| good(stream));
    let mut run = Run::new(&address);
    assert_eq!(run.fetch(), Ok(sha256(&content())));
    let length = content().len() as u64;
    assert!(run.progress.is_sorted_by_key(|progress| progress.done));
    assert_eq!(run.progress.last(), Some(&Progress { done: length, total: Some(length) }));
}

#[test]
fn a_length_that_nobody_knows_beforehand_is_fine() {
    let (address, _) = serve(|_, _, stream| respond(stream, "200 OK", "", &content()));
    let mut run = Run::new(&address);
    (run.request.size, run.request.sha256) = (None, None);
    assert_eq!(run.fetch(), Ok(sha256(&content())));
    assert!(run.progress.iter().all(|progress| progress.total.is_none()));
}

#[test]
fn what_is_compressed_on_the_server_stays_so() {
    let (address, _) = serve(|_, _, stream| {
        let headers = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", content().len());
        respond(stream, "200 OK", &headers, &content());
    });
    Run::new(&address).fetch().unwrap();
}

#[test]
fn a_redirection_is_followed() {
    let (address, _) = serve(|_, path, stream| match path {
        "/file.tar" => respond(stream, "302 Found", "Location: /there\r\nContent-Length: 0\r\n", b""),
        "/there" => good(stream),
        other => panic!("{other}"),
    });
    Run::new(&address).fetch().unwrap();
}

#[test]
fn an_absent_file_is_asked_for_once() {
    let (address, count) =
        serve(|_, _, stream| respond(stream, "404 Not Found", "Content-Length: 0\r\n", b""));
    let message = Run::new(&address).fetch().unwrap_err();
    insta::assert_snapshot!(message, @"could not download `http://server/file.tar`: the server answered with status 404");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_server_that_recovers_is_asked_again() {
    let (address, count) = serve(|number, _, stream| match number {
        0 => respond(stream, "503 Service Unavailable", "Content-Length: 0\r\n", b""),
        1 => respond(stream, "200 OK", "Content-Length: 300000\r\n", &content()[..1000]),
        _ => good(stream),
    });
    Run::new(&address).fetch().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[test]
fn a_connection_that_is_cut_each_time_is_given_up() {
    let (address, count) =
        serve(|_, _, stream| respond(stream, "200 OK", "Content-Length: 300000\r\n", &content()[..200_000]));
    let message = Run::new(&address).fetch().unwrap_err();
    insta::assert_snapshot!(message, @"could not download `http://server/file.tar`: Peer disconnected after 200000 of 300000 bytes");
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[test]
fn a_server_that_is_gone_is_given_up() {
    let address = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    insta::assert_snapshot!(Run::new(&address).fetch().unwrap_err(), @"could not download `http://server/file.tar`: Connection refused");
}

#[test]
fn a_wrong_digest_names_both_and_the_address() {
    let (address, count) = serve(|_, _, stream| good(stream));
    let mut run = Run::new(&address);
    run.request.sha256 = Some([0xab; 32]);
    insta::assert_snapshot!(run.fetch().unwrap_err(), @"could not verify `http://server/file.tar`: found SHA-256 `3c65ea93424a9c362fec0e3a69ea36031e8a358441479dd665cc6110eabe7b08`, expected `abababababababababababababababababababababababababababababababab`");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_wrong_length_is_told_before_the_file_comes() {
    let (address, _) = serve(|_, _, stream| good(stream));
    let mut run = Run::new(&address);
    run.request.size = Some(7);
    insta::assert_snapshot!(run.fetch().unwrap_err(), @"could not verify `http://server/file.tar`: found 300000 bytes, expected 7");
    assert_eq!(run.progress, []);
}

#[test]
fn a_slow_start_is_waited_for_and_silence_is_not() {
    let (address, _) = serve(|_, _, stream| {
        std::thread::sleep(Duration::from_millis(300));
        good(stream);
    });
    Run::new(&address).fetch().unwrap();

    let (address, _) = serve(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\nsome");
        std::thread::sleep(Duration::from_secs(2));
    });
    let mut run = Run::new(&address);
    run.patience.pauses.clear();
    insta::assert_snapshot!(run.fetch().unwrap_err(), @"could not download `http://server/file.tar`: timeout: per read after 4 of 300000 bytes");
}

#[test]
fn a_cancel_does_not_wait_for_the_server() {
    let (address, _) = serve(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\nsome");
        std::thread::sleep(Duration::from_secs(30));
    });
    let mut run = Run::new(&address);
    run.patience.read = Duration::from_secs(30);
    let (cancel, watch) = (run.cancel.clone(), crate::clock::Stopwatch::start());
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        cancel.request();
    });
    insta::assert_snapshot!(run.fetch().unwrap_err(), @"cancelled while downloading `http://server/file.tar`");
    assert!(watch.elapsed() < Duration::from_secs(10));
}

#[test]
fn only_web_addresses_are_fetched() {
    let mut run = Run::new("http://127.0.0.1:9");
    run.request.url = "file:///etc/passwd".to_owned();
    insta::assert_snapshot!(run.fetch().unwrap_err(), @"found the address `file:///etc/passwd`, expected one that begins with `https://` or `http://`");
}
