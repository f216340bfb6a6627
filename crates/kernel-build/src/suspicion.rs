//! What of that which changed since the last good build has to do with a file that does not compile.
//!
//! ```text
//! target ─▶ its dependency file, else its source ─▶ the files that went into it
//! changed symbols ─▶ the Makefile that makes the target for one; the file itself; a file that it includes
//! changed patches, edited files ─▶ the file itself; a file that it includes
//! ```
//!
//! Whatever is looked at may be missing or say nothing: then there is nothing to tell. Nothing is guessed: a symbol is told
//! where its name stands in the file.

use std::collections::BTreeSet;

use kconfig::{Change, Value};
use kernel_host::AbsPath;
use kernel_host::fs;

/// What changed since the last good build.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Symbols, each with where it is asked for, if anybody asks.
    pub(crate) symbols: Vec<(Change, Option<String>)>,
    /// Patches: their labels, and the files that they touch.
    pub(crate) patches: Vec<(String, BTreeSet<String>)>,
    /// Files of a tree that somebody edits.
    pub(crate) edited: BTreeSet<String>,
}

/// How many lines are told at most.
const MOST: usize = 6;

/// The target of make's first error: `make[3]: *** [scripts/Makefile.build:229: net/broken.o] Error 1`.
pub(crate) fn target_of(lines: &[String]) -> Option<String> {
    let line = lines.iter().find(|line| line.starts_with("make") && line.contains("*** ["))?;
    let inner = line.split_once("*** [")?.1.split_once(']')?.0;
    Some(inner.rsplit(": ").next()?.to_owned())
}

/// What has to do with a target of an object tree, in lines; the nearest first.
pub(crate) fn about(target: &str, trees: (&AbsPath, &AbsPath), changes: &Changes) -> Vec<String> {
    let (srctree, objtree) = trees;
    // The toy of a tree, and the tools of a real one, name their targets by absolute paths.
    let below = target.strip_prefix(&format!("{objtree}/")).unwrap_or(target);
    let files = files_of(below, srctree, objtree);
    let Some(own) = files.first() else { return Vec::new() };
    let mut told = Vec::new();
    for path in files.iter().filter(|path| changes.edited.contains(*path)) {
        told.push(format!("`{path}` was edited"));
    }
    for (label, touched) in &changes.patches {
        if let Some(path) = files.iter().find(|path| touched.contains(*path)) {
            told.push(format!("patch {label} touches `{path}`"));
        }
    }
    let gates = gates(below, srctree);
    let text_of = |path: &str| fs::read_to_string(&srctree.join(path)).unwrap_or_default();
    let (own_text, mut distant) = (text_of(own), changes.symbols.iter().collect::<Vec<_>>());
    distant.retain(|(change, origin)| {
        let name = change.symbol.config_name();
        let why = match gates.iter().find(|(_, statement)| has_word(statement, &name)) {
            Some((makefile, _)) => format!("`{makefile}` makes `{below}` for it"),
            None if has_word(&own_text, &name) => format!("`{own}` names it"),
            None => return true,
        };
        told.push(told_symbol(change, origin.as_deref(), &why));
        false
    });
    for path in files.iter().skip(1) {
        if told.len() >= MOST || distant.is_empty() {
            break;
        }
        let text = text_of(path);
        distant.retain(|(change, origin)| {
            let is_there = has_word(&text, &change.symbol.config_name());
            if is_there {
                told.push(told_symbol(
                    change,
                    origin.as_deref(),
                    &format!("`{path}`, which it includes, names it"),
                ));
            }
            !is_there
        });
    }
    told.truncate(MOST);
    told
}

fn told_symbol(change: &Change, origin: Option<&str>, why: &str) -> String {
    let show = |value: &Option<Value>| value.as_ref().map_or_else(|| "n".to_owned(), Value::to_string);
    let place = origin.map(|origin| format!(" at {origin}")).unwrap_or_default();
    let (name, before, after) = (change.symbol.config_name(), show(&change.before), show(&change.after));
    format!("{name} {before} → {after}{place}: {why}")
}

/// The files of the source tree that go into a target, its own first.
///
/// The compiler writes them beside the target, as a rule of make (`.NAME.d`), also where it fails.
fn files_of(target: &str, srctree: &AbsPath, objtree: &AbsPath) -> Vec<String> {
    let (folder, name) = target.rsplit_once('/').unwrap_or(("", target));
    let rule = fs::read_to_string(&objtree.join(folder).join(format!(".{name}.d"))).unwrap_or_default();
    let prefix = format!("{srctree}/");
    let words = rule.split_ascii_whitespace().filter_map(|word| word.strip_prefix(&prefix));
    let mut files: Vec<String> =
        words.filter(|path| fs::is_file(&srctree.join(path))).map(str::to_owned).collect();
    if files.is_empty() {
        let stem = target.rsplit_once('.').map_or(target, |(stem, _)| stem);
        files.extend(
            ["c", "S"]
                .map(|end| format!("{stem}.{end}"))
                .into_iter()
                .find(|path| fs::is_file(&srctree.join(path))),
        );
    }
    files
}

