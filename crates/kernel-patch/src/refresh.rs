//! The same patch, without offsets.

use crate::apply::Applied;
use crate::file::PatchFile;

/// Rewrites the headers of hunks that landed elsewhere; every other byte stays.
///
/// `text` is what the patch was parsed from, and `applied` how it was applied.
pub fn refresh(text: &[u8], patch: &PatchFile<'_>, applied: &Applied) -> Vec<u8> {
    let mut headers: Vec<(usize, String)> = Vec::new();
    for (file, applied) in patch.files.iter().zip(&applied.files) {
        let Some(parsed) = file.text() else { continue };
        if applied.landings.iter().all(|landing| landing.offset == 0) {
            continue;
        }
        // How far the hunks before move what follows.
        let mut grown = 0_isize;
        for (hunk, landing) in parsed.hunks().iter().zip(&applied.landings) {
            let (old, new) = (hunk.old_range().len(), hunk.new_range().len());
            let at = |line: usize, length: usize| if length == 0 { line - 1 } else { line };
            let moved = landing.line.saturating_add_signed(grown);
            let range = |line: usize, length: usize| match length {
                1 => line.to_string(),
                length => format!("{},{length}", at(line, length)),
            };
            headers.push((
                landing.patch_line,
                format!("@@ -{} +{} @@", range(landing.line, old), range(moved, new)),
            ));
            grown += new.cast_signed() - old.cast_signed();
        }
    }
    let mut out = Vec::with_capacity(text.len());
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match headers.iter().find(|(number, _)| *number == index + 1) {
            Some((_, header)) => {
                let whole = String::from_utf8_lossy(line);
                let behind = whole.get(3..).and_then(|rest| rest.find(" @@")).map_or(line.len(), |at| at + 6);
                out.extend_from_slice(header.as_bytes());
                out.extend_from_slice(line.get(behind..).unwrap_or(b"\n"));
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}
