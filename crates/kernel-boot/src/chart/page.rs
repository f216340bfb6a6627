//! The chart as one page that needs nothing else, by day and by night.

use std::fmt::Write as _;

use super::{Call, Chart, ChartClock};

/// How many initcalls, probes and gaps are listed.
const LISTED: usize = 25;

/// The width of the drawing, in its own units.
const WIDTH: f64 = 1200.0;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--paper:#fff;--lane:#f3f4f6;--line:#d0d7de;--call:#2f6fab;--probe:#3f7d4e;\
--console:#c4701d;--gap:#8a63b8;--level:#e1e6ec;--bad:#b3261e}\
@media(prefers-color-scheme:dark){:root{--ink:#d9dee4;--dim:#9aa4af;--paper:#16191d;--lane:#20252b;--line:#3a424b;--call:#6cb0ee;\
--probe:#79c08a;--console:#f0a35e;--gap:#bb9be3;--level:#2c333b;--bad:#ff8a80}}\
body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:var(--ink);background:var(--paper)}\
h1{font-size:1.4rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin-top:2rem}p{margin:.3rem 0}.dim{color:var(--dim)}\
table{border-collapse:collapse}td,th{text-align:left;padding:.15rem 1rem .15rem 0;vertical-align:top}\
td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}code{font:12.5px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}\
svg{width:100%;height:auto;display:block;margin-top:1rem}svg text{font:11px system-ui,sans-serif;fill:var(--ink)}\
svg text.dim{fill:var(--dim)}svg text.in{fill:var(--paper);pointer-events:none}.lane{fill:var(--lane)}.tick{stroke:var(--line)}\
.call{fill:var(--call)}.probe{fill:var(--probe)}.console{fill:var(--console)}.gap{fill:var(--gap)}.level{fill:var(--level);\
stroke:var(--line)}.bad{fill:var(--bad)}.ready{stroke:var(--ink);stroke-dasharray:4 3}\
.bar,.key{display:inline-block;height:.7rem}.key{width:.9rem;margin:0 .4rem 0 1rem;vertical-align:-.05rem}.scroll{overflow-x:auto}";

/// The page of a boot; `title` says of which.
pub fn page(chart: &Chart, title: &str, verdict: &str) -> String {
    let (title, verdict) = (escaped(title), escaped(verdict));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n<p class=dim>{verdict}</p>\n"
    );
    page += &summary(chart);
    page += &drawing(chart);
    page += &slowest("The slowest initcalls", "call", &chart.calls);
    page += &slowest("The slowest probes", "probe", &chart.probes);
    page += &gaps(chart);
    page + "</body></html>\n"
}

fn summary(chart: &Chart) -> String {
    let (calls, console, gaps) = chart.totals();
    let whole = chart.ready.unwrap_or(chart.end).max(1);
    let share = |micros: u64| format!("{:.0} %", micros as f64 / whole as f64 * 100.0);
    let mut rows = String::new();
    let mut row = |what: &str, micros: u64, words: &str| {
        // A page is text in memory: writing to it does not fail.
        let _ = writeln!(
            rows,
            "<tr><td>{what}</td><td class=n>{}</td><td class=n>{}</td><td class=dim>{words}</td></tr>",
            milliseconds(micros),
            share(micros)
        );
    };
    let clock = match chart.clock {
        ChartClock::Kernel => "on the kernel's clock",
        ChartClock::Host => "on this machine's clock, from the start of the VMM: the kernel counts ticks",
    };
    match chart.ready {
        Some(ready) => row("until the init was ready", ready, clock),
        None => row("until the last line", chart.end, &format!("the init was never ready; {clock}")),
    }
    row("initcalls", calls, &format!("{}, without what they print", chart.calls.len()));
    match chart.price {
        Some(price) => {
            row("console", console, &format!("{} lines, {price:.2} µs a byte", chart.console.len()))
        }
        None => row("console", 0, "its price cannot be told: too few initcalls after it was enabled"),
    }
    row("gaps", gaps, "nothing said, nothing printed, no initcall");
    row(
        "the rest",
        whole.saturating_sub(calls + console + gaps),
        "between lines, and before the first initcall",
    );
    format!(
        "<table>{rows}</table>\n<p class=dim>{}</p>\n",
        "Tracing has a price of its own: compare times of one chart, and not with a boot that is not traced."
    )
}

