//! What happens, of both halves.

use std::sync::Arc;

use kernel_boot::BootEvent;
use kernel_spec::VmName;

/// Something that happened.
///
/// Order: events of a build ([`kernel_build::Event`] has their order), then those of one boot ([`BootEvent`]).
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// While something is fetched, configured or built.
    Build(&'a kernel_build::Event),
    /// While a VM runs.
    Boot {
        /// The VM.
        vm: &'a VmName,
        /// What happened.
        event: &'a BootEvent<'a>,
    },
}

/// Receives events; called from several threads.
pub trait Reporter: Send + Sync {
    /// Takes one event.
    fn report(&self, event: Event<'_>);
}

/// Hands events of a build on.
pub(crate) struct Relay(pub(crate) Arc<dyn Reporter>);

impl kernel_build::Reporter for Relay {
    fn report(&self, event: &kernel_build::Event) {
        self.0.report(Event::Build(event));
    }
}
