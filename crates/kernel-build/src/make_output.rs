//! What make says while it works.
//!
//! kbuild's short form has one line for each thing that it makes (`scripts/Kbuild.include`, `kecho`):
//!
//! ```text
//!   CC      init/main.o
//!   LD [M]  drivers/a.ko
//! ```

/// The thing that a line of kbuild's short form is about: `init/main.o`.
pub(crate) fn object_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("  ")?;
    let (verb, rest) = rest.split_once(' ')?;
    let is_verb = verb.len() >= 2
        && verb
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'+'))
        && verb.starts_with(|c: char| c.is_ascii_uppercase());
    let thing = rest.trim_start().strip_prefix("[M]").unwrap_or(rest).trim();
    (is_verb && !thing.is_empty()).then_some(thing)
}

/// How many such lines a whole build of a config with this many symbols that are `y` will say, roughly.
///
/// Measured with 6.12 for x86_64: 460 symbols made 1204 lines, 532 about 1390. Only for the first build of a tree; the
/// next one knows.
pub(crate) fn estimated_objects(symbols_on: usize) -> u64 {
    (symbols_on as u64) * 13 / 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_counted() {
        let table = [
            ("  CC      init/main.o", Some("init/main.o")),
            ("  LD [M]  drivers/a.ko", Some("drivers/a.ko")),
            ("  HOSTCC  scripts/kconfig/conf.o", Some("scripts/kconfig/conf.o")),
            ("  KSYMS   .tmp_vmlinux1.kallsyms.S", Some(".tmp_vmlinux1.kallsyms.S")),
            ("Kernel: arch/x86/boot/bzImage is ready  (#1)", None),
            ("   12 |  int x = y;", None),
            ("make[1]: Entering directory '/o'", None),
            ("  a note", None),
            ("", None),
        ];
        for (line, expect) in table {
            assert_eq!(object_of(line), expect, "{line:?}");
        }
    }
}
