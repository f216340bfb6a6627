//! What must hold of the data without a source tree.

use std::collections::{BTreeMap, BTreeSet};

use kconfig::{Request, Symbol, fragment};

use super::*;

/// A symbol, in a profile, on an architecture.
type Place = (&'static str, Arch, Symbol);

/// Every layer of every profile, once for each architecture.
fn layers() -> Vec<(Arch, &'static Profile, Layer)> {
    let on = |profile: &'static Profile| {
        let of = |arch: &Arch| {
            let layers = profile.layers(*arch).expect("an architecture of the profile");
            layers.into_iter().map(|layer| (*arch, profile, layer)).collect::<Vec<_>>()
        };
        profile.architectures.iter().flat_map(of).collect::<Vec<_>>()
    };
    all().iter().flat_map(on).collect()
}

fn requests(layer: &Layer) -> Vec<Request> {
    let lines = fragment::parse(&layer.text.text).expect("a fragment").into_iter();
    lines.map(|line| Request::from_assignment(line, &layer.text.path)).collect()
}

#[test]
fn names_are_found_and_near_ones_are_known() {
    for profile in all() {
        assert!(std::ptr::eq(find(profile.name).expect("a profile"), profile), "{} twice", profile.name);
    }
    assert!(find("firecraker").is_none());
    assert_eq!(nearest("firecraker"), Some("firecracker"));
    assert_eq!(nearest("cgroups"), None);
    assert_eq!(nearest("zzzzzzzz"), None);
}

#[test]
fn an_architecture_without_layers_is_an_error() {
    let error = find("firecracker").expect("a profile").layers(Arch::Riscv64).expect_err("no such port");
    insta::assert_snapshot!(error, @"profile `firecracker` has no layers for riscv64: expected x86_64 or aarch64");
    let both = ["virtiofs", "qemu-microvm"].map(|name| find(name).expect("a profile"));
    let error = compose(both, Arch::Aarch64).expect_err("a machine for x86_64");
    insta::assert_snapshot!(error, @"profile `qemu-microvm` has no layers for aarch64: expected x86_64");
}

/// A layer begins with what it is for, and above each of its requests stands why.
#[test]
fn each_request_has_its_reason() {
    for (_, _, layer) in layers() {
        let text = &layer.text.text;
        assert!(text.starts_with("# "), "{} does not say what it is for", layer.name);
        let requests = requests(&layer);
        assert!(!requests.is_empty(), "{} asks for nothing", layer.name);
        let lines: Vec<&str> = text.lines().collect();
        for request in &requests {
            let above = request.origin.line.checked_sub(2).map_or("", |index| lines[index]);
            let is_request = requests.iter().any(|other| other.origin.line + 1 == request.origin.line);
            assert!(above.starts_with("# ") && !is_request, "{} has no reason", request.origin);
        }
    }
}

/// Within one profile, on one architecture, for one kernel.
#[test]
fn no_symbol_is_asked_for_twice() {
    let mut seen: BTreeMap<Place, Vec<(Layer, String)>> = BTreeMap::new();
    let versions = ["6.1.192", "6.6.1", "6.9", "6.12.117"].map(|text| text.parse().expect("a version"));
    for (arch, profile, layer) in layers() {
        for request in requests(&layer) {
            let others = seen.entry((profile.name, arch, request.symbol)).or_default();
            let both =
                |other: &Layer| versions.iter().any(|version| other.is_for(version) && layer.is_for(version));
            let twice = others.iter().find(|(other, _)| both(other));
            assert!(
                twice.is_none(),
                "{} on {arch}: {} and {}",
                profile.name,
                request.origin,
                twice.expect("one").1
            );
            others.push((layer.clone(), request.origin.to_string()));
        }
    }
}

#[test]
fn each_profile_says_who_demands_what() {
    for profile in all() {
        for arch in profile.architectures {
            let here = profile.demands.iter().filter(|demands| demands.scope.holds_on(*arch));
            let symbols: Vec<_> = here.flat_map(Demands::symbols).collect();
            assert!(!symbols.is_empty(), "{} on {arch}: nothing is demanded", profile.name);
        }
        for demands in profile.demands {
            assert!(demands.source.contains(' '), "`{}` names no document", demands.source);
            for (symbol, value) in demands.symbols() {
                Symbol::new(symbol).expect("a symbol");
                kconfig::Value::parse(value).expect("a value");
            }
        }
    }
}

/// The table has a guard for a name, and not two.
#[test]
fn on_one_architecture_a_layer_has_one_guard() {
    let mut guards: BTreeMap<(Arch, &str), Option<String>> = BTreeMap::new();
    for (arch, _, layer) in layers() {
        let guard = layer.version.as_ref().map(|version| version.as_str().to_owned());
        let known = guards.entry((arch, layer.name)).or_insert_with(|| guard.clone());
        assert_eq!(*known, guard, "{} on {arch}", layer.name);
    }
}

#[test]
fn layers_that_profiles_share_come_once() {
    let names = ["firecracker", "cloud-hypervisor", "virtiofs", "container-host", "common"];
    let layers = compose(names.map(|name| find(name).expect("a profile")), Arch::X86_64).expect("layers");
    let distinct: BTreeSet<_> = layers.iter().map(|layer| layer.name).collect();
    assert_eq!(distinct.len(), layers.len());
    assert_eq!(layers[0].name, "core/any");
    assert_eq!(layers[0].text.path, "<built-in>/core/any.config");
}

/// Two profiles that cannot be in one kernel, and why: a symbol that two of their layers want otherwise.
#[test]
fn which_profiles_contradict_each_other() {
    let mut asked: BTreeMap<Place, (String, &str)> = BTreeMap::new();
    for (arch, profile, layer) in layers() {
        let requests = requests(&layer).into_iter();
        asked.extend(
            requests.map(|request| {
                ((profile.name, arch, request.symbol), (request.value.to_string(), layer.name))
            }),
        );
    }
    let mut found = BTreeSet::new();
    for ((one, arch, symbol), (value, layer)) in &asked {
        let behind = all().iter().skip_while(|profile| profile.name != *one).skip(1);
        for other in behind.map(|profile| profile.name) {
            let Some((against, by)) = asked.get(&(other, *arch, symbol.clone())) else { continue };
            if against != value {
                found.insert(format!("{one} and {other}: {symbol}={value} in {layer}, ={against} in {by}"));
            }
        }
    }
    insta::assert_snapshot!(found.into_iter().collect::<Vec<_>>().join("\n"), @"
    debug and fast-boot: FTRACE=y in add-on/debug, =n in add-on/fast-boot
    debug and small: DEBUG_BUGVERBOSE=y in add-on/debug, =n in add-on/small
    debug and small: KALLSYMS=y in add-on/debug, =n in add-on/small
    hardened and fast-boot: INIT_ON_ALLOC_DEFAULT_ON=y in add-on/hardened, =n in add-on/fast-boot
    hardened and fast-boot: RANDOMIZE_BASE=y in add-on/hardened-places, =n in add-on/fast-boot-x86_64
    hardened and small: SLUB_TINY=n in add-on/hardened-from-6.2, =y in add-on/small-from-6.2
    ");
}

#[test]
fn a_guard_is_a_requirement() {
    let shown = |versions: Versions| versions.requirement().map(|version| version.to_string());
    assert_eq!(shown(Versions::Any), None);
    for (versions, text) in [(Versions::From(6, 9), ">=6.9"), (Versions::Before(6, 9), "<6.9")] {
        assert_eq!(versions.requirement(), Some(text.parse().expect("a requirement")));
    }
}
