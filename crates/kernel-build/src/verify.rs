//! The result of make against what was promised.
//!
//! | What | Must be |
//! |---|---|
//! | `include/config/kernel.release` | the kernelrelease that was computed before compiling |
//! | `.config` | the resolved `.config`, byte for byte: `make` runs `syncconfig` and rewrites what it disagrees with |
//! | what the kernel must have | features and symbols, in that `.config` |
//! | each image | there, not older than the `vmlinux` that it is made of, for the kernel's architecture |
//! | the release inside each image | the kernelrelease |
//! | the `.config` inside an image (`CONFIG_IKCONFIG=y`) | the resolved one, byte for byte |
//! | the images that a VMM must take | as its contract asks, see [`crate::contracts`] |
//!
//! Invariant: a [`Verified`] can only be made by [`verify`]; what is stored is made of one.
//! Deliberately absent: booting, and the contents of compressed images beyond their first bytes.

use boot_contract::contract::Violation;
use boot_contract::image::{self, ImageError, ImageFacts, Machine};
use kconfig::{Change, DotConfig, difference};
use kernel_host::AbsPath;
use kernel_host::compressed::{self, CompressedError};
use kernel_host::fs::{self, FsError};
use kernel_spec::{Arch, Image, Requirement, Vmm};

use crate::configure::{Claim, Demands};
use crate::contracts::{Refused, Taker, machine};
use crate::release::Release;

/// The longest `.config` that is unpacked out of an image, in bytes: some twenty times that of a distribution's kernel.
const CONFIG_LIMIT: u64 = 8 << 20;

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
    /// The VMMs that must take the images.
    pub takers: &'a [Taker],
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
    /// The `.config` inside an image is another one.
    #[error("`{}` was built with another `.config` than the resolved one: the one inside{}", .image.as_str(), list_changes(.changes, .line))]
    ImageConfig {
        /// The image.
        image: Image,
        /// What differs in meaning.
        changes: Vec<Change>,
        /// The first line that differs: its number from 1, as resolved, as found.
        line: Option<(usize, String, String)>,
    },
    /// The `.config` inside an image is none.
    #[error("the `.config` inside `{}` cannot be read", .image.as_str())]
    PackedConfig {
        /// The image.
        image: Image,
        /// Why.
        source: CompressedError,
    },
    /// A VMM would not take it.
    #[error("`{}` cannot be booted by `{}`, which {} names{}", .image.as_str(), .taker.vmm, .taker.by, list(.violations))]
    Contract {
        /// The image.
        image: Image,
        /// Who asks.
        taker: Taker,
        /// What the VMM misses.
        violations: Vec<Violation>,
    },
    /// A VMM that runs no such guests.
    #[error("{} names `{vmm}`, which runs no guests for {arch}", .taker.by, vmm = .taker.vmm)]
    NoGuests {
        /// Who asks.
        taker: Taker,
        /// The kernel's architecture.
        arch: Arch,
    },
}

impl VerifyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Contract { violations, .. } => mends(violations),
            Self::NoGuests { .. } => {
                let names: Vec<String> = Vmm::ALL.into_iter().map(|vmm| format!("`{vmm}`")).collect();
                Some(format!("name another; the contracts that are known: {}", names.join(", ")))
            }
            Self::Older { .. } | Self::NoImage { .. } | Self::Header { .. } => {
                Some("run `cargo xtask kernel clean`, and build again".into())
            }
            Self::Release { .. } | Self::ImageRelease { .. } => {
                Some("something wrote to the source or object tree while make ran; build again".into())
            }
            Self::Config { .. } | Self::ImageConfig { .. } => Some(
                "something changed the toolchain or the source since configure, or this is a bug to report; \
                     `--kconfig=tree` resolves with the tree's own `conf`"
                    .into(),
            ),
            Self::Machine { found: Machine::X86, .. } => Some("ask for `CONFIG_64BIT=y`".into()),
            Self::Fs(_) | Self::Machine { .. } | Self::Unmet { .. } | Self::PackedConfig { .. } => None,
        }
    }
}

/// What mends violations, each once.
fn mends(violations: &[Violation]) -> Option<String> {
    let mut mends: Vec<String> = violations.iter().map(|violation| violation.mend.to_string()).collect();
    mends.dedup();
    (!mends.is_empty()).then(|| format!("ask for {}", mends.join(", ")))
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
    agreed(promise, images)
}

/// Compares an artifact that was verified before, in the folder `promise.objtree`, with what is promised of it here.
///
/// # Errors
/// The first [`VerifyError`].
pub(crate) fn verify_stored(promise: &Promise<'_>) -> Result<Verified, VerifyError> {
    check_having(promise)?;
    let check = |image: &Image| check_image(promise, *image, promise.objtree.join(image.as_str()));
    let images = promise.images.iter().map(check).collect::<Result<_, _>>()?;
    agreed(promise, images)
}

