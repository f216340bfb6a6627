//! A VMM that needs KVM: its program, and how it is told what to boot.
//!
//! | VMM | told by | the guest ends by |
//! |---|---|---|
//! | the VM's own | the manifest's `args` | whatever the VM and its VMM agree on |
//! | Firecracker | its API; nested, a config file (`docs/getting-started.md`, "Configuring the microVM without sending API requests") | the keyboard controller's reset: `reboot=k` |
//! | Cloud Hypervisor | arguments; asked and ended by its API | ACPI: its answer to a reset is to boot again |
//! | crosvm | arguments of `crosvm run` | a reset or ACPI |
//! | Alioth | arguments of `alioth boot` | a triple fault (`reboot=t`) or ACPI |
//! | a command of the manifest | its words | whatever the VM and the command agree on |
//!
//! The same words serve on this machine and in the nested host: the places of files differ, see [`Places`], and whether this
//! process can speak to the VMM, see [`crate::control`].
//!
//! Devices are those that each has an argument for, without privileges: disks, and a vsock at a socket; see [`devices`].
//! Deliberately absent: networks, which need a tap device; more than one processor.

mod devices;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::Command;
use kernel_spec::Image;
use serde_json::{Value, json};

use crate::cmdline::KernelCmdline;
use crate::control::{Control, Put};
use crate::error::BootError;
use crate::machine::{BootRequest, Monitor};
use crate::runner::values::Values;

pub(super) use devices::SOCKET;

/// The file that tells Firecracker what to boot.
const FIRECRACKER_CONFIG: &str = "firecracker.json";

/// A VMM, found.
pub(super) struct Vmm<'a> {
    pub(super) program: AbsPath,
    /// Its name, and its version where it tells one.
    pub(super) version: String,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Own { args: &'a [String], firmware: Option<&'a AbsPath> },
    Installed(&'a Monitor),
}

/// Where the files are that a VMM is told of.
pub(super) struct Places {
    pub(super) image: String,
    pub(super) initramfs: Option<String>,
    pub(super) firmware: Option<String>,
    /// The disks' images, in order.
    pub(super) disks: Vec<String>,
    /// Where [`Invocation::files`] are.
    pub(super) folder: String,
}

/// How a VMM is started.
pub(super) struct Invocation {
    pub(super) args: Vec<String>,
    /// Files that it reads, by their names.
    pub(super) files: Vec<(&'static str, Vec<u8>)>,
}

impl<'a> Vmm<'a> {
    /// The VM's own.
    pub(super) fn own(program: &AbsPath, args: &'a [String], firmware: Option<&'a AbsPath>) -> Self {
        let version = program.file_name().unwrap_or("vmm").to_owned();
        Self { program: program.clone(), version, kind: Kind::Own { args, firmware } }
    }

    /// One that is installed; asks it for its version.
    pub(super) fn installed(
        vm: &str,
        monitor: &'a Monitor,
        program: Option<&str>,
        env: &Env,
        cancel: &Cancel,
    ) -> Result<Self, BootError> {
        let name = program.unwrap_or(match monitor {
            Monitor::Firecracker => "firecracker",
            Monitor::CloudHypervisor => "cloud-hypervisor",
            Monitor::Crosvm => "crosvm",
            Monitor::Alioth => "alioth",
            Monitor::Command(words) => words.first().map_or("", String::as_str),
        });
        let path = if name.contains('/') {
            Some(env.current_dir().join(name)).filter(fs::is_file)
        } else {
            env.find_program(name)
        };
        let Some(path) = path else {
            return Err(BootError::NoVmm { vm: vm.to_owned(), program: name.to_owned() });
        };
        let version = match monitor {
            Monitor::Command(_) => path.file_name().unwrap_or("vmm").to_owned(),
            Monitor::Crosvm => version_of(&path, "version", cancel)?,
            _ => version_of(&path, "--version", cancel)?,
        };
        Ok(Self { program: path, version, kind: Kind::Installed(monitor) })
    }

    /// Its firmware, as the linker made it.
    pub(super) fn firmware(&self) -> Option<&'a AbsPath> {
        match self.kind {
            Kind::Own { firmware, .. } => firmware,
            Kind::Installed(_) => None,
        }
    }

    /// The VM's words, and those that the VMM needs.
    pub(super) fn cmdline(&self, request: &BootRequest) -> KernelCmdline {
        let mut line = KernelCmdline::of_vm(&request.cmdline);
        match self.kind {
            Kind::Installed(Monitor::Firecracker) => {
                line.need(
                    "firecracker",
                    "reboot=k",
                    "Firecracker ends when the guest resets by the keyboard controller",
                );
            }
            Kind::Installed(Monitor::Crosvm) => {
                line.need(
                    "crosvm",
                    "reboot=k",
                    "crosvm ends when the guest resets by the keyboard controller",
                );
            }
            Kind::Installed(Monitor::Alioth) => {
                line.need("alioth", "reboot=t", "Alioth ends at a triple fault, and hears no other reset");
            }
            Kind::Installed(Monitor::CloudHypervisor | Monitor::Command(_)) | Kind::Own { .. } => {}
        }
        request.devices.words(&mut line, request.kernel_config().as_deref());
        line
    }

