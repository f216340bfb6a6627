//! `kconf` in place of the kernel's own programs, on real trees: its suite passes, and its build takes it for `conf`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::{kconf, needs};

/// The kernel's own suite, unmodified, on both trees with `kconf` in place of `scripts/kconfig/conf`.
#[test]
fn the_kernels_own_suite_passes() {
    if !needs::program("pytest-3") {
        return;
    }
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let folder = tempfile::tempdir().unwrap();
        let scripts = folder.path().join("scripts");
        copy(&tree.join("scripts"), &scripts);
        fs::copy(kconf(), scripts.join("kconfig/conf")).unwrap();
        let ran = Command::new("pytest-3")
            .args(["-q", "-p", "no:cacheprovider", "scripts/kconfig/tests"])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(ran.status.success(), "on {series}: {}", String::from_utf8_lossy(&ran.stdout));
    }
}

/// Two object trees of one source tree: in one stands the `conf` that make built, in the other `kconf`.
struct Pair {
    folder: tempfile::TempDir,
    tree: PathBuf,
    /// What make is given beside the target.
    variables: &'static [&'static str],
}

const SIDES: [&str; 2] = ["theirs", "ours"];

impl Pair {
    fn new(tree: PathBuf, variables: &'static [&'static str]) -> Self {
        let pair = Self { folder: tempfile::tempdir().unwrap(), tree, variables };
        let [theirs, ours] = SIDES.map(|side| pair.folder.path().join(side));
        let (status, said) = pair.make("theirs", "allnoconfig");
        assert_eq!(status, Some(0), "{said}");
        fs::remove_file(theirs.join(".config")).unwrap();
        copy(&theirs, &ours);
        // Newer than what it would be linked from, so that make leaves it alone.
        fs::copy(kconf(), ours.join("scripts/kconfig/conf")).unwrap();
        pair
    }

    /// How make ends, and all that it says.
    fn make(&self, side: &str, target: &str) -> (Option<i32>, String) {
        let objtree = self.folder.path().join(side);
        let mut make = Command::new("sh");
        make.args(["-c", "exec make \"$@\" 2>&1 </dev/null", "make", "-C"]).arg(&self.tree);
        make.arg(format!("O={}", objtree.display())).args(self.variables).arg(target);
        let output = make.env_remove("MAKEFLAGS").env("LOCALVERSION", "").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).replace(&*objtree.to_string_lossy(), "OBJTREE");
        (output.status.code(), said)
    }

    /// Makes a target on both sides; everything must be the same.
    fn step(&self, target: &str) {
        let [theirs, ours] = SIDES.map(|side| self.make(side, target));
        assert_eq!(ours, theirs, "make {target}");
        assert_eq!(ours.0, Some(0), "make {target}: {}", ours.1);
        let [theirs, ours] = SIDES.map(|side| files(&self.folder.path().join(side)));
        let names =
            |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|file| file.0.clone()).collect::<Vec<_>>();
        assert_eq!(names(&ours), names(&theirs), "files after make {target}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert!(ours == theirs, "{} differs after make {target}", ours.0.display());
        }
        let kept = fs::read(self.folder.path().join("ours/scripts/kconfig/conf")).unwrap();
        assert!(kept == fs::read(kconf()).unwrap(), "make {target} has built its own conf");
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

/// Every file with its contents, but for the programs that stand in for each other and for what has the name of its
/// object tree in it.
fn files(objtree: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut found, mut folders) = (Vec::new(), vec![objtree.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.strip_prefix(objtree).unwrap().to_owned();
            let apart =
                ["tools", "source", "scripts/kconfig/conf"].iter().any(|apart| name == Path::new(apart));
            if apart {
                continue;
            } else if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The kernel's build works with `kconf` as with its own `conf`: it says the same, and the same files are there.
#[test]
fn the_kernels_build_takes_it_for_conf() {
    let tools = ["make", "flex", "bison", "gcc"];
    let (series, targets): (&[&str], &[&str]) = if needs::full() {
        let configs = ["tinyconfig", "kvm_guest.config", "syncconfig", "listnewconfig", "prepare"];
        let more = ["x86_64_defconfig", "olddefconfig", "syncconfig", "listnewconfig", "savedefconfig"];
        let last = ["mod2yesconfig", "syncconfig", "prepare"];
        (&["6_12", "6_1"], &[&configs[..], &more, &last].concat())
    } else {
        (&["6_12"], &["tinyconfig", "kvm_guest.config", "syncconfig", "savedefconfig"])
    };
    for series in series {
        let Some(tree) = needs::srctree(series).filter(|_| tools.iter().all(|name| needs::program(name)))
        else {
            continue;
        };
        let pair = Pair::new(tree, &["ARCH=x86_64"]);
        targets.iter().for_each(|target| pair.step(target));
    }
}

/// The same with clang, lld and LLVM's tools, which answer the probes otherwise.
#[test]
fn the_kernels_build_takes_it_for_conf_under_llvm() {
    if !needs::programs(&["clang", "ld.lld", "llvm-ar", "llvm-nm"]) {
        return;
    }
    let full = needs::full();
    let x86: (&[&str], &[&str]) = (&["LLVM=1", "ARCH=x86_64"], &["x86_64_defconfig", "syncconfig"]);
    let arm64: (&[&str], &[&str]) =
        (&["LLVM=1", "ARCH=arm64"], &["defconfig", "olddefconfig", "allmodconfig"]);
    let (series, cases) =
        if full { (&["6_12", "6_1"][..], vec![x86, arm64]) } else { (&["6_12"][..], vec![x86]) };
    for series in series {
        for (variables, targets) in &cases {
            let tools = ["make", "flex", "bison"];
            let Some(tree) = needs::srctree(series).filter(|_| tools.iter().all(|name| needs::program(name)))
            else {
                continue;
            };
            let pair = Pair::new(tree, variables);
            targets.iter().for_each(|target| pair.step(target));
            let config = fs::read_to_string(pair.folder.path().join("ours/.config")).unwrap();
            assert!(config.contains("CONFIG_CC_IS_CLANG=y\n") && config.contains("CONFIG_LD_IS_LLD=y\n"));
        }
    }
}
