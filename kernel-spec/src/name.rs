//! Newtypes of the manifest.

use std::fmt;

/// A text that cannot be a name in a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a name: expected letters, digits, `-` and `_`, starting with a letter")]
pub struct NameError(pub String);

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Shape: ASCII letters, digits, `-` and `_`, starting with a letter; it becomes a folder's name.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks and wraps a name.
            ///
            /// # Errors
            /// [`NameError`] where the text has another shape.
            pub fn new(text: &str) -> Result<Self, NameError> {
                let good = text.starts_with(|c: char| c.is_ascii_alphabetic())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
                if good { Ok(Self(text.into())) } else { Err(NameError(text.to_owned())) }
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// The name of a `[kernel.*]` table.
    KernelName
}
name! {
    /// The name of a `[source.*]` table.
    SourceName
}
name! {
    /// The name of a `[vm.*]` table.
    VmName
}

/// The architecture of a guest, by Rust's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arch {
    /// `x86_64`.
    X86_64,
    /// `aarch64`.
    Aarch64,
    /// `riscv64`.
    Riscv64,
    /// `arm`.
    Arm,
}

impl Arch {
    /// Every architecture.
    pub const ALL: [Self; 4] = [Self::X86_64, Self::Aarch64, Self::Riscv64, Self::Arm];

    /// The architecture of that name: what `std::env::consts::ARCH` says, and a manifest.
    pub fn from_rust_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|arch| arch.rust_name() == name)
    }

    /// Rust's name: what a manifest says.
    pub fn rust_name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
            Self::Riscv64 => "riscv64",
            Self::Arm => "arm",
        }
    }

    /// The kernel's name: what `make ARCH=` is given.
    pub fn kernel_name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "arm64",
            Self::Riscv64 => "riscv",
            Self::Arm => "arm",
        }
    }

    /// The kernel's folder `arch/<dir>`, which is also Kconfig's SRCARCH.
    pub fn src_arch(self) -> &'static str {
        match self {
            Self::X86_64 => "x86",
            Self::Aarch64 => "arm64",
            Self::Riscv64 => "riscv",
            Self::Arm => "arm",
        }
    }

    /// The Rust target whose C compiler compiles a kernel for it.
    pub fn rust_target(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Aarch64 => "aarch64-unknown-linux-gnu",
            Self::Riscv64 => "riscv64gc-unknown-linux-gnu",
            Self::Arm => "arm-unknown-linux-gnueabihf",
        }
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rust_name())
    }
}

/// A SHA-256 digest. Displays as 64 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// Parses 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

/// A size in bytes, written `128MiB` in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

impl ByteSize {
    /// Whole mebibytes, rounded up.
    pub fn mib(self) -> u64 {
        self.0.div_ceil(1 << 20)
    }
}

/// A text that is not a size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a size: expected a number with `KiB`, `MiB` or `GiB`, such as `128MiB`")]
pub struct SizeError(pub String);

const UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl SizeError {
    /// The unit that was meant, where it is plain: `128M`, `128 MB`, `128mib`.
    pub(crate) fn hint(&self) -> Option<String> {
        let digits = self.0.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = match self.0[digits.len()..].trim().to_ascii_lowercase().as_str() {
            "g" | "gb" | "gib" => "GiB",
            "m" | "mb" | "mib" => "MiB",
            "k" | "kb" | "kib" => "KiB",
            _ => return None,
        };
        let meant = format!("{digits}{unit}");
        meant.parse::<ByteSize>().is_ok().then(|| format!("write `{meant}`"))
    }
}

impl std::str::FromStr for ByteSize {
    type Err = SizeError;

    /// Parses `128MiB`, `1GiB`, `512KiB`, or a number of bytes.
    fn from_str(text: &str) -> Result<Self, SizeError> {
        let (digits, unit) = UNITS
            .iter()
            .find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)))
            .unwrap_or((text, 1));
        let number = Some(digits)
            .filter(|d| d.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|d| d.parse::<u64>().ok());
        number.and_then(|n| n.checked_mul(unit)).map(Self).ok_or_else(|| SizeError(text.to_owned()))
    }
}

impl fmt::Display for ByteSize {
    /// With the largest unit that divides it: `128MiB`, `1GiB`, `1000B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) =
            UNITS.into_iter().find(|(_, unit)| self.0.is_multiple_of(*unit)).unwrap_or(("B", 1));
        match self.0 {
            0 => f.write_str("0B"),
            bytes => write!(f, "{}{name}", bytes / unit),
        }
    }
}

/// The promise about a kernelrelease: exact (`6.12.117-guest`), or with `{version}` in the place of the kernelversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModDirVersion(pub Box<str>);

impl ModDirVersion {
    /// The kernelrelease that it promises for a kernelversion as `make kernelversion` says it (`6.12.0`).
    pub fn expect(&self, kernelversion: &str) -> String {
        self.0.replace("{version}", kernelversion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes, shown) in [
            ("128MiB", 128 << 20, "128MiB"),
            ("1024MiB", 1 << 30, "1GiB"),
            ("4096", 4096, "4KiB"),
            ("1000B", 1000, "1000B"),
            ("0", 0, "0B"),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)));
            assert_eq!(ByteSize(bytes).to_string(), shown);
        }
        for (text, hint) in [
            ("128M", Some("write `128MiB`")),
            ("1 GB", Some("write `1GiB`")),
            ("64kib", Some("write `64KiB`")),
            ("much", None),
            ("", None),
            ("-1MiB", None),
            ("99999999999999999GiB", None),
        ] {
            let error = text.parse::<ByteSize>().expect_err(text);
            assert_eq!(error.hint().as_deref(), hint, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn sizes_round_trip(bytes: u64) {
            proptest::prop_assert_eq!(ByteSize(bytes).to_string().parse(), Ok(ByteSize(bytes)));
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".*") {
            let size = text.parse::<ByteSize>();
            let _ = (size.map_err(|error| error.hint()), Sha256::from_hex(&text), KernelName::new(&text));
        }
    }
}
