//! What cargo sees of the environment.
//!
//! Everything but what an outer cargo left: this tool may run under `cargo run` or in a build script, and what those set
//! describes another package.

use kernel_host::AbsPath;
use kernel_host::env::Env;
use kernel_host::process::Command;

use super::CargoError;
use crate::workspace::cargo_configs;

/// What cargo sets for whatever it runs (the Cargo book, "Environment Variables").
const OF_OUTER: [&str; 8] = [
    "CARGO",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_MANIFEST_LINKS",
    "CARGO_CRATE_NAME",
    "CARGO_BIN_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];
const OF_OUTER_BY_PREFIX: [&str; 5] =
    ["CARGO_PKG_", "CARGO_BIN_EXE_", "CARGO_CFG_", "CARGO_FEATURE_", "DEP_"];
/// What it sets for build scripts besides; a person may set these too, so they go only where `OUT_DIR` tells of a script.
const OF_BUILD_SCRIPT: [&str; 11] = [
    "TARGET",
    "HOST",
    "NUM_JOBS",
    "OPT_LEVEL",
    "PROFILE",
    "DEBUG",
    "RUSTC",
    "RUSTDOC",
    "RUSTC_LINKER",
    "RUSTC_WRAPPER",
    "CARGO_ENCODED_RUSTFLAGS",
];

const STATIC: &str = "target-feature=+crt-static";

/// cargo itself: the one that runs this tool, else the one on `PATH`.
pub(crate) fn cargo(env: &Env) -> AbsPath {
    let named = env.get_filled("CARGO").map(|cargo| env.current_dir().join(cargo));
    let found = named.or_else(|| env.find_program("cargo"));
    // Starting it then says that it is not there.
    found.unwrap_or_else(|| env.current_dir().join("cargo"))
}

/// Gives a command the session's environment without what an outer cargo left.
pub(crate) fn clean(command: &mut Command, env: &Env) {
    let in_build_script = env.get("OUT_DIR").is_some();
    command.env_clear();
    for (name, value) in env.vars() {
        let text = name.to_string_lossy();
        let outer = OF_OUTER.contains(&text.as_ref())
            || OF_OUTER_BY_PREFIX.iter().any(|prefix| text.starts_with(prefix))
            || (in_build_script && OF_BUILD_SCRIPT.contains(&text.as_ref()));
        // The target directory is on the command line.
        if !outer && text != "CARGO_TARGET_DIR" && text != "CARGO_BUILD_TARGET_DIR" {
            command.env(name, value);
        }
    }
}

/// Flags that keep places of this machine, the nearest first, out of a program.
///
/// What debugging information says would make a kernel as large again, and is of no use in it.
pub(super) fn without_places(places: &[&AbsPath], env: &Env) -> Vec<String> {
    let mut flags = ["-C", "strip=debuginfo"].map(str::to_owned).to_vec();
    let home = env.get_filled("CARGO_HOME").map(|home| env.current_dir().join(home));
    let home = home.or_else(|| Some(env.current_dir().join(env.get_filled("HOME")?).join(".cargo")));
    // rustc goes by the last one that fits.
    let places = home.iter().chain(places.iter().copied().rev());
    for (place, name) in places.zip(["cargo", ".", "target", "target"]) {
        // Where flags are words between spaces, such a place cannot be named.
        if !place.to_string().contains(char::is_whitespace) {
            flags.push(format!("--remap-path-prefix={place}={name}"));
        }
    }
    flags
}

/// Adds the flag for static linking, and others, to the flags that the user has.
///
/// cargo takes flags from one place only, the first of `CARGO_ENCODED_RUSTFLAGS`, `RUSTFLAGS`, `target.*.rustflags` (to
/// which `CARGO_TARGET_<TRIPLE>_RUSTFLAGS` is added) and `build.rustflags`. So the flag goes to the place that counts, and
/// what would be shadowed is repeated.
pub(super) fn link_statically(
    command: &mut Command,
    target: &str,
    more: &[String],
    env: &Env,
) -> Result<(), CargoError> {
    let ours: Vec<&str> = ["-C", STATIC].into_iter().chain(more.iter().map(String::as_str)).collect();
    let in_build_script = env.get("OUT_DIR").is_some();
    if let Some(flags) = env.get("CARGO_ENCODED_RUSTFLAGS").filter(|_| !in_build_script) {
        let separator = if flags.is_empty() { "" } else { "\u{1f}" };
        command.env("CARGO_ENCODED_RUSTFLAGS", format!("{flags}{separator}{}", ours.join("\u{1f}")));
        return Ok(());
    }
    if let Some(flags) = env.get_filled("RUSTFLAGS") {
        command.env("RUSTFLAGS", format!("{flags} {}", ours.join(" ")));
        return Ok(());
    }
    let name = format!("CARGO_TARGET_{}_RUSTFLAGS", target.to_ascii_uppercase().replace(['-', '.'], "_"));
    let mut flags: Vec<String> = env.get_filled(&name).map(str::to_owned).into_iter().collect();
    if flags.is_empty() {
        flags.extend(shadowed(target, env)?);
    }
    flags.push(ours.join(" "));
    command.env(name, flags.join(" "));
    Ok(())
}

/// `build.rustflags`, where no `target.*.rustflags` shadows it already.
fn shadowed(target: &str, env: &Env) -> Result<Vec<String>, CargoError> {
    let configs = cargo_configs(env)?;
    let for_target = |table: &toml::Table| {
        let targets = table.get("target").and_then(toml::Value::as_table);
        targets.is_some_and(|targets| {
            targets.iter().any(|(name, value)| {
                (name == target || name.starts_with("cfg(")) && value.get("rustflags").is_some()
            })
        })
    };
    if configs.iter().any(|(_, table)| for_target(table)) {
        return Ok(Vec::new());
    }
    if let Some(flags) = env.get_filled("CARGO_BUILD_RUSTFLAGS") {
        return Ok(vec![flags.to_owned()]);
    }
    let mut flags = Vec::new();
    // The nearest file's flags come last, as cargo joins lists.
    for (_, table) in configs.iter().rev() {
        match table.get("build").and_then(|build| build.get("rustflags")) {
            Some(toml::Value::String(text)) => flags.push(text.clone()),
            Some(toml::Value::Array(words)) => {
                flags.extend(words.iter().filter_map(|w| w.as_str().map(str::to_owned)))
            }
            _ => {}
        }
    }
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(vars: &[(&str, &str)]) -> String {
        let nowhere = AbsPath::new("/nowhere").expect("absolute");
        let env = Env::from_vars(vars.iter().copied(), nowhere);
        let mut command = Command::new("cargo");
        clean(&mut command, &env);
        link_statically(&mut command, "x86_64-unknown-linux-gnu", &[], &env).expect("no files there");
        format!("{command:?}").replace('\u{1f}', "|")
    }

    #[test]
    fn the_flag_goes_where_it_counts() {
        let table: [(&[(&str, &str)], &str); 5] = [
            (
                &[],
                r#"("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", Some("-C target-feature=+crt-static"))"#,
            ),
            (
                &[("RUSTFLAGS", "-C debuginfo=1")],
                r#"("RUSTFLAGS", Some("-C debuginfo=1 -C target-feature=+crt-static"))"#,
            ),
            (
                &[("CARGO_BUILD_RUSTFLAGS", "-g")],
                r#"("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", Some("-g -C target-feature=+crt-static"))"#,
            ),
            (
                &[("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-g")],
                r#"("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", Some("-g -C target-feature=+crt-static"))"#,
            ),
            (
                &[("CARGO_ENCODED_RUSTFLAGS", "-g")],
                r#"("CARGO_ENCODED_RUSTFLAGS", Some("-g\u{1f}-C\u{1f}target-feature=+crt-static"))"#,
            ),
        ];
        for (vars, expect) in table {
            let shown = shown(vars);
            assert!(shown.contains(expect), "{vars:?}: {shown}");
        }
    }

    #[test]
    fn the_nearest_place_is_named_last() {
        let place = |text: &str| AbsPath::new(text).expect("absolute");
        let env = Env::from_vars([("HOME", "/home/a b"), ("CARGO_HOME", "")], place("/w"));
        let (init, target, root) = (place("/w/target/kernel/.init"), place("/w/target"), place("/w"));
        insta::assert_snapshot!(without_places(&[&init, &target, &root], &env).join(" "), @"-C strip=debuginfo --remap-path-prefix=/w=. --remap-path-prefix=/w/target=target --remap-path-prefix=/w/target/kernel/.init=target");
    }

    #[test]
    fn what_an_outer_cargo_left_stays_outside() {
        let vars = [
            ("CARGO_PKG_NAME", "x"),
            ("CARGO_MANIFEST_DIR", "/x"),
            ("CARGO_HOME", "/c"),
            ("PROFILE", "mine"),
        ];
        let outside = shown(&vars);
        assert!(outside.contains("CARGO_HOME") && outside.contains("PROFILE"));
        assert!(!outside.contains("CARGO_PKG_NAME") && !outside.contains("CARGO_MANIFEST_DIR"));
        let script = shown(&[("OUT_DIR", "/o"), ("PROFILE", "release"), ("CARGO_ENCODED_RUSTFLAGS", "")]);
        assert!(!script.contains("PROFILE") && !script.contains("CARGO_ENCODED_RUSTFLAGS"));
    }
}
