//! `[kernel.NAME]`.

use std::collections::BTreeMap;

use kconfig::layers::ConflictKind;
use kconfig::modes::BuiltIn;
use toml::de::DeValue;

use super::inherit::Heir;
use super::{SpecContext, config, entry_name, feature, may_miss, or_default, parsed, patch, reference};
use crate::diagnostic::nearest;
use crate::layer::{FragmentRef, IN_TREE, Manner, ProfileKindRef, ProfileRef};
use crate::profile::{self, ArchError};
use crate::reader::{Fields, Reader};
use crate::schema::{FRAGMENT, KERNEL, PROFILE, TOOLCHAIN, alternatives, listing};
use crate::version::KernelVersion;
use crate::{
    Arch, Base, DenyConflicts, Diagnostic, Features, Guard, Image, KernelEntry, KernelName, Lineage,
    Location, ModDirVersion, Modules, SourceEntry, SourceName, Spanned, Strictness, Tool, ToolchainName,
    ToolchainPins, Unlisted, Vmm,
};

/// The longest kernelrelease: `UTS_RELEASE` with its end fits 65 bytes (`include/uapi/linux/utsname.h`).
const RELEASE_LIMIT: usize = 64;

/// What a kernel's table may refer to.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) context: &'a SpecContext,
    /// Every name that a `[source.*]` header has, also of tables with errors.
    pub(super) source_names: &'a [&'a str],
    pub(super) sources: &'a BTreeMap<SourceName, SourceEntry>,
    pub(super) features: &'a Features,
}

/// A profile that has nothing for the kernel's architecture, and where it is named.
pub(super) type Lacking = (ArchError, Location);

/// A kernel, whose profiles are for its architecture.
pub(super) fn parse(reader: &mut Reader, known: Known<'_>, heir: &Heir<'_>) -> Option<KernelEntry> {
    let (entry, lacking) = parse_any(reader, known, heir);
    for (error, location) in lacking {
        reader.report(Diagnostic::new(error.to_string()).at(location));
    }
    entry
}

/// A kernel without those of its profiles that have nothing for its architecture, and these.
pub(super) fn parse_any(
    reader: &mut Reader,
    known: Known<'_>,
    heir: &Heir<'_>,
) -> (Option<KernelEntry>, Vec<Lacking>) {
    let mut lacking = Vec::new();
    (entry(reader, known, heir, &mut lacking), lacking)
}

fn entry(
    reader: &mut Reader,
    known: Known<'_>,
    heir: &Heir<'_>,
    lacking: &mut Vec<Lacking>,
) -> Option<KernelEntry> {
    let (name, location) = (heir.name, &heir.location);
    let path = format!("kernel.{name}");
    let fields = reader.table(&KERNEL, &path, location.clone(), &heir.table);
    let name = entry_name(reader, KernelName::new, name, location);
    let source = reference(reader, &fields, ("source", "source"), SourceName::new, known.source_names);
    let arch = arch(reader, &fields, known.context);
    let base = match fields.text("base") {
        None => (!fields.is_wrong("base")).then_some(or_default(None, Base::Defconfig)),
        text => parsed(reader, text, Base::parse, base_hint),
    };
    let local_version = parsed(reader, fields.text("local-version"), local_version, |_| None);
    let mod_dir_version = parsed(reader, fields.text("mod-dir-version"), mod_dir_version, |text| {
        let short = text.len() <= RELEASE_LIMIT;
        short.then(|| "write it as `{version}-guest`, or exactly, as `6.12.117-guest`".to_owned())
    });
    if let (Some(source), Some(promise)) = (&source, &mod_dir_version) {
        check_promise(reader, known.sources.get(&source.value), promise);
    }
    let images = arch.as_ref().and_then(|arch| images(reader, &fields, arch.value));
    let profiles = arch.as_ref().map(|arch| profiles(reader, &fields, &path, (arch.value, lacking)));
    let profiles = profiles.unwrap_or_default();
    let contracts = contracts(&fields, &profiles);
    let may_miss = may_miss::parse(reader, &fields, &path);
    let config = config::parse(reader, &fields, &path);
    let patches = patch::parse(reader, &fields, &path);
    let (compilers, toolchain) = toolchain(reader, &fields, &path);
    let features = feature::promised(reader, &fields, known.features, &patches);
    let modules = modules(&fields);
    let auto_modules = auto_modules(reader, &fields, modules.value);
    let strictness = strictness(reader, &fields, base.as_ref().map(|base| &base.value));
    let base = base?;
    let implied = if base.value.is_minimal() { Unlisted::No } else { Unlisted::Default };
    Some(KernelEntry {
        name: name?,
        source: source?,
        arch: arch?,
        unlisted: fields.text("unlisted").map_or(implied, |text| match text.value {
            "n" => Unlisted::No,
            _ => Unlisted::Default,
        }),
        base,
        lineage: lineage(heir),
        varies: None,
        ancestors: heir.ancestors.iter().filter_map(|name| KernelName::new(name).ok()).collect(),
        profiles,
        fragments: fragments(reader, &fields, &path),
        local_version,
        mod_dir_version,
        images: images?,
        contracts,
        strictness,
        mod2yes: fields.boolean("mod2yes").unwrap_or(modules.value == Modules::Off),
        modules,
        auto_modules,
        config,
        compilers,
        toolchain,
        features,
        patches,
        may_miss,
        deny_conflicts: deny_conflicts(reader, &fields),
    })
}

