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
//! Sources at a `path` have no entry: there is nothing to pin. The text is made anew whenever a pin changes, in the
//! order of the names, so that the same pins are always the same bytes.
//!
//! Deliberately absent: addresses of packages. They are the distribution's to say, and change with its mirrors.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use toml::Value;

use crate::parse::{check_schema, newer_schema};
use crate::reader::{Fields, Reader, parse_toml};
use crate::schema::{LOCK, LOCK_SOURCE, SCHEMA};
use crate::version::KernelVersion;
use crate::{Diagnostic, Location, Sha256, SourceName, SourceText, Spanned};

const HEADER: &str = "# This file is written by `cargo xtask kernel`: pins of the sources in Kernel.toml.\n\
                      # It belongs under version control. It is not meant to be edited by hand.\n";

const HINT: &str = "restore it from version control, or delete it to have every source resolved anew";

/// The pins of a manifest's sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// One pin for each source that can be pinned.
    pub sources: BTreeMap<SourceName, SourcePin>,
}

/// What a source was resolved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePin {
    /// A package of a distribution.
    Deb {
        /// The package's name.
        package: String,
        /// The package's version: `6.12.117-1`.
        version: String,
        /// The kernel version that the package's version names, if it names one.
        kernelversion: Option<KernelVersion>,
        /// The file's name.
        file: String,
        /// The file's size in bytes.
        size: u64,
        /// The file's digest.
        sha256: Sha256,
    },
    /// A tarball.
    Url {
        /// The address.
        url: String,
        /// The file's digest.
        sha256: Sha256,
    },
}

impl SourcePin {
    /// The digest of the file.
    pub fn sha256(&self) -> Sha256 {
        match self {
            Self::Deb { sha256, .. } | Self::Url { sha256, .. } => *sha256,
        }
    }

    /// The kernel version that is known without opening the file.
    pub fn kernelversion(&self) -> Option<&KernelVersion> {
        match self {
            Self::Deb { kernelversion, .. } => kernelversion.as_ref(),
            Self::Url { .. } => None,
        }
    }
}

impl fmt::Display for SourcePin {
    /// `linux-source-6.12 6.12.117-1`, or the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deb { package, version, .. } => write!(f, "{package} {version}"),
            Self::Url { url, .. } => f.write_str(url),
        }
    }
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
                Ok(name) => sources.extend(pin(&mut reader, &fields).map(|pin| (name, pin))),
                Err(error) => reader.report(Diagnostic::new(error.to_string()).at(location)),
            }
        }
        match reader.finish() {
            diagnostics if diagnostics.is_empty() => Ok(Self { sources }),
            diagnostics => Err(diagnostics),
        }
    }

    /// The text of the file.
    pub fn render(&self) -> String {
        let mut text = format!("{HEADER}schema = {SCHEMA}\n");
        for (name, pin) in &self.sources {
            text += &format!("\n[source.{name}]\n");
            let mut line =
                |key: &str, value: &str| text += &format!("{key} = {}\n", Value::String(value.to_owned()));
            match pin {
                SourcePin::Deb { package, version, kernelversion, file, size, sha256 } => {
                    line("deb", package);
                    line("version", version);
                    if let Some(kernelversion) = kernelversion {
                        line("kernelversion", &kernelversion.to_string());
                    }
                    line("file", file);
                    text += &format!("size = {size}\nsha256 = \"{sha256}\"\n");
                }
                SourcePin::Url { url, sha256 } => {
                    line("url", url);
                    line("sha256", &sha256.to_string());
                }
            }
        }
        text
    }
}

