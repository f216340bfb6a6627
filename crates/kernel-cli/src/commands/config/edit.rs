//! `kernel config edit`.
//!
//! ```text
//! resolved .config ─ make nconfig, on a copy ─▶ another .config ─ smallest_change ─▶ requests ─ fix::write ─▶ a layer
//! ```

use std::io::BufRead;
use std::path::PathBuf;

use kconfig::{DotConfig, difference};
use kernel_build::host_tools;
use kernel_build::{Menu, Selection};

use super::{engine, fix, of_kernel, the_kernel};
use crate::args::{ConfigOfArgs, EditArgs, MenuOf, PlainArgs};
use crate::commands::{Asked, Context};
use crate::failure::{CommandError, Failure};
use crate::setup::Consent;
use crate::text as words;

/// Where a change goes.
enum Into {
    /// The kernel's own table.
    Manifest,
    /// A fragment.
    Fragment(PathBuf),
    /// Nowhere.
    Nothing,
}

/// Runs a menu of the tree, and writes the least that stands for what was done in it.
pub(super) fn edit(context: &Context<'_>, args: &EditArgs) -> Result<(), CommandError> {
    if !context.env.is_terminal_stdin() || !context.env.is_terminal_stdout() {
        let failure = Failure::user("a menu needs a terminal, and stdin or stdout is none");
        return Err(failure.with_hint("`kernel config fix NAME SYMBOL=VALUE --write` needs none").into());
    }
    let asked = Asked { probes: Some(&args.probes), ..Asked::default() };
    let bench = context.open(asked, Consent::of(&args.host, context.env))?;
    let kernel = the_kernel(&bench, args.name.as_deref())?;
    let before = of_kernel(context, &bench, &args.host, &kernel)?;
    let menu = match args.with {
        MenuOf::Nconfig => Menu::Nconfig,
        MenuOf::Menuconfig => Menu::Menuconfig,
    };
    let selection = Selection::Kernels(vec![kernel.clone()]);
    context.shell.clear();
    let text = context.with_setup(&bench, &args.host, || {
        bench.check_tools(&host_tools::menu())?;
        bench.lock(&selection)?.menu(&kernel, menu, before.text())
    })?;
    let after = DotConfig::parse(&text)
        .map_err(|_| Failure::user(format!("what `{}` wrote is no `.config`", menu.as_str())))?;
    let shell = &context.shell;
    let all = difference(&before.resolved(), &after).len();
    if all == 0 {
        shell.status("Unchanged", kernel.as_str());
        return Ok(());
    }
    let settings = before.smallest_change(&after).map_err(engine)?;
    let follow = all.saturating_sub(settings.len());
    shell.status(
        "Changed",
        &format!("{kernel}: {}, and {follow} that follow", words::count(settings.len(), "request")),
    );
    for (symbol, value) in &settings {
        let was = before.resolved();
        let was = was.get(symbol).map_or_else(|| "absent".to_owned(), ToString::to_string);
        shell.data(&format!("{}={value}\twas {was}", symbol.config_name()));
    }
    let into = match (&args.into, args.write) {
        (Some(fragment), _) => Into::Fragment(fragment.clone()),
        (None, true) => Into::Manifest,
        (None, false) => ask(context)?,
    };
    let into = match &into {
        Into::Nothing => {
            shell.status("Kept", "nothing was written");
            return Ok(());
        }
        Into::Manifest => None,
        Into::Fragment(path) => Some(path.as_path()),
    };
    let host = crate::args::HostArgs { setup: args.host.setup, yes: args.host.yes };
    let plain = PlainArgs { tree: None, arch: None, probes: args.probes };
    let of = ConfigOfArgs { plain, config: Vec::new(), host };
    fix::write(context, &of, into, None, Some(kernel.as_str()), &settings)
}

fn ask(context: &Context<'_>) -> Result<Into, CommandError> {
    context
        .shell
        .say("Where does it go? A fragment of the kernel, `-` for nowhere (empty: the kernel's [config])");
    let mut answer = String::new();
    match std::io::stdin().lock().read_line(&mut answer) {
        Ok(0) => Ok(Into::Nothing),
        Ok(_) => Ok(match answer.trim() {
            "" => Into::Manifest,
            "-" => Into::Nothing,
            path => Into::Fragment(path.into()),
        }),
        Err(error) => Err(Failure::user(format!("the answer cannot be read: {error}")).into()),
    }
}
