//! `docs/profiles.md` below its mark is what the data say.
//!
//! `KERNEL_TEST_BLESS=1` writes it anew.

use std::fmt::Write;

use kernel_spec::Arch;
use kernel_spec::profile::{self, Profile, ProfileKind, Scope};
use tests::workspace_root;

/// What stands above this line is written by hand.
const MARK: &str = "<!-- below: from the data, by tests/suite/profiles/document.rs -->\n";

#[test]
fn the_document_is_what_the_data_say() {
    let path = workspace_root().join("docs/profiles.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (by_hand, found) = text.split_once(MARK).expect("the mark");
    let expected = document();
    if std::env::var_os("KERNEL_TEST_BLESS").is_some() {
        std::fs::write(&path, format!("{by_hand}{MARK}{expected}")).unwrap();
        return;
    }
    assert!(found == expected, "docs/profiles.md is not current: KERNEL_TEST_BLESS=1 writes it anew");
}

fn document() -> String {
    let mut text = String::new();
    for (kind, title) in [
        (ProfileKind::Vmm, "VMMs"),
        (ProfileKind::AddOn, "Add-ons"),
        (ProfileKind::Common, "What a distribution's userspace expects"),
    ] {
        let profiles: Vec<_> = profile::all().iter().filter(|profile| profile.kind == kind).collect();
        write!(text, "\n## {title}\n\n| Profile | Architectures | |\n|---|---|---|\n").unwrap();
        for profile in &profiles {
            let link = profile.name.replace('/', "");
            let arches = listed(profile.architectures);
            writeln!(text, "| [`{}`](#{link}) | {arches} | {} |", profile.name, profile.summary).unwrap();
        }
        for profile in profiles {
            section(&mut text, profile);
        }
    }
    layers(&mut text);
    text
}

fn section(text: &mut String, profile: &Profile) {
    write!(text, "\n### `{}`\n\n{}.\n\n", profile.name, sentence(profile)).unwrap();
    writeln!(text, "Layers: {}.\n", layers_of(profile).join(", ")).unwrap();
    text.push_str("| Who demands | Where | What |\n|---|---|---|\n");
    for demands in profile.demands {
        let symbols: Vec<String> = demands
            .symbols()
            .map(|(symbol, value)| if value == "y" { symbol.to_owned() } else { format!("{symbol}={value}") })
            .collect();
        writeln!(text, "| {} | {} | {} |", demands.source, scope(&demands.scope), symbols.join(" ")).unwrap();
    }
    writeln!(text, "\nTried: {}.", profile.tried).unwrap();
}

/// Each of its layers, with where it holds if that is not everywhere.
fn layers_of(profile: &Profile) -> Vec<String> {
    let mut seen: Vec<(&str, Vec<Arch>, Option<String>)> = Vec::new();
    for arch in profile.architectures {
        for layer in profile.layers(*arch).unwrap() {
            let version = layer.version.map(|version| version.to_string());
            match seen.iter_mut().find(|(name, _, known)| *name == layer.name && *known == version) {
                Some((_, arches, _)) => arches.push(*arch),
                None => seen.push((layer.name, vec![*arch], version)),
            }
        }
    }
    let everywhere = profile.architectures.len();
    let shown = |(name, arches, version): (&str, Vec<Arch>, Option<String>)| {
        let arches = (arches.len() < everywhere).then(|| listed(&arches));
        let where_: Vec<String> = arches.into_iter().chain(version).collect();
        if where_.is_empty() { format!("`{name}`") } else { format!("`{name}` ({})", where_.join(", ")) }
    };
    seen.into_iter().map(shown).collect()
}

/// Every layer: what it is for, and why it asks for each symbol.
fn layers(text: &mut String) {
    text.push_str("\n## Layers\n");
    let mut seen: Vec<&str> = Vec::new();
    for profile in profile::all() {
        for arch in profile.architectures {
            for layer in profile.layers(*arch).unwrap() {
                if !seen.contains(&layer.name) {
                    seen.push(layer.name);
                    layer_table(text, layer.name, &layer.text.text);
                }
            }
        }
    }
}

fn layer_table(text: &mut String, name: &str, fragment: &str) {
    let (head, body) = fragment.split_once("\n\n").unwrap();
    let comment = |lines: &str| {
        let words = lines.lines().map(|line| line.trim_start_matches('#').trim());
        words.collect::<Vec<_>>().join(" ").replace('|', "\\|")
    };
    write!(text, "\n### `{name}`\n\n{}\n\n| | |\n|---|---|\n", comment(head)).unwrap();
    let mut reason = String::new();
    for line in body.lines() {
        let unset = line.strip_prefix("# CONFIG_").and_then(|rest| rest.strip_suffix(" is not set"));
        match (line.strip_prefix("CONFIG_"), unset) {
            (Some(request), _) => writeln!(text, "| `{request}` | {} |", comment(&reason)).unwrap(),
            (None, Some(symbol)) => writeln!(text, "| `{symbol}=n` | {} |", comment(&reason)).unwrap(),
            (None, None) => {
                reason.push_str(line);
                reason.push('\n');
                continue;
            }
        }
        reason.clear();
    }
}

fn scope(scope: &Scope) -> String {
    let arches = (!scope.architectures.is_empty()).then(|| listed(scope.architectures));
    let version = scope.versions.requirement().map(|version| version.to_string());
    arches.into_iter().chain(version).collect::<Vec<_>>().join(", ")
}

fn listed(arches: &[Arch]) -> String {
    arches.iter().map(|arch| arch.rust_name()).collect::<Vec<_>>().join(", ")
}

/// Its summary as the beginning of a sentence; a VMM's own name stays as it is.
fn sentence(profile: &Profile) -> String {
    let mut chars = profile.summary.chars();
    match chars.next() {
        Some(first) if profile.kind != ProfileKind::Vmm => first.to_uppercase().chain(chars).collect(),
        _ => profile.summary.to_owned(),
    }
}
