//! Text of a manifest → [`KernelSpec`], or everything that is wrong with it.

mod budget;
mod built_in;
mod config;
mod device;
mod feature;
mod inherit;
mod kernel;
mod matrix;
mod may_miss;
mod one_off;
mod overrides;
mod patch;
mod source;
mod trial;
mod vm;

pub use feature::package_requirements;
pub use one_off::one_off_text;
pub use overrides::Overrides;

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::DeTable;

use crate::diagnostic::nearest;
use crate::reader::{Fields, Reader, parse_toml, type_name};
use crate::schema::{MANIFEST, SCHEMA, listing};
use crate::{Arch, CompilerCache, Diagnostic, KernelSpec, Location, NameError, SourceText, Spanned};

/// What a manifest's meaning depends on that the manifest does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecContext {
    /// The architecture of the host: the default of `arch`; `None` where it is none that a kernel can be built for.
    pub host_arch: Option<Arch>,
}

/// What stands before the tables of a manifest in `Cargo.toml`.
const CARGO_PREFIX: &str = "workspace.metadata.kernel.";

impl KernelSpec {
    /// Parses and validates the text of a `Kernel.toml`.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the text.
    pub fn parse(source: impl Into<Arc<SourceText>>, context: &SpecContext) -> Result<Self, Vec<Diagnostic>> {
        let source = source.into();
        let table = parse_toml(&source)?;
        let top = Location { source: source.clone(), span: 0..0 };
        parse_table(Reader::new(source.clone(), ""), top, &table, context)
    }

    /// Parses and validates `[workspace.metadata.kernel]` of a `Cargo.toml`.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the text; also where there is no such table.
    pub fn parse_cargo_manifest(
        source: impl Into<Arc<SourceText>>,
        context: &SpecContext,
    ) -> Result<Self, Vec<Diagnostic>> {
        let source = source.into();
        let table = parse_toml(&source)?;
        let Some((span, kernel)) = metadata(&table) else {
            let message = format!("no `[workspace.metadata.kernel]` in `{}`", source.path);
            return Err(vec![Diagnostic::new(message)]);
        };
        let top = Location { source: source.clone(), span };
        match kernel.as_table() {
            Some(kernel) => parse_table(Reader::new(source.clone(), CARGO_PREFIX), top, kernel, context),
            None => {
                let found = type_name(kernel);
                let message = format!("`kernel` in `[workspace.metadata]` is {found}, expected a table");
                Err(vec![Diagnostic::new(message).at(top)])
            }
        }
    }
}

/// Reports a launcher that is none, or that nothing would start.
fn check_launcher(reader: &mut Reader, launcher: &Spanned<String>, cache: Option<&Spanned<CompilerCache>>) {
    let Some(location) = launcher.location.clone() else { return };
    if launcher.value.trim().is_empty() {
        let message = "`compiler-launcher` is empty: expected a program, such as `distcc`";
        reader.report(Diagnostic::new(message).at(location));
    } else if cache.is_some_and(|cache| cache.value == CompilerCache::Sccache) {
        let message = "`compiler-launcher` does not go with `compiler-cache = \"sccache\"`, which starts compilers itself";
        let hint = "use `compiler-cache = \"ccache\"`, or leave one of the two out";
        reader.report(Diagnostic::new(message).at(location).with_hint(hint));
    }
}

/// The value of `workspace.metadata.kernel`, and the place of its key.
fn metadata<'t>(table: &'t DeTable<'_>) -> Option<(std::ops::Range<usize>, &'t toml::de::DeValue<'t>)> {
    let workspace = table.get("workspace")?.get_ref().as_table()?;
    let metadata = workspace.get("metadata")?.get_ref().as_table()?;
    let (key, value) = metadata.get_key_value("kernel")?;
    Some((key.span(), value.get_ref()))
}

