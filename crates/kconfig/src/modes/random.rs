//! Random answers (`randconfig`).
//!
//! The same seed gives the same configuration as `conf` on a GNU system, so the numbers are those of its C library's
//! `rand()`, drawn in the same order:
//!
//! | choices | order |
//! |---|---|
//! | lists | the menu; a choice draws once for each member, and mixes them |
//! | symbols | the symbol table, choices included; then each choice that is `y` picks a member, as long as there are any |

use crate::Tristate;
use crate::eval::{Evaluator, UserValue, table_order};
use crate::model::{ChoiceId, ChoiceRules, MenuId, MenuKind};
use crate::syntax::ast::{SymbolId, SymbolType};

/// How likely the values are, in percent (`KCONFIG_PROBABILITY`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odds {
    /// `y` of a `bool`.
    bool_y: i64,
    /// `y` of a `tristate`.
    tristate_y: i64,
    /// `m` of a `tristate`.
    tristate_m: i64,
}

/// Numbers that are no percentages, or together more than 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a probability out of range: expected numbers from 0 to 100 that sum up to at most 100")]
pub struct OddsError;

impl Default for Odds {
    fn default() -> Self {
        Self { bool_y: 50, tristate_y: 33, tristate_m: 33 }
    }
}

impl Odds {
    /// Reads `N`, `N:M` or `N:M:L`, as `Documentation/kbuild/kconfig.rst` has it; nothing is the default.
    ///
    /// # Errors
    /// [`OddsError`].
    pub fn parse(text: &str) -> Result<Self, OddsError> {
        let mut numbers = Vec::new();
        let mut rest = text.as_bytes();
        while numbers.len() < 3 && !rest.is_empty() {
            let (number, used) = crate::eval::number_and_rest(rest, 10);
            if !(0..=100).contains(&number) {
                return Err(OddsError);
            }
            numbers.push(number);
            // What is neither a number nor a colon is read again, as 0.
            rest = rest[used..].strip_prefix(b":").unwrap_or(&rest[used..]);
        }
        let odds = match numbers[..] {
            [] => Self::default(),
            [n] => Self { bool_y: n, tristate_y: n / 2, tristate_m: n - n / 2 },
            [n, m] => Self { bool_y: n + m, tristate_y: n, tristate_m: m },
            [n, m, l, ..] => Self { bool_y: n, tristate_y: m, tristate_m: l },
        };
        if odds.bool_y > 100 || odds.tristate_y + odds.tristate_m > 100 { Err(OddsError) } else { Ok(odds) }
    }
}

/// The C library's `rand()`: a feedback of 31 words, each the sum of those 3 and 31 before it.
struct Rand {
    words: [u32; 31],
    next: usize,
}

impl Rand {
    fn new(seed: u32) -> Self {
        let mut words = [0_u32; 31];
        let mut word = i64::from(if seed == 0 { 1 } else { seed as i32 });
        for slot in &mut words {
            *slot = word as u32;
            word = (16807 * word) % 2_147_483_647;
            if word < 0 {
                word += 2_147_483_647;
            }
        }
        // The three words behind them are copies of the first ones, so they count as drawn.
        let mut rand = Self { words, next: 3 };
        // The first ones are thrown away, since they still resemble the seed.
        for _ in 0..310 {
            rand.next();
        }
        rand
    }

    fn next(&mut self) -> u32 {
        let at = self.next;
        self.words[at] = self.words[at].wrapping_add(self.words[(at + 28) % 31]);
        self.next = (at + 1) % 31;
        self.words[at] >> 1
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit
    }
}

/// Answers what the user left open at random.
pub fn randomize(evaluator: &mut Evaluator<'_>, seed: u32, odds: Odds) {
    let mut random = Random { rand: Rand::new(seed), odds, evaluator };
    match random.evaluator.model().rules.choice {
        ChoiceRules::List => random.menu(),
        ChoiceRules::Symbol => random.table(),
    }
    random.evaluator.forget();
}

struct Random<'a, 'm> {
    rand: Rand,
    odds: Odds,
    evaluator: &'a mut Evaluator<'m>,
}

