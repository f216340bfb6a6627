//! Tests against servers in this process; nothing leaves the machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::digest::sha256;
use crate::fs::{TempDir, tests::scratch};

/// What the servers have to offer: more than one piece.
fn content() -> Vec<u8> {
    (0..300_000_u32).map(|n| (n % 251) as u8).collect()
}

/// What a client asked for.
struct Asked {
    /// The number of the request.
    number: usize,
    /// `GET /file.tar HTTP/1.1`.
    line: String,
    /// The headers, in lower case.
    headers: Vec<String>,
}

impl Asked {
    fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|header| header.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The first byte of the range.
    fn from(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// Serves each connection by `answer`.
fn serve(answer: impl Fn(&Asked, &mut TcpStream) + Send + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let Some(line) = lines.next() else { continue };
            let headers = lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase());
            let asked =
                Asked { number: counter.fetch_add(1, Ordering::SeqCst), line, headers: headers.collect() };
            answer(&asked, &mut stream);
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

/// The rest of the file, as a server sends it that knows ranges; `cut` bytes of it at most.
fn rest(asked: &Asked, cut: usize, stream: &mut TcpStream) {
    let whole = content();
    let from = asked.from().unwrap_or(0);
    if from >= whole.len() {
        return respond(stream, "416 Range Not Satisfiable", "Content-Length: 0\r\n", b"");
    }
    let (status, range) = match asked.from() {
        Some(from) => {
            let range = format!("Content-Range: bytes {from}-{}/{}\r\n", whole.len() - 1, whole.len());
            ("206 Partial Content", range)
        }
        None => ("200 OK", String::new()),
    };
    let headers = format!("{range}ETag: \"one\"\r\nContent-Length: {}\r\n", whole.len() - from);
    respond(stream, status, &headers, &whole[from..whole.len().min(from.saturating_add(cut))]);
}

struct Run {
    dir: TempDir,
    request: Request,
    patience: Patience,
    cancel: Cancel,
    progress: Vec<Progress>,
    vars: Vec<(&'static str, String)>,
    /// The name of what an error leaves, if anything.
    leaves: Option<&'static str>,
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
            worth: 1 << 20,
            least: 0,
            window: Duration::from_secs(60),
        };
        Self {
            dir,
            request,
            patience,
            cancel: Cancel::new(),
            progress: Vec::new(),
            vars: Vec::new(),
            leaves: None,
        }
    }

    /// Fetches; the message of an error has no port number.
    fn fetch(&mut self) -> Result<[u8; 32], String> {
        let env = Env::from_vars(self.vars.clone(), self.dir.path().clone());
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
                let names: Vec<_> = left.iter().filter_map(AbsPath::file_name).collect();
                assert_eq!(names, self.leaves.as_slice());
                let address =
                    self.request.url.strip_suffix("/file.tar").unwrap_or("http://server").to_owned();
                Err(error.to_string().replace(&address, "http://server"))
            }
        }
    }
}

#[test]
fn a_good_file_appears_whole() {
    let (address, _) = serve(|_, stream| good(stream));
    let mut run = Run::new(&address);
    assert_eq!(run.fetch(), Ok(sha256(&content())));
    let length = content().len() as u64;
    assert!(run.progress.is_sorted_by_key(|progress| progress.done));
    assert_eq!(run.progress.last(), Some(&Progress { done: length, total: Some(length) }));
}

#[test]
fn a_length_that_nobody_knows_beforehand_is_fine() {
    let (address, _) = serve(|_, stream| respond(stream, "200 OK", "", &content()));
    let mut run = Run::new(&address);
    (run.request.size, run.request.sha256) = (None, None);
    assert_eq!(run.fetch(), Ok(sha256(&content())));
    assert!(run.progress.iter().all(|progress| progress.total.is_none()));
}

#[test]
fn what_is_compressed_on_the_server_stays_so() {
    let (address, _) = serve(|_, stream| {
        let headers = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", content().len());
        respond(stream, "200 OK", &headers, &content());
    });
    Run::new(&address).fetch().unwrap();
}

#[test]
fn a_redirection_is_followed() {
    let (address, _) = serve(|asked, stream| match asked.path() {
        "/file.tar" => respond(stream, "302 Found", "Location: /there\r\nContent-Length: 0\r\n", b""),
        "/there" => good(stream),
        other => panic!("{other}"),
    });
    Run::new(&address).fetch().unwrap();
}

