//! `[source.NAME]`.

use toml::de::DeTable;

use super::{entry_name, parsed};
use crate::reader::{Fields, Reader};
use crate::schema::{ORIGIN, SOURCE};
use crate::version::{KernelVersion, VersionReq};
use crate::{Diagnostic, GitReference, Location, Origin, Sha256, SourceEntry, SourceName, Spanned};

/// The keys that say where a tree comes from.
const ORIGINS: [&str; 6] = ["deb", "kernel-org", "url", "git", "path", "origins"];

/// The keys that say more about an origin, and the origins that they stand beside.
const DETAILS: [(&str, &[&str]); 6] = [
    ("sha256", &["url"]),
    ("tar-sha256", &["url"]),
    ("mirrors", &["url", "kernel-org"]),
    ("rev", &["git"]),
    ("tag", &["git"]),
    ("branch", &["git"]),
];

/// What a tarball's name may end with.
pub(crate) const ARCHIVES: [&str; 8] =
    [".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst"];

pub(super) fn parse(
    reader: &mut Reader,
    name: &str,
    location: Location,
    table: &DeTable<'_>,
) -> Option<SourceEntry> {
    let fields = reader.table(&SOURCE, &format!("source.{name}"), location.clone(), table);
    let has_version = fields.has("version") || fields.is_wrong("version");
    let version = parsed(reader, fields.text("version"), str::parse::<VersionReq>, version_hint);
    let origins = if fields.has("origins") {
        several(reader, name, &fields, has_version)
    } else {
        origin(reader, &fields, has_version).map(|origin| (origin, Vec::new()))
    };
    let keys = fields.strings("keys");
    if let (Some((origin, others)), Some(Spanned { location: Some(place), .. })) = (&origins, keys.first()) {
        let mut all = std::iter::once(origin).chain(others).map(|origin| &origin.value);
        if let Some(unsigned) =
            all.find(|origin| !matches!(origin, Origin::Url { .. } | Origin::KernelOrg { .. }))
        {
            let (key, hint) = match unsigned {
                Origin::Deb { .. } => {
                    ("deb", "delete it: the signature of the package lists is apt's to verify")
                }
                Origin::Git { .. } => ("git", "delete it: a commit's name is the digest of what it holds"),
                _ => ("path", "delete it: a tree at a path is not pinned"),
            };
            let message =
                format!("`keys` beside `{key}` in {}: expected it with `url` or `kernel-org`", fields.header);
            reader.report(Diagnostic::new(message).at(place.clone()).with_hint(hint));
        }
    }
    let name = entry_name(reader, SourceName::new, name, &location);
    let (origin, others) = origins?;
    Some(SourceEntry { name: name?, version, origin, others, keys })
}

/// `v6.12`, `linux-6.12` and their like: the version that is in them.
fn version_hint(text: &str) -> Option<String> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let version = text[start..].trim();
    (start > 0 && version.parse::<KernelVersion>().is_ok()).then(|| format!("write `{version}`"))
}

/// `origins`: each element is an origin.
fn several(
    reader: &mut Reader,
    name: &str,
    fields: &Fields<'_>,
    has_version: bool,
) -> Option<(Spanned<Origin>, Vec<Spanned<Origin>>)> {
    let details = DETAILS.iter().map(|(detail, _)| *detail);
    let beside =
        ORIGINS.into_iter().filter(|key| *key != "origins").chain(details).find(|key| fields.has(key));
    if let Some(key) = beside {
        let message = format!("both `origins` and `{key}` in {}: expected one of them", fields.header);
        let hint = format!("move `{key}` into an element of `origins`");
        reader.report(Diagnostic::new(message).at(fields.key(key)).with_hint(hint));
    }
    let tables = fields.tables("origins");
    if tables.is_empty() {
        let message = format!("an empty `origins` in {}", fields.header);
        let hint = "write `origins = [{ deb = \"linux-source-6.12\" }, { url = \"…\", sha256 = \"…\" }]`";
        reader.report(Diagnostic::new(message).at(fields.key("origins")).with_hint(hint));
    }
    let mut found = Vec::new();
    for (location, table) in tables {
        let fields = reader.table(&ORIGIN, &format!("source.{name}.origins"), location, table);
        found.extend(origin(reader, &fields, has_version));
    }
    let mut found = found.into_iter();
    Some((found.next()?, found.collect()))
}

