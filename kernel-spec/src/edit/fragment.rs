//! Changes to the text of a fragment, or of a `.config`.

use kconfig::{FragmentError, Symbol, Value, fragment};

/// Sets symbols in a fragment: where one stands already, its last line changes; the others are added at the end.
///
/// Everything else stays as it is: comments, order, blank lines, how lines end.
///
/// # Errors
/// Every line that is wrong: what such a text means is not known.
pub fn set_in_fragment(text: &str, settings: &[(Symbol, Value)]) -> Result<String, Vec<FragmentError>> {
    let standing = fragment::parse(text)?;
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut changed = Vec::new();
    let mut added = String::new();
    for (at, (symbol, value)) in settings.iter().enumerate() {
        if settings[at + 1..].iter().any(|(later, _)| later == symbol) {
            continue;
        }
        match standing.iter().rfind(|line| line.symbol == *symbol) {
            Some(line) => changed.push((line.span.clone(), written(symbol, value))),
            None => added += &(written(symbol, value) + end),
        }
    }
    let mut new = text.to_owned();
    changed.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    for (span, line) in changed {
        new.replace_range(span, &line);
    }
    if !added.is_empty() && !new.is_empty() && !new.ends_with('\n') {
        new += end;
    }
    Ok(new + &added)
}

/// A line as fragments have it.
fn written(symbol: &Symbol, value: &Value) -> String {
    let name = symbol.config_name();
    if *value == Value::N { format!("# {name} is not set") } else { format!("{name}={value}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, settings: &[(&str, &str)]) -> Result<String, Vec<FragmentError>> {
        let setting = |(symbol, value): &(&str, &str)| {
            (Symbol::new(symbol).expect("a symbol"), Value::parse(value).expect("a value"))
        };
        set_in_fragment(text, &settings.iter().map(setting).collect::<Vec<_>>())
    }

    #[test]
    fn lines_change_where_they_stand() {
        let text = "# What a guest has.\nCONFIG_NET=y\n# CONFIG_KVM is not set\n\n# Twice.\nCONFIG_NR_CPUS=2\nCONFIG_NR_CPUS=4";
        let settings = [("KVM", "m"), ("NR_CPUS", "8"), ("NET", "n"), ("CMDLINE", "\"a b\""), ("X", "n")];
        insta::assert_snapshot!(edited(text, &settings).expect("a fragment"), @r#"
        # What a guest has.
        # CONFIG_NET is not set
        CONFIG_KVM=m

        # Twice.
        CONFIG_NR_CPUS=2
        CONFIG_NR_CPUS=8
        CONFIG_CMDLINE="a b"
        # CONFIG_X is not set
        "#);
    }

    #[test]
    fn how_lines_end_is_kept() {
        assert_eq!(
            edited("CONFIG_A=y\r\n", &[("A", "m"), ("B", "y")]).as_deref(),
            Ok("CONFIG_A=m\r\nCONFIG_B=y\r\n")
        );
        assert_eq!(edited("", &[("B", "y"), ("B", "m")]).as_deref(), Ok("CONFIG_B=m\n"));
        assert!(edited("CONFIG_A = y\n", &[("B", "y")]).is_err());
    }
}
