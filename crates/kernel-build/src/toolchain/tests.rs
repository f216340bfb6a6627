//! Compilers' names, and what a tree asks of them.

use super::probe::prefix_of;
use super::*;

#[test]
fn names_and_targets() {
    for (path, prefix) in [
        ("aarch64-linux-gnu-gcc", Some("aarch64-linux-gnu-")),
        ("/opt/x/bin/riscv64-linux-gnu-gcc-12", Some("riscv64-linux-gnu-")),
        ("/usr/bin/clang", None),
    ] {
        assert_eq!(prefix_of(path).as_deref(), prefix);
    }
    assert!(is_for(Arch::X86_64, "x86_64-linux-gnu") && !is_for(Arch::X86_64, "i686-linux-gnu"));
    assert!(is_for(Arch::Arm, "armv7l-unknown-linux-gnueabihf") && !is_for(Arch::Arm, "arm64-apple-darwin"));
    assert!(!is_for(Arch::Aarch64, "x86_64-linux-gnu"));
    assert_eq!(version_in("GNU ld (GNU Binutils for Debian) 2.40"), "2.40");
    assert_eq!(version_in("GNU ld version 2.40-14.fc39"), "2.40-14.fc39");
    assert_eq!(version_in("GNU Make 4.3"), "4.3");
}

#[test]
fn minima_of_a_tree() {
    let text = "GNU C                  5.1              gcc --version\n\
                Clang/LLVM (optional)  13.0.1           clang --version\n\
                GNU make               4.0              make --version\n\
                binutils               2.25             ld -v\n";
    let minima = Minima::parse(text);
    assert_eq!(minima.clang.as_deref(), Some("13.0.1"));
    let error = minima::at_least("make", "3.82", minima.make.as_deref()).unwrap_err();
    assert_eq!(error.to_string(), "`make` is version 3.82: expected 4.0 or newer");
    assert!(minima::at_least("make", "4.0", minima.make.as_deref()).is_ok());
    assert!(minima::at_least("binutils", "2.25.1-3", minima.binutils.as_deref()).is_ok());
    assert_eq!(Minima::parse("nothing"), Minima::default());
}

#[test]
fn minima_of_a_version() {
    let clang = |version| Minima::of_version(version).clang;
    assert_eq!(clang("6.12.30").as_deref(), Some("13.0.1"));
    assert_eq!(clang("7.0").as_deref(), Some("13.0.1"));
    assert_eq!(clang("6.1").as_deref(), Some("11.0.0"));
    assert_eq!((clang("5.10.9"), clang(">=6"), clang("")), (None, None, None));
}

/// What speaks C23 by itself is told before a series is fetched that ended before that was mended, and of others once the
/// tree is there.
#[test]
fn compilers_that_are_too_new() {
    let limit = |version| Minima::of_version(version).gcc_before;
    assert_eq!(["5.13.19", "6.5", "6.11.1"].map(limit), [Some(15); 3]);
    assert_eq!(["6.12.3", "6.14", "7.0", "6.1", ""].map(limit), [None; 5]);
    let of_tree = |flags: &str| {
        let makefile = format!(
            "CODE16GCC_CFLAGS := -m32\nREALMODE_CFLAGS\t:= {flags}-m16 -g -Os \\\n\t\t   -Wall\n\nM := -std=gnu11\n"
        );
        Minima::default().with_x86_makefile(&makefile).gcc_before
    };
    assert_eq!((of_tree(""), of_tree("-std=gnu11 ")), (Some(15), None));
    assert_eq!(Minima::default().with_x86_makefile("").gcc_before, None);
    assert!(minima::gcc_before("14.2.0", Some(15)).is_ok());
    let error = minima::gcc_before("15.1.1", Some(15)).unwrap_err();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint()), @r#"
    `gcc` is version 15.1.1, which speaks C23: expected one before 15, for this kernel's boot code does not
    hint: take a newer point release, or `toolchain = "gcc-14"`, or LLVM
    "#);
}

#[test]
fn this_machine() {
    let Some(arch) = host_arch() else { return };
    let env = Env::capture().unwrap();
    if ["CC", "HOST_CC", "CROSS_COMPILE"].iter().any(|name| env.get(name).is_some()) {
        return; // the machine's owner asks for another compiler than the default
    }
    let found = Toolchain::find(arch, None, &env, &Cancel::new()).unwrap();
    // The default compiler of a Linux machine needs no variable but the architecture.
    assert_eq!(found.make_vars(), [format!("ARCH={}", arch.kernel_name())]);
    assert!(found.identity.make.starts_with("GNU Make "), "{}", found.identity);
    assert!(found.identity.compiler.contains(&found.versions.compiler), "{}", found.identity);
    assert!(!found.identity.to_string().contains("/usr"), "{}", found.identity);
    assert!(found.check(&Minima { make: Some("99".into()), ..Minima::default() }).is_err());
}

#[test]
fn nothing_is_there() {
    let root = AbsPath::new("/").unwrap();
    let env = Env::from_vars([("PATH", "/nonexistent")], root);
    let error = Toolchain::find(Arch::Aarch64, None, &env, &Cancel::new()).unwrap_err();
    insta::assert_snapshot!(error, @"cannot find `make`, which runs the kernel's build");
    assert_eq!(error.hint(), None, "no package manager is on that PATH");
}
