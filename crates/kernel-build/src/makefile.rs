//! What a source tree says it is: the first lines of its top Makefile.
//!
//! ```text
//! VERSION = 6
//! PATCHLEVEL = 12          ──TreeVersion::parse──▶  6.12.117   (what `make kernelversion` prints)
//! SUBLEVEL = 117
//! EXTRAVERSION =
//! ```
//!
//! The rule is the Makefile's own: `KERNELVERSION = $(VERSION)$(if $(PATCHLEVEL),.$(PATCHLEVEL)$(if
//! $(SUBLEVEL),.$(SUBLEVEL)))$(EXTRAVERSION)`. make is not run: the version is known as soon as the text is.
//!
//! Invariant: a [`TreeVersion`] has a VERSION and a PATCHLEVEL that are numbers, and no white space.
//!
//! Deliberately absent: variables that a Makefile computes; a tree that does so is refused with the line's number.

use kernel_spec::version::{KernelVersion, VersionError};

/// The version that a tree's top Makefile states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeVersion {
    /// The kernelversion, as `make kernelversion` prints it: `6.12.117`, `6.13.0-rc3`.
    pub kernelversion: String,
    /// The same as a version that can be compared with a requirement.
    pub version: KernelVersion,
}

/// Why a text is not the top Makefile of a kernel tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakefileError {
    /// A variable of the four is never assigned.
    #[error("no `{variable} =` in the top Makefile: this is not a kernel tree")]
    Missing {
        /// `VERSION`, `PATCHLEVEL`, `SUBLEVEL` or `EXTRAVERSION`.
        variable: &'static str,
    },
    /// A variable has a value that is not what it must be.
    #[error("line {line} of the top Makefile has `{variable} = {value}`: expected {expected}")]
    Value {
        /// Which of the four.
        variable: &'static str,
        /// Its value.
        value: String,
        /// The line, counted from 1.
        line: usize,
        /// What it must be.
        expected: &'static str,
    },
    /// A variable is assigned in a way whose result only make knows.
    #[error("line {line} of the top Makefile computes `{variable}`: expected a plain assignment")]
    Computed {
        /// Which of the four.
        variable: &'static str,
        /// The line, counted from 1.
        line: usize,
    },
    /// The four make no version.
    #[error("the top Makefile states no kernel version")]
    Version(#[from] VersionError),
}

const VARIABLES: [&str; 4] = ["VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"];

impl TreeVersion {
    /// Reads the four variables from the text of a tree's top Makefile.
    ///
    /// # Errors
    /// [`MakefileError`] where one is absent, computed, or no number.
    pub fn parse(makefile: &str) -> Result<Self, MakefileError> {
        let mut found: [Option<(&str, usize)>; 4] = [None; 4];
        for (index, line) in makefile.lines().enumerate() {
            let Some((name, operator, value)) = assignment(line) else { continue };
            let Some(slot) = VARIABLES.iter().position(|variable| *variable == name) else { continue };
            if !matches!(operator, "=" | ":=" | "::=") || value.contains('$') || value.ends_with('\\') {
                return Err(MakefileError::Computed { variable: VARIABLES[slot], line: index + 1 });
            }
            found[slot] = Some((value, index + 1));
        }
        let get = |slot: usize| found[slot].ok_or(MakefileError::Missing { variable: VARIABLES[slot] });
        let number = |slot: usize| {
            let (value, line) = get(slot)?;
            if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
                return Ok(value);
            }
            let (value, variable) = (value.to_owned(), VARIABLES[slot]);
            Err(MakefileError::Value { variable, value, line, expected: "a number" })
        };
        let (version, patchlevel) = (number(0)?, number(1)?);
        let sublevel = if get(2)?.0.is_empty() { None } else { Some(number(2)?) };
        let (extraversion, line) = get(3)?;
        if extraversion.contains(|c: char| !c.is_ascii_graphic()) {
            let (value, variable, expected) = (extraversion.to_owned(), "EXTRAVERSION", "one word of ASCII");
            return Err(MakefileError::Value { variable, value, line, expected });
        }
        let mut kernelversion = format!("{version}.{patchlevel}");
        if let Some(sublevel) = sublevel {
            kernelversion.push('.');
            kernelversion.push_str(sublevel);
        }
        kernelversion.push_str(extraversion);
        Ok(Self { version: kernelversion.parse()?, kernelversion })
    }
}

/// Splits `NAME op value # comment` of a line that does not belong to a recipe.
fn assignment(line: &str) -> Option<(&str, &str, &str)> {
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let equals = rest.find('=')?;
    let operator = &rest[..=equals];
    if name.is_empty() || !operator[..equals].bytes().all(|b| b":+?!".contains(&b)) {
        return None;
    }
    let value = rest[equals + 1..].split('#').next().unwrap_or_default().trim();
    Some((name, operator, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let found = TreeVersion::parse(text).map(|v| v.kernelversion).map_err(|e| e.to_string());
        assert_eq!(found.as_ref().map(String::as_str).map_err(String::as_str), expect);
    }

    #[test]
    fn versions() {
        let tree = |sublevel: &str, extra: &str| {
            format!(
                "# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL ={sublevel}\nEXTRAVERSION ={extra}\n\
                 NAME = Any\nexport VERSION PATCHLEVEL\n\techo VERSION = 9\n\
                 KERNELVERSION = $(VERSION)$(EXTRAVERSION)\n"
            )
        };
        check(&tree(" 117", ""), Ok("6.12.117"));
        check(&tree(" 0", " -rc3"), Ok("6.12.0-rc3"));
        check(&tree("", ""), Ok("6.12"));
        check(&tree(" 30  # a comment", " -rt11"), Ok("6.12.30-rt11"));
    }

    #[test]
    fn what_is_not_a_kernel_makefile() {
        check("all:\n\techo hello\n", Err("no `VERSION =` in the top Makefile: this is not a kernel tree"));
        check(
            "VERSION = 2.0\nPATCHLEVEL = 1\nSUBLEVEL =\nEXTRAVERSION =\n",
            Err("line 1 of the top Makefile has `VERSION = 2.0`: expected a number"),
        );
        check(
            "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 3\nEXTRAVERSION = $(shell date)\n",
            Err("line 4 of the top Makefile computes `EXTRAVERSION`: expected a plain assignment"),
        );
        check(
            "VERSION = 6\nPATCHLEVEL = 1\nEXTRAVERSION =\n",
            Err("no `SUBLEVEL =` in the top Makefile: this is not a kernel tree"),
        );
    }
}
