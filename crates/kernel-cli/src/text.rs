//! Numbers as people read them.

use std::time::Duration;

/// A duration: `0.04s`, `12.50s`, `3m 02s`, `1h 00m 12s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{:.2}s", duration.as_secs_f64()),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m {:02}s", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

/// A duration that is an estimate: `9s`, `3m 02s`, `1h 00m 12s`.
pub(crate) fn whole_seconds(left: Duration) -> String {
    if left.as_secs() < 60 { format!("{}s", left.as_secs()) } else { duration(left) }
}

/// A number of bytes: `812 B`, `10.6 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    let mut unit = 0;
    let mut tenths = u128::from(bytes) * 10;
    while tenths >= 10_240 {
        tenths = tenths.div_ceil(1024);
        unit += 1;
    }
    let name = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][unit];
    if unit == 0 { format!("{bytes} {name}") } else { format!("{}.{} {name}", tenths / 10, tenths % 10) }
}

/// How a size changed: `+4.0 KiB`, `-12 B`; nothing where it did not.
pub(crate) fn change(bytes: i64) -> Option<String> {
    let sign = if bytes < 0 { '-' } else { '+' };
    (bytes != 0).then(|| format!("{sign}{}", size(bytes.unsigned_abs())))
}

/// A number of things: `1 request`, `812 requests`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Rows whose cells stand below each other, the first row being the head.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let text = |millis| duration(Duration::from_millis(millis));
        let shown = [0, 40, 59_990, 60_000, 182_400, 3_612_000].map(text);
        assert_eq!(shown, ["0.00s", "0.04s", "59.99s", "1m 00s", "3m 02s", "1h 00m 12s"]);
    }

    #[test]
    fn sizes() {
        let shown = [0, 1023, 1024, 1_363_149, 11_100_000, u64::MAX].map(size);
        assert_eq!(shown, ["0 B", "1023 B", "1.0 KiB", "1.4 MiB", "10.6 MiB", "16.0 EiB"]);
    }

    #[test]
    fn counts() {
        assert_eq!([0, 1, 2].map(|n| count(n, "request")), ["0 requests", "1 request", "2 requests"]);
    }

    #[test]
    fn changes() {
        let shown = [0, 1, -12, 4096, -3 << 20].map(|bytes| change(bytes).unwrap_or_default());
        assert_eq!(shown, ["", "+1 B", "-12 B", "+4.0 KiB", "-3.0 MiB"]);
    }
}
