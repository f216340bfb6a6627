//! What stands for the placeholders in a VMM's arguments.

use kernel_spec::Placeholder;

use crate::error::BootError;

/// What stands for the placeholders.
pub(super) struct Values<'a> {
    pub(super) vm: &'a str,
    pub(super) image: String,
    pub(super) initramfs: Option<String>,
    pub(super) firmware: Option<String>,
    pub(super) cmdline: String,
    pub(super) memory_mib: u64,
}

impl Values<'_> {
    /// The VMM's arguments.
    pub(super) fn expand(&self, args: &[String]) -> Result<Vec<String>, BootError> {
        let mut absent = None;
        let mut expanded = Vec::new();
        for argument in args {
            expanded.push(Placeholder::expand(argument, |placeholder| {
                self.value(placeholder).unwrap_or_else(|| {
                    absent.get_or_insert((argument, placeholder));
                    String::new()
                })
            }));
        }
        match absent {
            None => Ok(expanded),
            Some((argument, placeholder)) => {
                Err(BootError::NotGiven { vm: self.vm.to_owned(), argument: argument.clone(), placeholder })
            }
        }
    }

    fn value(&self, placeholder: Placeholder) -> Option<String> {
        match placeholder {
            Placeholder::Image => Some(self.image.clone()),
            Placeholder::Initramfs => self.initramfs.clone(),
            Placeholder::Cmdline => Some(self.cmdline.clone()),
            Placeholder::MemoryMib => Some(self.memory_mib.to_string()),
            Placeholder::Firmware => self.firmware.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_vm_does_not_have_cannot_be_asked_for() {
        let mut values = Values {
            vm: "demo",
            image: "/k/vmlinux".into(),
            initramfs: None,
            firmware: None,
            cmdline: "console=ttyS0 x={image}".into(),
            memory_mib: 128,
        };
        let args =
            ["--kernel={image}", "{cmdline}", "{memory-mib}", "--initrd={initramfs}"].map(str::to_owned);
        let said = |values: &Values<'_>, argument: &str| {
            let error = values.expand(&[argument.to_owned()]).expect_err("no value");
            format!("{error}\nhint: {}", error.hint().unwrap_or_default())
        };
        insta::assert_snapshot!(said(&values, &args[3]), @r"
        the VMM's argument `--initrd={initramfs}` asks for `{initramfs}`, but `demo` has none
        hint: give `[vm.demo]` its `init`, or leave the argument out
        ");
        insta::assert_snapshot!(said(&values, "{firmware}"), @r"
        the VMM's argument `{firmware}` asks for `{firmware}`, but `demo` has none
        hint: give `[vm.demo]` its `firmware`, or leave the argument out
        ");
        values.initramfs = Some("/i.cpio".into());
        let expanded = values.expand(&args).expect("all values");
        assert_eq!(expanded, ["--kernel=/k/vmlinux", "console=ttyS0 x={image}", "128", "--initrd=/i.cpio"]);
    }
}