fn arch(reader: &mut Reader, fields: &Fields<'_>, context: &SpecContext) -> Option<Spanned<Arch>> {
    if let Some(Spanned { value, location }) = fields.text("arch") {
        return Arch::from_rust_name(value).map(|value| Spanned { value, location });
    }
    if fields.is_wrong("arch") {
        return None;
    }
    if context.host_arch.is_none() {
        let message =
            format!("no `arch` in {}, and this machine's is none that a kernel is built for", fields.header);
        let names = Arch::ALL.map(Arch::rust_name);
        let hint = format!("add `arch`: {}", alternatives(&names));
        reader.report(Diagnostic::new(message).at(fields.location.clone()).with_hint(hint));
    }
    context.host_arch.map(|value| Spanned { value, location: None })
}

/// Built-in profiles, and globs of the workspace's own.
fn profiles(
    reader: &mut Reader,
    fields: &Fields<'_>,
    path: &str,
    (arch, lacking): (Arch, &mut Vec<Lacking>),
) -> Vec<ProfileRef> {
    let mut profiles = Vec::new();
    for (item, location) in fields.items("profiles") {
        let Some((named, when)) = profile_item(reader, path, item, location) else { continue };
        let Some(location) = named.location.clone() else { continue };
        // A profile of other architectures does no harm where it does not hold.
        let holds = when.as_ref().is_none_or(|when| when.arches.is_empty() || when.arches.contains(&arch));
        let place = Some(location.clone());
        let mut add = |what| profiles.push(ProfileRef { what, location: place.clone(), when: when.clone() });
        match profile::find(&named.value) {
            Some(_) if !holds => {}
            Some(found) => match found.layers(arch) {
                Ok(_) => add(ProfileKindRef::BuiltIn(found)),
                Err(error) => lacking.push((error, location)),
            },
            None if named.value.ends_with(".config") => add(ProfileKindRef::File(named)),
            None => {
                let message =
                    format!("no profile `{}`, which `profiles` in {} names", named.value, fields.header);
                let names: Vec<&str> = profile::all().iter().map(|profile| profile.name).collect();
                let hint = match profile::nearest(&named.value) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}; a file's name ends in `.config`", listing(&names)),
                };
                reader.report(Diagnostic::new(message).at(location).with_hint(hint));
            }
        }
    }
    profiles
}

/// The VMMs that are named, or whose profiles are.
fn contracts(fields: &Fields<'_>, profiles: &[ProfileRef]) -> Vec<Spanned<Vmm>> {
    if fields.has("contracts") {
        let named = fields.strings("contracts").into_iter();
        let vmm = |name: Spanned<String>| {
            Some(Spanned { value: Vmm::from_name(&name.value)?, location: name.location })
        };
        return named.filter_map(vmm).collect();
    }
    let of_profile = |profile: &ProfileRef| match &profile.what {
        ProfileKindRef::BuiltIn(profile) => Vmm::of_profile(profile.name),
        ProfileKindRef::File(_) => None,
    };
    let implied = profiles.iter().filter_map(of_profile);
    implied.map(|value| Spanned { value, location: None }).collect()
}

