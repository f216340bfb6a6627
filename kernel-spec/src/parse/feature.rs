//! `[features]`, `features` of a kernel, `requires` of a VM and of a package.

use std::sync::Arc;

use kconfig::condition::Condition;
use toml::de::DeTable;

use crate::feature::{Feature, Requirement, is_feature_name};
use crate::patch::PatchEntry;
use crate::reader::{Fields, Reader, parse_toml, type_name};
use crate::schema::PACKAGE;
use crate::{Diagnostic, Features, KernelEntry, SourceText};

/// The built-in features, and those of `[features]`.
pub(super) fn defined(reader: &mut Reader, manifest: &Fields<'_>) -> Features {
    let mut features = Features::built_in();
    let Some((_, table)) = manifest.table("features") else { return features };
    for (name, value) in table {
        let (name, place) = (name.get_ref(), reader.location(name.span()));
        let location = reader.location(value.span());
        if !is_feature_name(name) {
            let message = format!("`{name}` is not a feature's name: expected letters, digits and `-`");
            reader.report(Diagnostic::new(message).at(place));
            continue;
        }
        let Some(text) = value.get_ref().as_str() else {
            let found = type_name(value.get_ref());
            let message = format!("feature `{name}` is {found}, expected a condition in quotes");
            let hint = format!("write `{name} = \"SYMBOL && SYMBOL\"`");
            reader.report(Diagnostic::new(message).at(location).with_hint(hint));
            continue;
        };
        match Condition::parse(text) {
            Ok(condition) => features.define(name, Feature { condition, location: Some(place) }),
            Err(error) => reader.report(Diagnostic::new(error.to_string()).at(location)),
        }
    }
    features
}

/// The features that a kernel promises: each has a condition, or one of its patches brings it.
pub(super) fn promised(
    reader: &mut Reader,
    kernel: &Fields<'_>,
    features: &Features,
    patches: &[PatchEntry],
) -> Vec<Requirement> {
    let mut found = Vec::new();
    for name in kernel.strings("features") {
        if !is_feature_name(&name.value) {
            let message =
                format!("`{}` is not a feature's name: expected letters, digits and `-`", name.value);
            reader.report(Diagnostic { location: name.location, ..Diagnostic::new(message) });
            continue;
        }
        found.extend(Requirement::list(vec![name], &kernel.header, &mut |diagnostic| {
            reader.report(diagnostic)
        }));
    }
    let brought: Vec<&str> = brought(patches).collect();
    for requirement in &found {
        if let Some(mut diagnostic) = requirement.unknown(features, &brought) {
            diagnostic.message =
                format!("no feature `{}`, which {} promises", requirement.want, kernel.header);
            reader.report(diagnostic);
        }
    }
    found
}

/// What a VM needs of its kernel.
pub(super) fn required(
    reader: &mut Reader,
    vm: &Fields<'_>,
    features: &Features,
    kernel: Option<&KernelEntry>,
) -> Vec<Requirement> {
    let written = vm.strings("requires");
    let found = Requirement::list(written, &vm.header, &mut |diagnostic| reader.report(diagnostic));
    let brought: Vec<&str> = kernel.iter().flat_map(|kernel| brought(&kernel.patches)).collect();
    for diagnostic in found.iter().filter_map(|requirement| requirement.unknown(features, &brought)) {
        reader.report(diagnostic);
    }
    found
}

fn brought(patches: &[PatchEntry]) -> impl Iterator<Item = &str> {
    patches.iter().flat_map(|patch| &patch.features).map(|name| name.value.as_str())
}

/// What a package needs of the kernels of its VMs: `[package.metadata.kernel] requires` of its `Cargo.toml`.
///
/// `by` is how the package is named in messages. `None` where the text is that of another package.
///
/// # Errors
/// Everything that is wrong with that table.
pub fn package_requirements(
    source: impl Into<Arc<SourceText>>,
    package: &str,
    by: &str,
) -> Result<Option<Vec<Requirement>>, Vec<Diagnostic>> {
    let source = source.into();
    let table = parse_toml(&source)?;
    let Some(of_package) = below(&table, "package") else { return Ok(None) };
    if of_package.get("name").and_then(|name| name.get_ref().as_str()) != Some(package) {
        return Ok(None);
    }
    let Some(metadata) = below(of_package, "metadata") else { return Ok(Some(Vec::new())) };
    let Some((key, value)) = metadata.get_key_value("kernel") else { return Ok(Some(Vec::new())) };
    let mut reader = Reader::new(source.clone(), "package.metadata.kernel.");
    let Some(kernel) = value.get_ref().as_table() else {
        let message =
            format!("`kernel` in `[package.metadata]` is {}, expected a table", type_name(value.get_ref()));
        return Err(vec![Diagnostic::new(message).at(reader.location(value.span()))]);
    };
    let location = reader.location(key.span());
    let fields = reader.table(&PACKAGE, "", location, kernel);
    let written = fields.strings("requires");
    let found = Requirement::list(written, by, &mut |diagnostic| reader.report(diagnostic));
    match reader.finish() {
        diagnostics if diagnostics.is_empty() => Ok(Some(found)),
        diagnostics => Err(diagnostics),
    }
}

fn below<'a, 't>(table: &'a DeTable<'t>, key: &str) -> Option<&'a DeTable<'t>> {
    table.get(key)?.get_ref().as_table()
}
