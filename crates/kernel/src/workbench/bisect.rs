//! The steps of a bisection: kernels beside those of the manifest, one after another by way of one object tree.
//!
//! ```text
//! target/kernel/.bisect/<vm>/
//!   step.config     what the kernel that is being tried begins from
//!   verdicts.json   what came of those that were tried
//! ```

use kconfig::DotConfig;
use kernel_boot::Nesting;
use kernel_build::{BuildError, Locked, Selection};
use kernel_host::{AbsPath, fs};
use kernel_spec::{
    Base, DenyConflicts, KernelEntry, KernelName, Modules, PatchEntry, Point, Spanned, Strictness, Unlisted,
    VmEntry, VmName,
};

use super::Workbench;
use crate::bisect::{Answer, BisectError, Culprits, Delta, Ends, Given, Memo, Side, Step, Verdict, search};
use crate::boot::{Machine, Manner};
use crate::error::{Error, ErrorKind};
use crate::trial::{Trial, TrialError};

impl Workbench {
    /// The end of a search that a word names: a kernel of the manifest, or a file.
    ///
    /// # Errors
    /// [`BisectError::Unknown`].
    pub fn side(&self, word: &str) -> Result<Side, Error> {
        let kernel = self.spec().kernels.keys().find(|name| name.as_str() == word);
        let path = self.env.current_dir().join(word);
        match kernel {
            Some(name) => Ok(Side::Kernel(name.clone())),
            None if fs::is_file(&path) => Ok(Side::Config(path)),
            None => Err(BisectError::Unknown(word.to_owned()).into()),
        }
    }

    /// Finds the fewest differences of two kernels that keep one of them from booting in a VM; `told` hears of each step.
    ///
    /// # Errors
    /// [`Error::Bisect`] where there is nothing to find; else as a build's or a boot's.
    pub fn bisect(
        &self,
        vm: &VmEntry,
        (good, bad): (&Side, &Side),
        nesting: Nesting,
        told: &mut dyn FnMut(&Step),
    ) -> Result<Culprits, Error> {
        let (good_entry, bad_entry) = (self.entry_of(vm, good)?, self.entry_of(vm, bad)?);
        let tree = |entry: &KernelEntry| format!("{} for {}", entry.source.value, entry.arch.value);
        if tree(&good_entry) != tree(&bad_entry) {
            let (of_good, of_bad) = (tree(&good_entry), tree(&bad_entry));
            return Err(BisectError::Apart { good: good.clone(), of_good, bad: bad.clone(), of_bad }.into());
        }
        let ends = Ends::of(self.given(good, &good_entry)?, self.given(bad, &bad_entry)?);
        if ends.deltas().is_empty() {
            return Err(BisectError::Same { good: good.clone(), bad: bad.clone() }.into());
        }
        let mut bench = Bench::new(self, vm, good_entry, ends, nesting)?;
        let all: Vec<usize> = (0..bench.ends.deltas().len()).collect();
        match bench.step(&[], all.len(), told)? {
            Verdict::Good => {}
            Verdict::Bad(what) => return Err(BisectError::GoodFails { good: good.clone(), what }.into()),
            Verdict::Untestable(why) => {
                return Err(BisectError::Untestable { side: good.clone(), why }.into());
            }
        }
        let mut outcome = match bench.step(&all, all.len(), told)? {
            Verdict::Bad(what) => what,
            Verdict::Good => return Err(BisectError::BadBoots { bad: bad.clone() }.into()),
            Verdict::Untestable(why) => return Err(BisectError::Untestable { side: bad.clone(), why }.into()),
        };
        let mut suspects = all.len();
        let found = search(all.len(), &mut |places| {
            Ok::<_, Error>(match bench.step(places, suspects, told)? {
                Verdict::Bad(what) => {
                    (suspects, outcome) = (places.len(), what);
                    Answer::Fails
                }
                Verdict::Good | Verdict::Untestable(_) => Answer::Passes,
            })
        })?;
        let deltas = found.iter().map(|place| bench.ends.deltas()[*place].clone()).collect();
        Ok(Culprits { deltas, outcome, differences: all.len(), steps: bench.steps })
    }

    /// The kernel that a side is, or whose tree its `.config` is for.
    fn entry_of(&self, vm: &VmEntry, side: &Side) -> Result<KernelEntry, Error> {
        let name = match side {
            Side::Kernel(name) => name,
            Side::Config(_) => &vm.kernel.value,
        };
        Ok(self.loaded.kernel(name).map_err(BuildError::from)?.clone())
    }

    fn given(&self, side: &Side, entry: &KernelEntry) -> Result<Given, Error> {
        let patches = entry.patches.clone();
        let (path, text) = match side {
            Side::Config(path) => (path.clone(), fs::read_to_string(path)?),
            Side::Kernel(name) => {
                let locked = self.lock(&Selection::Kernels(vec![name.clone()]))?;
                (self.loaded.workspace().work_dir(name), locked.configuration(name)?.text().to_owned())
            }
        };
        let config = DotConfig::parse(&text).map_err(|errors| BisectError::NoConfig {
            path,
            reason: errors.first().map(|error| format!("line {}: {error}", error.line)).unwrap_or_default(),
        })?;
        Ok(Given { config, patches })
    }
}

/// Where kernels are tried.
struct Bench<'a> {
    workbench: &'a Workbench,
    vm: VmEntry,
    kernel: KernelEntry,
    ends: Ends,
    nesting: Nesting,
    config: AbsPath,
    memo: Memo,
    steps: usize,
}

