//! The files of a run: `.config` and what stands in for it.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use kconfig::config_file::{Inputs, Reader, Standing, UnknownSymbols, config, generated, touched};
use kconfig::tree::Tree as _;

use super::{Ended, Run};
use crate::options::Log;

impl Run<'_> {
    /// An empty name is one: of a file that is not there and cannot be written.
    pub(super) fn config_file(&self) -> String {
        self.disk.env("KCONFIG_CONFIG").unwrap_or_else(|| ".config".to_owned())
    }

    /// Prints what evaluation had to say.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().write_all(&self.evaluator.take_warnings())
    }

    /// Reads answers and computes what they amount to.
    pub(super) fn read(&mut self, file: &str, text: &[u8]) -> io::Result<()> {
        let answers = Reader { file, prefix: &self.prefix, unknown: self.unknown() }
            .read_and_settle(text, &mut self.evaluator);
        self.standing = answers.standing;
        self.warned |= !answers.warnings.is_empty();
        io::stderr().lock().write_all(&answers.warnings)
    }

    fn read_only(&mut self, file: &str, text: &[u8]) -> io::Result<()> {
        let reader = Reader { file, prefix: &self.prefix, unknown: self.unknown() };
        let warnings = reader.read(text, &mut self.evaluator);
        self.warned |= !warnings.is_empty();
        io::stderr().lock().write_all(&warnings)
    }

    fn unknown(&self) -> UnknownSymbols {
        match self.disk.env("KCONFIG_WARN_UNKNOWN_SYMBOLS") {
            Some(_) => UnknownSymbols::Reported,
            None => UnknownSymbols::Ignored,
        }
    }

    /// The `.config`, or the first default configuration that exists.
    pub(super) fn read_config(&mut self) -> io::Result<()> {
        let file = self.config_file();
        let named = if file.is_empty() { None } else { self.disk.open(&file)? };
        if let Some(text) = named {
            return self.read(&file, &text);
        }
        let list = self.disk.env("KCONFIG_DEFCONFIG_LIST").unwrap_or_default();
        for file in list.split([' ', '\t', '\n']).filter(|file| !file.is_empty()) {
            if let Ok(Some(text)) = self.disk.open(file) {
                self.log(&format!("using defaults found in {file}"))?;
                self.read(file, &text)?;
                // There is a .config to be written, whatever this one says.
                self.standing = Standing::Changed;
                return Ok(());
            }
        }
        Ok(())
    }

    /// What `KCONFIG_ALLCONFIG` names; empty or `1` stands for the mode's own file, then `all.config`.
    pub(super) fn read_all_config(&mut self, own: &str) -> Result<(), Ended> {
        let Some(name) = self.disk.env("KCONFIG_ALLCONFIG") else { return Ok(()) };
        if !name.is_empty() && name != "1" {
            return match self.disk.open(&name) {
                Ok(Some(text)) => Ok(self.read_only(&name, &text)?),
                _ => self.fail(&format!("*** Can't read seed configuration \"{name}\"!")),
            };
        }
        for file in [own, "all.config"] {
            if let Ok(Some(text)) = self.disk.open(file) {
                return Ok(self.read_only(file, &text)?);
            }
        }
        self.fail(&format!("*** KCONFIG_ALLCONFIG set, but no \"{own}\" or \"all.config\" file found"))
    }

    fn log(&self, what: &str) -> io::Result<()> {
        if self.log == Log::Normal { writeln!(io::stdout().lock(), "#\n# {what}\n#") } else { Ok(()) }
    }

    pub(super) fn write_config(&mut self) -> Result<(), Ended> {
        let file = self.config_file();
        let path = Path::new(&file);
        if file.is_empty() {
            writeln!(io::stderr(), "config name is empty")?;
            return self.fail("\n*** Error during writing of the configuration.\n");
        }
        if path.is_dir() {
            writeln!(io::stderr(), "{file}: Is a directory")?;
            return self.fail("\n*** Error during writing of the configuration.\n");
        }
        let text = config(&mut self.evaluator, &self.prefix);
        self.flush()?;
        // Whoever has the file overwritten in its place has it overwritten by the same, too.
        let overwrites = self.disk.env("KCONFIG_OVERWRITECONFIG").is_some_and(|value| !value.is_empty());
        if !overwrites && std::fs::read(path).is_ok_and(|before| before == text) {
            return Ok(self.log(&format!("No change to {file}"))?);
        }
        if install(path, &text, overwrites).is_err() {
            return self.fail("\n*** Error during writing of the configuration.\n");
        }
        Ok(self.log(&format!("configuration written to {file}"))?)
    }
}

impl Run<'_> {
    /// Writes what the build reads instead of the `.config`; `auto.conf` last, so that a run that is cut short is
    /// repeated.
    pub(super) fn write_generated(&mut self) -> Result<(), Ended> {
        let path = |variable: &str, usual: &str| self.disk.env(variable).unwrap_or_else(|| usual.to_owned());
        let auto_conf = self.auto_conf();
        let autoconf_h = path("KCONFIG_AUTOHEADER", "include/generated/autoconf.h");
        let rustc_cfg = path("KCONFIG_RUSTCCFG", "include/generated/rustc_cfg");
        let model = &self.loaded.model;
        let inputs = Inputs { auto_conf: &auto_conf, files: &model.files, env: &self.loaded.env_used };
        let written = replace(&format!("{auto_conf}.cmd"), &inputs.auto_conf_cmd(model.rules.commands))
            .and_then(|()| self.touch(&auto_conf))
            .and_then(|()| {
                let texts = generated(&mut self.evaluator, &self.prefix);
                self.flush()?;
                replace(&autoconf_h, &texts.autoconf_h)?;
                replace(&rustc_cfg, &texts.rustc_cfg)?;
                replace(&auto_conf, &texts.auto_conf)
            });
        match written {
            Ok(()) => Ok(()),
            Err(_) => self.fail("\n*** Error during sync of the configuration.\n"),
        }
    }

    /// The path of `auto.conf`.
    pub(super) fn auto_conf(&self) -> String {
        self.disk.env("KCONFIG_AUTOCONFIG").unwrap_or_else(|| "include/config/auto.conf".to_owned())
    }

    /// Touches a file for each symbol that changed.
    fn touch(&mut self, auto_conf: &str) -> io::Result<()> {
        let old = std::fs::read(auto_conf).ok();
        let touched = touched(&mut self.evaluator, auto_conf, old.as_deref(), &self.prefix);
        io::stderr().lock().write_all(&touched.warnings)?;
        self.flush()?;
        let folder = Path::new(auto_conf).parent().unwrap_or(Path::new(""));
        for name in touched.names {
            std::fs::write(folder.join(OsStr::from_bytes(name.as_bytes())), "")?;
        }
        Ok(())
    }
}

/// Writes a file beside the one that it replaces.
fn replace(path: &str, text: &[u8]) -> io::Result<()> {
    if let Some(parent) = Path::new(path).parent() {
        std::fs::create_dir_all(parent)?;
    }
    let new = format!("{path}.tmp");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, path).inspect_err(|error| {
        let _ = writeln!(io::stderr(), "rename: {}", reason(error));
    })
}

/// What the system says, without the number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Puts a file in place of the one that is there, which becomes `.old`; or writes into it.
fn install(path: &Path, text: &[u8], into: bool) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    if into {
        return std::fs::write(path, text);
    }
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    let new = beside(&format!(".{}.tmp", std::process::id()));
    std::fs::write(&new, text)?;
    if path.exists() {
        std::fs::rename(path, beside(".old"))?;
    }
    std::fs::rename(&new, path)
}
