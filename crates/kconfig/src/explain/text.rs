//! An explanation as lines, with carets below what is in the way.
//!
//! ```text
//! CONFIG_VIRTIO_FS=n (tristate), asked for y at guest.config:12
//!   prompt  Virtio Filesystem
//!   menu    File systems
//!   at      fs/fuse/Kconfig:20
//!   value   no default holds
//! not shown: a condition of its prompt is n
//!   --> fs/fuse/Kconfig:23
//! 23 | depends on FUSE_FS
//!    |            ^^^^^^^ n: its prompt is shown, set it
//! ```
//!
//! Deliberately absent: colours, and reading files: whoever calls brings the lines.

mod lines;

use std::fmt::Write as _;

use super::{
    ChoiceLine, DefaultLine, Explanation, Operand, Place, ProbeLine, ProbeOrigin, Produced, PromptLine,
    Reason, Reverse, Standing, Term, Verdict,
};
use crate::model::ConjunctKind;
use crate::syntax::ast::SymbolType;
use crate::{Rename, Request, Symbol, Tristate};
use lines::{Lines, below};

/// How many of those who select or imply a symbol are named.
const SHOWN: usize = 8;

/// Writes an explanation for people.
///
/// `read` gives the text of a Kconfig file by its path in the srctree, or of a request's file by the path of its origin;
/// without it, the place stands alone.
pub fn text(explanation: &Explanation, read: &dyn Fn(&str) -> Option<String>) -> String {
    let mut writer = Writer { out: String::new(), lines: Lines::new(read) };
    writer.head(explanation);
    for reason in &explanation.reasons {
        writer.reason(reason);
    }
    writer.out
}

