//! Downloads and archives by the real command: lines that are slow, proxies, each compression, no room, hostile members.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tests::{Project, Run, needs};

use crate::release_server::{Answer, FileServer, gz, release_tar, sha256, xz};

/// A workspace whose source is a file of a server, with these lines beside its address; and the toy tree as a tar file.
fn served(file: &str, lines: impl Fn(&[u8]) -> String) -> (Project, FileServer, Vec<u8>) {
    let project = Project::toy();
    let server = FileServer::start();
    let tar = release_tar("6.12.7", &project.path("toy"));
    fs::remove_dir_all(project.path("toy")).unwrap();
    let url = format!("url = \"{}/{file}\"\n{}", server.address, lines(&tar));
    project.replace("Kernel.toml", "path = \"toy\"", &url);
    (project, server, tar)
}

fn said(project: &Project, server: &FileServer, run: &Run) -> String {
    project.said(run).replace(&server.address, "[SERVER]")
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A stream of several frames, as `pzstd` and `cat` make them.
fn frames(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks(50_000).flat_map(|chunk| zstd::encode_all(chunk, 1).unwrap()).collect()
}

/// The same tree from every compression, pinned by the digest of the tar file, which each of them is unpacked to.
#[test]
fn every_compression_is_the_same_source() {
    let (project, server, tar) =
        served("linux-6.12.7.tar", |tar| format!("tar-sha256 = \"{}\"", sha256(tar)));
    let streams = [
        ("tar", tar.clone()),
        ("tar.gz", gz(&tar)),
        ("tar.bz2", bz2(&tar)),
        ("tar.xz", xz(&tar)),
        ("tar.zst", zstd::encode_all(tar.as_slice(), 1).unwrap()),
        ("frames/tar.zst", frames(&tar)),
    ];
    let mut before = String::from("linux-6.12.7.tar\"");
    for (ending, bytes) in streams {
        let file = match ending.strip_prefix("frames/") {
            Some(ending) => format!("frames/linux-6.12.7.{ending}"),
            None => format!("linux-6.12.7.{ending}"),
        };
        server.put(&format!("/{file}"), Answer::File(bytes));
        project.replace("Kernel.toml", &before, &format!("{file}\""));
        before = format!("{file}\"");
        if project.path("cache").exists() {
            fs::remove_dir_all(project.path("cache")).unwrap();
        }
        project.kernel(&["fetch"]).success();
        project.kernel(&["verify-source"]).success();
        assert_eq!(server.asked(), [format!("/{file}")]);
        let lock = project.read("Kernel.lock");
        assert!(lock.contains(&file) && lock.contains(&sha256(&tar)), "{lock}");
    }
    project.kernel(&["build", "--locked", "--offline"]).success();
}

/// A slow server is waited for; on a terminal, speed and the time left are shown while it sends.
#[test]
fn a_slow_server_is_waited_for_and_its_speed_is_told() {
    if !needs::program("script") {
        return;
    }
    let (project, server, tar) = served("linux.tar.xz", |tar| format!("sha256 = \"{}\"", sha256(&xz(tar))));
    server.put("/linux.tar.xz", Answer::Slow(xz(&tar), 200));
    let fetch = project.command(&["fetch"]);
    let program = fetch.get_program().to_str().unwrap();
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &format!("stty rows 24 cols 80; '{program}' kernel fetch"), "/dev/null"]);
    for (name, value) in fetch.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    script.env("TERM", "xterm").env_remove("NO_COLOR").current_dir(project.root());
    let shown = script.stdin(std::process::Stdio::null()).output().unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let bars: Vec<&str> = shown.split('\r').filter(|part| part.contains("Fetching")).collect();
    assert!(bars.iter().any(|bar| bar.contains("B/s, ") && bar.contains("s left")), "{shown}");
    assert_eq!(server.asked(), ["/linux.tar.xz"], "one attempt is enough");
    project.kernel(&["build", "--locked", "--offline"]).success();
}

