//! What other build systems get.

use super::*;

fn ingredients() -> Ingredients {
    Ingredients {
        kernel: KernelName::new("guest").expect("a name"),
        arch: Arch::X86_64,
        version: "6.12.30".into(),
        release: "6.12.30-guest".into(),
        config: "CONFIG_64BIT=y\n".into(),
        origin: SourceOrigin::Tarball {
            url: "https://cdn.kernel.org/pub/linux/kernel/v6.x/linux-6.12.30.tar.xz".into(),
            sha256: Some("ab".repeat(32)),
        },
        tree: AbsPath::new("/t").expect("a path"),
        patches: vec![
            PatchFile { name: patch_name(0, "patches/tsi.patch"), bytes: b"--- a\n".to_vec() },
            PatchFile { name: patch_name(1, "https://example.org/far.patch.xz"), bytes: b"xz".to_vec() },
        ],
        make_vars: vec!["ARCH=x86_64".into()],
        images: vec!["vmlinux", "bzImage"],
    }
}

fn shown(form: Form) -> String {
    let files = files(&ingredients(), form);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    files.iter().map(|(name, bytes)| format!("=== {name}\n{}", text(bytes))).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_script_that_make_alone_runs() {
    insta::assert_snapshot!(shown(Form::Make), @r#"
    === config
    CONFIG_64BIT=y

    === patches/0001-tsi.patch
    --- a

    === patches/0002-far.patch.xz
    xz
    === build.sh
    #!/bin/sh
    # Kernel `guest`, release 6.12.30-guest.
    # Source: Linux 6.12.30, https://cdn.kernel.org/pub/linux/kernel/v6.x/linux-6.12.30.tar.xz, sha256 abababababababababababababababababababababababababababababababab.
    #
    # usage: build.sh TREE OBJECTS    TREE is the unpacked source; it is patched once. OBJECTS is made.
    set -eu
    here=$(cd "$(dirname "$0")" && pwd)
    tree=$(cd "${1:?the unpacked source}" && pwd)
    mkdir -p "${2:?a folder for the objects}"
    objects=$(cd "$2" && pwd)
    if [ ! -e "$tree/.patched-for-guest" ]; then
    	cat "$here/patches/0001-tsi.patch" | patch -d "$tree" -p1 -F0 -N
    	xz -dc "$here/patches/0002-far.patch.xz" | patch -d "$tree" -p1 -F0 -N
    	: > "$tree/.patched-for-guest"
    fi

    # What the image says of its making is the same everywhere.
    export LANG=C LOCALVERSION= KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970' KBUILD_BUILD_USER='kernel' KBUILD_BUILD_HOST='cargo' KBUILD_BUILD_VERSION='1'
    cp "$here/config" "$objects/.config"
    make -C "$tree" O="$objects" ARCH=x86_64 olddefconfig
    cmp "$here/config" "$objects/.config" || { echo 'another toolchain resolves the .config otherwise' >&2; exit 1; }
    make -C "$tree" O="$objects" ARCH=x86_64 -j"$(nproc)" vmlinux bzImage
    test "$(cat "$objects/include/config/kernel.release")" = '6.12.30-guest'
    "#);
}

#[test]
fn an_expression_of_nix() {
    insta::assert_snapshot!(shown(Form::Nix), @r#"
    === config
    CONFIG_64BIT=y

    === patches/0001-tsi.patch
    --- a

    === patches/0002-far.patch.xz
    xz
    === kernel.nix
    # Kernel `guest`: pkgs.callPackage ./kernel.nix { }
    { linuxManualConfig, fetchurl, ... }:

    linuxManualConfig {
      version = "6.12.30";
      modDirVersion = "6.12.30-guest";
      src = fetchurl {
        url = "https://cdn.kernel.org/pub/linux/kernel/v6.x/linux-6.12.30.tar.xz";
        sha256 = "abababababababababababababababababababababababababababababababab";
      };
      configfile = ./config;
      kernelPatches = [
        { name = "0001-tsi.patch"; patch = ./patches/0001-tsi.patch; }
        { name = "0002-far.patch.xz"; patch = ./patches/0002-far.patch.xz; }
      ];
    }
    "#);
}

#[test]
fn a_recipe_of_yocto() {
    insta::assert_snapshot!(shown(Form::Yocto), @r#"
    === files/defconfig
    CONFIG_64BIT=y

    === files/0001-tsi.patch
    --- a

    === files/0002-far.patch.xz
    xz
    === linux-guest_6.12.30.bb
    # Kernel `guest`, release 6.12.30-guest, for x86-64.
    # `kernel.bbclass` takes files/defconfig as the whole .config: nothing is merged, and the release is in it.
    SUMMARY = "Linux guest kernel guest"
    LICENSE = "GPL-2.0-only"
    LIC_FILES_CHKSUM = "file://COPYING;md5=6bc538ed5bd9a7fc9398086aedcd7e46"

    inherit kernel

    LINUX_VERSION = "6.12.30"
    PV = "6.12.30"
    SRC_URI = "https://cdn.kernel.org/pub/linux/kernel/v6.x/linux-6.12.30.tar.xz \
               file://defconfig \
               file://0001-tsi.patch \
               file://0002-far.patch.xz"
    SRC_URI[sha256sum] = "abababababababababababababababababababababababababababababababab"
    # Releases before 5.1 unpack into WORKDIR.
    S = "${@d.getVar('UNPACKDIR') or d.getVar('WORKDIR')}/linux-6.12.30"

    KERNEL_IMAGETYPES = "vmlinux bzImage"
    "#);
}