fn pin(reader: &mut Reader, fields: &Fields<'_>) -> Option<SourcePin> {
    let sha256 = fields.text("sha256").and_then(|Spanned { value, location }| {
        let digest = Sha256::from_hex(value);
        if digest.is_none() {
            let message = format!("`{value}` is not a digest: expected 64 hexadecimal digits");
            reader.report(Diagnostic { location, ..Diagnostic::new(message) });
        }
        digest
    });
    let kernelversion = fields.text("kernelversion").and_then(|Spanned { value, location }| {
        let version = value.parse::<KernelVersion>();
        version
            .map_err(|error| reader.report(Diagnostic { location, ..Diagnostic::new(error.to_string()) }))
            .ok()
    });
    let needed: &[&str] = match (fields.has("deb"), fields.has("url")) {
        (true, false) => &["version", "file", "size"],
        (false, true) => &[],
        _ => {
            let message = format!("expected one of `deb` and `url` in {}", fields.header);
            reader.report(Diagnostic::new(message).at(fields.location.clone()));
            return None;
        }
    };
    for key in needed.iter().filter(|key| !fields.has(key) && !fields.is_wrong(key)) {
        let message = format!("no `{key}` in {}", fields.header);
        reader.report(Diagnostic::new(message).at(fields.location.clone()));
    }
    let text = |key| fields.string(key).map(|text| text.value);
    match text("url") {
        Some(url) => Some(SourcePin::Url { url, sha256: sha256? }),
        None => Some(SourcePin::Deb {
            package: text("deb")?,
            version: text("version")?,
            kernelversion,
            file: text("file")?,
            size: fields.integer("size")?.value,
            sha256: sha256?,
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Lockfile, Vec<Diagnostic>> {
        Lockfile::parse(SourceText { path: "Kernel.lock".into(), text: text.into() })
    }

    fn errors(text: &str) -> String {
        let errors = parse(text).expect_err("an error");
        errors.iter().map(Diagnostic::to_plain_text).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn renders_in_the_order_of_names() {
        let deb = SourcePin::Deb {
            package: "linux-source-6.12".into(),
            version: "6.12.117-1".into(),
            kernelversion: "6.12.117".parse().ok(),
            file: "linux-source-6.12_6.12.117-1_all.deb".into(),
            size: 143_260_308,
            sha256: Sha256([0xab; 32]),
        };
        let url =
            SourcePin::Url { url: "https://example.org/linux-6.6.tar.xz".into(), sha256: Sha256([1; 32]) };
        let name = |name| SourceName::new(name).expect("a name");
        let lockfile = Lockfile { sources: [(name("b"), deb), (name("a"), url)].into() };
        insta::assert_snapshot!(lockfile.render(), @r#"
        # This file is written by `cargo xtask kernel`: pins of the sources in Kernel.toml.
        # It belongs under version control. It is not meant to be edited by hand.
        schema = 1

        [source.a]
        url = "https://example.org/linux-6.6.tar.xz"
        sha256 = "0101010101010101010101010101010101010101010101010101010101010101"

        [source.b]
        deb = "linux-source-6.12"
        version = "6.12.117-1"
        kernelversion = "6.12.117"
        file = "linux-source-6.12_6.12.117-1_all.deb"
        size = 143260308
        sha256 = "abababababababababababababababababababababababababababababababab"
        "#);
        assert_eq!(parse(&lockfile.render()), Ok(lockfile.clone()));
        assert_eq!(parse(&lockfile.render().replace('\n', "\r\n")), Ok(lockfile));
    }

    #[test]
    fn every_error_at_once() {
        insta::assert_snapshot!(errors("schema = 7\nnew = 1\n"), @"
        error: `schema` is 7, expected at most 1
         --> Kernel.lock:1:10
        1 | schema = 7
          |          ^
        hint: this file needs a newer `cargo-kernel` (this one is 0.1.0)
        ");
        insta::assert_snapshot!(errors("schema = 0\n[source.a]\ndeb = \"x\"\nsha256 = \"12\"\nsize = \"1\"\n[source.b]\nsha265 = 1\n"), @r#"
        error: `schema` is 0, expected 1
         --> Kernel.lock:1:10
        1 | schema = 0
          |          ^
        hint: write `schema = 1`

        error: no `version` in `[source.a]`
         --> Kernel.lock:2:9
        2 | [source.a]
          |         ^
        hint: restore it from version control, or delete it to have every source resolved anew

        error: no `file` in `[source.a]`
         --> Kernel.lock:2:9
        2 | [source.a]
          |         ^
        hint: restore it from version control, or delete it to have every source resolved anew

        error: `12` is not a digest: expected 64 hexadecimal digits
         --> Kernel.lock:4:10
        4 | sha256 = "12"
          |          ^^^^
        hint: restore it from version control, or delete it to have every source resolved anew

        error: `size` in `[source.a]` is a string, expected a whole number
         --> Kernel.lock:5:8
        5 | size = "1"
          |        ^^^
        hint: write `size = 1`

        error: expected one of `deb` and `url` in `[source.b]`
         --> Kernel.lock:6:9
        6 | [source.b]
          |         ^
        hint: restore it from version control, or delete it to have every source resolved anew

        error: unknown key `sha265` in `[source.b]`
         --> Kernel.lock:7:1
        7 | sha265 = 1
          | ^^^^^^
        hint: did you mean `sha256`?
        "#);
        insta::assert_snapshot!(errors("schema = 1\n<<<<<<< HEAD\n[source.a]\n"), @"
        error: key with no value, expected `=`
         --> Kernel.lock:2:9
        2 | <<<<<<< HEAD
          |         ^
        hint: restore it from version control, or delete it to have every source resolved anew

        error: invalid unquoted key, expected letters, numbers, `-`, `_`
         --> Kernel.lock:2:1
        2 | <<<<<<< HEAD
          | ^^^^^^^
        hint: restore it from version control, or delete it to have every source resolved anew
        ");
    }

    #[test]
    fn package_versions_name_kernel_versions() {
        for (version, expect) in [
            ("6.12.117-1", Some("6.12.117")),
            ("6.12.9-1~bpo12+1", Some("6.12.9")),
            ("1:6.12~rc3-1", Some("6.12-rc3")),
            ("6.8.0-45.45", None),
            ("6.12.117", None),
            ("20240101-1", None),
        ] {
            assert_eq!(deb_kernelversion(version).map(|v| v.to_string()).as_deref(), expect, "{version}");
        }
    }

    fn pins() -> impl Strategy<Value = SourcePin> {
        let version = proptest::option::of("[1-9][.][0-9](-rc[1-9])?");
        let deb = (".*", ".*", version, ".*", 0..i64::MAX as u64, any::<[u8; 32]>());
        prop_oneof![
            (".*", any::<[u8; 32]>())
                .prop_map(|(url, digest)| SourcePin::Url { url, sha256: Sha256(digest) }),
            deb.prop_map(|(package, version, kernelversion, file, size, digest)| SourcePin::Deb {
                package,
                version,
                kernelversion: kernelversion.and_then(|v| v.parse().ok()),
                file,
                size,
                sha256: Sha256(digest),
            }),
        ]
    }

    proptest! {
        #[test]
        fn parse_of_render_is_identity(sources in proptest::collection::btree_map("[a-zA-Z][a-zA-Z0-9_-]{0,8}", pins(), 0..4)) {
            let named = sources.into_iter().map(|(name, pin)| (SourceName::new(&name).expect("a name"), pin));
            let lockfile = Lockfile { sources: named.collect() };
            prop_assert_eq!(parse(&lockfile.render()), Ok(lockfile));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "(.|\n|\\[source.a\\]|schema = 1\n|deb = |\"|=){0,30}") {
            if let Err(errors) = parse(&text) {
                prop_assert!(errors.iter().all(|error| !error.to_plain_text().is_empty()));
            }
        }
    }
}
