//! Files on loopback: a server that knows ranges, and can be told to misbehave; kernel.org's layout of a toy tree.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pgp::composed::{
    ArmorOptions, CleartextSignedMessage, DetachedSignature, KeyType, SecretKeyParamsBuilder,
    SignedPublicKey, SignedSecretKey,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::types::{KeyDetails as _, Password};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sha2::Digest as _;
use tests::Project;

/// What a server does with one path.
#[derive(Clone)]
pub(crate) enum Answer {
    /// The file, or the part that is asked for.
    File(Vec<u8>),
    /// The file, cut after so many bytes, each time.
    Cut(Vec<u8>, usize),
    /// The file, a piece at a time, with pauses of so many milliseconds.
    Slow(Vec<u8>, u64),
    /// The file, once somebody lets go of the lock.
    Held(Vec<u8>, Arc<Mutex<()>>),
    /// The beginning of a file that has so many bytes, it says.
    Endless(u64),
    /// Another address.
    Redirect(String),
}

/// A server on loopback.
pub(crate) struct FileServer {
    pub(crate) address: String,
    files: Arc<Mutex<BTreeMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
    ranges: Arc<Mutex<Vec<String>>>,
}

impl FileServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let files: Arc<Mutex<BTreeMap<String, Answer>>> = Arc::default();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let ranges: Arc<Mutex<Vec<String>>> = Arc::default();
        let this = Self { address, files, asked, ranges };
        let (served, log, parts) =
            (Arc::clone(&this.files), Arc::clone(&this.asked), Arc::clone(&this.ranges));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (served, log, parts) = (Arc::clone(&served), Arc::clone(&log), Arc::clone(&parts));
                std::thread::spawn(move || serve(&mut stream.unwrap(), &served, &log, &parts));
            }
        });
        this
    }

    /// Serves something under a path.
    pub(crate) fn put(&self, path: &str, answer: Answer) {
        self.files.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// What a path has.
    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        match &self.files.lock().unwrap()[path] {
            Answer::File(bytes) => bytes.clone(),
            _ => panic!("{path} is no plain file"),
        }
    }

    /// Forgets a path.
    pub(crate) fn remove(&self, path: &str) {
        self.files.lock().unwrap().remove(path).unwrap();
    }

    /// The paths that were asked for, in order; forgets them.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.ranges.lock().unwrap().clear();
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// The parts of files that were asked for since.
    pub(crate) fn ranges(&self) -> Vec<String> {
        std::mem::take(&mut self.ranges.lock().unwrap())
    }
}

fn serve(
    stream: &mut TcpStream,
    files: &Mutex<BTreeMap<String, Answer>>,
    asked: &Mutex<Vec<String>>,
    ranges: &Mutex<Vec<String>>,
) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let headers: Vec<String> =
        lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect();
    let range = headers.iter().find_map(|header| header.strip_prefix("range: bytes=")?.strip_suffix('-'));
    let from: usize = range.and_then(|from| from.parse().ok()).unwrap_or(0);
    asked.lock().unwrap().push(path.clone());
    ranges.lock().unwrap().extend(range.map(|from| format!("bytes={from}-")));
    let answer = files.lock().unwrap().get(&path).cloned();
    let head = |status: &str, more: &str| format!("HTTP/1.1 {status}\r\n{more}Connection: close\r\n\r\n");
    let pause = match &answer {
        Some(Answer::Slow(_, pause)) => *pause,
        Some(Answer::Held(_, lock)) => {
            drop(lock.lock());
            0
        }
        _ => 0,
    };
    let (head, body) = match answer {
        None => (head("404 Not Found", "Content-Length: 0\r\n"), Vec::new()),
        Some(Answer::Redirect(to)) => {
            (head("302 Found", &format!("Location: {to}\r\nContent-Length: 0\r\n")), Vec::new())
        }
        Some(Answer::Endless(length)) => {
            (head("200 OK", &format!("Content-Length: {length}\r\n")), b"the beginning".to_vec())
        }
        Some(
            Answer::File(bytes) | Answer::Cut(bytes, _) | Answer::Slow(bytes, _) | Answer::Held(bytes, _),
        ) if from > 0 && from >= bytes.len() => {
            (head("416 Range Not Satisfiable", "Content-Length: 0\r\n"), Vec::new())
        }
        Some(
            ref answer @ (Answer::File(ref bytes)
            | Answer::Cut(ref bytes, _)
            | Answer::Slow(ref bytes, _)
            | Answer::Held(ref bytes, _)),
        ) => {
            let end = match answer {
                Answer::Cut(_, cut) => bytes.len().min(from + cut),
                _ => bytes.len(),
            };
            let length = format!("Content-Length: {}\r\n", bytes.len() - from);
            let head = if from > 0 {
                let range = format!("Content-Range: bytes {from}-{}/{}\r\n", bytes.len() - 1, bytes.len());
                head("206 Partial Content", &(range + &length))
            } else {
                head("200 OK", &length)
            };
            (head, bytes[from..end].to_vec())
        }
    };
    let _ = stream.write_all(head.as_bytes());
    let piece = if pause > 0 { body.len().div_ceil(20).max(1) } else { body.len().max(1) };
    for piece in body.chunks(piece) {
        if stream.write_all(piece).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(pause));
    }
}

