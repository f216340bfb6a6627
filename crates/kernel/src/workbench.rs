//! A workspace, opened: names are looked up in it, and what is named is locked, built and booted.
//!
//! ```text
//! Workbench ──lock(what)──▶ Locked ──▶ check, plan, build, fetch, boot
//! ```

use std::sync::Arc;

use kernel_build::export::{self, Form};
use kernel_build::host_tools::{self, Demand};
use kernel_build::load::LoadError;
use kernel_build::workspace::WorkspaceError;
use kernel_build::{
    Artifact, BuildError, Checked, Clean, Configuration, Install, Judged, KernelOutlook, Loaded, Menu,
    Options, PatchReport, PlainConfig, PlainResolved, PlainTree, Planned, Refreshed, Repair, Resolver,
    Selection, Session, Standing, Update, VerifiedSource, VmParts,
};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_plan::Plan;
use kernel_spec::{KernelName, KernelSpec, Lockfile, Point, SourceName, VmEntry, VmName};

use crate::boot;
use crate::doctor::{self, Finding};
use crate::error::Error;
use crate::event::{Relay, Reporter};
use crate::places::Places;
use crate::select::{self, NameKind};

mod bisect;
mod guests;
mod measure;

/// A workspace whose manifest and fragments are free of errors.
pub struct Workbench {
    session: Session,
    loaded: Loaded,
    env: Env,
    cancel: Cancel,
    reporter: Arc<dyn Reporter>,
}

/// What was built.
#[derive(Debug, Default)]
pub struct Built {
    /// Kernels, in the order in which they were built.
    pub artifacts: Vec<Artifact>,
    /// VMs.
    pub vms: Vec<VmParts>,
}

impl Workbench {
    /// Finds and reads the workspace.
    ///
    /// # Errors
    /// [`Error::NoManifest`] where there is none at the place that was named; [`Error::Build`] with every error of every file.
    pub fn open(
        places: &Places,
        env: &Env,
        cancel: Cancel,
        reporter: Arc<dyn Reporter>,
        options: Options,
    ) -> Result<Self, Error> {
        let env = places.environment(env)?;
        let relay = Arc::new(Relay(Arc::clone(&reporter)));
        let session = Session::new(env.clone(), cancel.clone(), relay, options);
        let loaded = session.load()?;
        Ok(Self { session, loaded, env, cancel, reporter })
    }

    /// The validated manifest.
    pub fn spec(&self) -> &KernelSpec {
        self.loaded.spec()
    }

