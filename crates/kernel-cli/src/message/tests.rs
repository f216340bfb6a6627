//! The messages' reference, made from their types: `docs/reference/messages.md` and `messages.schema.json`.
//!
//! `KERNEL_TEST_BLESS=1` writes both anew.
#![allow(clippy::disallowed_methods, reason = "the reference is a file of this repository")]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::{Message, VERSION};

/// Where each reason comes up: the table in the module's own documentation.
fn when() -> Vec<(String, String)> {
    let docs = include_str!("../message.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
    let rows =
        docs.filter_map(|row| row.split_once(" | ")).map(|(names, when)| (names.to_owned(), when.to_owned()));
    let mut found = Vec::new();
    for (names, when) in rows {
        for name in names.split(", ") {
            found.push((name.trim_matches('`').to_owned(), when.trim_end_matches([' ', '|']).to_owned()));
        }
    }
    found.retain(|(name, _)| name != "reason");
    found
}

fn shape(of: &Value) -> String {
    if let Some(reference) = of["$ref"].as_str() {
        return format!("a `{}`", reference.rsplit('/').next().unwrap_or_default());
    }
    if let Some(any) = of["anyOf"].as_array() {
        return any.iter().map(shape).collect::<Vec<_>>().join(" or ");
    }
    match &of["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", shape(&of["items"])),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            kinds
                .iter()
                .filter_map(Value::as_str)
                .map(|kind| {
                    if kind == "array" { format!("list of {}", shape(&of["items"])) } else { kind.to_owned() }
                })
                .collect::<Vec<_>>()
                .join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

fn fields(text: &mut String, object: &Value) {
    let Some(properties) = object["properties"].as_object() else { return };
    text.push_str("| Field | | |\n|---|---|---|\n");
    for (name, field) in properties.iter().filter(|(name, _)| *name != "reason") {
        let doc = field["description"].as_str().unwrap_or_default().replace('\n', " ");
        writeln!(text, "| `{name}` | {} | {doc} |", shape(field)).expect("a string");
    }
    text.push('\n');
}

fn reference(schema: &Value) -> String {
    let mut text = "# Messages\n\n<!-- from the types, by crates/kernel-cli/src/message/tests.rs -->\n\nWith `--message-format json`, stdout \
                    gets one JSON object a line. Each has a `reason`, which says what else it has. This is version 1 of \
                    them, which `kernel metadata` says as `message_format_version`: under it, objects and fields may be added, and \
                    what is here stays. [messages.schema.json](messages.schema.json) is the same as a \
                    JSON Schema.\n\n"
        .to_owned();
    for message in schema["oneOf"].as_array().into_iter().flatten() {
        let reason = message["properties"]["reason"]["const"].as_str().unwrap_or_default();
        let of = |name: &str| when().into_iter().find(|(known, _)| known == name).map(|(_, when)| when);
        let when = of(reason).unwrap_or_else(|| panic!("the table in message.rs has no `{reason}`"));
        let doc = message["description"].as_str().unwrap_or_default();
        writeln!(text, "## `{reason}`\n\n{doc} From: {when}.\n").expect("a string");
        fields(&mut text, message);
    }
    text.push_str("## Parts\n\n");
    for (name, part) in schema["$defs"].as_object().into_iter().flatten() {
        let doc = part["description"].as_str().unwrap_or_default();
        writeln!(text, "### `{name}`\n\n{doc}\n").expect("a string");
        fields(&mut text, part);
    }
    text.trim_end().to_owned() + "\n"
}

#[test]
fn the_reference_is_what_the_types_say() {
    let schema = schemars::schema_for!(Message<'static>);
    let mut schema = serde_json::to_value(&schema).expect("JSON");
    schema["title"] = format!("Messages of cargo-kernel, version {VERSION}").into();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    let files = [
        ("messages.md", reference(&schema)),
        ("messages.schema.json", serde_json::to_string_pretty(&schema).expect("JSON") + "\n"),
    ];
    for (name, expected) in files {
        let path = folder.join(name);
        if std::env::var_os("KERNEL_TEST_BLESS").is_some() {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&path, &expected).expect("written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == expected,
            "docs/reference/{name} is not current: KERNEL_TEST_BLESS=1 writes it anew"
        );
    }
}
