//! From a resolved config to images in the object tree.
//!
//! Invariant: `.config` is the resolved one when make starts, and is touched only where it was another: kbuild goes by
//! its time.

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};
use kernel_host::process::ProcessError;
use kernel_spec::{Image, KernelName};

use crate::configure::Configured;
use crate::event::{Unit, Voice};
use crate::make::{Make, MakeError, MakeFailure};
use crate::make_output::{estimated_objects, object_of};
use crate::state::State;

/// Why there are no images.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// make failed.
    #[error("kernel `{kernel}` does not compile: make ended with {}", .failure.status)]
    Make {
        /// The kernel.
        kernel: KernelName,
        /// What it said.
        failure: Box<MakeFailure>,
    },
    /// make could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl CompileError {
    /// Lines to show below the message: the compiler's own words.
    pub(crate) fn details(&self) -> Vec<String> {
        match self {
            Self::Make { failure, .. } => {
                let log = format!("everything that make said is in {}", failure.log);
                let since = failure.since.iter().map(|line| format!("    {line}"));
                let head = (!failure.since.is_empty()).then(|| "since the last good build:".to_owned());
                failure.words.iter().cloned().chain(head).chain(since).chain([log]).collect()
            }
            Self::Process(_) | Self::Fs(_) => Vec::new(),
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Make { failure, .. } => failure.hint.map(str::to_owned),
            Self::Process(_) | Self::Fs(_) => None,
        }
    }
}

/// An object tree with everything that was asked for in it.
pub(crate) struct Compiled {
    /// How many objects make spoke of.
    pub(crate) objects: u64,
    /// Whether make ran the tree's `conf`.
    pub(crate) synced: bool,
}

/// Everything that compiling needs.
pub(crate) struct Compiler<'a> {
    pub(crate) kernel: &'a KernelName,
    pub(crate) images: &'a [Image],
    pub(crate) configured: &'a Configured,
    pub(crate) work: &'a AbsPath,
    pub(crate) objtree: &'a AbsPath,
    pub(crate) make: Make<'a>,
    pub(crate) voice: Voice<'a>,
}

/// What make is asked for.
pub(crate) fn goals(images: &[Image]) -> Vec<&'static str> {
    images.iter().map(|image| image.as_str()).collect()
}

impl Compiler<'_> {
    pub(crate) fn compile(&self, state: &mut State) -> Result<Compiled, CompileError> {
        let config = self.objtree.join(".config");
        // Rewriting it unchanged would make kbuild look at every object again.
        if fs::read(&config).ok().as_deref() != Some(self.configured.text.as_bytes()) {
            fs::write_atomic(&config, self.configured.text.as_bytes())?;
        }

        let what = format!("{} {}", self.kernel, self.configured.release.text);
        self.voice.started("Compiling", what.clone());
        let on = self.configured.config.iter().filter(|(_, value)| **value == kconfig::Value::Y).count();
        let expected = state.objects.unwrap_or_else(|| estimated_objects(on));
        let (mut objects, mut synced) = (0, false);
        let ran = {
            let bar = self.voice.bar("Compiling", what, Unit::Objects);
            let mut each = |line: &str, _: bool| {
                synced |= line.trim_start().starts_with("SYNC ");
                if let Some(object) = object_of(line) {
                    objects += 1;
                    bar.at(objects, Some(expected), object);
                }
            };
            let mut goals = goals(self.images);
            // What gdb's commands for the kernel stand on; `all` has it, an image alone has not.
            if self
                .configured
                .config
                .iter()
                .any(|(symbol, value)| symbol.as_str() == "GDB_SCRIPTS" && *value == kconfig::Value::Y)
            {
                goals.push("scripts_gdb");
            }
            let mut command = self.make.command(&goals);
            self.make.run(&mut command, &self.work.join("build.log"), &mut each)
        };
        ran.map_err(|error| match error {
            MakeError::Failed(failure) => CompileError::Make { kernel: self.kernel.clone(), failure },
            MakeError::Process(error) => CompileError::Process(error),
            MakeError::Fs(error) => CompileError::Fs(error),
        })?;
        // A build of what was there before says less than a whole one.
        state.objects = Some(state.objects.unwrap_or_default().max(objects));
        Ok(Compiled { objects, synced })
    }
}
