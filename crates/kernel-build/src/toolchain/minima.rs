//! The oldest programs that a source tree accepts, as the tree itself says.

/// What `Documentation/process/changes.rst` of a tree asks for; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minima {
    /// GNU C.
    pub gcc: Option<String>,
    /// clang.
    pub clang: Option<String>,
    /// GNU make.
    pub make: Option<String>,
    /// binutils.
    pub binutils: Option<String>,
    /// Other programs that the tree names, by what it calls them: `bc`, `flex`.
    pub others: Vec<(String, String)>,
}

/// A program that is older than a source tree accepts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{tool}` is version {found}: expected {needed} or newer")]
pub struct TooOld {
    /// The program.
    pub tool: &'static str,
    /// Its version.
    pub found: String,
    /// The oldest that is accepted.
    pub needed: String,
}

impl TooOld {
    /// What to do about it.
    pub fn hint(&self) -> String {
        format!(
            "install a newer `{}`; the rule is in Documentation/process/changes.rst of the kernel source",
            self.tool
        )
    }
}

/// Host tools that the table names as they are started.
const OTHERS: [&str; 6] = ["bc", "bison", "cpio", "flex", "pahole", "openssl"];

/// What trees ask for from a version on (`scripts/min-tool-version.sh` of 6.1 and of 6.12): no newer one asks for less.
const FLOORS: [((u32, u32), Floor); 2] = [
    ((6, 12), Floor { gcc: "5.1.0", clang: "13.0.1", make: "4.0", binutils: "2.25.0" }),
    ((6, 1), Floor { gcc: "5.1.0", clang: "11.0.0", make: "3.82", binutils: "2.23.0" }),
];

struct Floor {
    gcc: &'static str,
    clang: &'static str,
    make: &'static str,
    binutils: &'static str,
}

impl Minima {
    /// What is known of a version, where the tree itself is not there to be asked: `6.12.30`, `6.12`.
    pub fn of_version(version: &str) -> Self {
        let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
        let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else { return Self::default() };
        let floor = FLOORS.iter().find(|(from, _)| (major, minor) >= *from);
        floor.map_or_else(Self::default, |(_, floor)| {
            let text = |text: &str| Some(text.to_owned());
            let Floor { gcc, clang, make, binutils } = floor;
            let others = Vec::new();
            Self { gcc: text(gcc), clang: text(clang), make: text(make), binutils: text(binutils), others }
        })
    }

    /// Reads the table of a tree's `Documentation/process/changes.rst`.
    ///
    /// A row is a name, two spaces or more, and a version: `GNU make               4.0              make --version`.
    pub fn parse(changes: &str) -> Self {
        let row = |name: &str| {
            changes.lines().find_map(|line| {
                let rest = line.strip_prefix(name)?.strip_prefix("  ")?;
                let version = rest.split_ascii_whitespace().next()?;
                version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
            })
        };
        Self {
            gcc: row("GNU C"),
            clang: row("Clang/LLVM (optional)"),
            make: row("GNU make"),
            binutils: row("binutils"),
            others: OTHERS.iter().filter_map(|name| Some(((*name).to_owned(), row(name)?))).collect(),
        }
    }

    /// The oldest version of a program, by the name that it is started with, that will do.
    pub fn of_program(&self, name: &str) -> Option<&str> {
        match name {
            "make" => self.make.as_deref(),
            "ld" => self.binutils.as_deref(),
            name => self.others.iter().find(|(other, _)| other == name).map(|(_, version)| version.as_str()),
        }
    }
}

pub(super) fn at_least(tool: &'static str, found: &str, needed: Option<&str>) -> Result<(), TooOld> {
    match needed {
        Some(needed) if older(found, needed) => {
            Err(TooOld { tool, found: found.to_owned(), needed: needed.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Compares by numbers; what is behind them (`2.40-21.fc39`) does not count, and an unknown version is not older.
pub(super) fn older(found: &str, needed: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(|c: char| !c.is_ascii_digit()).map_while(|digits| digits.parse().ok()).take(3).collect()
    };
    let (mut found, mut needed) = (numbers(found), numbers(needed));
    if found.is_empty() {
        return false;
    }
    found.resize(3, 0);
    needed.resize(3, 0);
    found < needed
}
