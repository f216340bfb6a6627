//! Until when an allowance holds: a version of the kernel, or a day.
//!
//! Deliberately absent: the clock. Whoever has one says what day it is.

use std::fmt;

use crate::version::{KernelVersion, VersionReq};

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

impl Day {
    /// The day of a date of the Gregorian calendar; `None` where there is no such day.
    pub fn from_date(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let february = if leap { 29 } else { 28 };
        let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let before = lengths.iter().take(usize::from(month).checked_sub(1)?).sum::<i64>();
        let length = *lengths.get(usize::from(month) - 1)?;
        let (year, day) = (i64::from(year), i64::from(day));
        // Leap days of whole years before this one.
        let leaps =
            |year: i64| (year - 1).div_euclid(4) - (year - 1).div_euclid(100) + (year - 1).div_euclid(400);
        (1..=length)
            .contains(&day)
            .then(|| Self((year - 1970) * 365 + leaps(year) - leaps(1970) + before + day - 1))
    }
}

/// Until when something holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Until {
    /// `until = "6.13"`: for trees before that version.
    Version {
        /// As written.
        text: Box<str>,
        /// What a tree must satisfy.
        before: VersionReq,
    },
    /// `until = 2027-01-31`: through that day.
    Date {
        /// As written.
        text: Box<str>,
        /// The last day.
        last: Day,
    },
}

impl Until {
    /// Parses a version.
    ///
    /// # Errors
    /// A message where it is none.
    pub fn version(text: &str) -> Result<Self, String> {
        let before = format!("<{text}").parse::<VersionReq>();
        let is_one = text.parse::<KernelVersion>().is_ok();
        match before {
            Ok(before) if is_one => Ok(Self::Version { text: text.into(), before }),
            _ => {
                Err(format!("`{text}` is neither a version nor a date: expected `\"6.13\"` or `2027-01-31`"))
            }
        }
    }

    /// Whether it still holds.
    pub fn holds(&self, version: &KernelVersion, today: Day) -> bool {
        match self {
            Self::Version { before, .. } => before.matches(version),
            Self::Date { last, .. } => today <= *last,
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { text, .. } | Self::Date { text, .. } => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for (date, day) in [
            ((1970, 1, 1), Some(0)),
            ((1970, 3, 1), Some(59)),
            ((2000, 2, 29), Some(11016)),
            ((2026, 11, 27), Some(20784)),
            ((2024, 12, 31), Some(20088)),
            ((2023, 2, 29), None),
            ((2023, 13, 1), None),
            ((2023, 0, 1), None),
        ] {
            let (year, month, number) = date;
            assert_eq!(Day::from_date(year, month, number), day.map(Day), "{date:?}");
        }
    }

    #[test]
    fn a_version_is_the_first_that_it_does_not_hold_for() {
        let until = Until::version("6.13").expect("a version");
        let holds = |version: &str| until.holds(&version.parse().expect("a version"), Day(0));
        assert!(holds("6.12.99") && !holds("6.13.0") && !holds("6.14"));
        insta::assert_snapshot!(Until::version("soon").expect_err("no version"), @"`soon` is neither a version nor a date: expected `\"6.13\"` or `2027-01-31`");
    }
}
