//! `System.map`: which symbol an address lies in.

/// The symbols of a kernel's code, by address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    code: Vec<(u64, String)>,
    end: u64,
}

impl Symbols {
    /// Reads a `System.map`: lines of address, type (`nm`'s letter) and name.
    ///
    /// Of symbols at one address the first global one stays: `T` before `t`, for aliases of the compiler's are local. What
    /// is no such line is passed over.
    pub fn parse(text: &str) -> Self {
        let mut code: Vec<(u64, bool, &str)> = Vec::new();
        let mut end = 0;
        for line in text.lines() {
            let mut words = line.split_ascii_whitespace();
            let (Some(address), Some(kind), Some(name)) = (words.next(), words.next(), words.next()) else {
                continue;
            };
            let Ok(address) = u64::from_str_radix(address, 16) else { continue };
            match (kind, name) {
                (_, "_etext" | "_einittext") => end = end.max(address),
                ("T" | "t" | "W" | "w", _) => code.push((address, matches!(kind, "t" | "w"), name)),
                _ => {}
            }
        }
        code.sort_by_key(|(address, is_local, _)| (*address, *is_local));
        code.dedup_by_key(|(address, ..)| *address);
        let last = code.last().map_or(0, |(address, ..)| address + 1);
        let code = code.into_iter().map(|(address, _, name)| (address, name.to_owned())).collect();
        Self { code, end: end.max(last) }
    }

    /// The symbol that an address of the image lies in, and how far; absent for what is no code of the kernel.
    pub fn at(&self, address: u64) -> Option<(&str, u64)> {
        if address >= self.end {
            return None;
        }
        let index = self.code.partition_point(|(start, _)| *start <= address).checked_sub(1)?;
        let (start, name) = &self.code[index];
        Some((name, address - start))
    }

    /// The address of a symbol; absent where there is none of that name.
    pub fn address(&self, name: &str) -> Option<u64> {
        self.code.iter().find(|(_, found)| found == name).map(|(address, _)| *address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_lies_in_the_symbol_before_it() {
        let map = "0000000000000000 D __per_cpu_start\nffffffff81000000 T _text\nffffffff81000000 t alias\n\
                   ffffffff81000010 t panic\nffffffff81000200 T _etext\nffffffff81400000 D data\nno line\n";
        let symbols = Symbols::parse(map);
        let at = |address| symbols.at(address).map(|(name, offset)| format!("{name}+{offset:#x}"));
        assert_eq!(at(0xffff_ffff_8100_0000).as_deref(), Some("_text+0x0"));
        assert_eq!(at(0xffff_ffff_8100_001c).as_deref(), Some("panic+0xc"));
        assert_eq!(at(0xffff_ffff_8140_0000), None);
        assert_eq!(at(0x10), None);
        assert_eq!(symbols.address("panic"), Some(0xffff_ffff_8100_0010));
        assert_eq!(Symbols::parse("").at(1), None);
    }
}
