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
