//! The reference of `kernel.json`, made from its types: `docs/reference/kernel-json.md` and `kernel-json.schema.json`.
//!
//! `KERNEL_TEST_BLESS=1` writes both anew.
#![allow(clippy::disallowed_methods, reason = "the reference is a file of this repository")]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::super::Record;

fn shape(of: &Value) -> String {
    let name = |reference: &str| reference.rsplit('/').next().unwrap_or_default().to_owned();
    if let Some(reference) = of["$ref"].as_str() {
        return format!("`{}`", name(reference));
    }
    if let Some(any) = of["anyOf"].as_array() {
        return any.iter().map(shape).collect::<Vec<_>>().join(" or ");
    }
    match &of["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", shape(&of["items"])),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    }
}

fn table(text: &mut String, of: &Value) {
    let words = |text: &Value| {
        text.as_str().unwrap_or_default().replace('\n', " ").replace(", which is [`SCHEMA`]", "")
    };
    if let Some(properties) = of["properties"].as_object() {
        text.push_str("| Field | | |\n|---|---|---|\n");
        for (name, field) in properties {
            writeln!(text, "| `{name}` | {} | {} |", shape(field), words(&field["description"]))
                .expect("a string");
        }
    }
    for value in of["oneOf"].as_array().into_iter().flatten() {
        writeln!(text, "- `{}`: {}", words(&value["const"]), words(&value["description"])).expect("a string");
    }
    text.push('\n');
}

fn reference(schema: &Value) -> String {
    let mut text = "# kernel.json\n\n<!-- from the types, by crates/kernel-build/src/record/tests/schema.rs -->\n\nWhat each artifact in \
                    `target/kernel/NAME` is, and how it came about. It travels with the artifact, and has neither an absolute \
                    path nor a date. [kernel-json.schema.json](kernel-json.schema.json) is the same as a JSON Schema.\n\n"
        .to_owned();
    table(&mut text, schema);
    for (name, part) in schema["$defs"].as_object().into_iter().flatten() {
        write!(text, "## `{name}`\n\n{}\n\n", part["description"].as_str().unwrap_or_default())
            .expect("a string");
        table(&mut text, part);
    }
    text.trim_end().to_owned() + "\n"
}

#[test]
fn the_reference_is_what_the_types_say() {
    let mut schema = serde_json::to_value(schemars::schema_for!(Record)).expect("JSON");
    schema["title"] = "kernel.json".into();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    let files = [
        ("kernel-json.md", reference(&schema)),
        ("kernel-json.schema.json", serde_json::to_string_pretty(&schema).expect("JSON") + "\n"),
    ];
    for (name, expected) in files {
        let path = folder.join(name);
        if std::env::var_os("KERNEL_TEST_BLESS").is_some() {
            std::fs::write(&path, &expected).expect("written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == expected,
            "docs/reference/{name} is not current: KERNEL_TEST_BLESS=1 writes it anew"
        );
    }
}