#[test]
fn an_absent_file_is_asked_for_once() {
    let (address, count) = serve(|_, stream| respond(stream, "404 Not Found", "Content-Length: 0\r\n", b""));
    let message = Run::new(&address).fetch().unwrap_err();
    insta::assert_snapshot!(message, @"could not download `http://server/file.tar`: the server answered with status 404");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_server_that_recovers_is_asked_again() {
    let (address, count) = serve(|asked, stream| match asked.number {
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
        serve(|_, stream| respond(stream, "200 OK", "Content-Length: 300000\r\n", &content()[..200_000]));
    let mut run = Run::new(&address);
    run.leaves = Some("file.tar.partial");
    let message = run.fetch().unwrap_err();
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
    let (address, count) = serve(|_, stream| good(stream));
    let mut run = Run::new(&address);
    run.request.sha256 = Some([0xab; 32]);
    insta::assert_snapshot!(run.fetch().unwrap_err(), @"could not verify `http://server/file.tar`: found SHA-256 `3c65ea93424a9c362fec0e3a69ea36031e8a358441479dd665cc6110eabe7b08`, expected `abababababababababababababababababababababababababababababababab`");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_wrong_length_is_told_before_the_file_comes() {
    let (address, _) = serve(|_, stream| good(stream));
    let mut run = Run::new(&address);
    run.request.size = Some(7);
    insta::assert_snapshot!(run.fetch().unwrap_err(), @"could not verify `http://server/file.tar`: found 300000 bytes, expected 7");
    assert_eq!(run.progress, []);
}

/// What cannot fit is told before anything of it is written.
#[test]
fn room_is_asked_for_before() {
    let (address, _) = serve(|_, stream| {
        respond(stream, "200 OK", &format!("Content-Length: {}\r\n", 1_u64 << 60), b"some");
    });
    let mut run = Run::new(&address);
    run.request.size = None;
    let message = run.fetch().unwrap_err().replace(&run.dir.path().to_string(), "/tmp");
    let free = message.split(": ").last().unwrap().split(' ').next().unwrap();
    let digits = free.chars().all(|c| c.is_ascii_digit());
    assert!(digits, "{message}");
    insta::assert_snapshot!(message.replace(free, "FREE"), @"not enough space to download `http://server/file.tar` to `/tmp/a`: FREE bytes are free, 1152921504606846976 are needed");
    assert_eq!(run.progress, []);
}

#[test]
fn a_slow_start_is_waited_for_and_silence_is_not() {
    let (address, _) = serve(|_, stream| {
        std::thread::sleep(Duration::from_millis(300));
        good(stream);
    });
    Run::new(&address).fetch().unwrap();

    let (address, _) = serve(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\nsome");
        std::thread::sleep(Duration::from_secs(2));
    });
    let mut run = Run::new(&address);
    run.patience.pauses.clear();
    run.leaves = Some("file.tar.partial");
    insta::assert_snapshot!(run.fetch().unwrap_err(), @"could not download `http://server/file.tar`: the server said nothing for too long after 4 of 300000 bytes");
}

#[test]
fn a_cancel_does_not_wait_for_the_server() {
    let (address, _) = serve(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\nsome");
        std::thread::sleep(Duration::from_secs(30));
    });
    let mut run = Run::new(&address);
    run.patience.read = Duration::from_secs(30);
    run.leaves = Some("file.tar.partial");
    let (cancel, watch) = (run.cancel.clone(), Stopwatch::start());
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

#[test]
fn a_cut_connection_goes_on_where_it_was_cut() {
    let (address, count) = serve(|asked, stream| {
        assert_eq!(asked.from(), [None, Some(100_000), Some(200_000)][asked.number]);
        assert_eq!(asked.header("if-range"), [None, Some("\"one\""), Some("\"one\"")][asked.number]);
        rest(asked, 100_000, stream);
    });
    let mut run = Run::new(&address);
    run.fetch().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 3);
    assert!(run.progress.is_sorted_by_key(|progress| progress.done));
    assert!(run.progress.iter().all(|progress| progress.total == Some(300_000)));
}

/// Each attempt that brought enough makes the patience new: a large file comes through a bad line.
#[test]
fn attempts_that_bring_something_are_not_counted() {
    let (address, count) = serve(|asked, stream| rest(asked, 20_000, stream));
    let mut run = Run::new(&address);
    run.patience.worth = 10_000;
    run.fetch().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 15);
}

#[test]
fn the_next_run_goes_on_where_the_last_one_ended() {
    let (address, count) = serve(|asked, stream| match asked.number {
        0 => rest(asked, 123_456, stream),
        _ => rest(asked, usize::MAX, stream),
    });
    let mut run = Run::new(&address);
    run.patience.pauses.clear();
    run.leaves = Some("file.tar.partial");
    run.fetch().unwrap_err();
    run.fetch().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);
    assert!(run.progress.iter().any(|progress| progress.done > 123_456));

    // Whole already, and killed before it had its name: nothing is asked for.
    let partial = run.dir.path().join("a/file.tar.partial");
    fs::rename(&run.request.dest, &partial).unwrap();
    run.fetch().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

/// What nothing will judge is not taken up.
#[test]
fn without_a_digest_the_next_run_begins_anew() {
    let (address, _) = serve(|asked, stream| match asked.number {
        0 => rest(asked, 1000, stream),
        _ => {
            assert_eq!(asked.from(), None);
            rest(asked, usize::MAX, stream);
        }
    });
    let mut run = Run::new(&address);
    run.patience.pauses.clear();
    run.request.sha256 = None;
    run.fetch().unwrap_err();
    run.fetch().unwrap();
}

/// The beginning on disk is of another file: the whole is asked for, once.
#[test]
fn a_beginning_of_another_file_is_thrown_away() {
    let (address, count) = serve(|asked, stream| rest(asked, usize::MAX, stream));
    let mut run = Run::new(&address);
    let partial = run.dir.path().join("a/file.tar.partial");
    fs::create_dir_all(&partial.parent().unwrap()).unwrap();
    for length in [1000, 400_000] {
        fs::write_atomic(&partial, &vec![7; length]).unwrap();
        run.request.size = None;
        run.fetch().unwrap();
    }
    assert_eq!(count.load(Ordering::SeqCst), 4);

    // And where the whole is wrong, too, nothing is left of either.
    fs::remove_file(&run.request.dest).unwrap();
    fs::write_atomic(&partial, &[7; 1000]).unwrap();
    run.request.sha256 = Some([0xab; 32]);
    assert!(run.fetch().unwrap_err().contains("found SHA-256 `3c65ea93"));
}

#[test]
fn servers_that_know_no_ranges_send_the_whole_again() {
    let cut = |stream: &mut TcpStream| {
        respond(stream, "200 OK", "Content-Length: 300000\r\n", &content()[..1000]);
    };
    let (address, count) = serve(move |asked, stream| match asked.number {
        0 => cut(stream),
        _ => good(stream),
    });
    Run::new(&address).fetch().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);

    // A range that is refused, and one that is another than was asked for.
    for answer in [
        ("416 Range Not Satisfiable", "Content-Length: 0\r\n"),
        ("206 Partial Content", "Content-Length: 0\r\nContent-Range: bytes 5-299999/300000\r\n"),
        ("206 Partial Content", "Content-Length: 0\r\n"),
    ] {
        let (address, count) = serve(move |asked, stream| match asked.from() {
            Some(_) => respond(stream, answer.0, answer.1, b""),
            None if asked.number == 0 => cut(stream),
            None => good(stream),
        });
        Run::new(&address).fetch().unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 3, "{answer:?}");
    }
}

