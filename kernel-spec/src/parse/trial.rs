//! `test` of a `[vm.NAME]`.

use std::collections::BTreeMap;

use crate::diagnostic::nearest;
use crate::reader::{Fields, Reader};
use crate::schema::{TEST, listing};
use crate::trial::{TriedWith, needed_package, untriable_kernel};
use crate::{Diagnostic, Image, KernelEntry, KernelName, Runner, Spanned, VmName};

/// What a VM is tried with; each kernel must make what it boots, each runner have its package.
pub(super) fn parse(
    reader: &mut Reader,
    vm: &Fields<'_>,
    (name, image, own): (Option<&VmName>, Option<Image>, Option<&KernelEntry>),
    kernels: &BTreeMap<KernelName, KernelEntry>,
    kernel_names: &[&str],
    path: &str,
) -> TriedWith {
    let Some((location, table)) = vm.table("test") else { return TriedWith::default() };
    let fields = reader.table(&TEST, &format!("{path}.test"), location, table);
    let mut tried = TriedWith::default();
    for Spanned { value: written, location } in fields.strings("kernels") {
        if !kernel_names.contains(&written.as_str()) {
            let message = format!("no kernel `{written}`, which `kernels` in {} names", fields.header);
            let hint = match nearest(&written, kernel_names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the manifest has {}", listing(kernel_names)),
            };
            reader.report(Diagnostic { location, hint: Some(hint), ..Diagnostic::new(message) });
            continue;
        }
        // What is wrong with a kernel is said of itself.
        let Some((kernel, entry)) = kernels.iter().find(|(kernel, _)| kernel.as_str() == written) else {
            continue;
        };
        if let (Some(name), Some(image), Some(own)) = (name, image, own)
            && let Some(error) = untriable_kernel(name, image, entry, own)
        {
            reader.report(Diagnostic { location, ..Diagnostic::new(error.to_string()) });
            continue;
        }
        tried.kernels.push(Spanned { value: kernel.clone(), location });
    }
    for Spanned { value: written, location } in fields.strings("runners") {
        let Some(runner) = Runner::ALL.into_iter().find(|runner| runner.as_str() == written) else {
            continue;
        };
        match needed_package(runner).filter(|needs| !vm.has(needs) && !vm.is_wrong(needs)) {
            Some(needs) => {
                let message = format!("runner `{written}` without a `{needs}` in {}", vm.header);
                let hint = Some(format!("add `{needs} = {{ package = \"…\" }}`"));
                reader.report(Diagnostic { location, hint, ..Diagnostic::new(message) });
            }
            None => tried.runners.push(Spanned { value: runner, location }),
        }
    }
    tried
}
