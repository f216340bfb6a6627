//! `kernel doctor`.

use std::sync::Arc;

use kernel::doctor::{Area, Finding, Health};
use kernel::examine;

use super::Context;
use crate::failure::{CommandError, Failure};
use crate::message::Message;
use crate::presenter::{Consoles, Presenter};
use crate::terminal::{ERROR, HINT, Paint, VERB, WARNING};
use crate::text;

/// Looks at the machine, and says what of this workspace would fail.
pub(crate) fn doctor(context: &Context<'_>) -> Result<(), CommandError> {
    let reporter = Arc::new(Presenter::new(Arc::clone(&context.shell), Consoles::Whole));
    let (places, cancel) = (context.places(), context.cancel.clone());
    let findings = examine(&places, context.env, cancel, reporter, context.only_looking())?;
    table(&findings, context.paint_of_data()).iter().for_each(|line| context.shell.data(line));
    for finding in &findings {
        context.shell.message(&Message::DoctorFinding {
            area: finding.area.as_str(),
            name: &finding.name,
            health: finding.health.as_str(),
            found: finding.found.as_deref(),
            wanted: finding.wanted.as_deref(),
            least: finding.least.as_deref(),
            packages: &finding.packages,
            hint: finding.hint.as_deref(),
        });
    }
    let bad = findings.iter().filter(|finding| finding.health == Health::Bad).count();
    if bad == 0 {
        context.shell.status("Healthy", "nothing that this workspace needs is missing");
        return Ok(());
    }
    let failure = Failure::user(format!("{} not as this workspace needs it", text::count(bad, "thing")));
    Err(failure.with_hint("`cargo kernel setup` installs host tools").into())
}

fn title(area: Area) -> &'static str {
    match area {
        Area::Tool => "Tools",
        Area::Compiler => "Compilers",
        Area::Kvm => "Virtualisation",
        Area::Runner => "Runners",
        Area::Disk => "Room",
        Area::Cache => "Cache",
    }
}

/// Each area under its title; what is wanted is said only of what is not there.
fn table(findings: &[Finding], paint: Paint) -> Vec<String> {
    let width = findings.iter().map(|finding| finding.name.len()).max().unwrap_or_default().min(30);
    let mut lines = Vec::new();
    let mut area = None;
    for finding in findings {
        if area.replace(finding.area) != Some(finding.area) {
            lines.push(title(finding.area).to_owned());
        }
        let (style, word) = match finding.health {
            Health::Good => (VERB, "ok"),
            Health::Absent => (WARNING, "-"),
            Health::Bad => (ERROR, "BAD"),
        };
        let mark = paint.paint(style, &format!("{word:>5}"));
        let found = finding.found.as_deref().unwrap_or("not found");
        let least = finding.least.as_ref().map(|version| format!(" (at least {version})"));
        lines.push(format!("{mark}  {:width$}  {found}{}", finding.name, least.unwrap_or_default()));
        if finding.health == Health::Good {
            continue;
        }
        let packages = (!finding.packages.is_empty()).then(|| format!("in {}", finding.packages.join(", ")));
        let more = [finding.wanted.clone(), packages].into_iter().flatten();
        lines.extend(more.map(|text| format!("{:7}{:width$}  {text}", "", "")));
        let hint = |hint: &String| format!("{:7}{:width$}  {} {hint}", "", "", paint.paint(HINT, "hint:"));
        lines.extend(finding.hint.iter().map(hint));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bad_says_what_brings_it() {
        let finding = |area, name: &str, health, found: Option<&str>| Finding {
            area,
            name: name.into(),
            health,
            found: found.map(str::to_owned),
            wanted: None,
            least: None,
            packages: Vec::new(),
            hint: None,
        };
        let findings = [
            Finding {
                least: Some("4.0".into()),
                ..finding(Area::Tool, "make", Health::Good, Some("GNU Make 4.3"))
            },
            Finding {
                wanted: Some("kernel/time/timeconst.bc runs in it".into()),
                packages: vec!["bc"],
                hint: Some("by hand: apt-get install bc".into()),
                ..finding(Area::Tool, "bc", Health::Bad, None)
            },
            finding(Area::Compiler, "guest (x86_64)", Health::Good, Some("gcc (Debian) 12.2.0")),
            Finding {
                hint: Some("boots are slower: QEMU emulates the processor".into()),
                ..finding(Area::Kvm, "/dev/kvm", Health::Absent, Some("there is no `/dev/kvm`"))
            },
        ];
        insta::assert_snapshot!(table(&findings, Paint::Plain).join("\n"), @"
        Tools
           ok  make            GNU Make 4.3 (at least 4.0)
          BAD  bc              not found
                               kernel/time/timeconst.bc runs in it
                               in bc
                               hint: by hand: apt-get install bc
        Compilers
           ok  guest (x86_64)  gcc (Debian) 12.2.0
        Virtualisation
            -  /dev/kvm        there is no `/dev/kvm`
                               hint: boots are slower: QEMU emulates the processor
        ");
    }
}
