//! One run of `conf`: parse, read, fill in, write.
//!
//! Messages, their streams and exit codes are `conf`'s.

mod files;

use std::io::{self, Write};
use std::path::Path;

use kconfig::Tristate;
use kconfig::ask::{self, Questions};
use kconfig::config_file::{Standing, minimal_config};
use kconfig::eval::{Evaluator, whole_number};
use kconfig::model::Rules;
use kconfig::modes::{self, Fill, Odds};
use kconfig::syntax::{Dialect, Message, MessageKind};
use kconfig::tree::Tree as _;
use kconfig_host::Loaded;

use crate::disk::{Disk, Rulebook};
use crate::options::{Log, Mode, Options};
use crate::prompt::Prompt;

/// Why a run ends early; what is to be said has been said.
pub(crate) struct Ended(pub(crate) i32);

impl From<io::Error> for Ended {
    fn from(_: io::Error) -> Self {
        Self(1)
    }
}

/// Parses, then runs one mode.
pub(crate) fn run(options: &Options, disk: &Disk) -> Result<(), Ended> {
    // A seed is told before anything is parsed.
    let seed = if options.mode == Mode::Random { seed(disk)? } else { 0 };
    let loaded = load(disk, &options.kconfig)?;
    run_seeded(&loaded, options, disk, seed)
}

/// Runs one mode on a tree that is parsed already; not `randconfig`, which tells its seed before that.
pub(crate) fn run_on(loaded: &Loaded, options: &Options, disk: &Disk) -> Result<(), Ended> {
    run_seeded(loaded, options, disk, 0)
}

fn run_seeded(loaded: &Loaded, options: &Options, disk: &Disk, seed: u32) -> Result<(), Ended> {
    let prefix = disk.env("CONFIG_").unwrap_or_else(|| "CONFIG_".to_owned());
    let evaluator = Evaluator::new(&loaded.model);
    let log = if options.mode == Mode::Sync { Log::Silent } else { options.log };
    let standing = Standing::Changed;
    let mut run = Run { loaded, evaluator, disk, log, prefix, warned: false, standing, seed };
    run.mode(&options.mode)
}

/// The seed that `KCONFIG_SEED` asks for, or one of the moment; it is printed, so that a run can be repeated.
fn seed(disk: &Disk) -> Result<u32, Ended> {
    let asked = disk.env("KCONFIG_SEED").and_then(|text| whole_number(&text));
    let seed = asked.map_or_else(
        || {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            (now.subsec_micros() + 1).wrapping_mul(now.as_secs() as u32 + 1)
        },
        |seed| seed as u32,
    );
    writeln!(io::stdout(), "KCONFIG_SEED=0x{seed:X}")?;
    Ok(seed)
}

