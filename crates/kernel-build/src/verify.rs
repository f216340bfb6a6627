//! The result of make against what was promised.
//!
//! | What | Must be |
//! |---|---|
//! | `include/config/kernel.release` | the kernelrelease that was computed before compiling |
//! | `.config` | the resolved `.config`, byte for byte: `make` runs `syncconfig` and rewrites what it disagrees with |
//! | what the kernel must have | features and symbols, in that `.config` |
//! | each image | there, not older than the `vmlinux` that it is made of, for the kernel's architecture |
//! | the release inside each image | the kernelrelease |
//! | each image that a VM boots | as the VMM's contract asks |
//!
//! Invariant: a [`Verified`] can only be made by [`verify`]; what is stored is made of one.
//! Deliberately absent: booting, and the contents of compressed images beyond their first bytes.

use boot_contract::contract::{self, Contract, Violation};
use boot_contract::image::{self, ImageError, ImageFacts, Machine};
use kconfig::{Change, DotConfig, difference};
use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};
use kernel_spec::{Arch, Image, Requirement};

use crate::configure::{Claim, Demands};
use crate::release::Release;

/// What a build must have made.
#[derive(Clone, Copy, Debug)]
pub struct Promise<'a> {
    /// The object tree.
    pub objtree: &'a AbsPath,
    /// The kernel's architecture.
    pub arch: Arch,
    /// The kernelrelease that was computed.
    pub release: &'a Release,
    /// The text of the resolved `.config`.
    pub config: &'a str,
    /// The images that were asked for.
    pub images: &'a [Image],
    /// What the kernel must have.
    pub demands: &'a Demands<'a>,
    /// Which image is booted by which VMM.
    pub contracts: &'a [(Image, Contract)],
}

/// The images of a build that is as promised.
#[derive(Clone, Debug)]
pub struct Verified {
    images: Vec<VerifiedImage>,
}

/// One image, and what its header says.
#[derive(Clone, Debug)]
pub struct VerifiedImage {
    /// Which one.
    pub image: Image,
    /// Where the object tree has it.
    pub path: AbsPath,
    /// Its header; `None` for an image that is compressed as a whole.
    pub facts: Option<ImageFacts>,
}

impl Verified {
    /// The images, in the order that they were asked for.
    pub fn images(&self) -> &[VerifiedImage] {
        &self.images
    }
}

/// How a build is not what was promised.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file is not readable, or not there.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// make made another kernelrelease than was computed.
    #[error("make wrote release `{found}`, but `{promised}` was computed before the build")]
    Release {
        /// `include/config/kernel.release`.
        found: String,
        /// What was computed.
        promised: String,
    },
    /// make changed the `.config`, or would.
    #[error("make's `.config` is not the resolved one{}", list_changes(.changes, .line))]
    Config {
        /// What differs in meaning.
        changes: Vec<Change>,
        /// The first line that differs: its number from 1, as resolved, as found.
        line: Option<(usize, String, String)>,
    },
    /// It has not what it must have.
    #[error("the kernel that was built has no `{}`, which is {} by {}", .requirement.want, .claim.as_str(), .requirement.by)]
    Unmet {
        /// Whose word it is.
        claim: Claim,
        /// What it must have.
        requirement: Box<Requirement>,
    },
    /// make ended well and did not make an image.

    #[error("make ended well, but there is no `{}` at {path}", .image.as_str())]
    NoImage {
        /// The image.
        image: Image,
        /// Where it should be.
        path: AbsPath,
    },
    /// An image was not made anew from the `vmlinux` beside it.
    #[error("`{}` is older than the `vmlinux` that it is made of", .image.as_str())]
    Older {
        /// The image.
        image: Image,
    },
    /// The header is none.
    #[error("`{}` is broken: {error}", .image.as_str())]
    Header {
        /// The image.
        image: Image,
        /// What is wrong with it.
        error: ImageError,
    },
    /// It is for another machine.
    #[error("`{}` is for {found}: expected {expected}", .image.as_str())]
    Machine {
        /// The image.
        image: Image,
        /// What its header says.
        found: Machine,
        /// The kernel's architecture.
        expected: Arch,
    },
    /// It reports another release.
    #[error("`{}` reports release `{found}`, but `{promised}` was computed before the build", .image.as_str())]
    ImageRelease {
        /// The image.
        image: Image,
        /// What it has inside.
        found: String,
        /// What was computed.
        promised: String,
    },
    /// A VMM would not take it.
    #[error("`{}` cannot be booted{}", .image.as_str(), list(.violations))]
    Contract {
        /// The image.
        image: Image,
        /// What the VMM misses.
        violations: Vec<Violation>,
    },
}

