//! Requests with more than a value, fragments that are tables, conflicts: what is read, and what is said of errors.

use super::*;
use kconfig::layers::{ConflictKind, Need, Priority};

#[test]
fn a_fragment_may_be_a_table() {
    let text = GOOD.replace(
        "fragments = [\"kernel/*.config\"]",
        "fragments = [\"a.config\", { path = \"b.config\", priority = \"default\", optional = true, reason = \"a try\", \
         when = { version = \">=6.6, <6.13\", arch = \"x86_64\" } }]\ndeny-conflicts = [\"overridden\"]",
    );
    let spec = good(&text);
    let kernel = spec.kernels.values().next().expect("a kernel");
    let [plain, table] = kernel.fragments.as_slice() else { panic!("two fragments") };
    assert_eq!((plain.glob.value.as_str(), plain.manner.priority), ("a.config", Priority::Normal));
    assert_eq!((table.glob.value.as_str(), table.manner.priority), ("b.config", Priority::Default));
    assert_eq!((table.manner.need, table.manner.reason.as_deref()), (Need::Optional, Some("a try")));
    let when = table.manner.when.as_ref().expect("a guard");
    assert_eq!(when.to_string(), "version >=6.6, <6.13; arch x86_64");
    assert_eq!(kernel.deny_conflicts.0, [ConflictKind::Overridden]);
}

