//! The symbols that a word may mean.
//!
//! | Rank | What the word is to the symbol |
//! |---|---|
//! | 0 | its name |
//! | 1 | the beginning of its name |
//! | 2 | a part of its name |
//! | 3 | a part of one of its prompts |
//!
//! Within a rank symbols come in the order of the menu. Capitals do not count.

use kconfig::Symbol;

use super::Configuration;

/// A symbol that a word may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The symbol.
    pub symbol: Symbol,
    /// Its first prompt.
    pub prompt: Option<String>,
    /// The prompts of the menus around it, the outermost first.
    pub menu: Vec<String>,
}

impl Configuration {
    /// The symbols that a word may mean, the nearest first.
    pub fn search(&self, word: &str) -> Vec<Found> {
        let word = word.to_lowercase();
        let word = word.strip_prefix("config_").unwrap_or(&word);
        let model = self.resolver.model();
        let mut ranked = Vec::new();
        for symbol in model.symbols.iter().filter(|symbol| symbol.kind.is_some()) {
            // The choices of older trees have no name.
            let Ok(name) = Symbol::new(&symbol.name.to_string()) else { continue };
            let Some(first) = symbol.menus.first() else { continue };
            let prompts = symbol.menus.iter().filter_map(|menu| model.menu(*menu).prompt.as_ref());
            let prompts: Vec<String> = prompts.map(|(text, _)| text.to_string()).collect();
            if let Some(rank) = rank(word, name.as_str(), &prompts) {
                ranked.push((rank, *first, name, prompts.into_iter().next()));
            }
        }
        ranked.sort_by_key(|(rank, menu, ..)| (*rank, *menu));
        let found = ranked.into_iter().map(|(_, _, symbol, prompt)| {
            let menu = self.menu_path(&symbol).unwrap_or_default();
            Found { symbol, prompt, menu }
        });
        found.collect()
    }
}

fn rank(word: &str, name: &str, prompts: &[String]) -> Option<u8> {
    let name = name.to_lowercase();
    match name.find(word) {
        Some(0) if name.len() == word.len() => Some(0),
        Some(0) => Some(1),
        Some(_) => Some(2),
        None => prompts.iter().any(|prompt| prompt.to_lowercase().contains(word)).then_some(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_first() {
        let prompts = ["Virtio filesystem".to_owned()];
        let ranks =
            ["virtio_fs", "virtio", "_fs", "filesystem", "9p"].map(|word| rank(word, "VIRTIO_FS", &prompts));
        assert_eq!(ranks, [Some(0), Some(1), Some(2), Some(3), None]);
    }
}