    /// The workspace, with its places.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// What Kernel.lock says; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn lockfile(&self) -> Result<Option<Lockfile>, Error> {
        Ok(self.session.lockfile(&self.loaded)?)
    }

    /// The kernels of these words; of none, every kernel.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn kernels(&self, words: &[String]) -> Result<Vec<KernelName>, Error> {
        if words.is_empty() {
            return Ok(self.spec().kernels.keys().cloned().collect());
        }
        Ok(select::kernels(self.spec(), words)?)
    }

    /// The VM of this word; without one, the only VM.
    ///
    /// # Errors
    /// [`Error::UnknownName`], [`Error::WhichVm`].
    pub fn vm(&self, word: Option<&str>) -> Result<&VmEntry, Error> {
        let vms = &self.spec().vms;
        let names = || vms.keys().map(ToString::to_string).collect();
        match word {
            Some(word) => {
                let name = select::vm(self.spec(), word)?;
                vms.get(&name).ok_or_else(|| Error::WhichVm(names()))
            }
            None if vms.len() == 1 => vms.values().next().ok_or_else(|| Error::WhichVm(names())),
            None => Err(Error::WhichVm(names())),
        }
    }

    /// The sources of these words; a kernel's name may stand for its source where `kind` says so.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn sources(&self, words: &[String], kind: NameKind) -> Result<Vec<SourceName>, Error> {
        Ok(select::sources(self.spec(), words, kind)?)
    }

    /// Pins what the selection needs.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn lock(&self, selection: &Selection) -> Result<Locked<'_>, Error> {
        Ok(Locked { bench: self, locked: self.session.lock(self.loaded.clone(), selection)? })
    }

    /// Pins the sources of the points of the matrix, or of those of some kernels.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn lock_matrix(&self, kernels: &[KernelName]) -> Result<(Locked<'_>, Vec<Point>), Error> {
        let (locked, points) = self.session.lock_matrix(self.loaded.clone(), kernels)?;
        Ok((Locked { bench: self, locked }, points))
    }

    /// The trees of sources on disk: pinned, fetched, verified, unpacked, of the right version.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn fetch(&self, sources: &[SourceName]) -> Result<Vec<(SourceName, AbsPath)>, Error> {
        let selection = Selection::Sources(sources.to_vec());
        let locked = self.session.lock(self.loaded.clone(), &selection)?;
        Ok(self.session.fetch(&locked, &selection)?)
    }

    /// Asks for newer pins of sources, or for those of one version; none: of all. Nothing is written yet.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn update(&self, sources: &[SourceName], precise: Option<&str>) -> Result<Update, Error> {
        Ok(self.session.update(&self.loaded, sources, precise)?)
    }

    /// What an update does to each kernel whose source is pinned anew; both trees are fetched for that.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn outlook(&self, update: &Update) -> Result<Vec<KernelOutlook>, Error> {
        Ok(self.session.outlook(&self.loaded, update)?)
    }

    /// Writes an update down.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn write_update(&self, update: &Update) -> Result<(), Error> {
        Ok(self.session.write_update(&self.loaded, update)?)
    }

    /// Copies what sources are unpacked from to a folder that stands in for the network; the sources that are in it.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn vendor(&self, sources: &[SourceName], to: &AbsPath) -> Result<Vec<SourceName>, Error> {
        let selection = Selection::Sources(sources.to_vec());
        let locked = self.session.lock(self.loaded.clone(), &selection)?;
        Ok(self.session.vendor(&locked, &selection, to)?)
    }

    /// Compares unpacked sources with what they were unpacked from.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn verify_sources(
        &self,
        sources: &[SourceName],
        repair: Repair,
    ) -> Result<Vec<VerifiedSource>, Error> {
        let selection = Selection::Sources(sources.to_vec());
        let locked = self.session.lock(self.loaded.clone(), &selection)?;
        Ok(self.session.verify_sources(&locked, &selection, repair)?)
    }

    /// Asks origins for what is newest; none: of all sources. Changes nothing.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn standing(&self, sources: &[SourceName]) -> Result<Vec<Standing>, Error> {
        Ok(self.session.standing(&self.loaded, sources)?)
    }

    /// Removes what builds left; the number of bytes.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn clean(&self, what: &Clean) -> Result<u64, Error> {
        Ok(self.session.clean(&self.loaded, what)?)
    }

    /// Installs what is missing; the caller has asked.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn install(&self, install: &Install) -> Result<(), Error> {
        Ok(self.session.install(install)?)
    }

    /// Looks for host tools.
    ///
    /// # Errors
    /// [`Error::Build`], with all that are missing: [`Error::missing_tools`].
    pub fn check_tools(&self, demands: &[Demand]) -> Result<(), Error> {
        let host_cc = self.env.get_filled("HOSTCC").unwrap_or("cc");
        let found = host_tools::check(demands, host_cc, &self.env, &self.cancel);
        Ok(found.map_err(BuildError::from)?)
    }

    fn need_linux(&self, verb: &'static str) -> Result<(), Error> {
        if self.env.is_linux() { Ok(()) } else { Err(Error::NotLinux(verb)) }
    }
}

/// A workspace in which every source that is needed is pinned.
pub struct Locked<'a> {
    bench: &'a Workbench,
    locked: kernel_build::Locked,
}

