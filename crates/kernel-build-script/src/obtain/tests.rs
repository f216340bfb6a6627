//! A build script that finds its kernel built, being built, or not at all.

use std::sync::mpsc;
use std::time::Duration;

use super::*;

const RECORD: &str = r#"{
  "schema": 1, "name": "guest", "arch": "x86_64", "kernelversion": "6.12.117", "kernelrelease": "6.12.117-guest",
  "source": { "name": "linux", "origin": "path ../linux", "patches": [
    { "name": "tsi", "file": "patches/tsi.patch" }, { "name": "far", "file": "https://example.org/far.patch" }
  ] },
  "config": {
    "requests": [
      { "symbol": "CONFIG_A", "origin": "kernel/virtio.config:12" }, { "symbol": "CONFIG_B", "origin": "Kernel.toml:22:9" }
    ],
    "overridden": [ { "earlier-origin": "debug.config:1", "later-origin": "kernel/virtio.config:12" } ]
  },
  "files": [
    { "name": "vmlinux", "kind": "image" }, { "name": "bzImage", "kind": "image" }, { "name": ".config", "kind": "config" }
  ]
}"#;

/// A workspace with a manifest and a package, and what its build script is told.
struct Workspace {
    dir: tempfile::TempDir,
    env: Vec<(&'static str, OsString)>,
}

impl Workspace {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("vmm")).unwrap();
        fs::write(dir.path().join("Kernel.toml"), "schema = 1\n").unwrap();
        let package = dir.path().join("vmm").into_os_string();
        Self { dir, env: vec![("CARGO_MANIFEST_DIR", package)] }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// An artifact below `target/kernel`.
    fn store(&self) {
        fs::create_dir_all(self.path("target/kernel/guest")).unwrap();
        fs::write(self.path("target/kernel/guest/vmlinux"), "").unwrap();
        fs::write(self.path("target/kernel/guest/kernel.json"), RECORD).unwrap();
    }

