//! A kernel as an input of a crate: `cargo build` alone, with a `build.rs` that asks for it.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::{Project, Run, cargo_kernel, workspace_root};

/// A VMM crate with the kernel as its input, and a crate that depends on it.
fn vmm_project() -> Project {
    let project = Project::toy();
    let ours = workspace_root().join("crates/kernel-build-script");
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
    };
    project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"vmm\", \"tool\"]\n");
    let dependencies = format!(
        "links = \"guest\"\n\n[dependencies]\nkernel-build-script = {{ path = {ours:?}, default-features = false }}\n\n\
         [build-dependencies]\nkernel-build-script = {{ path = {ours:?} }}\n"
    );
    project.write("vmm/Cargo.toml", &package("vmm", &dependencies));
    project.write(
        "vmm/build.rs",
        "fn main() -> Result<(), kernel_build_script::Error> {\n    \
         kernel_build_script::kernel(\"guest\").vm(\"demo\").symbols([\"NET\", \"CONSOLE\", \"SOUND\"]).emit()?;\n    Ok(())\n}\n",
    );
    project.write(
        "vmm/src/lib.rs",
        r#"#![deny(warnings)]
pub mod guest {
    kernel_build_script::include_facts!("guest");
}
pub static KERNEL: &[u8] = kernel_build_script::include_kernel!("guest");
const CONSOLE: Option<&str> = guest::config("CONSOLE");
pub fn says() -> String {
    let networks = if cfg!(kernel_config = "NET") { "net" } else { "no net" };
    let sounds = if cfg!(kernel_config = "SOUND") { "sound" } else { "no sound" };
    let page = KERNEL.as_ptr() as usize % 4096;
    let features = if cfg!(kernel_feature = "tsi") { "tsi" } else { "plain" };
    format!(
        "{} {} {:?} {CONSOLE:?} {networks} {sounds} {features} {:?} {} {page} {:?}",
        env!("KERNEL_RELEASE"), guest::CMDLINE, guest::FEATURES, &KERNEL[..4.min(KERNEL.len())],
        guest::SIZE == Some(KERNEL.len() as u64), guest::ENTRY.is_some(),
    )
}
"#,
    );
    project.write("vmm/src/main.rs", "fn main() {\n    println!(\"{}\", vmm::says());\n}\n");
    project.write("tool/Cargo.toml", &package("tool", "\n[dependencies]\nvmm = { path = \"../vmm\" }\n"));
    project.write(
        "tool/build.rs",
        "fn main() {\n    println!(\"cargo::rustc-env=OF={}\", std::env::var(\"DEP_GUEST_RELEASE\").unwrap());\n}\n",
    );
    project.write("tool/src/main.rs", "fn main() {\n    println!(\"{}\", env!(\"OF\"));\n}\n");
    let manifest = project.read("Kernel.toml");
    let more = "\n[[kernel.guest.patch]]\nname = \"tsi\"\nfeatures = [\"tsi\"]\nconfig = { NET = true }\n\n\
                [vm.demo]\nkernel = \"guest\"\nrunner = \"qemu\"\ncmdline = \"console=ttyS0 quiet\"\n";
    project.write("Kernel.toml", &format!("{manifest}{more}"));
    fs::copy(workspace_root().join("Cargo.lock"), project.path("Cargo.lock")).unwrap();
    project
}

/// cargo in a project, as a person starts it.
fn cargo(project: &Project, args: &[&str], vars: &[(&str, &str)]) -> Run {
    let mut command = project.command(&[]);
    let clean: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.map(Into::into))).collect();
    command = Command::new(env!("CARGO"));
    for (name, value) in clean {
        let value: Option<std::ffi::OsString> = value;
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(args).current_dir(project.root()).env("CARGO_KERNEL", cargo_kernel());
    command.env("CARGO_TERM_COLOR", "never").envs(vars.iter().copied());
    Run::new(&command.output().unwrap())
}

/// What cargo says of a package under `-v`: `Fresh`, `Dirty`.
fn verb<'a>(run: &'a Run, package: &str) -> &'a str {
    let line = run.stderr.lines().find(|line| line.contains(&format!(" {package} v")));
    line.and_then(|line| line.split_whitespace().next()).unwrap_or("nothing")
}

