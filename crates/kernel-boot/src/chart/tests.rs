//! Charts of boots whose clocks are fine, coarse, or silent.

use std::time::Duration;

use super::*;

/// The console of a boot: guest's times in front, this machine's in milliseconds before.
fn lines(text: &str) -> Vec<ConsoleLine> {
    let line = |line: &str| {
        let (at, text) = line.split_once('|').expect("a time");
        let at = Duration::from_millis(at.trim().parse().expect("milliseconds"));
        ConsoleLine { at, stream: Stream::Console, text: format!("{text}\r") }
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(line).collect()
}

const SMALL: &str = "
10|[    0.000000] Linux version 6.12.1 (x)
10|[    0.010000] printk: legacy console [ttyS0] enabled
10|[    0.020000] calling  a_init+0x0/0x10 @ 1
10|[    0.021000] initcall a_init+0x0/0x10 returned 0 after 10 usecs
10|[    0.023000] calling  b_init+0x0/0x10 @ 1
10|[    0.024000] initcall b_init+0x0/0x10 returned -19 after 400 usecs
10|[    0.026000] calling  c_init+0x0/0x10 @ 1
10|[    0.027600] probe of serial8250 returned 0 after 900 usecs
10|[    0.028000] initcall c_init+0x0/0x10 returned 0 after 1500 usecs
10|[    0.030000] calling  d_init+0x0/0x10 @ 1
10|[    0.031000] initcall d_init+0x0/0x10 returned 0 after 10 usecs
10|[    0.033000] calling  e_init+0x0/0x10 @ 1
10|[    0.034000] initcall e_init+0x0/0x10 returned 0 after 10 usecs
10|[    0.036000] calling  f_init+0x0/0x10 @ 1
10|[    0.037000] initcall f_init+0x0/0x10 returned 0 after 10 usecs
10|[    0.039000] calling  0xffffffff81000010 @ 1
11|[    0.050000] Run /init as init process
15|guest-init: ready release=6.12.1
";

#[test]
fn initcalls_probes_and_gaps() {
    let symbols =
        Symbols::parse("ffffffff81000000 T _text\nffffffff81000010 T g_init\nffffffff81000020 T _etext\n");
    let chart = Chart::of(&lines(SMALL), Some(&symbols));
    let calls: Vec<_> =
        chart.calls.iter().map(|call| (call.name.as_str(), call.took(), call.result)).collect();
    assert_eq!(calls[..3], [("a_init", 10, Some(0)), ("b_init", 400, Some(-19)), ("c_init", 1500, Some(0))]);
    // It never returned: it runs until the end.
    assert_eq!((calls[6].0, calls[6].2, chart.calls[6].end), ("g_init", None, 54_000));
    assert_eq!(chart.probes.len(), 1);
    assert_eq!((chart.probes[0].name.as_str(), chart.probes[0].took()), ("serial8250", 900));
    // 2 ms for each line that says that an initcall has ended.
    let line = "[    0.021000] initcall a_init+0x0/0x10 returned 0 after 10 usecs".len() as f64 + 2.0;
    let price = chart.price.expect("a price");
    assert!((price - 2000.0 / line).abs() < 1.0, "{price}");
    // Before there was a console, and when it had printed all that was said before.
    let gaps: Vec<_> = chart.gaps.iter().map(|gap| (gap.start, gap.end)).collect();
    assert_eq!(chart.clock, ChartClock::Kernel);
    assert_eq!(gaps, [(0, 10_000), (12_865, 20_000)]);
    assert_eq!(chart.gaps[1].after, "calling  a_init+0x0/0x10 @ 1");
    assert_eq!(chart.ready, Some(54_000));
    assert_eq!(chart.end, 54_000);
}

#[test]
fn a_kernel_that_says_nothing_is_drawn_all_the_same() {
    let chart = Chart::of(&lines("1|guest-init: ready release=1"), None);
    assert_eq!(chart, Chart::default());
    assert!(page(&chart, "a <b>", "none").contains("The kernel said nothing with a time."));
    assert!(page(&chart, "a <b>", "none").contains("<h1>a &lt;b&gt;</h1>"));
    for broken in [
        "1|[ 1.x] calling  a",
        "1|[99999999999999999999.1] calling  a",
        "1|[    0.1] initcall x returned 0 after y usecs",
    ] {
        assert_eq!(Chart::of(&lines(broken), None).calls, []);
    }
}

/// What two boots of Linux 6.12 said in QEMU, each line with the milliseconds after which it came: one whose kernel has the TSC
/// (`tsc_early_khz=`), one whose kernel counts ticks.
#[test]
fn real_boots() {
    let logs = [
        (include_str!("logs/fine.log"), ChartClock::Kernel),
        (include_str!("logs/coarse.log"), ChartClock::Host),
    ];
    for (log, clock) in logs {
        let chart = Chart::of(&lines(log), None);
        assert_eq!(chart.clock, clock);
        assert_eq!(chart.calls.len(), log.lines().filter(|line| line.contains("] calling  ")).count());
        assert!(chart.calls.iter().all(|call| call.result.is_some() && call.name.starts_with("0xffffffff")));
        assert_eq!(chart.probes.len(), log.lines().filter(|line| line.contains("] probe of ")).count());
        let (calls, console, gaps) = chart.totals();
        let ready = chart.ready.expect("ready");
        // A line takes less than the millisecond that was noted of the second.
        let is_priced = console > 0 || clock == ChartClock::Host;
        assert!(calls > 0 && gaps > 0 && is_priced, "{calls} {console} {gaps}");
        assert!(calls + console + gaps <= ready + ready / 100, "{calls} {console} {gaps} of {ready}");
        // Nothing is printed before what comes before it is out, and nothing is a gap while an initcall runs.
        assert!(chart.console.windows(2).all(|pair| pair[0].end <= pair[1].start));
        let overlaps =
            |gap: &Gap| chart.calls.iter().any(|call| call.start < gap.end && call.end > gap.start);
        assert!(!chart.gaps.iter().any(overlaps));
        // The longest time in which nothing is told ends with the initramfs unpacked.
        let longest = chart.gaps.iter().max_by_key(|gap| gap.end - gap.start).expect("a gap");
        assert!(longest.after.starts_with("Freeing unused kernel image (initmem)"), "{longest:?}");
        let page = page(&chart, "demo", "passed");
        assert!(page.contains("<svg") && page.contains("The slowest initcalls") && page.contains("Gaps"));
    }
}
