//! `kernel export` and `kernel source-bundle`.

use kernel_build::Selection;
use kernel_host::{AbsPath, fs};
use kernel_spec::KernelName;

use super::config::the_kernel;
use super::{Asked, Context};
use crate::args::{ExportArgs, SourceBundleArgs};
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::setup::Consent;

/// Writes a kernel down for another build system.
pub(crate) fn export(context: &Context<'_>, args: &ExportArgs) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::of(&args.host, context.env))?;
    let kernel = the_kernel(&bench, args.name.as_deref())?;
    let (form, word) = args.form();
    let named = args.out.clone().unwrap_or_else(|| format!("{kernel}-{word}").into());
    let folder = context.env.current_dir().join(named);
    let selection = Selection::Kernels(vec![kernel.clone()]);
    let files =
        context.with_setup(&bench, &args.host, || bench.lock(&selection)?.export(&kernel, form, &folder))?;
    present(context, &kernel, &folder, &files);
    Ok(())
}

/// Writes what whoever distributes a kernel hands on with it.
pub(crate) fn source_bundle(context: &Context<'_>, args: &SourceBundleArgs) -> Result<(), CommandError> {
    let bench = context.open(Asked::default(), Consent::of(&args.host, context.env))?;
    let kernel = the_kernel(&bench, args.name.as_deref())?;
    let named = args.out.clone().unwrap_or_else(|| format!("{kernel}-source").into());
    let folder = context.env.current_dir().join(named);
    if fs::exists(&folder) {
        let failure = Failure::user(format!("`{folder}` is there already"));
        return Err(failure.with_hint("name another folder with `--out`, or remove it").into());
    }
    let selection = Selection::Kernels(vec![kernel.clone()]);
    let files =
        context.with_setup(&bench, &args.host, || bench.lock(&selection)?.source_bundle(&kernel, &folder))?;
    present(context, &kernel, &folder, &files);
    Ok(())
}

fn present(context: &Context<'_>, kernel: &KernelName, folder: &AbsPath, files: &[AbsPath]) {
    for file in files {
        context.shell.data(&file.to_string());
    }
    context.shell.status("Wrote", &format!("{kernel} into {folder}"));
    let paths = files.iter().map(AbsPath::as_path).collect();
    context.shell.message(&Message::Exported { kernel: kernel.as_str(), folder: folder.as_path(), paths });
}