/// A name, or a table with a name and conditions.
fn profile_item(
    reader: &mut Reader,
    path: &str,
    item: &DeValue<'_>,
    location: Location,
) -> Option<(Spanned<String>, Option<Guard>)> {
    let DeValue::Table(table) = item else {
        let value = item.as_str()?.to_owned();
        return Some((Spanned { value, location: Some(location) }, None));
    };
    let path = format!("{path}.profiles");
    let fields = reader.table(&PROFILE, &path, location, table);
    let when = match fields.table("when") {
        Some((place, table)) => Some(config::guard(reader, &format!("{path}.when"), place, table)?),
        None => None,
    };
    Some((fields.string("name")?, when))
}

/// It and what it inherits.
fn lineage(heir: &Heir<'_>) -> Lineage {
    let names = heir.ancestors.iter().rev().chain([&heir.name]);
    let names = names.filter_map(|name| KernelName::new(name).ok()).collect();
    Lineage::new(names, heir.owners.clone())
}

/// Globs, and tables with a glob.
fn fragments(reader: &mut Reader, fields: &Fields<'_>, path: &str) -> Vec<FragmentRef> {
    let mut fragments = Vec::new();
    for (item, location) in fields.items("fragments") {
        let fragment = match item {
            DeValue::Table(table) => {
                let path = format!("{path}.fragments");
                let of_table = reader.table(&FRAGMENT, &path, location, table);
                let manner = config::manner(reader, &of_table, &path);
                of_table.string("path").zip(manner).map(|(glob, manner)| FragmentRef { glob, manner })
            }
            other => other.as_str().map(|text| FragmentRef {
                glob: Spanned { value: text.to_owned(), location: Some(location) },
                manner: Manner::default(),
            }),
        };
        if let Some(FragmentRef { glob: Spanned { value, location: Some(location) }, .. }) = &fragment {
            if value.trim().is_empty() {
                let message = format!("an empty name in `fragments` of {}: expected a glob", fields.header);
                reader.report(Diagnostic::new(message).at(location.clone()));
            }
            let is_name = |name: &str| name.len() > ".config".len() && name.ends_with(".config");
            if value
                .strip_prefix(IN_TREE)
                .is_some_and(|name| !is_name(name) || name.contains(['/', '*', '?', '[']))
            {
                let message = format!(
                    "`{value}` in `fragments` of {} is no name of a fragment of the tree",
                    fields.header
                );
                let hint = "write it as make does: `tree:kvm_guest.config` is that of `kernel/configs` and of \
                            `arch/ARCH/configs`";
                reader.report(Diagnostic::new(message).at(location.clone()).with_hint(hint));
            }
        }
        fragments.extend(fragment);
    }
    fragments
}

/// `modules`, with the place of its value.
fn modules(fields: &Fields<'_>) -> Spanned<Modules> {
    let value = match fields.boolean("modules") {
        None => Modules::Unsaid,
        Some(false) => Modules::Off,
        Some(true) => Modules::On,
    };
    Spanned { value, location: fields.value("modules").map(|(_, location)| location) }
}

/// `strict`, which a base that is no file cannot be.
fn strictness(reader: &mut Reader, fields: &Fields<'_>, base: Option<&Base>) -> Strictness {
    if fields.boolean("strict") != Some(true) {
        return Strictness::Lenient;
    }
    if !matches!(base, Some(Base::File(_)) | None) {
        let message = format!("`strict` in {}, whose `base` is no file", fields.header);
        let hint = "name a complete `.config` by its path: `base = \"./kernel.config\"`";
        reader.report(Diagnostic::new(message).at(fields.key("strict")).with_hint(hint));
    }
    Strictness::Strict
}

