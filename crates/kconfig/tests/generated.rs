//! What the build reads instead of the `.config`: the same bytes as `conf`, and the same files touched.
//!
//! Each file of `generated/` is one tree, its `.config`, an old `auto.conf` or none, and what `conf --syncconfig` wrote.
#![allow(clippy::disallowed_methods, reason = "a test reads its cases")]

mod case;

use std::path::Path;

use kconfig::config_file::{Inputs, Reader, UnknownSymbols, generated, touched};
use kconfig::eval::Evaluator;
use kconfig::model;
use kconfig::syntax;

use case::{OneFile, eras, sections};

#[test]
fn every_case_is_as_conf_wrote() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generated");
    let mut compared = 0;
    for entry in std::fs::read_dir(&folder).expect("cases") {
        let path = entry.expect("an entry").path();
        let case = sections(&std::fs::read_to_string(&path).expect("a case"));
        let part = |name: &str| case.get(name).map(String::as_str);
        for (era, dialect, rules) in eras() {
            let expected = |what: &str| part(&format!("{what}: {era}")).or(part(&format!("{what}: both")));
            if expected("auto.conf").is_none() {
                continue;
            }
            let tree = OneFile(part("Kconfig").expect("a tree").to_owned());
            let ast = syntax::parse(&tree, "Kconfig", dialect).expect("the tree parses");
            let model = model::build(&ast, rules);
            let mut evaluator = Evaluator::new(&model);
            let reader = Reader { file: ".config", prefix: "CONFIG_", unknown: UnknownSymbols::Ignored };
            reader.read_and_settle(part(".config").unwrap_or_default().as_bytes(), &mut evaluator);
            let old = part("auto.conf").map(str::as_bytes);
            let changed = touched(&mut evaluator, "include/config/auto.conf", old, "CONFIG_");
            let texts = generated(&mut evaluator, "CONFIG_");
            let inputs =
                Inputs { auto_conf: "include/config/auto.conf", files: &model.files, env: &ast.env_used };
            let mut names: Vec<String> = changed.names.iter().map(|name| format!("{name}\n")).collect();
            names.sort();
            for (what, found) in [
                ("auto.conf", texts.auto_conf),
                ("autoconf.h", texts.autoconf_h),
                ("rustc_cfg", texts.rustc_cfg),
                ("auto.conf.cmd", inputs.auto_conf_cmd(rules.commands)),
                ("touched", names.concat().into_bytes()),
                ("stderr", changed.warnings),
            ] {
                let found = String::from_utf8(found).expect("UTF-8");
                assert_eq!(Some(found.as_str()), expected(what), "{what} of {}, {era}", path.display());
                compared += 1;
            }
        }
    }
    assert!(compared >= 24, "only {compared} texts compared");
}
