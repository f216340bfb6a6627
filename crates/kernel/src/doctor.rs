//! What this machine has for building and booting kernels, looked at and not changed.
//!
//! | Area | What is looked for |
//! |---|---|
//! | [`Area::Tool`] | programs and headers of every kernel's build, and what the last `.config`s ask for |
//! | [`Area::Compiler`] | a toolchain for each kernel of the manifest, against its pins and its tree |
//! | [`Area::Kvm`] | whether a virtual machine runs, not only whether `/dev/kvm` is there |
//! | [`Area::Disk`], [`Area::Cache`] | room, and what the user's cache takes |
//! | [`Area::Runner`] | the programs that boot kernels; whether each VM of the manifest has what it runs on |
//!
//! Deliberately absent: installing, which `kernel setup` does; the network.

mod vms;

use kernel_build::host_tools::{self, Demand, Need};
use kernel_build::toolchain::Minima;
use kernel_build::{Cache, Install, Loaded, Session};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::kvm::KvmStatus;
use kernel_host::process::Command;

/// A part of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Programs and headers.
    Tool,
    /// Compilers of the manifest's kernels.
    Compiler,
    /// The machine's own virtualisation.
    Kvm,
    /// What boots kernels.
    Runner,
    /// Room.
    Disk,
    /// The user's cache.
    Cache,
}

impl Area {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Compiler => "compiler",
            Self::Kvm => "kvm",
            Self::Runner => "runner",
            Self::Disk => "disk",
            Self::Cache => "cache",
        }
    }
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it must be.
    Good,
    /// Not there or not usable, and nothing of this workspace fails for it.
    Absent,
    /// Something fails for it.
    Bad,
}

impl Health {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Absent => "absent",
            Self::Bad => "bad",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which part of the machine.
    pub area: Area,
    /// What.
    pub name: String,
    /// How it stands.
    pub health: Health,
    /// What was found: a version, a path, a size.
    pub found: Option<String>,
    /// What is wanted, where something is: a version, what it is for.
    pub wanted: Option<String>,
    /// The oldest version of a tool that all of the manifest's kernels take, where their trees say so.
    pub least: Option<String>,
    /// The packages that bring it, on this machine.
    pub packages: Vec<&'static str>,
    /// What to do.
    pub hint: Option<String>,
}

/// The room below which a kernel with its object tree may not fit.
const ROOM: u64 = 8 << 30;

/// Programs that boot kernels: the name, and what one of another name is called.
const RUNNERS: [&str; 6] = [
    "qemu-system-x86_64",
    "qemu-system-aarch64",
    "qemu-system-riscv64",
    "firecracker",
    "cloud-hypervisor",
    "crosvm",
];

/// Looks at everything; `session` is one that fetches nothing and changes no lockfile.
pub(crate) fn examine(session: &Session, loaded: Option<&Loaded>) -> Vec<Finding> {
    let (env, cancel) = (session.env(), session.cancel());
    let mut findings = Vec::new();
    let mut demands = host_tools::base(kernel_build::Kconfig::Engine);
    let (mut compilers, mut all_minima) = (Vec::new(), Vec::new());
    for (name, entry) in loaded.iter().flat_map(|loaded| &loaded.spec().kernels) {
        let finding = Finding {
            area: Area::Compiler,
            name: format!("{name} ({})", entry.arch.value),
            health: Health::Good,
            found: None,
            wanted: None,
            least: None,
            packages: Vec::new(),
            hint: None,
        };
        let report = match loaded.map(|loaded| session.compiler_report(loaded, name)) {
            None => continue,
            Some(Ok(report)) => report,
            Some(Err(error)) => {
                let (found, hint) = (Some(error.to_string()), error.hint());
                compilers.push(Finding { health: Health::Bad, found, hint, ..finding });
                continue;
            }
        };
        demands.extend(
            report.demands.iter().filter(|demand| !demands.contains(demand)).cloned().collect::<Vec<_>>(),
        );
        let minima = report.minima.unwrap_or_default();
        all_minima.push(minima.clone());
        let least = [
            ("gcc", minima.gcc),
            ("clang", minima.clang),
            ("binutils", minima.binutils),
            ("make", minima.make),
        ];
        let least: Vec<String> =
            least.into_iter().filter_map(|(tool, version)| Some(format!("{tool} {}", version?))).collect();
        let wanted = (!least.is_empty()).then(|| format!("at least {}", least.join(", ")));
        compilers.push(match report.toolchain {
            Ok(toolchain) => Finding { found: Some(toolchain.identity.compiler.clone()), wanted, ..finding },
            Err(error) => Finding {
                health: Health::Bad,
                found: Some(error.to_string()),
                hint: error.hint(),
                wanted,
                ..finding
            },
        });
    }
    findings.extend(demands.iter().map(|demand| tool(demand, &all_minima, env, cancel)));
    findings.extend(compilers);
    findings.push(kvm(kernel_host::kvm::probe()));
    findings.extend(RUNNERS.iter().map(|name| runner(name, env, cancel)));
    findings.extend(loaded.iter().flat_map(|loaded| vms::examine(loaded, env)));
    let target =
        loaded.map_or_else(|| env.current_dir().clone(), |loaded| loaded.workspace().target_dir().clone());
    findings.extend(disk("target directory", &target));
    if let Ok(cache) = Cache::of(env) {
        findings.extend(disk("cache", cache.directory()));
        findings.push(of_cache(&cache));
    }
    findings
}

