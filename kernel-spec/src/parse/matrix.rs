//! `[matrix]`: kernels × sources × arches × variants.
//!
//! Each point is a kernel that inherits another: its table has another `source`, another `arch`, and what the variant
//! says. Its name is that of the kernel and of every dimension that the matrix has, with two hyphens between.
//!
//! Images of another architecture are not those of this one: a point elsewhere makes the images that are usual there. A
//! profile may have nothing for an architecture: then there is no such point, which is told and no error, as long as
//! another one is left of the kernel.

use std::borrow::Cow;

use toml::de::{DeTable, DeValue};

use super::inherit::{self, Heir};
use super::kernel::{self, Known};
use crate::diagnostic::nearest;
use crate::reader::{Fields, Reader};
use crate::schema::{MATRIX, MATRIX_EXCLUDE, listing};
use crate::spec::{Point, Unfit};
use crate::{Arch, Diagnostic, Image, KernelEntry, KernelName, Location, Spanned};

/// A variant: its name, and the keys that it lays on a kernel.
type Variant<'t> = (&'t str, &'t DeTable<'t>);

/// The points, in the order of their dimensions; those that cannot be are reported, the first of them alone.
pub(super) fn parse<'t>(
    reader: &mut Reader,
    manifest: &Fields<'t>,
    heirs: &[Heir<'t>],
    known: Known<'_>,
) -> (Vec<Point>, Vec<Unfit>) {
    let (mut points, mut unfit) = (Vec::new(), Vec::new());
    let Some((location, table)) = manifest.table("matrix") else { return (points, unfit) };
    let fields = reader.table(&MATRIX, "matrix", location, table);
    let kernel_names: Vec<&str> = heirs.iter().map(|heir| heir.name).collect();
    let kernels = named(reader, &fields, ("kernels", "kernel"), &kernel_names);
    let sources = named(reader, &fields, ("sources", "source"), known.source_names);
    let arches = fields.strings("arches");
    let variants: Vec<Variant<'t>> =
        reader.named(&fields, "variants").into_iter().map(|(name, _, table)| (name, table)).collect();
    let excluded = excluded(reader, &fields);
    let chosen = heirs
        .iter()
        .filter(|heir| !fields.has("kernels") || kernels.iter().any(|kernel| kernel.value == heir.name));
    for heir in chosen {
        let (before_points, mut lacking) = (points.len(), None);
        for source in options(&sources) {
            for arch in options(&arches) {
                for variant in std::iter::once(None).chain(variants.iter().map(Some)) {
                    let cell = Cell { heir, source, arch, variant };
                    if excluded.iter().any(|exclude| cell.is_excluded(exclude)) {
                        continue;
                    }
                    let before = reader.reported();
                    match cell.parse(reader, known) {
                        Some(Parsed::Point(point)) => points.push(*point),
                        Some(Parsed::Unfit(none, place)) => {
                            lacking.get_or_insert((none.error.clone(), place));
                            unfit.push(none);
                        }
                        None => {}
                    }
                    if reader.reported() > before {
                        return (points, unfit);
                    }
                }
            }
        }
        // A table in which nothing of a kernel was judged would say that all is well.
        if let (true, Some((error, place))) = (points.len() == before_points, lacking) {
            let hint = format!("no point of `[matrix]` is left of kernel `{}`", heir.name);
            reader.report(Diagnostic::new(error.to_string()).at(place).with_hint(hint));
        }
    }
    (points, unfit)
}

/// What a combination comes to.
enum Parsed {
    Point(Box<Point>),
    Unfit(Unfit, Location),
}

/// What a dimension says, or that it says nothing.
fn options(named: &[Spanned<String>]) -> Vec<Option<&Spanned<String>>> {
    if named.is_empty() { vec![None] } else { named.iter().map(Some).collect() }
}

/// The names that a key lists; one that is not there is reported.
fn named(
    reader: &mut Reader,
    fields: &Fields<'_>,
    (key, kind): (&str, &str),
    declared: &[&str],
) -> Vec<Spanned<String>> {
    let (good, bad): (Vec<_>, Vec<_>) =
        fields.strings(key).into_iter().partition(|name| declared.contains(&name.value.as_str()));
    for Spanned { value, location } in bad {
        let message = format!("no {kind} `{value}`, which `{key}` in {} names", fields.header);
        let hint = match nearest(&value, declared.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the manifest has {}", listing(declared)),
        };
        reader.report(Diagnostic { location, hint: Some(hint), ..Diagnostic::new(message) });
    }
    good
}

/// One `exclude`: what it names of each dimension.
#[derive(Default)]
struct Exclude {
    kernel: Option<String>,
    source: Option<String>,
    arch: Option<String>,
    variant: Option<String>,
}