#[test]
fn a_trickle_is_given_up() {
    let (address, _) = serve(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let mut run = Run::new(&address);
    run.patience.pauses.clear();
    (run.patience.least, run.patience.window) = (100_000, Duration::from_millis(300));
    run.leaves = None;
    run.request.sha256 = None;
    let message = run.fetch().unwrap_err();
    assert!(
        message.contains(" bytes came in 0.3 s, after ") && message.ends_with(" of 300000 bytes"),
        "{message}"
    );
}

/// The proxy is asked for a tunnel, and the file comes through it.
#[test]
fn a_proxy_is_used() {
    let (proxy, count) = serve(|asked, stream| {
        assert_eq!(asked.line, "CONNECT kernel.example:80 HTTP/1.1");
        let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        assert_eq!(lines.next().as_deref(), Some("GET /file.tar HTTP/1.1"));
        lines.take_while(|line| !line.is_empty()).for_each(drop);
        good(stream);
    });
    let mut run = Run::new("http://kernel.example");
    run.vars = vec![("HTTP_PROXY", proxy)];
    run.fetch().unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// Somebody else writes the partial file: this run has one of its own.
#[test]
fn two_at_once_do_not_write_into_one_file() {
    let (address, _) = serve(|asked, stream| rest(asked, usize::MAX, stream));
    let mut run = Run::new(&address);
    let mut other = Partial::open(&run.request.dest, true).unwrap();
    other.write(b"others' bytes").unwrap();
    let env = Env::from_vars([("PATH", "")], run.dir.path().clone());
    fetch_patiently(&run.request, &env, &run.cancel, &mut |_| {}, &run.patience).unwrap();
    assert!(fs::read(&run.request.dest).unwrap() == content());
    assert_eq!(fs::read(&run.dir.path().join("a/file.tar.partial")).unwrap(), b"others' bytes");
    other.discard();
    drop(other);
    run.fetch().unwrap();
}