impl Locked<'_> {
    /// What a build of a kernel would do.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn plan(&self, kernel: &KernelName) -> Result<Planned, Error> {
        Ok(self.bench.session.plan(&self.locked, kernel)?)
    }

    /// What a build of a VM would do.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn plan_vm(&self, vm: &VmName) -> Result<Vec<Plan>, Error> {
        Ok(self.bench.session.plan_vm(&self.locked, vm)?)
    }

    /// A kernel's configuration, resolved by the engine, to be asked about.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn configuration(&self, kernel: &KernelName) -> Result<Configuration, Error> {
        Ok(self.bench.session.configuration(&self.locked, kernel)?)
    }

    /// The same, and what of it is not as asked.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn judged_configuration(&self, kernel: &KernelName) -> Result<(Configuration, Option<Error>), Error> {
        let (configuration, refused) = self.bench.session.judged_configuration(&self.locked, kernel)?;
        Ok((configuration, refused.map(Error::from)))
    }

    /// A kernel's source tree as the engine sees it.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn resolver(&self, kernel: &KernelName) -> Result<Resolver, Error> {
        Ok(self.bench.session.resolver(&self.locked, kernel)?)
    }

    /// What becomes of each of a kernel's patches on its tree.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn check_patches(&self, kernel: &KernelName) -> Result<Vec<PatchReport>, Error> {
        Ok(self.bench.session.check_patches(&self.locked, kernel)?)
    }

    /// Rewrites the patches of a kernel that apply with an offset.
    ///
    /// # Errors
    /// [`Error::Build`].
    pub fn refresh_patches(&self, kernel: &KernelName) -> Result<Vec<Refreshed>, Error> {
        Ok(self.bench.session.refresh_patches(&self.locked, kernel)?)
    }

    /// Everything up to the compiler.
    ///
    /// # Errors
    /// [`Error::NotLinux`], [`Error::Build`].
    pub fn check(&self, kernel: &KernelName) -> Result<Checked, Error> {
        self.bench.need_linux("checked")?;
        Ok(self.bench.session.check(&self.locked, kernel)?)
    }

    /// Resolves and judges the points of the matrix, all at once; nothing is kept.
    ///
    /// # Errors
    /// [`Error::NotLinux`], [`Error::Build`].
    pub fn judge_matrix(&self, points: &[Point]) -> Result<Vec<Judged>, Error> {
        self.bench.need_linux("checked")?;
        Ok(self.bench.session.judge_matrix(&self.locked, points)?)
    }

    /// Runs a menu of a kernel's tree on a copy of a `.config`, with this terminal; what the `.config` then is.
    ///
    /// # Errors
    /// [`Error::NotLinux`], [`Error::Build`].
    pub fn menu(&self, kernel: &KernelName, menu: Menu, config: &str) -> Result<String, Error> {
        self.bench.need_linux("configured")?;
        Ok(self.bench.session.menu(&self.locked, kernel, menu, config)?)
    }

    /// Writes a kernel down for another build system; the files.
    ///
    /// # Errors
    /// [`Error::NotLinux`], [`Error::Build`].
    pub fn export(&self, kernel: &KernelName, form: Form, folder: &AbsPath) -> Result<Vec<AbsPath>, Error> {
        self.bench.need_linux("exported")?;
        let ingredients = self.bench.session.ingredients(&self.locked, kernel)?;
        Ok(export::write(&ingredients, form, folder)?)
    }

    /// Writes the corresponding source of a kernel into a folder that is not there yet; what lies at its top.
    ///
    /// # Errors
    /// [`Error::NotLinux`], [`Error::Build`].
    pub fn source_bundle(&self, kernel: &KernelName, folder: &AbsPath) -> Result<Vec<AbsPath>, Error> {
        self.bench.need_linux("built")?;
        Ok(self.bench.session.source_bundle(&self.locked, kernel, folder)?)
    }

    /// Builds these kernels.
    ///
    /// # Errors
    /// [`Error::NotLinux`], [`Error::Build`].
    pub fn build(&self, kernels: &[KernelName]) -> Result<Built, Error> {
        self.bench.need_linux("built")?;
        let artifacts = self.bench.session.build(&self.locked, kernels)?;
        Ok(Built { artifacts, vms: Vec::new() })
    }

    /// Builds a VM: its kernel, the crates beside it, and the kernel of its nested host where it needs one here.
    ///
    /// # Errors
    /// [`Error::NotLinux`], [`Error::Build`].
    pub fn build_vm(&self, vm: &VmEntry) -> Result<Built, Error> {
        self.bench.need_linux("built")?;
        let nested_host = boot::nested_host_here(vm);
        let parts = self.bench.session.build_vm(&self.locked, &vm.name.value, nested_host)?;
        let mut artifacts = vec![parts.artifact.clone()];
        artifacts.extend(parts.nested_host.clone());
        Ok(Built { artifacts, vms: vec![parts] })
    }

    /// Builds every kernel and VM of the manifest.
    ///
    /// # Errors
    /// [`Error::NotLinux`], [`Error::Build`].
    pub fn build_all(&self) -> Result<Built, Error> {
        self.bench.need_linux("built")?;
        let all = self.bench.session.build_all(&self.locked)?;
        Ok(Built { artifacts: all.artifacts, vms: all.vms })
    }
}

/// What this machine has for building and booting kernels; of those of a manifest, where there is one.
///
/// # Errors
/// Where there is a manifest and it cannot be read.
pub fn examine(
    places: &Places,
    env: &Env,
    cancel: Cancel,
    reporter: Arc<dyn Reporter>,
    options: Options,
) -> Result<Vec<Finding>, Error> {
    let session = Session::new(places.environment(env)?, cancel, Arc::new(Relay(reporter)), options);
    let loaded = match session.load() {
        Ok(loaded) => Some(loaded),
        Err(BuildError::Load(LoadError::Workspace(WorkspaceError::NoManifest { .. }))) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(doctor::examine(&session, loaded.as_ref()))
}

/// A source tree that no manifest speaks of, as the engine sees it.
///
/// # Errors
/// [`Error::Build`].
pub fn plain_resolver(
    tree: &PlainTree,
    env: &Env,
    cancel: Cancel,
    reporter: Arc<dyn Reporter>,
    options: Options,
) -> Result<Resolver, Error> {
    let relay = Arc::new(Relay(reporter));
    Ok(Session::new(env.clone(), cancel, relay, options).plain_resolver(tree)?)
}

/// What a configuration resolves to in such a tree.
///
/// # Errors
/// [`Error::Build`].
pub fn resolve_plain(
    (tree, config): (&PlainTree, &PlainConfig),
    env: &Env,
    cancel: Cancel,
    reporter: Arc<dyn Reporter>,
    options: Options,
) -> Result<PlainResolved, Error> {
    let relay = Arc::new(Relay(reporter));
    Ok(Session::new(env.clone(), cancel, relay, options).resolve_plain(tree, config)?)
}
