//! Patches: applied strictly to a tree of the kernel's own, told where they do not fit, compiled as little as can be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use tests::{Project, needs};

use crate::release_server::{Answer, FileServer, pin_toy, sha256, xz};

/// A patch of the toy tree: a comment in `net/net.c`.
pub(crate) fn comment(text: &str) -> String {
    format!("--- a/net/net.c\n+++ b/net/net.c\n@@ -1 +1,2 @@\n+/* {text} */\n {}", first_line("net/net.c"))
}

fn first_line(file: &str) -> String {
    let text = fs::read_to_string(tests::workspace_root().join("tests/toy").join(file)).unwrap();
    text.split_inclusive('\n').next().unwrap().to_owned()
}

/// The toy tree as a pinned source, and one patch by `path`.
pub(crate) fn pinned(path: &str) -> (Project, FileServer) {
    let project = Project::toy();
    let server = pin_toy(&[&project]);
    with_patch(&project, path);
    (project, server)
}

/// The toy tree as a tree that the user edits, and one patch by `path`.
fn own(path: &str) -> Project {
    let project = Project::toy();
    with_patch(&project, path);
    project
}

fn with_patch(project: &Project, path: &str) {
    let manifest = project.read("Kernel.toml");
    project.write(
        "Kernel.toml",
        &format!("{manifest}\n[[kernel.guest.patch]]\nname = \"net\"\npath = \"{path}\"\n"),
    );
}

fn times(project: &Project, files: &[&str]) -> Vec<SystemTime> {
    let of = |file: &&str| {
        fs::metadata(project.path("target/kernel/.work/guest/objtree").join(file)).unwrap().modified()
    };
    files.iter().map(|file| of(file).unwrap()).collect()
}

fn patched_tree(project: &Project) -> PathBuf {
    let entries = fs::read_dir(project.path("cache/patched-v1")).unwrap().map(|entry| entry.unwrap().path());
    entries.into_iter().find(|path| path.is_dir()).unwrap()
}

