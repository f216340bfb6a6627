//! `kernel config edit`.
//!
//! ```text
//! resolved .config ─┬─ make nconfig, on a copy ─▶ another .config ─ smallest_change ─▶ requests ─ fix::write ─▶ a layer
//!                   └─ prompt: search, show, set ─▶ ┘
//! ```

mod prompt;

use std::io::BufRead;
use std::path::{Path, PathBuf};

use kconfig::{DotConfig, difference};
use kernel::Workbench;
use kernel_build::host_tools::{self, MissingTools};
use kernel_build::{Configuration, Menu, Selection};
use kernel_spec::KernelName;

use super::{engine, fix, of_kernel, the_kernel};
use crate::args::{ConfigOfArgs, EditArgs, MenuOf, PlainArgs};
use crate::commands::{Asked, Context};
use crate::failure::{CommandError, Failure};
use crate::setup::Consent;
use crate::text as words;

/// How a configuration is edited.
enum Way {
    /// In a menu of the tree.
    Menu(Menu),
    /// At a prompt of ours.
    Prompt,
}

/// Where a change goes.
enum Into {
    /// The kernel's own table.
    Manifest,
    /// A fragment.
    Fragment(PathBuf),
    /// Nowhere.
    Nothing,
}

impl Into {
    fn of(path: &Path) -> Self {
        if path.as_os_str() == fix::OWN_TABLE { Self::Manifest } else { Self::Fragment(path.to_owned()) }
    }
}

/// Has a configuration edited, and writes the least that stands for what was done.
pub(super) fn edit(context: &Context<'_>, args: &EditArgs) -> Result<(), CommandError> {
    if !context.env.is_terminal_stdin() || !context.env.is_terminal_stdout() {
        let failure = Failure::user("a menu needs a terminal, and stdin or stdout is none");
        return Err(failure.with_hint("`kernel config fix NAME SYMBOL=VALUE --write` needs none").into());
    }
    let asked = Asked { probes: Some(&args.probes), ..Asked::default() };
    let bench = context.open(asked, Consent::of(&args.host, context.env))?;
    let kernel = the_kernel(&bench, args.name.as_deref())?;
    let before = of_kernel(context, &bench, &args.host, &kernel)?;
    let edited = match way(context, &bench, args)? {
        Way::Menu(menu) => Some(in_menu(context, &bench, args, &kernel, menu, &before)?),
        Way::Prompt => prompt::edit(context, &before)?,
    };
    let shell = &context.shell;
    let Some(after) = edited else {
        shell.status("Kept", "nothing was written");
        return Ok(());
    };
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
        (Some(path), _) => Into::of(path),
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

/// What is asked for; else the tree's nconfig, and the prompt where that cannot be made and nothing is to be installed.
fn way(context: &Context<'_>, bench: &Workbench, args: &EditArgs) -> Result<Way, CommandError> {
    match args.with {
        Some(MenuOf::Nconfig) => return Ok(Way::Menu(Menu::Nconfig)),
        Some(MenuOf::Menuconfig) => return Ok(Way::Menu(Menu::Menuconfig)),
        Some(MenuOf::Search) => return Ok(Way::Prompt),
        None if args.host.setup => return Ok(Way::Menu(Menu::Nconfig)),
        None => {}
    }
    match bench.check_tools(&host_tools::menu()) {
        Ok(()) => Ok(Way::Menu(Menu::Nconfig)),
        Err(error) => match error.missing_tools() {
            Some(missing) => {
                context.shell.status("Searching", &format!("the tree's menus need {}", needed(missing)));
                Ok(Way::Prompt)
            }
            None => Err(error.into()),
        },
    }
}

/// `ncurses.h, which libncurses-dev has; --setup installs it`.
fn needed(missing: &MissingTools) -> String {
    let tools: Vec<String> = missing.missing.iter().map(|demand| format!("`{}`", demand.tool.need)).collect();
    let packages = missing.install.as_ref().map(|install| install.packages.join(", "));
    let packages = packages.filter(|packages| !packages.is_empty());
    let brings =
        packages.map(|packages| format!(", in {packages}: `--setup` installs it")).unwrap_or_default();
    format!("{}{brings}", tools.join(", "))
}

fn in_menu(
    context: &Context<'_>,
    bench: &Workbench,
    args: &EditArgs,
    kernel: &KernelName,
    menu: Menu,
    before: &Configuration,
) -> Result<DotConfig, CommandError> {
    let selection = Selection::Kernels(vec![kernel.clone()]);
    context.shell.clear();
    let text = context.with_setup(bench, &args.host, || {
        bench.check_tools(&host_tools::menu())?;
        bench.lock(&selection)?.menu(kernel, menu, before.text())
    })?;
    let parsed = DotConfig::parse(&text);
    parsed.map_err(|_| Failure::user(format!("what `{}` wrote is no `.config`", menu.as_str())).into())
}

fn ask(context: &Context<'_>) -> Result<Into, CommandError> {
    context
        .shell
        .say("Where does it go? A fragment of the kernel, `-` for nowhere (empty: the kernel's [config])");
    Ok(match line(context)?.as_deref() {
        None | Some("-") => Into::Nothing,
        Some("") => Into::Manifest,
        Some(path) => Into::of(path.as_ref()),
    })
}

/// A line that the person types, trimmed; `None` at the end of the input.
fn line(context: &Context<'_>) -> Result<Option<String>, CommandError> {
    context.shell.clear();
    let mut answer = String::new();
    match std::io::stdin().lock().read_line(&mut answer) {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(answer.trim().to_owned())),
        Err(error) => Err(Failure::user(format!("the answer cannot be read: {error}")).into()),
    }
}
