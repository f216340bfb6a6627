//! `Kernel.lock`: what each source was resolved to.
//!
//! ```toml
//! schema = 1
//!
//! [source.linux-6_12]
//! deb = "linux-source-6.12"
//! version = "6.12.117-1"
//! kernelversion = "6.12.117"
//! file = "linux-source-6.12_6.12.117-1_all.deb"
//! size = 143260308
//! sha256 = "…"
//! ```
//!
//! After the sources come the kernels: the digests of their patches, and what they resolved to ([`KernelLock`]).
//!
//! Sources at a `path` have no entry: there is nothing to pin. The text is made anew whenever a pin changes, in the
//! order of the names, so that the same pins are always the same bytes. The digest that proves a tree is that of the
//! uncompressed tar file, which no mirror and no compression changes; it is known after the first unpacking and written
//! then. Each entry ends with a `check`, a digest of its other lines: an edit by hand is found, and a merge of two entries
//! by git is none.
//!
//! Deliberately absent: addresses of packages and of kernel.org's files. They are the origin's to say, and change with its
//! mirrors.

mod kernel;
mod pin;
mod render;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::parse::{check_schema, newer_schema};
use crate::reader::{Fields, Reader, parse_toml};
use crate::schema::{LOCK, LOCK_SOURCE};
use crate::version::KernelVersion;
use crate::{Diagnostic, GitReference, KernelName, Location, Sha256, SourceName, SourceText, Spanned};

pub use kernel::{KernelLock, PatchPin, Resolved};
pub use pin::SourcePin;

const HINT: &str = "restore it from version control, or delete it to have every source resolved anew";

/// The pins of a manifest's sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// One pin for each source that can be pinned.
    pub sources: BTreeMap<SourceName, SourcePin>,
    /// What is locked of each kernel; nothing for one without patches that was not configured yet.
    pub kernels: BTreeMap<KernelName, KernelLock>,
}

/// The kernel version that a Debian package's version names: `6.12.117-1~bpo12+1` → `6.12.117`.
///
/// `None` where it names none for certain: a version such as `6.8.0-45.45` counts the distribution's own builds of a
/// series and leaves the point release open.
pub fn deb_kernelversion(version: &str) -> Option<KernelVersion> {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    let (upstream, revision) = version.rsplit_once('-')?;
    let parsed: KernelVersion = upstream.replace('~', "-").parse().ok()?;
    let counts_builds = parsed.patch() == Some(0) && revision.contains('.');
    let plain = parsed.suffix().is_empty() || parsed.rc().is_some();
    (plain && !counts_builds).then_some(parsed)
}

impl Lockfile {
    /// Parses the text of a `Kernel.lock`.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the text; a file of a newer schema is refused with its number.
    pub fn parse(source: impl Into<Arc<SourceText>>) -> Result<Self, Vec<Diagnostic>> {
        Self::parse_source(source.into()).map_err(|mut diagnostics| {
            for diagnostic in &mut diagnostics {
                diagnostic.hint.get_or_insert_with(|| HINT.to_owned());
            }
            diagnostics
        })
    }

    fn parse_source(source: Arc<SourceText>) -> Result<Self, Vec<Diagnostic>> {
        if let Some(conflict) = conflict(&source) {
            return Err(vec![conflict]);
        }
        let table = parse_toml(&source)?;
        let mut reader = Reader::new(source.clone(), "");
        if let Some(newer) = newer_schema(&reader, &table) {
            return Err(vec![newer]);
        }
        let fields = reader.table(&LOCK, "", Location { source: source.clone(), span: 0..0 }, &table);
        check_schema(&mut reader, &fields);
        let mut sources = BTreeMap::new();
        for (name, location, table) in reader.named(&fields, "source") {
            let fields = reader.table(&LOCK_SOURCE, &format!("source.{name}"), location.clone(), table);
            match SourceName::new(name) {
                Ok(name) => sources.extend(pin(&mut reader, &name, &fields).map(|pin| (name, pin))),
                Err(error) => reader.report(Diagnostic::new(error.to_string()).at(location)),
            }
        }
        let mut kernels = BTreeMap::new();
        for (name, location, table) in reader.named(&fields, "kernel") {
            match KernelName::new(name) {
                Ok(kernel) => {
                    let lock = KernelLock::parse(&mut reader, &format!("kernel.{name}"), location, table);
                    kernels.insert(kernel, lock);
                }
                Err(error) => reader.report(Diagnostic::new(error.to_string()).at(location)),
            }
        }
        match reader.finish() {
            diagnostics if diagnostics.is_empty() => Ok(Self { sources, kernels }),
            diagnostics => Err(diagnostics),
        }
    }
}