struct Writer<'r> {
    out: String,
    lines: Lines<'r>,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn head(&mut self, of: &Explanation) {
        let Explanation { symbol, value, kind, .. } = of;
        let kind = kind.map_or_else(|| "undefined".to_owned(), |kind| type_word(kind).to_owned());
        let asked = match (of.verdict, of.requests.last()) {
            (Verdict::NotAsked, _) | (_, None) => String::new(),
            (Verdict::Landed, Some(request)) => format!(", as asked at {}", request.origin),
            (Verdict::Harmless, Some(request)) => {
                format!(", as asked at {}: it is absent, which is the same", request.origin)
            }
            (Verdict::Missed, Some(request)) => {
                format!(", asked for {} at {}", request.value, request.origin)
            }
        };
        self.line(&format!("CONFIG_{symbol}={value} ({kind}){asked}"));
        for definition in &of.definitions {
            if let Some(prompt) = &definition.prompt {
                self.line(&format!("  prompt  {prompt}"));
            }
            if !definition.menu.is_empty() {
                self.line(&format!("  menu    {}", definition.menu.join(" > ")));
            }
            self.line(&format!("  at      {}", definition.place));
        }
        if of.kind.is_some() {
            let produced = produced(&of.produced);
            self.line(&format!("  value   {produced}"));
        }
    }

    fn reason(&mut self, reason: &Reason) {
        match reason {
            Reason::Unknown { renamed, elsewhere, nearest } => self.unknown(renamed, elsewhere, nearest),
            Reason::Overridden { earlier, later } => {
                self.line("overridden: a later request counts");
                self.request(earlier, "asked for here");
                self.request(later, "and changed here");
            }
            Reason::WrongType { asked, kind } => {
                self.line(&format!(
                    "wrong type: `{asked}` is no value of a symbol that is {}",
                    type_word(*kind)
                ));
            }
            Reason::ModulesOff { allowed_by } => {
                let by = allowed_by.as_ref().map(|by| format!(": {} is {}", by.symbol, by.value));
                self.line(&format!("no modules: `m` is no value here{}", by.unwrap_or_default()));
            }
            Reason::NoPrompt { selects, implies, defaults } => self.no_prompt(selects, implies, defaults),
            Reason::Hidden { prompts } => self.prompts("not shown: what its prompt asks for is n", prompts),
            Reason::Capped { prompts } => {
                self.prompts("at most m: what its prompt asks for is m", prompts);
            }
            Reason::LostChoice(choice) => self.lost(choice),
            Reason::Forced { selects } => {
                self.line("forced: it is selected");
                self.reverses(selects, "selects it");
            }
            Reason::OutOfRange { asked, range } => {
                self.line(&format!(
                    "out of range: `{asked}` is not between {} and {}",
                    range.low, range.high
                ));
                self.at(&range.place, &[], "");
            }
            Reason::Probe { place, probes } => {
                self.line("probed: its value is what the tree's own question was answered");
                self.at(place, &[], "");
                self.probes(probes);
            }
        }
    }

    fn unknown(
        &mut self,
        renamed: &Option<(Symbol, &'static Rename)>,
        elsewhere: &[Place],
        nearest: &Option<Symbol>,
    ) {
        self.line("unknown: no file defines it here");
        if let Some((to, rename)) = renamed {
            if to.as_str() == rename.new {
                self.line(&format!("  renamed to CONFIG_{to} in {}", rename.release));
            } else {
                self.line(&format!("  named CONFIG_{to} before {}", rename.release));
            }
        }
        for place in elsewhere {
            self.line(&format!("  defined for another architecture at {place}"));
        }
        if let Some(nearest) = nearest {
            self.line(&format!("  did you mean CONFIG_{nearest}?"));
        }
    }

    fn no_prompt(&mut self, selects: &[Reverse], implies: &[Reverse], defaults: &[DefaultLine]) {
        self.line("no prompt: it cannot be set");
        for default in defaults {
            let holds = if default.holds == Tristate::N { " (its condition is n)" } else { "" };
            self.line(&format!("  default {} at {}{holds}", default.text, default.place));
            self.terms(&default.missing);
        }
        if selects.is_empty() {
            self.line("  nothing selects it");
        }
        self.reverses(selects, "selects it");
        self.reverses(implies, "implies it");
    }

    fn prompts(&mut self, head: &str, prompts: &[PromptLine]) {
        self.line(head);
        for prompt in prompts {
            if prompts.len() > 1 {
                self.line(&format!("  prompt `{}` at {}", prompt.text, prompt.place));
            }
            self.terms(&prompt.terms);
        }
    }

    fn lost(&mut self, choice: &ChoiceLine) {
        let prompt = choice.prompt.as_deref().unwrap_or("a choice");
        match &choice.taken {
            Some(taken) => self.line(&format!("lost a choice: `{prompt}` has taken CONFIG_{taken}")),
            None => self.line(&format!("lost a choice: `{prompt}` has taken none")),
        }
        self.at(&choice.place, &[], "");
        if let Some(request) = &choice.asked {
            self.request(request, "asked for here");
        }
    }

    fn reverses(&mut self, links: &[Reverse], does: &str) {
        for link in links.iter().take(SHOWN) {
            let reach = if link.reach == Tristate::N { " when it holds" } else { "" };
            self.line(&format!("  {} {does}{reach} at {}", link.symbol, link.place));
        }
        if links.len() > SHOWN {
            self.line(&format!("  and {} more", links.len() - SHOWN));
        }
    }

    fn terms(&mut self, terms: &[Term]) {
        for term in terms {
            let words: Vec<&str> = term.operands.iter().map(|operand| operand.symbol.as_str()).collect();
            // What a probe answered is not what stands there.
            let words = match (words.is_empty(), term.probes.is_empty()) {
                (true, true) => vec![term.text.as_str()],
                _ => words,
            };
            let mut note = match &term.operands[..] {
                [operand] if term.text == operand.symbol.as_str() => {
                    format!("{}: {}", operand.value, standing(operand))
                }
                [] if !term.probes.is_empty() => format!("{}: a probe said so", term.value),
                operands => {
                    let values = operands.iter().map(|operand| {
                        format!("{} is {}, {}", operand.symbol, operand.value, standing(operand))
                    });
                    let values = values.collect::<Vec<_>>().join("; ");
                    let joint = if values.is_empty() { "" } else { ": " };
                    format!("{} is {}{joint}{values}", term.text, term.value)
                }
            };
            note.push_str(match term.kind {
                ConjunctKind::DependsOn | ConjunctKind::OwnIf => "",
                ConjunctKind::If => " (an `if` around it)",
                ConjunctKind::Menu => " (a menu around it)",
                ConjunctKind::Choice => " (the choice around it)",
                ConjunctKind::VisibleIf => " (`visible if` of a menu around it)",
            });
            self.at(&term.place, &words, &note);
            self.probes(&term.probes);
            for operand in &term.operands {
                if let Standing::Probed(probes) = &operand.standing {
                    self.probes(probes);
                }
            }
        }
    }

    fn probes(&mut self, probes: &[ProbeLine]) {
        for probe in probes {
            self.line(&format!("  probe   {}", probe.command));
            let answer = if probe.answer.is_empty() { "nothing" } else { &probe.answer };
            let origin = match &probe.origin {
                None => String::new(),
                Some(ProbeOrigin::Ran) => " (run for this)".to_owned(),
                Some(ProbeOrigin::RunsAlways { reason }) => format!(" (run each time: {reason})"),
                Some(ProbeOrigin::Kept) => " (kept from an earlier run)".to_owned(),
            };
            self.line(&format!("  answer  {answer}{origin}"));
        }
    }

    fn request(&mut self, request: &Request, note: &str) {
        let place = Place { path: request.origin.path.clone(), line: request.origin.line as u32 };
        let words = [request.to_string()];
        self.at(&place, &[&words[0]], note);
    }

    /// A place with its line and carets below the words; the note alone where the line is not to be had.
    fn at(&mut self, place: &Place, words: &[&str], note: &str) {
        let _ = writeln!(self.out, "  --> {place}");
        let shown = self.lines.statement(place).map(|line| below(place.line, &line, words, note));
        match shown {
            Some(shown) => self.out.push_str(&shown),
            None if note.is_empty() => {}
            None => self.line(&format!("      {}: {note}", words.join(", "))),
        }
    }
}

