//! Loadable modules: kernels without, tristates that are answered by themselves, and complete configurations that must
//! survive as they are.

use std::collections::BTreeMap;

use kconfig::ask::{Console, Input, Questions, ask};
use kconfig::config_file::{Reader, UnknownSymbols, config};
use kconfig::eval::Evaluator;
use kconfig::model::MenuId;
use kconfig::modes::{AutoModules, BuiltIn, auto_modules};
use kconfig::syntax::ast::SymbolType;
use kconfig::{DotConfig, Symbol, Tristate};
use kernel_spec::Arch;
use tests::{Project, needs};

use crate::trees::on_tree;

/// The toy tree with one more tristate, keys of its kernel, and its `[config]`.
fn project(keys: &str, config: &str) -> Project {
    let project = Project::toy();
    let kconfig = project.read("toy/Kconfig");
    let card = "\nconfig SOUND_CARD\n\ttristate \"A card\"\n\tdepends on SOUND\n\nconfig SOUND_CORE\n\ttristate \"The core\"\n\tdefault y\n";
    project.write("toy/Kconfig", &(kconfig + card));
    project.write("kernel/net.config", "# nothing\n");
    project.replace("Kernel.toml", "images =", &format!("{keys}\nimages ="));
    project.replace("Kernel.toml", "CONSOLE = \"ttyS0\"\n", config);
    project
}

