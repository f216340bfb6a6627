//! `kernel config …`: a configuration is resolved and then shown, explained, compared, repaired or merged.

mod diff;
mod edit;
mod explain;
mod fix;
pub(crate) mod json;
mod layers;
mod merge;

use std::path::Path;
use std::sync::Arc;

use kernel::Workbench;
use kernel_build::toolchain::host_arch;
use kernel_build::{BuildError, Configuration, Options, PlainConfig, PlainTree, Resolver, Selection};
use kernel_host::AbsPath;
use kernel_host::fs;
use kernel_spec::{Arch, KernelName};

use super::{Asked, Context};
use crate::args::{ConfigArgs, ConfigCommand, ConfigOfArgs, HostArgs, PlainArgs, ResolveConfigArgs};
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::presenter::{Consoles, Presenter};
use crate::setup::Consent;
use crate::shell::Level;

/// Runs one of them.
pub(crate) fn config(context: &Context<'_>, args: &ConfigArgs) -> Result<(), CommandError> {
    match &args.command {
        ConfigCommand::Resolve(args) => resolve(context, args),
        ConfigCommand::Explain(args) => explain::explain(context, args),
        ConfigCommand::Diff(args) => diff::diff(context, args),
        ConfigCommand::Layers(args) => layers::layers(context, args),
        ConfigCommand::Fix(args) => fix::fix(context, args),
        ConfigCommand::Edit(args) => edit::edit(context, args),
        ConfigCommand::Merge(args) => merge::merge(context, args),
    }
}

fn resolve(context: &Context<'_>, args: &ResolveConfigArgs) -> Result<(), CommandError> {
    let output = args.output.as_ref().map(|path| context.env.current_dir().join(path));
    if let Some(tree) = plain(context, &args.of.plain)? {
        let config = plain_config(context, plain_word(&args.of.config))?;
        let (reporter, options) = of_plain(context, &args.of.plain);
        let (env, cancel) = (context.env, context.cancel.clone());
        let resolved = kernel::resolve_plain((&tree, &config), env, cancel, reporter, options)?;
        warn(context, &resolved.warnings);
        return put(context, &resolved.name, resolved.text.as_bytes(), output.as_ref());
    }
    let bench = open(context, &args.of.plain, &args.of.host, &args.of.config)?;
    let kernel = the_kernel(&bench, args.name.as_deref())?;
    let selection = Selection::Kernels(vec![kernel.clone()]);
    let (configuration, refused) = context
        .with_setup(&bench, &args.of.host, || bench.lock(&selection)?.judged_configuration(&kernel))?;
    warn(context, configuration.warnings());
    put(context, configuration.name(), configuration.text().as_bytes(), output.as_ref())?;
    refused.map_or(Ok(()), |refused| Err(refused.into()))
}

/// Writes a `.config` where it was asked for, or to stdout.
fn put(context: &Context<'_>, name: &str, text: &[u8], output: Option<&AbsPath>) -> Result<(), CommandError> {
    let shell = &context.shell;
    match output {
        Some(path) => {
            fs::write_atomic(path, text).map_err(kernel::Error::from)?;
            shell.status("Wrote", &path.to_string());
            shell.message(&Message::ConfigResolved { name, path: Some(path.as_path()), config: None });
        }
        None => {
            let text = String::from_utf8_lossy(text);
            shell.data(&text);
            shell.message(&Message::ConfigResolved { name, path: None, config: Some(&text) });
        }
    }
    Ok(())
}

/// What `conf` would have said on standard error.
fn warn(context: &Context<'_>, warnings: &str) {
    if !warnings.is_empty() && context.shell.level >= Level::Normal {
        context.shell.say(warnings);
    }
}

fn open(
    context: &Context<'_>,
    plain: &PlainArgs,
    host: &HostArgs,
    one_off: &[String],
) -> Result<Workbench, CommandError> {
    context.open(Asked { one_off, ..probes(plain) }, Consent::of(host, context.env))
}

/// The kernel of this word; without one, the only kernel.
pub(super) fn the_kernel(bench: &Workbench, word: Option<&str>) -> Result<KernelName, CommandError> {
    let words: Vec<String> = word.map(str::to_owned).into_iter().collect();
    let kernels = bench.kernels(&words)?;
    match kernels.as_slice() {
        [kernel] => Ok(kernel.clone()),
        [] => Err(Failure::user("the manifest has no kernel").into()),
        several => {
            let names: Vec<String> = several.iter().map(|name| format!("`{name}`")).collect();
            let failure = Failure::user("the manifest has more than one kernel: expected the name of one");
            Err(failure.with_hint(format!("there are {}", names.join(", "))).into())
        }
    }
}

/// A kernel's configuration.
pub(super) fn of_kernel(
    context: &Context<'_>,
    bench: &Workbench,
    host: &HostArgs,
    kernel: &KernelName,
) -> Result<Configuration, CommandError> {
    let selection = Selection::Kernels(vec![kernel.clone()]);
    context.with_setup(bench, host, || bench.lock(&selection)?.configuration(kernel))
}