fn standing(operand: &Operand) -> String {
    match &operand.standing {
        Standing::Settable => "its prompt is shown".to_owned(),
        Standing::Hidden => "its prompt is not shown either".to_owned(),
        Standing::NoPrompt => "it has no prompt".to_owned(),
        Standing::Probed(_) => "a probe said so".to_owned(),
        Standing::Undefined(places) => match places.first() {
            Some(place) => format!("only another architecture defines it, at {place}"),
            None => "no file defines it".to_owned(),
        },
    }
}

fn produced(produced: &Produced) -> String {
    let links = |links: &[Reverse]| {
        let shown = links.iter().take(SHOWN).map(|link| format!("{} at {}", link.symbol, link.place));
        let mut text = shown.collect::<Vec<_>>().join(", ");
        if links.len() > SHOWN {
            text.push_str(&format!(" and {} more", links.len() - SHOWN));
        }
        text
    };
    match produced {
        Produced::Nothing => "none".to_owned(),
        Produced::NoDefault => "no default holds".to_owned(),
        Produced::Default(default) => format!("default {} at {}", default.text, default.place),
        Produced::Asked(Some(request)) => format!("asked for at {}", request.origin),
        Produced::Asked(None) => "as the base has it".to_owned(),
        Produced::Selected(by) => format!("selected by {}", links(by)),
        Produced::Implied(by) => format!("implied by {}", links(by)),
        Produced::Choice(choice) => {
            let prompt = choice.prompt.as_deref().unwrap_or("a choice");
            format!("the choice `{prompt}` at {}", choice.place)
        }
        Produced::Range(range) => format!("the range {} to {} at {}", range.low, range.high, range.place),
    }
}

/// The word that declares it.
pub fn type_word(kind: SymbolType) -> &'static str {
    match kind {
        SymbolType::Bool => "bool",
        SymbolType::Tristate => "tristate",
        SymbolType::Int => "int",
        SymbolType::Hex => "hex",
        SymbolType::String => "string",
    }
}
