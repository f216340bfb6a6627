//! The command line of `conf`: one mode, a few options, one Kconfig file.
//!
//! Long options may be shortened as far as they stay unambiguous; options and the file may come in any order; of
//! several modes the last one counts.
//!
//! Unlike `conf`, which goes on after an option that it does not know, nothing is done then.

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    pub(crate) log: Log,
    /// The top Kconfig file.
    pub(crate) kconfig: String,
}

/// Whether to say what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    Silent,
    Normal,
}

/// The modes that are here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    OldAsk,
    Old,
    OldDef,
    Def(String),
    SaveDef(String),
    AllNo,
    AllYes,
    AllMod,
    AllDef,
    ListNew,
    HelpNew,
    YesToMod,
    ModToYes,
    ModToNo,
    Random,
    Sync,
}

/// Why there is nothing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// `--help`, or no mode that makes sense: the usage is printed.
    Usage(Option<String>),
}

/// Every long option of `conf`.
const LONG: [&str; 18] = [
    "help",
    "silent",
    "listnewconfig",
    "helpnewconfig",
    "oldaskconfig",
    "oldconfig",
    "syncconfig",
    "olddefconfig",
    "defconfig",
    "savedefconfig",
    "allnoconfig",
    "allyesconfig",
    "allmodconfig",
    "alldefconfig",
    "randconfig",
    "yes2modconfig",
    "mod2yesconfig",
    "mod2noconfig",
];

/// Reads the arguments behind the program's name.
pub(crate) fn parse(program: &str, args: &[String]) -> Result<Options, Refused> {
    let usage = |what: String| Refused::Usage(Some(format!("{program}: {what}")));
    let (mut mode, mut log, mut files) = (None, Log::Normal, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            files.extend(args.by_ref().cloned());
            break;
        }
        let Some(long) = arg.strip_prefix("--") else {
            match arg.as_str() {
                "-s" => log = Log::Silent,
                "-h" => return Err(Refused::Usage(None)),
                option if option.starts_with('-') => {
                    return Err(usage(format!("invalid option -- '{}'", &option[1..])));
                }
                file => files.push(file.to_owned()),
            }
            continue;
        };
        let (word, value) =
            long.split_once('=').map_or((long, None), |(word, value)| (word, Some(value.to_owned())));
        let option = match LONG.iter().filter(|option| option.starts_with(word)).collect::<Vec<_>>()[..] {
            _ if LONG.contains(&word) => word,
            [one] => one,
            [] => return Err(usage(format!("unrecognized option '--{word}'"))),
            _ => return Err(usage(format!("option '--{word}' is ambiguous"))),
        };
        let mut argument = || {
            value
                .clone()
                .or_else(|| args.next().cloned())
                .ok_or_else(|| usage(format!("option '--{option}' requires an argument")))
        };
        mode = Some(match option {
            "help" => return Err(Refused::Usage(None)),
            "silent" => {
                log = Log::Silent;
                continue;
            }
            "oldaskconfig" => Mode::OldAsk,
            "oldconfig" => Mode::Old,
            "olddefconfig" => Mode::OldDef,
            "defconfig" => Mode::Def(argument()?),
            "savedefconfig" => Mode::SaveDef(argument()?),
            "allnoconfig" => Mode::AllNo,
            "allyesconfig" => Mode::AllYes,
            "allmodconfig" => Mode::AllMod,
            "alldefconfig" => Mode::AllDef,
            "listnewconfig" => Mode::ListNew,
            "helpnewconfig" => Mode::HelpNew,
            "yes2modconfig" => Mode::YesToMod,
            "mod2yesconfig" => Mode::ModToYes,
            "mod2noconfig" => Mode::ModToNo,
            "randconfig" => Mode::Random,
            "syncconfig" => Mode::Sync,
            other => return Err(usage(format!("unrecognized option '--{other}'"))),
        });
    }
    match (mode, files.into_iter().next()) {
        (mode, Some(kconfig)) => Ok(Options { mode: mode.unwrap_or(Mode::OldAsk), log, kconfig }),
        (_, None) => Err(usage("Kconfig file missing".to_owned())),
    }
}

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
usage: kconf merge [-m] [-n] [-r] [-y] [-s] [-Q] [-O DIR] BASE FRAGMENT…
       kconf diff A B
       kconf probes [--verify] KCONFIG
       kconf survey [--seed N] [--count N] [--config FILE] [--show] KCONFIG
       kconf [--probe-cache] [-s] [MODE] KCONFIG

Modes, as those of a tree's own conf:
  --oldaskconfig          ask about everything; also without a mode
  --oldconfig             keep what .config says, ask about the rest
  --olddefconfig          keep what .config says, give the rest its default
  --alldefconfig          give everything its default
  --allnoconfig           answer everything with n
  --allyesconfig          answer everything with y
  --allmodconfig          answer everything with m
  --defconfig FILE        take FILE for the .config
  --savedefconfig FILE    write the smallest file that stands for the .config
  --listnewconfig         list what the .config does not speak of
  --helpnewconfig         show the help of what the .config does not speak of
  --yes2modconfig         turn y into m
  --mod2yesconfig         turn m into y
  --mod2noconfig          turn m into n
  --randconfig            answer everything at random (KCONFIG_SEED, KCONFIG_PROBABILITY)
  --syncconfig            as oldconfig, and write what the build reads
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_make_passes() {
        let parse = |words: &str| parse("conf", &words.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let options = |mode, log| Ok(Options { mode, log, kconfig: "Kconfig".to_owned() });
        assert_eq!(parse("--olddefconfig Kconfig"), options(Mode::OldDef, Log::Normal));
        assert_eq!(parse("-s --defconfig=a/b Kconfig"), options(Mode::Def("a/b".to_owned()), Log::Silent));
        assert_eq!(
            parse("Kconfig --olddef --savedefconfig out"),
            options(Mode::SaveDef("out".to_owned()), Log::Normal)
        );
        assert_eq!(parse("Kconfig"), options(Mode::OldAsk, Log::Normal));
        assert_eq!(parse("--rand Kconfig"), options(Mode::Random, Log::Normal));
        for wrong in ["--olddefconfig", "--all Kconfig", "--what Kconfig", "--defconfig Kconfig", "-h"] {
            assert!(matches!(parse(wrong), Err(Refused::Usage(_))), "{wrong}");
        }
    }
}
