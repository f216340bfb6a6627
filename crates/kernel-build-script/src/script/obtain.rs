//! The ways to a kernel.
//!
//! ```text
//! DOCS_RS ─▶ stub
//! KERNEL_IMAGE ─▶ given
//! build    ─┬─ under `kernel build`: wait for its lock ─┐
//!           └─ cargo-kernel build ──────────────────────┼─▶ facts.json, kernel.json ─▶ Built
//! require  ── wait for the lock ────────────────────────┘
//! facts    ─── cargo-kernel check ─────────────────────────▶ facts.json ─▶ Built
//! ```

use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::directives::Directives;
use super::facts::Facts;
use super::parent::Restraint;
use super::record::{FILE, Record};
use super::{Built, Error, Kernel, Mode, dot_config, places};

pub(super) fn obtain(kernel: &Kernel, directives: &mut Directives) -> Result<Built, Error> {
    if directives.variable("DOCS_RS").is_some() {
        return Ok(stub(kernel));
    }
    let mode = mode(kernel, directives)?;
    match directives.variable("KERNEL_IMAGE") {
        Some(image) => given(kernel, PathBuf::from(image), directives),
        None => from_manifest(kernel, mode, directives),
    }
}

fn mode(kernel: &Kernel, directives: &mut Directives) -> Result<Mode, Error> {
    let Some(word) = directives.variable("KERNEL_BUILD_SCRIPT") else { return Ok(kernel.mode) };
    let found = Mode::ALL.into_iter().find(|mode| word.to_str() == Some(mode.as_str()));
    found.ok_or_else(|| Error::BadMode(word.to_string_lossy().into_owned()))
}

/// What documentation is made with: nothing of it is true of any kernel, and it compiles.
fn stub(kernel: &Kernel) -> Built {
    Built {
        release: "0.0.0-docs".to_owned(),
        version: "0.0.0".to_owned(),
        symbols: kernel.symbols.iter().map(|name| (name.clone(), "n".to_owned())).collect(),
        ..Built::default()
    }
}

/// The image that the environment names.
fn given(kernel: &Kernel, image: PathBuf, directives: &mut Directives) -> Result<Built, Error> {
    if !image.is_absolute() || !image.is_file() {
        return Err(Error::BadImage(image));
    }
    directives.depends_on(&image);
    let mut text = |name: &str| directives.variable(name).map(|value| value.to_string_lossy().into_owned());
    let said = text("KERNEL_RELEASE").zip(text("KERNEL_VERSION"));
    let path = image.with_file_name(FILE);
    if !path.is_file() {
        let Some((release, version)) = said else { return Err(Error::UnknownImage(image)) };
        let size = image.metadata().ok().map(|found| found.len());
        return Ok(Built { image, size, ..Built { release, version, ..stub(kernel) } });
    }
    directives.depends_on(&path);
    let record = Record::read(&path)?;
    let (release, version) = said.unwrap_or_else(|| (record.release.clone(), record.version.clone()));
    let config = config_text(&image.with_file_name(".config"));
    let built = Built { image, release, version, ..Built::default() };
    Ok(symbols(kernel, &config, record.file(built)))
}

