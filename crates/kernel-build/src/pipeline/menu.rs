//! The source tree's own menus, on a copy of a kernel's `.config`.

use kernel_host::fs;
use kernel_host::process::Command;

use super::Pipeline;
use crate::environment;
use crate::error::BuildError;
use crate::options::Menu;

/// What a program on a terminal wants to know beside what make does.
const OF_TERMINALS: [&str; 4] = ["TERM", "COLUMNS", "LINES", "LC_CTYPE"];

impl Pipeline<'_> {
    /// Runs a menu of the tree in a folder of its own, with this terminal; what the `.config` then is.
    pub(crate) fn menu(&self, menu: Menu, config: &str) -> Result<String, BuildError> {
        let toolchain = self.toolchain()?;
        let tree = self.tree_of(self.own_tree(), &toolchain)?;
        fs::create_dir_all(&self.work.directory)?;
        let scratch = fs::temp_dir_in(&self.work.directory, "menu-")?;
        let file = scratch.path().join(".config");
        fs::write_atomic(&file, config.as_bytes())?;
        let mut command = Command::new(&toolchain.make);
        environment::confine(&mut command, self.env);
        for name in OF_TERMINALS {
            if let Some(value) = self.env.get(name) {
                command.env(name, value);
            }
        }
        command
            .args(["--no-print-directory", "-s", "-C"])
            .arg(&tree.path)
            .arg(format!("O={}", scratch.path()));
        command.args(toolchain.make_vars()).arg(menu.as_str());
        let status = command.interactive(self.cancel)?;
        if !status.success() {
            return Err(command.failed(status, Vec::new()).into());
        }
        Ok(fs::read_to_string(&file)?)
    }
}
