//! What commands of real trees depend on.

use super::*;

/// A machine with a compiler, its kin, and the scripts of a tree.
struct Machine {
    directory: AbsPath,
}

const SCRIPTS: [(&str, &str); 3] = [
    (
        "/src/scripts/version.sh",
        "#!/bin/sh\nset -e\nask()\n{\n\tcat <<- EOF | \"$@\" -E -P -x c - 2>/dev/null\n\t#if defined(__clang__)\n\tEOF\n}\n\
         set -- $(ask \"$@\")\nmin=$(dirname $0)/min.sh\ncase \"$1\" in\nGCC)\n\tversion=$2.$3\n\tmin_version=$($min gcc)\n\t;;\n\
         *)\n\techo \"$0: no\" >&2\n\texit 1\n\t;;\nesac\nif [ \"$version\" -lt \"$min_version\" ]; then\n\techo >&2 old\nfi\necho $((1 + $2))\n",
    ),
    ("/src/scripts/min.sh", "#!/bin/sh\ncase \"$1\" in\ngcc) echo 5 ;;\nesac\n"),
    ("/src/scripts/other.py", "#!/usr/bin/env python3\n"),
];

impl Outside for Machine {
    fn directory(&self) -> &AbsPath {
        &self.directory
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "CC").then(|| "gcc".to_owned())
    }

    fn program(&self, name: &str) -> Option<AbsPath> {
        let there = [
            "gcc", "ld", "nm", "rm", "mkdir", "head", "grep", "python3", "mktemp", "dirname", "cat", "env",
            "uname",
        ];
        let path = if name.contains('/') { name.to_owned() } else { format!("/bin/{name}") };
        let known =
            there.contains(&name) || name == "/bin/sh" || SCRIPTS.iter().any(|(path, _)| *path == name);
        known.then(|| AbsPath::new(path).ok()).flatten()
    }

    fn is_binary(&self, path: &AbsPath) -> bool {
        !path.to_string().ends_with("python3") && path.to_string().starts_with("/bin/")
    }

    fn text(&self, path: &AbsPath) -> Option<String> {
        let found = SCRIPTS.iter().find(|(name, _)| path.to_string() == *name);
        found.map(|(_, text)| (*text).to_owned())
    }
}

/// What a command depends on, or why that cannot be told.
fn of(command: &str) -> String {
    let machine = Machine { directory: AbsPath::new("/obj").unwrap() };
    match inputs(command.as_bytes(), &machine) {
        Ok(inputs) => inputs
            .iter()
            .map(|input| match input {
                Input::Program(name) => name.clone(),
                Input::Compiler(name) => format!("behind:{name}"),
                Input::Driver(name) => format!("alone:{name}"),
                Input::Libraries { compiler, options, headers, files } => {
                    format!(
                        "libraries:{compiler}{}:{}{}",
                        options.concat(),
                        headers.join(","),
                        files.join(",")
                    )
                }
                Input::Module { python, module } => format!("{python}:{module}"),
                Input::Rustc(name) => format!("rustc:{name}"),
                Input::File(path) => format!("file:{path}"),
                Input::Script(path) => format!("script:{path}"),
                Input::Variable(name) => format!("${name}"),
            })
            .collect::<Vec<_>>()
            .join(" "),
        Err(unlisted) => format!("unlisted: {unlisted}"),
    }
}

fn success(command: &str) -> String {
    of(&format!("{{ {command}; }} >/dev/null 2>&1 && echo \"y\" || echo \"n\""))
}

#[test]
fn options_of_compiler_assembler_and_linker_are_listed() {
    let cc_option = "trap \"rm -rf .tmp_$$\" EXIT; mkdir .tmp_$$; gcc -Werror  -fsanitize=kcfi -c -x c /dev/null -o .tmp_$$/tmp.o";
    assert_eq!(success(cc_option), "gcc mkdir rm behind:gcc");
    let as_instr = "printf \"%b\\n\" \"vpclmulqdq \\$0x10,%ymm0\" | gcc -m64 -Wa,--fatal-warnings -c -x assembler-with-cpp -o /dev/null -";
    assert_eq!(success(as_instr), "gcc behind:gcc");
    assert_eq!(success("ld -v --orphan-handling=warn"), "ld");
    assert_eq!(success("echo 'int __seg_fs fs;' | $CC -x c - -S -o /dev/null"), "gcc behind:gcc $CC");
    assert_eq!(success("nm --help | head -n 1 | grep -qi llvm"), "grep head nm");
    assert_eq!(success("command -v gcc"), "gcc");
    assert_eq!(
        success("echo '#include <stdio.h>' | gcc -m32 -static -x c - -o /dev/null"),
        "gcc behind:gcc libraries:gcc-m32:stdio.h"
    );
    assert_eq!(success("gcc -print-file-name=plugin"), "gcc behind:gcc libraries:gcc:plugin");
    assert_eq!(of("gcc -dumpfullversion -dumpversion"), "gcc alone:gcc");
    assert_eq!(of("gcc --version -c"), "gcc behind:gcc");
    assert_eq!(success("python3 -c \"import lxml\""), "python3 python3:lxml");
    assert_eq!(success("absent --whatever it is"), "absent");
    assert_eq!(of("set -- GCC 120200 && echo $1"), "");
    assert_eq!(
        success("test -e /usr/lib/plugin/include/plugin-version.h"),
        "file:/usr/lib/plugin/include/plugin-version.h"
    );
}