    fn set(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// What cargo hears, or the error as a person reads it; without the folder that is another on each run.
    fn run(&self, kernel: &Kernel) -> String {
        let env = self.env.clone();
        let find = move |name: &str| Some(env.iter().rev().find(|(key, _)| *key == name)?.1.clone());
        let mut directives = Directives::new(find);
        let text = match obtain(kernel, &mut directives) {
            Ok(_) => directives.lines().join("\n"),
            Err(error) => format!("{error:?}"),
        };
        text.replace(self.dir.path().to_str().unwrap(), "")
    }
}

#[test]
fn inside_a_kernel_build_the_artifact_is_taken() {
    let workspace = Workspace::new();
    workspace.store();
    fs::write(workspace.path("Kernel.lock"), "").unwrap();
    let output = workspace.path("target/kernel");
    let workspace = workspace.set("KERNEL_BUILD_ACTIVE", output);
    insta::assert_snapshot!(workspace.run(&crate::kernel("guest")), @r"
    cargo::rerun-if-env-changed=KERNEL_IMAGE
    cargo::rerun-if-changed=/../linux
    cargo::rerun-if-changed=/Kernel.lock
    cargo::rerun-if-changed=/Kernel.toml
    cargo::rerun-if-changed=/debug.config
    cargo::rerun-if-changed=/kernel
    cargo::rerun-if-changed=/kernel/virtio.config
    cargo::rerun-if-changed=/patches
    cargo::rerun-if-changed=/patches/tsi.patch
    cargo::rerun-if-changed=/target/kernel/guest/kernel.json
    cargo::rerun-if-changed=/target/kernel/guest/vmlinux
    cargo::rustc-env=KERNEL_IMAGE=/target/kernel/guest/vmlinux
    cargo::rustc-env=KERNEL_RELEASE=6.12.117-guest
    cargo::rustc-env=KERNEL_VERSION=6.12.117
    ");
    let other = workspace.run(&crate::kernel("guest").image("bzImage"));
    assert!(other.contains("KERNEL_IMAGE=/target/kernel/guest/bzImage"), "{other}");
    insta::assert_snapshot!(workspace.run(&crate::kernel("guest").image("Image")), @r"
    kernel `guest` has no image `Image`: it has vmlinux, bzImage
    hint: add it to the kernel's `images` in Kernel.toml
    ");
    insta::assert_snapshot!(workspace.run(&crate::kernel("nested")), @r"
    kernel `nested` was not built: there is no `/target/kernel/nested/kernel.json`
    hint: its own build failed, or it is not one of the kernels that are being built
    ");
    fs::write(workspace.path("target/kernel/guest/kernel.json"), r#"{ "schema": 2 }"#).unwrap();
    insta::assert_snapshot!(workspace.run(&crate::kernel("guest")), @r"
    `/target/kernel/guest/kernel.json` cannot be used: its schema is 2, expected 1
    hint: build the kernel again
    ");
}

#[test]
fn a_build_that_is_under_way_is_waited_for() {
    let workspace = Workspace::new();
    let work = workspace.path("target/kernel/.work/guest");
    fs::create_dir_all(&work).unwrap();
    let lock = File::create(work.join("lock")).unwrap();
    lock.lock().unwrap();
    let output = workspace.path("target/kernel");
    let workspace = workspace.set("KERNEL_BUILD_ACTIVE", output);
    let (said, hears) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| said.send(workspace.run(&crate::kernel("guest"))).unwrap());
        assert!(hears.recv_timeout(Duration::from_millis(100)).is_err(), "it did not wait");
        workspace.store();
        drop(lock);
        let said = hears.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(said.contains("cargo::rustc-env=KERNEL_RELEASE=6.12.117-guest"), "{said}");
    });
}

#[test]
fn an_image_of_the_environment() {
    let workspace = Workspace::new();
    workspace.store();
    let image = workspace.path("target/kernel/guest/bzImage");
    fs::write(&image, "").unwrap();
    let workspace = workspace.set("KERNEL_IMAGE", image);
    insta::assert_snapshot!(workspace.run(&crate::kernel("guest")), @r"
    cargo::rerun-if-env-changed=KERNEL_IMAGE
    cargo::rerun-if-env-changed=KERNEL_RELEASE
    cargo::rerun-if-env-changed=KERNEL_VERSION
    cargo::rerun-if-changed=/target/kernel/guest/bzImage
    cargo::rerun-if-changed=/target/kernel/guest/kernel.json
    cargo::rustc-env=KERNEL_IMAGE=/target/kernel/guest/bzImage
    cargo::rustc-env=KERNEL_RELEASE=6.12.117-guest
    cargo::rustc-env=KERNEL_VERSION=6.12.117
    ");
    fs::remove_file(workspace.path("target/kernel/guest/kernel.json")).unwrap();
    insta::assert_snapshot!(workspace.run(&crate::kernel("guest")), @r"
    nothing says which kernel `/target/kernel/guest/bzImage` is: there is no `kernel.json` beside it
    hint: set `KERNEL_RELEASE` and `KERNEL_VERSION` too
    ");
    let workspace = workspace.set("KERNEL_RELEASE", "6.1.9-own").set("KERNEL_VERSION", "6.1.9");
    assert!(workspace.run(&crate::kernel("guest")).ends_with("KERNEL_VERSION=6.1.9"));
    let workspace = workspace.set("KERNEL_IMAGE", "bzImage");
    insta::assert_snapshot!(workspace.run(&crate::kernel("guest")), @r"
    `KERNEL_IMAGE=bzImage` is not the absolute path of a file
    hint: write the whole path of an image, or unset `KERNEL_IMAGE`
    ");
}

#[test]
fn without_a_tool_or_a_manifest() {
    let workspace = Workspace::new().set("PATH", "/nonexistent");
    insta::assert_snapshot!(workspace.run(&crate::kernel("guest")), @r"
    kernel `guest` must be built, but there is no `cargo-kernel` on PATH
    hint: build through `cargo kernel build --vm NAME` or the workspace's `cargo xtask`, set `CARGO_KERNEL` to the program, or set `KERNEL_IMAGE` to a kernel that is there
    ");
    fs::remove_file(workspace.path("Kernel.toml")).unwrap();
    fs::write(workspace.path("Cargo.toml"), "[workspace.metadata.kernel]\nschema = 1\n").unwrap();
    assert!(workspace.run(&crate::kernel("guest")).contains("no `cargo-kernel`"));
    fs::remove_file(workspace.path("Cargo.toml")).unwrap();
    let said = workspace.run(&crate::kernel("guest"));
    assert!(said.starts_with("no `Kernel.toml`, and no `[workspace.metadata.kernel]`"), "{said}");
}

/// The protocol with `cargo-kernel`: its arguments, where it is started, and what it prints.
#[cfg(unix)]
#[test]
fn the_tool_is_run_in_the_manifests_folder() {
    use std::os::unix::fs::PermissionsExt;

    let workspace = Workspace::new();
    workspace.store();
    let tool = workspace.path("tool");
    // Written by a process of its own: a file that this one has open for writing cannot be executed.
    let script = "#!/bin/sh\necho \"$@\" in `pwd -P` >said\ntest -e broken && exit 5\necho $PWD/target/kernel/guest/vmlinux\n";
    fs::write(workspace.path("script"), script).unwrap();
    assert!(Command::new("cp").arg(workspace.path("script")).arg(&tool).status().unwrap().success());
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    let workspace = workspace.set("CARGO_KERNEL", tool).set("NUM_JOBS", "3");

    let said = workspace.run(&crate::kernel("guest"));
    assert!(said.contains("cargo::rustc-env=KERNEL_IMAGE=/target/kernel/guest/vmlinux"), "{said}");
    assert!(!said.contains("CARGO_KERNEL"), "how a kernel is got is no input: {said}");
    let call = fs::read_to_string(workspace.path("said")).unwrap();
    let root = fs::canonicalize(workspace.dir.path()).unwrap();
    assert_eq!(call.trim(), format!("kernel build guest -j 3 in {}", root.display()));

    fs::write(workspace.path("broken"), "").unwrap();
    insta::assert_snapshot!(workspace.run(&crate::kernel("guest")), @"`/tool kernel build guest -j 3` failed: exit status: 5");
}
