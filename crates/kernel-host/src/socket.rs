//! Sockets of this machine, by their paths: lines on one, and requests by HTTP.
//!
//! What speaks there is a program that this one started; so an answer has a time in which it has to come, and a length.

use std::io::{self, Read, Write};
use std::time::Duration;

#[cfg(unix)]
use std::os::unix::net::UnixStream;

use crate::AbsPath;
use crate::clock::Stopwatch;

/// The longest answer, in bytes.
const LONGEST: usize = 1 << 20;

/// How many headers an answer may have.
const HEADERS: usize = 32;

/// A conversation in lines.
#[derive(Debug)]
pub struct LineSocket {
    stream: UnixStream,
    /// What came behind the last line.
    rest: Vec<u8>,
}

impl LineSocket {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens there, or the path is too long for a socket's.
    pub fn connect(path: &AbsPath) -> io::Result<Self> {
        Ok(Self { stream: UnixStream::connect(path)?, rest: Vec::new() })
    }

    /// Sends a line; its end is added.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn send(&mut self, line: &str) -> io::Result<()> {
        self.stream.write_all(format!("{line}\n").as_bytes())
    }

    /// The next line, without its end; `None` where none came in time.
    ///
    /// # Errors
    /// Where the other side has ended, or a line does not.
    pub fn next_line(&mut self, timeout: Duration) -> io::Result<Option<String>> {
        let watch = Stopwatch::start();
        let mut piece = [0; 4096];
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()));
            }
            if self.rest.len() > LONGEST {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line does not end"));
            }
            let left = timeout.saturating_sub(watch.elapsed());
            // A time of nothing would be none at all.
            let read = if left.is_zero() {
                self.stream.set_nonblocking(true)?;
                let read = self.stream.read(&mut piece);
                self.stream.set_nonblocking(false)?;
                read
            } else {
                self.stream.set_read_timeout(Some(left))?;
                self.stream.read(&mut piece)
            };
            match read {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.rest.extend(&piece[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_late(&error) && left.is_zero() => return Ok(None),
                Err(error) if is_late(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// Its body, lossily decoded.
    pub body: String,
}

/// Sends one request with a body of JSON, or none, and reads the answer.
///
/// # Errors
/// Where nobody answers in time, or what is answered is no HTTP.
pub fn request(
    path: &AbsPath,
    (method, target): (&str, &str),
    body: Option<&str>,
    timeout: Duration,
) -> io::Result<Response> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_write_timeout(Some(timeout))?;
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n");
    if let Some(body) = body {
        text += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    text += "\r\n";
    text += body.unwrap_or_default();
    stream.write_all(text.as_bytes())?;
    let watch = Stopwatch::start();
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(response) = parsed(&answer, false)? {
            return Ok(response);
        }
        let left = timeout.saturating_sub(watch.elapsed());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if answer.len() > LONGEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is too long"));
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut piece) {
            Ok(0) => {
                let cut = || io::ErrorKind::UnexpectedEof.into();
                return parsed(&answer, true)?.ok_or_else(cut);
            }
            Ok(length) => answer.extend(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted || is_late(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

/// The answer, where all of it is there; one without a length ends with its connection.
fn parsed(answer: &[u8], has_ended: bool) -> io::Result<Option<Response>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let wrong = |error: httparse::Error| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
    let httparse::Status::Complete(start) = head.parse(answer).map_err(wrong)? else { return Ok(None) };
    let status = head.code.unwrap_or_default();
    let named = |name: &str| head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let length = named("content-length")
        .and_then(|header| std::str::from_utf8(header.value).ok()?.trim().parse().ok());
    let body = &answer[start..];
    let body = match length {
        // These have none (RFC 9110, 15.3.5 and 15.4.5).
        _ if matches!(status, 204 | 304) => &body[..0],
        Some(length) if body.len() >= length => &body[..length],
        None if has_ended => body,
        Some(_) | None => return Ok(None),
    };
    Ok(Some(Response { status, body: String::from_utf8_lossy(body).into_owned() }))
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// A system that has no such sockets.
#[cfg(not(unix))]
#[derive(Debug)]
enum UnixStream {}

#[cfg(not(unix))]
impl UnixStream {
    fn connect(_path: &AbsPath) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn set_nonblocking(&self, _to: bool) -> io::Result<()> {
        match *self {}
    }

    fn set_read_timeout(&self, _to: Option<Duration>) -> io::Result<()> {
        match *self {}
    }

    fn set_write_timeout(&self, _to: Option<Duration>) -> io::Result<()> {
        match *self {}
    }
}

#[cfg(not(unix))]
impl Read for UnixStream {
    fn read(&mut self, _to: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }
}

#[cfg(not(unix))]
impl Write for UnixStream {
    fn write(&mut self, _from: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match *self {}
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::os::unix::net::UnixListener;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    /// A socket where somebody answers each connection with these pieces, one after another; what was asked comes back.
    fn answering(
        pieces: &'static [&'static str],
    ) -> (tempfile::TempDir, AbsPath, std::thread::JoinHandle<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = AbsPath::new(folder.path().join("api.sock")).expect("absolute");
        let listener = UnixListener::bind(&path).expect("a socket");
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("somebody");
            let mut reader = BufReader::new(stream.try_clone().expect("the same"));
            let (mut asked, mut line, mut length) = (String::new(), String::new(), 0);
            while reader.read_line(&mut line).is_ok_and(|read| read > 0) && line != "\r\n" {
                length = line
                    .strip_prefix("Content-Length: ")
                    .map_or(length, |n| n.trim().parse().expect("a number"));
                asked += &std::mem::take(&mut line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("the body");
            asked += &String::from_utf8(body).expect("text");
            for piece in pieces {
                (&stream).write_all(piece.as_bytes()).expect("somebody who reads");
                std::thread::sleep(Duration::from_millis(5));
            }
            asked
        });
        (folder, path, thread)
    }

    #[test]
    fn an_answer_comes_in_pieces() {
        let (_folder, path, thread) = answering(&[
            "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-le",
            "ngth: 9\r\n\r\n{\"a\"",
            ":\"b\"}rest",
        ]);
        let response = request(&path, ("GET", "/api/v1/vm.info"), None, SOON).expect("an answer");
        assert_eq!(response, Response { status: 200, body: "{\"a\":\"b\"}".into() });
        let asked = thread.join().expect("it answered");
        assert!(asked.starts_with("GET /api/v1/vm.info HTTP/1.1\r\nHost: localhost\r\n"), "{asked}");
    }

    #[test]
    fn a_body_goes_along_and_an_answer_may_have_none() {
        let (_folder, path, thread) = answering(&["HTTP/1.1 204 \r\nConnection: keep-alive\r\n\r\n"]);
        let response = request(&path, ("PUT", "/actions"), Some("{\"x\":1}"), SOON).expect("an answer");
        assert_eq!(response, Response { status: 204, body: String::new() });
        assert!(thread.join().expect("it answered").ends_with("{\"x\":1}"));
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let kind = |pieces| {
            let (_folder, path, _thread) = answering(pieces);
            request(&path, ("GET", "/"), None, SOON).expect_err("no answer").kind()
        };
        assert_eq!(kind(&["220 smtp\r\n\r\n"]), io::ErrorKind::InvalidData);
        assert_eq!(
            kind(&["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"]),
            io::ErrorKind::UnexpectedEof
        );
        let (_folder, path, _thread) = answering(&["HTTP/1.1 200 OK\r\n\r\nto the end"]);
        let response = request(&path, ("GET", "/"), None, SOON).expect("an answer");
        assert_eq!(response.body, "to the end");
        let nobody = AbsPath::new("/no/such/socket").expect("absolute");
        assert_eq!(
            request(&nobody, ("GET", "/"), None, SOON).expect_err("nobody").kind(),
            io::ErrorKind::NotFound
        );
    }
}