/// A lane: its name, its class, and what is in it.
struct Lane<'a> {
    name: &'a str,
    class: &'a str,
    bars: Vec<(u64, u64, String, bool)>,
}

fn drawing(chart: &Chart) -> String {
    if chart.end == 0 {
        return "<p>The kernel said nothing with a time.</p>\n".to_owned();
    }
    let scale = WIDTH / chart.end as f64;
    let bar = |call: &Call| (call.start, call.end, told(call), call.result != Some(0));
    let lanes = [
        Lane { name: "initcalls", class: "call", bars: chart.calls.iter().map(bar).collect() },
        Lane { name: "probes", class: "probe", bars: chart.probes.iter().map(bar).collect() },
        Lane {
            name: "console",
            class: "console",
            bars: chart
                .console
                .iter()
                .map(|print| (print.start, print.end, print.text.clone(), false))
                .collect(),
        },
        Lane {
            name: "gaps",
            class: "gap",
            bars: chart
                .gaps
                .iter()
                .map(|gap| (gap.start, gap.end, format!("after: {}", gap.before), false))
                .collect(),
        },
    ];
    let (mut drawn, mut y) = (String::new(), 24.0);
    let step = step(chart.end);
    let height = 24.0 + 22.0 + lanes.len() as f64 * 52.0;
    for tick in (0..=chart.end / step).map(|tick| tick * step) {
        let x = tick as f64 * scale;
        let _ = write!(
            drawn,
            "<line class=tick x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"16\" y2=\"{height}\"/><text class=dim x=\"{:.1}\" y=\"11\">{}</text>",
            x + 2.0,
            ticks(tick, step)
        );
    }
    let ends = chart
        .levels
        .iter()
        .skip(1)
        .map(|(at, _)| *at)
        .chain([chart.calls.last().map_or(chart.end, |call| call.end)]);
    for ((at, level), end) in chart.levels.iter().zip(ends) {
        let (x, width) = (*at as f64 * scale, end.saturating_sub(*at) as f64 * scale);
        let _ = write!(
            drawn,
            "<rect class=level x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"16\"><title>level {} {}</title></rect>",
            escaped(level),
            milliseconds(end.saturating_sub(*at))
        );
        label(&mut drawn, level, (x, y + 12.0), width, "dim");
    }
    y += 22.0;
    for Lane { name, class, bars } in lanes {
        let _ = write!(
            drawn,
            "<text class=dim x=\"0\" y=\"{:.1}\">{name}</text><rect class=lane x=\"0\" y=\"{:.1}\" width=\"{WIDTH}\" height=\"26\"/>",
            y + 12.0,
            y + 17.0
        );
        for (start, end, words, is_bad) in bars {
            let (x, width) = (start as f64 * scale, (end.saturating_sub(start) as f64 * scale).max(0.4));
            let class = if is_bad && class == "call" { "bad" } else { class };
            let _ = write!(
                drawn,
                "<rect class={class} x=\"{x:.2}\" y=\"{:.1}\" width=\"{width:.2}\" height=\"26\"><title>{} at {}: {}</title></rect>",
                y + 17.0,
                milliseconds(end.saturating_sub(start)),
                milliseconds(start),
                escaped(&words)
            );
            if matches!(class, "call" | "probe" | "bad") {
                let short = words.split(' ').next().unwrap_or_default();
                label(&mut drawn, short, (x, y + 34.0), width, "in");
            }
        }
        y += 52.0;
    }
    if let Some(ready) = chart.ready {
        let x = ready as f64 * scale;
        let (text_x, anchor) = if x > WIDTH - 60.0 { (x - 4.0, "end") } else { (x + 4.0, "start") };
        let _ = write!(
            drawn,
            "<line class=ready x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"16\" y2=\"{height}\"/>\
             <text x=\"{text_x:.1}\" y=\"{}\" text-anchor=\"{anchor}\">init</text>",
            height - 1.0
        );
    }
    let key = [
        ("call", "initcalls"),
        ("probe", "probes of drivers"),
        ("console", "console"),
        ("gap", "gaps"),
        ("bad", "failed, or never returned"),
    ];
    let key: String = key
        .map(|(class, name)| format!("<span class=key style=\"background:var(--{class})\"></span>{name}"))
        .concat();
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"what ran when\">{drawn}</svg>\n<p class=dim>{key}</p>\n",
        height + 4.0
    )
}