fn excluded(reader: &mut Reader, fields: &Fields<'_>) -> Vec<Exclude> {
    let mut excluded = Vec::new();
    for (location, table) in fields.tables("exclude") {
        let fields = reader.table(&MATRIX_EXCLUDE, "matrix.exclude", location.clone(), table);
        let text = |key: &str| fields.string(key).map(|text| text.value);
        let exclude = Exclude {
            kernel: text("kernel"),
            source: text("source"),
            arch: text("arch"),
            variant: text("variant"),
        };
        let says = [&exclude.kernel, &exclude.source, &exclude.arch, &exclude.variant];
        if says.iter().all(|says| says.is_none()) {
            let message = format!("nothing in {}: expected what to leave out", fields.header);
            reader.report(Diagnostic::new(message).at(location));
            continue;
        }
        excluded.push(exclude);
    }
    excluded
}

/// One combination.
struct Cell<'a, 't> {
    heir: &'a Heir<'t>,
    source: Option<&'a Spanned<String>>,
    arch: Option<&'a Spanned<String>>,
    variant: Option<&'a Variant<'t>>,
}

impl<'t> Cell<'_, 't> {
    fn is_excluded(&self, exclude: &Exclude) -> bool {
        let own = |key: &str| self.heir.table.get(key).and_then(|value| value.get_ref().as_str());
        let source = self.source.map(|source| source.value.as_str()).or_else(|| own("source"));
        let arch = self.arch.map(|arch| arch.value.as_str()).or_else(|| own("arch"));
        let variant = self.variant.map(|(name, _)| *name);
        let is = |wanted: &Option<String>, found| wanted.is_none() || wanted.as_deref() == found;
        is(&exclude.kernel, Some(self.heir.name))
            && is(&exclude.source, source)
            && is(&exclude.arch, arch)
            && is(&exclude.variant, variant)
    }

    fn parse(&self, reader: &mut Reader, known: Known<'_>) -> Option<Parsed> {
        let dimensions = [self.source, self.arch].into_iter().flatten().map(|named| named.value.as_str());
        let variant = self.variant.map(|(name, _)| *name);
        let name =
            std::iter::once(self.heir.name).chain(dimensions).chain(variant).collect::<Vec<_>>().join("--");
        let mut table = self.variant.map(|(_, table)| (*table).clone()).unwrap_or_default();
        for (key, value) in [("source", self.source), ("arch", self.arch)] {
            let Some(Spanned { value, location: Some(place) }) = value else { continue };
            let (key, value) = (Cow::Borrowed(key), DeValue::String(Cow::Owned(value.clone())));
            let span = || place.span.clone();
            table.insert(toml::Spanned::new(span(), key), toml::Spanned::new(span(), value));
        }
        inherit::lay(reader, &name, &mut table, &self.heir.table);
        self.keep_fitting_images(&mut table);
        let location = self.place()?;
        let ancestors = [&[self.heir.name], self.heir.ancestors.as_slice()].concat();
        let owners = self.heir.owners.clone();
        let heir = Heir { name: &name, location, table, ancestors, owners };
        let (of, variant) = (KernelName::new(self.heir.name).ok()?, variant.map(str::to_owned));
        let (kernel, lacking) = kernel::parse_any(reader, known, &heir);
        let kernel = KernelEntry { varies: Some(of.clone()), ..kernel? };
        Some(match lacking.into_iter().next() {
            None => Parsed::Point(Box::new(Point { kernel, of, variant })),
            Some((error, place)) => {
                let (name, source) = (kernel.name.value, kernel.source.value);
                Parsed::Unfit(Unfit { name, of, source, variant, error }, place)
            }
        })
    }

    /// Leaves out images that the kernel has and this architecture does not.
    fn keep_fitting_images(&self, table: &mut DeTable<'t>) {
        let said = self.variant.is_some_and(|(_, table)| table.contains_key("images"));
        let arch = self.arch.and_then(|arch| Arch::from_rust_name(&arch.value));
        let (false, Some(arch), Some(images)) = (said, arch, table.get("images")) else { return };
        let fits = |image: &toml::Spanned<DeValue<'_>>| {
            let image = image.get_ref().as_str().and_then(Image::from_name);
            image.is_none_or(|image| image.exists_for(arch))
        };
        let all = images.get_ref().as_array().is_none_or(|images| images.iter().all(fits));
        if !all {
            table.remove("images");
        }
    }

    /// Where what is wrong with it is said: at the dimension that makes it what it is.
    fn place(&self) -> Option<Location> {
        let named = self.arch.or(self.source).and_then(|named| named.location.clone());
        named.or_else(|| Some(self.heir.location.clone()))
    }
}
