//! What a kernel resolved to is locked; which programs build it can be.

use std::fs;
use std::path::Path;

use tests::{Project, Run};

use crate::release_server::{FileServer, pin_toy};

/// The toy tree as a pinned source, with two symbols that a compiler's answers decide.
fn pinned() -> (Project, FileServer) {
    let project = Project::toy();
    let kconfig = project.read("toy/Kconfig");
    let probes = "config CC_STEP\n\tint\n\tdefault $(shell,gcc -dumpfullversion | sed 's/.*\\.//')\n\n\
                  config CC_IS_NEW\n\tdef_bool y\n\tdepends on CC_STEP > 50\n\n";
    project.write("toy/Kconfig", &kconfig.replacen("config MODULES", &format!("{probes}config MODULES"), 1));
    let server = pin_toy(&[&project]);
    (project, server)
}

/// A change that nobody locked is exit code 3, and says what it is; without `--locked` it is locked.
#[test]
fn what_a_kernel_resolves_to_is_locked() {
    let (project, _server) = pinned();
    project.kernel(&["build"]).success();
    let lock = project.read("Kernel.lock");
    assert!(
        lock.contains("\n[kernel.guest.resolved]\nkernelrelease = \"6.12.7-guest\"\nconfig = \""),
        "{lock}"
    );
    assert!(lock.contains("    \"compiler: "), "{lock}");
    project.kernel(&["build", "--locked"]).success();

    project.replace("Kernel.toml", "CONSOLE = \"ttyS0\"", "CONSOLE = \"hvc0\"");
    project.replace("Kernel.toml", "local-version = \"-guest\"", "local-version = \"-other\"");
    project.replace("Kernel.toml", "{version}-guest", "{version}-other");
    let run = project.kernel(&["build", "--locked", "-q"]).exit(3);
    let said = project.said(&run);
    let said: Vec<&str> = said.lines().filter(|line| !line.contains("resolved config")).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    error: `Kernel.lock` does not fit the manifest, and `--locked` keeps it as it is
      kernelrelease of kernel `guest`: locked to `6.12.7-guest`, resolves to `6.12.7-other`
    hint: run the same without `--locked`, and commit `Kernel.lock`
    ");
    assert!(run.stderr.contains("resolved config of kernel `guest`: locked to `"), "{}", run.stderr);
    assert_eq!(project.read("Kernel.lock"), lock);
    let run = project.kernel(&["build"]).success();
    assert!(run.stderr.contains("Locking kernelrelease of kernel `guest`"), "{}", run.stderr);
    project.kernel(&["check", "--frozen"]).success();

    // A fresh kernel is held against the lockfile, too.
    let edited = project.read("Kernel.lock").replace("6.12.7-other", "6.12.7-edited");
    project.write("Kernel.lock", &edited);
    project.kernel(&["build", "--locked", "-q"]).exit(3);
}

/// Puts a gcc before the real one that says another version of itself.
fn other_gcc(project: &Project) -> std::ffi::OsString {
    let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("gcc"))
        .find(|path| path.is_file())
        .unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in\n--version) echo 'gcc (Other) 12.2.99';;\n-dumpfullversion*) echo 12.2.99;;\n*) exec {} \"$@\";;\nesac\n",
        real.display()
    );
    project.write("bin/gcc", &script);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(project.path("bin/gcc"), fs::Permissions::from_mode(0o755)).unwrap();
        // Both names are one program, as on most machines.
        std::os::unix::fs::symlink("gcc", project.path("bin/cc")).unwrap();
    }
    let rest = std::env::var_os("PATH").unwrap();
    std::env::join_paths([project.path("bin")].into_iter().chain(std::env::split_paths(&rest))).unwrap()
}

fn with_path(project: &Project, path: &std::ffi::OsStr, args: &[&str]) -> Run {
    Run::new(&project.command(args).env("PATH", path).output().unwrap())
}

/// Another compiler resolves to another `.config`, and to the same lock.
#[test]
fn another_compiler_is_no_change_of_the_lock() {
    let (project, _server) = pinned();
    project.kernel(&["check"]).success();
    let config = |project: &Project| project.read("target/kernel/.work/guest/resolved.config");
    let (lock, first) = (project.read("Kernel.lock"), config(&project));
    let path = other_gcc(&project);
    with_path(&project, &path, &["check", "--locked"]).success();
    let second = config(&project);
    assert!(
        second.contains("CONFIG_CC_STEP=99\nCONFIG_CC_IS_NEW=y\n") && first != second,
        "{first}\n{second}"
    );
    with_path(&project, &path, &["check"]).success();
    assert_eq!(project.read("Kernel.lock"), lock);
}

/// A program of another version stops everything before the first byte is fetched.
#[test]
fn a_pinned_toolchain_is_looked_at_first() {
    let (project, server) = pinned();
    project.replace(
        "Kernel.toml",
        "images = [\"vmlinux\"]",
        "images = [\"vmlinux\"]\ntoolchain = { gcc = \"=12.2.98\", make = \">=3.82\" }",
    );
    let path = other_gcc(&project);
    let run = with_path(&project, &path, &["build", "-q"]).exit(3);
    insta::assert_snapshot!(project.said(&run), @"
    error: `gcc` is 12.2.99, but `toolchain` of kernel `guest` asks for `=12.2.98` at Kernel.toml:16:21
    hint: install that version (`CC` and `PATH` choose among several), or change `toolchain`
    ");
    assert!(server.asked().is_empty());
    assert!(!Path::new(&project.path("cache/sources-v2")).exists());
    project.replace("Kernel.toml", "=12.2.98", "=12.2.99");
    with_path(&project, &path, &["check"]).success();
}
