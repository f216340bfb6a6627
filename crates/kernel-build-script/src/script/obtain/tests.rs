//! A build script that finds its kernel built, being built, or not at all.

use std::fs;
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use super::super::module;
use super::*;

const RECORD: &str = r#"{
  "schema": 1, "name": "guest", "arch": "x86_64", "kernelversion": "6.12.117", "kernelrelease": "6.12.117-guest",
  "files": [
    { "name": "vmlinux", "kind": "image", "sha256": "ab", "size": 5, "load": { "entry": 16777216, "pvh-entry": 16777632 } },
    { "name": "bzImage", "kind": "image", "sha256": "cd", "size": 6 }, { "name": ".config", "kind": "config" }
  ]
}"#;

/// Tests name the folder `ROOT`.
const FACTS: &str = r#"{
  "schema": 1, "name": "guest", "arch": "x86_64", "kernelversion": "6.12.117", "kernelrelease": "6.12.117-guest",
  "config": "ROOT/target/kernel/guest/.config", "artifact": "ROOT/target/kernel/guest", "images": ["vmlinux", "bzImage"],
  "inputs": ["ROOT/Kernel.toml", "ROOT/Kernel.lock", "ROOT/kernel", "ROOT/kernel/virtio.config"],
  "features": ["tsi"], "known-features": ["tsi", "vsock"],
  "vms": [
    { "name": "demo", "kernel": "guest", "image": "bzImage", "cmdline": "console=ttyS0", "memory-bytes": 134217728 },
    { "name": "other", "kernel": "nested", "image": "bzImage", "cmdline": "", "memory-bytes": 134217728 }
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
        let workspace = Self { dir, env: Vec::new() };
        for folder in ["vmm", "kernel", "target/debug/build/vmm-1/out"] {
            fs::create_dir_all(workspace.path(folder)).unwrap();
        }
        for (file, text) in
            [("Kernel.toml", "schema = 1\n"), ("kernel/virtio.config", ""), ("Kernel.lock", "")]
        {
            fs::write(workspace.path(file), text).unwrap();
        }
        let (package, out) = (workspace.path("vmm"), workspace.path("target/debug/build/vmm-1/out"));
        workspace.set("CARGO_MANIFEST_DIR", package).set("OUT_DIR", out)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// An artifact below `target/kernel`, and what is said of it.
    fn store(&self) {
        for folder in ["target/kernel/guest", "target/kernel/.work/guest"] {
            fs::create_dir_all(self.path(folder)).unwrap();
        }
        let facts = FACTS.replace("ROOT", self.dir.path().to_str().unwrap());
        for (file, text) in [
            ("guest/vmlinux", "image"),
            ("guest/.config", "CONFIG_SMP=y\nCONFIG_NR_CPUS=4\nCONFIG_CMDLINE=\"quiet\"\n"),
            ("guest/kernel.json", RECORD),
            (".work/guest/facts.json", &facts),
        ] {
            fs::write(self.path("target/kernel").join(file), text).unwrap();
        }
    }

    fn set(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    fn directives(&self) -> Directives {
        let env = self.env.clone();
        Directives::new(move |name: &str| Some(env.iter().rev().find(|(key, _)| *key == name)?.1.clone()))
    }

    /// What cargo hears, or the error as a person reads it; without the folder that is another on each run.
    fn run(&self, kernel: &Kernel) -> String {
        let mut directives = self.directives();
        let text = match obtain(kernel, &mut directives) {
            Ok(built) => {
                directives.found(kernel, &built, true);
                module::write(kernel, &built, &directives).unwrap();
                directives.lines().join("\n")
            }
            Err(error) => format!("{error:?}"),
        };
        text.replace(self.dir.path().to_str().unwrap(), "")
    }

    fn written(&self, file: &str) -> String {
        let text = fs::read_to_string(self.path("target/debug/build/vmm-1/out").join(file)).unwrap();
        text.replace(self.dir.path().to_str().unwrap(), "")
    }
}

fn guest() -> Kernel {
    super::super::kernel("guest")
}

#[test]
fn inside_a_kernel_build_the_artifact_is_taken() {
    let workspace = Workspace::new();
    workspace.store();
    let output = workspace.path("target/kernel");
    let workspace = workspace.set("KERNEL_BUILD_ACTIVE", output).set("CARGO_MANIFEST_LINKS", "guest");
    let kernel = guest().symbols(["SMP", "CONFIG_NR_CPUS", "NUMA"]);
    insta::assert_snapshot!(workspace.run(&kernel), @r#"
    cargo::rerun-if-env-changed=DOCS_RS
    cargo::rerun-if-env-changed=KERNEL_BUILD_SCRIPT
    cargo::rerun-if-env-changed=KERNEL_IMAGE
    cargo::rerun-if-changed=/Kernel.lock
    cargo::rerun-if-changed=/Kernel.toml
    cargo::rerun-if-changed=/kernel
    cargo::rerun-if-changed=/kernel/virtio.config
    cargo::rerun-if-changed=/target/kernel/guest/kernel.json
    cargo::rustc-env=KERNEL_IMAGE=/target/kernel/guest/vmlinux
    cargo::rustc-env=KERNEL_GUEST_IMAGE=/target/kernel/guest/vmlinux
    cargo::rustc-env=KERNEL_RELEASE=6.12.117-guest
    cargo::rustc-env=KERNEL_GUEST_RELEASE=6.12.117-guest
    cargo::rustc-env=KERNEL_VERSION=6.12.117
    cargo::rustc-env=KERNEL_GUEST_VERSION=6.12.117
    cargo::rustc-env=KERNEL_ARCH=x86_64
    cargo::rustc-env=KERNEL_GUEST_ARCH=x86_64
    cargo::rustc-env=KERNEL_CMDLINE=quiet
    cargo::rustc-env=KERNEL_GUEST_CMDLINE=quiet
    cargo::rustc-env=KERNEL_SHA256=ab
    cargo::rustc-env=KERNEL_GUEST_SHA256=ab
    cargo::rustc-check-cfg=cfg(kernel_config, values("SMP", "NR_CPUS", "NUMA"))
    cargo::rustc-cfg=kernel_config="SMP"
    cargo::rustc-check-cfg=cfg(kernel_feature, values("tsi", "vsock"))
    cargo::rustc-cfg=kernel_feature="tsi"
    cargo::metadata=image=/target/kernel/guest/vmlinux
    cargo::metadata=guest_image=/target/kernel/guest/vmlinux
    cargo::metadata=release=6.12.117-guest
    cargo::metadata=guest_release=6.12.117-guest
    cargo::metadata=version=6.12.117
    cargo::metadata=guest_version=6.12.117
    cargo::metadata=arch=x86_64
    cargo::metadata=guest_arch=x86_64
    cargo::metadata=cmdline=quiet
    cargo::metadata=guest_cmdline=quiet
    cargo::metadata=sha256=ab
    cargo::metadata=guest_sha256=ab
    "#);
    insta::assert_snapshot!(workspace.written("kernel-guest.rs"), @r#"
    /// The kernel's name in the manifest.
    #[allow(dead_code)]
    pub const NAME: &str = "guest";
    /// Rust's name of the architecture.
    #[allow(dead_code)]
    pub const ARCH: &str = "x86_64";
    /// What `make kernelversion` says.
    #[allow(dead_code)]
    pub const VERSION: &str = "6.12.117";
    /// What `uname -r` says in the guest.
    #[allow(dead_code)]
    pub const RELEASE: &str = "6.12.117-guest";
    /// The path of the image.
    #[allow(dead_code)]
    pub const IMAGE: &str = "/target/kernel/guest/vmlinux";
    /// The image's length in bytes.
    #[allow(dead_code)]
    pub const SIZE: Option<u64> = Some(0x5);
    /// The image's digest.
    #[allow(dead_code)]
    pub const SHA256: Option<&str> = Some("ab");
    /// The command line.
    #[allow(dead_code)]
    pub const CMDLINE: &str = "quiet";
    /// The address of the first instruction of a `vmlinux`.
    #[allow(dead_code)]
    pub const ENTRY: Option<u64> = Some(0x1000000);
    /// The lowest physical address that a `vmlinux` takes.
    #[allow(dead_code)]
    pub const LOAD_START: Option<u64> = None;
    /// The first physical address behind a `vmlinux`.
    #[allow(dead_code)]
    pub const LOAD_END: Option<u64> = None;
    /// The physical address of the PVH entry of a `vmlinux`.
    #[allow(dead_code)]
    pub const PVH_ENTRY: Option<u64> = Some(0x10001a0);
    /// Where the protected-mode kernel of a `bzImage` starts.
    #[allow(dead_code)]
    pub const KERNEL_OFFSET: Option<u64> = None;
    /// The physical address that a `bzImage` likes best.
    #[allow(dead_code)]
    pub const PREF_ADDRESS: Option<u64> = None;
    /// The memory that a `bzImage` takes first.
    #[allow(dead_code)]
    pub const INIT_SIZE: Option<u64> = None;
    /// The longest command line of a `bzImage`.
    #[allow(dead_code)]
    pub const CMDLINE_SIZE: Option<u64> = None;
    /// The distance of an `Image` from a 2 MiB boundary.
    #[allow(dead_code)]
    pub const TEXT_OFFSET: Option<u64> = None;
    /// The memory that an `Image` takes.
    #[allow(dead_code)]
    pub const MEMORY_SIZE: Option<u64> = None;
    /// The features that the kernel has.
    #[allow(dead_code)]
    pub const FEATURES: &[&str] = &["tsi"];
    /// The symbols that the build script asked for, and their values.
    #[allow(dead_code)]
    pub const CONFIG: &[(&str, &str)] = &[("SMP", "y"), ("NR_CPUS", "4"), ("NUMA", "n")];
    /// The value of one of [`CONFIG`]'s symbols; `None` where the build script did not ask for it.
    #[allow(dead_code)]
    pub const fn config(name: &str) -> Option<&'static str> {
        let name = name.as_bytes();
        let mut index = 0;
        while index < CONFIG.len() {
            let known = CONFIG[index].0.as_bytes();
            let mut same = 0;
            while same < known.len() && same < name.len() && known[same] == name[same] {
                same += 1;
            }
            if same == known.len() && same == name.len() {
                return Some(CONFIG[index].1);
            }
            index += 1;
        }
        None
    }
    "#);
    insta::assert_snapshot!(workspace.written("kernel-guest.image.rs"), @r#"
    {
        #[repr(C, align(4096))]
        struct Page<T: ?Sized>(T);
        static IMAGE: &Page<[u8]> = &Page(*include_bytes!("/target/kernel/guest/vmlinux"));
        &IMAGE.0 as &[u8]
    }
    "#);
    let other = workspace.run(&guest().image("bzImage"));
    assert!(other.contains("KERNEL_IMAGE=/target/kernel/guest/bzImage"), "{other}");
    let of_vm = workspace.run(&guest().vm("demo"));
    assert!(of_vm.contains("KERNEL_IMAGE=/target/kernel/guest/bzImage"), "{of_vm}");
    assert!(of_vm.contains("KERNEL_CMDLINE=console=ttyS0"), "{of_vm}");
    insta::assert_snapshot!(workspace.run(&guest().vm("other")), @"no VM `other` boots kernel `guest`: there is demo");
    insta::assert_snapshot!(workspace.run(&guest().image("Image")), @"
    kernel `guest` has no image `Image`: it has vmlinux, bzImage
    hint: add it to the kernel's `images` in Kernel.toml
    ");
    insta::assert_snapshot!(workspace.run(&super::super::kernel("nested")), @"
    kernel `nested` was not built: there is no `/target/kernel/nested/kernel.json`
    hint: its own build failed, or it is not one of the kernels that are being built
    ");
    fs::write(workspace.path("target/kernel/guest/kernel.json"), r#"{ "schema": 2 }"#).unwrap();
    insta::assert_snapshot!(workspace.run(&guest()), @"
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
        scope.spawn(|| said.send(workspace.run(&guest())).unwrap());
        assert!(hears.recv_timeout(Duration::from_millis(100)).is_err(), "it did not wait");
        workspace.store();
        drop(lock);
        let said = hears.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(said.contains("cargo::rustc-env=KERNEL_RELEASE=6.12.117-guest"), "{said}");
    });
}

/// What was written while the script ran would make cargo run it again.
#[test]
fn what_a_script_makes_is_older_than_the_script() {
    let workspace = Workspace::new();
    let output = workspace.path("target/kernel");
    let workspace = workspace.set("KERNEL_BUILD_ACTIVE", output);
    let old = SystemTime::now() - Duration::from_secs(60);
    let manifest = File::options().append(true).open(workspace.path("Kernel.toml")).unwrap();
    manifest.set_modified(old).unwrap();
    let mut directives = workspace.directives();
    let began = SystemTime::now();
    workspace.store();
    obtain(&guest(), &mut directives).unwrap();
    let modified = |path: &str| workspace.path(path).metadata().unwrap().modified().unwrap();
    assert!(modified("target/kernel/guest/kernel.json") < began);
    assert_eq!(modified("Kernel.toml"), old, "what people write keeps its time");
}

#[test]
fn an_image_of_the_environment() {
    let workspace = Workspace::new();
    workspace.store();
    let image = workspace.path("target/kernel/guest/bzImage");
    fs::write(&image, "").unwrap();
    let workspace = workspace.set("KERNEL_IMAGE", image);
    insta::assert_snapshot!(workspace.run(&guest()), @"
    cargo::rerun-if-env-changed=DOCS_RS
    cargo::rerun-if-env-changed=KERNEL_BUILD_SCRIPT
    cargo::rerun-if-env-changed=KERNEL_IMAGE
    cargo::rerun-if-env-changed=KERNEL_RELEASE
    cargo::rerun-if-env-changed=KERNEL_VERSION
    cargo::rerun-if-changed=/target/kernel/guest/bzImage
    cargo::rerun-if-changed=/target/kernel/guest/kernel.json
    cargo::rustc-env=KERNEL_IMAGE=/target/kernel/guest/bzImage
    cargo::rustc-env=KERNEL_GUEST_IMAGE=/target/kernel/guest/bzImage
    cargo::rustc-env=KERNEL_RELEASE=6.12.117-guest
    cargo::rustc-env=KERNEL_GUEST_RELEASE=6.12.117-guest
    cargo::rustc-env=KERNEL_VERSION=6.12.117
    cargo::rustc-env=KERNEL_GUEST_VERSION=6.12.117
    cargo::rustc-env=KERNEL_ARCH=x86_64
    cargo::rustc-env=KERNEL_GUEST_ARCH=x86_64
    cargo::rustc-env=KERNEL_CMDLINE=quiet
    cargo::rustc-env=KERNEL_GUEST_CMDLINE=quiet
    cargo::rustc-env=KERNEL_SHA256=cd
    cargo::rustc-env=KERNEL_GUEST_SHA256=cd
    cargo::rustc-check-cfg=cfg(kernel_config, values())
    cargo::rustc-check-cfg=cfg(kernel_feature, values())
    ");
    fs::remove_file(workspace.path("target/kernel/guest/kernel.json")).unwrap();
    insta::assert_snapshot!(workspace.run(&guest()), @"
    nothing says which kernel `/target/kernel/guest/bzImage` is: there is no `kernel.json` beside it
    hint: set `KERNEL_RELEASE` and `KERNEL_VERSION` too
    ");
    let workspace = workspace.set("KERNEL_RELEASE", "6.1.9-own").set("KERNEL_VERSION", "6.1.9");
    assert!(workspace.run(&guest()).contains("rustc-env=KERNEL_VERSION=6.1.9"));
    let workspace = workspace.set("KERNEL_IMAGE", "bzImage");
    insta::assert_snapshot!(workspace.run(&guest()), @"
    `KERNEL_IMAGE=bzImage` is not the absolute path of a file
    hint: write the whole path of an image, or unset `KERNEL_IMAGE`
    ");
}

#[test]
fn documentation_has_a_stub() {
    let workspace = Workspace::new().set("DOCS_RS", "1").set("PATH", "/nonexistent");
    insta::assert_snapshot!(workspace.run(&guest().symbols(["SMP"])), @r#"
    cargo::rerun-if-env-changed=DOCS_RS
    cargo::rustc-env=KERNEL_IMAGE=
    cargo::rustc-env=KERNEL_GUEST_IMAGE=
    cargo::rustc-env=KERNEL_RELEASE=0.0.0-docs
    cargo::rustc-env=KERNEL_GUEST_RELEASE=0.0.0-docs
    cargo::rustc-env=KERNEL_VERSION=0.0.0
    cargo::rustc-env=KERNEL_GUEST_VERSION=0.0.0
    cargo::rustc-env=KERNEL_ARCH=
    cargo::rustc-env=KERNEL_GUEST_ARCH=
    cargo::rustc-env=KERNEL_CMDLINE=
    cargo::rustc-env=KERNEL_GUEST_CMDLINE=
    cargo::rustc-check-cfg=cfg(kernel_config, values("SMP"))
    cargo::rustc-check-cfg=cfg(kernel_feature, values())
    "#);
    assert_eq!(workspace.written("kernel-guest.image.rs"), "&[] as &[u8]\n");
}

#[test]
fn nothing_is_built_where_it_is_required() {
    let workspace = Workspace::new().set("KERNEL_BUILD_SCRIPT", "require").set("PATH", "/nonexistent");
    insta::assert_snapshot!(workspace.run(&guest()), @"
    kernel `guest` is required to be there, but there is no `/target/kernel/guest/kernel.json`
    hint: build it with `cargo kernel build`, or let the script do it: `KERNEL_BUILD_SCRIPT=build`
    ");
    workspace.store();
    let said = workspace.run(&guest());
    assert!(said.contains("rerun-if-env-changed=KERNEL_BUILD_SCRIPT"), "{said}");
    assert!(said.contains("KERNEL_RELEASE=6.12.117-guest"), "{said}");
    let workspace = workspace.set("KERNEL_BUILD_SCRIPT", "check");
    insta::assert_snapshot!(workspace.run(&guest()), @"`KERNEL_BUILD_SCRIPT=check`: expected `build`, `require` or `facts`");
}

#[test]
fn without_a_manifest() {
    let workspace = Workspace::new().set("CARGO_KERNEL", "/nonexistent/cargo-kernel");
    insta::assert_snapshot!(workspace.run(&guest()), @"
    could not start `/nonexistent/cargo-kernel`
      caused by: No such file or directory (os error 2)
    ");
    fs::remove_file(workspace.path("Kernel.toml")).unwrap();
    fs::write(workspace.path("Cargo.toml"), "[workspace.metadata.kernel]\nschema = 1\n").unwrap();
    assert!(workspace.run(&guest()).contains("could not start"));
    fs::remove_file(workspace.path("Cargo.toml")).unwrap();
    let said = workspace.run(&guest());
    assert!(said.starts_with("no `Kernel.toml`, and no `[workspace.metadata.kernel]`"), "{said}");
}

/// The protocol with `cargo-kernel`: its arguments, and where it is started.
#[cfg(unix)]
#[test]
fn the_tool_is_run_in_the_manifests_folder() {
    use std::os::unix::fs::PermissionsExt;

    let workspace = Workspace::new();
    workspace.store();
    let tool = workspace.path("tool");
    // Written by a process of its own: a file that this one has open for writing cannot be executed.
    let script = "#!/bin/sh\necho \"$@\" in `pwd -P` >>said\ntest -e broken && exit 5\nexit 0\n";
    fs::write(workspace.path("script"), script).unwrap();
    assert!(Command::new("cp").arg(workspace.path("script")).arg(&tool).status().unwrap().success());
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    let workspace = workspace.set("CARGO_KERNEL", tool).set("NUM_JOBS", "3");

    let said = workspace.run(&guest());
    assert!(said.contains("cargo::rustc-env=KERNEL_IMAGE=/target/kernel/guest/vmlinux"), "{said}");
    assert!(!said.contains("CARGO_KERNEL"), "how a kernel is got is no input: {said}");
    let workspace = workspace.set("CARGO_MAKEFLAGS", "-j").set("CARGO_NET_OFFLINE", "true");
    workspace.run(&guest().mode(Mode::Facts));
    let calls = fs::read_to_string(workspace.path("said")).unwrap();
    let root = fs::canonicalize(workspace.dir.path()).unwrap();
    insta::assert_snapshot!(calls.replace(root.to_str().unwrap(), "").replace(workspace.dir.path().to_str().unwrap(), ""), @"
    kernel build guest --target-dir /target -j 3 in 
    kernel check guest --target-dir /target --offline in
    ");

    fs::write(workspace.path("broken"), "").unwrap();
    insta::assert_snapshot!(workspace.run(&guest()), @"`/tool kernel build guest --target-dir /target --offline` failed: exit status: 5");
}
