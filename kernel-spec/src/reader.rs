//! Reads tables of a TOML file against their schema, and goes on after errors.
//!
//! A value that is wrong is reported once and is then as if absent, so that one mistake makes one error.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::diagnostic::nearest;
use crate::schema::{Kind, Presence, TableSchema, alternatives, listing};
use crate::{Diagnostic, Location, SourceText, Spanned};

type TomlValue<'t> = toml::Spanned<DeValue<'t>>;

/// The text that is read, and what was found wrong in it so far.
pub(crate) struct Reader {
    pub(crate) source: Arc<SourceText>,
    /// What stands before every header: `workspace.metadata.kernel.` in a `Cargo.toml`.
    prefix: &'static str,
    diagnostics: Vec<Diagnostic>,
}

/// A table that was checked against its schema: what is here has the type that the schema says.
pub(crate) struct Fields<'t> {
    /// `[kernel.guest]`, as it is named in messages.
    pub(crate) header: String,
    /// The place of its name.
    pub(crate) location: Location,
    values: BTreeMap<&'static str, Field<'t>>,
    /// The keys that were misspelled, or whose values were reported and left out.
    wrong: Vec<&'static str>,
}

#[derive(Clone)]
struct Field<'t> {
    key: Location,
    location: Location,
    value: &'t DeValue<'t>,
}

/// Parses TOML.
///
/// # Errors
/// Every syntax error; what else might be wrong is not looked for then.
pub(crate) fn parse_toml(source: &Arc<SourceText>) -> Result<DeTable<'_>, Vec<Diagnostic>> {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    if errors.is_empty() {
        return Ok(table.into_inner());
    }
    let diagnostics = errors.iter().map(|error| {
        let span = error.span().unwrap_or(0..0);
        let message = match (error.message(), source.text.get(span.clone())) {
            ("duplicate key", Some(key)) => format!("`{key}` twice in one table"),
            (message, _) => message.lines().collect::<Vec<_>>().join(", "),
        };
        Diagnostic::new(message).at(Location { source: source.clone(), span })
    });
    Err(diagnostics.collect())
}

impl Reader {
    pub(crate) fn new(source: Arc<SourceText>, prefix: &'static str) -> Self {
        Self { source, prefix, diagnostics: Vec::new() }
    }

    /// How much was reported so far.
    pub(crate) fn reported(&self) -> usize {
        self.diagnostics.len()
    }

