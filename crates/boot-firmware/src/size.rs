//! Sizes as people read them.

use core::fmt;

/// A number of bytes that is shown in the largest unit that it fills: `1.2 MiB`.
///
/// Rounded to one decimal below ten, to none above: `3 KiB`, `1.2 MiB`, `128 MiB`, `512 bytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub u64);

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0..0x400 => return write!(f, "{} bytes", self.0),
            0x400..0x10_0000 => (0x400, "KiB"),
            0x10_0000..0x4000_0000 => (0x10_0000, "MiB"),
            _ => (0x4000_0000, "GiB"),
        };
        let (whole, rest) = (self.0 / unit, self.0 % unit);
        let tenths = whole.min(10) * 10 + (rest * 10 + unit / 2) / unit;
        match (tenths / 10, tenths % 10) {
            (10.., _) => write!(f, "{} {name}", whole + (rest + unit / 2) / unit),
            (few, 0) => write!(f, "{few} {name}"),
            (few, tenth) => write!(f, "{few}.{tenth} {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ByteSize;

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 1023, 1024, 3000, 10_240, 0x10_0000 - 1, 1_164_288, 128 << 20, 3 << 30, u64::MAX];
        let shown = sizes.map(|size| ByteSize(size).to_string()).join(", ");
        insta::assert_snapshot!(shown, @"0 bytes, 1023 bytes, 1 KiB, 2.9 KiB, 10 KiB, 1024 KiB, 1.1 MiB, 128 MiB, 3 GiB, 17179869184 GiB");
    }
}