impl<'a> Bench<'a> {
    fn new(
        workbench: &'a Workbench,
        vm: &VmEntry,
        good: KernelEntry,
        ends: Ends,
        nesting: Nesting,
    ) -> Result<Self, Error> {
        let folder = workbench.loaded.workspace().output_dir().join(".bisect").join(vm.name.value.as_str());
        fs::create_dir_all(&folder)?;
        let source = good.source.value.clone();
        let locked = workbench.lock(&Selection::Sources(vec![source.clone()]))?;
        let (_, pin) = locked.locked.pin(&source).map_err(BuildError::from)?;
        let booted = format!("{} {} {:?}", vm.runner.value.as_str(), vm.cmdline.value, vm.memory.value);
        let lasting = pin.is_pinned().then(|| folder.join("verdicts.json"));
        let context = format!("{source} {pin:?} {booted}");
        let config = folder.join("step.config");
        let memo = Memo::read(lasting, context);
        let kernel = on_trial(good, vm, &config);
        let mut vm = vm.clone();
        vm.kernel = kernel.name.clone();
        vm.name.value = VmName::new(&format!("{}--bisect", vm.name.value)).unwrap_or(vm.name.value);
        Ok(Self { workbench, vm, kernel, ends, nesting, config, memo, steps: 0 })
    }

    /// Tries the good one with these deltas.
    fn step(
        &mut self,
        places: &[usize],
        suspects: usize,
        told: &mut dyn FnMut(&Step),
    ) -> Result<Verdict, Error> {
        let deltas: Vec<Delta> = places.iter().map(|place| self.ends.deltas()[*place].clone()).collect();
        self.steps += 1;
        let (verdict, known) = self.tried(&deltas)?;
        told(&Step { number: self.steps, deltas, suspects, verdict: verdict.clone(), known });
        Ok(verdict)
    }

    fn tried(&mut self, deltas: &[Delta]) -> Result<(Verdict, bool), Error> {
        let deltas: Vec<&Delta> = deltas.iter().collect();
        fs::write_atomic(&self.config, self.ends.config(&deltas).as_bytes())?;
        let patches = self.ends.patches(&deltas);
        let (locked, resolved) = match self.resolved(patches) {
            Ok(resolved) => resolved,
            Err(error) => return Ok((untestable(error)?, false)),
        };
        let parts = locked.loaded().patches(&self.kernel.name.value);
        let patches: Vec<String> =
            parts.iter().map(|part| format!("{} {}", part.name, part.digest)).collect();
        let key = self.memo.key(&resolved, &patches);
        if let Some(verdict) = self.memo.get(&key) {
            return Ok((verdict, true));
        }
        let verdict = self.booted(&locked)?;
        self.memo.put(key, &verdict)?;
        Ok((verdict, false))
    }

    /// The kernel beside those of the manifest, and what its config comes to.
    fn resolved(&self, patches: Vec<PatchEntry>) -> Result<(Locked, String), Error> {
        let kernel = KernelEntry { patches, ..self.kernel.clone() };
        let name = kernel.name.value.clone();
        let point = Point { of: name.clone(), kernel, variant: None };
        let bench = self.workbench;
        let hosts = self.vm.nested_host.iter().map(|host| host.value.clone()).collect();
        let locked = bench.session.lock_points(bench.loaded.clone(), &[point], hosts)?;
        let text = bench.session.configuration(&locked, &name)?.text().to_owned();
        Ok((locked, text))
    }

    fn booted(&self, locked: &Locked) -> Result<Verdict, Error> {
        let (bench, vm) = (self.workbench, &self.vm);
        let machine = Machine::for_vm(vm, self.nesting, &bench.env)?;
        let built = bench.session.build_vms(locked, &[(vm, machine.nested_host)])?;
        let mut errors = built.errors.into_iter();
        let Some(Ok(parts)) = built.vms.into_iter().next() else {
            let error = errors.next().unwrap_or(BuildError::Interrupted);
            return untestable(error.into());
        };
        let trial =
            Trial::judged(vm, bench.boot_parts(vm, parts, self.nesting, Manner::Told), |_| Vec::new());
        match trial.result {
            Ok(_) => Ok(Verdict::Good),
            Err(TrialError::Failed(error)) => match error.outcome() {
                Some(outcome) => Ok(Verdict::Bad(outcome.to_string())),
                None if error.kind() == ErrorKind::Interrupted => Err(BuildError::Interrupted.into()),
                None => Ok(Verdict::Untestable(error.to_string())),
            },
            Err(error) => Ok(Verdict::Bad(error.to_string())),
        }
    }
}

/// What cannot be tried for a reason of its own is passed over; a wish to stop is not.
fn untestable(error: Error) -> Result<Verdict, Error> {
    match error.kind() {
        ErrorKind::Interrupted => Err(error),
        _ if error.missing_tools().is_some() => Err(error),
        _ => Ok(Verdict::Untestable(error.to_string())),
    }
}

/// A kernel that is its `.config` and its patches, and promises nothing.
fn on_trial(good: KernelEntry, vm: &VmEntry, config: &AbsPath) -> KernelEntry {
    let name = KernelName::new(&format!("{}--bisect", good.name.value)).unwrap_or(good.name.value.clone());
    KernelEntry {
        name: Spanned { value: name, location: None },
        base: Spanned { value: Base::File(config.to_string()), location: None },
        unlisted: Unlisted::Default,
        strictness: Strictness::Lenient,
        profiles: Vec::new(),
        fragments: Vec::new(),
        local_version: None,
        mod_dir_version: None,
        varies: Some(good.table().clone()),
        images: vec![vm.image.clone()],
        contracts: Vec::new(),
        mod2yes: false,
        auto_modules: None,
        config: Vec::new(),
        features: Vec::new(),
        may_miss: Vec::new(),
        deny_conflicts: DenyConflicts(Vec::new()),
        modules: Spanned { value: Modules::Unsaid, ..good.modules },
        ..good
    }
}