impl Random<'_, '_> {
    fn draw(&mut self, kind: SymbolType) -> Option<Tristate> {
        let (y, m) = match kind {
            SymbolType::Bool => (self.odds.bool_y, 0),
            SymbolType::Tristate => (self.odds.tristate_y, self.odds.tristate_m),
            _ => return None,
        };
        let drawn = i64::from(self.rand.next() % 100);
        Some(match drawn {
            drawn if drawn < y => Tristate::Y,
            drawn if drawn < y + m => Tristate::M,
            _ => Tristate::N,
        })
    }

    fn menu(&mut self) {
        let model = self.evaluator.model();
        for id in model.menu_ids().filter(|id| *id != MenuId::ROOT) {
            match model.menu(id).kind {
                MenuKind::Choice(choice) => self.mix(choice),
                MenuKind::Symbol(symbol, _) => {
                    let entry = model.symbol(symbol);
                    let drawn = entry.member_of.is_none()
                        && model.menu(id).prompt.is_some()
                        && self.evaluator.user(symbol).is_none();
                    if drawn && let Some(value) = entry.kind.and_then(|kind| self.draw(kind)) {
                        self.evaluator.set_user(symbol, Some(UserValue::Tristate(value)));
                    }
                }
                _ => {}
            }
        }
    }

    /// Asks for the members of a choice in a random order, so that the first one that is visible is taken; one that the
    /// user asked for (`KCONFIG_ALLCONFIG`) goes before them.
    fn mix(&mut self, choice: ChoiceId) {
        let is_wanted =
            |member: &SymbolId| self.evaluator.user(*member) == Some(&UserValue::Tristate(Tristate::Y));
        let wanted: Vec<SymbolId> = self.evaluator.recent(choice).iter().copied().filter(is_wanted).collect();
        let members = &self.evaluator.model().choice(choice).members;
        let mut open: Vec<SymbolId> =
            members.iter().copied().filter(|member| self.evaluator.user(*member).is_none()).collect();
        let mut mixed = Vec::new();
        while !open.is_empty() {
            let at = self.rand.below(open.len());
            mixed.push(open.remove(at));
        }
        for member in mixed.into_iter().rev() {
            self.evaluator.set_user(member, Some(UserValue::Tristate(Tristate::Y)));
            self.evaluator.note_recent(member);
        }
        for member in wanted.into_iter().rev() {
            self.evaluator.note_recent(member);
        }
    }

    fn table(&mut self) {
        let model = self.evaluator.model();
        let order = table_order(model);
        let mut choices = Vec::new();
        for symbol in order {
            let entry = model.symbol(symbol);
            let Some(kind) = entry.kind else { continue };
            if self.evaluator.user(symbol).is_some() {
                continue;
            }
            let Some(value) = self.draw(kind) else { continue };
            match entry.stands_for {
                // A choice's own value is drawn and not kept.
                Some(choice) => choices.push((symbol, choice)),
                None => self.evaluator.set_user(symbol, Some(UserValue::Tristate(value))),
            }
        }
        self.evaluator.forget();
        // Whether another choice is y may hang on the member that is picked.
        let mut left = usize::MAX;
        while choices.len() < left {
            left = choices.len();
            choices.retain(|(symbol, choice)| !self.pick(*symbol, *choice));
        }
    }

    /// Picks a member of a choice that is `y`.
    fn pick(&mut self, symbol: SymbolId, choice: ChoiceId) -> bool {
        let members = &self.evaluator.model().choice(choice).members;
        if members.is_empty() || self.evaluator.tristate(symbol) != Tristate::Y {
            return false;
        }
        let picked = members[self.rand.below(members.len())];
        self.evaluator.prefer(choice, picked);
        self.evaluator.forget();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_c_library() {
        let first = |seed| {
            let mut rand = Rand::new(seed);
            [rand.next(), rand.next(), rand.next()]
        };
        assert_eq!(first(1), [1_804_289_383, 846_930_886, 1_681_692_777]);
        assert_eq!(first(0), first(1));
    }

    #[test]
    fn odds_are_one_two_or_three_numbers() {
        let odds = |bool_y, tristate_y, tristate_m| Ok(Odds { bool_y, tristate_y, tristate_m });
        assert_eq!(Odds::parse(""), odds(50, 33, 33));
        assert_eq!(Odds::parse("10:20"), odds(30, 10, 20));
        assert_eq!(Odds::parse("10:20:30"), odds(10, 20, 30));
        for wrong in ["101", "-1", "10:95", "50:60:70"] {
            assert_eq!(Odds::parse(wrong), Err(OddsError), "{wrong}");
        }
    }
}
