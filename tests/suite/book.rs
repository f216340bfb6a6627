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

/// What stands between backticks in the text of a page, outside of blocks.
fn spans(page: &str) -> Vec<&str> {
    let outside = page.split("\n```").enumerate().filter(|(index, _)| index % 2 == 0);
    outside.flat_map(|(_, text)| text.split('`').skip(1).step_by(2)).collect()
}

/// The command in a line, without what a shell does with it: `build --locked`.
fn command(line: &str) -> Option<String> {
    let words = line.split(" #").next().unwrap_or_default().replace("cargo xtask kernel ", "cargo kernel ");
    let (_, arguments) = words.split_once("cargo kernel ")?;
    let arguments = arguments.split(['|', '<', '>', ';']).next().unwrap_or_default().trim();
    // What is left out stands for anything.
    (!arguments.is_empty() && !arguments.contains(['…', '['])).then(|| arguments.to_owned())
}

/// Whether the program takes a command, or words are the name of one; an error says why not.
fn parse(arguments: &str) -> Result<(), String> {
    let all = kernel_cli::command();
    if arguments.split_whitespace().try_fold(&all, |above, name| above.find_subcommand(name)).is_some() {
        return Ok(());
    }
    let words = std::iter::once("cargo-kernel").chain(arguments.split_whitespace());
    let words = words.map(|word| word.trim_matches(['\'', '"']));
    match kernel_cli::command().try_get_matches_from(words) {
        Err(error) if error.use_stderr() => Err(error.to_string()),
        _ => Ok(()),
    }
}

#[test]
fn every_command_is_one() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for (path, page) in pages() {
        let shown = ["console", "sh", "toml"].into_iter().flat_map(|language| blocks(&page, language));
        let lines = shown.flat_map(str::lines).chain(spans(&page));
        for (line, arguments) in lines.filter_map(|line| Some((line, command(line)?))) {
            // Cargo puts a program behind a runner.
            let program = if line.starts_with("runner = ") { " program" } else { "" };
            if let Err(error) = parse(&format!("{}{program}", arguments.trim_end_matches('"'))) {
                wrong.push(format!("{}: `{line}`: {error}", path.display()));
            }
            seen += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 60, "{seen} commands");
}

/// What the README's table names are commands.
#[test]
fn the_readme_names_commands() {
    let readme = fs::read_to_string(workspace_root().join("README.md")).unwrap();
    let table = readme.split("| `cargo xtask kernel …` | |").nth(1).unwrap().split("\n\n").next().unwrap();
    let cells = table.lines().filter_map(|row| row.split('|').nth(1));
    let named: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    for command in &named {
        let first = command.split(' ').next().unwrap();
        let known = kernel_cli::command().find_subcommand(first).is_some();
        // The second of a row may be a command below the first.
        let is_below =
            kernel_cli::command().get_subcommands().any(|above| above.find_subcommand(first).is_some());
        assert!(known || is_below, "the README's table has `{command}`");
    }
}

/// The examples in the help of each command are commands.
#[test]
fn every_example_in_help_is_one() {
    fn examples(of: &clap::Command, found: &mut Vec<String>) {
        let text = of.get_after_help().map(ToString::to_string).unwrap_or_default();
        found.extend(
            text.lines().map(str::trim).filter(|line| line.starts_with("cargo kernel ")).map(str::to_owned),
        );
        of.get_subcommands().for_each(|below| examples(below, found));
    }
    let mut found = Vec::new();
    examples(&kernel_cli::command(), &mut found);
    assert!(found.len() > 50, "{} examples", found.len());
    for example in found {
        // What it does stands behind two spaces.
        let line = example.split("  ").next().unwrap();
        if let Some(arguments) = command(line) {
            let parsed = parse(&arguments);
            assert!(parsed.is_ok(), "`{line}`: {}", parsed.unwrap_err());
        }
    }
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
