//! An SPDX 2.3 document of an artifact: what it is, what it was made from, under which licence.
//!
//! Format: the SPDX specification 2.3, JSON. Its time of creation is that which the image has for its own: the same
//! artifact has the same document.

use serde_json::{Value, json};

use crate::record::{FileKind, Record};

/// The document's file.
pub(crate) const FILE: &str = "sbom.spdx.json";

/// The document.
pub(crate) fn document(record: &Record) -> String {
    let (name, fingerprint) =
        (format!("{}-{}", record.name, record.kernelrelease), &record.fingerprint.sha256);
    let checksum = |sha256: &str| json!([{ "algorithm": "SHA256", "checksumValue": sha256 }]);
    let mut packages = vec![
        json!({
            "SPDXID": "SPDXRef-kernel",
            "name": record.name,
            "versionInfo": record.kernelrelease,
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": false,
            "licenseConcluded": record.licence,
            "licenseDeclared": record.licence,
            "copyrightText": "NOASSERTION",
            "primaryPackagePurpose": "OPERATING-SYSTEM",
        }),
        source(record),
    ];
    let mut relationships = vec![
        relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-kernel"),
        relation("SPDXRef-kernel", "GENERATED_FROM", "SPDXRef-source"),
    ];
    for (index, patch) in record.source.patches.iter().enumerate() {
        let id = format!("SPDXRef-patch-{index}");
        packages.push(json!({
            "SPDXID": id,
            "name": format!("{} {}", patch.name, patch.file),
            "downloadLocation": if patch.file.contains("://") { patch.file.as_str() } else { "NOASSERTION" },
            "filesAnalyzed": false,
            "checksums": checksum(&patch.sha256),
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION",
        }));
        relationships.push(relation(&id, "PATCH_FOR", "SPDXRef-source"));
    }
    let mut files = Vec::new();
    for (index, file) in record.files.iter().enumerate() {
        let id = format!("SPDXRef-file-{index}");
        let kind = if file.kind == FileKind::Config { "TEXT" } else { "BINARY" };
        files.push(json!({
            "SPDXID": id,
            "fileName": format!("./{}", file.name),
            "fileTypes": [kind],
            "checksums": checksum(&file.sha256),
            "licenseConcluded": record.licence,
            "copyrightText": "NOASSERTION",
        }));
        relationships.push(relation("SPDXRef-kernel", "CONTAINS", &id));
    }
    let document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": format!("https://spdx.org/spdxdocs/{name}-{fingerprint}"),
        "creationInfo": { "created": "1970-01-01T00:00:00Z", "creators": ["Tool: cargo-kernel"] },
        "packages": packages,
        "files": files,
        "relationships": relationships,
    });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn source(record: &Record) -> Value {
    let source = &record.source;
    let address = source.origin.split_whitespace().last().filter(|word| word.contains("://"));
    let address = match (&source.version, address) {
        (Some(commit), Some(address)) if source.origin.starts_with("git ") => {
            format!("git+{address}@{commit}")
        }
        (_, address) => address.unwrap_or("NOASSERTION").to_owned(),
    };
    let mut package = json!({
        "SPDXID": "SPDXRef-source",
        "name": "linux",
        "versionInfo": record.kernelversion,
        "downloadLocation": address,
        "sourceInfo": source.origin,
        "filesAnalyzed": false,
        "licenseConcluded": record.licence,
        "licenseDeclared": record.licence,
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "SOURCE",
    });
    if let Some(sha256) = &source.sha256 {
        package["checksums"] = json!([{ "algorithm": "SHA256", "checksumValue": sha256 }]);
    }
    package
}

fn relation(from: &str, kind: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to })
}
