//! Small Kconfig trees at random, as a list of entries that can be taken away one by one.
//!
//! They stress what a real tree seldom has: choices of both eras, `imply`, ranges, chains of `select`, circles, several
//! definitions, `visible if`, comparisons, odd attributes. A tree is a list of entries, each with its attributes, and
//! entries that open and close blocks; whatever is left of it after shrinking still has its blocks closed.

use std::fmt::Write as _;

use fastrand::Rng;
use kconfig::syntax::ast::SymbolType;

use super::inputs::Known;

/// A tree.
#[derive(Clone, Debug, Default)]
pub(super) struct SmallTree {
    pub(super) entries: Vec<Entry>,
}

/// One entry, or the end of a block.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// `config A`, `menu "m"`, `choice`, `endmenu` …
    pub(super) head: String,
    pub(super) attributes: Vec<String>,
}

/// Which kind of choice the tree's `conf` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// Tristate and optional ones too.
    Symbol,
    List,
}

const TYPES: [SymbolType; 8] = [
    SymbolType::Bool,
    SymbolType::Bool,
    SymbolType::Bool,
    SymbolType::Tristate,
    SymbolType::Tristate,
    SymbolType::Int,
    SymbolType::Hex,
    SymbolType::String,
];

struct Grower<'r> {
    rng: &'r mut Rng,
    era: Era,
    symbols: Vec<Known>,
    tree: SmallTree,
    /// How many symbols are left to define; any may be mentioned before.
    next: usize,
}

/// Grows a tree; gives its symbols too.
pub(super) fn grow(rng: &mut Rng, era: Era) -> (SmallTree, Vec<Known>) {
    let count = rng.usize(2..26);
    let mut symbols: Vec<Known> = (0..count)
        .map(|index| Known { name: format!("S{index}"), kind: TYPES[rng.usize(..TYPES.len())] })
        .collect();
    let mut grower = Grower { rng, era, symbols: Vec::new(), tree: SmallTree::default(), next: 0 };
    if grower.chance(80) {
        grower.push("config MODULES", vec!["bool \"modules\"".into(), "modules".into()]);
        if grower.chance(60) {
            let last = grower.tree.entries.len() - 1;
            grower.tree.entries[last].attributes.push("default y".into());
        }
        symbols.push(Known { name: "MODULES".into(), kind: SymbolType::Bool });
    }
    grower.symbols = symbols;
    while grower.next < count {
        grower.entry(count, 0);
    }
    (grower.tree, grower.symbols)
}

