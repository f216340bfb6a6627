//! How fast a transfer is, and how long it will take.
//!
//! The speed is an average in which what happened lately counts more: a line that becomes slow is seen to be slow within
//! seconds, one short stop is not. What was there before the transfer began, because it goes on from an earlier one, is
//! not counted.

use std::time::Duration;

/// How fast a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Bytes in a second.
    pub per_second: u64,
    /// How long the rest will take at that speed, where the total is known.
    pub left: Option<Duration>,
}

/// The time after which what happened counts for a third.
const MEMORY: f64 = 8.0;

/// Before this, there is nothing to tell.
const FIRST: Duration = Duration::from_millis(500);

/// Measures a pace.
#[derive(Debug, Default)]
pub(super) struct Pacer {
    last: Option<(Duration, u64)>,
    per_second: Option<f64>,
}

impl Pacer {
    /// Takes note of how much is done after that time.
    pub(super) fn at(&mut self, elapsed: Duration, done: u64, total: Option<u64>) -> Option<Pace> {
        match self.last {
            // The first number is what there was at the start; a smaller one is a transfer that began anew.
            None => self.last = Some((elapsed, done)),
            Some((_, before)) if done < before => {
                *self = Self { last: Some((elapsed, done)), per_second: None }
            }
            Some((then, before)) => {
                let seconds = elapsed.saturating_sub(then).as_secs_f64();
                let is_first = self.per_second.is_none();
                if seconds >= FIRST.as_secs_f64() || (!is_first && seconds > 0.0) {
                    let now = (done - before) as f64 / seconds;
                    let weight = if is_first { 1.0 } else { 1.0 - (-seconds / MEMORY).exp() };
                    let average = self.per_second.unwrap_or(0.0);
                    self.per_second = Some(average + weight * (now - average));
                    self.last = Some((elapsed, done));
                }
            }
        }
        let per_second = self.per_second?;
        let left = total.filter(|_| per_second >= 1.0).map(|total| {
            // A day is as good as more; a larger number might not be a duration.
            let seconds = (total.saturating_sub(done) as f64 / per_second).min(86_400.0);
            Duration::from_secs(seconds.ceil() as u64)
        });
        Some(Pace { per_second: per_second as u64, left })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(samples: &[(u64, u64)], total: Option<u64>) -> Option<Pace> {
        let mut pacer = Pacer::default();
        samples.iter().map(|(at, done)| pacer.at(Duration::from_millis(*at), *done, total)).last().flatten()
    }

    #[test]
    fn an_even_transfer() {
        assert_eq!(run(&[(0, 0)], Some(1000)), None);
        assert_eq!(run(&[(0, 0), (100, 10)], Some(1000)), None, "too early to tell");
        let even: Vec<_> = (0..=10).map(|second| (second * 1000, second * 50)).collect();
        assert_eq!(
            run(&even, Some(1000)),
            Some(Pace { per_second: 50, left: Some(Duration::from_secs(10)) })
        );
        assert_eq!(run(&even, None), Some(Pace { per_second: 50, left: None }));
    }

    #[test]
    fn what_was_there_before_is_not_counted() {
        let resumed = [(0, 900), (1000, 910)];
        assert_eq!(
            run(&resumed, Some(1000)),
            Some(Pace { per_second: 10, left: Some(Duration::from_secs(9)) })
        );
        assert_eq!(run(&[(0, 900), (1000, 910), (2000, 5)], Some(1000)), None, "begun anew");
    }

    #[test]
    fn what_happened_lately_counts_more() {
        let slower: Vec<_> =
            (0..=10).map(|s| (s * 1000, s * 100)).chain((11..60).map(|s| (s * 1000, 990 + s))).collect();
        let pace = run(&slower, None).expect("a pace");
        assert!(pace.per_second < 10, "{pace:?}");
        let stands: Vec<_> = (0..100).map(|s| (s * 1000, 10)).collect();
        assert_eq!(run(&stands, Some(20)), Some(Pace { per_second: 0, left: None }));
    }
}