/// A tree as an uncompressed tar file with one top-level folder; `edit` may change its Makefile.
pub(crate) fn tar_of(tree: &Path, top: &str, edit: impl Fn(&str) -> String) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.follow_symlinks(false);
    builder.append_dir_all(top, tree).unwrap();
    let whole = builder.into_inner().unwrap();
    let mut edited = tar::Builder::new(Vec::new());
    for entry in tar::Archive::new(whole.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().into_owned();
        let mut header = entry.header().clone();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        if path == Path::new(top).join("Makefile") {
            bytes = edit(&String::from_utf8(bytes).unwrap()).into_bytes();
            header.set_size(bytes.len() as u64);
        }
        header.set_mtime(1_700_000_000);
        header.set_cksum();
        if let Some(target) = entry.link_name().unwrap() {
            edited.append_link(&mut header, &path, &*target).unwrap();
        } else {
            edited.append_data(&mut header, &path, bytes.as_slice()).unwrap();
        }
    }
    edited.into_inner().unwrap()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Somebody who signs.
pub(crate) struct Signer(SignedSecretKey);

impl Signer {
    pub(crate) fn new(seed: u64) -> Self {
        let mut params = SecretKeyParamsBuilder::default();
        params
            .key_type(KeyType::Ed25519Legacy)
            .can_certify(true)
            .can_sign(true)
            .primary_user_id(format!("Signer {seed} <signer@example.org>"));
        Self(params.build().unwrap().generate(StdRng::seed_from_u64(seed)).unwrap())
    }

    pub(crate) fn fingerprint(&self) -> String {
        format!("{:X}", self.0.primary_key.fingerprint())
    }

    /// The certificate.
    pub(crate) fn certificate(&self) -> String {
        SignedPublicKey::from(self.0.clone()).to_armored_string(ArmorOptions::default()).unwrap()
    }

    /// A detached signature.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let rng = StdRng::seed_from_u64(9);
        let (key, password) = (&self.0.primary_key, Password::empty());
        let signed = DetachedSignature::sign_binary_data(rng, key, &password, HashAlgorithm::Sha256, bytes);
        signed.unwrap().to_armored_bytes(ArmorOptions::default()).unwrap()
    }

    /// A clearsigned text.
    pub(crate) fn clearsign(&self, text: &str) -> String {
        let rng = StdRng::seed_from_u64(9);
        let message = CleartextSignedMessage::sign(rng, text, &self.0.primary_key, &Password::empty());
        message.unwrap().to_armored_string(ArmorOptions::default()).unwrap()
    }
}

/// kernel.org on loopback: releases of a toy tree.
pub(crate) struct KernelOrg {
    pub(crate) server: FileServer,
    sums: Mutex<String>,
    list: Mutex<Vec<String>>,
    pub(crate) tarballs: Signer,
    pub(crate) autosigner: Signer,
}

