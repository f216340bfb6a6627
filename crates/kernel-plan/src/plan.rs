//! A plan: the steps to an artifact, as a value.

use std::fmt;

use crate::{
    CargoFacts, DirtyReason, Facts, RequestChange, RequestInputs, RequestKey, SourceState, State, Step,
};

/// What is known of the artifact when the plan is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// The artifact is what the plan would make.
    Fresh,
    /// It has to be made.
    Dirty(DirtyReason),
    /// Nothing else changed, and what cargo makes of the package that is built in decides.
    Awaits {
        /// The package.
        package: String,
    },
    /// The config has to be resolved first; that decides.
    Undecided(RequestChange),
    /// The config was resolved to see, and is not as asked: a build would stop there. Lines to show.
    Refused(Vec<String>),
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh => f.write_str("fresh: nothing to do"),
            Self::Dirty(reason) => write!(f, "dirty: {reason}"),
            Self::Awaits { package } => {
                write!(f, "not yet known, what cargo makes of `{package}` decides: nothing else changed")
            }
            Self::Undecided(change) => write!(f, "not yet known, the resolved config decides: {change}"),
            Self::Refused(lines) => write!(f, "a build would stop: {}", lines.join("\n")),
        }
    }
}

/// A step and whether it has to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    /// The step.
    pub step: Step,
    /// Whether it has to be run.
    pub state: State,
}

/// The steps to a kernel's artifact, or to a VM's parts.
///
/// Displays as a person reads it; `kernel plan` prints that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    title: String,
    steps: Vec<PlannedStep>,
    outlook: Option<Outlook>,
}

impl Plan {
    /// The key of everything that goes into configuring.
    pub fn request_key(facts: &Facts) -> RequestKey {
        RequestKey::new(&RequestInputs {
            source: facts.source.identity.clone(),
            arch: facts.arch.clone(),
            base: facts
                .base_digest
                .map_or_else(|| facts.base.clone(), |digest| format!("{} {digest}", facts.base)),
            unlisted: facts.unlisted.clone(),
            mod2yes: facts.mod2yes,
            modules: facts.modules.clone(),
            kconfig: facts.kconfig.clone(),
            patches: facts
                .patches
                .iter()
                .map(|patch| (format!("{} {}", patch.name, patch.file), patch.digest))
                .collect(),
            layers: facts.layers.iter().map(|layer| (layer.name.clone(), layer.digest)).collect(),
            may_miss: facts.may_miss.clone(),
            deny_conflicts: facts.deny_conflicts.clone(),
            toolchain: facts.toolchain.clone(),
            toolchain_pins: facts.toolchain_pins.clone(),
            features: facts.features.clone(),
            promise: facts.promise.clone().unwrap_or_default(),
        })
    }