/// Killed in the middle, the next run asks for the rest.
#[test]
fn a_download_goes_on_in_the_next_run() {
    let (project, server, tar) = served("linux.tar.xz", |tar| format!("sha256 = \"{}\"", sha256(&xz(tar))));
    let whole = xz(&tar);
    server.put("/linux.tar.xz", Answer::Slow(whole.clone(), 200));
    let mut child = project.command(&["fetch", "-q"]).spawn().unwrap();
    let partial = project.path("cache/downloads-v1").join(sha256(&whole)).join("linux.tar.xz.partial");
    let length = || fs::metadata(&partial).map_or(0, |metadata| metadata.len());
    while length() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let there = length();
    server.put("/linux.tar.xz", Answer::File(whole));
    server.ranges();
    project.kernel(&["fetch"]).success();
    assert_eq!(server.ranges(), [format!("bytes={there}-")]);
}

/// The variables of proxies are looked at, and so are their exceptions.
#[test]
fn proxies_are_respected() {
    let (project, server, tar) = served("linux.tar.xz", |tar| format!("sha256 = \"{}\"", sha256(&xz(tar))));
    server.put("/linux.tar.xz", Answer::File(xz(&tar)));
    let (proxy, tunnels) = proxy();
    let fetch = |vars: &[(&str, &str)]| {
        let mut command = project.command(&["fetch", "-q"]);
        command.envs(vars.iter().copied());
        Run::new(&command.output().unwrap())
    };
    fetch(&[("HTTP_PROXY", &proxy)]).success();
    let through = std::mem::take(&mut *tunnels.lock().unwrap());
    assert_eq!(through, [server.address.trim_start_matches("http://")]);
    fs::remove_dir_all(project.path("cache")).unwrap();
    fetch(&[("ALL_PROXY", &proxy), ("NO_PROXY", "127.0.0.1")]).success();
    assert!(tunnels.lock().unwrap().is_empty());
    fs::remove_dir_all(project.path("cache")).unwrap();
    let run = fetch(&[("http_proxy", "gopher://proxy.example")]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"error: found `gopher://proxy.example` in `http_proxy`, expected the address of a proxy, such as `http://proxy.example:3128`");
}

/// A certificate that nobody has signed is refused, and taken where the user's own list has it.
#[test]
fn https_is_verified() {
    if !needs::program("openssl") {
        return;
    }
    let (project, server, tar) = served("linux.tar.xz", |tar| format!("sha256 = \"{}\"", sha256(&xz(tar))));
    server.put("/linux.tar.xz", Answer::File(xz(&tar)));
    let folder = tempfile::tempdir().unwrap();
    let (config, certificate) = crate::git_servers::tls(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let behind = server.address.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that does not trust us goes away.
            let _ = forward(stream.unwrap(), &config, &behind);
        }
    });
    project.replace("Kernel.toml", &server.address, &address);
    let run = project.kernel(&["fetch", "-q"]).exit(1);
    insta::assert_snapshot!(project.said(&run).replace(&address, "[SERVER]"), @"error: could not download `[SERVER]/linux.tar.xz`: invalid peer certificate: UnknownIssuer");
    let mut trusting = project.command(&["build"]);
    Run::new(&trusting.env("SSL_CERT_FILE", certificate).output().unwrap()).success();
}

/// One request, in clear to the server behind.
fn forward(client: TcpStream, config: &Arc<ServerConfig>, behind: &str) -> std::io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut client = BufReader::new(StreamOwned::new(connection, client));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if client.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let mut server = TcpStream::connect(behind)?;
    server.write_all(head.as_bytes())?;
    std::io::copy(&mut server, client.get_mut())?;
    client.get_mut().conn.send_close_notify();
    client.get_mut().flush()
}

/// A proxy that makes tunnels; its address, and where the tunnels led.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let tunnels: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&tunnels);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let log = Arc::clone(&log);
            // A client that goes away is none of our errors.
            std::thread::spawn(move || -> std::io::Result<()> {
                let client = stream?;
                let mut reader = BufReader::new(client.try_clone()?);
                let mut first = String::new();
                reader.read_line(&mut first)?;
                while {
                    let mut line = String::new();
                    reader.read_line(&mut line)?;
                    !line.trim_end().is_empty()
                } {}
                let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
                let server = TcpStream::connect(&target)?;
                log.lock().unwrap().push(target);
                (&client).write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
                let (mut to, mut from) = (server.try_clone()?, server);
                std::thread::spawn(move || std::io::copy(&mut reader, &mut to));
                std::io::copy(&mut from, &mut &client)?;
                client.shutdown(std::net::Shutdown::Both)
            });
        }
    });
    (address, tunnels)
}