impl KernelOrg {
    pub(crate) fn start() -> Self {
        Self {
            server: FileServer::start(),
            sums: Mutex::default(),
            list: Mutex::default(),
            tarballs: Signer::new(1),
            autosigner: Signer::new(2),
        }
    }

    /// The base address.
    pub(crate) fn base(&self) -> String {
        format!("{}/pub/linux/kernel", self.server.address)
    }

    /// The path of a file of a release.
    pub(crate) fn path(file: &str) -> String {
        format!("/pub/linux/kernel/v6.x/{file}")
    }

    /// Publishes a release: tarballs, signature, checksums, and its line in the list.
    pub(crate) fn release(&self, version: &str, tree: &Path, is_eol: bool) -> Vec<u8> {
        let tar = release_tar(version, tree);
        let (xz, gz) = (xz(&tar), gz(&tar));
        let stem = format!("linux-{version}.tar");
        let mut sums = self.sums.lock().unwrap();
        *sums += &format!("{}  {stem}.gz\n{}  {stem}.xz\n", sha256(&gz), sha256(&xz));
        self.server.put(&Self::path(&format!("{stem}.xz")), Answer::File(xz));
        self.server.put(&Self::path(&format!("{stem}.gz")), Answer::File(gz));
        self.server.put(&Self::path(&format!("{stem}.sign")), Answer::File(self.tarballs.sign(&tar)));
        let signed = self.autosigner.clearsign(&sums);
        self.server.put(&Self::path("sha256sums.asc"), Answer::File(signed.into_bytes()));
        self.list(version, is_eol, "null");
        tar
    }

    /// Publishes a release candidate, which lies elsewhere.
    pub(crate) fn candidate(&self, version: &str, tree: &Path) {
        let path = format!("/torvalds/t/linux-{version}.tar.gz");
        self.server.put(&path, Answer::File(gz(&release_tar(version, tree))));
        self.list(version, false, &format!("\"{}{path}\"", self.server.address));
    }

    fn list(&self, version: &str, is_eol: bool, source: &str) {
        let mut list = self.list.lock().unwrap();
        list.push(format!(r#"{{ "version": "{version}", "iseol": {is_eol}, "source": {source} }}"#));
        let text = format!("{{ \"releases\": [ {} ] }}", list.join(", "));
        self.server.put("/releases.json", Answer::File(text.into_bytes()));
    }
}

/// The toy tree with the version of a release.
pub(crate) fn release_tar(version: &str, tree: &Path) -> Vec<u8> {
    let (numbers, extra) = version
        .split_once("-rc")
        .map_or((version, String::new()), |(numbers, rc)| (numbers, format!("-rc{rc}")));
    let numbers: Vec<&str> = numbers.split('.').collect();
    let sublevel = numbers.get(2).copied().unwrap_or("0");
    tar_of(tree, &format!("linux-{version}"), |makefile| {
        let lines = makefile.lines().map(|line| {
            let is = |name: &str| line.starts_with(name) && line[name.len()..].trim_start().starts_with('=');
            match () {
                () if is("VERSION") => format!("VERSION = {}", numbers[0]),
                () if is("PATCHLEVEL") => format!("PATCHLEVEL = {}", numbers[1]),
                () if is("SUBLEVEL") => format!("SUBLEVEL = {sublevel}"),
                () if is("EXTRAVERSION") => format!("EXTRAVERSION = {extra}"),
                () => line.to_owned(),
            }
        });
        lines.map(|line| line + "\n").collect()
    })
}

/// Makes the toy tree of these workspaces a pinned tarball of one server, which takes the tree's place.
pub(crate) fn pin_toy(projects: &[&Project]) -> FileServer {
    let server = FileServer::start();
    let mut url = None;
    for project in projects {
        let url = url.get_or_insert_with(|| {
            let file = xz(&release_tar("6.12.7", &project.path("toy")));
            let digest = sha256(&file);
            server.put("/linux-6.12.7.tar.xz", Answer::File(file));
            format!("url = \"{}/linux-6.12.7.tar.xz\"\nsha256 = \"{digest}\"", server.address)
        });
        fs::remove_dir_all(project.path("toy")).unwrap();
        project.replace("Kernel.toml", "path = \"toy\"", url);
    }
    server
}
