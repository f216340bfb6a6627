//! The reference of the book is made from what the program itself goes by.
//!
//! | File in `docs/reference` | From |
//! |---|---|
//! | `kernel-toml.md`, `kernel-lock.md`, `kernel-toml.schema.json` | the tables that the parser checks against |
//! | `commands.md` | the arguments' own definition |
//! | `exit-codes.md` | the constants |
//! | `../screen.svg` | a run of the program on a real tree |
//!
//! `KERNEL_TEST_BLESS=1` writes them anew; `cargo xtask docs` does that for everything that is made.

mod commands;
mod json_schema;
mod keys;
mod screen;

use tests::workspace_root;

/// Compares a file of the book with what it must be, or writes it.
fn is_current(name: &str, expected: &str) {
    let path = workspace_root().join("docs").join(name);
    if std::env::var_os("KERNEL_TEST_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/{name} is not current: `cargo xtask docs` writes it anew");
}
