//! Sources: pinned, verified, shared by a cache; from a server on loopback.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::Digest;
use tests::Project;

/// Serves one body for every GET, and counts them.
struct Server {
    address: String,
    served: Arc<AtomicUsize>,
}

impl Server {
    fn start(body: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/linux-6.12.7.tar.gz", listener.local_addr().unwrap());
        let served = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&served);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                count.fetch_add(1, Ordering::SeqCst);
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
            }
        });
        Self { address, served }
    }
}

/// The toy tree as a tarball with one top-level folder.
fn tarball(toy: &Path) -> Vec<u8> {
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    archive.append_dir_all("linux-6.12.7", toy).unwrap();
    archive.into_inner().unwrap().finish().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A workspace whose source is an address, and the server behind it.
fn served(digest: impl Fn(&[u8]) -> String) -> (Project, Server) {
    let project = Project::toy();
    let body = tarball(&project.path("toy"));
    let digest = digest(&body);
    let server = Server::start(body);
    fs::remove_dir_all(project.path("toy")).unwrap();
    project.replace(
        "Kernel.toml",
        "path = \"toy\"",
        &format!("url = \"{}\"\nsha256 = \"{digest}\"", server.address),
    );
    (project, server)
}

/// Fetched once, unpacked once, also for a second workspace; the lock is written.
#[test]
fn an_address_is_fetched_once_and_built() {
    let (project, server) = served(sha256);
    project.kernel(&["build"]).success();
    assert!(project.read("Kernel.lock").contains(&server.address));
    project.kernel(&["clean"]).success();
    project.kernel(&["build", "--locked"]).success();
    project.kernel(&["build", "--offline"]).success();
    assert_eq!(server.served.load(Ordering::SeqCst), 1);
    let fetched = project.kernel(&["fetch", "--all"]).success();
    let (name, tree) = fetched.stdout.trim().split_once('\t').unwrap();
    assert_eq!(name, "toy");
    assert!(Path::new(tree).join("Makefile").is_file());
}

/// A wrong digest names both, leaves no file, and is a source-integrity failure.
#[test]
fn a_corrupted_download_is_refused() {
    let (project, _server) = served(|_| "0".repeat(64));
    let run = project.kernel(&["build"]).exit(4);
    assert!(run.stderr.contains(&"0".repeat(64)), "the wanted digest:\n{}", run.stderr);
    assert!(
        run.stderr.matches(|c: char| c.is_ascii_hexdigit()).count() > 128,
        "the found digest:\n{}",
        run.stderr
    );
    let left = project.snapshot("cache");
    // What programs said of themselves is kept, too.
    let fetched = left.iter().filter(|(path, _)| !path.to_string_lossy().contains("/probes-v1/"));
    let large = fetched.filter(|(_, bytes)| bytes.len() > 100).count();
    assert_eq!(
        large,
        0,
        "a refused download leaves no file: {:?}",
        left.iter().map(|(p, _)| p).collect::<Vec<_>>()
    );
}

/// `--offline` says what is missing; `--locked` says what would change.
#[test]
fn offline_and_locked_refuse_in_clear_words() {
    let (project, server) = served(sha256);
    let run = project.kernel(&["build", "--locked"]).exit(3);
    assert!(run.stderr.contains("Kernel.lock") && run.stderr.contains("toy"), "{}", run.stderr);
    assert!(!project.path("Kernel.lock").exists());
    project.kernel(&["build", "--offline"]).exit(1);
    assert_eq!(server.served.load(Ordering::SeqCst), 0);
}

/// A tree that is not of the required version is refused before it is configured.
#[test]
fn a_tree_of_another_version_is_refused() {
    let project = Project::toy();
    project.replace("Kernel.toml", "version = \"6.12\"", "version = \"=6.12.8\"");
    let run = project.kernel(&["build"]).exit(1);
    assert!(run.stderr.contains("`6.12.7`") && run.stderr.contains("6.12.8"), "{}", run.stderr);
    assert!(run.stderr.contains("Kernel.toml:4"), "{}", run.stderr);
}

/// A path that is no source tree.
#[test]
fn a_path_without_a_tree_is_an_error() {
    let project = Project::toy();
    project.replace("Kernel.toml", "path = \"toy\"", "path = \"kernel\"");
    let run = project.kernel(&["build"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"error: `[ROOT]/kernel` is not a kernel source tree: it has no `Makefile`");
}

/// A folder that a killed run left in the cache is discarded, not trusted.
#[test]
fn an_unfinished_tree_in_the_cache_is_made_again() {
    let (project, _server) = served(sha256);
    project.kernel(&["fetch"]).success();
    let sources = project.path("cache/sources-v2");
    for entry in fs::read_dir(&sources).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "ok") {
            fs::remove_file(&path).unwrap();
            fs::remove_file(path.with_extension("").join("Makefile")).unwrap();
        }
    }
    project.kernel(&["build"]).success();
}