fn parse_table(
    mut reader: Reader,
    top: Location,
    table: &DeTable<'_>,
    context: &SpecContext,
) -> Result<KernelSpec, Vec<Diagnostic>> {
    if let Some(newer) = newer_schema(&reader, table) {
        return Err(vec![newer]);
    }
    let fields = reader.table(&MANIFEST, "", top, table);
    check_schema(&mut reader, &fields);
    let source_tables = reader.named(&fields, "source");
    let kernel_tables = reader.named(&fields, "kernel");
    let vm_tables = reader.named(&fields, "vm");
    let source_names: Vec<&str> = source_tables.iter().map(|(name, ..)| *name).collect();
    let kernel_names: Vec<&str> = kernel_tables.iter().map(|(name, ..)| *name).collect();

    let vendor = parsed(&mut reader, fields.text("vendor"), source::folder, |_| None);
    let compiler_cache = fields.text("compiler-cache").and_then(|text| {
        let value = CompilerCache::from_name(text.value)?;
        Some(Spanned { value, location: text.location })
    });
    let compiler_launcher = fields
        .text("compiler-launcher")
        .map(|text| Spanned { value: text.value.to_owned(), location: text.location });
    if let Some(launcher) = &compiler_launcher {
        check_launcher(&mut reader, launcher, compiler_cache.as_ref());
    }
    let features = feature::defined(&mut reader, &fields);
    let mut sources = BTreeMap::new();
    for (name, location, table) in source_tables {
        if let Some(entry) = source::parse(&mut reader, name, location, table) {
            sources.insert(entry.name.value.clone(), entry);
        }
    }
    let mut kernels = BTreeMap::new();
    let heirs = inherit::resolve(&mut reader, &kernel_tables);
    let mut wrong: Vec<&str> = Vec::new();
    for heir in &heirs {
        // What is wrong with an ancestor is said once.
        if heir.ancestors.iter().any(|ancestor| wrong.contains(ancestor)) {
            continue;
        }
        let known =
            kernel::Known { context, source_names: &source_names, sources: &sources, features: &features };
        let before = reader.reported();
        if let Some(entry) = kernel::parse(&mut reader, known, heir) {
            kernels.insert(entry.name.value.clone(), entry);
        }
        if reader.reported() > before {
            wrong.push(heir.name);
        }
    }
    // What is wrong with a kernel is said of itself.
    let sound = wrong.is_empty() && heirs.len() == kernel_tables.len();
    let known =
        kernel::Known { context, source_names: &source_names, sources: &sources, features: &features };
    let (matrix, unfit) =
        if sound { matrix::parse(&mut reader, &fields, &heirs, known) } else { Default::default() };
    let mut vms = BTreeMap::new();
    for (name, location, table) in vm_tables {
        if let Some(entry) =
            vm::parse(&mut reader, &kernel_names, (&kernels, &features), name, location, table)
        {
            vms.insert(entry.name.value.clone(), entry);
        }
    }
    built_in::one_for_each_kernel(&mut reader, &vms);
    let text = reader.source.clone();
    match reader.finish() {
        diagnostics if diagnostics.is_empty() => Ok(KernelSpec {
            text,
            vendor,
            compiler_cache,
            compiler_launcher,
            features,
            sources,
            kernels,
            matrix,
            unfit,
            vms,
        }),
        diagnostics => Err(diagnostics),
    }
}

/// The one error to show for a file of a newer format: what else differs is what is new in it.
pub(crate) fn newer_schema(reader: &Reader, table: &DeTable<'_>) -> Option<Diagnostic> {
    let schema = table.get("schema")?;
    let number = schema.get_ref().as_integer()?;
    let newer = u64::from_str_radix(number.as_str(), number.radix()).ok().filter(|&n| n > SCHEMA)?;
    let message = format!("`schema` is {newer}, expected at most {SCHEMA}");
    let hint = format!("this file needs a newer `cargo-kernel` (this one is {})", env!("CARGO_PKG_VERSION"));
    Some(Diagnostic::new(message).at(reader.location(schema.span())).with_hint(hint))
}

/// Reports a schema that never was.
pub(crate) fn check_schema(reader: &mut Reader, fields: &Fields<'_>) {
    if let Some(Spanned { value, location: Some(location) }) = fields.integer("schema")
        && value != SCHEMA
    {
        let message = format!("`schema` is {value}, expected {SCHEMA}");
        reader.report(Diagnostic::new(message).at(location).with_hint(format!("write `schema = {SCHEMA}`")));
    }
}

/// Checks the name in a header.
fn entry_name<T>(
    reader: &mut Reader,
    new: fn(&str) -> Result<T, NameError>,
    name: &str,
    location: &Location,
) -> Option<Spanned<T>> {
    match new(name) {
        Ok(value) => Some(Spanned { value, location: Some(location.clone()) }),
        Err(error) => {
            reader.report(Diagnostic::new(error.to_string()).at(location.clone()));
            None
        }
    }
}

/// Checks that a key names an entry of the manifest: `kind` is `source` or `kernel`.
fn reference<T>(
    reader: &mut Reader,
    fields: &Fields<'_>,
    (key, kind): (&str, &str),
    new: fn(&str) -> Result<T, NameError>,
    declared: &[&str],
) -> Option<Spanned<T>> {
    let Spanned { value: name, location: Some(location) } = fields.text(key)? else { return None };
    if declared.contains(&name) {
        // A name with another shape was reported where it was declared.
        return new(name).ok().map(|value| Spanned { value, location: Some(location) });
    }
    let message = format!("no {kind} `{name}`, which `{key}` in {} names", fields.header);
    let hint = match nearest(name, declared.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if declared.is_empty() => format!("add a table `[{kind}.{name}]`"),
        None => {
            format!("the manifest has {}", listing(declared))
        }
    };
    reader.report(Diagnostic::new(message).at(location).with_hint(hint));
    None
}

/// A value where somebody wrote it, or its default.
fn or_default<T>(written: Option<Spanned<T>>, default: T) -> Spanned<T> {
    written.unwrap_or(Spanned { value: default, location: None })
}

/// Takes a value out of a place, parsed; reports the error where it is none.
fn parsed<T, E: std::fmt::Display>(
    reader: &mut Reader,
    text: Option<Spanned<&str>>,
    parse: impl FnOnce(&str) -> Result<T, E>,
    hint: impl FnOnce(&str) -> Option<String>,
) -> Option<Spanned<T>> {
    let Spanned { value, location } = text?;
    match parse(value) {
        Ok(parsed) => Some(Spanned { value: parsed, location }),
        Err(error) => {
            let diagnostic = Diagnostic { hint: hint(value), location, ..Diagnostic::new(error.to_string()) };
            reader.report(diagnostic);
            None
        }
    }
}

#[cfg(test)]
mod tests;
