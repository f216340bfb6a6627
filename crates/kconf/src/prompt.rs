//! The questions of `oldconfig` and its kin, at standard input and output.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use kconfig::ask::{Console, Input};

/// Standard input, output and error.
pub(crate) struct Prompt;

impl Console for Prompt {
    fn answer(&mut self) -> Option<Vec<u8>> {
        let _ = io::stdout().flush();
        let mut line = Vec::new();
        match io::stdin().lock().read_until(b'\n', &mut line) {
            Ok(read) if read > 0 => Some(line),
            _ => None,
        }
    }

    fn print(&mut self, text: &[u8]) {
        let _ = io::stdout().write_all(text);
    }

    fn complain(&mut self, text: &[u8]) {
        let _ = io::stderr().write_all(text);
    }

    fn input(&self) -> Input {
        if io::stdin().is_terminal() { Input::Terminal } else { Input::Piped }
    }
}