fn origin(reader: &mut Reader, fields: &Fields<'_>, has_version: bool) -> Option<Spanned<Origin>> {
    if ORIGINS.iter().any(|key| fields.is_wrong(key)) {
        return None;
    }
    let given: Vec<&str> = ORIGINS.into_iter().filter(|key| fields.has(key)).collect();
    let header = &fields.header;
    // With a version and nothing else it is kernel.org; a detail without its origin is a slip.
    let stray = DETAILS
        .iter()
        .find(|(detail, of)| *detail != "mirrors" && fields.has(detail) && !of.contains(&"kernel-org"));
    if given.is_empty() && (!has_version || stray.is_some()) {
        let message = format!(
            "no origin in {header}: expected `version` alone, or `deb`, `kernel-org`, `url`, `git`, `path` or `origins`"
        );
        let hint = match stray {
            Some((detail, of)) => format!("`{detail}` belongs beside `{}`", of[0]),
            None => "write `version = \"6.12\"` for the newest release of a series from kernel.org, \
                     `url = \"…\"` with `sha256 = \"…\"`, or `path = \"…\"`"
                .to_owned(),
        };
        reader.report(Diagnostic::new(message).at(fields.location.clone()).with_hint(hint));
        return None;
    }
    if let [first, second, ..] = given[..] {
        let message = format!("both `{first}` and `{second}` in {header}: expected one origin");
        let hint = "for several, write `origins = [{ … }, { … }]`";
        reader.report(Diagnostic::new(message).at(fields.key(second)).with_hint(hint));
        return None;
    }
    let key = given.first().copied().unwrap_or("kernel-org");
    for (detail, of) in DETAILS {
        if fields.has(detail) && !of.contains(&key) {
            let message = format!(
                "`{detail}` beside `{key}` in {header}: expected it with {} only",
                crate::schema::alternatives(of)
            );
            let hint = match key {
                "deb" => "delete it: the digest of a package is pinned in Kernel.lock",
                "path" => "delete it: a tree at a path is not pinned",
                _ => "delete it",
            };
            reader.report(Diagnostic::new(message).at(fields.key(detail)).with_hint(hint));
        }
    }
    match key {
        "deb" => parsed(reader, fields.text("deb"), deb, |_| {
            Some("write the name alone, without a version".into())
        }),
        "path" => parsed(reader, fields.text("path"), path, |_| None),
        "url" => url(reader, fields),
        "git" => git(reader, fields),
        _ => kernel_org(reader, fields, has_version),
    }
}

/// Debian's rule for names of packages (Debian policy §5.6.1).
fn deb(name: &str) -> Result<Origin, String> {
    let good = name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b));
    if good {
        Ok(Origin::Deb { package: name.to_owned() })
    } else {
        Err(format!("`{name}` is not a package's name: expected lowercase letters, digits, `+`, `-` and `.`"))
    }
}

fn path(path: &str) -> Result<Origin, String> {
    match path {
        "" => Err("an empty path: expected the folder of a tree".to_owned()),
        path => Ok(Origin::Path { path: path.to_owned() }),
    }
}

/// `vendor`.
pub(super) fn folder(path: &str) -> Result<String, &'static str> {
    if path.is_empty() { Err("an empty path: expected a folder") } else { Ok(path.to_owned()) }
}

fn kernel_org(reader: &mut Reader, fields: &Fields<'_>, has_version: bool) -> Option<Spanned<Origin>> {
    if !has_version {
        let message = format!("`kernel-org` without `version` in {}", fields.header);
        let hint =
            "add `version = \"6.12\"`: the series to take the newest release of, or `=6.12.30` for one";
        reader.report(Diagnostic::new(message).at(fields.key("kernel-org")).with_hint(hint));
    }
    let base = parsed(reader, fields.text("kernel-org"), web_address, |_| None);
    if fields.has("kernel-org") && base.is_none() {
        return None;
    }
    let location = base.as_ref().map_or_else(|| Some(fields.location.clone()), |base| base.location.clone());
    let first = base.map_or_else(|| crate::KERNEL_ORG.to_owned(), |base| base.value);
    let mut bases = vec![first];
    for mirror in fields.strings("mirrors") {
        let text = Spanned { value: mirror.value.as_str(), location: mirror.location };
        bases.extend(parsed(reader, Some(text), web_address, |_| None).map(|mirror| mirror.value));
    }
    Some(Spanned { value: Origin::KernelOrg { bases }, location })
}

