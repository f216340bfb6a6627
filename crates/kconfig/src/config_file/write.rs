//! Writes a `.config`.

use crate::eval::Evaluator;
use crate::model::{MenuId, MenuKind};
use crate::syntax::ast::{SymbolId, SymbolType};

/// The whole `.config`, as `conf` writes it.
///
/// `prefix` stands before each symbol: `CONFIG_`.
pub fn config(evaluator: &mut Evaluator<'_>, prefix: &str) -> Vec<u8> {
    let model = evaluator.model();
    let mut writer = Writer { out: Vec::new(), prefix, blank: false, done: vec![false; model.symbols.len()] };
    writer.out.extend_from_slice(b"#\n# Automatically generated file; DO NOT EDIT.\n# ");
    writer.out.extend_from_slice(model.mainmenu.as_bytes());
    writer.out.extend_from_slice(b"\n#\n");
    for child in &model.menu(MenuId::ROOT).children {
        writer.menu(*child, evaluator);
    }
    writer.out
}

struct Writer<'p> {
    out: Vec<u8>,
    prefix: &'p str,
    /// Whether an empty line comes before the next symbol.
    blank: bool,
    done: Vec<bool>,
}

impl Writer<'_> {
    fn menu(&mut self, id: MenuId, evaluator: &mut Evaluator<'_>) {
        let model = evaluator.model();
        let menu = model.menu(id);
        let heading = match (menu.kind, &menu.prompt) {
            (MenuKind::Menu | MenuKind::Comment, Some((text, _))) if evaluator.shown(id) => Some(text),
            _ => None,
        };
        if let Some(text) = heading {
            self.out.extend_from_slice(b"\n#\n# ");
            self.out.extend_from_slice(text.as_bytes());
            self.out.extend_from_slice(b"\n#\n");
            self.blank = false;
        }
        if let MenuKind::Symbol(symbol, _) = menu.kind
            && !self.done[symbol.0 as usize]
            && evaluator.written(symbol)
        {
            if std::mem::take(&mut self.blank) {
                self.out.push(b'\n');
            }
            self.done[symbol.0 as usize] = true;
            write_assignment(evaluator, symbol, self.prefix, &mut self.out);
        }
        for child in &menu.children {
            self.menu(*child, evaluator);
        }
        if menu.kind == MenuKind::Menu
            && let Some(text) = heading
        {
            self.out.extend_from_slice(b"# end of ");
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'\n');
            self.blank = true;
        }
    }
}

/// One line: `CONFIG_X=value` or `# CONFIG_X is not set`.
pub fn write_assignment(evaluator: &mut Evaluator<'_>, symbol: SymbolId, prefix: &str, out: &mut Vec<u8>) {
    let entry = evaluator.model().symbol(symbol);
    let value = evaluator.text(symbol);
    let truth = matches!(entry.kind, Some(SymbolType::Bool | SymbolType::Tristate));
    if truth && value.as_bytes() == b"n" {
        out.extend_from_slice(&[b"# ", prefix.as_bytes(), entry.name.as_bytes(), b" is not set\n"].concat());
        return;
    }
    out.extend_from_slice(&[prefix.as_bytes(), entry.name.as_bytes(), b"="].concat());
    if entry.kind == Some(SymbolType::String) {
        write_quoted(value.as_bytes(), out);
    } else {
        out.extend_from_slice(value.as_bytes());
    }
    out.push(b'\n');
}

/// A string in quotes.
pub(super) fn write_quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
}
