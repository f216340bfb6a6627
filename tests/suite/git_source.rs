//! Commits of a repository: on disk, through `file://`, shallow, pinned by their trees.

use std::fs;
use std::process::Command;

use tests::{Project, needs};

/// A workspace whose source is a repository of the toy tree with two commits, the first tagged.
pub(crate) fn workspace(reference: &str) -> Option<Project> {
    if !needs::program("git") {
        return None;
    }
    let project = Project::toy();
    // An attribute that would leave a file out of an archive, and one that would change another.
    project.write("toy/.gitattributes", "scripts/count.sh export-ignore\nKconfig export-subst\n");
    project.write("toy/scripts/note.txt", "one\r\n");
    git(&project, "toy", &["init", "--quiet", "--initial-branch=main"]);
    git(&project, "toy", &["add", "-A"]);
    git(&project, "toy", &["commit", "--quiet", "-m", "one"]);
    git(&project, "toy", &["tag", "-m", "v6.12.7", "v6.12.7"]);
    project.replace("toy/Makefile", "SUBLEVEL = 7", "SUBLEVEL = 8");
    git(&project, "toy", &["commit", "--quiet", "-a", "-m", "two"]);
    fs::rename(project.path("toy"), project.path("linux")).unwrap();
    project.replace("Kernel.toml", "path = \"toy\"", &format!("git = \"linux\"\n{reference}"));
    Some(project)
}

