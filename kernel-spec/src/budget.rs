//! What a VM may take: time to boot, bytes of its image, memory, symbols.
//!
//! A limit is how much more than the value that was last accepted (`"10%"`), or the most that there may be (`"400ms"`,
//! `"12MiB"`, `"800"`). Figures are whole numbers: microseconds, bytes, symbols.
//!
//! Deliberately absent: what was accepted; it stands in a file beside the manifest, which programs write.

use std::fmt;

use crate::{ByteSize, Spanned};

/// `budget` of a `[vm.*]`: a limit for each figure that has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// In the order of [`Figure::ALL`].
    pub limits: Vec<(Figure, Spanned<Limit>)>,
    /// `runs`: how many boots are measured; default 5.
    pub runs: u64,
}

/// What is measured of a VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// `boot-time`: until the init is ready, or the marker appears.
    BootTime,
    /// `image-size`: what of the image is loaded, or the file where it is compressed.
    ImageSize,
    /// `memory`: what of the machine's memory is not available when the init is ready.
    Memory,
    /// `symbols`: those of the `.config` that are `y` or `m`.
    Symbols,
}

impl Figure {
    /// Every figure.
    pub const ALL: [Self; 4] = [Self::BootTime, Self::ImageSize, Self::Memory, Self::Symbols];

    /// Its key in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BootTime => "boot-time",
            Self::ImageSize => "image-size",
            Self::Memory => "memory",
            Self::Symbols => "symbols",
        }
    }

    /// A value as people read it.
    pub fn show(self, value: u64) -> String {
        match self {
            Self::BootTime => format!("{}.{:01} ms", value / 1000, value % 1000 / 100),
            Self::ImageSize | Self::Memory => {
                let tenths = value.saturating_mul(10).div_ceil(1 << 10);
                format!("{}.{} KiB", tenths / 10, tenths % 10)
            }
            Self::Symbols => value.to_string(),
        }
    }
}

/// How much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many percent more than what was accepted.
    Growth(u32),
    /// At most so much.
    AtMost(u64),
}

/// A text that is no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no limit for `{}`: expected a growth such as `10%`, or {}", .figure.as_str(), most(*.figure))]
pub struct LimitError {
    /// The text.
    pub found: String,
    /// What it should limit.
    pub figure: Figure,
}

fn most(figure: Figure) -> &'static str {
    match figure {
        Figure::BootTime => "a time such as `400ms` or `2s`",
        Figure::ImageSize | Figure::Memory => "a size such as `12MiB`",
        Figure::Symbols => "a number such as `800`",
    }
}

impl Limit {
    /// Reads the limit of a figure.
    ///
    /// # Errors
    /// [`LimitError`].
    pub fn parse(figure: Figure, text: &str) -> Result<Self, LimitError> {
        let number = |digits: &str| {
            let good = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u64>().ok().filter(|_| good)
        };
        let growth =
            text.strip_suffix('%').map(|percent| number(percent).and_then(|n| u32::try_from(n).ok()));
        let limit = match (growth, figure) {
            (Some(percent), _) => percent.map(Self::Growth),
            (None, Figure::BootTime) => {
                let units = [("ms", 1_000), ("s", 1_000_000)];
                let found = units.iter().find_map(|(unit, micros)| Some((text.strip_suffix(unit)?, *micros)));
                let micros = found.and_then(|(digits, micros)| number(digits)?.checked_mul(micros));
                micros.map(Self::AtMost)
            }
            (None, Figure::ImageSize | Figure::Memory) => {
                text.parse::<ByteSize>().ok().map(|size| Self::AtMost(size.0))
            }
            (None, Figure::Symbols) => number(text).map(Self::AtMost),
        };
        limit.ok_or_else(|| LimitError { found: text.to_owned(), figure })
    }

    /// The most that there may be, where that is known.
    pub fn most(self, accepted: Option<u64>) -> Option<u64> {
        match self {
            Self::AtMost(most) => Some(most),
            Self::Growth(percent) => {
                let more = accepted.map(|value| u128::from(value) * u128::from(percent) / 100);
                let sum = more.zip(accepted).map(|(more, value)| u128::from(value) + more);
                sum.map(|sum| u64::try_from(sum).unwrap_or(u64::MAX))
            }
        }
    }

    /// As a manifest has it.
    pub fn show(self, figure: Figure) -> impl fmt::Display {
        match self {
            Self::Growth(percent) => format!("{percent}% more"),
            Self::AtMost(most) => format!("at most {}", figure.show(most)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        let parse = |figure, text| Limit::parse(figure, text);
        assert_eq!(parse(Figure::BootTime, "10%"), Ok(Limit::Growth(10)));
        assert_eq!(parse(Figure::BootTime, "400ms"), Ok(Limit::AtMost(400_000)));
        assert_eq!(parse(Figure::BootTime, "2s"), Ok(Limit::AtMost(2_000_000)));
        assert_eq!(parse(Figure::Memory, "12MiB"), Ok(Limit::AtMost(12 << 20)));
        assert_eq!(parse(Figure::Symbols, "800"), Ok(Limit::AtMost(800)));
        let said = |figure, text| parse(figure, text).expect_err("no limit").to_string();
        insta::assert_snapshot!(said(Figure::BootTime, "fast"), @"`fast` is no limit for `boot-time`: expected a growth such as `10%`, or a time such as `400ms` or `2s`");
        insta::assert_snapshot!(said(Figure::ImageSize, "-1%"), @"`-1%` is no limit for `image-size`: expected a growth such as `10%`, or a size such as `12MiB`");
        insta::assert_snapshot!(said(Figure::Symbols, "1.5"), @"`1.5` is no limit for `symbols`: expected a growth such as `10%`, or a number such as `800`");
        for text in ["", "%", "ms", "99999999999999999999s", "5000000000%"] {
            assert!(parse(Figure::BootTime, text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_most_that_there_may_be() {
        assert_eq!(Limit::Growth(10).most(Some(1000)), Some(1100));
        assert_eq!(Limit::Growth(0).most(Some(7)), Some(7));
        assert_eq!(Limit::Growth(10).most(None), None);
        assert_eq!(Limit::Growth(u32::MAX).most(Some(u64::MAX)), Some(u64::MAX));
        assert_eq!(Limit::AtMost(5).most(None), Some(5));
        assert_eq!(Figure::BootTime.show(412_345), "412.3 ms");
        assert_eq!(Figure::ImageSize.show(10 << 20), "10240.0 KiB");
    }
}
