//! A JSON Schema of `Kernel.toml`, for editors.
//!
//! It is made from the tables that the parser itself checks against, so that it cannot know a key that the parser does not.

use std::fs;

use kernel_spec::schema::{Key, Kind, Presence, REQUEST, TABLES, TableSchema};
use serde_json::{Map, Value, json};

use tests::{Project, TOY_MANIFEST, needs, workspace_root};

use super::is_current;
use crate::book::manifests;

#[test]
fn the_schema_is_what_the_parser_takes() {
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    is_current("reference/kernel-toml.schema.json", &text);
}

/// What the parser reads, a validator takes as well; what has a key too many, it does not.
#[test]
fn a_validator_takes_every_manifest() {
    if !needs::program("jsonschema") {
        return;
    }
    let project = Project::empty();
    let init = ["init", "--vmm", "firecracker", "--vmm", "crosvm"];
    project.kernel(&init).success();
    let mut texts = vec![
        ("the workspace's own".to_owned(), fs::read_to_string(workspace_root().join("Kernel.toml")).unwrap()),
        ("of the toy".to_owned(), TOY_MANIFEST.to_owned()),
        ("of init".to_owned(), project.read("Kernel.toml")),
        (
            "with lists of an heir".to_owned(),
            format!(
                "{TOY_MANIFEST}\n[kernel.heir]\ninherits = \"guest\"\n\
            fragments = {{ append = [\"a.config\"] }}\nimages = {{ replace = [\"bzImage\"] }}\n"
            ),
        ),
    ];
    texts.extend(manifests());
    let instances: Vec<(String, Value)> = texts.into_iter().map(|(name, text)| (name, json(&text))).collect();
    assert!(instances.len() > 8, "{} manifests", instances.len());
    assert_eq!(tests::invalid(&schema(), &instances), Vec::<String>::new());
    for (wrong, said) in [
        (TOY_MANIFEST.replace("fragments", "framgents"), "framgents"),
        (TOY_MANIFEST.replace("[\"vmlinux\"]", "[\"vmlinuz\"]"), "vmlinuz"),
        (TOY_MANIFEST.replace("schema = 1", ""), "schema"),
    ] {
        let found = tests::invalid(&schema(), &[("it".to_owned(), json(&wrong))]).join("\n");
        assert!(found.contains(said), "{said}: {found}");
    }
}

/// TOML as editors' validators see it: dates are strings.
fn json(text: &str) -> Value {
    fn of(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(date) => date.to_string().into(),
            toml::Value::Array(list) => list.into_iter().map(of).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.into_iter().map(|(name, value)| (name, of(value))).collect())
            }
            other => serde_json::to_value(other).unwrap(),
        }
    }
    of(toml::Value::Table(text.parse().unwrap()))
}

fn schema() -> Value {
    let mut root = table(&find("").expect("the top"));
    root["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    root["title"] = json!("Kernel.toml");
    root["definitions"] = json!({ "when": table(&find("when").expect("conditions")) });
    root
}

fn find(header: &str) -> Option<TableSchema> {
    TABLES.iter().find(|table| table.header == header).copied()
}

/// One table, and those below it.
fn table(schema: &TableSchema) -> Value {
    let properties: Map<String, Value> =
        schema.keys.iter().map(|key| (key.name.to_owned(), described(schema.header, key))).collect();
    let required: Vec<&str> =
        schema.keys.iter().filter(|key| key.presence == Presence::Required).map(|key| key.name).collect();
    let mut object = json!({
        "type": "object",
        "description": schema.doc,
        "properties": properties,
        "additionalProperties": false,
    });
    // What a kernel inherits need not stand in its own table.
    if !required.is_empty() && schema.header != "kernel.NAME" {
        object["required"] = json!(required);
    }
    object
}

fn described(header: &str, key: &Key) -> Value {
    let mut value = value(header, key);
    let default = match key.presence {
        Presence::Default(text) => format!("; default: {text}"),
        Presence::Required | Presence::Optional => String::new(),
    };
    value["description"] = json!(format!("{}{default}", key.doc));
    value
}

fn value(header: &str, key: &Key) -> Value {
    let below = if header.is_empty() { key.name.to_owned() } else { format!("{header}.{}", key.name) };
    let one_of = |names: &[&str]| json!({ "type": "string", "enum": names });
    let list = |items: Value| {
        let list = json!({ "type": "array", "items": items });
        // An heir says what becomes of the list that it inherits.
        let joined = |how: &str| json!({ "type": "object", "properties": { how: list }, "required": [how], "additionalProperties": false });
        let is_inherited = header == "kernel.NAME" && key.kind != Kind::Tables;
        if is_inherited { json!({ "anyOf": [list, joined("append"), joined("replace")] }) } else { list }
    };
    let scalar = json!({ "type": ["string", "integer", "boolean"] });
    // A key whose table has no schema of its own is a table of anything: there is none, and this would tell.
    let own = |header: &str| table(&find(header).unwrap_or_else(|| panic!("no schema of `{header}`")));
    match key.kind {
        _ if key.name == "when" => json!({ "allOf": [{ "$ref": "#/definitions/when" }] }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Texts => list(json!({ "type": "string" })),
        Kind::OneOf(names) => one_of(names),
        Kind::SomeOf(names) => list(one_of(names)),
        Kind::OneOrSomeOf(names) => json!({ "anyOf": [one_of(names), list(one_of(names))] }),
        Kind::Integer => json!({ "type": "integer", "minimum": 0 }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Size => json!({ "type": ["string", "integer"] }),
        Kind::Scalar => scalar,
        Kind::VersionOrDate => json!({ "type": "string" }),
        Kind::Conditions => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Kind::Symbols => json!({
            "type": "object",
            "additionalProperties": { "anyOf": [scalar, table(&REQUEST)] },
        }),
        // What a variant has is what a kernel has.
        Kind::Named if below == "matrix.variants" => {
            json!({ "type": "object", "additionalProperties": own("kernel.NAME") })
        }
        Kind::Named => json!({ "type": "object", "additionalProperties": own(&format!("{below}.NAME")) }),
        Kind::Table => own(&below),
        Kind::Tables => list(own(&below)),
        Kind::TextOrTable => json!({ "anyOf": [{ "type": "string" }, own(&below)] }),
        Kind::OneOfOrTable(names) => json!({ "anyOf": [one_of(names), own(&below)] }),
        Kind::TextsOrTables => list(json!({ "anyOf": [{ "type": "string" }, own(&below)] })),
    }
}