/// The tree that `--tree` and `--arch` name.
fn plain(context: &Context<'_>, args: &PlainArgs) -> Result<Option<PlainTree>, CommandError> {
    let Some(tree) = &args.tree else { return Ok(None) };
    let known = |name: &str| {
        let of_kernel =
            Arch::ALL.into_iter().find(|arch| [arch.kernel_name(), arch.src_arch()].contains(&name));
        Arch::from_rust_name(name).or(of_kernel)
    };
    let arch = match args.arch.as_deref() {
        Some(name) => known(name).ok_or_else(|| {
            let names = Arch::ALL.map(|arch| format!("`{arch}`")).join(", ");
            CommandError::from(Failure::user(format!("`{name}` is no architecture: expected one of {names}")))
        })?,
        None => host_arch().ok_or_else(|| {
            Failure::user("kernels are not built for this machine's architecture")
                .with_hint("name one with `--arch`")
        })?,
    };
    Ok(Some(PlainTree { tree: context.env.current_dir().join(tree), arch }))
}

/// Who reports, and what is asked for, where there is no manifest.
fn of_plain(context: &Context<'_>, args: &PlainArgs) -> (Arc<Presenter>, Options) {
    let reporter = Arc::new(Presenter::new(Arc::clone(&context.shell), Consoles::Whole));
    (reporter, context.options(probes(args), Consent::Withheld))
}

fn plain_resolver(
    context: &Context<'_>,
    args: &PlainArgs,
    tree: &PlainTree,
) -> Result<Resolver, CommandError> {
    let (reporter, options) = of_plain(context, args);
    Ok(kernel::plain_resolver(tree, context.env, context.cancel.clone(), reporter, options)?)
}

/// A file, or a base by its name, in a plain tree.
fn plain_configuration(
    context: &Context<'_>,
    args: &PlainArgs,
    tree: &PlainTree,
    word: &str,
) -> Result<Configuration, CommandError> {
    let config = plain_config(context, word)?;
    let resolver = plain_resolver(context, args, tree)?;
    Ok(config.resolve(resolver).map_err(kernel::Error::from)?)
}

fn plain_config(context: &Context<'_>, word: &str) -> Result<PlainConfig, CommandError> {
    let path = context.env.current_dir().join(word);
    if fs::is_file(&path) {
        Ok(PlainConfig::File { path, shown: word.to_owned() })
    } else if word.ends_with("config") && !word.contains('/') && !word.contains('.') {
        Ok(PlainConfig::Base(word.to_owned()))
    } else {
        Err(no_file(word).into())
    }
}

/// The files beside one that is not there, written as that was.
fn beside(path: &AbsPath, word: &str) -> Vec<String> {
    let beside = path.parent().and_then(|folder| fs::list_dir(&folder).ok()).unwrap_or_default();
    let folder = word.rfind('/').map_or("", |at| &word[..=at]);
    let files = beside.iter().filter(|file| fs::is_file(file)).filter_map(AbsPath::file_name);
    files.map(|name| format!("{folder}{name}")).collect()
}

/// What `--config` says with `--tree`.
fn plain_word(words: &[String]) -> &str {
    words.last().map_or("defconfig", String::as_str)
}

fn no_file(word: &str) -> Failure {
    Failure::user(format!("there is no file `{word}`"))
        .with_hint("name a `.config`, or a base: `tinyconfig`, `defconfig`, `NAME_defconfig`")
}

/// The kernel's name in front of what it is asked about, where the manifest is used.
fn split<'a>(
    words: &'a [String],
    plain: Option<&PlainTree>,
) -> Result<(Option<&'a str>, &'a [String]), CommandError> {
    match (plain, words) {
        (Some(_), words) => Ok((None, words)),
        (None, [name, rest @ ..]) if !rest.is_empty() => Ok((Some(name), rest)),
        (None, _) => Err(Failure::user("a kernel is named, and nothing that is asked of it")
            .with_hint("name symbols behind the kernel's name")
            .into()),
    }
}

/// A symbol's name as people write it.
fn symbol(word: &str) -> Result<kconfig::Symbol, CommandError> {
    kconfig::Symbol::new(word).map_err(|error| Failure::user(error.to_string()).into())
}

/// The configuration that the arguments name.
fn asked(
    context: &Context<'_>,
    of: &ConfigOfArgs,
    tree: Option<&PlainTree>,
    name: Option<&str>,
) -> Result<Configuration, CommandError> {
    match tree {
        Some(tree) => plain_configuration(context, &of.plain, tree, plain_word(&of.config)),
        None => {
            let bench = open(context, &of.plain, &of.host, &of.config)?;
            let kernel = the_kernel(&bench, name)?;
            of_kernel(context, &bench, &of.host, &kernel)
        }
    }
}

/// An error of the engine's as the library's.
fn engine(error: kernel_build::resolve::ResolveError) -> CommandError {
    let error: BuildError = kernel_build::configure::ConfigureError::from(error).into();
    kernel::Error::from(error).into()
}

/// What is asked of the probes.
fn probes(args: &PlainArgs) -> Asked<'_> {
    Asked { probes: Some(&args.probes), ..Asked::default() }
}

/// A path as the person wrote it, made absolute.
fn absolute(context: &Context<'_>, path: &Path) -> AbsPath {
    context.env.current_dir().join(path)
}
