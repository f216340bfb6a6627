//! `[source.NAME]`.

use toml::de::DeTable;

use super::{entry_name, parsed};
use crate::reader::{Fields, Reader};
use crate::schema::SOURCE;
use crate::version::{KernelVersion, VersionReq};
use crate::{Diagnostic, Location, Origin, Sha256, SourceEntry, SourceName, Spanned};

/// The keys that say where a tree comes from.
const ORIGINS: [&str; 3] = ["deb", "url", "path"];

/// What a tarball's name may end with.
const ARCHIVES: [&str; 5] = [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst"];

pub(super) fn parse(
    reader: &mut Reader,
    name: &str,
    location: Location,
    table: &DeTable<'_>,
) -> Option<SourceEntry> {
    let fields = reader.table(&SOURCE, &format!("source.{name}"), location.clone(), table);
    let name = entry_name(reader, SourceName::new, name, &location);
    let version = parsed(reader, fields.text("version"), str::parse::<VersionReq>, version_hint);
    let origin = origin(reader, &fields);
    Some(SourceEntry { name: name?, version, origin: origin? })
}

/// `v6.12`, `linux-6.12` and their like: the version that is in them.
fn version_hint(text: &str) -> Option<String> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let version = text[start..].trim();
    (start > 0 && version.parse::<KernelVersion>().is_ok()).then(|| format!("write `{version}`"))
}

fn origin(reader: &mut Reader, fields: &Fields<'_>) -> Option<Spanned<Origin>> {
    if ORIGINS.iter().any(|key| fields.is_wrong(key)) {
        return None;
    }
    let given: Vec<&str> = ORIGINS.into_iter().filter(|key| fields.has(key)).collect();
    let header = &fields.header;
    if let ([key @ ("deb" | "path")], true) = (&given[..], fields.has("sha256")) {
        let message = format!("`sha256` beside `{key}` in {header}: expected it with `url` only");
        let hint = match *key {
            "deb" => "delete it: the digest of a package is pinned in Kernel.lock",
            _ => "delete it: a tree at a path is not pinned",
        };
        reader.report(Diagnostic::new(message).at(fields.key("sha256")).with_hint(hint));
    }
    match given[..] {
        [] => {
            let message = format!("no origin in {header}: expected `deb`, `url` or `path`");
            let hint =
                "write `deb = \"linux-source-6.12\"`, `url = \"…\"` with `sha256 = \"…\"`, or `path = \"…\"`";
            reader.report(Diagnostic::new(message).at(fields.location.clone()).with_hint(hint));
            None
        }
        ["deb"] => parsed(reader, fields.text("deb"), deb, |_| {
            Some("write the name alone, without a version".into())
        }),
        ["path"] => parsed(reader, fields.text("path"), path, |_| None),
        ["url"] => url(reader, fields),
        [first, second, ..] => {
            let message = format!("both `{first}` and `{second}` in {header}: expected one origin");
            reader.report(Diagnostic::new(message).at(fields.key(second)));
            None
        }
        [_] => None,
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

fn url(reader: &mut Reader, fields: &Fields<'_>) -> Option<Spanned<Origin>> {
    let url = parsed(reader, fields.text("url"), address, |text| {
        text.strip_prefix("file://")
            .map(|path| format!("write `path = \"{path}\"` for a tree on this machine"))
    });
    if !fields.has("sha256") && !fields.is_wrong("sha256") {
        let message = format!("`url` without `sha256` in {}", fields.header);
        let hint = "add `sha256 = \"…\"`, the digest of the file: the 64 digits that `sha256sum` prints";
        reader.report(Diagnostic::new(message).at(fields.key("url")).with_hint(hint));
    }
    let digest = |text: &str| {
        Sha256::from_hex(text)
            .ok_or_else(|| format!("`{text}` is not a digest: expected 64 hexadecimal digits"))
    };
    let sha256 = parsed(reader, fields.text("sha256"), digest, |_| None);
    let url = url?;
    Some(Spanned { value: Origin::Url { url: url.value, sha256: sha256?.value }, location: url.location })
}

fn address(url: &str) -> Result<String, String> {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return Err(format!("`{url}` is not an address: expected `https://…`"));
    };
    let file = rest.split(['?', '#']).next().unwrap_or_default();
    if rest.contains(char::is_whitespace) || !ARCHIVES.iter().any(|end| file.ends_with(end)) {
        let ends = crate::schema::alternatives(&ARCHIVES);
        return Err(format!("`{url}` does not name a tarball: expected an address that ends with {ends}"));
    }
    Ok(url.to_owned())
}