impl VerifyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Contract { violations, .. } => {
                violations.first().map(|violation| format!("ask for {}", violation.mend))
            }
            Self::Older { .. } | Self::NoImage { .. } | Self::Header { .. } => {
                Some("run `cargo xtask kernel clean`, and build again".into())
            }
            Self::Release { .. } | Self::ImageRelease { .. } => {
                Some("something wrote to the source or object tree while make ran; build again".into())
            }
            Self::Config { .. } => Some(
                "something changed the toolchain or the source since configure, or this is a bug to report; \
                     `--kconfig=tree` resolves with the tree's own `conf`"
                    .into(),
            ),
            Self::Machine { found: Machine::X86, .. } => Some("ask for `CONFIG_64BIT=y`".into()),
            Self::Fs(_) | Self::Machine { .. } | Self::Unmet { .. } => None,
        }
    }
}

fn list(violations: &[Violation]) -> String {
    violations.iter().map(|violation| format!("\n  {violation}")).collect()
}

fn list_changes(changes: &[Change], line: &Option<(usize, String, String)>) -> String {
    const SHOWN: usize = 10;
    let value =
        |value: &Option<kconfig::Value>| value.as_ref().map_or("not set".to_owned(), ToString::to_string);
    let mut text: String = changes
        .iter()
        .take(SHOWN)
        .map(|change| {
            let name = change.symbol.config_name();
            format!("\n  {name}: resolved to {}, built with {}", value(&change.before), value(&change.after))
        })
        .collect();
    if changes.len() > SHOWN {
        text.push_str(&format!("\n  and {} more", changes.len() - SHOWN));
    }
    if let (true, Some((number, before, after))) = (changes.is_empty(), line) {
        text.push_str(&format!("\n  line {number}: resolved as `{before}`, built with `{after}`"));
    }
    text
}

/// Compares what make made with what was promised.
///
/// # Errors
/// The first [`VerifyError`].
pub fn verify(promise: &Promise<'_>) -> Result<Verified, VerifyError> {
    let found = fs::read_to_string(&promise.objtree.join("include/config/kernel.release"))?;
    if found.trim_end_matches('\n') != promise.release.text {
        let (found, promised) = (found.trim_end().to_owned(), promise.release.text.clone());
        return Err(VerifyError::Release { found, promised });
    }
    check_having(promise)?;
    let check = |image: &Image| {
        let path = promise.objtree.join(image.objtree_path(promise.arch));
        check_age(promise, *image, &path)?;
        check_image(promise, *image, path)
    };
    let images = promise.images.iter().map(check).collect::<Result<_, _>>()?;
    Ok(Verified { images })
}

/// Compares an artifact that was verified before, in the folder `promise.objtree`, with what is promised of it here.
///
/// # Errors
/// The first [`VerifyError`].
pub(crate) fn verify_stored(promise: &Promise<'_>) -> Result<Verified, VerifyError> {
    check_having(promise)?;
    let check = |image: &Image| check_image(promise, *image, promise.objtree.join(image.as_str()));
    let images = promise.images.iter().map(check).collect::<Result<_, _>>()?;
    Ok(Verified { images })
}

