//! Every point of the matrix, resolved and judged side by side; nothing is built and nothing is kept.
//!
//! Deliberately absent: Kernel.lock's word on what a point resolves to: a lockfile is about the kernels of the manifest.

use kernel_spec::{KernelName, Point, SourceName};
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::Session;
use crate::error::BuildError;
use crate::event::Task;
use crate::load::Loaded;
use crate::lock::Locked;
use crate::options::Selection;

/// What became of a point.
#[derive(Debug)]
pub struct Judged {
    /// The point.
    pub point: Point,
    /// What it comes to, or why it cannot be, or is not as asked.
    pub outcome: Result<Glance, BuildError>,
}

/// A kernel as it would be configured.
#[derive(Clone, Debug)]
pub struct Glance {
    /// What `make kernelversion` says.
    pub kernelversion: String,
    /// What `uname -r` will say.
    pub release: String,
    /// How many requests landed.
    pub requests: usize,
    /// The features that it has, by name.
    pub features: Vec<String>,
}

impl Session {
    /// The points of the manifest's matrix, or of it those of some kernels, as kernels beside the others.
    ///
    /// Their sources are pinned, and Kernel.lock says no more of them.
    ///
    /// # Errors
    /// Where the origin of a source cannot be asked, Kernel.lock would change and must not, or files have errors.
    pub fn lock_matrix(
        &self,
        loaded: Loaded,
        kernels: &[KernelName],
    ) -> Result<(Locked, Vec<Point>), BuildError> {
        self.unless_stopped(|| {
            let mut points = loaded.spec().points();
            points.retain(|point| kernels.is_empty() || kernels.contains(&point.of));
            let mut sources: Vec<SourceName> =
                points.iter().map(|point| point.kernel.source.value.clone()).collect();
            sources.sort();
            sources.dedup();
            let locked = self.locker(&Task::Session).lock(loaded, &Selection::Sources(sources))?;
            Ok((locked.with_points(&points)?, points))
        })
    }

    /// Kernels beside those of the manifest, and these of it, pinned: to be resolved and built like any other.
    ///
    /// # Errors
    /// Where the origin of a source cannot be asked, Kernel.lock would change and must not, or files have errors.
    pub fn lock_points(
        &self,
        loaded: Loaded,
        points: &[Point],
        kernels: Vec<KernelName>,
    ) -> Result<Locked, BuildError> {
        self.unless_stopped(|| {
            let mut sources: Vec<SourceName> =
                points.iter().map(|point| point.kernel.source.value.clone()).collect();
            for kernel in &kernels {
                sources.push(loaded.kernel(kernel)?.source.value.clone());
            }
            sources.sort();
            sources.dedup();
            let locked = self.locker(&Task::Session).lock(loaded, &Selection::Sources(sources))?;
            Ok(locked.with_points(points)?)
        })
    }

    /// Resolves and judges points, all at once.
    ///
    /// # Errors
    /// Where somebody asked to stop; what is wrong with a point is said of it.
    pub fn judge_matrix(&self, locked: &Locked, points: &[Point]) -> Result<Vec<Judged>, BuildError> {
        self.unless_stopped(|| {
            let judge = |point: &Point| {
                let name = &point.kernel.name.value;
                let task = Task::Kernel(name.clone());
                let outcome = self.pipeline(locked, name, &task).and_then(|pipeline| pipeline.glance());
                Judged { point: point.clone(), outcome }
            };
            // A pool of its own: each point waits for threads that share the common one.
            let pool = ThreadPoolBuilder::new().num_threads(self.env.cpus()).build();
            let pool = pool.map_err(|error| BuildError::Pool(std::io::Error::other(error)))?;
            let judged: Vec<Judged> = pool.install(|| points.par_iter().map(judge).collect());
            if self.cancel.requested() { Err(BuildError::Interrupted) } else { Ok(judged) }
        })
    }
}