fn git(project: &Project, folder: &str, args: &[&str]) -> String {
    let mut git = Command::new("git");
    git.current_dir(project.path(folder)).args(["-c", "user.name=T", "-c", "user.email=t@example.org"]);
    let output = git.args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_tag_is_pinned_to_its_tree() {
    let Some(project) = workspace("tag = \"v6.12.7\"") else { return };
    project.kernel(&["build"]).success();
    let (commit, tree) = (
        git(&project, "linux", &["rev-parse", "v6.12.7^{commit}"]),
        git(&project, "linux", &["rev-parse", "v6.12.7^{tree}"]),
    );
    let lock = project.read("Kernel.lock");
    assert!(
        lock.contains(&format!("commit = \"{commit}\"\ntree = \"{tree}\"\nkernelversion = \"6.12.7\"")),
        "{lock}"
    );
    assert!(project.read("target/kernel/guest/kernel.json").contains(&commit));
    // What is built is what is in the tree, whatever its attributes say.
    let unpacked = project.kernel(&["fetch", "--locked", "--offline"]).success();
    let unpacked = unpacked.stdout.trim().split_once('\t').unwrap().1.to_owned();
    assert!(fs::exists(format!("{unpacked}/scripts/count.sh")).unwrap());
    assert_eq!(fs::read_to_string(format!("{unpacked}/scripts/note.txt")).unwrap(), "one\r\n");
    assert!(!fs::exists(format!("{unpacked}/.git")).unwrap());
    project.kernel(&["verify-source"]).success();
    // A history was not fetched.
    let repository = fs::read_dir(project.path("cache/git-v1")).unwrap().map(|entry| entry.unwrap().path());
    let repository = repository.into_iter().find(|path| path.is_dir()).unwrap();
    let count = Command::new("git")
        .arg("--git-dir")
        .arg(&repository)
        .args(["rev-list", "--all", "--count"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&count.stdout).trim(), "1");
}

/// A branch stays where it was pinned until somebody asks.
#[test]
fn a_branch_moves_by_update_alone() {
    let Some(project) = workspace("branch = \"main\"") else { return };
    project.kernel(&["fetch"]).success();
    let before = project.read("Kernel.lock");
    assert!(before.contains("kernelversion = \"6.12.8\""), "{before}");
    project.replace("linux/Makefile", "SUBLEVEL = 8", "SUBLEVEL = 9");
    git(&project, "linux", &["commit", "--quiet", "-a", "-m", "three"]);
    fs::remove_dir_all(project.path("cache/sources-v2")).unwrap();
    project.kernel(&["fetch", "--locked"]).success();
    assert_eq!(project.read("Kernel.lock"), before);
    let outdated = project.kernel(&["outdated"]).success();
    assert!(outdated.stdout.ends_with("\toutdated\n"), "{}", outdated.stdout);
    project.kernel(&["update"]).success();
    assert!(project.read("Kernel.lock").contains("kernelversion = \"6.12.9\""));
}

/// Without a reference it is the repository's own branch. A submodule stays what it is in a tree: an empty folder.
#[test]
fn submodules_are_not_followed() {
    let Some(project) = workspace("") else { return };
    let commit = git(&project, "linux", &["rev-parse", "HEAD"]);
    let entry = format!("160000,{commit},vendor/module");
    git(&project, "linux", &["update-index", "--add", "--cacheinfo", &entry]);
    // An address that would fail if anybody asked it.
    project.write(
        "linux/.gitmodules",
        "[submodule \"m\"]\n\tpath = vendor/module\n\turl = http://127.0.0.1:9/m.git\n",
    );
    git(&project, "linux", &["add", ".gitmodules"]);
    git(&project, "linux", &["commit", "--quiet", "-m", "three"]);
    project.kernel(&["build"]).success();
    let head = git(&project, "linux", &["rev-parse", "HEAD"]);
    let lock = project.read("Kernel.lock");
    assert!(lock.contains(&format!("git = \"linux\"\ncommit = \"{head}\"\n")), "{lock}");
    let record: serde_json::Value =
        serde_json::from_str(&project.read("target/kernel/guest/kernel.json")).unwrap();
    assert_eq!(record["source"]["origin"], "git linux");
    let tree = project.kernel(&["fetch", "--frozen"]).success();
    let tree = tree.stdout.trim().split_once('\t').unwrap().1.to_owned();
    assert_eq!(fs::read_dir(format!("{tree}/vendor/module")).unwrap().count(), 0);
    project.kernel(&["verify-source"]).success();
}

#[test]
fn a_commit_by_its_name_through_an_address() {
    let Some(project) = workspace("rev = \"REV\"") else { return };
    let commit = git(&project, "linux", &["rev-parse", "main"]);
    project.replace("Kernel.toml", "REV", &commit);
    let address = format!("file://{}", project.path("linux").display());
    project.replace("Kernel.toml", "git = \"linux\"", &format!("git = \"{address}\""));
    project.kernel(&["fetch"]).success();
    assert!(project.read("Kernel.lock").contains(&format!("rev = \"{commit}\"")));
}

#[test]
fn what_a_repository_does_not_have_is_named() {
    let Some(project) = workspace("tag = \"v6.12.99\"") else { return };
    let run = project.kernel(&["fetch", "-q"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: could not pin source `toy`
      caused by: found no tag v6.12.99 in `[ROOT]/linux`
    hint: git says: fatal: couldn't find remote ref refs/tags/v6.12.99
    ");

    project.replace("Kernel.toml", "v6.12.99", "v6.12.7");
    project.kernel(&["fetch"]).success();
    fs::remove_dir_all(project.path("cache")).unwrap();
    let commit = git(&project, "linux", &["rev-parse", "v6.12.7^{commit}"]);
    fs::remove_dir_all(project.path("linux")).unwrap();
    let run = project.kernel(&["fetch", "-q"]).exit(1);
    insta::assert_snapshot!(project.said(&run).replace(&commit, "COMMIT"), @"
    error: `[ROOT]/linux commit COMMIT` is pinned and not to be had any more: found no commit COMMIT in `[ROOT]/linux`
    hint: run `kernel update toy` to pin what the origin has now, or add `mirrors` or `origins` that still have it
    ");
}

#[test]
fn a_vendored_commit_needs_no_repository() {
    let Some(project) = workspace("tag = \"v6.12.7\"") else { return };
    project.kernel(&["vendor", "third-party"]).success();
    project.replace("Kernel.toml", "schema = 1\n", "schema = 1\nvendor = \"third-party\"\n");
    fs::remove_dir_all(project.path("cache")).unwrap();
    fs::remove_dir_all(project.path("linux")).unwrap();
    project.kernel(&["build", "--frozen"]).success();
}
