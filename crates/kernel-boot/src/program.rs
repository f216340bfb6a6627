//! A program of this machine that is to run where nothing else of it is: with the libraries that it asks for.
//!
//! What they are, its own dynamic loader says (`ld.so(8)`, `--list`), which finds them as it would for a start and runs
//! nothing of the program.
//!
//! Deliberately absent: what a program loads while it runs (`dlopen`), and files that it reads.

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::fs;
use kernel_host::process::Command;
use object::Endianness;
use object::elf::{FileHeader64, PT_INTERP};
use object::read::elf::{FileHeader, ProgramHeader};

use crate::error::BootError;
use boot_contract::initramfs::Initramfs;

/// A program and what it needs to start.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its file.
    pub path: AbsPath,
    /// Its dynamic loader and its libraries, each once; none for one that is linked statically.
    pub libraries: Vec<AbsPath>,
}

impl Program {
    /// Finds out what a program asks for.
    ///
    /// # Errors
    /// [`BootError::NotElf`] where it is no ELF program; [`BootError::Library`] where a library of it is not there.
    pub fn inspect(path: &AbsPath, cancel: &Cancel) -> Result<Self, BootError> {
        let not_elf = |reason: String| BootError::NotElf { program: path.clone(), reason };
        let interpreter = interpreter(&fs::read(path)?).map_err(|error| not_elf(error.to_string()))?;
        let Some(interpreter) = interpreter else {
            return Ok(Self { path: path.clone(), libraries: Vec::new() });
        };
        let interpreter =
            AbsPath::new(&interpreter).map_err(|_| not_elf(format!("it asks for `{interpreter}`")))?;
        let mut list = Command::new(&interpreter);
        let said = list.arg("--list").arg(path).checked_output(cancel)?.stdout;
        let mut libraries = vec![interpreter];
        for library in listed(&said) {
            let library = library.map_err(|name| BootError::Library { program: path.clone(), name })?;
            if !libraries.contains(&library) {
                libraries.push(library);
            }
        }
        Ok(Self { path: path.clone(), libraries })
    }

    /// Adds the libraries to an initramfs, where they are here; the number of bytes that they have.
    ///
    /// One that is there already, for another program, is the same one.
    ///
    /// # Errors
    /// [`BootError`] where one cannot be read or put there.
    pub fn pack_libraries(&self, initramfs: &mut Initramfs) -> Result<u64, BootError> {
        let mut bytes = 0;
        for library in &self.libraries {
            let path = library.to_string();
            if !initramfs.has(&path) {
                let content = fs::read(library)?;
                bytes += content.len() as u64;
                initramfs.file(&path, 0o755, content)?;
            }
        }
        Ok(bytes)
    }

    /// The folders in which its libraries are, for the loader in a machine without its `ld.so.conf`; each once.
    pub fn library_path(&self) -> String {
        let mut folders: Vec<String> = Vec::new();
        for folder in self.libraries.iter().filter_map(AbsPath::parent) {
            let folder = folder.to_string();
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders.join(":")
    }
}

/// The files that a loader lists; a name where there is none.
///
/// `libc.so.6 => /lib/libc.so.6 (0x7f…)`, `/lib64/ld-linux-x86-64.so.2 (0x7f…)`, `libx.so => not found`; what has no file
/// (`linux-vdso.so.1`) is passed over.
fn listed(said: &str) -> impl Iterator<Item = Result<AbsPath, String>> {
    said.lines().filter_map(|line| {
        let line = line.trim();
        let (name, file) = line.split_once(" => ").unwrap_or((line, line));
        if file == "not found" {
            return Some(Err(name.to_owned()));
        }
        let file = file.rsplit_once(" (").map_or(file, |(file, _)| file);
        AbsPath::new(file).ok().map(Ok)
    })
}

/// The dynamic loader that an ELF program asks for.
fn interpreter(program: &[u8]) -> object::Result<Option<String>> {
    let header = FileHeader64::<Endianness>::parse(program)?;
    let endian = header.endian()?;
    for segment in header.program_headers(endian, program)? {
        if segment.p_type(endian) == PT_INTERP {
            let path = segment.data(endian, program).unwrap_or_default();
            return Ok(Some(String::from_utf8_lossy(path).trim_end_matches('\0').to_owned()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_loader_lists_is_read() {
        let said = "\tlinux-vdso.so.1 (0x00007ffe)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f3)\n\
                    \tlibz.so.1 => not found\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f4)\n\tstatically linked\n";
        let found: Vec<String> = listed(said)
            .map(|file| file.map_or_else(|name| format!("no {name}"), |file| file.to_string()))
            .collect();
        assert_eq!(found, ["/lib/x86_64-linux-gnu/libc.so.6", "no libz.so.1", "/lib64/ld-linux-x86-64.so.2"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_very_program_has_its_libraries() {
        let this = AbsPath::new(std::env::current_exe().expect("a path")).expect("an absolute path");
        let program = Program::inspect(&this, &Cancel::new()).expect("an ELF program");
        let names: Vec<_> = program.libraries.iter().filter_map(AbsPath::file_name).collect();
        assert!(names.is_empty() || names.iter().any(|name| name.starts_with("libc.")), "{names:?}");
        let mut initramfs = Initramfs::new();
        program.pack_libraries(&mut initramfs).expect("packed");
        assert_eq!(program.pack_libraries(&mut initramfs).expect("packed"), 0, "each is there once");
    }
}