    /// The plan of a kernel.
    pub fn kernel(facts: &Facts, outlook: Outlook) -> Self {
        let source = &facts.source;
        let promise = facts.promise.clone();
        let expected = promise.as_ref().and_then(|p| {
            if p.contains("{version}") {
                source.kernelversion.as_ref().map(|v| p.replace("{version}", v))
            } else {
                Some(p.clone())
            }
        });
        let done = |done: bool| if done { State::Done } else { State::ToDo };
        let mut steps = Vec::new();
        let mut push = |state: State, step: Step| steps.push(PlannedStep { step, state });
        if let Some(init) = &facts.init {
            // cargo itself knows what of it has to be run.
            push(State::Unknown, init.step());
        }
        let place = source.place.clone();
        match source.state {
            SourceState::Own => push(State::Done, Step::Use { place }),
            state => {
                let fetched = done(state != SourceState::Absent);
                push(fetched, Step::Fetch { what: source.label.clone(), size: source.size });
                if let Some(digest) = source.digest {
                    push(fetched, Step::Verify { digest });
                }
                push(done(state == SourceState::Unpacked), Step::Unpack { place });
            }
        }
        let configured = done(!matches!(outlook, Outlook::Undecided(_)));
        let built = match &outlook {
            Outlook::Fresh => State::Done,
            Outlook::Dirty(_) => State::ToDo,
            Outlook::Undecided(_) | Outlook::Awaits { .. } | Outlook::Refused(_) => State::Unknown,
        };
        push(
            done(source.kernelversion.is_some()),
            Step::CheckVersion {
                found: source.kernelversion.clone(),
                requirement: source.requirement.clone(),
            },
        );
        if !facts.patches.is_empty() {
            let patches = facts.patches.iter().map(|patch| {
                let when =
                    if patch.when.is_empty() { String::new() } else { format!(", when {}", patch.when) };
                format!("{}: {}{when}", patch.name, patch.file)
            });
            let state = if built == State::Done { State::Done } else { State::ToDo };
            push(state, Step::Patch { patches: patches.collect() });
        }
        push(
            configured,
            Step::Configure {
                base: facts.base.clone(),
                unlisted: facts.unlisted.clone(),
                layers: facts.layers.iter().map(|layer| (layer.name.clone(), layer.requests)).collect(),
            },
        );
        push(configured, Step::CheckRequests { count: facts.requests });
        push(configured, Step::CheckRelease { promise, expected });
        if let Some((package, _)) = facts.init.iter().flat_map(|init| &init.packages).next() {
            push(built, Step::Embed { package: package.clone() });
        }
        push(
            built,
            Step::Compile {
                images: facts.images.clone(),
                arch: facts.arch.clone(),
                compiler: facts.compiler.clone(),
                jobs: facts.jobs,
            },
        );
        push(built, Step::VerifyImages { images: facts.images.clone() });
        let others = ["System.map", ".config", "kernel.json"].map(str::to_owned);
        let files = facts.images.iter().cloned().chain(others).collect();
        push(built, Step::Store { place: facts.artifact.clone(), files });
        let title = format!("kernel {}: {}", facts.kernel, source.label);
        Self { title, steps, outlook: Some(outlook) }
    }

    /// The same plan with an outlook for which the config was resolved, and not kept: a build resolves it again.
    #[must_use]
    pub fn foreseen(facts: &Facts, outlook: Outlook) -> Self {
        let mut plan = Self::kernel(facts, outlook);
        for PlannedStep { step, state } in &mut plan.steps {
            if matches!(step, Step::Configure { .. } | Step::CheckRequests { .. } | Step::CheckRelease { .. })
            {
                *state = State::ToDo;
            }
        }
        plan
    }

    /// The plan of a VM's packages; cargo itself knows what of it has to be run.
    pub fn cargo(vm: &str, builds: &[CargoFacts]) -> Self {
        let steps =
            builds.iter().map(|facts| PlannedStep { step: facts.step(), state: State::Unknown }).collect();
        Self { title: format!("vm {vm}: beside its kernels"), steps, outlook: None }
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[PlannedStep] {
        &self.steps
    }

    /// What is known of the artifact; `None` for what cargo makes.
    pub fn outlook(&self) -> Option<&Outlook> {
        self.outlook.as_ref()
    }
}

impl CargoFacts {
    fn step(&self) -> Step {
        Step::Cargo {
            packages: self.packages.clone(),
            profile: self.profile.clone(),
            target: self.target.clone(),
            crt_static: self.crt_static,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for (n, PlannedStep { step, state }) in self.steps.iter().enumerate() {
            let text = step.to_string();
            let mut lines = text.lines();
            let mark = match state {
                State::ToDo => " ",
                State::Done => "✓",
                State::Unknown => "?",
            };
            writeln!(f, "{:>4} {mark} {:<15} {}", n + 1, step.name(), lines.next().unwrap_or_default())?;
            lines.try_for_each(|line| writeln!(f, "{:23} {line}", ""))?;
        }
        self.outlook.iter().try_for_each(|outlook| writeln!(f, "{outlook}"))
    }
}

#[cfg(test)]
mod tests;
