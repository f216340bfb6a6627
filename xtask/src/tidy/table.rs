//! The table of rooms in `ARCHITECTURE.md`, held against what `cargo metadata` says.
//!
//! A row is `| room | in one line | may use (ours) | must not know |`. The third column is `–`, a list of crates in
//! backticks, `all above`, or `everything`.

use std::collections::{BTreeMap, BTreeSet};

use crate::metadata::Package;

/// What one room may use.
type Allowed = BTreeSet<String>;

/// Findings about edges that are not in the table, and rooms that are missing in it.
pub(super) fn check(architecture: &str, packages: &[Package]) -> Vec<String> {
    let ours: BTreeSet<String> = packages.iter().map(|package| package.name.clone()).collect();
    let table = parse(architecture, &ours);
    let mut findings = Vec::new();
    for package in packages {
        let Some(allowed) = table.get(&package.name) else {
            findings.push(format!("ARCHITECTURE.md: the table of rooms has no row for `{}`", package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|name| ours.contains(*name)) {
            if !allowed.contains(dependency) {
                findings.push(format!(
                    "`{}` uses `{dependency}`, which its row in ARCHITECTURE.md does not allow",
                    package.name
                ));
            }
        }
    }
    for room in table.keys().filter(|room| !ours.contains(*room)) {
        findings.push(format!("ARCHITECTURE.md: the table of rooms has `{room}`, which is no package"));
    }
    findings
}

fn parse(architecture: &str, ours: &BTreeSet<String>) -> BTreeMap<String, Allowed> {
    let mut table: BTreeMap<String, Allowed> = BTreeMap::new();
    for line in architecture.lines().filter(|line| line.starts_with("| `")) {
        let columns: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [rooms, _, allowed, _] = columns[..] else { continue };
        let above: Allowed = table.keys().cloned().collect();
        let allowed: Allowed = match allowed {
            "everything" => ours.clone(),
            text => {
                let mut named: Allowed = names(text).collect();
                if text.contains("all above") {
                    named.extend(above);
                }
                named
            }
        };
        for room in names(rooms) {
            table.insert(room, allowed.clone());
        }
    }
    table
}

/// The last path components of everything in backticks.
fn names(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).filter_map(|path| path.rsplit('/').next()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
| Room | In one line | May use (ours) | Must not know |
|---|---|---|---|
| `crates/low` | x | – | y |
| `crates/mid` | x | `low` | y |
| `crates/a`, `crates/b` | x | all above | y |
";

    fn package(name: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.into(),
            folder: "/w".into(),
            dependencies: dependencies.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn an_edge_that_points_up_is_found() {
        let good = [
            package("low", &["serde"]),
            package("mid", &["low"]),
            package("a", &["mid", "low"]),
            package("b", &[]),
        ];
        assert_eq!(check(TABLE, &good), Vec::<String>::new());
        let bad = [package("low", &["mid"]), package("mid", &[]), package("a", &["b"]), package("b", &[])];
        assert_eq!(
            check(TABLE, &bad),
            [
                "`low` uses `mid`, which its row in ARCHITECTURE.md does not allow",
                "`a` uses `b`, which its row in ARCHITECTURE.md does not allow"
            ]
        );
    }

    #[test]
    fn a_room_without_a_row_and_a_row_without_a_room_are_found() {
        let findings = check(TABLE, &[package("low", &[]), package("mid", &[]), package("new", &[])]);
        assert_eq!(
            findings,
            [
                "ARCHITECTURE.md: the table of rooms has no row for `new`",
                "ARCHITECTURE.md: the table of rooms has `a`, which is no package",
                "ARCHITECTURE.md: the table of rooms has `b`, which is no package"
            ]
        );
    }
}