/// `auto-modules` and `prefer-builtin`.
fn auto_modules(reader: &mut Reader, fields: &Fields<'_>, modules: Modules) -> Option<BuiltIn> {
    let (auto, prefer) = (fields.boolean("auto-modules"), fields.boolean("prefer-builtin"));
    if auto != Some(true) {
        if prefer == Some(true) {
            let message = format!("`prefer-builtin` without `auto-modules` in {}", fields.header);
            let hint = "delete it, or add `auto-modules = true`";
            reader.report(Diagnostic::new(message).at(fields.key("prefer-builtin")).with_hint(hint));
        }
        return None;
    }
    if modules == Modules::Off {
        let message = format!("`auto-modules` beside `modules = false` in {}", fields.header);
        let hint =
            "delete one of them: without modules no symbol can be `m`; `mod2yes` makes modules built in";
        reader.report(Diagnostic::new(message).at(fields.key("auto-modules")).with_hint(hint));
    }
    Some(if prefer == Some(true) { BuiltIn::Kept } else { BuiltIn::Answered })
}

/// `toolchain = "…"`, or `{ … }`.
fn toolchain(
    reader: &mut Reader,
    fields: &Fields<'_>,
    path: &str,
) -> (Option<Spanned<ToolchainName>>, ToolchainPins) {
    let Some((location, table)) = fields.table("toolchain") else {
        return (parsed(reader, fields.text("toolchain"), str::parse, |_| None), Vec::new());
    };
    let fields = reader.table(&TOOLCHAIN, &format!("{path}.toolchain"), location, table);
    let name = parsed(reader, fields.text("name"), str::parse, |_| None);
    let mut pin = |tool: Tool| {
        parsed(reader, fields.text(tool.as_str()), str::parse, |_| None)
            .map(|requirement| (tool, requirement))
    };
    (name, Tool::ALL.into_iter().filter_map(&mut pin).collect())
}

/// `deny-conflicts`, or what `on-conflict` implies.
fn deny_conflicts(reader: &mut Reader, fields: &Fields<'_>) -> DenyConflicts {
    let on_conflict = fields.text("on-conflict").map(|text| text.value);
    if on_conflict.is_some() && fields.has("deny-conflicts") {
        let message = format!("both `on-conflict` and `deny-conflicts` in {}", fields.header);
        let hint = "delete one of them: `on-conflict = \"last\"` is `deny-conflicts = []`";
        reader.report(Diagnostic::new(message).at(fields.key("on-conflict")).with_hint(hint));
    }
    if fields.has("deny-conflicts") {
        let names = fields.strings("deny-conflicts");
        let kind =
            |name: &Spanned<String>| ConflictKind::ALL.into_iter().find(|kind| kind.as_str() == name.value);
        return DenyConflicts(names.iter().filter_map(kind).collect());
    }
    match on_conflict {
        Some("last") => DenyConflicts(Vec::new()),
        _ => DenyConflicts::default(),
    }
}

impl Base {
    /// Parses what a manifest says.
    ///
    /// # Errors
    /// A message where the text is none of the bases and no path.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "allnoconfig" => Self::Allnoconfig,
            "alldefconfig" => Self::Alldefconfig,
            "tinyconfig" => Self::Tinyconfig,
            "defconfig" => Self::Defconfig,
            path if path.contains('/')
                || path.trim_start_matches('.').contains('.')
                || path.starts_with('.') =>
            {
                Self::File(path.to_owned())
            }
            name if name.ends_with("_defconfig") && name.len() > "_defconfig".len() => {
                Self::NamedDefconfig(name.to_owned())
            }
            other => {
                return Err(format!(
                    "`{other}` is not a base: expected `allnoconfig`, `alldefconfig`, `tinyconfig`, `defconfig`, \
                     `<name>_defconfig` or a path"
                ));
            }
        })
    }

    /// Whether it means that a symbol which nobody asks for is `n`.
    fn is_minimal(&self) -> bool {
        matches!(self, Self::Allnoconfig | Self::Tinyconfig)
    }
}

fn base_hint(text: &str) -> Option<String> {
    Some(match text {
        "allyesconfig" | "allmodconfig" | "randconfig" => {
            "kernels are built from what is asked for".to_owned()
        }
        "oldconfig" | "olddefconfig" => "name the `.config` by its path".to_owned(),
        _ => match nearest(text, ["allnoconfig", "alldefconfig", "tinyconfig", "defconfig"]) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write `./{text}` for a file in the manifest's folder"),
        },
    })
}

