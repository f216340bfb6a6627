//! Hunks of one file: where they fit, and what comes out.
//!
//! A hunk fits where every line that it removes or keeps is there, to the byte. One that begins with a change fits at the
//! file's start alone, one that ends with a change at its end alone: that is what missing context says. With an offset, so
//! does context that is shorter on one side. Places are tried outwards from the line of the header, moved as the hunk
//! before it was; none overlaps what an earlier hunk took.

use diffy::{Hunk, Line};

use crate::refused::Misfit;

/// Where a hunk landed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landing {
    /// Its number in its file, counted from 1.
    pub hunk: usize,
    /// The line of its header in the patch.
    pub patch_line: usize,
    /// The line of the file at which it landed, before the patch.
    pub line: usize,
    /// How many lines that is below (above, where negative) the line that the header says.
    pub offset: isize,
}

/// A hunk as it is applied: forwards or backwards.
struct Edit<'h, 't> {
    lines: Vec<Line<'t, [u8]>>,
    /// The line of the header, from 0.
    start: usize,
    patch_line: usize,
    old: Vec<&'h [u8]>,
}

/// Which way a patch is applied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Forwards,
    /// To see whether it was applied before.
    Backwards,
}

/// Applies the hunks of one file.
pub(crate) fn apply(
    base: &[u8],
    hunks: &[Hunk<'_, [u8]>],
    patch_lines: &[usize],
    way: Way,
) -> Result<(Vec<u8>, Vec<Landing>), Misfit> {
    let lines: Vec<&[u8]> = base.split_inclusive(|byte| *byte == b'\n').collect();
    let (mut out, mut landings) = (Vec::with_capacity(base.len()), Vec::new());
    let (mut taken, mut carried) = (0, 0);
    for (index, hunk) in hunks.iter().enumerate() {
        let edit = Edit::of(hunk, patch_lines.get(index).copied().unwrap_or_default(), way);
        let at =
            edit.find(&lines, taken, carried).map_err(|why| edit.misfit(&lines, index, hunks.len(), why))?;
        carried = difference(at, edit.start);
        landings.push(Landing {
            hunk: index + 1,
            patch_line: edit.patch_line,
            line: at + 1,
            offset: carried,
        });
        out.extend(lines[taken..at].iter().flat_map(|line| line.iter()));
        for line in &edit.lines {
            if let Line::Context(line) | Line::Insert(line) = line {
                out.extend_from_slice(line);
            }
        }
        taken = at + edit.old.len();
    }
    out.extend(lines[taken..].iter().flat_map(|line| line.iter()));
    Ok((out, landings))
}

/// Why no place was found.
#[derive(Clone, Copy)]
enum NoPlace {
    Nowhere,
    Twice(usize, usize),
}

fn difference(at: usize, start: usize) -> isize {
    // Lines of a file that is in memory.
    at.cast_signed() - start.cast_signed()
}

impl<'h, 't> Edit<'h, 't> {
    fn of(hunk: &'h Hunk<'t, [u8]>, patch_line: usize, way: Way) -> Self {
        let range = match way {
            Way::Forwards => hunk.old_range(),
            Way::Backwards => hunk.new_range(),
        };
        let turned = |line: &Line<'t, [u8]>| match (way, *line) {
            (Way::Backwards, Line::Insert(line)) => Line::Delete(line),
            (Way::Backwards, Line::Delete(line)) => Line::Insert(line),
            (_, line) => line,
        };
        let lines: Vec<Line<'t, [u8]>> = hunk.lines().iter().map(turned).collect();
        let kept = |line: &Line<'t, [u8]>| match *line {
            Line::Context(line) | Line::Delete(line) => Some(line),
            Line::Insert(_) => None,
        };
        let old = lines.iter().filter_map(kept).collect();
        Self { start: range.start().saturating_sub(1), patch_line, old, lines }
    }

    /// How many lines of context stand before the first change and behind the last.
    fn context(&self) -> (usize, usize) {
        let is_context = |line: &&Line<'t, [u8]>| matches!(line, Line::Context(_));
        (
            self.lines.iter().take_while(is_context).count(),
            self.lines.iter().rev().take_while(is_context).count(),
        )
    }

    fn fits(&self, lines: &[&[u8]], at: usize) -> bool {
        at.checked_add(self.old.len()).and_then(|end| lines.get(at..end)).is_some_and(|here| here == self.old)
    }

    fn find(&self, lines: &[&[u8]], from: usize, carried: isize) -> Result<usize, NoPlace> {
        let last = lines.len().checked_sub(self.old.len()).ok_or(NoPlace::Nowhere)?;
        let (before, behind) = self.context();
        let only = match (before, behind) {
            (0, 0) if last != 0 => return Err(NoPlace::Nowhere),
            (0, _) => Some(0),
            (_, 0) => Some(last),
            _ => None,
        };
        if let Some(at) = only {
            return if at >= from && self.fits(lines, at) { Ok(at) } else { Err(NoPlace::Nowhere) };
        }
        let fits = |at: usize| (at >= from && at <= last && self.fits(lines, at)).then_some(at);
        let expected = self.start.saturating_add_signed(carried);
        if let Some(at) = fits(expected) {
            return Ok(at);
        }
        if before < behind && self.start == 0 {
            return fits(0).ok_or(NoPlace::Nowhere);
        }
        if behind < before {
            return fits(last).ok_or(NoPlace::Nowhere);
        }
        for distance in 1..=expected.max(last) {
            let above = expected.checked_sub(distance).and_then(fits);
            match (above, fits(expected + distance)) {
                (Some(above), Some(below)) => return Err(NoPlace::Twice(above + 1, below + 1)),
                (Some(at), None) | (None, Some(at)) => return Ok(at),
                (None, None) => {}
            }
        }
        Err(NoPlace::Nowhere)
    }

    /// Says what was found where most of it fits.
    fn misfit(&self, lines: &[&[u8]], index: usize, of: usize, why: NoPlace) -> Misfit {
        let (places, nearest) = match why {
            NoPlace::Twice(one, other) => (Some((one, other)), None),
            NoPlace::Nowhere => (None, Some(self.nearest(lines))),
        };
        let differs = nearest.and_then(|at| {
            let old = self.old.iter().enumerate();
            let mut differing = old.map(|(n, line)| (at + n, *line, lines.get(at + n).copied()));
            differing.find(|(_, expected, found)| *found != Some(*expected))
        });
        let is_crlf = |line: &[u8]| line.ends_with(b"\r\n");
        Misfit {
            hunk: index + 1,
            of,
            patch_line: self.patch_line,
            line: self.start + 1,
            places,
            differs: differs.map(|(at, expected, found)| (at + 1, show(expected), found.map(show))),
            lacks_context: places.is_none() && differs.is_none(),
            carriage_returns: self.old.iter().any(|line| is_crlf(line))
                != lines.iter().any(|line| is_crlf(line)),
            is_applied: false,
        }
    }

    /// The place with the most lines that fit; of several the one nearest to the header's.
    fn nearest(&self, lines: &[&[u8]]) -> usize {
        let fitting = |at: usize| {
            let here = lines.get(at..).unwrap_or_default();
            here.iter().zip(&self.old).filter(|(found, expected)| found == expected).count()
        };
        let best =
            (0..lines.len()).max_by_key(|at| (fitting(*at), std::cmp::Reverse(at.abs_diff(self.start))));
        // A lone brace fits in many places, and says nothing.
        best.filter(|at| fitting(*at) * 2 >= self.old.len()).unwrap_or(self.start)
    }
}

/// A line in backticks, with what else its end says.
fn show(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    match text.strip_suffix('\n') {
        Some(text) => format!("`{}`", text.replace('\r', "\\r")),
        None => format!("`{text}` without a line feed"),
    }
}

/// Whether a hunk was applied before: its result fits, near where its header says.
pub(crate) fn is_applied(base: &[u8], hunk: &Hunk<'_, [u8]>) -> bool {
    apply(base, std::slice::from_ref(hunk), &[0], Way::Backwards).is_ok()
}
