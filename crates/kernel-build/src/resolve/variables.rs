//! The variables that the tree's top Makefile gives to `conf`, worked out without make.
//!
//! | variables | value |
//! |---|---|
//! | what passes from outside | [`environment`](crate::environment): the same as for make |
//! | `ARCH`, `CROSS_COMPILE`, `CC`, `HOSTCC` | as on make's command line ([`Toolchain::make_vars`]), or as `LLVM=` has it |
//! | `LD`, `AR`, `NM`, `OBJCOPY` … | the tool behind the prefix, or LLVM's |
//! | `RUSTC`, `BINDGEN`, `PAHOLE`, `PYTHON3` … | the names that the Makefile has |
//! | `SRCARCH`, `KERNELVERSION` | of the architecture, of the tree |
//! | `CC_VERSION_TEXT` | the first line of `$CC --version`, without `#` |
//! | `RUSTC_VERSION_TEXT`, `PAHOLE_VERSION` | what the tool says, where the Makefile of this tree has them |
//! | `CLANG_FLAGS` | of `scripts/Makefile.clang`, for clang |
//! | `srctree`, `objtree` | as make names them |
//!
//! Kconfig files ask for some of them, probes and their scripts for others; which ones a tree asked for, `auto.conf.cmd`
//! lists with their values, and kbuild compares those with its own at every build. So a wrong value here does not go
//! unseen: make would run the tree's own `conf` again.
//!
//! Deliberately absent: variables that no Kconfig file and no script of a probe reads (`KBUILD_CFLAGS` …).

use std::ffi::OsString;

use kconfig_host::{Programs, Reading};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_host::process::{Command, ProcessError};
use kernel_spec::Arch;

use super::{KconfigTree, ResolveError, clang};
use crate::environment;
use crate::options::Probes;

/// What the top Makefile sets for every architecture.
const FIXED: [(&str, &str); 20] = [
    ("AWK", "awk"),
    ("BASH", "bash"),
    ("BINDGEN", "bindgen"),
    ("CONFIG_SHELL", "sh"),
    ("HOSTRUSTC", "rustc"),
    ("KCONFIG_CONFIG", ".config"),
    ("LC_COLLATE", "C"),
    ("LC_NUMERIC", "C"),
    ("LEX", "flex"),
    ("PAHOLE", "pahole"),
    ("PERL", "perl"),
    ("PYTHON3", "python3"),
    ("RESOLVE_BTFIDS", "./tools/bpf/resolve_btfids/resolve_btfids"),
    ("RUSTC", "rustc"),
    ("RUSTC_BOOTSTRAP", "1"),
    ("RUSTDOC", "rustdoc"),
    ("RUSTFMT", "rustfmt"),
    ("YACC", "bison"),
    ("building_out_of_srctree", "1"),
    ("objtree", "."),
];

/// What can be read and asked before the toolchain is known: in the background, for it takes a while.
pub(crate) struct Begun {
    pub(super) makefile: Result<String, FsError>,
    pub(super) programs: Programs,
    pub(super) reading: Reading,
}

impl Begun {
    /// Begins, for probes that will run in a directory.
    pub(crate) fn new(
        srctree: &AbsPath,
        directory: &AbsPath,
        arch: Arch,
        probes: Probes,
        (env, cancel): (&Env, &Cancel),
    ) -> Self {
        let makefile = fs::read_to_string(&srctree.join("Makefile"));
        let programs = probes.programs(env, directory, cancel);
        if makefile.as_ref().is_ok_and(|text| text.contains(RUSTC_VERSION)) {
            programs.foresee(&RUSTC);
        }
        let reading = Reading::new(Some(srctree.clone()), directory.clone());
        reading.begin("Kconfig", vec![("SRCARCH", arch.src_arch().to_owned())], &probes.cache(env));
        Self { makefile, programs, reading }
    }
}

/// The lines of a Makefile that asks what rustc and pahole are.
const RUSTC_VERSION: &str = "\nRUSTC_VERSION_TEXT = ";
const PAHOLE_VERSION: &str = "\nPAHOLE_VERSION = ";
const RUSTC: [&str; 2] = ["rustc", "--version"];

/// The environment of a `conf` that make would start in the directory.
pub(super) fn of_conf(
    tree: &KconfigTree<'_>,
    makefile: &str,
    programs: &Programs,
) -> Result<Env, ResolveError> {
    let KconfigTree { srctree, directory, toolchain, env, .. } = *tree;
    let prefix = toolchain.make_var("CROSS_COMPILE").unwrap_or_default();
    let compilers = toolchain.compiler_names();
    let cc = &compilers[0].1;
    let arch = toolchain.arch;
    let compiler = toolchain.identity.compiler.replace('#', "");

    let mut set: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: &str| set.push((name.to_owned(), value.to_owned()));
    FIXED.iter().for_each(|(name, value)| add(name, value));
    toolchain.tools().for_each(|(name, tool)| add(name, &tool));
    compilers.iter().for_each(|(name, program)| add(name, program));
    add("ARCH", arch.kernel_name());
    add("SRCARCH", arch.src_arch());
    add("UTS_MACHINE", arch.kernel_name());
    add("CROSS_COMPILE", prefix);
    add("CPP", &format!("{cc} -E"));
    add("KERNELVERSION", tree.kernelversion);
    add("srctree", &srctree_as_make_names_it(srctree, directory)?);
    if compiler.contains("clang") {
        let text = fs::read_to_string(&srctree.join("scripts/Makefile.clang"))?;
        add("CLANG_FLAGS", &clang::flags(&text, arch.src_arch(), prefix));
    }
    add("CC_VERSION_TEXT", &compiler);
    let said = |words: &[&str]| match programs.ask(words) {
        Some(answer) => Ok(one_line(&String::from_utf8_lossy(&answer.stdout))),
        None => said(words, env, directory, tree.cancel),
    };
    if makefile.contains(RUSTC_VERSION) {
        add("RUSTC_VERSION_TEXT", &said(&RUSTC)?.replace('#', ""));
    }
    if makefile.contains(PAHOLE_VERSION) {
        let script = srctree.join("scripts/pahole-version.sh").to_string();
        add("PAHOLE_VERSION", &said(&[&script, "pahole"])?);
    }
    let passed = environment::confined(env).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let set = set.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Ok(Env::from_vars(passed.chain(set), directory.clone()))
}

/// What make's `$(shell …)` makes of a program's words; nothing where the program is not there.
fn said(words: &[&str], env: &Env, directory: &AbsPath, cancel: &Cancel) -> Result<String, ProcessError> {
    let (program, args) = words.split_first().unwrap_or((&"true", &[]));
    let mut command = Command::new(program);
    environment::confine(&mut command, env);
    match command.args(args).current_dir(directory).output(cancel) {
        Ok(output) => Ok(one_line(&output.stdout)),
        Err(ProcessError::Missing { .. }) => Ok(String::new()),
        Err(error) => Err(error),
    }
}

fn one_line(text: &str) -> String {
    text.trim_end_matches('\n').replace('\n', " ")
}

/// `..` for a directory right below the tree, else the tree's real path.
fn srctree_as_make_names_it(srctree: &AbsPath, directory: &AbsPath) -> Result<String, ResolveError> {
    let (srctree, directory) = (fs::canonicalize(srctree)?, fs::canonicalize(directory)?);
    Ok(if directory.parent().is_some_and(|above| above == srctree) {
        "..".to_owned()
    } else {
        srctree.to_string()
    })
}
