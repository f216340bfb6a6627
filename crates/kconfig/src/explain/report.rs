//! What an explanation is made of: plain data, which outlives the model.

use std::fmt;

use crate::model::ConjunctKind;
use crate::syntax::ast::SymbolType;
use crate::{Rename, Request, Symbol, Tristate, Value};

/// A line of a Kconfig file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, relative to the srctree.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    /// `fs/fuse/Kconfig:23`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// The answer for one symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The symbol.
    pub symbol: Symbol,
    /// Its type; `None` where no file defines it.
    pub kind: Option<SymbolType>,
    /// Its entries, in the order of the files.
    pub definitions: Vec<Definition>,
    /// Its value, as it stands behind `CONFIG_X=`; `n` where no file defines it.
    pub value: Value,
    /// What produced the value.
    pub produced: Produced,
    /// The requests for it, in their order; the last one counts.
    pub requests: Vec<Request>,
    /// What became of the request that counts.
    pub verdict: Verdict,
    /// Why it is not as requested; without a request, why it is not `y`.
    pub reasons: Vec<Reason>,
}

/// One entry of a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Where it begins.
    pub place: Place,
    /// Its prompt.
    pub prompt: Option<String>,
    /// The prompts of the menus, choices and symbols around it, the outermost first.
    pub menu: Vec<String>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody asked.
    NotAsked,
    /// The value is what was asked for.
    Landed,
    /// `n` or an empty text was asked for, and the symbol is absent: nothing is compiled in either way.
    Harmless,
    /// The value is another one.
    Missed,
}

/// What produced a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Produced {
    /// No file defines the symbol.
    Nothing,
    /// No default holds, and nothing else says anything: `n`, 0 or an empty text.
    NoDefault,
    /// A default.
    Default(DefaultLine),
    /// What the user asked for: a request, or the base where there is none.
    Asked(Option<Request>),
    /// Those who select it.
    Selected(Vec<Reverse>),
    /// Those who imply it.
    Implied(Vec<Reverse>),
    /// The choice that it is a member of.
    Choice(ChoiceLine),
    /// A range that its value was moved into.
    Range(RangeLine),
}

/// A `default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultLine {
    /// Its value, as it was written.
    pub text: String,
    /// What its condition is worth; `n` is a default that does not count.
    pub holds: Tristate,
    /// Where it stands.
    pub place: Place,
    /// The parts of its condition that are `n`.
    pub missing: Vec<Term>,
    /// The probes whose answers stand in it.
    pub probes: Vec<ProbeLine>,
}

/// A probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeLine {
    /// What the shell was given.
    pub command: String,
    /// What it answered.
    pub answer: String,
    /// Where the answer came from, where whoever asked tells.
    pub origin: Option<ProbeOrigin>,
}

/// Where a probe's answer came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeOrigin {
    /// It was run.
    Ran,
    /// It was run, as it is each time: what it depends on cannot be listed.
    RunsAlways {
        /// Why not: `it includes headers`.
        reason: String,
    },
    /// It was kept from an earlier run, and what it depends on is as it was.
    Kept,
}

/// A `select` or an `imply` of the symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverse {
    /// Who selects or implies it.
    pub symbol: Symbol,
    /// How far: `n` where it does not at present.
    pub reach: Tristate,
    /// Where it says so.
    pub place: Place,
    /// The parts of its condition that are `n`; its own value is not among them.
    pub missing: Vec<Term>,
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceLine {
    /// Its prompt.
    pub prompt: Option<String>,
    /// Where it begins.
    pub place: Place,
    /// The member that it has taken.
    pub taken: Option<Symbol>,
    /// The request for that member, if it was asked for.
    pub asked: Option<Request>,
}

/// A `range`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeLine {
    /// The smallest value.
    pub low: String,
    /// The largest value.
    pub high: String,
    /// Where it stands.
    pub place: Place,
}

/// A part of a condition, and what it is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The part, as `conf` writes expressions.
    pub text: String,
    /// What it is worth.
    pub value: Tristate,
    /// By which words it is asked for.
    pub kind: ConjunctKind,
    /// Where it was written.
    pub place: Place,
    /// The symbols in it.
    pub operands: Vec<Operand>,
    /// The probes whose answers stand in its line.
    pub probes: Vec<ProbeLine>,
}

/// A symbol in a [`Term`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// The symbol.
    pub symbol: Symbol,
    /// Its value.
    pub value: String,
    /// Who decides on it.
    pub standing: Standing,
}

/// Who decides on a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The user: its prompt is shown.
    Settable,
    /// Nobody yet: its prompt is not shown.
    Hidden,
    /// Its selectors and defaults: it has no prompt.
    NoPrompt,
    /// A probe.
    Probed(Vec<ProbeLine>),
    /// Nobody: no file defines it here; where others do.
    Undefined(Vec<Place>),
}

/// A prompt that is not shown, or not as far as `y`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptLine {
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// The parts of its condition that are in the way.
    pub terms: Vec<Term>,
}

/// Why a request did not land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No file defines it here.
    Unknown {
        /// Its name here, and since or until when.
        renamed: Option<(Symbol, &'static Rename)>,
        /// Where files that are not read for this architecture define it.
        elsewhere: Vec<Place>,
        /// A name that is much like it, if neither of the others says more.
        nearest: Option<Symbol>,
    },
    /// A later request changed it.
    Overridden {
        /// The one that lost.
        earlier: Request,
        /// The one after it.
        later: Request,
    },
    /// The value does not fit the type.
    WrongType {
        /// What was asked for.
        asked: Value,
        /// The type.
        kind: SymbolType,
    },
    /// `m` where modules are off.
    ModulesOff {
        /// The symbol that allows modules, if there is one.
        allowed_by: Option<Operand>,
    },
    /// It has no prompt.
    NoPrompt {
        /// Who selects it, those who do so at present first.
        selects: Vec<Reverse>,
        /// Who implies it.
        implies: Vec<Reverse>,
        /// Its defaults, in order.
        defaults: Vec<DefaultLine>,
    },
    /// None of its prompts is shown.
    Hidden {
        /// Its prompts, each with its false conditions.
        prompts: Vec<PromptLine>,
    },
    /// It can be `m` at most.
    Capped {
        /// Its prompts, each with the conditions that are `m`.
        prompts: Vec<PromptLine>,
    },
    /// Another member of its choice was taken.
    LostChoice(ChoiceLine),
    /// It is selected further than it was asked for.
    Forced {
        /// By whom.
        selects: Vec<Reverse>,
    },
    /// It lies outside of its range.
    OutOfRange {
        /// What was asked for.
        asked: Value,
        /// The range.
        range: RangeLine,
    },
    /// Its value is what probes answered.
    Probe {
        /// Where the answer stands.
        place: Place,
        /// The probes.
        probes: Vec<ProbeLine>,
    },
}