#[test]
fn what_is_wrong_with_a_request() {
    insta::assert_snapshot!(broken(&[(
        "VIRTIO_BLK = \"y\"\nCONFIG_SMP = true\nNR_CPUS = 4\n",
        "A = {}\nB = { value = \"y\", unset = true }\nC = { value = [1] }\nD = { value = \"y\", optional = true }\n\
         E = { value = 1, priority = \"high\" }\nF = { value = \"y\", when = { version = \"six\", arch = [\"vax\"], toolchain = \"clang\" } }\n\
         G = { valeu = \"y\" }\nH = { unset = true, reason = \"\", optional = true }\n",
    )]), @r#"
    error: no `value` in `[kernel.guest.config.A]`
      --> Kernel.toml:17:1
    17 | A = {}
       | ^
    hint: write `value = "y"`, or `unset = true` for the symbol's default

    error: both `value` and `unset` in `[kernel.guest.config.B]`
      --> Kernel.toml:18:20
    18 | B = { value = "y", unset = true }
       |                    ^^^^^
    hint: delete one of them: `unset` returns the symbol to its default

    error: `value` in `[kernel.guest.config.C]` is an array, expected a string, an integer or a boolean
      --> Kernel.toml:19:15
    19 | C = { value = [1] }
       |               ^^^

    error: `optional` without a `reason` in `[kernel.guest.config.D]`
      --> Kernel.toml:20:20
    20 | D = { value = "y", optional = true }
       |                    ^^^^^^^^
    hint: say why it may be missed: `reason = "…"`

    error: `priority` in `[kernel.guest.config.E]` is `high`, expected `default`, `normal` or `force`
      --> Kernel.toml:21:29
    21 | E = { value = 1, priority = "high" }
       |                             ^^^^^^

    error: `six` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
      --> Kernel.toml:22:39
    22 | F = { value = "y", when = { version = "six", arch = ["vax"], toolchain = "clang" } }
       |                                       ^^^^^

    error: an element of `arch` in `[kernel.guest.config.F.when]` is `vax`, expected `x86_64`, `aarch64`, `riscv64` or `arm`
      --> Kernel.toml:22:54
    22 | F = { value = "y", when = { version = "six", arch = ["vax"], toolchain = "clang" } }
       |                                                      ^^^^^

    error: `toolchain` in `[kernel.guest.config.F.when]` is `clang`, expected `gcc` or `llvm`
      --> Kernel.toml:22:74
    22 | F = { value = "y", when = { version = "six", arch = ["vax"], toolchain = "clang" } }
       |                                                                          ^^^^^^^

    error: unknown key `valeu` in `[kernel.guest.config.G]`
      --> Kernel.toml:23:7
    23 | G = { valeu = "y" }
       |       ^^^^^
    hint: did you mean `value`?

    error: `optional` without a `reason` in `[kernel.guest.config.H]`
      --> Kernel.toml:24:34
    24 | H = { unset = true, reason = "", optional = true }
       |                                  ^^^^^^^^
    hint: say why it may be missed: `reason = "…"`
    "#);
}

#[test]
fn what_is_wrong_with_fragments_and_conflicts() {
    insta::assert_snapshot!(broken(&[(
        "fragments = [\"kernel/*.config\"]",
        "fragments = [\"\", { priority = \"force\" }, 4]\non-conflict = \"first\"",
    )]), @r#"
    error: an element of `fragments` in `[kernel.guest]` is an integer, expected a string or a table
      --> Kernel.toml:11:42
    11 | fragments = ["", { priority = "force" }, 4]
       |                                          ^

    error: `on-conflict` in `[kernel.guest]` is `first`, expected `error` or `last`
      --> Kernel.toml:12:15
    12 | on-conflict = "first"
       |               ^^^^^^^
    "#);
    insta::assert_snapshot!(broken(&[(
        "fragments = [\"kernel/*.config\"]",
        "fragments = [\"\", { path = \"a\", when = { versoin = \"6\" } }]\non-conflict = \"last\"\ndeny-conflicts = [\"redefined\"]",
    )]), @r#"
    error: an empty name in `fragments` of `[kernel.guest]`: expected a glob
      --> Kernel.toml:11:14
    11 | fragments = ["", { path = "a", when = { versoin = "6" } }]
       |              ^^

    error: unknown key `versoin` in `[kernel.guest.fragments.when]`
      --> Kernel.toml:11:41
    11 | fragments = ["", { path = "a", when = { versoin = "6" } }]
       |                                         ^^^^^^^
    hint: did you mean `version`?

    error: both `on-conflict` and `deny-conflicts` in `[kernel.guest]`
      --> Kernel.toml:12:1
    12 | on-conflict = "last"
       | ^^^^^^^^^^^
    hint: delete one of them: `on-conflict = "last"` is `deny-conflicts = []`
    "#);
}

#[test]
fn profiles_are_built_in_or_files() {
    let text = GOOD.replace(
        "fragments = [\"kernel/*.config\"]",
        "profiles = [\"firecracker\", \"profiles/own.config\"]",
    );
    let spec = good(&text);
    let kernel = spec.kernels.values().next().expect("a kernel");
    let named: Vec<String> = kernel
        .profiles
        .iter()
        .map(|profile| match &profile.what {
            crate::ProfileKindRef::BuiltIn(found) => format!("built-in {}", found.name),
            crate::ProfileKindRef::File(path) => path.value.clone(),
        })
        .collect();
    assert_eq!(named, ["built-in firecracker", "profiles/own.config"]);
    // Where it does not hold, a profile of other architectures does no harm.
    let guarded = text.replace(
        "\"firecracker\"",
        "{ name = \"hardened\", when = { version = \">=6.6\" } }, { name = \"qemu-microvm\", when = { arch = \"arm\" } }",
    );
    let kernel = good(&guarded).kernels.into_values().next().expect("a kernel");
    let whens: Vec<String> = kernel
        .profiles
        .iter()
        .map(|profile| profile.when.as_ref().map(ToString::to_string).unwrap_or_default())
        .collect();
    assert_eq!(whens, ["version >=6.6", ""]);
    insta::assert_snapshot!(broken(&[("fragments = [\"kernel/*.config\"]", "profiles = [\"firecraker\"]")]), @r#"
    error: no profile `firecraker`, which `profiles` in `[kernel.guest]` names
      --> Kernel.toml:11:13
    11 | profiles = ["firecraker"]
       |             ^^^^^^^^^^^^
    hint: did you mean `firecracker`?
    "#);
    insta::assert_snapshot!(broken(&[("arch = \"x86_64\"", "arch = \"arm\""), ("\"bzImage\"", "\"zImage\""), ("fragments = [\"kernel/*.config\"]", "profiles = [\"firecracker\"]")]), @r#"
    error: profile `firecracker` has no layers for arm: expected x86_64 or aarch64
      --> Kernel.toml:11:13
    11 | profiles = ["firecracker"]
       |             ^^^^^^^^^^^^^
    "#);
}

#[test]
fn what_is_wrong_with_may_miss() {
    let table = |text: &str| format!("[[kernel.guest.may-miss]]\n{text}\n");
    let all = [
        "symbol = \"SLS\"\nreason = \"new\"\nuntil = 2027-01-31",
        "symbol = \"CONFIG_SLS\"\nreason = \"again\"",
        "symbol = \"NET_*\"\nreason = \"all\"",
        "symbol = \"A\"",
        "symbol = \"B\"\nreason = \" \"\nuntil = \"soon\"",
        "symbol = \"C\"\nreason = \"x\"\nuntil = 2027-01-31T10:00:00Z",
        "symbol = \"D\"\nreason = \"x\"\nuntil = 6",
    ];
    let text = all.map(table).concat();
    insta::assert_snapshot!(broken(&[("[vm.demo]\n", &format!("{text}[vm.demo]\n"))]), @r#"
    error: `CONFIG_SLS` twice in `may-miss` of `[kernel.guest]`
      --> Kernel.toml:26:10
    26 | symbol = "CONFIG_SLS"
       |          ^^^^^^^^^^^^ first at Kernel.toml:22:10

    error: `NET_*` is not a symbol's name: expected letters, digits and `_`
      --> Kernel.toml:29:10
    29 | symbol = "NET_*"
       |          ^^^^^^^
    hint: name each symbol: there are no wildcards

    error: no `reason` in `[kernel.guest.may-miss]`
      --> Kernel.toml:31:1
    31 | [[kernel.guest.may-miss]]
       | ^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: `reason` is why it may be missed

    error: an empty `reason` in `[kernel.guest.may-miss]`: expected why the request may be missed
      --> Kernel.toml:35:10
    35 | reason = " "
       |          ^^^

    error: `soon` is neither a version nor a date: expected `"6.13"` or `2027-01-31`
      --> Kernel.toml:36:9
    36 | until = "soon"
       |         ^^^^^^

    error: `2027-01-31T10:00:00Z` is no day: expected a date alone, such as `2027-01-31`
      --> Kernel.toml:40:9
    40 | until = 2027-01-31T10:00:00Z
       |         ^^^^^^^^^^^^^^^^^^^^

    error: `until` in `[kernel.guest.may-miss]` is an integer, expected a version as a string, or a date
      --> Kernel.toml:44:9
    44 | until = 6
       |         ^
    "#);
}

#[test]
fn one_off_requests() {
    let spec = good(GOOD);
    let text = |argument: &str| one_off_text(argument, None).expect("a key and a value");
    let said = |argument: &str| match spec.one_off(text(argument)) {
        Ok(layers) => {
            layers.iter().map(|(kernel, layer)| format!("{kernel}: {}", layer.said())).collect::<String>()
        }
        Err(errors) => shown(&errors),
    };
    let arguments = [
        "kernel.guest.config.DEBUG_INFO=y",
        "kernel.guest.config.NR_CPUS=8",
        "kernel.guest.config.CMDLINE=\"a \\\"b\\\"\"",
        "kernel.guest.config.CMDLINE=two words",
        "kernel.guest.config.SLS={ unset = true }",
    ];
    insta::assert_snapshot!(arguments.map(said).concat(), @r#"
    guest: CONFIG_DEBUG_INFO=y word
    guest: CONFIG_NR_CPUS=8
    guest: CONFIG_CMDLINE="a \"b\"" word
    guest: CONFIG_CMDLINE="two words" word
    guest: CONFIG_SLS unset
    "#);
    let wrong = [
        "kernel.gest.config.SMP=y",
        "kernel.guest.base=tinyconfig",
        "kernl.guest.config.SMP=y",
        "kernel.guest.config.A-B=y",
        "=y",
    ];
    insta::assert_snapshot!(wrong.map(said).join("\n"), @r#"
    error: no kernel `gest` in the manifest
     --> --config:1:8
    1 | kernel.gest.config.SMP="y"
      |        ^^^^
    hint: did you mean `guest`?

    error: unknown key `base` in `[kernel.guest]`
     --> --config:1:14
    1 | kernel.guest.base="tinyconfig"
      |              ^^^^
    hint: the keys are `config`

    error: unknown key `kernl` in `--config`
     --> --config:1:1
    1 | kernl.guest.config.SMP="y"
      | ^^^^^
    hint: did you mean `kernel`?

    error: `A-B` is not a symbol's name: expected letters, digits and `_`
     --> --config:1:21
    1 | kernel.guest.config.A-B="y"
      |                     ^^^

    error: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`
     --> --config:1:1
    1 | ="y"
      | ^
    "#);
    assert!(one_off_text("debug.toml", None).is_none());
}

#[test]
fn modules_and_strict_bases() {
    let with = |keys: &str| GOOD.replacen("images =", &format!("{keys}\nimages ="), 1);
    let kernel = |text: &str| good(text).kernels.into_values().next().expect("a kernel");
    let found = kernel(&with("modules = false"));
    assert_eq!((found.modules.value, found.mod2yes), (crate::Modules::Off, true));
    assert!(crate::config_layers(&found)[0].said().contains("CONFIG_MODULES=n\n"));
    let found = kernel(&with("modules = true\nauto-modules = true\nprefer-builtin = true"));
    assert_eq!(found.auto_modules, Some(kconfig::modes::BuiltIn::Kept));
    let strict = with("strict = true").replace("\"tinyconfig\"", "\"kernel.config\"");
    assert_eq!(kernel(&strict).strictness, crate::Strictness::Strict);
    let wrong = [
        "strict = true",
        "prefer-builtin = true",
        "modules = false\nauto-modules = true",
        "modules = true\nconfig = { MODULES = \"n\" }",
    ];
    let said: Vec<String> = wrong
        .iter()
        .map(|keys| {
            errors(&with(keys).replace(
                "[kernel.guest.config]",
                "[kernel.other]\ninherits = \"guest\"\n[kernel.other.config]",
            ))
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    error: `strict` in `[kernel.guest]`, whose `base` is no file
      --> Kernel.toml:14:1
    14 | strict = true
       | ^^^^^^
    hint: name a complete `.config` by its path: `base = "./kernel.config"`

    error: `prefer-builtin` without `auto-modules` in `[kernel.guest]`
      --> Kernel.toml:14:1
    14 | prefer-builtin = true
       | ^^^^^^^^^^^^^^
    hint: delete it, or add `auto-modules = true`

    error: `auto-modules` beside `modules = false` in `[kernel.guest]`
      --> Kernel.toml:15:1
    15 | auto-modules = true
       | ^^^^^^^^^^^^
    hint: delete one of them: without modules no symbol can be `m`; `mod2yes` makes modules built in

    error: `CONFIG_MODULES` beside `modules` in `[kernel.guest]`
      --> Kernel.toml:15:12
    15 | config = { MODULES = "n" }
       |            ^^^^^^^
    hint: delete one of them: `modules` is the request for CONFIG_MODULES
    "#);
}
