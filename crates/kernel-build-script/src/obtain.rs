//! The ways to a kernel.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::directives::Directives;
use crate::record::{FILE, Record};
use crate::{Built, Error, Kernel};

pub(crate) fn obtain(kernel: &Kernel, directives: &mut Directives) -> Result<Built, Error> {
    let built = match directives.variable("KERNEL_IMAGE") {
        Some(image) => given(PathBuf::from(image), directives)?,
        None => from_manifest(kernel, directives)?,
    };
    directives.depends_on(&built.image);
    directives.found(&built);
    Ok(built)
}

/// The image that the environment names.
fn given(image: PathBuf, directives: &mut Directives) -> Result<Built, Error> {
    if !image.is_absolute() || !image.is_file() {
        return Err(Error::BadImage(image));
    }
    let mut text = |name: &str| directives.variable(name).map(|value| value.to_string_lossy().into_owned());
    if let (Some(release), Some(version)) = (text("KERNEL_RELEASE"), text("KERNEL_VERSION")) {
        return Ok(Built { image, release, version });
    }
    let path = image.with_file_name(FILE);
    if !path.is_file() {
        return Err(Error::UnknownImage(image));
    }
    directives.depends_on(&path);
    let Record { release, version, .. } = Record::read(&path)?;
    Ok(Built { image, release, version })
}

/// The kernel of the manifest above the package.
fn from_manifest(kernel: &Kernel, directives: &mut Directives) -> Result<Built, Error> {
    let package = directives.variable_of_cargo("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let manifest = find_manifest(&package.ok_or(Error::NotInCargo("CARGO_MANIFEST_DIR"))?)?;
    let root = manifest.parent().unwrap_or(Path::new("/"));
    directives.depends_on(&manifest);
    let lockfile = root.join("Kernel.lock");
    let path = match directives.variable_of_cargo("KERNEL_BUILD_ACTIVE") {
        Some(output) => wait(kernel, Path::new(&output))?,
        None => build(kernel, root, directives)?,
    };
    // A path that is not there would make cargo run the script each time; the build may have written it just now.
    if lockfile.is_file() {
        directives.depends_on(&lockfile);
    }
    directives.depends_on(&path);
    let record = Record::read(&path)?;
    for input in record.inputs() {
        directives.depends_on(&root.join(input));
    }
    let image = record.image(kernel)?;
    Ok(Built { image, release: record.release, version: record.version })
}

/// The nearest manifest, from a folder upward.
fn find_manifest(start: &Path) -> Result<PathBuf, Error> {
    for folder in start.ancestors() {
        let own = folder.join("Kernel.toml");
        if own.is_file() {
            return Ok(own);
        }
        let cargos = folder.join("Cargo.toml");
        let has_table = |text: String| {
            text.lines().any(|line| line.trim_start().starts_with("[workspace.metadata.kernel"))
        };
        if fs::read_to_string(&cargos).is_ok_and(has_table) {
            return Ok(cargos);
        }
    }
    Err(Error::NoManifest(start.to_owned()))
}

/// Waits until nobody builds the kernel below `<target>/kernel`; the path of its `kernel.json`.
fn wait(kernel: &Kernel, output: &Path) -> Result<PathBuf, Error> {
    let lock = output.join(".work").join(&kernel.name).join("lock");
    let path = output.join(&kernel.name).join(FILE);
    let io = |source| Error::Io { path: lock.clone(), source };
    // No lock, no build: the artifact is there or is not.
    match File::open(&lock) {
        Ok(file) => file.lock_shared().map_err(io)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    if path.is_file() { Ok(path) } else { Err(Error::NotBuilt { name: kernel.name.clone(), path }) }
}

/// Lets `cargo-kernel` build the kernel; the path of its `kernel.json`.
fn build(kernel: &Kernel, root: &Path, directives: &Directives) -> Result<PathBuf, Error> {
    let no_tool = || Error::NoTool { name: kernel.name.clone() };
    let program = find_tool(directives).ok_or_else(no_tool)?;
    let mut arguments: Vec<OsString> = ["kernel", "build"].map(OsString::from).into();
    arguments.push(OsString::from(&kernel.name));
    // As many jobs as cargo has; the kernel's own jobserver keeps to them.
    if let Some(jobs) = directives.variable_of_cargo("NUM_JOBS") {
        arguments.extend([OsString::from("-j"), jobs]);
    }
    let shown: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let shown = format!("{} {}", program.display(), shown.join(" "));
    let child = Command::new(&program)
        .args(&arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| Error::Start { program, source })?;
    if !child.status.success() {
        return Err(Error::Failed { command: shown, status: child.status.to_string() });
    }
    let said = String::from_utf8_lossy(&child.stdout);
    match said.lines().find(|line| Path::new(line).is_absolute()) {
        Some(image) => Ok(Path::new(image).with_file_name(FILE)),
        None => Err(Error::NoOutput { command: shown }),
    }
}

fn find_tool(directives: &Directives) -> Option<PathBuf> {
    if let Some(program) = directives.variable_of_cargo("CARGO_KERNEL") {
        return Some(program.into());
    }
    let name = format!("cargo-kernel{}", std::env::consts::EXE_SUFFIX);
    let path = directives.variable_of_cargo("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|program| program.is_file())
}

#[cfg(test)]
mod tests;