impl Grower<'_> {
    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }

    fn push(&mut self, head: &str, attributes: Vec<String>) {
        self.tree.entries.push(Entry { head: head.to_owned(), attributes });
    }

    fn entry(&mut self, count: usize, depth: u32) {
        let block = depth < 3 && self.next + 1 < count;
        match self.rng.u8(..20) {
            0 | 1 if block => {
                let mut attributes = self.dependencies(40);
                if self.chance(30) {
                    attributes.push(format!("visible if {}", self.expr(1)));
                }
                self.block("menu \"menu\"", attributes, "endmenu", count, depth);
            }
            2 | 3 if block => {
                let head = format!("if {}", self.expr(1));
                self.block(&head, Vec::new(), "endif", count, depth);
            }
            4..7 if block => self.choice(count),
            7 => {
                let attributes = self.dependencies(50);
                self.push("comment \"comment\"", attributes);
            }
            8 if self.next > 0 => {
                let again = self.rng.usize(..self.next);
                self.config(again, false);
            }
            _ => {
                let new = self.next;
                self.next += 1;
                self.config(new, false);
            }
        }
    }

    fn block(&mut self, head: &str, attributes: Vec<String>, end: &str, count: usize, depth: u32) {
        self.push(head, attributes);
        for _ in 0..self.rng.usize(1..5) {
            if self.next < count {
                self.entry(count, depth + 1);
            }
        }
        self.push(end, Vec::new());
    }

    fn choice(&mut self, count: usize) {
        let mut attributes = vec!["prompt \"choice\"".to_owned()];
        if self.chance(25) {
            attributes[0].push_str(&format!(" if {}", self.expr(1)));
        }
        let tristate = self.era == Era::Symbol && self.chance(35);
        if self.era == Era::Symbol {
            match self.rng.u8(..4) {
                _ if tristate => attributes.push("tristate".to_owned()),
                0 => attributes.push("bool".to_owned()),
                _ => {}
            }
            if self.chance(20) {
                attributes.push("optional".to_owned());
            }
        }
        attributes.extend(self.dependencies(30));
        let first = self.next;
        let members = self.rng.usize(1..6).min(count - first);
        for _ in 0..self.rng.usize(..3) {
            let member = first + self.rng.usize(..members);
            let condition = self.condition(50);
            attributes.push(format!("default {}{condition}", self.symbols[member].name));
        }
        self.push("choice", attributes);
        for member in first..first + members {
            self.next += 1;
            let mixed = self.era == Era::Symbol && self.chance(15);
            let kind = if tristate != mixed { SymbolType::Tristate } else { SymbolType::Bool };
            self.symbols[member].kind = kind;
            let within_if = self.chance(10);
            if within_if {
                let head = format!("if {}", self.expr(0));
                self.push(&head, Vec::new());
            }
            self.config(member, true);
            if within_if {
                self.push("endif", Vec::new());
            }
        }
        self.push("endchoice", Vec::new());
    }

    fn config(&mut self, index: usize, member: bool) {
        let Known { name, kind } = self.symbols[index].clone();
        let head = if self.chance(8) { "menuconfig" } else { "config" };
        let word = word(kind);
        let mut attributes = Vec::new();
        if member || self.chance(70) {
            let condition = self.condition(if member { 35 } else { 25 });
            attributes.push(format!("{word} \"{name}\"{condition}"));
        } else {
            attributes.push(word.to_owned());
        }
        let chance = if member { 10 } else { 35 };
        attributes.extend(self.dependencies(if member { 30 } else { 40 }));
        for _ in 0..if self.chance(chance + 20) { self.rng.usize(1..4) } else { 0 } {
            let condition = self.condition(50);
            let value = self.value(kind);
            attributes.push(format!("default {value}{condition}"));
        }
        let truth = matches!(kind, SymbolType::Bool | SymbolType::Tristate);
        if truth || self.chance(5) {
            for (verb, percent) in [("select", chance), ("imply", chance)] {
                if self.chance(percent) {
                    let target = self.rng.usize(..self.symbols.len());
                    let condition = self.condition(40);
                    attributes.push(format!("{verb} {}{condition}", self.symbols[target].name));
                }
            }
        }
        if matches!(kind, SymbolType::Int | SymbolType::Hex) && self.chance(60) {
            for _ in 0..self.rng.usize(1..3) {
                let (low, high) = (self.value(kind), self.value(kind));
                let condition = self.condition(50);
                attributes.push(format!("range {low} {high}{condition}"));
            }
        }
        self.push(&format!("{head} {name}"), attributes);
    }

    fn dependencies(&mut self, percent: u32) -> Vec<String> {
        let mut found = Vec::new();
        while found.len() < 2 && self.chance(percent) {
            found.push(format!("depends on {}", self.expr(2)));
        }
        found
    }

    fn condition(&mut self, percent: u32) -> String {
        if self.chance(percent) { format!(" if {}", self.expr(1)) } else { String::new() }
    }

    fn value(&mut self, kind: SymbolType) -> String {
        if self.chance(12) {
            return self.name(kind);
        }
        match kind {
            SymbolType::Bool | SymbolType::Tristate if self.chance(15) => self.expr(1),
            SymbolType::Bool => ["y", "y", "n", "m"][self.rng.usize(..4)].to_owned(),
            SymbolType::Tristate => ["y", "m", "m", "n"][self.rng.usize(..4)].to_owned(),
            SymbolType::Int => self.rng.i32(-20..200).to_string(),
            SymbolType::Hex => format!("0x{:x}", self.rng.u32(..300)),
            SymbolType::String => ["\"\"", "\"text\"", "\"a b\"", "\"\\\"\""][self.rng.usize(..4)].to_owned(),
        }
    }

    /// A symbol, mostly of a fitting type and mostly one that is defined before, so that few trees are circular.
    fn name(&mut self, kind: SymbolType) -> String {
        let truth = |kind| matches!(kind, SymbolType::Bool | SymbolType::Tristate);
        let before = if self.chance(94) { self.next.saturating_sub(1) } else { self.symbols.len() };
        let fitting: Vec<&Known> = self
            .symbols
            .iter()
            .enumerate()
            .filter(|(index, known)| {
                (*index < before || known.name == "MODULES") && truth(known.kind) == truth(kind)
            })
            .map(|(_, known)| known)
            .collect();
        match self.rng.usize(..=fitting.len() * 8) {
            0 => "UNDEFINED".to_owned(),
            at => fitting[(at - 1) / 8].name.clone(),
        }
    }

    fn expr(&mut self, depth: u32) -> String {
        match self.rng.u8(..16) {
            0 | 1 if depth > 0 => format!("{} && {}", self.expr(depth - 1), self.expr(depth - 1)),
            2 | 3 if depth > 0 => format!("({} || {})", self.expr(depth - 1), self.expr(depth - 1)),
            4 => format!("!{}", self.name(SymbolType::Bool)),
            5 if depth > 0 => format!("!({})", self.expr(depth - 1)),
            6 | 7 => {
                let operator = if self.rng.bool() { "=" } else { "!=" };
                let value = ["y", "m", "n"][self.rng.usize(..3)];
                format!("{}{operator}{value}", self.name(SymbolType::Bool))
            }
            8 => {
                let operator = ["=", "!=", "<", "<=", ">", ">="][self.rng.usize(..6)];
                let kind = [SymbolType::Int, SymbolType::Hex, SymbolType::String][self.rng.usize(..3)];
                let right = if self.rng.bool() { self.value(kind) } else { self.name(kind) };
                format!("{}{operator}{right}", self.name(kind))
            }
            9 => ["y", "m", "n"][self.rng.usize(..3)].to_owned(),
            _ => self.name(SymbolType::Bool),
        }
    }
}