    /// How it is spoken to by this process.
    pub(super) fn control(
        &self,
        request: &BootRequest,
        places: &Places,
        cmdline: &KernelCmdline,
        env: &Env,
    ) -> Result<Option<Control>, BootError> {
        match self.kind {
            Kind::Installed(Monitor::Firecracker) => {
                let config = firecracker_config(request, places, &cmdline.to_string());
                Control::firecracker(env, firecracker_requests(&config)).map(Some)
            }
            Kind::Installed(Monitor::CloudHypervisor) => Control::cloud_hypervisor(env).map(Some),
            Kind::Installed(_) | Kind::Own { .. } => Ok(None),
        }
    }

    /// How it is told to boot what is in these places; `socket` where this process speaks to it.
    pub(super) fn invocation(
        &self,
        request: &BootRequest,
        places: &Places,
        cmdline: &KernelCmdline,
        socket: Option<&str>,
    ) -> Result<Invocation, BootError> {
        devices::check(request, &self.kind)?;
        let cmdline = cmdline.to_string();
        let expand = |args: &[String]| {
            let values = Values {
                vm: request.name.as_str(),
                image: places.image.clone(),
                initramfs: places.initramfs.clone(),
                firmware: places.firmware.clone(),
                cmdline: cmdline.clone(),
                memory_mib: request.memory_mib,
            };
            Ok(Invocation { args: values.expand(args)?, files: Vec::new() })
        };
        let memory = request.memory_mib;
        let initramfs = |flag: &str| match &places.initramfs {
            Some(path) => vec![flag.to_owned(), path.clone()],
            None => Vec::new(),
        };
        let mut files = Vec::new();
        let args = match self.kind {
            Kind::Own { args, .. } => return expand(args),
            Kind::Installed(Monitor::Command(words)) => return expand(words.get(1..).unwrap_or_default()),
            Kind::Installed(Monitor::Firecracker) if socket.is_some() => {
                words(&["--api-sock", socket.unwrap_or_default()])
            }
            Kind::Installed(Monitor::Firecracker) => {
                let config = firecracker_config(request, places, &cmdline);
                files.push((FIRECRACKER_CONFIG, serde_json::to_vec_pretty(&config)?));
                let config = format!("{}/{FIRECRACKER_CONFIG}", places.folder.trim_end_matches('/'));
                words(&["--no-api", "--config-file", &config])
            }
            Kind::Installed(Monitor::CloudHypervisor) => {
                let mut args = words(&["--kernel", &places.image, "--cmdline", &cmdline]);
                args.extend(initramfs("--initramfs"));
                args.extend(words(&["--serial", "tty", "--console", "off", "--cpus", "boot=1"]));
                args.extend(words(&["--memory", &format!("size={memory}M")]));
                if let Some(socket) = socket {
                    args.extend(words(&["--api-socket", &format!("path={socket}")]));
                }
                args
            }
            Kind::Installed(Monitor::Crosvm) => {
                let mut args =
                    words(&["run", "--disable-sandbox", "--cpus", "1", "--mem", &memory.to_string()]);
                args.extend(words(&["--serial", "type=stdout,hardware=serial,num=1,console=true"]));
                args.extend(initramfs("--initrd"));
                args.extend(words(&["--params", &cmdline, &places.image]));
                args
            }
            Kind::Installed(Monitor::Alioth) => {
                let kernel = if request.kind == Image::Vmlinux { "--pvh" } else { "--kernel" };
                let mut args = words(&["boot", kernel, &places.image, "--cmdline", &cmdline]);
                args.extend(initramfs("--initramfs"));
                args.extend(words(&["--cpu", "count=1", "--memory", &format!("size={memory}M")]));
                args
            }
        };
        let mut args = args;
        devices::tell(request, places, &self.kind, &mut args);
        Ok(Invocation { args, files })
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Firecracker's config file: the bodies of its API's requests, by their paths.
fn firecracker_config(request: &BootRequest, places: &Places, cmdline: &str) -> Value {
    let mut boot_source = json!({ "kernel_image_path": places.image, "boot_args": cmdline });
    if let Some(initramfs) = &places.initramfs {
        boot_source["initrd_path"] = json!(initramfs);
    }
    let mut config = json!({
        "boot-source": boot_source,
        "drives": devices::firecracker_drives(request, places),
        "machine-config": { "vcpu_count": 1, "mem_size_mib": request.memory_mib },
    });
    if let Some(vsock) = devices::firecracker_vsock(request, places) {
        config["vsock"] = vsock;
    }
    config
}

/// The same as requests, and the one that starts the guest.
fn firecracker_requests(config: &Value) -> Vec<Put> {
    let put = |target: &str, body: &Value| Put { target: target.to_owned(), body: body.clone() };
    let mut requests = Vec::new();
    for key in ["machine-config", "boot-source", "vsock"] {
        requests.extend(config.get(key).map(|body| put(&format!("/{key}"), body)));
    }
    for drive in config["drives"].as_array().into_iter().flatten() {
        let id = drive["drive_id"].as_str().unwrap_or_default();
        requests.push(put(&format!("/drives/{id}"), drive));
    }
    requests.push(put("/actions", &json!({ "action_type": "InstanceStart" })));
    requests
}

/// The first line that a VMM says of its version; its name where it says none.
fn version_of(program: &AbsPath, ask: &str, cancel: &Cancel) -> Result<String, BootError> {
    let said = Command::new(program).arg(ask).output(cancel)?;
    let line = said.stdout.lines().map(str::trim).find(|line| !line.is_empty());
    Ok(line.unwrap_or(program.file_name().unwrap_or("vmm")).to_owned())
}

#[cfg(test)]
mod tests;