fn says(project: &Project) -> String {
    let output = Command::new(project.path("target/debug/vmm")).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_kernel_is_an_input_as_others_are() {
    let project = vmm_project();

    // Whoever only checks has the facts, and nothing was compiled for them.
    let facts = [("KERNEL_BUILD_SCRIPT", "facts")];
    let checked = cargo(&project, &["check"], &facts).success();
    assert!(!checked.stderr.contains("Compiling guest"), "{}", checked.stderr);
    assert!(!project.path("target/kernel/guest").exists(), "facts need no artifact");
    assert!(!project.path("target/kernel/.work/guest/objtree/init/main.o").exists(), "nor an object");
    let embedded = fs::read_dir(project.path("target/debug/build"))
        .unwrap()
        .find_map(|entry| fs::read_to_string(entry.unwrap().path().join("out/kernel-guest.image.rs")).ok());
    assert_eq!(embedded.as_deref(), Some("&[] as &[u8]\n"), "facts have no bytes");
    let required = cargo(&project, &["check"], &[("KERNEL_BUILD_SCRIPT", "require")]).exit(101);
    assert!(required.stderr.contains("is required to be there"), "{}", required.stderr);

    let built = cargo(&project, &["build", "-v"], &[]).success();
    assert_eq!(verb(&built, "vmm"), "Dirty", "another mode is another run: {}", built.stderr);
    let elf = "[127, 69, 76, 70]";
    let expected = format!(
        "6.12.7-guest console=ttyS0 quiet [\"tsi\"] Some(\"ttyS0\") net no sound tsi {elf} true 0 true"
    );
    assert_eq!(says(&project), expected);
    let tool = Command::new(project.path("target/debug/tool")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&tool.stdout).trim(), "6.12.7-guest", "a dependent crate is told too");

    // Nothing changed: not even the script runs.
    let again = cargo(&project, &["build", "-v"], &[]).success();
    assert_eq!([verb(&again, "vmm"), verb(&again, "tool")], ["Fresh", "Fresh"], "{}", again.stderr);
    let again = cargo(&project, &["build", "--message-format", "json"], &[]).success();
    let messages = again.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let artifacts: Vec<_> = messages.filter(|message| message["reason"] == "compiler-artifact").collect();
    assert!(artifacts.iter().any(|of| of["target"]["name"] == "build-script-build"), "{}", again.stdout);
    assert!(artifacts.iter().all(|of| of["fresh"] == true), "{}", again.stdout);

    // A fragment, and one that is new: both are inputs.
    project.write("kernel/sound.config", "CONFIG_SOUND=y\n");
    let built = cargo(&project, &["build", "-v"], &[]).success();
    assert_eq!(verb(&built, "vmm"), "Dirty", "{}", built.stderr);
    assert!(says(&project).contains(" net sound "), "{}", says(&project));
    assert_eq!(verb(&cargo(&project, &["build", "-v"], &[]).success(), "vmm"), "Fresh");

    // A source tree is none of cargo's; the tool sees what changed there, and cargo follows.
    project.replace("toy/Makefile", "SUBLEVEL = 7", "SUBLEVEL = 8");
    let blind = cargo(&project, &["build", "-v"], &[]).success();
    assert_eq!(verb(&blind, "vmm"), "Fresh", "{}", blind.stderr);
    project.kernel(&["build", "guest"]).success();
    let built = cargo(&project, &["build", "-v"], &[]).success();
    assert_eq!(verb(&built, "vmm"), "Dirty", "{}", built.stderr);
    assert!(says(&project).starts_with("6.12.8-guest"), "{}", says(&project));
    assert_eq!(verb(&cargo(&project, &["build", "-v"], &[]).success(), "vmm"), "Fresh");

    // A compiler that was replaced, however old it says it is: the same.
    replaced_compiler(&project);

    // A kernel that cannot be: cargo shows the tool's own words.
    project.write("kernel/sound.config", "CONFIG_SOUND=y\nCONFIG_NO_SUCH=y\n");
    let refused = cargo(&project, &["build"], &[]).exit(101);
    assert!(refused.stderr.contains("CONFIG_NO_SUCH=y"), "{}", refused.stderr);
}

/// A compiler with an older time than anything that was built: cargo is blind to it, `kernel build` is not.
fn replaced_compiler(project: &Project) {
    let real = String::from_utf8(Command::new("sh").args(["-c", "command -v gcc"]).output().unwrap().stdout)
        .unwrap();
    let folder = project.path("bin");
    fs::create_dir_all(&folder).unwrap();
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    for name in ["cc", "gcc"] {
        let script = folder.join(name);
        let wrapper = format!(
            "#!/bin/sh\ncase \"$*\" in *--version*) {0} \"$@\" | sed '1s/[0-9]*$/99/';; *) exec {0} \"$@\";; esac\n",
            real.trim()
        );
        fs::write(&script, wrapper).unwrap();
        fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        fs::File::options().append(true).open(&script).unwrap().set_modified(old).unwrap();
    }
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let vars = [("PATH", path.as_str())];
    assert_eq!(verb(&cargo(project, &["build", "-v"], &vars).success(), "vmm"), "Fresh");
    let output = project.command(&["build", "guest", "-v"]).env("PATH", &path).output().unwrap();
    let rebuilt = Run::new(&output).success();
    assert!(
        rebuilt.stderr.contains("Compiling") || rebuilt.stderr.contains("Finished"),
        "{}",
        rebuilt.stderr
    );
    assert_eq!(verb(&cargo(project, &["build", "-v"], &vars).success(), "vmm"), "Dirty");
}

