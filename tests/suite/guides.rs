//! The guides say what is so: their tests exist, and their manifests build.

use std::fs;

use tests::{Project, workspace_root};

fn guide(name: &str) -> String {
    fs::read_to_string(workspace_root().join("docs").join(name)).unwrap()
}

/// Each row of the guide for people from nixpkgs names a test of this suite, or a module of them.
#[test]
fn every_row_has_its_test() {
    let text = guide("nixpkgs.md");
    let mut named = 0;
    for row in text.lines().filter(|line| line.matches('|').count() == 4 && line.contains("::")) {
        let cell = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap().trim().trim_matches('`');
        let (module, test) = cell.split_once("::").unwrap_or_else(|| panic!("no test: {row}"));
        let path = workspace_root().join(format!("tests/suite/{module}.rs"));
        let source = fs::read_to_string(&path).unwrap_or_else(|_| panic!("no module `{module}`: {row}"));
        assert!(test.is_empty() || source.contains(&format!("\nfn {test}()")), "no test `{cell}`: {row}");
        named += 1;
    }
    assert!(named > 30, "{named} rows");
}

/// What the guide to sources shows of manifest, override file and lockfile is read as it stands there.
#[test]
fn the_guide_to_sources_is_read() {
    use kernel_spec::{KernelSpec, Lockfile, Overrides, SourceText, SpecContext};
    let text = guide("sources.md");
    let mut blocks = text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    let mut next = |path: &str| SourceText { path: path.into(), text: blocks.next().unwrap() };
    let spec = KernelSpec::parse(next("Kernel.toml"), &SpecContext { host_arch: None }).expect("a manifest");
    assert_eq!(spec.sources.len(), 7);
    let overrides = Overrides::parse(next("Kernel.override.toml"), Some(&spec)).expect("overrides");
    assert_eq!(overrides.paths.len(), 1);
    let shown = next("Kernel.lock").text;
    // What the digests of the entries are, the errors about them say.
    let mut lock = shown.clone();
    let parse =
        |text: &str| Lockfile::parse(SourceText { path: "Kernel.lock".into(), text: text.to_owned() });
    while let Err(errors) = parse(&lock) {
        let message = &errors[0].message;
        let check = message.strip_suffix('`').and_then(|rest| rest.rsplit('`').next());
        assert!(message.contains("`CHECK`, expected"), "{message}");
        lock = lock.replacen("CHECK", check.unwrap(), 1);
    }
    let parsed = parse(&lock).expect("a lockfile");
    assert_eq!(parsed.render(), lock, "it is not what the tool writes");
    assert_eq!((parsed.sources.len(), parsed.kernels.len()), (4, 1));
}

/// The manifest that stands beside the call of `buildLinux` is a kernel.
#[test]
fn the_manifest_of_the_guide_builds() {
    let project = Project::toy();
    let text = guide("nixpkgs.md");
    let manifest =
        text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a manifest");
    project.write("Kernel.toml", manifest);
    project.kernel(&["build"]).success();
    let config = project.read("target/kernel/guest/.config");
    for line in ["CONFIG_NET=y\n", "CONFIG_VIRTIO_NET=y\n", "CONFIG_CONSOLE=\"ttyS0\"\n"] {
        assert!(config.contains(line), "no {line}");
    }
}