/// Judges the images of a stored artifact by what VMMs ask of them, and by nothing else.
///
/// # Errors
/// The first [`VerifyError`].
pub(crate) fn verify_takers(
    directory: &AbsPath,
    arch: Arch,
    images: &[Image],
    takers: &[Taker],
) -> Result<(), VerifyError> {
    let mut read = Vec::new();
    for &image in images {
        let facts = facts_of(image, &fs::read(&directory.join(image.as_str()))?)?;
        read.push((image, facts));
    }
    let facts: Vec<_> = read.iter().map(|(image, facts)| (*image, facts.as_ref())).collect();
    check_takers(arch, &facts, takers)
}

fn agreed(promise: &Promise<'_>, images: Vec<VerifiedImage>) -> Result<Verified, VerifyError> {
    let facts: Vec<_> = images.iter().map(|image| (image.image, image.facts.as_ref())).collect();
    check_takers(promise.arch, &facts, promise.takers)?;
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

fn check_takers(
    arch: Arch,
    images: &[(Image, Option<&ImageFacts>)],
    takers: &[Taker],
) -> Result<(), VerifyError> {
    for taker in takers {
        match taker.unmet(arch, images) {
            None => {}
            Some(Refused::NoGuests) => return Err(VerifyError::NoGuests { taker: taker.clone(), arch }),
            Some(Refused::Violations(image, violations)) => {
                return Err(VerifyError::Contract { image, taker: taker.clone(), violations });
            }
        }
    }
    Ok(())
}

pub(crate) fn check_config(resolved: &str, found: &str) -> Result<(), VerifyError> {
    match config_difference(resolved, found) {
        None => Ok(()),
        Some((changes, line)) => Err(VerifyError::Config { changes, line }),
    }
}

type FirstLine = Option<(usize, String, String)>;

/// What two `.config` files differ in: by meaning, and the first line.
fn config_difference(resolved: &str, found: &str) -> Option<(Vec<Change>, FirstLine)> {
    if resolved == found {
        return None;
    }
    let parse = |text| DotConfig::parse(text).unwrap_or_default();
    let (mut before, mut after) = (resolved.lines(), found.lines());
    let line = (1..).map_while(|number| match (before.next(), after.next()) {
        (None, None) => None,
        (a, b) => Some((number, a.unwrap_or_default().to_owned(), b.unwrap_or_default().to_owned())),
    });
    let line = line.into_iter().find(|(_, a, b)| a != b);
    Some((difference(&parse(resolved), &parse(found)), line))
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
    let facts = facts_of(image, &bytes)?;
    if let Some(facts) = &facts {
        check_facts(promise, image, facts)?;
        check_embedded(promise, image, &path, &bytes)?;
    }
    Ok(VerifiedImage { image, path, facts })
}

/// What the header of an image says; `None` for one that is compressed as a whole, or has none.
fn facts_of(image: Image, bytes: &[u8]) -> Result<Option<ImageFacts>, VerifyError> {
    match (image::inspect(bytes), image) {
        (Ok(facts), _) => Ok(Some(facts)),
        (Err(ImageError::Packed { packing: "gzip" }), Image::ImageGz) => Ok(None),
        // `arch/arm/boot/compressed/head.S`: the magic number of a zImage.
        (Err(_), Image::ZImage) if bytes.get(0x24..0x28) == Some(&0x016f_2818_u32.to_le_bytes()[..]) => {
            Ok(None)
        }
        (Err(error), _) => Err(VerifyError::Header { image, error }),
    }
}

/// The `.config` in an image is the one that it was built with.
fn check_embedded(
    promise: &Promise<'_>,
    image: Image,
    path: &AbsPath,
    bytes: &[u8],
) -> Result<(), VerifyError> {
    if !promise.config.contains("\nCONFIG_IKCONFIG=y\n") {
        return Ok(());
    }
    let Some(packed) = image::embedded_config(bytes) else { return Ok(()) };
    let unpacked = compressed::decompress(path, packed, CONFIG_LIMIT)
        .map_err(|source| VerifyError::PackedConfig { image, source })?;
    match config_difference(promise.config, &String::from_utf8_lossy(&unpacked)) {
        None => Ok(()),
        Some((changes, line)) => Err(VerifyError::ImageConfig { image, changes, line }),
    }
}

fn check_facts(promise: &Promise<'_>, image: Image, facts: &ImageFacts) -> Result<(), VerifyError> {
    if facts.machine() != machine(promise.arch) {
        return Err(VerifyError::Machine { image, found: facts.machine(), expected: promise.arch });
    }
    if let Some(found) = facts.release().filter(|found| *found != promise.release.text) {
        let (found, promised) = (found.to_owned(), promise.release.text.clone());
        return Err(VerifyError::ImageRelease { image, found, promised });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