/// `CARGO_TARGET_DIR`, `--target`, a workspace within the workspace, a packed image, `--offline`: it is the same kernel.
#[test]
fn wherever_and_however_cargo_builds() {
    let project = vmm_project();
    let elsewhere = project.path("elsewhere");
    let vars = [("CARGO_TARGET_DIR", elsewhere.to_str().unwrap())];
    let host = host();
    let built = cargo(&project, &["build", "-p", "vmm", "--target", &host], &vars).success();
    assert!(!project.path("target").exists(), "{}", built.stderr);
    let said = |program: &Path| {
        let output = Command::new(program).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(said(&elsewhere.join(&host).join("debug/vmm")).starts_with("6.12.7-guest "));
    let image = fs::read(elsewhere.join("kernel/guest/vmlinux")).unwrap();
    let own = project.command(&["build", "guest", "--message-format", "json"]).envs(vars).output().unwrap();
    let own = Run::new(&own).success();
    assert!(own.stdout.contains("\"fresh\":true"), "the tool finds the same one: {}", own.stdout);

    // A workspace within it has no manifest of its own: it is the outer one's kernel, packed this time.
    let ours = workspace_root().join("crates/kernel-build-script");
    project.write(
        "inner/Cargo.toml",
        &format!(
            "[package]\nname = \"inner\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nflate2 = \"1\"\n\
             kernel-build-script = {{ path = {ours:?}, default-features = false }}\n\n[build-dependencies]\n\
             kernel-build-script = {{ path = {ours:?}, features = [\"gzip\"] }}\n"
        ),
    );
    project.write(
        "inner/build.rs",
        "use kernel_build_script::{Embedding, Error, kernel};\nfn main() -> Result<(), Error> {\n    \
         kernel(\"guest\").embed(Embedding::Gzip).emit()?;\n    Ok(())\n}\n",
    );
    project.write(
        "inner/src/main.rs",
        "use std::io::{Read, Write};\nfn main() {\n    let packed: &[u8] = kernel_build_script::include_kernel!(\"guest\");\n    \
         let mut image = Vec::new();\n    flate2::read::GzDecoder::new(packed).read_to_end(&mut image).unwrap();\n    \
         std::io::stdout().write_all(&image).unwrap();\n}\n",
    );
    fs::copy(workspace_root().join("Cargo.lock"), project.path("inner/Cargo.lock")).unwrap();
    project.replace("Cargo.toml", "members =", "exclude = [\"inner\"]\nmembers =");
    let inner = ["build", "--manifest-path", "inner/Cargo.toml"];
    let built = cargo(&project, &inner, &vars).success();
    assert!(!built.stderr.contains("Compiling guest"), "{}", built.stderr);
    assert!(Command::new(elsewhere.join("debug/inner")).output().unwrap().stdout == image, "the same bytes");
    assert!(!project.path("inner/target").exists() && !project.path("inner/Kernel.lock").exists());

    // With one of its own, that is the nearest.
    project.write("inner/Kernel.toml", &project.read("Kernel.toml").replace("-guest", "-inner"));
    let far = format!("url = \"http://127.0.0.1:9/linux.tar\"\nsha256 = \"{}\"", "ab".repeat(32));
    project.replace("inner/Kernel.toml", "path = \"toy\"", &far);
    project.write("inner/kernel/net.config", "CONFIG_NET=y\n");
    // Cargo knows of none that were not there; it runs a script that has changed.
    project.replace("inner/build.rs", "use ", "// Anew.\nuse ");
    let refused = cargo(&project, &[&inner[..], &["--offline"]].concat(), &vars).exit(101);
    assert!(
        refused.stderr.contains("kernel build guest") && refused.stderr.contains("--offline"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("`--offline`"), "{}", refused.stderr);
}

/// This machine's target triple.
fn host() -> String {
    let said = Command::new("rustc").arg("-vV").output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// cargo's own jobserver counts the kernel's compilers, and its own; one job is enough.
#[test]
fn the_kernel_is_compiled_with_cargos_jobs() {
    for jobs in ["1", "3"] {
        let project = vmm_project();
        project.write("kernel/slow.config", "CONFIG_SLOW=y\n");
        fs::create_dir_all(project.path("tmp/running")).unwrap();
        let tmp = project.path("tmp");
        let vars = [("TMPDIR", tmp.to_str().unwrap())];
        cargo(&project, &["build", "-j", jobs, "-p", "vmm"], &vars).success();
        let most = most_at_once(&tmp.join("running"));
        let limit = jobs.parse().unwrap();
        assert!(most <= limit, "{most} compilers at once under -j{jobs}");
        assert!(limit == 1 || most > 1, "no compiler ran beside another under -j{jobs}");
    }
}

fn most_at_once(folder: &Path) -> usize {
    let counts = fs::read_dir(folder).unwrap();
    let count = |entry: std::io::Result<fs::DirEntry>| {
        fs::read_to_string(entry.unwrap().path()).unwrap().trim().parse::<usize>().unwrap()
    };
    counts.map(count).max().expect("the slow objects are counted")
}
