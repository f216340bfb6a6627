//! Headers and libraries.
//!
//! For each header that an included one includes, every directory of headers is looked at, so that one that appears
//! where the compiler looks first is noticed, too; likewise the parts of the C library in every directory of libraries.

use std::collections::BTreeSet;

use super::{Identities, Said, searched};
use crate::inputs::{Outside as _, Unlisted};

/// What a plain program is linked with.
const C_LIBRARY: [&str; 24] = [
    "crt1.o",
    "Scrt1.o",
    "rcrt1.o",
    "gcrt1.o",
    "crti.o",
    "crtn.o",
    "crtbegin.o",
    "crtbeginS.o",
    "crtbeginT.o",
    "crtend.o",
    "crtendS.o",
    "libc.a",
    "libc.so",
    "libc.so.6",
    "libc_nonshared.a",
    "libgcc.a",
    "libgcc_eh.a",
    "libgcc_s.so",
    "libgcc_s.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "ld-linux-armhf.so.3",
    "ld-linux.so.3",
    "ld-linux-riscv64-lp64d.so.1",
];

/// Where linkers look by themselves.
const LINKER_PLACES: [&str; 8] = [
    "/usr/local/lib",
    "/usr/lib",
    "/lib",
    "/usr/lib64",
    "/lib64",
    "/usr/lib32",
    "/lib32",
    "/usr/local/lib64",
];

impl Identities<'_> {
    /// Every file that could be one of the headers, of the files that are asked for, and of the C library.
    pub(super) fn ask_libraries(
        &self,
        compiler: &str,
        options: &[String],
        names: &[String],
        asked: &[String],
    ) -> Said {
        let path = self.program(compiler).ok_or_else(|| Unlisted(format!("`{compiler}` is not there")))?;
        let program = path.to_string();
        let with = |more: &[&str]| {
            let mut args: Vec<&str> = options.iter().map(String::as_str).collect();
            args.extend(more);
            self.run_anyhow(&program, &args)
        };
        let mut header_places: BTreeSet<String> = BTreeSet::new();
        let mut headers: BTreeSet<String> = names.iter().cloned().collect();
        for name in names {
            // Where a header is missing, the list is of use all the same: it names what was looked for.
            let listed = with(&["-v", "-M", "-MG", "-x", "c", "-include", name, "/dev/null"])?;
            let verbose = String::from_utf8_lossy(&listed.stderr).into_owned();
            if !verbose.contains("search starts here:") {
                return Err(Unlisted(format!("`{compiler}` does not tell where it looks for headers")));
            }
            let absent = verbose.lines().filter_map(|line| {
                line.strip_prefix("ignoring nonexistent directory \"")
                    .map(|absent| absent.trim_end_matches('"'))
            });
            header_places.extend(absent.chain(searched(&verbose)).map(str::to_owned));
            for word in String::from_utf8_lossy(&listed.stdout).split_ascii_whitespace() {
                let inside = header_places.iter().filter_map(|place| word.strip_prefix(place.as_str()));
                match inside.min_by_key(|rest| rest.len()) {
                    Some(rest) => headers.insert(rest.trim_start_matches('/').to_owned()),
                    None if word.starts_with('/') || word.ends_with([':', '\\']) => false,
                    // It is nowhere.
                    None => headers.insert(word.to_owned()),
                };
            }
        }
        let mut library_places: Vec<String> = LINKER_PLACES.map(str::to_owned).to_vec();
        let told = with(&["-print-search-dirs"])?;
        if !told.status.success() {
            return Err(Unlisted(format!("`{compiler} -print-search-dirs` failed")));
        }
        for line in String::from_utf8_lossy(&told.stdout).lines() {
            if let Some(("libraries", places)) = line.split_once(": =") {
                library_places.extend(places.split(':').map(str::to_owned));
            }
        }
        let mut files = BTreeSet::new();
        let here = self.env.current_dir();
        for place in &header_places {
            files.extend(headers.iter().map(|name| here.join(place).join(name).to_string()));
        }
        for place in &library_places {
            let wanted = C_LIBRARY.iter().copied().chain(asked.iter().map(String::as_str));
            files.extend(wanted.map(|name| here.join(place).join(name).to_string()));
        }
        Ok(files.into_iter().collect())
    }
}
