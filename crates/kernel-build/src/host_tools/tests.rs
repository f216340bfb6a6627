//! What is demanded, what is missing, and the words for it.

use kernel_host::AbsPath;
use kernel_host::packages::PackageManager;

use super::*;

fn config(text: &str) -> DotConfig {
    DotConfig::parse(text).unwrap()
}

fn names(demands: &[Demand]) -> Vec<String> {
    demands.iter().map(|demand| demand.tool.need.to_string()).collect()
}

#[test]
fn a_config_demands_what_its_symbols_need() {
    let tiny = config("CONFIG_KERNEL_GZIP=y\n# CONFIG_OBJTOOL is not set\n");
    assert_eq!(names(&demanded(&tiny)), Vec::<String>::new());

    assert_eq!(names(&demanded(&config("CONFIG_DTC=y\nCONFIG_MODVERSIONS=y\n"))), ["flex", "bison"]);

    let large = config(
        "CONFIG_UNWINDER_ORC=y\nCONFIG_OBJTOOL=y\nCONFIG_DEBUG_INFO_BTF=y\nCONFIG_MODULE_SIG=y\n\
         CONFIG_KERNEL_LZ4=y\nCONFIG_IKHEADERS=m\nCONFIG_KERNEL_XZ=y\n",
    );
    let found = demanded(&large);
    assert_eq!(
        names(&found),
        ["gelf.h", "zlib.h", "pahole", "openssl/bio.h", "openssl", "xz", "lz4", "cpio", "tar"]
    );
    let symbol = Symbol::new("DEBUG_INFO_BTF").unwrap();
    assert!(tools_for(&symbol).any(|tool| tool.need == Need::Program(&["pahole"])));
}

#[test]
fn missing_tools_as_a_person_reads_them() {
    let mut demands: Vec<Demand> = base(Kconfig::Tree)
        .into_iter()
        .filter(|demand| ["flex", "bc"].contains(&demand.tool.need.to_string().as_str()))
        .collect();
    demands.extend(demanded(&config("CONFIG_OBJTOOL=y\nCONFIG_KERNEL_ZSTD=y\n")));
    let env = Env::from_vars([("PATH", "/nonexistent")], AbsPath::new("/").unwrap());
    let error = check(&demands, "cc", &env, &Cancel::new()).unwrap_err();
    insta::assert_snapshot!(error, @r"
    4 host tools are missing
      bc       kernel/time/timeconst.bc runs in it
      flex     the tree's own `conf` is generated with it
      gelf.h   CONFIG_OBJTOOL=y: objtool reads the kernel's objects with libelf
      zstd     CONFIG_KERNEL_ZSTD=y: the kernel or its initramfs is compressed with it
    ");
    assert_eq!(error.hint(), None, "no package manager is on that PATH");

    let packages: Vec<&Packages> = demands.iter().map(|demand| &demand.tool.packages).collect();
    let lines: Vec<String> =
        [PackageManager::Apt, PackageManager::Dnf, PackageManager::Pacman, PackageManager::Apk]
            .into_iter()
            .filter_map(|manager| Install::with(manager, packages.iter().copied(), &env))
            .map(|install| install.packages.join(" "))
            .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    bc flex libelf-dev zstd
    bc flex elfutils-libelf-devel zstd
    bc flex libelf zstd
    bc flex elfutils-dev zstd
    ");
}

#[test]
fn the_compiler_is_asked_for_headers() {
    let env = Env::capture().unwrap();
    let (there, not_there) = ("stdlib.h", "no/such/header.h");
    assert!(has_header(there, "cc", &env, &Cancel::new()).unwrap());
    assert!(!has_header(not_there, "cc", &env, &Cancel::new()).unwrap());
    assert!(!has_header(there, "no-such-compiler", &env, &Cancel::new()).unwrap());
}
