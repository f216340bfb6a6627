//! The first manifest of a workspace, and the lines beside it: what `kernel init` writes.
//!
//! ```text
//! Starter ─ manifest ─▶ Kernel.toml
//! .cargo/config.toml ─ with_alias ─▶ the same with `[alias] xtask`
//! .gitignore ─ with_ignored ─▶ the same with what git must not see
//! ```
//!
//! Invariant: what is there stays, byte for byte; what is there already is not written again.

use toml_edit::{DocumentMut, Item, Table, TomlError, value};

use crate::profile::Profile;
use crate::{Arch, KernelName};

/// What a first manifest says.
#[derive(Clone, Debug)]
pub struct Starter {
    /// The kernel's name, and the VM's.
    pub kernel: KernelName,
    /// The series of the source: `6.12`.
    pub series: String,
    /// The architecture.
    pub arch: Arch,
    /// The VMMs that it is to boot in; none: QEMU.
    pub vmms: Vec<&'static Profile>,
    /// The workspace's package that is the VMM.
    pub vmm_package: Option<String>,
    /// The workspace's package that becomes `/init`.
    pub init_package: Option<String>,
}

/// The lines of a `.gitignore`: cargo's target directory, and what is of one machine alone.
const IGNORED: [&str; 2] = ["/target", "/Kernel.override.toml"];

/// The profile of a kernel that no VMM is named for.
const QEMU: &str = "qemu-microvm";

impl Starter {
    /// The text of `Kernel.toml`.
    pub fn manifest(&self) -> String {
        let Self { kernel, series, arch, .. } = self;
        let profiles: Vec<String> = match self.vmms.as_slice() {
            [] => vec![format!("{QEMU:?}")],
            vmms => vmms.iter().map(|profile| format!("{:?}", profile.name)).collect(),
        };
        let profiles = profiles.join(", ");
        let arch = arch.rust_name();
        let mut text = format!(
            "schema = 1

[source.linux]
version = \"{series}\"                        # the newest {series}.y of kernel.org; Kernel.lock pins it

[kernel.{kernel}]
source = \"linux\"
arch = \"{arch}\"
base = \"tinyconfig\"                     # nothing but what the layers ask for
profiles = [{profiles}]
local-version = \"-{kernel}\"
mod-dir-version = \"{{version}}-{kernel}\"     # checked before anything is compiled

# More requests: `VSOCKETS = \"y\"`, `NR_CPUS = 4`. `cargo kernel config explain {kernel} VSOCKETS` says what one needs.
[kernel.{kernel}.config]
"
        );
        text += &self.vm();
        text
    }

    fn vm(&self) -> String {
        let Self { kernel, .. } = self;
        let console = if self.arch == Arch::X86_64 { "ttyS0" } else { "ttyAMA0" };
        let mut lines = vec![format!("[vm.{kernel}]"), format!("kernel = \"{kernel}\"")];
        if let Some(package) = &self.vmm_package {
            lines.push(
                "# The arguments are your program's own; what stands in braces is filled in.".to_owned(),
            );
            let initrd = if self.init_package.is_some() { "\"--initrd\", \"{initramfs}\", " } else { "" };
            lines.push(format!(
                "vmm = {{ package = {package:?}, args = [\"--kernel\", \"{{image}}\", {initrd}\"--cmdline\", \"{{cmdline}}\"] }}"
            ));
        }
        if let Some(package) = &self.init_package {
            lines.push(format!("init = {{ package = {package:?} }}"));
        }
        lines.push(format!("cmdline = \"console={console} reboot=t panic=-1\""));
        // A VM without a package of the workspace has nothing of its own to boot yet.
        let is_there = self.vmm_package.is_some() || self.init_package.is_some();
        let lines =
            lines.iter().map(|line| if is_there { format!("{line}\n") } else { format!("# {line}\n") });
        "\n".to_owned() + &lines.collect::<String>()
    }
}

/// A `.cargo/config.toml` with an alias that it does not have yet; `None` where it has one of that name.
///
/// # Errors
/// [`TomlError`] where the text is no TOML.
pub fn with_alias(config: &str, name: &str, command: &str) -> Result<Option<String>, TomlError> {
    let mut document: DocumentMut = config.parse()?;
    let there = document.get("alias").and_then(Item::as_table_like);
    if there.is_some_and(|table| table.contains_key(name)) {
        return Ok(None);
    }
    let table = document.entry("alias").or_insert_with(|| Item::Table(Table::new()));
    if let Some(table) = table.as_table_like_mut() {
        table.insert(name, value(command));
    }
    Ok(Some(document.to_string()))
}