/// The kernel of the manifest above the package.
fn from_manifest(kernel: &Kernel, mode: Mode, directives: &mut Directives) -> Result<Built, Error> {
    let package = directives.variable_of_cargo("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let manifest = places::manifest(&package.ok_or(Error::NotInCargo("CARGO_MANIFEST_DIR"))?)?;
    let root = manifest.parent().unwrap_or(Path::new("/")).to_owned();
    directives.depends_on(&manifest);
    let active = directives.variable_of_cargo("KERNEL_BUILD_ACTIVE").map(PathBuf::from);
    let output = match &active {
        Some(output) => output.clone(),
        None => places::target_dir(directives)?.join("kernel"),
    };
    match (mode, &active) {
        (Mode::Build, Some(_)) => wait(kernel, &output, active.is_some())?,
        (Mode::Require, _) => wait(kernel, &output, active.is_some())?,
        (Mode::Build, None) => run(kernel, "build", &root, &output, directives)?,
        (Mode::Facts, _) => run(kernel, "check", &root, &output, directives)?,
    }
    let facts = Facts::read(&Facts::path(&output, &kernel.name))?;
    for input in facts.inputs.iter().filter(|input| input.exists()) {
        directives.depends_on(input);
    }
    // A first build writes it.
    directives.settle(&root.join("Kernel.lock"));
    let image = chosen(kernel, &facts)?;
    let mut built = Built {
        arch: facts.arch.clone(),
        image: facts.artifact.join(image),
        release: facts.release.clone(),
        version: facts.version.clone(),
        features: facts.features.clone(),
        known_features: facts.known_features.clone(),
        ..Built::default()
    };
    if mode != Mode::Facts {
        let path = facts.artifact.join(FILE);
        let record = Record::read(&path)?;
        if record.name != kernel.name {
            let found = format!("it is not of kernel `{}`", kernel.name);
            return Err(Error::Record { path, found });
        }
        directives.depends_on(&path);
        directives.settle(&path);
        built = record.file(built);
    }
    built = symbols(kernel, &config_text(&facts.config), built);
    if let Some(vm) = &kernel.vm {
        built.cmdline.clone_from(&facts.vm(vm, &kernel.name)?.cmdline);
    }
    Ok(built)
}

/// The image that a kernel's user wants.
fn chosen<'a>(kernel: &'a Kernel, facts: &'a Facts) -> Result<&'a str, Error> {
    let wanted = match (&kernel.image, &kernel.vm) {
        (Some(image), _) => image,
        (None, Some(vm)) => &facts.vm(vm, &kernel.name)?.image,
        (None, None) => facts.images.first().map_or("", String::as_str),
    };
    if facts.images.iter().any(|image| image == wanted) {
        return Ok(wanted);
    }
    let (name, image) = (kernel.name.clone(), wanted.to_owned());
    Err(Error::NoImage { name, image, there: facts.images.join(", ") })
}

/// What of a `.config` was asked for; no file is one that says nothing.
fn symbols(kernel: &Kernel, config: &str, built: Built) -> Built {
    let value = |name: &str| dot_config::value(config, name);
    let one = |name: &String| (name.clone(), value(name).unwrap_or_else(|| "n".to_owned()));
    Built {
        cmdline: value("CMDLINE").unwrap_or_default(),
        symbols: kernel.symbols.iter().map(one).collect(),
        ..built
    }
}

fn config_text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Waits until nobody builds the kernel below `<target>/kernel`.
fn wait(kernel: &Kernel, output: &Path, is_active: bool) -> Result<(), Error> {
    let lock = output.join(".work").join(&kernel.name).join("lock");
    let path = output.join(&kernel.name).join(FILE);
    let io = |source| Error::Io { path: lock.clone(), source };
    // No lock, no build: the artifact is there or is not.
    match File::open(&lock) {
        Ok(file) => file.lock_shared().map_err(io)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    let name = kernel.name.clone();
    match (path.is_file(), is_active) {
        (true, _) => Ok(()),
        (false, true) => Err(Error::NotBuilt { name, path }),
        (false, false) => Err(Error::Required { name, path }),
    }
}

/// Lets `cargo-kernel` build or check the kernel.
fn run(
    kernel: &Kernel,
    verb: &str,
    root: &Path,
    output: &Path,
    directives: &Directives,
) -> Result<(), Error> {
    let target_dir = output.parent().unwrap_or(output);
    let program = places::tool(target_dir, directives)?;
    let mut arguments: Vec<OsString> = ["kernel", verb].map(OsString::from).into();
    arguments.push(OsString::from(&kernel.name));
    arguments.extend([OsString::from("--target-dir"), target_dir.into()]);
    // With cargo's own jobserver there is nothing to say: it counts the jobs of both.
    let pool = directives.variable_of_cargo("CARGO_MAKEFLAGS");
    if let (None, Some(jobs)) = (pool, directives.variable_of_cargo("NUM_JOBS")) {
        arguments.extend([OsString::from("-j"), jobs]);
    }
    let told = Restraint::of_cargo();
    let offline = directives.variable_of_cargo("CARGO_NET_OFFLINE").is_some_and(|value| value == "true");
    let options = [(told.offline || offline, "--offline"), (told.locked, "--locked")];
    arguments.extend(options.into_iter().filter(|(said, _)| *said).map(|(_, option)| option.into()));
    let shown: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let shown = format!("{} {}", program.display(), shown.join(" "));
    let status = Command::new(&program)
        .args(&arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        // What a build script prints to stdout is for cargo.
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .status()
        .map_err(|source| Error::Start { program, source })?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Failed { command: shown, status: status.to_string() })
}

#[cfg(test)]
mod tests;