/// The tristates of the resolved config, and whether it has modules.
fn resolved(project: &Project, route: &str) -> String {
    project.kernel(&["check", "guest", route]).success();
    let text = project.read("target/kernel/.work/guest/resolved.config");
    let lines = text.lines().filter(|line| line.contains("SOUND") || line.contains("CONFIG_MODULES"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_guest_without_modules_has_its_drivers_built_in() {
    let project = project("modules = false", "SOUND = \"m\"\nSOUND_CARD = \"enabled\"\n");
    for route in ["--kconfig=engine", "--kconfig=tree"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(resolved(&project, route), @"
            # CONFIG_MODULES is not set
            CONFIG_SOUND=y
            CONFIG_SOUND_CARD=y
            # CONFIG_SOUND_CORE is not set
            ");
        }
    }
    // Who wants the letter gets it, or hears that there is none.
    project.replace("Kernel.toml", "modules = false", "modules = false\nmod2yes = false");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
     Configuring guest 6.12.7
    error: 1 request did not land for kernel `guest`
      CONFIG_SOUND=m   Kernel.toml:19   resolved to y: `m` is no value while modules are off
        lands with `MODULES = "y"` in `[kernel.guest.config]`
    hint: `kernel check guest --fix` writes what is missing where it belongs
    "#);
    // Modules that are not built are an error, unless they are meant.
    project.replace("Kernel.toml", "modules = false\nmod2yes = false", "");
    project.replace("Kernel.toml", "SOUND = \"m\"\n", "SOUND = \"m\"\nMODULES = \"y\"\n");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
     Configuring guest 6.12.7
    error: 2 symbols of kernel `guest` resolved to `m`, and modules are not built
      CONFIG_SOUND   Kernel.toml:18
      CONFIG_SOUND_CARD   Kernel.toml:20
    hint: ask for `y`, or set `mod2yes = true` in `[kernel.guest]`, which does it for all; `modules = true` lets them be `m`
    ");
    project.replace("Kernel.toml", "MODULES = \"y\"\n", "");
    project.replace("Kernel.toml", "images =", "modules = true\nimages =");
    assert!(resolved(&project, "--kconfig=engine").contains("CONFIG_SOUND=m"));
    project.kernel(&["build"]).success();
}

#[test]
fn every_tristate_that_nobody_names_is_a_module() {
    let project = project("modules = true\nauto-modules = true", "");
    project.replace("Kernel.toml", "base = \"tinyconfig\"", "base = \"alldefconfig\"");
    insta::assert_snapshot!(resolved(&project, "--kconfig=engine"), @"
    CONFIG_MODULES=y
    CONFIG_SOUND=m
    CONFIG_SOUND_CARD=m
    CONFIG_SOUND_CORE=m
    ");
    // Whoever resolves is told the answers.
    assert!(resolved(&project, "--kconfig=tree").contains("CONFIG_SOUND=m"));
    project.replace("Kernel.toml", "auto-modules = true", "auto-modules = true\nprefer-builtin = true");
    insta::assert_snapshot!(resolved(&project, "--kconfig=engine"), @"
    CONFIG_MODULES=y
    CONFIG_SOUND=m
    CONFIG_SOUND_CARD=m
    CONFIG_SOUND_CORE=y
    ");
    project.replace("Kernel.toml", "prefer-builtin = true", "mod2yes = true");
    project.replace("Kernel.toml", "[kernel.guest.config]\n", "[kernel.guest.config]\nSOUND_CARD = \"n\"\n");
    insta::assert_snapshot!(resolved(&project, "--kconfig=engine"), @"
    CONFIG_MODULES=y
    CONFIG_SOUND=y
    # CONFIG_SOUND_CARD is not set
    CONFIG_SOUND_CORE=y
    ");
}

/// What a person answers who says `m` to every tristate, as the kernels of nixpkgs are configured.
struct SaysM {
    built_in: BuiltIn,
    said: Vec<u8>,
}

impl Console for SaysM {
    fn answer(&mut self) -> Option<Vec<u8>> {
        let line = String::from_utf8_lossy(&self.said).into_owned();
        let line = line.rsplit('\n').next().unwrap_or_default();
        let values =
            line.rsplit_once(" [").and_then(|(_, rest)| rest.split_once(']')).map(|(values, _)| values);
        let letters: Vec<&str> =
            values.and_then(|v| v.strip_suffix("/?")).unwrap_or_default().split('/').collect();
        let is_tristate = letters.iter().all(|letter| letter.len() == 1) && letters[1..].contains(&"m");
        let kept = self.built_in == BuiltIn::Kept && letters.contains(&"Y");
        // A choice is left as it is.
        let answer: &[u8] = if is_tristate && !kept && line.contains('(') { b"m\n" } else { b"\n" };
        Some(answer.to_vec())
    }

    fn print(&mut self, text: &[u8]) {
        self.said.extend_from_slice(text);
    }

    fn complain(&mut self, _: &[u8]) {}

    fn input(&self) -> Input {
        Input::Piped
    }
}

/// On a real tree both ways lead to the same answers.
///
/// Whoever is asked says yes to defaults too, and so to those of bools that were others before a later answer: what is no
/// tristate with a prompt is not compared.
#[test]
fn modules_are_answered_as_a_dialogue_would() {
    for built_in in [BuiltIn::Answered, BuiltIn::Kept] {
        on_tree("6_12", Arch::X86_64, |tree, model| {
            let defconfig = std::fs::read(tree.join("arch/x86/configs/x86_64_defconfig")).unwrap();
            let base = || {
                let mut evaluator = Evaluator::new(model);
                let reader =
                    Reader { file: "defconfig", prefix: "CONFIG_", unknown: UnknownSymbols::Ignored };
                reader.read(&defconfig, &mut evaluator);
                evaluator.settle();
                evaluator
            };
            let tristates = |evaluator: &mut Evaluator<'_>| {
                let text = String::from_utf8(config(evaluator, "CONFIG_")).unwrap();
                let resolved = DotConfig::parse(&text).unwrap();
                let is_asked = |symbol: &Symbol| {
                    let id = model.names.find(symbol.as_str().as_bytes());
                    id.map(|id| model.symbol(id)).is_some_and(|symbol| {
                        let has_prompt = |menu: &MenuId| model.menu(*menu).prompt.is_some();
                        symbol.kind == Some(SymbolType::Tristate) && symbol.menus.iter().any(has_prompt)
                    })
                };
                let asked = resolved.iter().filter(|(symbol, _)| is_asked(symbol));
                asked
                    .map(|(symbol, value)| (symbol.to_string(), value.to_string()))
                    .collect::<BTreeMap<_, _>>()
            };
            let mut ours = base();
            let how = AutoModules { built_in, answer: Tristate::M };
            auto_modules(&mut ours, &Default::default(), how);
            let mut theirs = base();
            for _ in 0..2 {
                let mut console = SaysM { built_in, said: Vec::new() };
                ask(&mut theirs, Questions::All, "CONFIG_", &mut console).unwrap();
            }
            let (ours, theirs) = (tristates(&mut ours), tristates(&mut theirs));
            let differ: Vec<_> = ours
                .iter()
                .filter(|(symbol, value)| theirs.get(*symbol) != Some(value))
                .chain(theirs.iter().filter(|(symbol, _)| !ours.contains_key(*symbol)))
                .collect();
            let modules = ours.values().filter(|value| *value == "m").count();
            assert!(modules > 2000, "{modules}");
            assert_eq!(differ, [] as [(&String, &String); 0], "{built_in:?}");
        });
    }
}

#[test]
fn a_strict_base_survives_line_by_line_or_is_told() {
    let project = project("", "");
    project.replace("Kernel.toml", "base = \"tinyconfig\"\n", "base = \"./kernel.config\"\nstrict = true\n");
    project.replace("Kernel.toml", "fragments = [\"kernel/*.config\"]\nlocal-version = \"-guest\"\n", "");
    project.replace("Kernel.toml", "{version}-guest", "{version}");
    project.write(
        "kernel.config",
        "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n# CONFIG_SOUND is not set\n# CONFIG_MICROCODE is not set\nCONFIG_NR_CPUS=4\n\
         CONFIG_CONSOLE=\"\"\nCONFIG_GONE=y\n# CONFIG_LOCALVERSION_AUTO is not set\n",
    );
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
     Configuring guest 6.12.7
    error: 2 requests did not land for kernel `guest`
      CONFIG_MICROCODE=n   ./kernel.config:4   resolved to y: it has no prompt: its defaults decide
      CONFIG_GONE=y        ./kernel.config:7   no such symbol in 6.12.7
    hint: `kernel config fix guest MICROCODE=n` says what forbids it, `config explain` says more
    ");
    // What need not survive is named; what is new is told, and stands in the record.
    let waived = |symbol: &str| {
        format!("[[kernel.guest.may-miss]]\nsymbol = \"{symbol}\"\nreason = \"of another tree\"\n")
    };
    project.write("Kernel.toml", &(project.read("Kernel.toml") + &waived("MICROCODE") + &waived("GONE")));
    let run = project.kernel(&["build"]).success();
    let said = project.said(&run);
    let warnings: Vec<&str> = said.lines().filter(|line| line.starts_with("warning")).collect();
    insta::assert_snapshot!(warnings.join("\n"), @r#"warning: `./kernel.config` does not name 5 symbols of this tree: CONFIG_MODULES=n, CONFIG_BROKEN=n, CONFIG_SLOW=n, CONFIG_LOCALVERSION="", CONFIG_SOUND_CORE=y"#);
    let record: serde_json::Value =
        serde_json::from_str(&project.read("target/kernel/guest/kernel.json")).unwrap();
    assert_eq!(record["config"]["new-symbols"].as_array().map(Vec::len), Some(5), "{record:#}");
    // A stronger layer may change a line: that is meant.
    project.replace("Kernel.toml", "[kernel.guest.config]\n", "[kernel.guest.config]\nNR_CPUS = 8\n");
    let run = project.kernel(&["config", "layers", "guest", "NR_CPUS"]).success();
    insta::assert_snapshot!(run.stdout, @"
    base: ./kernel.config
      CONFIG_NR_CPUS=4   ./kernel.config:5   overridden by CONFIG_NR_CPUS=8 at Kernel.toml:17
    config: [kernel.guest]
      CONFIG_NR_CPUS=8   Kernel.toml:17
    resolved: CONFIG_NR_CPUS=8
    ");
}

/// A complete `.config` that a real tree wrote survives on it as it is, byte for byte.
#[test]
fn a_real_config_survives() {
    let Some(tree) = needs::srctree("6_12") else { return };
    let place = tree.to_string_lossy().into_owned();
    let project = Project::empty();
    let kernel = |keys: &str| {
        format!(
            "schema = 1\n[source.linux]\npath = {place:?}\n[kernel.k]\nsource = \"linux\"\narch = \"x86_64\"\n{keys}\n"
        )
    };
    project.write("Kernel.toml", &kernel("base = \"defconfig\"\nmod2yes = true\n"));
    project.kernel(&["config", "resolve", "k", "-o", "kernel.config"]).success();
    let complete = project.read("kernel.config");
    project.write("Kernel.toml", &kernel("base = \"./kernel.config\"\nstrict = true\n"));
    project.kernel(&["check"]).success();
    assert!(project.read("target/kernel/.work/k/resolved.config") == complete);
    project.write("kernel.config", &complete.replace("CONFIG_NR_CPUS=64", "CONFIG_NR_CPUS=100000"));
    let run = project.kernel(&["check"]).exit(1);
    assert!(run.stderr.contains("CONFIG_NR_CPUS=100000   ./kernel.config:"), "{}", run.stderr);
}