/// The keys of which an entry has one, and what else it needs then.
const KINDS: [(&str, &[&str]); 4] = [
    ("deb", &["version", "file", "size", "sha256"]),
    ("kernel-org", &["file", "sha256"]),
    ("url", &[]),
    ("git", &["commit", "tree"]),
];

fn pin(reader: &mut Reader, name: &SourceName, fields: &Fields<'_>) -> Option<SourcePin> {
    let given: Vec<_> = KINDS.iter().filter(|(key, _)| fields.has(key)).collect();
    // An address stands beside a release where kernel.org has it elsewhere.
    let (kind, needed) = match given[..] {
        [only] => *only,
        [org @ ("kernel-org", _), ("url", _)] => *org,
        _ => {
            let message =
                format!("expected one of `deb`, `kernel-org`, `url` and `git` in {}", fields.header);
            reader.report(Diagnostic::new(message).at(fields.location.clone()));
            return None;
        }
    };
    for key in needed.iter().filter(|key| !fields.has(key) && !fields.is_wrong(key)) {
        let message = format!("no `{key}` in {}", fields.header);
        reader.report(Diagnostic::new(message).at(fields.location.clone()));
    }
    let sha256 = digest(reader, fields, "sha256");
    let tar_sha256 = digest(reader, fields, "tar-sha256");
    if kind == "url" && !["sha256", "tar-sha256"].iter().any(|key| fields.has(key) || fields.is_wrong(key)) {
        let message = format!("no `sha256` in {}", fields.header);
        reader.report(Diagnostic::new(message).at(fields.location.clone()));
    }
    let kernelversion = version(reader, fields.text("kernelversion"));
    let text = |key| fields.string(key).map(|text| text.value);
    let verified = || fields.strings("verified").into_iter().map(|text| text.value).collect();
    let pin = match kind {
        "deb" => SourcePin::Deb {
            package: text("deb")?,
            version: text("version")?,
            kernelversion,
            file: text("file")?,
            size: fields.integer("size")?.value,
            sha256: sha256?,
            tar_sha256,
        },
        "kernel-org" => SourcePin::KernelOrg {
            release: version(reader, fields.text("kernel-org"))?,
            file: text("file")?,
            url: text("url"),
            sha256: sha256?,
            tar_sha256,
            verified: verified(),
        },
        "git" => SourcePin::Git {
            git: text("git")?,
            reference: ["rev", "tag", "branch"].into_iter().find_map(|key| Some((key, text(key)?))).map_or(
                GitReference::Head,
                |(key, value)| match key {
                    "rev" => GitReference::Rev(value),
                    "tag" => GitReference::Tag(value),
                    _ => GitReference::Branch(value),
                },
            ),
            commit: text("commit")?,
            tree: text("tree")?,
            kernelversion,
        },
        _ => {
            if sha256.is_none() && tar_sha256.is_none() {
                return None;
            }
            SourcePin::Url { url: text("url")?, sha256, tar_sha256, verified: verified() }
        }
    };
    let edited = format!("{} was edited by hand", fields.header);
    match (fields.text("check"), pin.check(name)) {
        (Some(Spanned { value, location }), expected) if value != expected => {
            let message = format!("{edited}: its `check` is `{value}`, expected `{expected}`");
            reader.report(Diagnostic { location, ..Diagnostic::new(message) });
        }
        (None, _) if !fields.is_wrong("check") => {
            let message = format!("{edited}: it has no `check`");
            reader.report(Diagnostic::new(message).at(fields.location.clone()));
        }
        _ => {}
    }
    Some(pin)
}

fn digest(reader: &mut Reader, fields: &Fields<'_>, key: &str) -> Option<Sha256> {
    let Spanned { value, location } = fields.text(key)?;
    let digest = Sha256::from_hex(value);
    if digest.is_none() {
        let message = format!("`{value}` is not a digest: expected 64 hexadecimal digits");
        reader.report(Diagnostic { location, ..Diagnostic::new(message) });
    }
    digest
}

fn version(reader: &mut Reader, text: Option<Spanned<&str>>) -> Option<KernelVersion> {
    let Spanned { value, location } = text?;
    let version = value.parse::<KernelVersion>();
    version.map_err(|error| reader.report(Diagnostic { location, ..Diagnostic::new(error.to_string()) })).ok()
}

/// The first line of a conflict that a merge left, if there is one.
fn conflict(source: &Arc<SourceText>) -> Option<Diagnostic> {
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") {
            let span = start..start + line.trim_end().len();
            let hint = "of each `[source.*]` keep one side whole, or delete the file to have every source resolved anew";
            let location = Location { source: source.clone(), span };
            return Some(Diagnostic::new("an unresolved merge conflict").at(location).with_hint(hint));
        }
        start += line.len();
    }
    None
}

#[cfg(test)]
mod tests;
