//! Numbers: what is one, and between which bounds it lies.

use super::Evaluator;
use crate::Tristate;
use crate::syntax::Text;
use crate::syntax::ast::{SymbolId, SymbolType};

impl Evaluator<'_> {
    /// Moves a number to the bound of the first range that holds, in the bound's own spelling.
    pub(super) fn clamp(&mut self, symbol: SymbolId, kind: SymbolType) {
        let Some((low, high)) = self.bounds(symbol) else { return };
        let base = base_of(kind);
        let at = symbol.0 as usize;
        let value = leading_number(self.cells[at].text.as_bytes(), base);
        if value < leading_number(low.as_bytes(), base) {
            self.cells[at].text = low;
        } else if value > leading_number(high.as_bytes(), base) {
            self.cells[at].text = high;
        }
    }

    /// The first range that holds.
    pub fn bounds(&mut self, symbol: SymbolId) -> Option<(Text, Text)> {
        let model = self.model;
        for range in &model.symbol(symbol).ranges {
            if self.value(range.condition) != Tristate::N {
                let low = self.operand_text(range.low);
                return Some((low, self.operand_text(range.high)));
            }
        }
        None
    }

    /// Whether a text lies between the bounds; without bounds, it does.
    pub fn in_range(&mut self, symbol: SymbolId, text: &Text) -> bool {
        let Some(kind) = self.model.symbol(symbol).kind else { return true };
        let Some((low, high)) = self.bounds(symbol) else { return true };
        let base = base_of(kind);
        let value = leading_number(text.as_bytes(), base);
        (leading_number(low.as_bytes(), base)..=leading_number(high.as_bytes(), base)).contains(&value)
    }
}

pub(super) fn base_of(kind: SymbolType) -> u32 {
    if kind == SymbolType::Hex { 16 } else { 10 }
}

/// Whether a text can be the value of a symbol of this type.
///
/// `int` is an optional `-` and digits without a leading zero; `hex` is digits, with or without `0x`.
pub fn valid_text(kind: SymbolType, text: &[u8]) -> bool {
    match kind {
        SymbolType::String => true,
        SymbolType::Int => match text.strip_prefix(b"-").unwrap_or(text) {
            [b'0'] => true,
            [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
            _ => false,
        },
        SymbolType::Hex => {
            let digits = match text {
                [b'0', b'x' | b'X', digits @ ..] => digits,
                digits => digits,
            };
            !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit)
        }
        SymbolType::Bool | SymbolType::Tristate => matches!(text, b"y" | b"m" | b"n"),
    }
}

/// The number that a text begins with, as C reads it: spaces, a sign, digits; 0 for none, the limit for too many.
pub(super) fn leading_number(text: &[u8], base: u32) -> i64 {
    number_and_rest(text, base).0
}

/// A text that is a number and nothing else, in C's spelling: `0x` and `0` in front tell the base.
pub fn whole_number(text: &str) -> Option<i64> {
    match number_and_rest(text.as_bytes(), 0) {
        (value, used) if used > 0 && used == text.len() => Some(value),
        _ => None,
    }
}

/// The number that a text begins with, and how many bytes it takes; base 0 is told by the prefix.
pub(crate) fn number_and_rest(text: &[u8], base: u32) -> (i64, usize) {
    let spaces = text.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x0b).count();
    let mut at = spaces;
    let negative = match text.get(at) {
        Some(b'-') => {
            at += 1;
            true
        }
        Some(b'+') => {
            at += 1;
            false
        }
        _ => false,
    };
    let digit = |at: usize, base: u32| text.get(at).and_then(|byte| char::from(*byte).to_digit(base));
    let hex_prefix = text.get(at) == Some(&b'0')
        && matches!(text.get(at + 1), Some(b'x' | b'X'))
        && digit(at + 2, 16).is_some();
    let base = match base {
        0 | 16 if hex_prefix => {
            at += 2;
            16
        }
        0 if text.get(at) == Some(&b'0') => 8,
        0 => 10,
        base => base,
    };
    let (first, mut value) = (at, 0_i128);
    while let Some(digit) = digit(at, base) {
        value = (value * i128::from(base) + i128::from(digit)).min(i128::from(u64::MAX));
        at += 1;
    }
    if at == first {
        return (0, 0);
    }
    let value = if negative { -value } else { value };
    (value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64, at)
}
