//! `[[kernel.NAME.patch]]`.

use toml::de::DeTable;

use super::config;
use crate::feature::is_feature_name;
use crate::patch::{PatchEntry, PatchOrigin};
use crate::reader::{Fields, Reader};
use crate::schema::PATCH;
use crate::{Diagnostic, Location, Sha256, Spanned};

/// The patches of a kernel, in order.
pub(super) fn parse(reader: &mut Reader, kernel: &Fields<'_>, path: &str) -> Vec<PatchEntry> {
    let path = format!("{path}.patch");
    let mut patches: Vec<PatchEntry> = Vec::new();
    for (location, table) in kernel.tables("patch") {
        let Some(patch) = one(reader, &path, location, table) else { continue };
        let earlier = patches.iter().find(|earlier| earlier.name.value == patch.name.value);
        if let (Some(earlier), Some(place)) = (earlier, &patch.name.location) {
            let message = format!("patch `{}` twice in {}", patch.name.value, kernel.header);
            let first = earlier.name.location.as_ref().map(|first| format!("first at {first}"));
            let diagnostic = Diagnostic::new(message).at(place.clone());
            reader.report(diagnostic.with_label(first.unwrap_or_default()));
            continue;
        }
        patches.push(patch);
    }
    patches
}

fn one(reader: &mut Reader, path: &str, location: Location, table: &DeTable<'_>) -> Option<PatchEntry> {
    let fields = reader.table(&PATCH, path, location.clone(), table);
    let name = super::parsed(reader, fields.text("name"), name, |_| None);
    let config = config::parse(reader, &fields, path);
    let when = match fields.table("when") {
        Some((place, table)) => Some(config::guard(reader, &format!("{path}.when"), place, table)?),
        None => None,
    };
    let sha256 = super::parsed(reader, fields.text("sha256"), digest, |_| None);
    let mut both = |one: &str, other: &str, hint: &str| {
        let message = format!("both `{one}` and `{other}` in {}", fields.header);
        reader.report(Diagnostic::new(message).at(fields.key(other)).with_hint(hint));
    };
    let origin = match (fields.string("path"), fields.string("url"), sha256) {
        (Some(_), Some(_), _) => {
            both("path", "url", "delete one of them: a patch comes from one place");
            return None;
        }
        (Some(_), None, Some(_)) => {
            both(
                "path",
                "sha256",
                "delete `sha256`: Kernel.lock has the digests of the workspace's own patches",
            );
            return None;
        }
        (Some(path), None, None) => Some(PatchOrigin::Path(path)),
        (None, Some(url), Some(sha256)) => Some(PatchOrigin::Url { url, sha256: sha256.value }),
        (None, Some(_), None) => {
            if !fields.has("sha256") && !fields.is_wrong("sha256") {
                let message = format!("no `sha256` beside `url` in {}", fields.header);
                let hint = "add the digest of the file: `sha256sum FILE` prints it";
                reader.report(Diagnostic::new(message).at(fields.key("url")).with_hint(hint));
            }
            return None;
        }
        (None, None, sha256) => {
            let is_empty = config.is_empty() && !fields.has("config");
            if is_empty && !["path", "url", "config", "sha256"].iter().any(|key| fields.is_wrong(key)) {
                let message = format!("neither `path` nor `url` nor `config` in {}", fields.header);
                let hint = "name the patch's file by `path`, or what it asks for by `config`";
                reader.report(Diagnostic::new(message).at(location).with_hint(hint));
                return None;
            }
            if sha256.is_some() {
                let message = format!("`sha256` without `url` in {}", fields.header);
                reader.report(Diagnostic::new(message).at(fields.key("sha256")));
            }
            None
        }
    };
    Some(PatchEntry { name: name?, origin, features: features(reader, &fields), when, config })
}

fn name(text: &str) -> Result<String, String> {
    let good =
        !text.is_empty() && text.trim() == text && !text.contains(char::is_control) && !text.contains('`');
    if good {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not a patch's name: expected one line of text"))
    }
}

fn digest(text: &str) -> Result<Sha256, String> {
    Sha256::from_hex(text).ok_or_else(|| format!("`{text}` is not a digest: expected 64 hexadecimal digits"))
}

fn features(reader: &mut Reader, fields: &Fields<'_>) -> Vec<Spanned<String>> {
    let (good, bad): (Vec<_>, Vec<_>) =
        fields.strings("features").into_iter().partition(|name| is_feature_name(&name.value));
    for Spanned { value, location } in bad {
        let message = format!("`{value}` is not a feature's name: expected letters, digits and `-`");
        reader.report(Diagnostic { location, ..Diagnostic::new(message) });
    }
    good
}