/// What cannot fit is refused before it is written: the download, and the tree that an archive says it becomes.
#[test]
fn room_on_the_disk_is_asked_for_before() {
    let (project, server, _) = served("linux.tar.zst", |_| {
        // A frame with a content size of eight bytes, and no window: it says that it becomes an exbibyte.
        format!("sha256 = \"{}\"", sha256(&exbibyte()))
    });
    let without_numbers = |run: &Run| {
        let text = said(&project, &server, run).replace(&sha256(&exbibyte()), "DIGEST");
        let free = text.split(": ").find(|part| part.contains(" are free")).unwrap();
        let free = free.split(' ').next().unwrap();
        assert!(free.parse::<u64>().is_ok(), "{text}");
        text.replace(free, "FREE")
    };
    server.put("/linux.tar.zst", Answer::Endless(1 << 60));
    let download = without_numbers(&project.kernel(&["fetch", "-q"]).exit(1));
    server.put("/linux.tar.zst", Answer::File(exbibyte()));
    let unpacked = without_numbers(&project.kernel(&["fetch", "-q"]).exit(1));
    insta::assert_snapshot!(format!("{download}\n{unpacked}"), @"
    error: not enough space to download `[SERVER]/linux.tar.zst` to `[ROOT]/cache/downloads-v1/DIGEST`: FREE bytes are free, 1152921504606846976 are needed
    hint: free some space (`kernel cache gc` removes what was not used lately), or name another place by `KERNEL_CACHE_DIR`

    error: not enough space to unpack `[ROOT]/cache/downloads-v1/DIGEST/linux.tar.zst` in `[ROOT]/cache/sources-v2`: FREE bytes are free, 1268213655067531666 are needed
    hint: free some space (`kernel cache gc` removes what was not used lately), or name another place by `KERNEL_CACHE_DIR`
    ");
}

fn exbibyte() -> Vec<u8> {
    [&[0x28, 0xb5, 0x2f, 0xfd, 0xe0][..], &(1_u64 << 60).to_le_bytes(), &[1, 0, 0]].concat()
}

/// A hostile archive whose digest is right is refused by the name of its member, and leaves no tree.
#[test]
fn a_hostile_archive_is_refused() {
    let link = |builder: &mut tar::Builder<Vec<u8>>, name: &str, target: &str| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, name, target).unwrap();
    };
    let mut builder = tar::Builder::new(Vec::new());
    link(&mut builder, "linux-6.12.7/Makefile", "../../../../../etc/passwd");
    let archive = builder.into_inner().unwrap();
    let (project, server, _) = served("linux.tar", |_| format!("sha256 = \"{}\"", sha256(&archive)));
    server.put("/linux.tar", Answer::File(archive.clone()));
    let run = project.kernel(&["fetch", "-q"]).exit(4);
    insta::assert_snapshot!(said(&project, &server, &run).replace(&sha256(&archive), "DIGEST"), @"error: refused member `linux-6.12.7/Makefile` of `[ROOT]/cache/downloads-v1/DIGEST/linux.tar`: it is a link that leaves the archive");
    let trees = fs::read_dir(project.path("cache/sources-v2")).unwrap();
    assert_eq!(trees.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count(), 0);
}

/// A server that takes the connection and says nothing is given up, as often and as soon as Cargo's variables say.
#[test]
fn silence_ends_when_cargos_variables_say() {
    let (project, server, _) = served("linux.tar", |tar| format!("sha256 = \"{}\"", sha256(tar)));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in silent.incoming() {
            *count.lock().unwrap() += 1;
            open.push(stream);
        }
    });
    project.replace("Kernel.toml", &server.address, &address);
    let mut fetch = project.command(&["fetch"]);
    fetch.env("CARGO_NET_RETRY", "1").env("CARGO_HTTP_TIMEOUT", "1");
    let run = Run::new(&fetch.output().unwrap()).exit(1);
    insta::assert_snapshot!(project.said(&run).replace(&address, "[SERVER]"), @r"
         Locking add `toy`: [SERVER]/linux.tar
        Fetching [SERVER]/linux.tar
    error: could not download `[SERVER]/linux.tar`: the server said nothing for too long
    ");
    assert_eq!(*asked.lock().unwrap(), 2);
}
