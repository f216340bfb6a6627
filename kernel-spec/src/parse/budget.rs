//! `budget` of a `[vm.NAME]`.

use crate::budget::{Budget, Figure, Limit};
use crate::reader::{Fields, Reader};
use crate::schema::BUDGET;
use crate::{Diagnostic, Spanned};

const DEFAULT_RUNS: u64 = 5;
/// More would take longer than anybody waits, and say nothing more.
const MOST_RUNS: u64 = 1000;

pub(super) fn parse(reader: &mut Reader, vm: &Fields<'_>, path: &str) -> Option<Budget> {
    let (location, table) = vm.table("budget")?;
    let fields = reader.table(&BUDGET, &format!("{path}.budget"), location.clone(), table);
    let mut limits = Vec::new();
    for figure in Figure::ALL {
        let Some(Spanned { value, location }) = fields.text(figure.as_str()) else { continue };
        match Limit::parse(figure, value) {
            Ok(limit) => limits.push((figure, Spanned { value: limit, location })),
            Err(error) => reader.report(Diagnostic { location, ..Diagnostic::new(error.to_string()) }),
        }
    }
    let is_wrong =
        Figure::ALL.iter().any(|figure| fields.has(figure.as_str()) || fields.is_wrong(figure.as_str()));
    if limits.is_empty() && !is_wrong {
        let message = format!("`budget` in {} limits nothing", vm.header);
        let hint = "write `budget = { boot-time = \"10%\", image-size = \"2%\" }`";
        reader.report(Diagnostic::new(message).at(location).with_hint(hint));
    }
    let runs = match fields.integer("runs") {
        Some(Spanned { value, location }) if !(1..=MOST_RUNS).contains(&value) => {
            let message = format!("`runs` in {} is {value}: expected 1 to {MOST_RUNS}", fields.header);
            reader.report(Diagnostic { location, ..Diagnostic::new(message) });
            DEFAULT_RUNS
        }
        Some(runs) => runs.value,
        None => DEFAULT_RUNS,
    };
    Some(Budget { limits, runs })
}