/// Applied beside the pristine tree; in the lockfile, in `kernel.json`, in the plan and in the summary.
#[test]
fn a_patch_is_applied_beside_the_pristine_tree() {
    let (project, _server) = pinned("patches/net.patch");
    project.write("patches/net.patch", &comment("one"));
    let plan = project.kernel(&["plan", "guest"]).success();
    assert!(plan.stdout.contains("patch           net: patches/net.patch"), "{}", plan.stdout);
    let run = project.kernel(&["build"]).success();
    assert!(run.stderr.contains("patched by net"), "{}", run.stderr);
    let facts: serde_json::Value =
        serde_json::from_str(&project.read("target/kernel/guest/kernel.json")).unwrap();
    assert_eq!(facts["source"]["patches"][0]["name"], "net");
    let lock = project.read("Kernel.lock");
    let digest = sha256(comment("one").as_bytes());
    let pin = format!(
        "[[kernel.guest.patch]]\nname = \"net\"\nfile = \"patches/net.patch\"\nsha256 = \"{digest}\"\n"
    );
    assert!(lock.contains(&pin), "{lock}");

    let tree = patched_tree(&project);
    assert!(fs::read_to_string(tree.join("net/net.c")).unwrap().starts_with("/* one */\n"));
    let pristine = project.kernel(&["fetch", "--locked"]).success();
    let pristine = PathBuf::from(pristine.stdout.trim().split_once('\t').unwrap().1);
    assert!(!fs::read_to_string(pristine.join("net/net.c")).unwrap().contains("one"));
    project.kernel(&["verify-source"]).success();
    assert!(project.kernel(&["build"]).success().stderr.contains("Fresh"));
    let metadata = project.kernel(&["metadata"]).success().stdout;
    assert!(metadata.contains(r#""path":"patches/net.patch""#), "{metadata}");
    assert!(metadata.contains(r#""name":"net""#), "{metadata}");
    let listed = project.kernel(&["cache", "list"]).success().stdout;
    assert!(listed.contains("patched\tguest-"), "{listed}");
}

/// An edited patch touches its own files, and nothing else is compiled again; the same for a tree of the user's.
#[test]
fn an_edited_patch_compiles_its_files_alone() {
    let (pinned, _server) = pinned("patches/net.patch");
    for project in [pinned, own("patches/net.patch")] {
        project.write("patches/net.patch", &comment("one"));
        project.kernel(&["build"]).success();
        let first = times(&project, &["init/main.o", "net/net.o"]);
        let tree = patched_tree(&project);
        let before = fs::metadata(tree.join("init/main.c")).unwrap().modified().unwrap();

        project.write("patches/net.patch", &comment("two"));
        let run = project.kernel(&["build", "-v"]).success();
        assert!(run.stderr.contains("dirty: patch `net` changed: patches/net.patch"), "{}", run.stderr);
        let second = times(&project, &["init/main.o", "net/net.o"]);
        assert_eq!(first[0], second[0], "no patch touches it");
        assert_ne!(first[1], second[1], "its source was patched anew");
        assert_eq!(before, fs::metadata(tree.join("init/main.c")).unwrap().modified().unwrap());

        // Taken out again: the file is the pristine one, and newer than its object.
        project
            .write("patches/net.patch", &format!("--- a/new.txt\n+++ b/new.txt\n@@ -0,0 +1 @@\n+{}\n", "x"));
        project.replace("patches/net.patch", "--- a/new.txt", "--- /dev/null");
        project.kernel(&["build"]).success();
        let third = times(&project, &["init/main.o", "net/net.o"]);
        assert_eq!(first[0], third[0]);
        assert_ne!(second[1], third[1]);
        assert!(tree.join("new.txt").is_file());
        assert!(!fs::read_to_string(tree.join("net/net.c")).unwrap().contains("/* two */"));
    }
}

/// A tree that the user edits is followed, and never written to.
#[test]
fn edits_of_an_own_tree_reach_its_patched_copy() {
    let project = own("patches/net.patch");
    project.write("patches/net.patch", &comment("one"));
    let before = project.snapshot("toy");
    project.kernel(&["build"]).success();
    assert_eq!(before, project.snapshot("toy"));
    let first = times(&project, &["init/main.o", "net/net.o"]);
    let main = project.read("toy/init/main.c");
    project.write("toy/init/main.c", &format!("{main}\n/* edited */\n"));
    project.write("toy/localversion-x", "-x\n");
    project.replace("Kernel.toml", "{version}-guest", "{version}-x-guest");
    project.kernel(&["build"]).success();
    let second = times(&project, &["init/main.o", "net/net.o"]);
    assert_ne!(first[0], second[0]);
    assert_eq!(first[1], second[1]);
    fs::remove_file(project.path("toy/localversion-x")).unwrap();
    project.replace("Kernel.toml", "{version}-x-guest", "{version}-guest");
    project.kernel(&["build"]).success();
    assert!(!patched_tree(&project).join("localversion-x").exists());
}

/// What does not fit is told with file, hunk and line; nothing is left of it, and the plan says it too.
#[test]
fn a_patch_that_does_not_fit() {
    let (project, _server) = pinned("patches");
    project.write("patches/a.patch", &comment("one"));
    project.write(
        "patches/b.patch",
        "--- a/net/net.c\n+++ b/net/net.c\n@@ -1,2 +1,2 @@\n /* won */\n-int x;\n+int y;\n",
    );
    let run = project.kernel(&["build", "-q"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: patch `net` of kernel `guest` does not apply: `patches/b.patch`
      `net/net.c`, hunk 1 of 1 at line 3 of the patch: it does not fit at line 1
        line 1: found    `/* one */`
                expected `/* won */`
    hint: `kernel patch check guest` tries all patches, and says where each fits
    ");
    let plan = project.kernel(&["plan", "guest"]).success();
    assert!(plan.stdout.contains("a build would stop: patch `net`"), "{}", plan.stdout);
    let run = project.kernel(&["patch", "check"]).exit(1);
    insta::assert_snapshot!(format!("{}{}", run.stdout.replace('\t', " "), project.said(&run)), @"
    guest net patches/a.patch applies
    guest net patches/b.patch fails
      `net/net.c`, hunk 1 of 1 at line 3 of the patch: it does not fit at line 1
        line 1: found    `/* one */`
                expected `/* won */`
    error: 1 of 2 patch files would stop a build
    hint: make the patch anew for this tree, or bound it by `when`
    ");

    // Reversed, or applied already.
    project.write("patches/b.patch", &comment("one"));
    let run = project.kernel(&["build", "-q"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: patch `net` of kernel `guest` is reversed, or applied already: `patches/b.patch`
    hint: drop it, or bound it by `when = { version = … }`; a patch that was made in the wrong direction is turned by `git diff -R`
    ");
    let run = project.kernel(&["patch", "check"]).exit(1);
    insta::assert_snapshot!(format!("{}{}", run.stdout.replace('\t', " "), project.said(&run)), @"
    guest net patches/a.patch applies
    guest net patches/b.patch already
      all of it is in the tree, or it was made in the wrong direction
    error: 1 of 2 patch files would stop a build
    hint: drop a patch that is in the tree already, or bound it by `when`
    ");
    fs::remove_file(project.path("patches/b.patch")).unwrap();
    project.kernel(&["build"]).success();
}

/// `when`, and a `config` that comes with a patch.
#[test]
fn guards_and_requests_of_patches() {
    let (project, _server) = pinned("patches/net.patch");
    project.write("patches/net.patch", &comment("one"));
    let manifest = project.read("Kernel.toml");
    let tail = "when = { version = \">=6.13\" }\nconfig = { NR_CPUS = 9 }\n\n\
                [[kernel.guest.patch]]\nname = \"config\"\nwhen = { version = \"6.12\", arch = \"x86_64\" }\n\
                config = { VIRTIO_NET = true }\n";
    project.write("Kernel.toml", &format!("{manifest}{tail}"));
    project.kernel(&["build"]).success();
    let config = project.read("target/kernel/guest/.config");
    assert!(config.contains("CONFIG_VIRTIO_NET=y\n") && !config.contains("CONFIG_NR_CPUS=9"), "{config}");
    assert!(!project.path("cache/patched-v1").exists(), "no patch is applied");
    let run = project.kernel(&["patch", "check"]).success();
    assert!(run.stdout.ends_with("\tinactive\n"), "{}", run.stdout);
}

/// Locked: a changed patch is exit code 3, with its name.
#[test]
fn a_changed_patch_changes_the_lock() {
    let (project, _server) = pinned("patches/net.patch");
    project.write("patches/net.patch", &comment("one"));
    project.kernel(&["check"]).success();
    project.kernel(&["check", "--locked"]).success();
    project.write("patches/net.patch", &comment("two"));
    let run = project.kernel(&["check", "--locked", "-q"]).exit(3);
    insta::assert_snapshot!(project.said(&run), @"
    error: `Kernel.lock` does not fit the manifest, and `--locked` keeps it as it is
      changed patch `net` of kernel `guest`: patches/net.patch
    hint: run the same without `--locked`, and commit `Kernel.lock`
    ");
    project.kernel(&["check"]).success();
    project.kernel(&["check", "--locked"]).success();
}

/// By address: verified, in the cache, vendored.
#[test]
fn a_patch_from_an_address() {
    let (project, server) = pinned("patches/net.patch");
    let patch = xz(comment("far").as_bytes());
    let address = format!("{}/net.patch.xz", server.address);
    server.put("/net.patch.xz", Answer::File(patch.clone()));
    project.replace(
        "Kernel.toml",
        "path = \"patches/net.patch\"",
        &format!("url = \"{address}\"\nsha256 = \"{}\"", sha256(&patch)),
    );
    project.kernel(&["vendor", "third-party"]).success();
    project.kernel(&["build", "--offline"]).success();
    assert!(fs::read_to_string(patched_tree(&project).join("net/net.c")).unwrap().starts_with("/* far */\n"));
    project.replace("Kernel.toml", "schema = 1\n", "schema = 1\nvendor = \"third-party\"\n");
    fs::remove_dir_all(project.path("cache")).unwrap();
    fs::remove_dir_all(project.path("target")).unwrap();
    project.kernel(&["build", "--frozen"]).success();
    let run = project.kernel(&["patch", "refresh"]).success();
    assert_eq!(run.stdout, "");
    server.put("/net.patch.xz", Answer::File(b"other".to_vec()));
    fs::remove_dir_all(project.path("cache")).unwrap();
    fs::remove_dir_all(project.path("third-party")).unwrap();
    project.kernel(&["check", "-q"]).exit(4);
}

/// A tree that was touched is made again; a run that was killed half-way is healed.
#[test]
fn a_touched_or_half_made_tree_is_healed() {
    let (project, _server) = pinned("patches/net.patch");
    project.write("patches/net.patch", &comment("one"));
    project.kernel(&["build"]).success();
    let tree = patched_tree(&project);
    fs::remove_file(tree.join("init/main.c")).unwrap();
    project.write("patches/net.patch", &comment("two"));
    project.kernel(&["build"]).success();
    assert!(tree.join("init/main.c").is_file());

    // A patched file that somebody edited is not what the patches say.
    fs::write(tree.join("net/net.c"), "int broken\n").unwrap();
    project.write("patches/net.patch", &comment("three"));
    project.kernel(&["build"]).success();
    assert!(fs::read_to_string(tree.join("net/net.c")).unwrap().starts_with("/* three */\n"));

    for milliseconds in (0..200).step_by(10) {
        project.write("patches/net.patch", &comment(&format!("take {milliseconds}")));
        if milliseconds % 50 == 0 {
            fs::remove_dir_all(project.path("cache/patched-v1")).unwrap();
        }
        let mut child = project.command(&["check", "-q"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        let run = project.kernel(&["build", "-q"]).success();
        assert_eq!(run.stderr, "");
        let text = fs::read_to_string(tree.join("net/net.c")).unwrap();
        assert!(text.starts_with(&format!("/* take {milliseconds} */\n")), "{text}");
    }
}

fn git(folder: &Path, args: &[&str]) -> Vec<u8> {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=T", "-c", "user.email=t@example.org"]);
    let output = git.args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Patches of each kind on a real tree: made by git from copies of its files, compressed in every way, in a mailbox.
#[test]
fn patches_of_each_kind_on_a_real_tree() {
    let Some(tree) = needs::srctree("6_12") else { return };
    for program in ["git", "gzip", "bzip2", "xz", "zstd"] {
        if !needs::program(program) {
            return;
        }
    }
    let project = Project::empty();
    // What is patched, and what a configuration is made of.
    crate::update::take(&tree, &project.path("linux"));
    let work = project.path("work");
    let files = [
        "init/main.c",
        "net/socket.c",
        "fs/open.c",
        "scripts/checkpatch.pl",
        "Documentation/images/logo.gif",
        "COPYING",
    ];
    for file in files {
        fs::create_dir_all(work.join(file).parent().unwrap()).unwrap();
        fs::copy(tree.join(file), work.join(file)).unwrap();
        let copy = project.path("linux").join(file);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(tree.join(file), copy).unwrap();
    }
    let tree = project.path("linux");
    git(&work, &["init", "--quiet"]);
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "--quiet", "-m", "base"]);
    let edit = |file: &str, from: &str, to: &str| {
        let text = fs::read_to_string(work.join(file)).unwrap();
        assert!(text.contains(from), "{file}");
        fs::write(work.join(file), text.replacen(from, to, 1)).unwrap();
    };
    let commit = |message: &str| {
        git(&work, &["add", "-A"]);
        git(&work, &["commit", "--quiet", "-m", message]);
    };
    edit("init/main.c", "\nbool initcall_debug;", "\nbool initcall_debug; /* patched */");
    commit("an edit");
    edit("net/socket.c", "#include <linux/mm.h>", "#include <linux/mm.h>\n/* patched */");
    fs::write(work.join("net/new.c"), "int patched;\n").unwrap();
    commit("an edit and a new file");
    fs::rename(work.join("fs/open.c"), work.join("fs/opened.c")).unwrap();
    edit("fs/opened.c", "#include <linux/string.h>", "#include <linux/string.h>\n/* patched */");
    commit("a rename");
    fs::remove_file(work.join("scripts/checkpatch.pl")).unwrap();
    fs::write(work.join("run.sh"), "#!/bin/sh\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(work.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("init/main.c", work.join("link.c")).unwrap();
    }
    commit("a deletion, a mode and a link");
    let mut gif = fs::read(work.join("Documentation/images/logo.gif")).unwrap();
    gif[100] ^= 0xff;
    fs::write(work.join("Documentation/images/logo.gif"), &gif).unwrap();
    fs::write(work.join("blob.bin"), [0, 1, 2, 3, 0xff].repeat(100)).unwrap();
    commit("a binary delta and a binary literal");

    let patch = |range: &str| git(&work, &["format-patch", "--stdout", "-M", "--binary", range]);
    let save = |name: &str, bytes: &[u8], program: &[&str]| {
        project.write(&format!("patches/{name}"), "");
        fs::write(project.path(&format!("patches/{name}")), bytes).unwrap();
        if let [program, args @ ..] = program {
            let mut command = Command::new(program);
            command.args(args).arg(project.path(&format!("patches/{name}")));
            assert!(command.status().unwrap().success(), "{program}");
        }
    };
    save("1.patch", &git(&work, &["diff", "HEAD~5", "HEAD~4"]), &["gzip"]);
    save("2.patch", &patch("HEAD~4..HEAD~3"), &["bzip2"]);
    save("3.patch", &patch("HEAD~3..HEAD~2"), &["xz", "--format=lzma"]);
    save("4.mbox", &patch("HEAD~2..HEAD"), &["zstd", "-q", "--rm"]);
    project.write("patches/series", "1.patch.gz\n2.patch.bz2 # mail\n3.patch.lzma -p1\n4.mbox.zst\n");
    project.write(
        "Kernel.toml",
        &format!(
            "schema = 1\n[source.linux]\nversion = \"6.12\"\npath = {tree:?}\n\n[kernel.guest]\nsource = \"linux\"\n\
             arch = \"x86_64\"\n[[kernel.guest.patch]]\nname = \"stack\"\npath = \"patches\"\n"
        ),
    );
    let run = project.kernel(&["patch", "check"]).success();
    let states: Vec<&str> = run.stdout.lines().filter_map(|line| line.rsplit('\t').next()).collect();
    assert_eq!(states, ["applies"; 4], "{}{}", run.stdout, run.stderr);

    // The same bytes as git has, and as the tree has where nothing was patched.
    let judged = Judged { project: &project, tree: &tree, work: &work };
    project.kernel(&["config", "resolve", "guest", "-q"]).success();
    judged.compare();
}

struct Judged<'a> {
    project: &'a Project,
    tree: &'a Path,
    work: &'a Path,
}

impl Judged<'_> {
    fn compare(&self) {
        let patched = patched_tree(self.project);
        for file in [
            "init/main.c",
            "net/socket.c",
            "net/new.c",
            "fs/opened.c",
            "run.sh",
            "link.c",
            "Documentation/images/logo.gif",
            "blob.bin",
        ] {
            assert_eq!(
                fs::read(patched.join(file)).unwrap(),
                fs::read(self.work.join(file)).unwrap(),
                "{file}"
            );
        }
        for file in ["fs/open.c", "scripts/checkpatch.pl"] {
            assert!(!patched.join(file).exists(), "{file}");
        }
        assert_eq!(fs::read_link(patched.join("link.c")).unwrap(), Path::new("init/main.c"));
        assert_eq!(
            fs::read(patched.join("Makefile")).unwrap(),
            fs::read(self.tree.join("Makefile")).unwrap()
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(patched.join("run.sh")).unwrap().permissions().mode() & 0o111, 0o111);
        }
    }
}
