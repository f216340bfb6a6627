//! A tarball to a ready tree, against `tar xf`; and a second workspace that uses the same source.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::{cost, median};
use crate::{launcher, metadata};

/// Where Debian's package of that name puts the tarball.
const TARBALL: &str = "/usr/src/linux-source-6.12.tar.xz";

/// Unpacks a kernel's tarball by the tool and by `tar`, in turns; both write into this repository's target directory.
pub(crate) fn source(rounds: usize, tarball: Option<OsString>) -> Result<()> {
    let tarball = self::tarball(tarball)?;
    let tool = launcher::cargo_kernel()?;
    let bench = metadata::target_dir()?.join("bench/source");
    let _ = fs::remove_dir_all(&bench);
    let (first, second) = (bench.join("first"), bench.join("second"));
    for workspace in [&first, &second] {
        let manifest = vendored(workspace, &tarball)?;
        fs::write(workspace.join("Kernel.toml"), manifest)?;
    }
    let fetch = |workspace: &Path, round: usize| {
        let mut command = Command::new(&tool);
        command.args(["kernel", "--quiet", "fetch", "--all", "--offline"]).current_dir(workspace);
        command.env("KERNEL_CACHE_DIR", bench.join(format!("cache-{round}"))).stdout(Stdio::null());
        command
    };
    println!("{} on {} cores; wall seconds", tarball.display(), std::thread::available_parallelism()?);
    let (mut ratios, mut again) = (Vec::new(), Vec::new());
    // Once before: a lock comes with a workspace, and each round reads the tarball from memory.
    ensure!(fetch(&first, 0).status()?.success(), "could not fetch `{}`", tarball.display());
    fs::copy(first.join("Kernel.lock"), second.join("Kernel.lock"))?;
    for round in 1..=rounds {
        // Nothing is removed until the end: ext4 makes whoever creates files after that pass by every inode that was just
        // given back, which takes longer than all that is measured here.
        let bare = bench.join(format!("bare-{round}"));
        fs::create_dir_all(&bare)?;
        let tar = cost(Command::new("tar").arg("-xf").arg(&tarball).arg("-C").arg(&bare))?;
        let ours = cost(&mut fetch(&first, round))?;
        let other = cost(&mut fetch(&second, round))?;
        println!(
            "round {round}: tar xf {:.2}   kernel fetch {:.2}   second workspace {:.3}   (CPU {:.1}, {:.1}, {:.2} s)",
            tar.wall, ours.wall, other.wall, tar.cpu, ours.cpu, other.cpu
        );
        ratios.push(ours.wall / tar.wall);
        again.push(other.wall);
    }
    println!("kernel fetch / tar xf: median {:.3}", median(&mut ratios));
    println!("a second workspace: median {:.0} ms", median(&mut again) * 1000.0);
    let _ = fs::remove_dir_all(&bench);
    Ok(())
}

/// The tarball that was named, or Debian's.
pub(super) fn tarball(named: Option<OsString>) -> Result<PathBuf> {
    let tarball = named.map_or_else(|| PathBuf::from(TARBALL), PathBuf::from);
    ensure!(tarball.is_file(), "no `{}`: name a kernel's tarball by `--tarball`", tarball.display());
    Ok(tarball)
}

/// Makes a workspace with a tarball that lies beside its manifest; what is to stand in that: the source `linux`.
pub(super) fn vendored(workspace: &Path, tarball: &Path) -> Result<String> {
    let sum = Command::new("sha256sum").arg(tarball).output().context("could not start `sha256sum`")?;
    let digest = String::from_utf8(sum.stdout)?.split(' ').next().unwrap_or_default().to_owned();
    let name = tarball.file_name().context("a tarball has a name")?;
    let place = workspace.join("vendor/downloads-v1").join(&digest);
    fs::create_dir_all(&place)?;
    let target = place.join(name);
    if fs::hard_link(tarball, &target).is_err() {
        fs::copy(tarball, &target)?;
    }
    fs::write(workspace.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = []\n")?;
    Ok(format!(
        "schema = 1\nvendor = \"vendor\"\n\n[source.linux]\nurl = \"https://kernel.invalid/{}\"\nsha256 = \"{digest}\"\n",
        name.display()
    ))
}
