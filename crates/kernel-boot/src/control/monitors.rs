//! The APIs of Firecracker and Cloud Hypervisor: HTTP on a socket.

use kernel_host::AbsPath;
use kernel_host::socket::{Response, request};
use serde_json::Value;

use super::SOON;

/// Something that Firecracker is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Put {
    /// `/boot-source`.
    pub(crate) target: String,
    /// Its body.
    pub(crate) body: Value,
}

/// Tells it; what is said against it.
pub(super) fn put(socket: &AbsPath, put: &Put) -> Result<(), String> {
    let answer = request(socket, ("PUT", &put.target), Some(&put.body.to_string()), SOON);
    let Response { status, body } = answer.map_err(|error| error.to_string())?;
    if (200..300).contains(&status) {
        return Ok(());
    }
    let fault = json(&body)["fault_message"].as_str().map(|fault| fault.trim().to_owned());
    Err(fault.unwrap_or_else(|| format!("status {status}: {}", body.trim())))
}

/// `state` of `GET /`: `Running`, `Paused`, `Not started`.
pub(super) fn firecracker_state(socket: &AbsPath) -> Option<String> {
    text(socket, "/", "state")
}

/// `state` of `vm.info`: `Created`, `Running`, `Shutdown`, `Paused`.
pub(super) fn cloud_hypervisor_state(socket: &AbsPath) -> Option<String> {
    text(socket, "/api/v1/vm.info", "state")
}

/// Has Cloud Hypervisor end; whether it says that it will.
pub(super) fn shut_down(socket: &AbsPath) -> bool {
    let answer = request(socket, ("PUT", "/api/v1/vmm.shutdown"), None, SOON);
    answer.is_ok_and(|answer| (200..300).contains(&answer.status))
}

fn text(socket: &AbsPath, target: &str, key: &str) -> Option<String> {
    let answer = request(socket, ("GET", target), None, SOON).ok()?;
    json(&answer.body).get(key)?.as_str().map(str::to_owned)
}

fn json(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_default()
}
