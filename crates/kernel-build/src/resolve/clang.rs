//! `CLANG_FLAGS`, as a tree's `scripts/Makefile.clang` makes them.
//!
//! The file is read, for trees differ in the target (by the prefix, or by the architecture alone) and in what is an
//! error. Outside our environment it has two more ways, `LLVM_IAS=0` and an unknown architecture; neither can happen here.

/// The flags in the order of the file: target, assembler, errors.
pub(super) fn flags(makefile: &str, src_arch: &str, prefix: &str) -> String {
    let by_prefix = makefile.contains("--target=$(notdir $(CROSS_COMPILE:%-=%))");
    let of_arch = || {
        let variable = format!("CLANG_TARGET_FLAGS_{src_arch}");
        let line =
            makefile.lines().find_map(|line| line.strip_prefix(&variable)?.trim_start().strip_prefix(":="));
        line.unwrap_or_default().trim().to_owned()
    };
    let target = match prefix.rsplit('/').next().unwrap_or_default() {
        name if by_prefix && !name.is_empty() => name.strip_suffix('-').unwrap_or(name).to_owned(),
        _ => of_arch(),
    };
    let mut flags = vec![format!("--target={target}"), "-fintegrated-as".to_owned()];
    for line in makefile.lines() {
        let added = line.strip_prefix("CLANG_FLAGS").and_then(|rest| rest.trim_start().strip_prefix("+="));
        flags.extend(added.map(str::trim).filter(|flag| flag.starts_with("-W")).map(str::to_owned));
    }
    flags.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "CLANG_TARGET_FLAGS_arm\t\t:= arm-linux-gnueabi\nCLANG_TARGET_FLAGS_arm64\t:= aarch64-linux-gnu\n\
                       CLANG_FLAGS\t+= --target=$(CLANG_TARGET_FLAGS)\nCLANG_FLAGS\t+= -fno-integrated-as\n\
                       CLANG_FLAGS\t+= -fintegrated-as\nCLANG_FLAGS\t+= -Werror=option-ignored\n\
                       CLANG_FLAGS\t+= -Werror=unused-command-line-argument\nKBUILD_CPPFLAGS\t+= $(CLANG_FLAGS)\n";

    #[test]
    fn the_target_is_the_architectures_or_the_prefixs() {
        let arm64 = "--target=aarch64-linux-gnu -fintegrated-as -Werror=option-ignored \
                     -Werror=unused-command-line-argument";
        assert_eq!(flags(NEW, "arm64", "aarch64-suse-linux-"), arm64);
        let old = NEW.replace(
            "CLANG_FLAGS\t+= --target=$(CLANG_TARGET_FLAGS)",
            "CLANG_FLAGS\t+= --target=$(notdir $(CROSS_COMPILE:%-=%))",
        );
        assert_eq!(flags(&old, "arm64", ""), arm64);
        assert_eq!(
            flags(&old, "arm64", "/opt/bin/aarch64-suse-linux-"),
            arm64.replace("aarch64-linux-gnu", "aarch64-suse-linux")
        );
    }
}
