//! Every key of `Kernel.toml` and `Kernel.lock`.

use std::fmt::Write;

use kernel_spec::schema::{Kind, LOCK_TABLES, Presence, TABLES, TableSchema};

use super::is_current;

#[test]
fn the_keys_are_those_of_the_parser() {
    let intro = "The schema of editors is [kernel-toml.schema.json](kernel-toml.schema.json): `#:schema PATH` in the first line of a \
                 manifest is enough for taplo and for VS Code's Even Better TOML.";
    is_current("reference/kernel-toml.md", &page("Kernel.toml", intro, TABLES));
    let intro = "It is written by the tool, and not made for edits by hand: those are found. It belongs under version control.";
    is_current("reference/kernel-lock.md", &page("Kernel.lock", intro, LOCK_TABLES));
}

fn page(title: &str, intro: &str, tables: &[TableSchema]) -> String {
    let mut text = format!(
        "# {title}\n\n<!-- from the parser's tables, by tests/suite/reference/keys.rs -->\n\n{intro}\n"
    );
    for table in tables {
        let heading = match table.header {
            "" => "The top".to_owned(),
            "when" => "`when`".to_owned(),
            header => format!("`[{header}]`"),
        };
        let doc = sentence(table.doc);
        write!(text, "\n## {heading}\n\n{doc}\n\n| Key | | Default | |\n|---|---|---|---|\n").unwrap();
        for key in table.keys {
            let presence = match key.presence {
                Presence::Required => "**required**".to_owned(),
                Presence::Optional => String::new(),
                Presence::Default(text) if text.contains('`') => text.to_owned(),
                Presence::Default(text) => format!("`{text}`"),
            };
            writeln!(text, "| `{}` | {} | {presence} | {} |", key.name, kind(key.kind), key.doc).unwrap();
        }
    }
    text
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Symbols => "a table of symbols".to_owned(),
        Kind::Named => "tables by name".to_owned(),
        other => other.expected(),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