/// The `.config` that was built is the resolved one, and has what it must have.
fn check_having(promise: &Promise<'_>) -> Result<(), VerifyError> {
    let found = fs::read_to_string(&promise.objtree.join(".config"))?;
    check_config(promise.config, &found)?;
    match promise.demands.unmet_by(&DotConfig::parse(&found).unwrap_or_default()).next() {
        Some((claim, requirement)) => {
            Err(VerifyError::Unmet { claim: *claim, requirement: Box::new(requirement.clone()) })
        }
        None => Ok(()),
    }
}

pub(crate) fn check_config(resolved: &str, found: &str) -> Result<(), VerifyError> {
    if resolved == found {
        return Ok(());
    }
    let parse = |text| DotConfig::parse(text).unwrap_or_default();
    let (mut before, mut after) = (resolved.lines(), found.lines());
    let line = (1..).map_while(|number| match (before.next(), after.next()) {
        (None, None) => None,
        (a, b) => Some((number, a.unwrap_or_default().to_owned(), b.unwrap_or_default().to_owned())),
    });
    let line = line.into_iter().find(|(_, a, b)| a != b);
    Err(VerifyError::Config { changes: difference(&parse(resolved), &parse(found)), line })
}

/// An image of an object tree is made of the `vmlinux` in it, and after it.
fn check_age(promise: &Promise<'_>, image: Image, path: &AbsPath) -> Result<(), VerifyError> {
    let vmlinux = promise.objtree.join(Image::Vmlinux.objtree_path(promise.arch));
    if image != Image::Vmlinux
        && fs::is_file(path)
        && fs::is_file(&vmlinux)
        && fs::mtime_nanos(path)? < fs::mtime_nanos(&vmlinux)?
    {
        return Err(VerifyError::Older { image });
    }
    Ok(())
}

fn check_image(promise: &Promise<'_>, image: Image, path: AbsPath) -> Result<VerifiedImage, VerifyError> {
    if !fs::is_file(&path) {
        return Err(VerifyError::NoImage { image, path });
    }
    let bytes = fs::read(&path)?;
    let facts = match (image::inspect(&bytes), image) {
        (Ok(facts), _) => facts,
        (Err(ImageError::Packed { packing: "gzip" }), Image::ImageGz) => {
            return Ok(VerifiedImage { image, path, facts: None });
        }
        // `arch/arm/boot/compressed/head.S`: the magic number of a zImage.
        (Err(_), Image::ZImage) if bytes.get(0x24..0x28) == Some(&0x016f_2818_u32.to_le_bytes()[..]) => {
            return Ok(VerifiedImage { image, path, facts: None });
        }
        (Err(error), _) => return Err(VerifyError::Header { image, error }),
    };
    check_facts(promise, image, &facts)?;
    Ok(VerifiedImage { image, path, facts: Some(facts) })
}

fn check_facts(promise: &Promise<'_>, image: Image, facts: &ImageFacts) -> Result<(), VerifyError> {
    let expected = match promise.arch {
        Arch::X86_64 => Machine::X86_64,
        Arch::Aarch64 => Machine::Aarch64,
        Arch::Riscv64 => Machine::Riscv,
        Arch::Arm => Machine::Arm,
    };
    if facts.machine() != expected {
        return Err(VerifyError::Machine { image, found: facts.machine(), expected: promise.arch });
    }
    if let Some(found) = facts.release().filter(|found| *found != promise.release.text) {
        let (found, promised) = (found.to_owned(), promise.release.text.clone());
        return Err(VerifyError::ImageRelease { image, found, promised });
    }
    for (_, vmm) in promise.contracts.iter().filter(|(wanted, _)| *wanted == image) {
        let violations = contract::check(facts, vmm);
        if !violations.is_empty() {
            return Err(VerifyError::Contract { image, violations });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
