//! Installing host packages: shown first, asked for, and then done.
//!
//! | stdin | `--setup` | `--setup --yes` |
//! |---|---|---|
//! | a terminal | shows the command, asks | shows the command, runs it |
//! | not one | shows the command, fails | shows the command, runs it |

use std::io::BufRead;

use kernel::Workbench;
use kernel_build::host_tools::MissingTools;
use kernel_host::env::Env;

use crate::args::HostArgs;
use crate::failure::{CommandError, Failure};
use crate::presenter::note;
use crate::shell::{Level, Shell};
use crate::text;

/// Who agrees to a change of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// Nobody was asked to, and nobody is.
    Withheld,
    /// The person at the terminal is asked.
    Ask,
    /// Nobody can be asked.
    Nobody,
    /// `--yes`.
    Given,
}

impl Consent {
    /// What the arguments and the terminal say.
    pub(crate) fn of(host: &HostArgs, env: &Env) -> Self {
        if host.setup { Self::for_setup(host.yes, env) } else { Self::Withheld }
    }

    /// The same where `--setup` is what the command is for.
    pub(crate) fn for_setup(yes: bool, env: &Env) -> Self {
        match (yes, env.is_terminal_stdin()) {
            (true, _) => Self::Given,
            (false, true) => Self::Ask,
            (false, false) => Self::Nobody,
        }
    }

    /// Whether the machine may be changed once somebody has agreed.
    pub(crate) fn may_change(self) -> bool {
        matches!(self, Self::Ask | Self::Given)
    }
}

/// Shows what is missing and the command that installs it; returns where it may be run.
pub(crate) fn agree(
    shell: &Shell,
    missing: &MissingTools,
    consent: Consent,
    env: &Env,
) -> Result<(), CommandError> {
    let count = text::count(missing.missing.len(), "host tool");
    let Some(install) = &missing.install else {
        let failure =
            Failure::user(format!("{count} cannot be installed: no known package manager has them"));
        return Err(Failure { details: lines(missing), ..failure.with_hint("install them by hand") }.into());
    };
    let refresh = install.manager.refresh_command(env).map(|command| command.display() + " && ");
    let command = refresh.unwrap_or_default() + &install.command;
    // The question is asked about these words: they are shown whatever the verbosity.
    shell.say(&format!("{:>12} {count}", "Missing"));
    note(shell, Level::Errors, &lines(missing).join("\n"));
    shell.say(&format!("{:>12} {command}", "Install with"));
    let refusal = match consent {
        Consent::Given => return Ok(()),
        Consent::Ask if confirmed(shell)? => return Ok(()),
        Consent::Ask => Failure::user(format!("{count} missing, and not installed")),
        Consent::Nobody | Consent::Withheld => {
            Failure::user(format!("{count} missing, and nobody can be asked: stdin is not a terminal"))
                .with_hint(format!("add `--yes`, or run: {command}"))
        }
    };
    Err(refusal.into())
}

/// Installs what was agreed to.
pub(crate) fn install(bench: &Workbench, missing: &MissingTools) -> Result<(), kernel::Error> {
    missing.install.as_ref().map_or(Ok(()), |install| bench.install(install))
}

/// Name and reason of each.
pub(crate) fn lines(missing: &MissingTools) -> Vec<String> {
    missing.to_string().lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

fn confirmed(shell: &Shell) -> Result<bool, CommandError> {
    shell.clear();
    shell.say("Run it? [Y/n]");
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    let read = read.map_err(|error| Failure::user(format!("the answer cannot be read: {error}")))?;
    // No byte at all is the end of the input, not an empty answer.
    Ok(read > 0 && is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel_host::AbsPath;

    #[test]
    fn who_agrees() {
        let env = Env::from_vars(Vec::<(String, String)>::new(), AbsPath::new("/").expect("a path"));
        let consent = |setup, yes| Consent::of(&HostArgs { setup, yes }, &env);
        assert_eq!(consent(false, false), Consent::Withheld);
        assert_eq!(consent(true, false), Consent::Nobody);
        assert_eq!(consent(true, true), Consent::Given);
        assert!(!Consent::Nobody.may_change() && Consent::Given.may_change());
    }

    #[test]
    fn an_answer() {
        let answers = ["\n", "y\n", " YES \n", "n\n", "nope\n", "x"].map(is_yes);
        assert_eq!(answers, [true, true, true, false, false, false]);
    }
}
