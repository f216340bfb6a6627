//! Commits from servers on loopback: http and https through `git http-backend`, ssh as far as its command.
//!
//! git's own protocol proves nothing, and is refused by the manifest.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tests::{Project, Run, needs};

/// A workspace whose source is the tag of a repository of the toy tree at an address.
fn workspace(address: &str) -> Project {
    let project = Project::toy();
    project.replace("Kernel.toml", "path = \"toy\"", &format!("git = \"{address}\"\ntag = \"v6.12.7\""));
    project
}

/// A bare repository of the toy tree, `<folder>/linux.git`.
fn repository(folder: &Path) {
    let project = Project::toy();
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(project.path("toy")).args(["-c", "user.name=T", "-c", "user.email=t@example.org"]);
        let output = git.args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "-A"]);
    git(&["commit", "--quiet", "-m", "one"]);
    git(&["tag", "-m", "v6.12.7", "v6.12.7"]);
    git(&["clone", "--quiet", "--bare", ".", &folder.join("linux.git").to_string_lossy()]);
}

/// Fetched, pinned, built; then all of it again from the cache alone.
fn builds(project: &Project, prepare: impl Fn(&mut Command)) {
    let run = |args: &[&str]| {
        let mut command = project.command(args);
        prepare(&mut command);
        Run::new(&command.output().unwrap())
    };
    run(&["build"]).success();
    let lock = project.read("Kernel.lock");
    assert!(
        lock.contains("tag = \"v6.12.7\"\ncommit = \"") && lock.contains("kernelversion = \"6.12.7\""),
        "{lock}"
    );
    project.kernel(&["fetch", "--frozen"]).success();
    project.kernel(&["verify-source"]).success();
}

#[test]
fn by_http() {
    if !needs::program("git") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let address = serve(folder.path().to_owned(), None);
    let project = workspace(&format!("http://{address}/linux.git"));
    builds(&project, |_| ());
    project.replace("Kernel.toml", "linux.git", "other.git");
    let run = project.kernel(&["fetch", "-q"]).exit(1);
    assert!(run.stderr.contains("found no tag v6.12.7 in `http://"), "{}", run.stderr);
}

/// A certificate that nobody has signed is refused, and taken where the user's git trusts it.
#[test]
fn by_https() {
    if !needs::program("git") || !needs::program("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let (config, certificate) = tls(folder.path());
    let address = serve(folder.path().to_owned(), Some(config));
    let project = workspace(&format!("https://{address}/linux.git"));
    let run = project.kernel(&["fetch", "-q"]).exit(1);
    assert!(run.stderr.contains("certificate"), "{}", run.stderr);
    builds(&project, |command| {
        command.env("GIT_SSL_CAINFO", &certificate);
    });
}

/// What a server of 127.0.0.1 needs, and its certificate, which nobody else has signed.
pub(crate) fn tls(folder: &Path) -> (Arc<ServerConfig>, PathBuf) {
    let (key, certificate) = (folder.join("key.pem"), folder.join("cert.pem"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    openssl.args(["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
    let made = openssl.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let chain = vec![CertificateDer::from_pem_file(&certificate).unwrap()];
    let secret = PrivateKeyDer::from_pem_file(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, secret).unwrap();
    (Arc::new(config), certificate)
}

/// ssh's own part is a command that runs another one elsewhere; here it runs it on this machine.
#[cfg(unix)]
#[test]
fn by_the_command_of_ssh() {
    use std::os::unix::fs::PermissionsExt as _;
    if !needs::program("git") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let ssh = folder.path().join("ssh");
    std::fs::write(&ssh, "#!/bin/sh\nfor last; do :; done\nexec sh -c \"$last\"\n").unwrap();
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.path().join("linux.git");
    for address in
        [format!("ssh://git@host.invalid{}", path.display()), format!("git@host.invalid:{}", path.display())]
    {
        builds(&workspace(&address), |command| {
            command.env("GIT_SSH_COMMAND", &ssh);
        });
    }
}

/// A server of the repositories in a folder; its address.
fn serve(folder: PathBuf, tls: Option<Arc<ServerConfig>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (folder, tls) = (folder.clone(), tls.clone());
            // A client that goes away, or that does not trust us, is none of our errors.
            std::thread::spawn(move || -> std::io::Result<()> {
                let stream = stream?;
                match tls {
                    None => answer(stream, &folder),
                    Some(config) => {
                        let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
                        answer(StreamOwned::new(connection, stream), &folder)
                    }
                }
            });
        }
    });
    address
}

/// One request, through `git http-backend` (RFC 3875).
fn answer(stream: impl Read + Write, folder: &Path) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let found = head.iter().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        });
        found.unwrap_or_default()
    };
    let words: Vec<&str> = head.first().map(|first| first.split(' ').collect()).unwrap_or_default();
    let [method, target, _] = words[..] else { return Ok(()) };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut body)?;
    let mut backend = Command::new("git");
    backend.arg("http-backend").env("GIT_PROJECT_ROOT", folder).env("GIT_HTTP_EXPORT_ALL", "1");
    backend.env("REQUEST_METHOD", method).env("PATH_INFO", path).env("QUERY_STRING", query);
    backend.env("CONTENT_TYPE", header("content-type")).env("CONTENT_LENGTH", body.len().to_string());
    backend.env("HTTP_CONTENT_ENCODING", header("content-encoding"));
    backend.env("GIT_PROTOCOL", header("git-protocol")).env("REMOTE_ADDR", "127.0.0.1");
    backend.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = backend.spawn()?;
    child.stdin.take().unwrap().write_all(&body)?;
    let output = child.wait_with_output()?.stdout;
    let end = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(output.len());
    let headers = String::from_utf8_lossy(&output[..end]).into_owned();
    let status =
        headers.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK").to_owned();
    let rest = output.get(end + 4..).unwrap_or_default();
    let out = stream.get_mut();
    write!(
        out,
        "HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        rest.len()
    )?;
    out.write_all(rest)?;
    out.flush()
}
