//! `{placeholders}` in the arguments of a `vmm` package.
//!
//! A placeholder is a word of lowercase letters and dashes in braces; other braces (JSON, say) stand for themselves.

/// A placeholder in an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placeholder {
    /// `{image}`: the path of the kernel's image.
    Image,
    /// `{initramfs}`: the path of the initramfs.
    Initramfs,
    /// `{cmdline}`: the kernel command line.
    Cmdline,
    /// `{memory-mib}`: the size of the memory in mebibytes.
    MemoryMib,
    /// `{firmware}`: the path of the firmware's ROM.
    Firmware,
}

impl Placeholder {
    /// Every placeholder.
    pub const ALL: [Self; 5] = [Self::Image, Self::Initramfs, Self::Cmdline, Self::MemoryMib, Self::Firmware];

    /// The word between the braces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Initramfs => "initramfs",
            Self::Cmdline => "cmdline",
            Self::MemoryMib => "memory-mib",
            Self::Firmware => "firmware",
        }
    }

    /// Replaces every placeholder in an argument.
    ///
    /// What is put in is not looked at again: a cmdline may have braces.
    pub fn expand(argument: &str, mut value: impl FnMut(Self) -> String) -> String {
        let mut expanded = String::new();
        let mut done = 0;
        for (start, word) in words(argument) {
            if let Some(placeholder) = Self::ALL.into_iter().find(|p| p.as_str() == word) {
                expanded += &argument[done..start];
                expanded += &value(placeholder);
                done = start + word.len() + "{}".len();
            }
        }
        expanded + &argument[done..]
    }
}

/// The words that look like placeholders, known or not, each with the place of its opening brace.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('{').filter_map(move |(start, _)| {
        let rest = &text[start + 1..];
        let word = &rest[..rest.find('}')?];
        let good = !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        good.then_some((start, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_once() {
        let expand = |text: &str| {
            Placeholder::expand(text, |p| match p {
                Placeholder::MemoryMib => "128".to_owned(),
                other => format!("<{{cmdline}} {}>", other.as_str()),
            })
        };
        assert_eq!(expand("--memory={memory-mib}M"), "--memory=128M");
        assert_eq!(expand("{image},{cmdline}"), "<{cmdline} image>,<{cmdline} cmdline>");
        assert_eq!(expand(r#"{"a":{"b":"{memory-mib}"}}{other}{"#), r#"{"a":{"b":"128"}}{other}{"#);
    }
}