/// Parses a tree and says what is strange about it.
pub(crate) fn load(disk: &Disk, kconfig: &str) -> Result<Loaded, Ended> {
    let refused = |what: String| {
        let _ = writeln!(io::stderr(), "{what}");
        Ended(1)
    };
    let rulebook = Rulebook::new(disk);
    let dialect = Dialect::of(&rulebook).map_err(refused)?;
    let rules = Rules::of(&rulebook).map_err(refused)?;
    let parsed = match disk.load(kconfig, dialect, rules) {
        Ok(parsed) => parsed,
        Err(failed) => {
            say(&failed.messages)?;
            return Err(Ended(failed.status));
        }
    };
    say(&parsed.messages)?;
    if parsed.messages.iter().any(|message| message.kind == MessageKind::Error) {
        return Err(Ended(1));
    }
    Ok(parsed)
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
    loaded: &'m Loaded,
    evaluator: Evaluator<'m>,
    disk: &'m Disk,
    log: Log,
    /// What stands before each symbol: `CONFIG_`.
    prefix: String,
    /// Whether reading has warned.
    warned: bool,
    /// Whether the `.config` that was read stands as it is.
    standing: Standing,
    /// Where random answers begin.
    seed: u32,
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
            Mode::OldAsk
            | Mode::Old
            | Mode::OldDef
            | Mode::SaveDef(_)
            | Mode::ListNew
            | Mode::HelpNew
            | Mode::Sync
            | Mode::YesToMod
            | Mode::ModToYes
            | Mode::ModToNo => {
                self.read_config()?;
            }
            Mode::AllNo => self.read_all_config("allno.config")?,
            Mode::AllYes => self.read_all_config("allyes.config")?,
            Mode::AllMod => self.read_all_config("allmod.config")?,
            Mode::AllDef => self.read_all_config("alldef.config")?,
            Mode::Random => self.read_all_config("allrandom.config")?,
        }
        if self.warned && self.disk.env("KCONFIG_WERROR").is_some() {
            return Err(Ended(1));
        }
        let explicit = self.disk.env("KCONFIG_NOSILENTUPDATE").is_some_and(|value| !value.is_empty());
        if *mode == Mode::Sync && explicit && self.standing == Standing::Changed {
            return self.fail("\n*** The configuration requires explicit update.\n");
        }
        if self.evaluates_anew(mode) {
            // So that warnings come a second time, as conf's do.
            self.evaluator.begin_anew();
        }
        match mode {
            Mode::AllNo => modes::fill(&mut self.evaluator, Fill::No),
            Mode::AllYes => modes::fill(&mut self.evaluator, Fill::Yes),
            Mode::AllMod => modes::fill(&mut self.evaluator, Fill::Module),
            Mode::YesToMod => modes::change_answers(&mut self.evaluator, Tristate::Y, Tristate::M),
            Mode::ModToYes => modes::change_answers(&mut self.evaluator, Tristate::M, Tristate::Y),
            Mode::ModToNo => modes::change_answers(&mut self.evaluator, Tristate::M, Tristate::N),
            Mode::OldAsk => self.ask(Questions::All)?,
            Mode::Old | Mode::Sync => self.ask(Questions::New)?,
            Mode::Random => self.randomize()?,
            Mode::OldDef | Mode::Def(_) | Mode::AllDef | Mode::SaveDef(_) | Mode::ListNew | Mode::HelpNew => {
            }
        }
        match mode {
            Mode::SaveDef(file) => {
                // Where it cannot be written, nothing is evaluated any more.
                let opened = std::fs::File::create(file);
                let written = opened.and_then(|mut out| {
                    let text = minimal_config(&mut self.evaluator, &self.prefix);
                    self.flush()?;
                    out.write_all(&text)
                });
                if written.is_err() {
                    return self.fail(&format!("n*** Error while saving defconfig to: {file}\n"));
                }
            }
            Mode::ListNew => {
                let text = modes::new_symbols(&mut self.evaluator, &self.prefix);
                self.flush()?;
                io::stdout().lock().write_all(&text)?;
            }
            Mode::HelpNew => {
                let text = ask::help_of_new(&mut self.evaluator, &self.prefix);
                self.flush()?;
                io::stdout().lock().write_all(&text)?;
            }
            _ => {
                self.write_config()?;
                if *mode == Mode::Sync || !Path::new(&self.auto_conf()).exists() {
                    self.write_generated()?;
                }
            }
        }
        Ok(())
    }

    /// Whether everything is evaluated once more behind what was read: a file that is named as such always; a `.config`
    /// where it stands, unless its symbols are only listed.
    fn evaluates_anew(&self, mode: &Mode) -> bool {
        match mode {
            Mode::Def(_) => true,
            Mode::ListNew | Mode::HelpNew => false,
            _ => self.standing == Standing::Kept,
        }
    }

    fn randomize(&mut self) -> Result<(), Ended> {
        let odds = self.disk.env("KCONFIG_PROBABILITY").unwrap_or_default();
        match Odds::parse(&odds) {
            Ok(odds) => {
                modes::randomize(&mut self.evaluator, self.seed, odds);
                Ok(())
            }
            Err(_) => self.fail("KCONFIG_PROBABILITY: Numerical result out of range"),
        }
    }

    fn ask(&mut self, questions: Questions) -> Result<(), Ended> {
        match ask::ask(&mut self.evaluator, questions, &self.prefix, &mut Prompt) {
            Ok(()) => Ok(self.flush()?),
            Err(out_of_answers) => self.fail(&format!("\nerror: {out_of_answers}")),
        }
    }

    fn fail(&mut self, what: &str) -> Result<(), Ended> {
        writeln!(io::stderr(), "{what}")?;
        Err(Ended(1))
    }
}