fn tool(demand: &Demand, minima: &[Minima], env: &Env, cancel: &Cancel) -> Finding {
    let need = demand.tool.need;
    let host_cc = env.get_filled("HOSTCC").unwrap_or("cc");
    let is_there = host_tools::check(std::slice::from_ref(demand), host_cc, env, cancel).is_ok();
    let path = match need {
        Need::Program(names) => names.iter().find_map(|name| env.find_program(name)),
        Need::Header(_) => None,
    };
    let version = path.as_ref().and_then(|path| first_line(path, env, cancel));
    let install = Install::new([&demand.tool.packages], env);
    let name = need.to_string();
    let least = minima.iter().filter_map(|of| of.of_program(&name)).max_by(|a, b| by_numbers(a, b));
    let why = match &demand.symbol {
        Some(symbol) => format!("{}=y: {}", symbol.config_name(), demand.tool.why),
        None => demand.tool.why.to_owned(),
    };
    Finding {
        area: Area::Tool,
        name,
        health: if is_there { Health::Good } else { Health::Bad },
        found: version
            .or_else(|| path.map(|path| path.to_string()))
            .or_else(|| is_there.then(|| "found".into())),
        wanted: Some(why),
        least: least.map(str::to_owned),
        packages: install.as_ref().map(|install| install.packages.clone()).unwrap_or_default(),
        hint: if is_there { None } else { install.map(|install| install.hint()) },
    }
}

/// Compares versions by their numbers.
fn by_numbers(a: &str, b: &str) -> std::cmp::Ordering {
    let numbers = |text: &str| text.split('.').map_while(|part| part.parse::<u64>().ok()).collect::<Vec<_>>();
    numbers(a).cmp(&numbers(b))
}

/// What a program says of its version, where it says something.
fn first_line(program: &AbsPath, env: &Env, cancel: &Cancel) -> Option<String> {
    let mut command = Command::new(program);
    command.arg("--version").current_dir(env.current_dir());
    let output = command.output(cancel).ok().filter(|output| output.status.success())?;
    let line = output.stdout.lines().next().unwrap_or_default().trim().to_owned();
    (!line.is_empty()).then_some(line)
}

fn kvm(status: KvmStatus) -> Finding {
    let (health, found, hint) = match status {
        KvmStatus::Usable => (Health::Good, "a virtual machine has run".to_owned(), None),
        KvmStatus::Absent => (
            Health::Absent,
            "there is no `/dev/kvm`".to_owned(),
            Some("boots are slower: QEMU emulates the processor".to_owned()),
        ),
        KvmStatus::Denied(said) => (
            Health::Absent,
            said,
            Some("add yourself to the group that owns `/dev/kvm`, and log in again".to_owned()),
        ),
        KvmStatus::Broken(said) => (
            Health::Absent,
            format!("`/dev/kvm` opens, but no virtual machine runs: {said}"),
            Some("boots are slower: QEMU emulates the processor".to_owned()),
        ),
    };
    Finding {
        area: Area::Kvm,
        name: "/dev/kvm".into(),
        health,
        found: Some(found),
        wanted: None,
        least: None,
        packages: Vec::new(),
        hint,
    }
}

fn runner(name: &str, env: &Env, cancel: &Cancel) -> Finding {
    let path = env.find_program(name);
    let version = path.as_ref().and_then(|path| first_line(path, env, cancel));
    Finding {
        area: Area::Runner,
        name: name.to_owned(),
        health: if path.is_some() { Health::Good } else { Health::Absent },
        found: version.or_else(|| path.map(|path| path.to_string())),
        wanted: None,
        least: None,
        packages: Vec::new(),
        hint: None,
    }
}

/// The room on the file system of a folder, or of the nearest one above it that is there.
fn disk(name: &str, folder: &AbsPath) -> Option<Finding> {
    let there = std::iter::successors(Some(folder.clone()), AbsPath::parent).find(fs::is_dir)?;
    let free = fs::available_bytes(&there)?;
    let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / f64::from(1u32 << 30));
    let enough = free >= ROOM;
    Some(Finding {
        area: Area::Disk,
        name: format!("{name} {folder}"),
        health: if enough { Health::Good } else { Health::Bad },
        found: Some(format!("{} free", gib(free))),
        wanted: Some(format!("at least {} for a kernel with its source and objects", gib(ROOM))),
        least: None,
        packages: Vec::new(),
        hint: (!enough).then(|| "`cargo kernel cache gc` and `cargo kernel clean` make room".to_owned()),
    })
}

fn of_cache(cache: &Cache) -> Finding {
    let entries = cache.list().unwrap_or_default();
    let size: u64 = entries.iter().map(|entry| entry.size).sum();
    Finding {
        area: Area::Cache,
        name: cache.directory().to_string(),
        health: Health::Good,
        found: Some(format!("{} entries, {} MiB", entries.len(), size >> 20)),
        wanted: None,
        least: None,
        packages: Vec::new(),
        hint: None,
    }
}
