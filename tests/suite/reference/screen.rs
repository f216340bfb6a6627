//! The screen of the README: what the program says when requests do not land on a real tree.

use anstyle_svg::Term;
use tests::{Project, Run, needs};

use super::is_current;

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
    let prompt = "\u{1b}[1m$\u{1b}[0m cargo xtask kernel build\n";
    is_current("screen.svg", &Term::new().render_svg(&format!("{prompt}{said}")));
}
