//! The merge of layers on a base.
//!
//! For each symbol the strongest entry counts. Every pair of neighbours by strength is told: that they say the same, that
//! the stronger one changes the weaker, or that they disagree as equals. Equals that disagree are only told as such where
//! they are the strongest: what something stronger settles is settled.

use std::collections::{HashMap, HashSet};

use super::{Ask, Conflict, ConflictKind, Entry, Layer, LayerKind, Need, Priority};
use crate::request::{Demand, Merged};
use crate::{DotConfig, Request, Symbol, Tristate, Value};

/// How strong an entry is, and where it stands.
type Rank = (Priority, u32, LayerKind);

struct Placed<'a> {
    rank: Rank,
    /// Which layer it is in, and which line of all it is.
    layer: usize,
    line: usize,
    entry: &'a Entry,
}

/// What counts so far.
struct Standing {
    entry: Entry,
    /// The value that an `enabled` keeps.
    kept: Option<Value>,
}

/// Lays layers on a base.
///
/// The layers are [typed](Layer::typed). The base's own values are no requests: nobody misses them if they do not land.
pub fn merge_layers(base: &DotConfig, layers: &[Layer]) -> Merged {
    let mut places: HashMap<&Symbol, Vec<Placed<'_>>> = HashMap::new();
    let mut order: Vec<&Symbol> = Vec::new();
    let mut line = 0;
    for (number, layer) in layers.iter().enumerate() {
        for entry in &layer.entries {
            let placed =
                Placed { rank: (entry.priority, layer.generation, layer.kind), layer: number, line, entry };
            let known = places.entry(&entry.symbol).or_insert_with(|| {
                order.push(&entry.symbol);
                Vec::new()
            });
            known.push(placed);
            line += 1;
        }
    }
    let mut conflicts: Vec<(usize, Conflict)> = Vec::new();
    let mut counting: Vec<(Rank, usize, Standing)> = Vec::new();
    let mut asked = Vec::new();
    for symbol in order {
        let Some(mut placed) = places.remove(symbol) else { continue };
        placed.sort_by_key(|placed| (placed.rank, placed.line));
        if placed.last().is_some_and(|strongest| strongest.entry.ask != Ask::Unset) {
            let alone = placed.iter().map(|placed| Standing { entry: placed.entry.clone(), kept: None });
            asked.extend(alone.filter_map(|standing| standing.request().ok()));
        }
        if let Some(found) = strongest(&placed, &mut conflicts) {
            counting.push(found);
        }
    }
    conflicts.sort_by_key(|(line, _)| *line);
    // Of the members of a choice that are all `y`, `conf` takes the one that it read last: that is to be the strongest.
    counting.sort_by_key(|(rank, line, _)| (*rank, *line));
    let mut merged = Merged {
        conflicts: conflicts.into_iter().map(|(_, conflict)| conflict).collect(),
        asked,
        ..Merged::default()
    };
    for (_, _, standing) in counting {
        match standing.request() {
            Ok(request) => merged.requests.push(request),
            Err(entry) => merged.unset.push(entry),
        }
    }
    let requested = merged.requests.iter().map(|request| &request.symbol);
    let named: HashSet<&Symbol> = requested.chain(merged.unset.iter().map(|entry| &entry.symbol)).collect();
    merged.base = base.assignments().iter().filter(|line| !named.contains(&line.symbol)).cloned().collect();
    merged
}

/// What counts of the entries for one symbol, the weakest first; each pair of neighbours is told.
fn strongest(
    placed: &[Placed<'_>],
    conflicts: &mut Vec<(usize, Conflict)>,
) -> Option<(Rank, usize, Standing)> {
    let (first, rest) = placed.split_first()?;
    let top = placed.last()?.rank;
    let mut standing = Standing { entry: first.entry.clone(), kept: None };
    let mut before = first;
    for next in rest {
        let equals = before.rank == next.rank;
        let same = agree(&standing.entry.ask, &next.entry.ask);
        let kind = match (same, equals && next.rank == top) {
            (true, _) => ConflictKind::Redundant,
            (false, true) if before.layer == next.layer => ConflictKind::Contradictory,
            (false, true) => ConflictKind::Redefined,
            (false, false) => ConflictKind::Overridden,
        };
        let lost = standing.entry.clone();
        standing = match (same, equals) {
            (true, true) => standing.agreed(next.entry),
            _ => standing.replaced(next.entry),
        };
        conflicts.push((next.line, Conflict { kind, layer: next.rank.2, lost, won: next.entry.clone() }));
        before = next;
    }
    Some((top, before.line, standing))
}

/// Whether two asks for one symbol can both be had.
fn agree(a: &Ask, b: &Ask) -> bool {
    match (a, b) {
        (Ask::Value(a), Ask::Value(b)) => a.same(b),
        (Ask::Enabled, Ask::Value(value)) | (Ask::Value(value), Ask::Enabled) => is_enabled(value),
        (a, b) => a == b,
    }
}

fn is_enabled(value: &Value) -> bool {
    matches!(value, Value::Tristate(Tristate::Y | Tristate::M))
}

impl Standing {
    /// An equal says the same: the exact one of both counts, and who must land does not become optional.
    fn agreed(self, other: &Entry) -> Self {
        let need = match (self.entry.need, other.need) {
            (Need::Optional, Need::Optional) => Need::Optional,
            _ => Need::Mandatory,
        };
        let entry = if other.ask == Ask::Enabled { self.entry } else { other.clone() };
        Self { entry: Entry { need, ..entry }, kept: self.kept }
    }

    /// A stronger one counts; `enabled` keeps what is enabled already.
    fn replaced(self, other: &Entry) -> Self {
        let kept = match (&other.ask, self.entry.ask) {
            (Ask::Enabled, Ask::Value(value)) if is_enabled(&value) => Some(value),
            (Ask::Enabled, Ask::Enabled) => self.kept,
            _ => None,
        };
        Self { entry: other.clone(), kept }
    }

    /// The request, or the entry that there is none.
    fn request(self) -> Result<Request, Entry> {
        let Entry { symbol, ask, origin, priority, need, reason } = self.entry;
        let (value, demand) = match ask {
            Ask::Value(value) => (value, Demand::Exactly),
            Ask::Enabled => (self.kept.unwrap_or(Value::Y), Demand::Enabled),
            // Not typed: as it looks.
            Ask::Number(digits) => (Value::Number(digits), Demand::Exactly),
            Ask::Word(word) => (Value::Text(word), Demand::Exactly),
            Ask::Unset => return Err(Entry { symbol, ask: Ask::Unset, origin, priority, need, reason }),
        };
        Ok(Request { symbol, value, origin, demand, need, reason })
    }
}

#[cfg(test)]
mod tests;
