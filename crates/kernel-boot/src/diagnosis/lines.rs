//! Where an address comes from in the source: the debugging information of `vmlinux` (`CONFIG_DEBUG_INFO_DWARF…`).

use addr2line::gimli::{Dwarf, EndianSlice, RunTimeEndian, SectionId};
use object::{Object, ObjectSection};

type Slice<'a> = EndianSlice<'a, RunTimeEndian>;

/// The lines of a kernel's source, by address.
pub struct SourceLines<'a> {
    context: addr2line::Context<Slice<'a>>,
}

impl<'a> SourceLines<'a> {
    /// Reads the debugging information of an ELF file; absent where there is none, or it is compressed.
    pub fn of(image: &'a [u8]) -> Option<Self> {
        let file = object::File::parse(image).ok()?;
        file.section_by_name(".debug_line")?;
        let endian = if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let section = |id: SectionId| -> Result<Slice<'a>, object::Error> {
            let data = match file.section_by_name(id.name()) {
                Some(section) => section.data()?,
                None => &[],
            };
            Ok(EndianSlice::new(data, endian))
        };
        let dwarf = Dwarf::load(section).ok()?;
        Some(Self { context: addr2line::Context::from_dwarf(dwarf).ok()? })
    }

    /// `kernel/panic.c:300`, as the compiler was told the file's name.
    pub fn at(&self, address: u64) -> Option<String> {
        let found = self.context.find_location(address).ok()??;
        Some(format!("{}:{}", found.file?.trim_start_matches("./"), found.line?))
    }
}
