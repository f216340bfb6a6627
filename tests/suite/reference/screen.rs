//! The screens of the README: what the program says when requests do not land on a real tree, and when it builds one.

use anstyle_svg::Term;
use tests::{Project, Run, needs};

use super::{is_current, is_current_but_for};

#[test]
fn the_screen_is_a_real_one() {
    let Some(tree) = needs::srctree("6_12") else { return };
    let project = Project::empty();
    project.write("kernel/virtio.config", "CONFIG_64BIT=y\nCONFIG_VIRTIO_FS=y\nCONFIG_RETPOLINE=y\n");
    project.write(
        "Kernel.toml",
        &format!(
            "schema = 1\n[source.linux]\npath = {tree:?}\n\n[kernel.guest]\nsource = \"linux\"\narch = \"x86_64\"\n\
             base = \"tinyconfig\"\nfragments = [\"kernel/virtio.config\"]\n"
        ),
    );
    let run = Run::new(&project.command(&["build", "--color", "always"]).output().unwrap()).exit(1);
    let said = project.said(&run);
    // The distribution's tree has the newest point release, which is not of interest here.
    let version =
        said.split("guest ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().to_owned();
    let said = said.replace(&version, "6.12.30");
    is_current("screen.svg", &drawn("cargo xtask kernel build", &said));
}

fn drawn(command: &str, said: &str) -> String {
    Term::new().render_svg(&format!("\u{1b}[1m$\u{1b}[0m {command}\n{said}"))
}

/// The screen of a build of this workspace's `guest`, where something was compiled; its times and sizes are its own.
pub(crate) fn of_a_build(run: &Run, kernelversion: &str) {
    // How far the compiler has come is said by the clock.
    let is_lasting = |line: &&str| !line.ends_with(')') || !line.contains("Compiling");
    let is_told = |line: &&str| {
        ["Configuring", "Compiling", "Kernel", "Finished"].iter().any(|verb| line.contains(verb))
    };
    let lines: Vec<&str> = run.stderr.lines().filter(is_lasting).filter(is_told).collect();
    if !lines.iter().any(|line| line.contains("Compiling")) {
        return;
    }
    let said = lines.join("\n").replace(kernelversion, "6.12.30");
    let words = |svg: &str| -> String {
        let numbers = |c: char| c.is_ascii_digit() || c == '.';
        let words = svg.split(numbers).filter(|word| !word.is_empty());
        // `59.99s` or `1m 00s`.
        words.filter(|word| *word != "m ").collect()
    };
    is_current_but_for("build.svg", &drawn("cargo xtask kernel build guest", &said), words);
}