fn word(kind: SymbolType) -> &'static str {
    match kind {
        SymbolType::Bool => "bool",
        SymbolType::Tristate => "tristate",
        SymbolType::Int => "int",
        SymbolType::Hex => "hex",
        SymbolType::String => "string",
    }
}

impl SmallTree {
    /// The text of the Kconfig file.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = String::new();
        for entry in &self.entries {
            let _ = writeln!(text, "{}", entry.head);
            for attribute in &entry.attributes {
                let _ = writeln!(text, "\t{attribute}");
            }
        }
        text.into_bytes()
    }

    /// The tree without one of its parts: an entry (a block goes with all that it encloses, or only its two ends), or
    /// an attribute.
    pub(super) fn without(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        for index in 0..self.entries.len() {
            let end = self.end_of(index);
            let mut cut = self.clone();
            match end {
                Some(end) => {
                    cut.entries.drain(index..=end);
                    let mut opened = self.clone();
                    opened.entries.remove(end);
                    opened.entries.remove(index);
                    smaller.push(cut);
                    smaller.push(opened);
                }
                None if self.entries[index].head.starts_with("end") => {}
                None => {
                    cut.entries.remove(index);
                    smaller.push(cut);
                }
            }
        }
        for index in 0..self.entries.len() {
            for attribute in 0..self.entries[index].attributes.len() {
                let mut cut = self.clone();
                cut.entries[index].attributes.remove(attribute);
                smaller.push(cut);
            }
        }
        smaller
    }

    /// Where the block that begins here ends.
    fn end_of(&self, index: usize) -> Option<usize> {
        let opens = |head: &str| ["menu ", "if ", "choice"].iter().any(|word| head.starts_with(word));
        if !opens(&self.entries[index].head) {
            return None;
        }
        let mut depth = 0_u32;
        for (at, entry) in self.entries.iter().enumerate().skip(index) {
            if opens(&entry.head) {
                depth += 1;
            } else if entry.head.starts_with("end") {
                depth -= 1;
            }
            if depth == 0 {
                return (at > index).then_some(at);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_smaller_tree_has_its_blocks_closed() {
        for seed in 0..50 {
            let (tree, _) = grow(&mut Rng::with_seed(seed), Era::Symbol);
            for smaller in tree.without() {
                let count = |ends: bool| {
                    let blocks = smaller.entries.iter().filter(|entry| {
                        ["menu ", "if ", "choice"].iter().any(|word| entry.head.starts_with(word)) != ends
                            && (!ends || entry.head.starts_with("end"))
                    });
                    blocks.count()
                };
                assert_eq!(count(false), count(true), "{smaller:?}");
                assert!(smaller.text().len() < tree.text().len());
            }
        }
    }
}
