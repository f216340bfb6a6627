//! The built-in profiles on real trees: with real compilers answering the probes, every request and every demand lands.

mod document;

use std::collections::BTreeSet;
use std::path::Path;

use kconfig::config_file::{Reader, UnknownSymbols, config};
use kconfig::eval::Evaluator;
use kconfig::explain::{Elsewhere, brief, explain};
use kconfig::layers::{ConflictKind, Entry, Layer as Merging, LayerKind, merge_layers};
use kconfig::model::Model;
use kconfig::modes::{Fill, fill};
use kconfig::{DotConfig, Miss, Origin, Request, Symbol, SymbolNames, Value, fragment, merge, misses};
use kernel_spec::Arch;
use kernel_spec::profile::{self, Demands, Layer, Profile, ProfileKind};
use kernel_spec::version::KernelVersion;
use tests::workspace_root;

use crate::trees::on_tree;

const SERIES: [&str; 2] = ["6_1", "6_12"];

/// A tree for one architecture, and what is laid on.
struct Case<'m> {
    model: &'m Model,
    names: SymbolNames,
    version: KernelVersion,
    arch: Arch,
    /// `tinyconfig`, as the fragments that it is made of.
    tiny: DotConfig,
}

impl<'m> Case<'m> {
    fn new(tree: &Path, model: &'m Model, arch: Arch) -> Self {
        let version = KernelVersion::from_makefile(&std::fs::read_to_string(tree.join("Makefile")).unwrap());
        let of_arch = format!("arch/{}/configs/tiny.config", arch.src_arch());
        let parts = ["kernel/configs/tiny-base.config", "kernel/configs/tiny.config", &of_arch];
        let text: String = parts
            .iter()
            .filter_map(|part| std::fs::read_to_string(tree.join(part)).ok())
            .map(|text| text + "\n")
            .collect();
        let defined = model.symbols.iter().filter(|symbol| !symbol.menus.is_empty());
        Self {
            model,
            names: defined.filter_map(|symbol| Symbol::new(&symbol.name.to_string()).ok()).collect(),
            version: version.unwrap(),
            arch,
            tiny: DotConfig::parse(&text).unwrap(),
        }
    }

    /// What the profiles ask for here.
    fn requests(&self, profiles: &[&Profile]) -> Vec<Request> {
        let layers = profile::compose(profiles.iter().copied(), self.arch).unwrap();
        layers.iter().filter(|layer| layer.is_for(&self.version)).flat_map(requests_of).collect()
    }

    /// What their documents demand here.
    fn demands(&self, profiles: &[&Profile]) -> Vec<Request> {
        let demands = profiles.iter().flat_map(|profile| profile.demands);
        demands.filter(|of| of.scope.holds(self.arch, &self.version)).flat_map(requests_of_demands).collect()
    }

    /// The requests and demands that do not land on a base, each with the reason.
    fn missed(&self, base: &DotConfig, profiles: &[&Profile]) -> Vec<String> {
        let requests = self.requests(profiles);
        let merged = merge(base, requests.iter().cloned());
        let mut evaluator = Evaluator::new(self.model);
        let reader = Reader { file: "all.config", prefix: "CONFIG_", unknown: UnknownSymbols::Ignored };
        reader.read(merged.to_allconfig_text().as_bytes(), &mut evaluator);
        fill(&mut evaluator, Fill::No);
        let text = String::from_utf8(config(&mut evaluator, "CONFIG_")).unwrap();
        let resolved = DotConfig::parse(&text).unwrap();

        let demanded = merge(&DotConfig::default(), self.demands(profiles));
        let mut missed = misses(&merged, &resolved, Some(&self.names));
        missed.extend(misses(&demanded, &resolved, Some(&self.names)));
        let mut shown = |miss: Miss| {
            let why = explain(&mut evaluator, &miss.request.symbol, &requests, &Elsewhere::default());
            format!("{} {}: {}", miss.request.origin, miss, brief(&why))
        };
        let mut lines: Vec<String> = missed.into_iter().map(&mut shown).collect();
        // What exists nowhere is not what a guard lets through, though `n` for it would land.
        let unknown = requests.iter().filter(|request| !self.names.contains(&request.symbol));
        lines.extend(unknown.map(|request| format!("{} {request}: no such symbol", request.origin)));
        lines
    }
}

fn requests_of(layer: &Layer) -> Vec<Request> {
    let lines = fragment::parse(&layer.text.text).unwrap().into_iter();
    lines.map(|line| Request::from_assignment(line, &layer.text.path)).collect()
}

fn requests_of_demands(demands: &Demands) -> impl Iterator<Item = Request> {
    demands.symbols().map(|(symbol, value)| {
        let origin = Origin { path: demands.source.to_owned(), line: 0, column: 0 };
        Request::new(Symbol::new(symbol).unwrap(), Value::parse(value).unwrap(), origin)
    })
}

