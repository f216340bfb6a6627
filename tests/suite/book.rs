//! What stands in the book and in the README is so: commands parse, manifests are read, links lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel_spec::{Arch, KernelSpec, Overrides, SourceText, SpecContext};
use tests::workspace_root;

/// The README, and every page of the book.
fn pages() -> Vec<(PathBuf, String)> {
    let mut files = vec![workspace_root().join("README.md")];
    let mut folders = vec![workspace_root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The blocks of a language in a page.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("```") {
        let Some((block, next)) = after.split_once("\n```") else { break };
        let (name, text) = block.split_once('\n').unwrap_or((block, ""));
        if name == language {
            found.push(text);
        }
        rest = next;
    }
    found
}

#[test]
fn every_command_is_one() {
    let mut seen = 0;
    for (path, page) in pages() {
        for line in blocks(&page, "console").iter().flat_map(|block| block.lines()) {
            let Some(line) = line.strip_prefix("$ ") else { continue };
            let words = line.split('#').next().unwrap_or_default();
            let words = words.replace("cargo xtask kernel ", "cargo kernel ");
            let Some((_, arguments)) = words.split_once("cargo kernel ") else { continue };
            let arguments = arguments.split(['|', '>', ';']).next().unwrap_or_default();
            let words = std::iter::once("cargo-kernel").chain(arguments.split_whitespace());
            let words = words.map(|word| word.trim_matches(['\'', '"']));
            let parsed = kernel_cli::command().try_get_matches_from(words);
            assert!(
                parsed.as_ref().err().is_none_or(|error| !error.use_stderr()),
                "{}: `{line}`: {}",
                path.display(),
                parsed.err().map(|error| error.to_string()).unwrap_or_default()
            );
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} commands");
}

/// Every manifest in the book, with the page that it is on.
pub(crate) fn manifests() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, page) in pages() {
        for block in blocks(&page, "toml").into_iter().filter(|block| block.contains("schema = 1")) {
            let text = format!("{block}\n");
            let source = Arc::new(SourceText { path: "Kernel.toml".into(), text: text.clone() });
            // Neither an override file nor a lockfile is a manifest.
            if !block.contains("This file is written by") && Overrides::parse(source, None).is_err() {
                found.push((path.display().to_string(), text));
            }
        }
    }
    found
}

#[test]
fn every_manifest_is_read() {
    let manifests = manifests();
    for (path, text) in &manifests {
        let source = Arc::new(SourceText { path: "Kernel.toml".into(), text: text.clone() });
        let spec = KernelSpec::parse(source, &SpecContext { host_arch: Some(Arch::X86_64) });
        assert!(spec.is_ok(), "{path}: {text}\n{:?}", spec.err());
    }
    assert!(manifests.len() >= 4, "{} manifests", manifests.len());
}

#[test]
fn every_link_leads_somewhere() {
    for (path, page) in pages() {
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            let file = path.parent().unwrap_or(Path::new("")).join(target);
            assert!(file.exists(), "{}: nothing at `{link}`", path.display());
        }
    }
}

/// A page that the summary does not name is in no book.
#[test]
fn every_page_is_in_the_summary() {
    let docs = workspace_root().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    for (path, _) in pages() {
        let Ok(page) = path.strip_prefix(&docs) else { continue };
        let page = page.to_string_lossy();
        assert!(
            page == "SUMMARY.md" || summary.contains(&format!("({page})")),
            "the summary has no `{page}`"
        );
    }
}