/// A `.gitignore` with the lines that it does not have yet; `None` where it has all of them.
pub fn with_ignored(text: &str) -> Option<String> {
    let has = |wanted: &&&str| {
        let plain = |line: &str| line.trim().trim_matches('/').to_owned();
        text.lines().any(|line| plain(line) == plain(wanted))
    };
    let missing: Vec<&str> = IGNORED.iter().filter(|line| !has(line)).copied().collect();
    if missing.is_empty() {
        return None;
    }
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    Some(format!("{text}{gap}{}\n", missing.join("\n")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{KernelSpec, SourceText, SpecContext, profile};

    fn starter() -> Starter {
        Starter {
            kernel: KernelName::new("guest").expect("a name"),
            series: "6.12".into(),
            arch: Arch::X86_64,
            vmms: Vec::new(),
            vmm_package: None,
            init_package: None,
        }
    }

    /// Whatever is chosen, the parser takes it.
    #[test]
    fn every_starter_is_a_manifest() {
        let vmms = profile::all().iter().filter(|profile| profile.kind == profile::ProfileKind::Vmm);
        for vmm in vmms {
            for arch in vmm.architectures {
                for package in [None, Some("my-vmm".to_owned())] {
                    let starter = Starter { arch: *arch, vmms: vec![vmm], vmm_package: package, ..starter() };
                    let text = SourceText { path: "Kernel.toml".into(), text: starter.manifest() };
                    let spec = KernelSpec::parse(Arc::new(text), &SpecContext { host_arch: Some(*arch) });
                    assert!(spec.is_ok(), "{}: {spec:?}", starter.manifest());
                }
            }
        }
    }

    #[test]
    fn a_manifest_says_what_each_line_is_for() {
        let starter =
            Starter { vmm_package: Some("my-vmm".into()), init_package: Some("my-init".into()), ..starter() };
        insta::assert_snapshot!(starter.manifest(), @r#"
        schema = 1

        [source.linux]
        version = "6.12"                        # the newest 6.12.y of kernel.org; Kernel.lock pins it

        [kernel.guest]
        source = "linux"
        arch = "x86_64"
        base = "tinyconfig"                     # nothing but what the layers ask for
        profiles = ["qemu-microvm"]
        local-version = "-guest"
        mod-dir-version = "{version}-guest"     # checked before anything is compiled

        # More requests: `VSOCKETS = "y"`, `NR_CPUS = 4`. `cargo kernel config explain guest VSOCKETS` says what one needs.
        [kernel.guest.config]

        [vm.guest]
        kernel = "guest"
        # The arguments are your program's own; what stands in braces is filled in.
        vmm = { package = "my-vmm", args = ["--kernel", "{image}", "--initrd", "{initramfs}", "--cmdline", "{cmdline}"] }
        init = { package = "my-init" }
        cmdline = "console=ttyS0 reboot=t panic=-1"
        "#);
    }

    #[test]
    fn what_is_there_stays() {
        let with = |text: &str| with_alias(text, "xtask", "run --package xtask --").expect("TOML");
        assert_eq!(with("").as_deref(), Some("[alias]\nxtask = \"run --package xtask --\"\n"));
        let own = "# mine\n[alias]\nb = \"build\" # short\n\n[build]\njobs = 2\n";
        let expected = "# mine\n[alias]\nb = \"build\" # short\nxtask = \"run --package xtask --\"\n\n[build]\njobs = 2\n";
        assert_eq!(with(own).as_deref(), Some(expected));
        assert_eq!(with("[alias]\nxtask = [\"run\"]\n"), None);
        assert!(with_alias("[", "a", "b").is_err());

        assert_eq!(with_ignored("").as_deref(), Some("/target\n/Kernel.override.toml\n"));
        assert_eq!(with_ignored("target/").as_deref(), Some("target/\n/Kernel.override.toml\n"));
        assert_eq!(with_ignored("/target\n/Kernel.override.toml\n"), None);
    }
}