#[test]
fn a_script_counts_with_all_that_it_runs() {
    assert_eq!(
        of("/src/scripts/version.sh gcc"),
        "/bin/sh /src/scripts/min.sh /src/scripts/version.sh cat dirname gcc behind:gcc \
         script:/src/scripts/min.sh script:/src/scripts/version.sh"
    );
    // Everything is given on to what runs it.
    assert_eq!(
        success("env \"CC=gcc\" \"LD=ld\" /src/scripts/version.sh nm"),
        "/bin/sh /src/scripts/min.sh /src/scripts/version.sh cat dirname env nm file:/obj/c \
         script:/src/scripts/min.sh script:/src/scripts/version.sh"
    );
}

#[test]
fn what_reads_more_than_can_be_told_is_not_listed() {
    for (command, why) in [
        ("echo '#include \"x.h\"' | gcc -x c - -c -o /dev/null", "it includes other files"),
        ("echo '.incbin \"x\"' | gcc -x assembler - -c -o /dev/null", "it includes other files"),
        ("gcc -c file.c -o /dev/null", "it compiles `file.c`"),
        ("gcc -c -x c /dev/null -include x.h -o /dev/null", "it runs `gcc` with `-include`"),
        ("gcc -c -x c /dev/null -fplugin=./x.so -o /dev/null", "it runs `gcc` with `-fplugin=./x.so`"),
        ("gcc @args -c", "it compiles `@args`"),
        ("cat | gcc -x c - -c -o /dev/null", "it compiles with `gcc` what is not known before"),
        ("ld -T x.lds", "it runs `ld` with `-T`"),
        ("python3 -c \"import lxml; lxml.do()\"", "`python3` is a script, and not of the tree"),
        ("/src/scripts/other.py", "`/src/scripts/other.py` is a script for `/usr/bin/env python3`"),
        ("uname -r", "it runs `uname`, and what that reads is not known"),
        ("eval \"$X\"", "it uses `eval`"),
        ("PATH=/x gcc -c -x c /dev/null", "it changes `PATH`"),
        ("$(cat f) x", "it runs a program whose name is not known before"),
        ("cat /proc/cpuinfo", "it reads `/proc/cpuinfo`"),
        ("echo x > there", "it writes `there`"),
        ("rm -f there", "it changes `there`"),
        ("cat *.c", "it looks for files like `*.c`"),
        ("x=${X:-$(cat f)}", "its shell code is not understood at `${X:-$(cat f)}`"),
        ("case $X in", "its shell code is not understood at `its end`"),
        ("echo \"$(", "its shell code is not understood at `$(`"),
        ("f() { f; }; f", "`f` calls itself"),
    ] {
        assert_eq!(of(command), format!("unlisted: {why}"), "{command}");
    }
}

#[test]
fn branches_and_loops_make_values_uncertain() {
    let unknown = "unlisted: it runs a program whose name is not known before";
    assert_eq!(of("x=gcc; $x --version"), "gcc alone:gcc");
    assert_eq!(of("x=gcc; if true; then x=ld; fi; $x --version"), unknown);
    assert_eq!(of("if true; then x=ld; else $x --version; fi"), unknown);
    assert_eq!(of("for x in gcc ld; do $x --version; done"), unknown);
    assert_eq!(of("x=gcc; while true; do $x --version; x=ld; done"), unknown);
    assert_eq!(of("(x=ld); x=gcc$y; $x --version"), "gcc alone:gcc $y");
    assert_eq!(of("true && x=gcc; $x --version"), unknown);
    assert_eq!(of("x=${X:-\"$Y/gcc\"}; $x --version"), unknown);
    assert_eq!(of("echo ${X:-\"$Y/gcc\"}"), "$X $Y");
}

#[test]
fn what_stands_behind_a_demand_that_is_not_met_does_not_count() {
    let demand = |name: &str, ending: &str| {
        of(&format!(
            "if ! command -v {name} >/dev/null; then\n\techo >&2 no\n\t{ending}\nfi\n$UNKNOWN_PROGRAM x"
        ))
    };
    assert_eq!(demand("absent", "exit 1"), "absent");
    assert_eq!(demand("\"absent\"", "exit 1"), "absent");
    // There, or not the end, or built in, or uncertain.
    for (name, ending) in [
        ("gcc", "exit 1"),
        ("absent", "echo no"),
        ("test", "exit 1"),
        ("./absent", "exit 1"),
        ("$(ls)", "exit 1"),
    ] {
        assert_ne!(demand(name, ending), "absent", "{name} {ending}");
    }
    for around in ["absent() { echo x; }\nDEMAND", "{ DEMAND; }", "x() { DEMAND; }; x", "true && DEMAND"] {
        let command = around.replace("DEMAND", "if ! command -v absent; then exit 1; fi") + "\nuname -r";
        assert!(of(&command).contains("uname"), "{around}: {}", of(&command));
    }
}
