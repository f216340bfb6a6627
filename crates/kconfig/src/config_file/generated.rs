//! The files that the build reads instead of the `.config` (`syncconfig`).
//!
//! ```text
//! include/config/auto.conf       CONFIG_A=y            what make reads
//! include/generated/autoconf.h   #define CONFIG_A 1    what C reads
//! include/generated/rustc_cfg    --cfg=CONFIG_A        what Rust reads
//! include/config/auto.conf.cmd   what auto.conf was made from, as rules of make
//! include/config/A               empty; its time tells when A changed
//! ```
//!
//! Whoever writes them keeps `conf`'s order, so that a run that is cut short is repeated by make: `auto.conf.cmd`, the
//! files of [`touched`](super::touched) symbols, `autoconf.h`, `rustc_cfg`, and `auto.conf` last.
//!
//! Invariants: symbols come in [`table_order`]; what is `n`, or not written, is absent.

use crate::eval::{Evaluator, table_order};
use crate::model::CommandRules;
use crate::syntax::Text;
use crate::syntax::ast::SymbolType;

use super::write::write_quoted;

/// The texts of the generated files that hold values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// `include/config/auto.conf`.
    pub auto_conf: Vec<u8>,
    /// `include/generated/autoconf.h`.
    pub autoconf_h: Vec<u8>,
    /// `include/generated/rustc_cfg`.
    pub rustc_cfg: Vec<u8>,
}

/// The texts of `auto.conf`, `autoconf.h` and `rustc_cfg`.
///
/// `prefix` stands before each symbol: `CONFIG_`.
pub fn generated(evaluator: &mut Evaluator<'_>, prefix: &str) -> Generated {
    let model = evaluator.model();
    let title = model.mainmenu.as_bytes();
    let mut texts = Generated {
        auto_conf: [b"#\n# Automatically generated file; DO NOT EDIT.\n# ", title, b"\n#\n"].concat(),
        autoconf_h: [b"/*\n * Automatically generated file; DO NOT EDIT.\n * ", title, b"\n */\n"].concat(),
        rustc_cfg: Vec::new(),
    };
    for symbol in table_order(model) {
        let entry = model.symbol(symbol);
        let Some(kind) = entry.kind.filter(|_| entry.stands_for.is_none()) else { continue };
        if !evaluator.written(symbol) {
            continue;
        }
        let name = [prefix.as_bytes(), entry.name.as_bytes()].concat();
        texts.symbol(&name, kind, &evaluator.text(symbol));
    }
    texts
}

impl Generated {
    fn symbol(&mut self, name: &[u8], kind: SymbolType, value: &Text) {
        let value = value.as_bytes();
        let mut quoted = Vec::new();
        match kind {
            SymbolType::Bool | SymbolType::Tristate if value == b"n" => return,
            SymbolType::Bool | SymbolType::Tristate => {
                let module: &[u8] = if value == b"m" { b"_MODULE" } else { b"" };
                self.autoconf_h.extend([b"#define ", name, module, b" 1\n"].concat());
                self.rustc_cfg.extend([b"--cfg=", name, b"\n"].concat());
                self.rustc_cfg.extend([b"--cfg=", name, b"=\"", value, b"\"\n"].concat());
            }
            SymbolType::String => {
                write_quoted(value, &mut quoted);
                self.autoconf_h.extend([b"#define ", name, b" ", &quoted, b"\n"].concat());
                self.rustc_cfg.extend([b"--cfg=", name, b"=", &quoted, b"\n"].concat());
            }
            SymbolType::Int | SymbolType::Hex => {
                let bare = kind == SymbolType::Hex && !matches!(value, [b'0', b'x' | b'X', ..]);
                let number = [if bare { b"0x" } else { &b""[..] }, value].concat();
                self.autoconf_h.extend([b"#define ", name, b" ", &number, b"\n"].concat());
                self.rustc_cfg.extend([b"--cfg=", name, b"=\"", &number, b"\"\n"].concat());
            }
        }
        // Strings stand here without quotes, since make would keep them.
        self.auto_conf.extend([name, b"=", value, b"\n"].concat());
    }
}

/// What `auto.conf` was made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The path of `auto.conf`, as make names it.
    pub auto_conf: &'a str,
    /// The Kconfig files, in the order in which they were first read: [`Ast::files`](crate::syntax::Ast::files).
    pub files: &'a [Text],
    /// The environment variables that were consulted: [`Ast::env_used`](crate::syntax::Ast::env_used).
    pub env: &'a [(String, String)],
}

impl Inputs<'_> {
    /// The text of `auto.conf.cmd`: rules by which make takes `auto.conf` for outdated where one of them changed.
    pub fn auto_conf_cmd(&self, rules: CommandRules) -> Vec<u8> {
        let file = |name: &Text| [b"\t", name.as_bytes(), b" \\\n"].concat();
        let mut out = Vec::new();
        match rules {
            CommandRules::Variable => {
                out.extend(
                    [b"autoconfig := ", self.auto_conf.as_bytes(), b"\n\ndeps_config := \\\n"].concat(),
                );
                out.extend(self.files.iter().flat_map(file));
                out.extend_from_slice(b"\n$(autoconfig): $(deps_config)\n$(deps_config): ;\n");
                for (name, value) in self.env {
                    out.extend(
                        format!("\nifneq \"$({name})\" \"{value}\"\n$(autoconfig): FORCE\nendif\n").bytes(),
                    );
                }
            }
            CommandRules::Path => {
                let target = self.auto_conf;
                out.extend_from_slice(b"deps_config := \\\n");
                out.extend(self.files.iter().rev().flat_map(file));
                out.extend(format!("\n{target}: $(deps_config)\n\n").bytes());
                for (name, value) in self.env {
                    out.extend(format!("ifneq \"$({name})\" \"{value}\"\n{target}: FORCE\nendif\n").bytes());
                }
                out.extend_from_slice(b"\n$(deps_config): ;\n");
            }
        }
        out
    }
}
