//! quilt's `series`: the names of patches, in the order in which they are applied.

/// A line of a `series` that asks for what is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} has `{option}` behind `{name}`: expected a name alone, or with `-p1`")]
pub struct SeriesError {
    /// The line, counted from 1.
    pub line: usize,
    /// The patch.
    pub name: String,
    /// What stands behind it.
    pub option: String,
}

/// The names in a `series` file; `#` begins a comment at the start of a line and behind a blank.
///
/// # Errors
/// Where an option other than `-p1` stands behind a name.
pub fn series(text: &str) -> Result<Vec<&str>, SeriesError> {
    let mut names = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut words = line.split_ascii_whitespace().take_while(|word| !word.starts_with('#'));
        let Some(name) = words.next() else { continue };
        if let Some(option) = words.find(|option| *option != "-p1") {
            return Err(SeriesError { line: index + 1, name: name.to_owned(), option: option.to_owned() });
        }
        names.push(name);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_comments() {
        let text = "# the stack\n\na.patch\n  sub/b.patch -p1 # why\n#c.patch\nd.patch #e.patch\n";
        assert_eq!(series(text), Ok(vec!["a.patch", "sub/b.patch", "d.patch"]));
        let error = series("a.patch\nb.patch -p1 -R\n").expect_err("an option");
        insta::assert_snapshot!(error, @"line 2 has `-R` behind `b.patch`: expected a name alone, or with `-p1`");
    }
}
