//! One run of `conf`: parse, read, fill in, write.
//!
//! Messages, their streams and exit codes are `conf`'s.

use std::io::{self, Write};
use std::path::Path;

use kconfig::Tristate;
use kconfig::config_file::{Reader, UnknownSymbols, config, minimal_config};
use kconfig::eval::Evaluator;
use kconfig::model::{self, Model, Rules};
use kconfig::modes::{self, Fill};
use kconfig::syntax::{self, Dialect, Message, MessageKind};
use kconfig::tree::Tree as _;

use crate::disk::Disk;
use crate::options::{Log, Mode, Options};

/// Why a run ends early; what is to be said has been said.
pub(crate) struct Ended(pub(crate) i32);

impl From<io::Error> for Ended {
    fn from(_: io::Error) -> Self {
        Self(1)
    }
}

/// Parses, then runs one mode.
pub(crate) fn run(options: &Options, disk: &Disk) -> Result<(), Ended> {
    let model = load(disk, &options.kconfig)?;
    run_on(&model, options, disk)
}

/// Runs one mode on a tree that is parsed already.
pub(crate) fn run_on(model: &Model, options: &Options, disk: &Disk) -> Result<(), Ended> {
    let prefix = disk.env("CONFIG_").unwrap_or_else(|| "CONFIG_".to_owned());
    let evaluator = Evaluator::new(model);
    let mut run = Run { evaluator, disk, log: options.log, prefix, warned: false };
    run.mode(&options.mode)
}

/// Parses a tree and says what is strange about it.
pub(crate) fn load(disk: &Disk, kconfig: &str) -> Result<Model, Ended> {
    let refused = |what: String| {
        let _ = writeln!(io::stderr(), "{what}");
        Ended(1)
    };
    let dialect = Dialect::of(disk).map_err(refused)?;
    let rules = Rules::of(disk).map_err(refused)?;
    disk.look_ahead(kconfig, dialect);
    let ast = match syntax::parse(disk, kconfig, dialect) {
        Ok(ast) => ast,
        Err(failed) => {
            say(&failed.messages)?;
            return Err(Ended(failed.status));
        }
    };
    let mut model = model::build(&ast, rules);
    model::check(&mut model);
    model::cycles(&mut model);
    say(&ast.messages)?;
    say(&model.messages)?;
    if model.messages.iter().any(|message| message.kind == MessageKind::Error) {
        return Err(Ended(1));
    }
    Ok(model)
}

fn say(messages: &[Message]) -> io::Result<()> {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    for message in messages {
        let text = message.text.as_bytes();
        match message.kind {
            MessageKind::Info => out.write_all(&[text, b"\n"].concat())?,
            MessageKind::Warning | MessageKind::Error => err.write_all(&[text, b"\n"].concat())?,
            MessageKind::Probe => err.write_all(text)?,
        }
    }
    Ok(())
}

struct Run<'m> {
    evaluator: Evaluator<'m>,
    disk: &'m Disk,
    log: Log,
    /// What stands before each symbol: `CONFIG_`.
    prefix: String,
    /// Whether reading has warned.
    warned: bool,
}