/// A suffix that stays one word in file names, shells and Makefiles.
fn local_version(text: &str) -> Result<String, String> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"-_.+~".contains(&b);
    match text.bytes().all(good) {
        _ if text.is_empty() => {
            Err("an empty `local-version`: expected a suffix such as `-guest`".to_owned())
        }
        true if text.len() <= RELEASE_LIMIT => Ok(text.to_owned()),
        true => {
            Err(format!("`local-version` has {} characters, expected at most {RELEASE_LIMIT}", text.len()))
        }
        false => {
            Err(format!("`local-version` is `{text}`, expected letters, digits, `-`, `_`, `.`, `+` and `~`"))
        }
    }
}

fn mod_dir_version(text: &str) -> Result<ModDirVersion, String> {
    if let Some((_, word)) = crate::placeholder::words(text).find(|(_, word)| *word != "version") {
        return Err(format!("unknown placeholder `{{{word}}}` in `mod-dir-version`: expected `{{version}}`"));
    }
    let shortest = text.replace("{version}", "6.0.0");
    if shortest.parse::<KernelVersion>().is_err() {
        return Err(format!(
            "`{text}` is not a kernelrelease: expected it to start with `{{version}}` or a version"
        ));
    }
    if shortest.len() > RELEASE_LIMIT {
        return Err(format!(
            "`mod-dir-version` has {} characters, expected at most {RELEASE_LIMIT}",
            text.len()
        ));
    }
    Ok(ModDirVersion(text.into()))
}

/// Reports an exact promise that no tree of the source can keep.
///
/// What is behind the numbers may be the tree's EXTRAVERSION or a local version: the promise is possible if either
/// reading satisfies the requirement.
fn check_promise(reader: &mut Reader, source: Option<&SourceEntry>, promise: &Spanned<ModDirVersion>) {
    let Some((source, requirement)) = source.and_then(|source| Some((source, source.version.as_ref()?)))
    else {
        return;
    };
    let (false, Ok(exact)) =
        (promise.value.0.contains("{version}"), promise.value.0.parse::<KernelVersion>())
    else {
        return;
    };
    let readings = [exact.without_suffix(), exact.without_local(), exact.clone()];
    if !readings.iter().any(|version| requirement.value.matches(version)) {
        let message = format!(
            "`mod-dir-version` is `{exact}`, but source `{}` has a version `{}`",
            source.name.value, requirement.value
        );
        let mut diagnostic = Diagnostic { location: promise.location.clone(), ..Diagnostic::new(message) };
        diagnostic.hint = Some(format!("write `{{version}}{}`, or another version", exact.suffix()));
        reader.report(diagnostic);
    }
}

fn images(reader: &mut Reader, fields: &Fields<'_>, arch: Arch) -> Option<Vec<Spanned<Image>>> {
    if fields.is_wrong("images") {
        return None;
    }
    if !fields.has("images") {
        return Some(vec![Spanned { value: Image::default_for(arch), location: None }]);
    }
    let mut images: Vec<Spanned<Image>> = Vec::new();
    for Spanned { value, location } in fields.strings("images") {
        let (Some(image), Some(place)) = (Image::from_name(&value), location.clone()) else { continue };
        if !image.exists_for(arch) {
            let for_arch: Vec<_> = Image::ALL.into_iter().filter(|image| image.exists_for(arch)).collect();
            let names = for_arch.iter().map(|image| image.as_str()).collect::<Vec<_>>();
            let message =
                format!("image `{value}` is not made for {arch}: expected {}", alternatives(&names));
            reader.report(Diagnostic::new(message).at(place));
        } else if images.iter().any(|earlier| earlier.value == image) {
            reader.report(Diagnostic::new(format!("image `{value}` twice in {}", fields.header)).at(place));
        } else {
            images.push(Spanned { value: image, location });
        }
    }
    if fields.strings("images").is_empty() {
        let message = format!("no image in `images` of {}", fields.header);
        let hint = format!("write `images = [\"{}\"]`", Image::default_for(arch).as_str());
        reader.report(Diagnostic::new(message).at(fields.key("images")).with_hint(hint));
    }
    (!images.is_empty()).then_some(images)
}