/// The VMM to lay an add-on on: any will do, and each architecture has one.
fn ground(arch: Arch) -> &'static Profile {
    profile::find(if arch == Arch::Riscv64 { "libkrun" } else { "firecracker" }).unwrap()
}

/// Two profiles in one kernel that are meant to go together: two VMMs, or a VMM and an add-on.
fn pairs(arch: Arch) -> impl Iterator<Item = [&'static Profile; 2]> {
    let here = move || profile::all().iter().filter(move |profile| profile.architectures.contains(&arch));
    let vmms = here().filter(|profile| profile.kind == ProfileKind::Vmm);
    vmms.flat_map(move |vmm| {
        let behind = here().skip_while(move |other| !std::ptr::eq(*other, vmm)).skip(1);
        behind.filter(|other| other.kind != ProfileKind::Common).map(move |other| [vmm, other])
    })
}

/// Every profile of an architecture lands on every tree, on both of the bases that begin with nothing; so do those that
/// go together.
fn every_profile_lands(arch: Arch) {
    let mut missed = BTreeSet::new();
    for series in SERIES {
        on_tree(series, arch, |tree, model| {
            let case = Case::new(tree, model, arch);
            let mut check = |base: &DotConfig, profiles: &[&Profile]| {
                let names: Vec<_> = profiles.iter().map(|profile| profile.name).collect();
                let lines = case.missed(base, profiles);
                missed
                    .extend(lines.into_iter().map(|line| format!("{series} {}: {line}", names.join(" + "))));
            };
            let here: Vec<_> =
                profile::all().iter().filter(|profile| profile.architectures.contains(&arch)).collect();
            for profile in &here {
                let profiles = [ground(arch), profile];
                let alone = usize::from(profile.kind == ProfileKind::Vmm);
                check(&DotConfig::default(), &profiles[alone..]);
                check(&case.tiny, &profiles[alone..]);
            }
            for pair in pairs(arch) {
                check(&case.tiny, &pair);
            }
            let vmms = here.into_iter().filter(|profile| profile.kind == ProfileKind::Vmm);
            check(&case.tiny, &vmms.collect::<Vec<_>>());
        });
    }
    let missed: Vec<String> = missed.into_iter().collect();
    assert!(missed.is_empty(), "{arch}:\n{}", missed.join("\n"));
}

/// A file that no row of the table names would be no layer.
#[test]
fn every_file_is_a_layer() {
    let folder = workspace_root().join("kernel-spec/profiles");
    let mut files = BTreeSet::new();
    for group in std::fs::read_dir(&folder).unwrap() {
        for file in std::fs::read_dir(group.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap();
            files.insert(name.strip_suffix(".config").unwrap_or(name).to_owned());
        }
    }
    let of = |profile: &'static Profile| {
        let layers = profile.architectures.iter().flat_map(|arch| profile.layers(*arch).unwrap());
        layers.map(|layer| layer.name.to_owned()).collect::<Vec<_>>()
    };
    let layers: BTreeSet<String> = profile::all().iter().flat_map(of).collect();
    assert_eq!(files, layers);
}

#[test]
fn every_profile_lands_on_x86_64() {
    every_profile_lands(Arch::X86_64);
}

#[test]
fn every_profile_lands_on_aarch64() {
    every_profile_lands(Arch::Aarch64);
}

#[test]
fn every_profile_lands_on_riscv64() {
    every_profile_lands(Arch::Riscv64);
}

/// What cannot be in one kernel is a conflict of equals, with the place of each.
#[test]
fn a_combination_that_cannot_be_names_both_layers() {
    let both = ["debug", "small"].map(|name| profile::find(name).unwrap());
    let version: KernelVersion = "6.12.7".parse().unwrap();
    let layers = profile::compose(both, Arch::X86_64).unwrap();
    let layers: Vec<Merging> = layers
        .iter()
        .filter(|layer| layer.is_for(&version))
        .map(|layer| Merging {
            generation: 0,
            kind: LayerKind::Profiles,
            name: layer.name.to_owned(),
            entries: requests_of(layer).into_iter().map(Entry::from).collect(),
        })
        .collect();
    let conflicts = merge_layers(&DotConfig::default(), &layers).conflicts;
    let shown =
        conflicts.iter().filter(|conflict| conflict.kind == ConflictKind::Redefined).map(|conflict| {
            let (lost, won) = (&conflict.lost, &conflict.won);
            format!("{lost} at {} and {won} at {}", lost.origin, won.origin)
        });
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @"
    CONFIG_KALLSYMS=y at <built-in>/add-on/debug.config:6 and CONFIG_KALLSYMS=n at <built-in>/add-on/small.config:8
    CONFIG_DEBUG_BUGVERBOSE=y at <built-in>/add-on/debug.config:14 and CONFIG_DEBUG_BUGVERBOSE=n at <built-in>/add-on/small.config:10
    ");
}