/// A name in a bar, where there is room for it.
fn label(drawn: &mut String, text: &str, (x, y): (f64, f64), width: f64, class: &str) {
    /// What a letter takes at 11 px, about.
    const LETTER: f64 = 6.2;
    let room = ((width - 6.0) / LETTER) as usize;
    let length = text.chars().count();
    if room < 3 || (length > room && room < 6) {
        return;
    }
    let shown: String =
        if length <= room { text.to_owned() } else { text.chars().take(room - 1).chain(['…']).collect() };
    let _ = write!(drawn, "<text class={class} x=\"{:.1}\" y=\"{y:.1}\">{}</text>", x + 3.0, escaped(&shown));
}

fn told(call: &Call) -> String {
    match call.result {
        Some(0) => call.name.clone(),
        Some(result) => format!("{} returned {result}", call.name),
        None => format!("{} never returned", call.name),
    }
}

fn slowest(title: &str, class: &str, calls: &[Call]) -> String {
    let mut calls: Vec<&Call> = calls.iter().filter(|call| call.took() > 0).collect();
    calls.sort_by_key(|call| (std::cmp::Reverse(call.took()), call.start));
    let most = calls.first().map_or(1, |call| call.took().max(1));
    if calls.is_empty() {
        return String::new();
    }
    let rows: String = calls
        .iter()
        .take(LISTED)
        .map(|call| {
            format!(
                "<tr><td><code>{}</code></td><td class=n>{}</td><td class=n>{}</td><td><span class=bar \
                 style=\"width:{:.1}rem;background:var(--{class})\"></span></td></tr>\n",
                escaped(&told(call)),
                milliseconds(call.took()),
                milliseconds(call.start),
                call.took() as f64 / most as f64 * 20.0
            )
        })
        .collect();
    format!(
        "<h2>{title}</h2>\n<div class=scroll><table><tr><th></th><th class=n>took</th><th class=n>began at</th><th></th></tr>\n{rows}</table></div>\n"
    )
}

fn gaps(chart: &Chart) -> String {
    let mut gaps: Vec<_> = chart.gaps.iter().collect();
    gaps.sort_by_key(|gap| (std::cmp::Reverse(gap.end - gap.start), gap.start));
    if gaps.is_empty() {
        return String::new();
    }
    let rows: String = gaps
        .iter()
        .take(LISTED)
        .map(|gap| {
            format!(
                "<tr><td class=n>{}</td><td class=n>{}</td><td><code>{}</code><br><code>{}</code></td></tr>\n",
                milliseconds(gap.end - gap.start),
                milliseconds(gap.start),
                escaped(&gap.before),
                escaped(&gap.after)
            )
        })
        .collect();
    format!(
        "<h2>Gaps</h2>\n<div class=scroll><table><tr><th class=n>long</th><th class=n>began at</th><th>between</th></tr>\n{rows}</table></div>\n"
    )
}

/// A round distance of ticks, in microseconds: ten of them or so.
fn step(end: u64) -> u64 {
    let mut step = 1;
    loop {
        for factor in [1, 2, 5] {
            if end / (step * factor) <= 12 {
                return step * factor;
            }
        }
        step *= 10;
    }
}

fn ticks(micros: u64, step: u64) -> String {
    if step >= 1_000 { format!("{} ms", micros / 1000) } else { milliseconds(micros) }
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10)
}

fn escaped(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
