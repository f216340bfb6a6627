//! `kernel plan` and `kernel check`: what a build would do, and whether it could.

use kernel::Workbench;
use kernel_build::Selection;
use kernel_spec::KernelName;

use super::{Asked, Context, matrix, repair};
use crate::args::{CheckArgs, PlanArgs};
use crate::failure::CommandError;
use crate::message::Message;
use crate::setup::Consent;
use crate::text;

/// Prints plans, on stdout.
pub(crate) fn plan(context: &Context<'_>, args: &PlanArgs) -> Result<(), CommandError> {
    let bench = context.open(
        Asked { compile: Some(&args.compile), resolve: Some(&args.resolve), ..Asked::default() },
        Consent::of(&args.host, context.env),
    )?;
    let shell = &context.shell;
    let vm = args.vm.as_deref().map(|word| bench.vm(Some(word))).transpose()?;
    let kernels = bench.kernels(&args.names)?;
    let (selection, kernels, vms) = match vm {
        Some(vm) => (Selection::Vm(vm.name.value.clone()), Vec::new(), vec![vm.name.value.clone()]),
        None if args.names.is_empty() => {
            (Selection::All, kernels, bench.spec().vms.keys().cloned().collect())
        }
        None => (Selection::Kernels(kernels.clone()), kernels, Vec::new()),
    };
    let plans = context.with_setup(&bench, &args.host, || {
        let locked = bench.lock(&selection)?;
        let kernels =
            kernels.iter().map(|name| Ok((name.to_string(), locked.plan(name)?.plan().to_string())));
        let kernels = kernels.collect::<Result<Vec<_>, kernel::Error>>()?;
        let of_vm = |name| Ok((name, locked.plan_vm(name)?));
        Ok((kernels, vms.iter().map(of_vm).collect::<Result<Vec<_>, kernel::Error>>()?))
    })?;
    let mut texts = Vec::new();
    for (name, text) in plans.0 {
        shell.message(&Message::KernelPlan { name: &name, text: text.clone() });
        texts.push(text);
    }
    for (name, plans) in plans.1 {
        // With the kernels' own plans above, cargo's part is what is left to say.
        let shown = plans.iter().filter(|plan| vm.is_some() || plan.outlook().is_none());
        let text = shown.map(ToString::to_string).collect::<Vec<_>>().join("\n");
        shell.message(&Message::VmPlan { name: name.as_str(), text: text.clone() });
        texts.push(text);
    }
    shell.data(texts.join("\n").trim_end());
    Ok(())
}

/// Does everything up to the compiler.
pub(crate) fn check(context: &Context<'_>, args: &CheckArgs) -> Result<(), CommandError> {
    if args.matrix {
        return matrix::check(context, args);
    }
    let mut bench = open(context, args)?;
    let kernels = bench.kernels(&args.names)?;
    let mut failed: Option<CommandError> = None;
    for name in &kernels {
        let mut checked = check_one(context, &bench, args, &kernels, name);
        if args.fix
            && let Some(refusal) = checked.as_ref().err().and_then(CommandError::refusal)
            && repair::write(context, &bench, refusal)?
        {
            bench = open(context, args)?;
            checked = check_one(context, &bench, args, &kernels, name);
        }
        let Err(error) = checked else { continue };
        if error.refusal().is_none() {
            return Err(error);
        }
        // Every kernel is judged; the last one that is refused ends the command.
        if let Some(earlier) = failed.replace(error) {
            earlier.into_failures(context.env).iter().for_each(|failure| context.shell.failure(failure));
        }
    }
    failed.map_or(Ok(()), Err)
}

fn open(context: &Context<'_>, args: &CheckArgs) -> Result<Workbench, CommandError> {
    context.open(
        Asked { compile: Some(&args.compile), resolve: Some(&args.resolve), ..Asked::default() },
        Consent::of(&args.host, context.env),
    )
}

fn check_one(
    context: &Context<'_>,
    bench: &Workbench,
    args: &CheckArgs,
    kernels: &[KernelName],
    name: &KernelName,
) -> Result<(), CommandError> {
    let shell = &context.shell;
    let selection = Selection::Kernels(kernels.to_vec());
    let checked = context.with_setup(bench, &args.host, || bench.lock(&selection)?.check(name))?;
    let (release, requests) = (checked.release(), checked.requests());
    let mut said = format!("{name} {release}: {} landed", text::count(requests, "request"));
    if !checked.one_off().is_empty() {
        said += &format!(", with {} of this run alone", checked.one_off().join(", "));
    }
    shell.status("Checked", &said);
    let features = checked.features();
    shell.message(&Message::KernelChecked {
        name: name.as_str(),
        kernelrelease: release,
        requests,
        features,
    });
    Ok(())
}
