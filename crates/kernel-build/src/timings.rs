//! What of a build took how long, as a page that needs nothing else.
//!
//! ```text
//! <work>/launcher/times            a line for each call of a compiler: its start, its end, what it made
//! <target>/kernel/.timings/<name>.html
//! ```
//!
//! Under `--timings` a script stands in front of the compilers, as a cache does ([`crate::launcher`]), and notes the times;
//! make and what it compares know nothing of it.
//!
//! Deliberately absent: what linkers and scripts take; the whole build is longer than its compilers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};

use crate::record::Record;

/// One call of a compiler, in seconds since the first one began.
#[derive(Clone, Debug, PartialEq)]
struct Call {
    start: f64,
    end: f64,
    made: String,
}

/// Everything that a page says.
pub(crate) struct Timings<'a> {
    pub(crate) record: &'a Record,
    /// The record of the artifact that was in this one's place.
    pub(crate) before: Option<&'a Record>,
    /// What the compilers' script has noted.
    pub(crate) log: &'a str,
    /// Why the kernel was built.
    pub(crate) reason: &'a str,
    /// Sizes of objects by folder.
    pub(crate) folders: BTreeMap<String, u64>,
}

/// How many files, and folders, are listed.
const LISTED: usize = 20;

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24;\
background:#fff}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse}td,th{text-align:left;\
padding:.15rem 1rem .15rem 0;vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}svg{width:100%;\
background:#f3f4f6}rect{fill:#2f6fab}.bar{display:inline-block;height:.7rem;background:#2f6fab}\
@media(prefers-color-scheme:dark){body{color:#d9dee4;background:#16191d}svg{background:#22272e}rect,.bar{fill:#6cb0ee;\
background:#6cb0ee}}";

impl Timings<'_> {
    /// The page.
    pub(crate) fn page(&self) -> String {
        let calls = parse(self.log);
        let record = self.record;
        let title = format!("{} {}", escaped(&record.name), escaped(&record.kernelrelease));
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
        );
        page += &format!("<p>Built because: {}</p>\n", escaped(self.reason));
        page += &self.summary(&calls);
        page += &lanes(&calls);
        page += &slowest(&calls);
        page += &self.sizes();
        page + "</body></html>\n"
    }

    fn summary(&self, calls: &[Call]) -> String {
        let seconds = |ms: u64| format!("{:.1} s", ms as f64 / 1000.0);
        let of = |value: &dyn Fn(&Record) -> String| {
            (value(self.record), self.before.map_or_else(String::new, value))
        };
        let mut rows = vec![
            ("source", of(&|record| seconds(record.durations.source_ms))),
            ("configuring", of(&|record| seconds(record.durations.configure_ms))),
            ("make", of(&|record| seconds(record.durations.compile_ms))),
            ("objects made", of(&|record| record.objects.to_string())),
            ("calls of compilers", (calls.len().to_string(), String::new())),
            ("time in compilers", (format!("{:.1} s", calls.iter().map(length).sum::<f64>()), String::new())),
        ];
        let images: Vec<String> = self.record.images().map(|file| file.name.clone()).collect();
        for name in &images {
            let size = |record: &Record| {
                record
                    .images()
                    .find(|file| file.name == *name)
                    .map_or_else(String::new, |file| mebibytes(file.size))
            };
            rows.push((name, (size(self.record), self.before.map_or_else(String::new, size))));
        }
        let rows: String = rows
            .iter()
            .map(|(what, (now, before))| {
                format!(
                    "<tr><td>{}</td><td class=n>{now}</td><td class=n>{before}</td></tr>\n",
                    escaped(what)
                )
            })
            .collect();
        format!(
            "<table><tr><th></th><th class=n>this build</th><th class=n>the one before</th></tr>\n{rows}</table>\n"
        )
    }

    fn sizes(&self) -> String {
        let mut folders: Vec<(&String, u64)> =
            self.folders.iter().map(|(name, size)| (name, *size)).collect();
        folders.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        let most = folders.first().map_or(1, |(_, size)| (*size).max(1));
        let rows: String = folders
            .iter()
            .take(LISTED)
            .map(|(name, size)| row(name, &mebibytes(*size), *size as f64 / most as f64))
            .collect();
        format!("<h2>Objects by folder</h2>\n<table>{rows}</table>\n")
    }
}

/// What was noted; a line that a killed compiler cut short is none.
fn parse(log: &str) -> Vec<Call> {
    let call = |line: &str| {
        let (start, rest) = line.split_once(' ')?;
        let (end, made) = rest.split_once(' ')?;
        Some(Call { start: start.parse().ok()?, end: end.parse().ok()?, made: made.to_owned() })
    };
    let mut calls: Vec<Call> = log.lines().filter_map(call).collect();
    calls.sort_by(|a, b| a.start.total_cmp(&b.start));
    let first = calls.first().map_or(0.0, |call| call.start);
    for call in &mut calls {
        (call.start, call.end) = (call.start - first, call.end - first);
    }
    calls
}

fn length(call: &Call) -> f64 {
    (call.end - call.start).max(0.0)
}

/// What ran when: a lane for each compiler that ran at the same time.
fn lanes(calls: &[Call]) -> String {
    let whole = calls.iter().map(|call| call.end).fold(0.0, f64::max);
    if whole <= 0.0 {
        return "<p>No compiler ran.</p>\n".to_owned();
    }
    let mut free: Vec<f64> = Vec::new();
    let mut drawn = String::new();
    for call in calls {
        let lane = free.iter().position(|end| *end <= call.start).unwrap_or(free.len());
        if lane == free.len() {
            free.push(0.0);
        }
        free[lane] = call.end;
        let (x, width) = (call.start / whole * 1000.0, (length(call) / whole * 1000.0).max(0.5));
        // A page is text in memory: writing to it does not fail.
        let _ = write!(
            drawn,
            "<rect x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"9\"><title>{} {:.2} s</title></rect>",
            lane * 10,
            escaped(&call.made),
            length(call)
        );
    }
    let height = free.len() * 10;
    format!(
        "<h2>Compilers, {} at once at most, {whole:.1} s</h2>\n<svg viewBox=\"0 0 1000 {height}\" \
         preserveAspectRatio=\"none\" height=\"{}\" role=\"img\" aria-label=\"what ran when\">{drawn}</svg>\n",
        free.len(),
        height * 2
    )
}

fn slowest(calls: &[Call]) -> String {
    let mut files: Vec<(&str, f64)> = calls.iter().map(|call| (call.made.as_str(), length(call))).collect();
    let mut folders: BTreeMap<&str, f64> = BTreeMap::new();
    for (made, seconds) in &files {
        *folders.entry(made.rsplit_once('/').map_or(".", |(folder, _)| folder)).or_default() += seconds;
    }
    let mut folders: Vec<(&str, f64)> = folders.into_iter().collect();
    let mut text = String::new();
    for (what, list) in [("files", &mut files), ("folders", &mut folders)] {
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let most = list.first().map_or(1.0, |(_, seconds)| seconds.max(0.001));
        let rows: String =
            list.iter().take(LISTED).map(|(name, s)| row(name, &format!("{s:.2} s"), s / most)).collect();
        text += &format!("<h2>The slowest {what}</h2>\n<table>{rows}</table>\n");
    }
    text
}

fn row(name: &str, value: &str, share: f64) -> String {
    format!(
        "<tr><td>{}</td><td class=n>{value}</td><td><span class=bar style=\"width:{:.1}rem\"></span></td></tr>\n",
        escaped(name),
        share * 20.0
    )
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.2} MiB", bytes as f64 / f64::from(1 << 20))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The sizes of an object tree's objects, by folder: two names deep.
pub fn folders(objtree: &AbsPath) -> Result<BTreeMap<String, u64>, FsError> {
    let (mut sizes, mut waiting) = (BTreeMap::new(), vec![objtree.clone()]);
    while let Some(folder) = waiting.pop() {
        for path in fs::list_dir(&folder)? {
            match fs::kind(&path)? {
                fs::Kind::Directory => waiting.push(path),
                fs::Kind::File if path.file_name().is_some_and(|name| name.ends_with(".o")) => {
                    let below =
                        folder.relative_to(objtree).and_then(|below| below.to_str()).unwrap_or_default();
                    let name = below.split('/').take(2).collect::<Vec<_>>().join("/");
                    // What is linked from the others would be counted twice.
                    if !name.is_empty() {
                        *sizes.entry(name).or_insert(0) += fs::size(&path)?;
                    }
                }
                _ => {}
            }
        }
    }
    Ok(sizes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_drawn_in_lanes() {
        let calls = parse("10.5 12.0 a/x.o\n10.0 11.0 a/y.o\n11.5 11.9 b/<z>.o\ncut\n12.1 1");
        let made: Vec<(f64, &str)> = calls.iter().map(|call| (call.start, call.made.as_str())).collect();
        assert_eq!(made, [(0.0, "a/y.o"), (0.5, "a/x.o"), (1.5, "b/<z>.o")]);
        let drawn = lanes(&calls);
        assert!(drawn.contains("2 at once at most") && drawn.contains("b/&lt;z&gt;.o"), "{drawn}");
        assert_eq!(drawn.matches("y=\"0\"").count(), 2, "{drawn}");
        assert!(slowest(&calls).contains("<td>a</td><td class=n>2.50 s</td>"));
        assert_eq!(lanes(&[]), "<p>No compiler ran.</p>\n");
    }
}
