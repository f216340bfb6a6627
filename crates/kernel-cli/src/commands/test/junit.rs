//! The report that CI systems read, as JUnit writes it: a case for each trial, named by the kernel and the runner.

use std::fmt::Write as _;

use kernel::{Trial, TrialError};

use super::budgets::{VmBudget, exceeded};

/// The whole document; a budget is a case of its own for each figure.
pub(super) fn report(trials: &[Trial], budgets: &[VmBudget]) -> String {
    let over: usize = budgets.iter().map(|budget| budget.judged.over().count()).sum();
    let figures: usize = budgets.iter().map(|budget| budget.judged.lines.len()).sum();
    let failed = over + trials.iter().filter(|trial| trial.result.is_err()).count();
    let seconds: f64 = trials.iter().map(|trial| trial.total.as_secs_f64()).sum();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing into a string does not fail.
    let _ = writeln!(
        xml,
        "<testsuite name=\"kernel test\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" time=\"{seconds:.3}\">",
        trials.len() + figures
    );
    for trial in trials {
        let class = escaped(&format!("{}.{}", trial.kernel, trial.runner.as_str()));
        let (name, seconds) = (escaped(trial.name.as_str()), trial.total.as_secs_f64());
        let _ = write!(xml, "  <testcase classname=\"{class}\" name=\"{name}\" time=\"{seconds:.3}\"");
        let _ = match &trial.result {
            Ok(booted) => {
                let said = escaped(&format!("{}; console in {}", booted.report.outcome, booted.report.log));
                writeln!(xml, ">\n    <system-out>{said}</system-out>\n  </testcase>")
            }
            Err(error) => {
                let (details, kind) = match error {
                    TrialError::Failed(error) => {
                        let outcome = error.outcome().map(kernel_boot::Outcome::name);
                        (error.details().join("\n"), outcome.unwrap_or("not-booted"))
                    }
                    TrialError::Complaint(_) => (String::new(), "complaint"),
                    TrialError::Lacks(lacks) => (lacks.join("\n"), "lacks"),
                };
                let (message, details) = (escaped(&error.to_string()), escaped(&details));
                writeln!(
                    xml,
                    ">\n    <failure message=\"{message}\" type=\"{kind}\">{details}</failure>\n  </testcase>"
                )
            }
        };
    }
    for VmBudget { vm, judged } in budgets {
        for line in &judged.lines {
            let name = escaped(&format!("{vm} {}", line.figure.as_str()));
            let _ = write!(xml, "  <testcase classname=\"budget\" name=\"{name}\"");
            let _ = if judged.over().any(|over| over == line) {
                let (message, changes) = (escaped(&exceeded(vm, line)), escaped(&judged.changes.join("\n")));
                writeln!(
                    xml,
                    ">\n    <failure message=\"{message}\" type=\"budget\">{changes}</failure>\n  </testcase>"
                )
            } else {
                writeln!(xml, "/>")
            };
        }
    }
    xml + "</testsuite>\n"
}

/// Text for XML; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    text.chars().filter(allowed).fold(String::new(), |mut xml, c| {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            c => xml.push(c),
        }
        xml
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(escaped("a<b> & \"c\"\u{1b}[0m\n"), "a&lt;b&gt; &amp; &quot;c&quot;[0m\n");
    }
}