impl Run<'_> {
    fn mode(&mut self, mode: &Mode) -> Result<(), Ended> {
        match mode {
            Mode::Def(file) => match self.disk.open(file)? {
                Some(text) => self.read(file, &text)?,
                None => {
                    return self.fail(&format!("***\n*** Can't find default configuration \"{file}\"!\n***"));
                }
            },
            Mode::OldDef
            | Mode::SaveDef(_)
            | Mode::ListNew
            | Mode::YesToMod
            | Mode::ModToYes
            | Mode::ModToNo => {
                self.read_config()?;
            }
            Mode::AllNo => self.read_all_config("allno.config")?,
            Mode::AllYes => self.read_all_config("allyes.config")?,
            Mode::AllMod => self.read_all_config("allmod.config")?,
            Mode::AllDef => self.read_all_config("alldef.config")?,
        }
        if self.warned && self.disk.env("KCONFIG_WERROR").is_some() {
            return Err(Ended(1));
        }
        match mode {
            Mode::AllNo => modes::fill(&mut self.evaluator, Fill::No),
            Mode::AllYes => modes::fill(&mut self.evaluator, Fill::Yes),
            Mode::AllMod => modes::fill(&mut self.evaluator, Fill::Module),
            Mode::YesToMod => modes::change_answers(&mut self.evaluator, Tristate::Y, Tristate::M),
            Mode::ModToYes => modes::change_answers(&mut self.evaluator, Tristate::M, Tristate::Y),
            Mode::ModToNo => modes::change_answers(&mut self.evaluator, Tristate::M, Tristate::N),
            Mode::OldDef | Mode::Def(_) | Mode::AllDef | Mode::SaveDef(_) | Mode::ListNew => {}
        }
        match mode {
            Mode::SaveDef(file) => {
                let text = minimal_config(&mut self.evaluator, &self.prefix);
                self.flush()?;
                if std::fs::write(file, text).is_err() {
                    return self.fail(&format!("n*** Error while saving defconfig to: {file}\n"));
                }
            }
            Mode::ListNew => {
                let text = modes::new_symbols(&mut self.evaluator, &self.prefix);
                self.flush()?;
                io::stdout().lock().write_all(&text)?;
            }
            _ => self.write_config()?,
        }
        Ok(())
    }

    fn fail(&mut self, what: &str) -> Result<(), Ended> {
        writeln!(io::stderr(), "{what}")?;
        Err(Ended(1))
    }

    fn config_file(&self) -> String {
        self.disk
            .env("KCONFIG_CONFIG")
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| ".config".to_owned())
    }

    /// Prints what evaluation had to say.
    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().write_all(&self.evaluator.take_warnings())
    }

    /// Reads answers and computes what they amount to.
    fn read(&mut self, file: &str, text: &[u8]) -> io::Result<()> {
        self.read_only(file, text)?;
        self.evaluator.settle();
        let unmet = self.evaluator.take_warnings();
        self.warned |= !unmet.is_empty();
        io::stderr().lock().write_all(&unmet)
    }

    fn read_only(&mut self, file: &str, text: &[u8]) -> io::Result<()> {
        let unknown = match self.disk.env("KCONFIG_WARN_UNKNOWN_SYMBOLS") {
            Some(_) => UnknownSymbols::Reported,
            None => UnknownSymbols::Ignored,
        };
        let warnings = Reader { file, prefix: &self.prefix, unknown }.read(text, &mut self.evaluator);
        self.warned |= !warnings.is_empty();
        io::stderr().lock().write_all(&warnings)
    }

    /// The `.config`, or the first default configuration that exists.
    fn read_config(&mut self) -> io::Result<()> {
        let file = self.config_file();
        if let Some(text) = self.disk.open(&file)? {
            return self.read(&file, &text);
        }
        let list = self.disk.env("KCONFIG_DEFCONFIG_LIST").unwrap_or_default();
        for file in list.split([' ', '\t', '\n']).filter(|file| !file.is_empty()) {
            if let Ok(Some(text)) = self.disk.open(file) {
                self.log(&format!("using defaults found in {file}"))?;
                return self.read(file, &text);
            }
        }
        Ok(())
    }

    /// What `KCONFIG_ALLCONFIG` names; empty or `1` stands for the mode's own file, then `all.config`.
    fn read_all_config(&mut self, own: &str) -> Result<(), Ended> {
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

    fn write_config(&mut self) -> Result<(), Ended> {
        let file = self.config_file();
        let text = config(&mut self.evaluator, &self.prefix);
        self.flush()?;
        let path = Path::new(&file);
        if path.is_dir() {
            writeln!(io::stderr(), "{file}: Is a directory")?;
            return self.fail("\n*** Error during writing of the configuration.\n");
        }
        if std::fs::read(path).is_ok_and(|before| before == text) {
            return Ok(self.log(&format!("No change to {file}"))?);
        }
        if install(path, &text, self.disk.env("KCONFIG_OVERWRITECONFIG").is_some()).is_err() {
            return self.fail("\n*** Error during writing of the configuration.\n");
        }
        Ok(self.log(&format!("configuration written to {file}"))?)
    }
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
