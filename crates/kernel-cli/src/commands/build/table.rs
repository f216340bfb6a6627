//! What became of several kernels, in one table.
//!
//! ```text
//!      Kernels guest        6.12.117-guest        built   1204 objects  183 requests  vmlinux 10.6 MiB  1m 02s
//!              nested-host  6.12.117-nested-host  fresh                 214 requests  vmlinux 12.0 MiB
//!              broken                             failed
//! ```

use kernel_build::record::FileRecord;
use kernel_build::{Artifact, Freshness, KernelsFailed};
use kernel_spec::KernelName;

use super::landed;
use crate::presenter::note;
use crate::shell::{Level, Shell};
use crate::text;

/// How many columns a row has.
const COLUMNS: usize = 7;

/// Shows those that are there, and those that are not; only on demand where all were fresh, which has been said.
pub(super) fn kernels(shell: &Shell, built: &[Artifact], failed: &KernelsFailed) {
    let mut rows: Vec<[String; COLUMNS]> = built.iter().map(row).collect();
    let absent = |name: &KernelName, what: &str| {
        let mut row: [String; COLUMNS] = Default::default();
        (row[0], row[2]) = (name.to_string(), what.to_owned());
        row
    };
    rows.extend(failed.failed.iter().map(|(name, _)| absent(name, "failed")));
    rows.extend(failed.ended.iter().map(|name| absent(name, "not built")));
    let is_fresh = |artifact: &Artifact| matches!(artifact.freshness(), Freshness::Fresh);
    let nothing_new = rows.len() == built.len() && built.iter().all(is_fresh);
    let level = if nothing_new { Level::Verbose } else { Level::Normal };
    let lines = render(&rows);
    if let Some((first, rest)) = lines.split_first() {
        shell.status_from(level, "Kernels", first);
        note(shell, level, &rest.join("\n"));
    }
}

fn row(artifact: &Artifact) -> [String; COLUMNS] {
    let record = artifact.record();
    let objects = || text::count(usize::try_from(record.objects).unwrap_or(usize::MAX), "object");
    let (state, objects, time) = match artifact.freshness() {
        Freshness::Fresh => ("fresh", String::new(), String::new()),
        Freshness::Copied { duration, .. } => ("copied", String::new(), text::duration(*duration)),
        Freshness::Built { duration, .. } => ("built", objects(), text::duration(*duration)),
    };
    let image = |file: &FileRecord| {
        let change = artifact.grown(&file.name).and_then(text::change);
        let change = change.map(|change| format!(" ({change})")).unwrap_or_default();
        format!("{} {}{change}", file.name, text::size(file.size))
    };
    let images: Vec<String> = record.images().map(image).collect();
    let requests = text::count(landed(artifact), "request");
    let (name, release) = (artifact.name().to_string(), artifact.release().to_owned());
    [name, release, state.to_owned(), objects, requests, images.join(", "), time]
}

/// Columns as wide as they must be; one that is empty in each row is left out.
fn render(rows: &[[String; COLUMNS]]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..COLUMNS).map(width).collect();
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0);
        let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let row = |cells: [&str; COLUMNS]| cells.map(str::to_owned);
        let rows = [
            row(["guest", "6.12-guest", "built", "", "3 requests", "vmlinux 10.6 MiB", "1m 02s"]),
            row(["other-guest", "6.1", "fresh", "", "12 requests", "vmlinux 9.1 MiB, bzImage 1.0 MiB", ""]),
            row(["broken", "", "failed", "", "", "", ""]),
        ];
        insta::assert_snapshot!(render(&rows).join("\n"), @"
        guest        6.12-guest  built   3 requests   vmlinux 10.6 MiB                  1m 02s
        other-guest  6.1         fresh   12 requests  vmlinux 9.1 MiB, bzImage 1.0 MiB
        broken                   failed
        ");
    }
}