    /// Everything that was reported, in the order of the text.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|d| d.location.as_ref().map(|location| location.span.start));
        self.diagnostics
    }

    pub(crate) fn location(&self, span: Range<usize>) -> Location {
        Location { source: self.source.clone(), span }
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// `[kernel.guest]` in backticks, or the file's name for its top.
    fn header(&self, path: &str) -> String {
        match (self.prefix, path) {
            ("", "") => format!("`{}`", self.source.path),
            (prefix, path) => format!("`[{}]`", format!("{prefix}{path}").trim_end_matches('.')),
        }
    }

    /// Checks a table: unknown keys, missing keys, types.
    pub(crate) fn table<'t>(
        &mut self,
        schema: &TableSchema,
        path: &str,
        location: Location,
        table: &'t DeTable<'t>,
    ) -> Fields<'t> {
        let header = self.header(path);
        let (mut values, mut wrong) = (BTreeMap::new(), Vec::new());
        for (name, value) in table {
            let key = self.location(name.span());
            let Some(known) = schema.keys.iter().find(|known| known.name == name.get_ref()) else {
                wrong.extend(self.unknown_key(schema, &header, name.get_ref(), key));
                continue;
            };
            let field = Field { key, location: self.location(value.span()), value: value.get_ref() };
            if self.has_kind(known.kind, known.name, &header, &field) {
                values.insert(known.name, field);
            } else {
                wrong.push(known.name);
            }
        }
        for key in schema.keys.iter().filter(|key| key.presence == Presence::Required) {
            if !values.contains_key(key.name) && !wrong.contains(&key.name) {
                let message = format!("no `{}` in {header}", key.name);
                let hint = format!("`{}` is {}", key.name, key.doc);
                self.report(Diagnostic::new(message).at(location.clone()).with_hint(hint));
            }
        }
        Fields { header, location, values, wrong }
    }

    /// Reports a key; gives back the key that was meant, if one is near.
    fn unknown_key(
        &mut self,
        schema: &TableSchema,
        header: &str,
        name: &str,
        key: Location,
    ) -> Option<&'static str> {
        let names = schema.keys.iter().map(|key| key.name);
        let near = nearest(name, names.clone());
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys are {}", listing(&names.collect::<Vec<_>>())),
        };
        self.report(Diagnostic::new(format!("unknown key `{name}` in {header}")).at(key).with_hint(hint));
        near
    }

    /// Whether a value has the type that is expected; reports it where not.
    fn has_kind(&mut self, kind: Kind, name: &str, header: &str, field: &Field<'_>) -> bool {
        let what = format!("`{name}` in {header}");
        match (kind, field.value) {
            (Kind::Text, DeValue::String(_)) | (Kind::Boolean, DeValue::Boolean(_)) => true,
            (Kind::Size, DeValue::String(_) | DeValue::Integer(_)) => true,
            (Kind::Named | Kind::Table | Kind::Symbols | Kind::Conditions, DeValue::Table(_)) => true,
            (Kind::OneOf(names), DeValue::String(text)) => {
                self.is_one_of(names, &what, text, &field.location)
            }
            (Kind::OneOfOrTable(_), DeValue::Table(_)) => true,
            (Kind::OneOfOrTable(names), DeValue::String(text)) => {
                self.is_one_of(names, &what, text, &field.location)
            }
            (Kind::Integer, DeValue::Integer(number)) => {
                let fits = u64::from_str_radix(number.as_str(), number.radix()).is_ok();
                if !fits {
                    let message = format!("{what} is {number}, expected {}", kind.expected());
                    self.report(Diagnostic::new(message).at(field.location.clone()));
                }
                fits
            }
            (Kind::Tables, DeValue::Array(items)) => items.iter().fold(true, |good, item| {
                let this = item.get_ref().is_table();
                if !this {
                    let found = type_name(item.get_ref());
                    let message = format!("an element of {what} is {found}, expected a table");
                    self.report(Diagnostic::new(message).at(self.location(item.span())));
                }
                good && this
            }),
            (Kind::TextOrTable, DeValue::String(_) | DeValue::Table(_)) => true,
            (Kind::VersionOrDate, DeValue::String(_) | DeValue::Datetime(_)) => true,
            (Kind::Scalar, DeValue::String(_) | DeValue::Integer(_) | DeValue::Boolean(_)) => true,
            (Kind::OneOrSomeOf(names), DeValue::String(text)) => {
                self.is_one_of(names, &what, text, &field.location)
            }
            (Kind::TextsOrTables, DeValue::Array(items)) => items.iter().fold(true, |good, item| {
                let this = matches!(item.get_ref(), DeValue::String(_) | DeValue::Table(_));
                if !this {
                    let found = type_name(item.get_ref());
                    let message = format!("an element of {what} is {found}, expected a string or a table");
                    self.report(Diagnostic::new(message).at(self.location(item.span())));
                }
                good && this
            }),
            (Kind::Texts | Kind::SomeOf(_) | Kind::OneOrSomeOf(_), DeValue::Array(items)) => {
                items.iter().fold(true, |good, item| {
                    let location = self.location(item.span());
                    let element = format!("an element of {what}");
                    let this = match (kind, item.get_ref()) {
                        (Kind::SomeOf(names) | Kind::OneOrSomeOf(names), DeValue::String(text)) => {
                            self.is_one_of(names, &element, text, &location)
                        }
                        (_, DeValue::String(_)) => true,
                        (_, other) => {
                            let message = format!("{element} is {}, expected a string", type_name(other));
                            self.report(Diagnostic::new(message).at(location));
                            false
                        }
                    };
                    good && this
                })
            }
            (_, other) => {
                let message = format!("{what} is {}, expected {}", type_name(other), kind.expected());
                let mut diagnostic = Diagnostic::new(message).at(field.location.clone());
                let written = self.source.text.get(field.location.span.clone()).unwrap_or_default();
                diagnostic.hint = match (kind, other) {
                    (Kind::Texts | Kind::SomeOf(_) | Kind::TextsOrTables, DeValue::String(_)) => {
                        Some(format!("write `{name} = [{written}]`"))
                    }
                    (Kind::Table, DeValue::String(_)) => {
                        Some(format!("write `{name} = {{ package = {written} }}`"))
                    }
                    (Kind::Named, _) => Some(format!("write a table `[{name}.NAME]`")),
                    (Kind::Text, DeValue::Integer(_) | DeValue::Float(_)) => {
                        Some(format!("write `{name} = \"{written}\"`"))
                    }
                    (Kind::Boolean | Kind::Integer, DeValue::String(text)) if kind.reads(text) => {
                        Some(format!("write `{name} = {text}`"))
                    }
                    _ => None,
                };
                self.report(diagnostic);
                false
            }
        }
    }

    fn is_one_of(&mut self, names: &[&str], what: &str, text: &str, location: &Location) -> bool {
        if names.contains(&text) {
            return true;
        }
        let message = format!("{what} is `{text}`, expected {}", alternatives(names));
        let mut diagnostic = Diagnostic::new(message).at(location.clone());
        diagnostic.hint = meant(names, text).map(|name| format!("did you mean `{name}`?"));
        self.report(diagnostic);
        false
    }

    /// The tables of a [`Kind::Named`] key: name, its place, and the table.
    pub(crate) fn named<'t>(
        &mut self,
        fields: &Fields<'t>,
        key: &str,
    ) -> Vec<(&'t str, Location, &'t DeTable<'t>)> {
        let Some(table) = fields.values.get(key).and_then(|field| field.value.as_table()) else {
            return Vec::new();
        };
        let mut named = Vec::new();
        for (name, value) in table {
            let location = self.location(name.span());
            match value.get_ref().as_table() {
                Some(table) => named.push((name.get_ref().as_ref(), location, table)),
                None => {
                    let header = self.header(&format!("{key}.{}", name.get_ref()));
                    let message = format!("{header} is {}, expected a table", type_name(value.get_ref()));
                    self.report(Diagnostic::new(message).at(self.location(value.span())));
                }
            }
        }
        named
    }
}