fn git(reader: &mut Reader, fields: &Fields<'_>) -> Option<Spanned<Origin>> {
    let keys = ["rev", "tag", "branch"];
    let given: Vec<&str> = keys.into_iter().filter(|key| fields.has(key)).collect();
    if let [first, second, ..] = given[..] {
        let message = format!("both `{first}` and `{second}` in {}: expected one of them", fields.header);
        reader.report(Diagnostic::new(message).at(fields.key(second)));
    }
    let rev = parsed(reader, fields.text("rev"), commit, |_| {
        Some("write all 40 digits, as `git rev-parse` prints them; a tag is `tag = \"…\"`".to_owned())
    });
    let name = |reader: &mut Reader, key| parsed(reader, fields.text(key), reference, |_| None);
    let (tag, branch) = (name(reader, "tag"), name(reader, "branch"));
    let repository = parsed(reader, fields.text("git"), repository, |_| None)?;
    let reference = match (given.first().copied(), rev, tag, branch) {
        (Some("rev"), Some(rev), ..) => GitReference::Rev(rev.value),
        (Some("tag"), _, Some(tag), _) => GitReference::Tag(tag.value),
        (Some("branch"), _, _, Some(branch)) => GitReference::Branch(branch.value),
        (None, ..) => GitReference::Head,
        _ => return None,
    };
    Some(Spanned { value: Origin::Git { git: repository.value, reference }, location: repository.location })
}

fn commit(text: &str) -> Result<String, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits && matches!(text.len(), 40 | 64) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(format!("`{text}` is not a commit's whole name: expected 40 hexadecimal digits"))
}

/// What git takes for a name and no option (git-check-ref-format(1), the part that matters here).
fn reference(text: &str) -> Result<String, String> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c);
    if text.is_empty()
        || text.starts_with('-')
        || text.contains(odd)
        || text.contains("..")
        || text.ends_with('/')
    {
        return Err(format!("`{text}` is not the name of a tag or a branch"));
    }
    Ok(text.to_owned())
}

fn repository(text: &str) -> Result<String, String> {
    if text.is_empty() || text.starts_with('-') || text.contains(char::is_whitespace) {
        return Err(format!("`{text}` is not a repository: expected an address or a path"));
    }
    if text.starts_with("git://") || text.contains("::") {
        return Err(format!(
            "`{text}` is fetched without any proof of where it came from: expected `https://…` or `ssh://…`"
        ));
    }
    Ok(text.to_owned())
}

fn url(reader: &mut Reader, fields: &Fields<'_>) -> Option<Spanned<Origin>> {
    let url = parsed(reader, fields.text("url"), address, |text| {
        text.strip_prefix("file://")
            .map(|path| format!("write `path = \"{path}\"` for a tree on this machine"))
    });
    let digests = ["sha256", "tar-sha256"];
    if digests.iter().all(|key| !fields.has(key) && !fields.is_wrong(key)) {
        let message = format!("`url` without `sha256` in {}", fields.header);
        let hint = "add `sha256 = \"…\"`, the digest of the file: the 64 digits that `sha256sum` prints";
        reader.report(Diagnostic::new(message).at(fields.key("url")).with_hint(hint));
    }
    let mut digest = |key| {
        let parse = |text: &str| {
            Sha256::from_hex(text)
                .ok_or_else(|| format!("`{text}` is not a digest: expected 64 hexadecimal digits"))
        };
        parsed(reader, fields.text(key), parse, |_| None).map(|digest| digest.value)
    };
    let (sha256, tar_sha256) = (digest("sha256"), digest("tar-sha256"));
    let mut mirrors = Vec::new();
    for mirror in fields.strings("mirrors") {
        let place = mirror.location.clone();
        let text = Spanned { value: mirror.value.as_str(), location: mirror.location };
        let Some(mirror) = parsed(reader, Some(text), address, |_| None) else { continue };
        let ending = |url: &str| ARCHIVES.into_iter().find(|end| file_of(url).ends_with(end));
        let same = url.as_ref().is_some_and(|url| ending(&url.value) == ending(&mirror.value));
        if let (false, None, Some(_), Some(place)) = (same, tar_sha256, &url, place) {
            let message = format!(
                "`{}` is compressed in another way than `url`, and `sha256` is of that file",
                mirror.value
            );
            let hint = "add `tar-sha256 = \"…\"`, the digest of the uncompressed tar file; Kernel.lock has it after a fetch";
            reader.report(Diagnostic::new(message).at(place).with_hint(hint));
        }
        mirrors.push(mirror.value);
    }
    let url = url?;
    if sha256.is_none() && tar_sha256.is_none() {
        return None;
    }
    Some(Spanned {
        value: Origin::Url { url: url.value, sha256, tar_sha256, mirrors },
        location: url.location,
    })
}

/// The name of the file at an address, and what is before it.
fn file_of(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

pub(super) fn web_address(url: &str) -> Result<String, String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
        return Err(format!("`{url}` is not an address: expected `https://…`"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

fn address(url: &str) -> Result<String, String> {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return Err(format!("`{url}` is not an address: expected `https://…`"));
    };
    if rest.contains(char::is_whitespace) || !ARCHIVES.iter().any(|end| file_of(rest).ends_with(end)) {
        let ends = crate::schema::alternatives(&ARCHIVES);
        return Err(format!("`{url}` does not name a tarball: expected an address that ends with {ends}"));
    }
    Ok(url.to_owned())
}
