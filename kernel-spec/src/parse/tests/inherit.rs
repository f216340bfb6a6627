//! Kernels that inherit: what they come to, and what is wrong with them.

use super::*;

const FAMILY: &str = r#"schema = 1
[source.a]
path = "a"
[source.b]
path = "b"

[kernel.base]
source = "a"
arch = "x86_64"
base = "tinyconfig"
fragments = ["a.config"]
local-version = "-base"
[kernel.base.config]
SMP = true
CONFIG_NR_CPUS = 4
[[kernel.base.may-miss]]
symbol = "SLS"
reason = "only some compilers can"

[kernel.child]
inherits = "base"
fragments = { append = ["b.config"] }
[kernel.child.config]
NR_CPUS = 8
[[kernel.child.may-miss]]
symbol = "KVM"
reason = "not yet"

[kernel.grandchild]
inherits = "child"
source = "b"
fragments = { replace = ["c.config"] }
local-version = "-grand"
"#;

/// What a kernel comes to.
fn told(spec: &KernelSpec, name: &str) -> String {
    let kernel = &spec.kernels[&KernelName::new(name).expect("a name")];
    let join = |words: Vec<String>| words.join(", ");
    let config = kernel.config.iter().map(|entry| format!("{}={}", entry.symbol, entry.ask)).collect();
    let places = kernel.config.iter().filter_map(|entry| entry.location.as_ref().map(ToString::to_string));
    format!(
        "{name} of {}: source {}, fragments {}, local-version {}, config {} at {}, may miss {}\n",
        join(kernel.ancestors.iter().map(ToString::to_string).collect()),
        kernel.source.value,
        join(kernel.fragments.iter().map(|fragment| fragment.glob.value.clone()).collect()),
        kernel.local_version.as_ref().map(|text| text.value.as_str()).unwrap_or_default(),
        join(config),
        join(places.collect()),
        join(kernel.may_miss.iter().map(|entry| entry.symbol.value.to_string()).collect()),
    )
}

#[test]
fn an_heir_is_laid_on_its_ancestors() {
    let spec = good(FAMILY);
    insta::assert_snapshot!(["base", "child", "grandchild"].map(|name| told(&spec, name)).concat(), @"
    base of : source a, fragments a.config, local-version -base, config SMP=y, NR_CPUS=4 at Kernel.toml:14:7, Kernel.toml:15:18, may miss SLS
    child of base: source a, fragments a.config, b.config, local-version -base, config SMP=y, NR_CPUS=8 at Kernel.toml:14:7, Kernel.toml:24:11, may miss SLS, KVM
    grandchild of child, base: source b, fragments c.config, local-version -grand, config SMP=y, NR_CPUS=8 at Kernel.toml:14:7, Kernel.toml:24:11, may miss SLS, KVM
    ");
}

#[test]
fn what_is_wrong_with_heirs() {
    let broken = |edits: &[(&str, &str)]| {
        let text = edits.iter().fold(FAMILY.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "`{from}` is not in the manifest");
            text.replacen(from, to, 1)
        });
        errors(&text)
    };
    insta::assert_snapshot!(broken(&[("inherits = \"base\"", "inherits = \"bse\"")]), @r#"
    error: no kernel `bse`, which `inherits` in `[kernel.child]` names
      --> Kernel.toml:21:12
    21 | inherits = "bse"
       |            ^^^^^
    hint: did you mean `base`?
    "#);
    insta::assert_snapshot!(broken(&[("[kernel.base]\n", "[kernel.base]\ninherits = \"grandchild\"\n")]), @r#"
    error: kernels that inherit each other: `base` → `grandchild` → `child` → `base`
      --> Kernel.toml:22:12
    22 | inherits = "base"
       |            ^^^^^^
    "#);
    insta::assert_snapshot!(broken(&[("[kernel.base]\n", "[kernel.base]\ninherits = \"base\"\n")]), @r#"
    error: kernels that inherit each other: `base` → `base`
     --> Kernel.toml:8:12
    8 | inherits = "base"
      |            ^^^^^^
    "#);
    insta::assert_snapshot!(broken(&[("{ append = [\"b.config\"] }", "[\"b.config\"]")]), @r#"
    error: `fragments` in `[kernel.child]` is a list, and so it is in the kernel that it inherits
      --> Kernel.toml:22:13
    22 | fragments = ["b.config"]
       |             ^^^^^^^^^^^^
    hint: write `fragments = { append = […] }` or `fragments = { replace = […] }`
    "#);
    insta::assert_snapshot!(broken(&[("{ append = [\"b.config\"] }", "{ prepend = [\"b.config\"] }")]), @r#"
    error: `fragments` in `[kernel.child]` is a table, expected `append` or `replace` with an array
      --> Kernel.toml:22:13
    22 | fragments = { prepend = ["b.config"] }
       |             ^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    // What is wrong with an ancestor is said once.
    insta::assert_snapshot!(broken(&[("base = \"tinyconfig\"", "base = \"tinyconfg\"")]), @r#"
    error: `tinyconfg` is not a base: expected `allnoconfig`, `alldefconfig`, `tinyconfig`, `defconfig`, `<name>_defconfig` or a path
      --> Kernel.toml:10:8
    10 | base = "tinyconfg"
       |        ^^^^^^^^^^^
    hint: did you mean `tinyconfig`?
    "#);
}

/// Whose words the layers of a kernel are.
#[test]
fn an_heir_speaks_after_what_it_inherits() {
    let text = GOOD.replace(
        "[vm.demo]\nkernel = \"guest\"",
        "[kernel.debug]\ninherits = \"guest\"\nlocal-version = \"-debug\"\nfragments = { append = [\"debug.config\"] }\n\
         config = { NR_CPUS = 8, DEBUG_KERNEL = \"y\" }\n[kernel.trace]\ninherits = \"debug\"\n\
         fragments = { append = [{ path = \"trace.config\" }] }\n\n[vm.demo]\nkernel = \"guest\"",
    );
    let spec = good(&text);
    let trace = &spec.kernels[&KernelName::new("trace").expect("a name")];
    let fragments: Vec<String> = trace
        .fragments
        .iter()
        .map(|found| {
            format!("{} {}", found.glob.value, trace.lineage.generation(found.glob.location.as_ref()))
        })
        .collect();
    assert_eq!(fragments, ["kernel/*.config 0", "debug.config 1", "trace.config 2"]);
    let layers: Vec<String> = crate::config_layers(trace)
        .iter()
        .map(|layer| {
            let symbols: Vec<&str> = layer.lines.iter().map(|line| line.entry.symbol.as_str()).collect();
            format!("{} {}: {}", layer.generation, layer.name, symbols.join(" "))
        })
        .collect();
    assert_eq!(
        layers,
        ["0 [kernel.guest]: VIRTIO_BLK SMP", "1 [kernel.debug]: LOCALVERSION NR_CPUS DEBUG_KERNEL"]
    );
}