/// The statements of Makefiles that name a target, or a folder that it lies in: each with its Makefile.
fn gates(target: &str, srctree: &AbsPath) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut folder, mut wanted) = target.rsplit_once('/').unwrap_or(("", target));
    loop {
        for name in ["Kbuild", "Makefile"] {
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            let text = fs::read_to_string(&srctree.join(&path)).unwrap_or_default().replace("\\\n", " ");
            let is_it =
                |line: &&str| line.split_ascii_whitespace().any(|word| word.trim_end_matches('/') == wanted);
            found.extend(text.lines().filter(is_it).map(|line| (path.clone(), line.to_owned())));
        }
        if folder.is_empty() {
            return found;
        }
        (folder, wanted) = folder.rsplit_once('/').unwrap_or(("", folder));
    }
}

/// Whether a name stands in a text, and not as a part of a longer one; `CONFIG_X_MODULE` is one of `CONFIG_X`.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let behind = &text[at + name.len()..];
        let behind = behind.strip_prefix("_MODULE").unwrap_or(behind);
        !text[..at].ends_with(is_part) && !behind.starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kconfig::{DotConfig, difference};

    #[test]
    fn makes_error_names_its_target() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let log = "x.c:1:1: error: y\nmake[3]: *** [scripts/Makefile.build:229: net/broken.o] Error 1\nmake: *** [a: b] Error 2";
        assert_eq!(target_of(&lines(log)).as_deref(), Some("net/broken.o"));
        assert_eq!(target_of(&lines("make: *** No rule to make target 'x'.  Stop.")), None);
    }

    #[test]
    fn a_name_is_a_whole_word() {
        assert!(
            has_word("#ifdef CONFIG_NET\n", "CONFIG_NET") && has_word("CONFIG_NET_MODULE)", "CONFIG_NET")
        );
        assert!(!has_word("CONFIG_NET_CORE MY_CONFIG_NET", "CONFIG_NET"));
    }

    #[test]
    fn the_nearest_is_told_first() {
        let parent = AbsPath::new(std::env::temp_dir()).expect("absolute");
        let tree = fs::temp_dir_in(&parent, "suspicion-").expect("a folder");
        let (src, obj) = (tree.path().join("src"), tree.path().join("obj"));
        let write = |path: AbsPath, text: &str| {
            fs::create_dir_all(&path.parent().expect("a folder")).expect("made");
            fs::write_atomic(&path, text.as_bytes()).expect("written");
        };
        write(src.join("net/a/b.c"), "#ifdef CONFIG_OWN\n#endif\n");
        write(src.join("include/h.h"), "#if IS_ENABLED(CONFIG_FAR)\n#endif\n");
        write(src.join("net/a/Makefile"), "obj-$(CONFIG_GATE) += \\\n\tb.o\n");
        write(src.join("net/Makefile"), "obj-$(CONFIG_FOLDER) += a/\n");
        write(
            obj.join("net/a/.b.o.d"),
            &format!("net/a/b.o: {src}/net/a/b.c \\\n {src}/include/h.h /usr/x.h\n"),
        );
        let config = |text: &str| DotConfig::parse(text).expect("a .config");
        let new = "CONFIG_FAR=y\nCONFIG_FOLDER=y\nCONFIG_GATE=y\nCONFIG_OTHER=y\nCONFIG_OWN=y\n";
        let symbols =
            difference(&config(""), &config(new)).into_iter().map(|change| (change, None)).collect();
        let patches = vec![("`p` (p.patch)".to_owned(), ["include/h.h".to_owned()].into())];
        let changes = Changes { symbols, patches, edited: ["net/a/b.c".to_owned()].into() };
        insta::assert_snapshot!(about("net/a/b.o", (&src, &obj), &changes).join("\n"), @"
        `net/a/b.c` was edited
        patch `p` (p.patch) touches `include/h.h`
        CONFIG_FOLDER n → y: `net/Makefile` makes `net/a/b.o` for it
        CONFIG_GATE n → y: `net/a/Makefile` makes `net/a/b.o` for it
        CONFIG_OWN n → y: `net/a/b.c` names it
        CONFIG_FAR n → y: `include/h.h`, which it includes, names it
        ");
        assert!(about("net/none.o", (&src, &obj), &changes).is_empty());
    }
}
