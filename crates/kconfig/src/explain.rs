//! Why a symbol has its value.
//!
//! ```text
//! Evaluator (resolved) ┐
//! symbol               ├─ explain ─▶ Explanation ── symbol   type, prompts, menu path, places
//! requests, in order   │                        ├─ value    what it is, and what produced it
//! Elsewhere            ┘                        ├─ verdict  landed, missed, harmless, not asked for
//!                                               └─ reasons  all of them at once ─▶ text: lines with carets
//! ```
//!
//! | reason | the request did not land because |
//! |---|---|
//! | [`Reason::Unknown`] | no file defines the symbol here: renamed, of another architecture, misspelt |
//! | [`Reason::Overridden`] | a later request changed it |
//! | [`Reason::WrongType`] | a value of that form does not fit its type |
//! | [`Reason::ModulesOff`] | `m` is no value while modules are off |
//! | [`Reason::NoPrompt`] | nobody can set it: selects, implies and defaults decide |
//! | [`Reason::Hidden`] | its prompts are not shown; each false condition with its place |
//! | [`Reason::Capped`] | a condition that is only `m` |
//! | [`Reason::LostChoice`] | another member of its choice was taken |
//! | [`Reason::Forced`] | it is selected |
//! | [`Reason::OutOfRange`] | it was moved into its range |
//! | [`Reason::Probe`] | its value is what a probe answered |
//!
//! Everything is plain data: names, texts and places instead of ids, so that it outlives the model.
//!
//! Invariant: a request that landed has no reason but those of earlier requests that lost to it; one that did not has at
//! least one.
//!
//! Deliberately absent: what to do about it, which is the business of `fix`; printing; JSON.

mod brief;
mod elsewhere;
mod reasons;
mod report;
mod terms;
mod text;
mod value;

pub use brief::brief;
pub use elsewhere::Elsewhere;
pub use report::{
    ChoiceLine, DefaultLine, Definition, Explanation, Operand, Place, ProbeLine, ProbeOrigin, Produced,
    PromptLine, RangeLine, Reason, Reverse, Standing, Term, Verdict,
};
pub use text::{text, type_word};

use crate::eval::Evaluator;
use crate::model::{MenuId, Model};
use crate::syntax::ast::{At, SymbolId};
use crate::{Request, Symbol};

/// Explains a symbol.
///
/// `evaluator` holds the values that were asked for, all layers together. `requests` are all requests that were made,
/// in their order, those for other symbols among them: they say who asked.
pub fn explain(
    evaluator: &mut Evaluator<'_>,
    symbol: &Symbol,
    requests: &[Request],
    elsewhere: &Elsewhere,
) -> Explanation {
    Explainer { evaluator, requests, elsewhere }.explain(symbol)
}

/// What explaining needs at hand.
struct Explainer<'a, 'm> {
    evaluator: &'a mut Evaluator<'m>,
    requests: &'a [Request],
    elsewhere: &'a Elsewhere,
}

impl<'m> Explainer<'_, 'm> {
    fn model(&self) -> &'m Model {
        self.evaluator.model()
    }

    fn explain(mut self, symbol: &Symbol) -> Explanation {
        let requests: Vec<Request> =
            self.requests.iter().filter(|request| request.symbol == *symbol).cloned().collect();
        let found = self.model().names.find(symbol.as_str().as_bytes());
        let Some(id) = found.filter(|id| self.model().symbol(*id).kind.is_some()) else {
            return self.undefined(symbol, requests);
        };
        let value = self.value_of(id);
        let produced = self.produced(id);
        let verdict = match requests.last() {
            None => Verdict::NotAsked,
            Some(request) if request.value.is_nothing() && value.is_nothing() => {
                if self.evaluator.written(id) { Verdict::Landed } else { Verdict::Harmless }
            }
            Some(request) if request.accepts(&value) => Verdict::Landed,
            Some(_) => Verdict::Missed,
        };
        let mut reasons = overridden(&requests);
        if verdict != Verdict::Landed && verdict != Verdict::Harmless {
            reasons.extend(self.reasons(id, requests.last().map(|request| &request.value), &value));
        }
        Explanation {
            symbol: symbol.clone(),
            kind: self.model().symbol(id).kind,
            definitions: self.definitions(id),
            value,
            produced,
            requests,
            verdict,
            reasons,
        }
    }

    fn definitions(&self, id: SymbolId) -> Vec<Definition> {
        let model = self.model();
        let definition = |menu: &MenuId| {
            let entry = model.menu(*menu);
            Definition {
                place: self.place(entry.at),
                prompt: entry.prompt.as_ref().map(|(text, _)| text.to_string()),
                menu: self.menu_path(*menu),
            }
        };
        model.symbol(id).menus.iter().map(definition).collect()
    }

    fn menu_path(&self, menu: MenuId) -> Vec<String> {
        let model = self.model();
        let mut path = Vec::new();
        let mut around = model.menu(menu).parent;
        while let Some(parent) = around {
            let entry = model.menu(parent);
            path.extend(entry.prompt.as_ref().map(|(text, _)| text.to_string()));
            around = entry.parent;
        }
        path.reverse();
        path
    }

    fn place(&self, at: At) -> Place {
        let path = self.model().files.get(at.file.0 as usize).map(ToString::to_string);
        Place { path: path.unwrap_or_default(), line: at.line }
    }
}

fn overridden(requests: &[Request]) -> Vec<Reason> {
    requests
        .windows(2)
        .filter(|pair| !pair[0].value.same(&pair[1].value))
        .map(|pair| Reason::Overridden { earlier: pair[0].clone(), later: pair[1].clone() })
        .collect()
}
