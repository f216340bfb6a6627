//! The values of a few symbols in a `.config`.
//!
//! ```text
//! CONFIG_SMP=y
//! CONFIG_CMDLINE="console=ttyS0"
//! # CONFIG_NUMA is not set
//! ```

/// The value of a symbol as the file has it, a string without its quotes; `None` where it is `n` or not there.
pub(super) fn value(text: &str, symbol: &str) -> Option<String> {
    let of_line =
        |line: &str| Some(line.strip_prefix("CONFIG_")?.strip_prefix(symbol)?.strip_prefix('=')?.to_owned());
    let value = text.lines().find_map(of_line)?;
    match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => Some(unescaped(quoted)),
        None => Some(value),
    }
}

/// A backslash makes the character behind it a plain one.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn values_of_each_type() {
        let text = "# Automatic\nCONFIG_SMP=y\nCONFIG_SMP_X=m\n# CONFIG_NUMA is not set\nCONFIG_NR=0x10\n\
                    CONFIG_CMDLINE=\"a=\\\"b c\\\" \\\\\"\nCONFIG_EMPTY=\"\"\n";
        let found = ["SMP", "SMP_X", "NUMA", "NR", "CMDLINE", "EMPTY", "NO"].map(|name| value(text, name));
        let found: Vec<_> = found.iter().map(Option::as_deref).collect();
        let expected = [Some("y"), Some("m"), None, Some("0x10"), Some("a=\"b c\" \\"), Some(""), None];
        assert_eq!(found, expected);
    }
}
