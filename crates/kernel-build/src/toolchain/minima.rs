//! The oldest programs that a source tree accepts, as the tree itself says, and the compilers that are too new for it.
//!
//! From 15 on gcc speaks C23 where no standard is named, in which `bool` and `false` are words of the language. x86's parts
//! that run before the kernel proper are compiled with flags of their own, and until Linux 6.14 and the point releases of
//! early 2025 those named none.

use kernel_host::AbsPath;
use kernel_host::fs;

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
    /// The first gcc that does not compile it for x86.
    pub gcc_before: Option<u64>,
    /// Other programs that the tree names, by what it calls them: `bc`, `flex`.
    pub others: Vec<(String, String)>,
}

/// A program of a version that a source tree does not accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is older.
    #[error("`{tool}` is version {found}: expected {needed} or newer")]
    TooOld {
        /// The program.
        tool: &'static str,
        /// Its version.
        found: String,
        /// The oldest that is accepted.
        needed: String,
    },
    /// It is newer.
    #[error(
        "`gcc` is version {found}, which speaks C23: expected one before {limit}, for this kernel's boot code does not"
    )]
    TooNew {
        /// The compiler's version.
        found: String,
        /// The first that does not do.
        limit: u64,
    },
}

impl Unfit {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::TooOld { tool, .. } => {
                format!(
                    "install a newer `{tool}`; the rule is in Documentation/process/changes.rst of the kernel source"
                )
            }
            Self::TooNew { limit, .. } => {
                let before = limit - 1;
                format!("take a newer point release, or `toolchain = \"gcc-{before}\"`, or LLVM")
            }
        }
    }
}

/// The first gcc that speaks C23 by itself.
const C23: u64 = 15;
/// Series whose point releases went on when x86's boot code was given a standard; of those the tree itself has to tell.
const MENDED: [(u32, u32); 7] = [(5, 4), (5, 10), (5, 15), (6, 1), (6, 6), (6, 12), (6, 13)];

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
        let ended = (major, minor) < (6, 14) && !MENDED.contains(&(major, minor));
        let minima = floor.map_or_else(Self::default, |(_, floor)| {
            let text = |text: &str| Some(text.to_owned());
            let Floor { gcc, clang, make, binutils } = floor;
            let (gcc, clang, make, binutils) = (text(gcc), text(clang), text(make), text(binutils));
            Self { gcc, clang, make, binutils, ..Self::default() }
        });
        Self { gcc_before: ended.then_some(C23), ..minima }
    }

    /// What the tree in a folder says; nothing where none is there.
    #[must_use]
    pub fn of_tree(tree: &AbsPath) -> Option<Self> {
        let changes = fs::read_to_string(&tree.join("Documentation/process/changes.rst")).ok()?;
        let makefile = fs::read_to_string(&tree.join("arch/x86/Makefile")).unwrap_or_default();
        Some(Self::parse(&changes).with_x86_makefile(&makefile))
    }

    /// Adds what a tree's `arch/x86/Makefile` says of a standard.
    #[must_use]
    pub fn with_x86_makefile(self, makefile: &str) -> Self {
        let boot = makefile.lines().skip_while(|line| !line.starts_with("REALMODE_CFLAGS"));
        let is_named = boot.take_while(|line| !line.is_empty()).any(|line| line.contains("-std="));
        let is_there = makefile.contains("REALMODE_CFLAGS");
        Self { gcc_before: (is_there && !is_named).then_some(C23), ..self }
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
            gcc_before: None,
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

pub(super) fn at_least(tool: &'static str, found: &str, needed: Option<&str>) -> Result<(), Unfit> {
    match needed {
        Some(needed) if older(found, needed) => {
            Err(Unfit::TooOld { tool, found: found.to_owned(), needed: needed.to_owned() })
        }
        _ => Ok(()),
    }
}

pub(super) fn gcc_before(found: &str, limit: Option<u64>) -> Result<(), Unfit> {
    let major =
        found.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse::<u64>().ok());
    match (major, limit) {
        (Some(major), Some(limit)) if major >= limit => Err(Unfit::TooNew { found: found.to_owned(), limit }),
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