impl Kind {
    fn reads(self, text: &str) -> bool {
        match self {
            Self::Boolean => matches!(text, "true" | "false"),
            _ => text.parse::<u64>().is_ok(),
        }
    }
}

/// The name that somebody meant: other tools' names for architectures, other capitals, a slip.
fn meant<'a>(names: &[&'a str], text: &str) -> Option<&'a str> {
    let alias = match text {
        "arm64" => "aarch64",
        "riscv" => "riscv64",
        "x86" | "amd64" | "x64" | "x86-64" => "x86_64",
        "armv7" | "armhf" | "arm32" => "arm",
        "no" => "n",
        _ => "",
    };
    names.iter().copied().find(|name| *name == alias).or_else(|| nearest(text, names.iter().copied()))
}

/// The type of a value with its article.
pub(crate) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

impl<'t> Fields<'t> {
    /// Whether a key is there with a value of its type.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// Whether a key is there, misspelled or with a value of another type: reported, and not to be reported as missing.
    pub(crate) fn is_wrong(&self, key: &str) -> bool {
        self.wrong.contains(&key)
    }

    /// The place of a key's name; of the table's where the key is absent.
    pub(crate) fn key(&self, key: &str) -> Location {
        self.values.get(key).map_or_else(|| self.location.clone(), |field| field.key.clone())
    }

    pub(crate) fn text(&self, key: &str) -> Option<Spanned<&'t str>> {
        let field = self.values.get(key)?;
        Some(Spanned { value: field.value.as_str()?, location: Some(field.location.clone()) })
    }

    pub(crate) fn string(&self, key: &str) -> Option<Spanned<String>> {
        let text = self.text(key)?;
        Some(Spanned { value: text.value.to_owned(), location: text.location })
    }

    /// A value of whatever type, and its place.
    pub(crate) fn value(&self, key: &str) -> Option<(&'t DeValue<'t>, Location)> {
        let field = self.values.get(key)?;
        Some((field.value, field.location.clone()))
    }

    /// The elements of an array, each with its place.
    pub(crate) fn items(&self, key: &str) -> Vec<(&'t DeValue<'t>, Location)> {
        let Some(field) = self.values.get(key) else { return Vec::new() };
        let source = &field.location.source;
        let items = field.value.as_array().into_iter().flatten();
        items.map(|item| (item.get_ref(), Location { source: source.clone(), span: item.span() })).collect()
    }

    /// The elements of an array of strings; a string alone is an array of one.
    pub(crate) fn strings(&self, key: &str) -> Vec<Spanned<String>> {
        let Some(field) = self.values.get(key) else { return Vec::new() };
        if let (Some(text), location) = (field.value.as_str(), field.location.clone()) {
            return vec![Spanned { value: text.to_owned(), location: Some(location) }];
        }
        let items = field.value.as_array().into_iter().flatten();
        let source = &field.location.source;
        let spanned = |item: &TomlValue<'_>| {
            let location = Some(Location { source: source.clone(), span: item.span() });
            Some(Spanned { value: item.get_ref().as_str()?.to_owned(), location })
        };
        items.filter_map(spanned).collect()
    }

    pub(crate) fn integer(&self, key: &str) -> Option<Spanned<u64>> {
        let field = self.values.get(key)?;
        let number = field.value.as_integer()?;
        let value = u64::from_str_radix(number.as_str(), number.radix()).ok()?;
        Some(Spanned { value, location: Some(field.location.clone()) })
    }

    pub(crate) fn boolean(&self, key: &str) -> Option<bool> {
        self.values.get(key)?.value.as_bool()
    }

    /// The tables of an array of them, each with its place.
    pub(crate) fn tables(&self, key: &str) -> Vec<(Location, &'t DeTable<'t>)> {
        let Some(field) = self.values.get(key) else { return Vec::new() };
        let source = &field.location.source;
        let items = field.value.as_array().into_iter().flatten();
        let spanned = |item: &'t TomlValue<'t>| {
            Some((Location { source: source.clone(), span: item.span() }, item.get_ref().as_table()?))
        };
        items.filter_map(spanned).collect()
    }

    /// The table under a key, and the place of the key.
    pub(crate) fn table(&self, key: &str) -> Option<(Location, &'t DeTable<'t>)> {
        let field = self.values.get(key)?;
        Some((field.key.clone(), field.value.as_table()?))
    }
}
