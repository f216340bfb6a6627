//! The reference of the book is made from what the program itself goes by.
//!
//! | File in `docs/reference` | From |
//! |---|---|
//! | `kernel-toml.md`, `kernel-lock.md`, `kernel-toml.schema.json` | the tables that the parser checks against |
//! | `commands.md` | the arguments' own definition |
//! | `exit-codes.md` | the constants |
//! | `../screen.svg`, `../build.svg` | runs of the program on a real tree |
//!
//! `KERNEL_TEST_BLESS=1` writes them anew; `cargo xtask docs` does that for everything that is made.

mod commands;
mod json_schema;
mod keys;
pub(crate) mod screen;

use tests::workspace_root;

/// Whether what is made is written, and not only compared.
pub(crate) fn is_written_anew() -> bool {
    std::env::var_os("KERNEL_TEST_BLESS").is_some()
}

/// Compares a file of the book with what it must be, or writes it.
fn is_current(name: &str, expected: &str) {
    is_current_but_for(name, expected, str::to_owned);
}

/// The same, where some of it differs from run to run.
fn is_current_but_for(name: &str, expected: &str, rest: impl Fn(&str) -> String) {
    let path = workspace_root().join("docs").join(name);
    if is_written_anew() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(rest(&found) == rest(expected), "docs/{name} is not current: `cargo xtask docs` writes it anew");
}
