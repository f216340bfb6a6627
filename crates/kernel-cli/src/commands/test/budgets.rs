//! Budgets of VMs that came up: measured one after another, judged in one table, accepted on demand.

use kernel::budget::{Accepted, Judged, Line, MeasuredVm, Verdict, judge};
use kernel::{Trial, Workbench};
use kernel_spec::{Budget, Figure, VmEntry, VmName};

use crate::args::TestArgs;
use crate::commands::Context;
use crate::failure::{CommandError, Failure};
use crate::message::{BudgetJudged, Message};
use crate::presenter::note;
use crate::shell::{Level, Shell};
use crate::text;

/// A VM whose budget was judged.
pub(super) struct VmBudget {
    /// The VM.
    pub(super) vm: VmName,
    /// What came of it.
    pub(super) judged: Judged,
}

/// Measures and judges; with `--accept-budgets`, what was measured is accepted first.
pub(super) fn of(
    context: &Context<'_>,
    bench: &Workbench,
    vms: &[VmEntry],
    trials: &[Trial],
    args: &TestArgs,
) -> Result<Vec<VmBudget>, CommandError> {
    let with_budget = vms.iter().filter_map(|vm| Some((vm, vm.budget.as_ref()?)));
    let with_budget: Vec<(&VmEntry, &Budget)> = with_budget.collect();
    if with_budget.is_empty() {
        if args.accept_budgets {
            let failure = Failure::user("no VM that was tried has a `budget`");
            let hint = "write `budget = { boot-time = \"10%\", image-size = \"2%\" }` into a `[vm.NAME]`";
            return Err(failure.with_hint(hint).into());
        }
        return Ok(Vec::new());
    }
    let shell = &context.shell;
    let path = bench.budget_file();
    let mut accepted = Accepted::read(&path).map_err(broken)?;
    let mut measured: Vec<(MeasuredVm, &Budget)> = Vec::new();
    for (vm, budget) in with_budget {
        // One that did not come up has failed already.
        let trial = trials.iter().find(|trial| trial.name == vm.name.value);
        let Some(Ok(booted)) = trial.map(|trial| &trial.result) else { continue };
        shell.status("Measuring", &format!("{}: {}", vm.name.value, text::count(runs(budget), "boot")));
        if let Some(found) = bench.measure(vm, &booted.parts, args.nested.nesting())? {
            measured.push(((vm.name.value.clone(), found), budget));
        }
    }
    if args.accept_budgets {
        let is_there = |name: &str| bench.spec().vms.keys().any(|vm| vm.as_str() == name);
        accepted.put(measured.iter().map(|(vm, _)| vm.clone()), is_there);
        accepted.write(&path).map_err(broken)?;
        let names: Vec<&str> = measured.iter().map(|((vm, _), _)| vm.as_str()).collect();
        shell.status("Accepted", &format!("{} in {path}", names.join(", ")));
        shell.message(&Message::BudgetsAccepted { vms: names, path: path.as_path() });
    }
    let judge = |((vm, found), budget): (MeasuredVm, &Budget)| {
        let judged = judge(budget, accepted.0.get(vm.as_str()), &found);
        present(shell, &vm, &judged);
        VmBudget { vm, judged }
    };
    let budgets: Vec<VmBudget> = measured.into_iter().map(judge).collect();
    if !budgets.is_empty() {
        shell.data(table(&budgets).trim_end());
    }
    for VmBudget { vm, judged } in &budgets {
        let unknown = |line: &&Line| matches!(line.verdict, Verdict::Unaccepted);
        if judged.lines.iter().any(|line| unknown(&line)) {
            note(
                shell,
                Level::Normal,
                &format!("{vm}: nothing was accepted yet; `kernel test --accept-budgets` does it"),
            );
        }
    }
    Ok(budgets)
}

fn runs(budget: &Budget) -> usize {
    usize::try_from(budget.runs).unwrap_or(usize::MAX)
}

fn broken(error: kernel::budget::BudgetFileError) -> CommandError {
    let hint = error.hint();
    Failure { hint, ..Failure::user(error.to_string()) }.into()
}

fn present(shell: &Shell, vm: &VmName, judged: &Judged) {
    for line in &judged.notes {
        note(shell, Level::Normal, &format!("{vm}: {line}"));
    }
    for line in &judged.lines {
        shell.message(&Message::BudgetJudged(BudgetJudged {
            vm: vm.as_str(),
            figure: line.figure.as_str(),
            state: line.verdict.name(),
            median: line.found.map(|found| found.median),
            low: line.found.map(|found| found.low),
            high: line.found.map(|found| found.high),
            runs: line.found.map(|found| found.runs),
            accepted: line.accepted,
            most: line.limit.most(line.accepted),
            changes: if matches!(line.verdict, Verdict::Over(_)) { &judged.changes } else { &[] },
        }));
    }
}

/// A row for each figure of each VM.
fn table(budgets: &[VmBudget]) -> String {
    let head = ["VM", "BUDGET", "FOUND", "SPREAD", "ACCEPTED", "LIMIT", "RESULT"].map(str::to_owned);
    let row = |vm: &VmName, line: &Line| {
        let show = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |value| line.figure.show(value));
        let spread = line.found.filter(|found| found.low != found.high);
        let spread = spread
            .map(|found| format!("{} to {}", line.figure.show(found.low), line.figure.show(found.high)));
        [
            vm.to_string(),
            line.figure.as_str().to_owned(),
            show(line.found.map(|found| found.median)),
            spread.unwrap_or_else(|| "-".to_owned()),
            show(line.accepted),
            line.limit.show(line.figure).to_string(),
            words(line.verdict).to_owned(),
        ]
    };
    let rows = budgets.iter().flat_map(|budget| budget.judged.lines.iter().map(|line| row(&budget.vm, line)));
    text::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Within => "within",
        Verdict::Over(_) => "over",
        Verdict::Unaccepted => "not accepted yet",
        Verdict::Elsewhere => "accepted elsewhere",
        Verdict::Unmeasured => "not told by the guest",
    }
}

/// What is over its limit, and what changed; `None` where all is within.
pub(super) fn failure(budgets: &[VmBudget]) -> Option<Failure> {
    let over = budgets.iter().filter(|budget| budget.judged.over().next().is_some());
    let (mut number, mut details) = (0, Vec::new());
    for VmBudget { vm, judged } in over {
        for line in judged.over() {
            number += 1;
            details.push(exceeded(vm, line));
        }
        details.extend(judged.changes.iter().map(|change| format!("    {change}")));
    }
    let hint = "find what it is worth, or accept it: `kernel test --accept-budgets`";
    let plural = if number == 1 { "is" } else { "are" };
    let message = format!("{} {plural} exceeded", text::count(number, "budget"));
    (number > 0)
        .then(|| Failure { details, ..Failure::of(kernel::ErrorKind::Guest, message).with_hint(hint) })
}

/// `demo: boot-time is 490.0 ms, expected at most 451.0 ms: 10% more than the accepted 410.0 ms`.
pub(super) fn exceeded(vm: &VmName, line: &Line) -> String {
    let Line { figure, found, accepted, limit, verdict } = line;
    let show = |value: u64| Figure::show(*figure, value);
    let found = found.map(|found| show(found.median)).unwrap_or_default();
    let most = if let Verdict::Over(most) = verdict { show(*most) } else { String::new() };
    let accepted = accepted.filter(|_| matches!(limit, kernel_spec::Limit::Growth(_)));
    let why =
        accepted.map(|accepted| format!(": {} than the accepted {}", limit.show(*figure), show(accepted)));
    format!("{vm}: {} is {found}, expected at most {most}{}", figure.as_str(), why.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::budget::Samples;
    use kernel_spec::Limit;

    fn line(figure: Figure, median: u64, accepted: Option<u64>, limit: Limit, verdict: Verdict) -> Line {
        let found = Some(Samples { median, low: median - 10, high: median + 2000, runs: 5 });
        Line { figure, found, accepted, limit, verdict }
    }

    #[test]
    fn what_is_over_and_what_changed() {
        let growth = Limit::Growth(10);
        let lines = vec![
            line(Figure::BootTime, 490_000, Some(410_000), growth, Verdict::Over(451_000)),
            line(Figure::Memory, 20 << 20, None, growth, Verdict::Unaccepted),
            line(Figure::ImageSize, 9 << 20, Some(8 << 20), Limit::AtMost(8 << 20), Verdict::Over(8 << 20)),
            Line { found: None, ..line(Figure::Symbols, 800, Some(790), growth, Verdict::Unmeasured) },
        ];
        let changes = vec!["+ CONFIG_PCI=y".to_owned()];
        let vm = VmName::new("demo").expect("a name");
        let budgets = [VmBudget { vm, judged: Judged { lines, changes, notes: Vec::new() } }];
        insta::assert_snapshot!(table(&budgets), @r"
        VM    BUDGET      FOUND        SPREAD                      ACCEPTED    LIMIT               RESULT
        demo  boot-time   490.0 ms     489.9 ms to 492.0 ms        410.0 ms    10% more            over
        demo  memory      20480.0 KiB  20480.0 KiB to 20482.0 KiB  -           10% more            not accepted yet
        demo  image-size  9216.0 KiB   9216.0 KiB to 9218.0 KiB    8192.0 KiB  at most 8192.0 KiB  over
        demo  symbols     -            -                           790         10% more            not told by the guest
        ");
        let failure = failure(&budgets).expect("two of them");
        insta::assert_snapshot!(failure.render(crate::terminal::Paint::Plain), @r"
        error: 2 budgets are exceeded
          demo: boot-time is 490.0 ms, expected at most 451.0 ms: 10% more than the accepted 410.0 ms
          demo: image-size is 9216.0 KiB, expected at most 8192.0 KiB
            + CONFIG_PCI=y
        hint: find what it is worth, or accept it: `kernel test --accept-budgets`
        ");
    }
}
