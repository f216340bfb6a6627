//! Delta debugging: the fewest of many differences that make something fail. Pure; the trying is the caller's.
//!
//! After Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002): parts are tried alone, then each
//! without the others; what fails is searched further, in parts that become smaller. What cannot be tried counts as not failing.
//! The result is minimal: without any one of its parts, it does not fail.

/// What trying some differences came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It fails.
    Fails,
    /// It does not, or cannot be told.
    Passes,
}

/// The fewest of `all`, which together fail, that fail; in their order. `ask` gets places in `all`.
///
/// # Errors
/// Those of `ask`.
pub(crate) fn search<E>(
    all: usize,
    ask: &mut dyn FnMut(&[usize]) -> Result<Answer, E>,
) -> Result<Vec<usize>, E> {
    let mut suspects: Vec<usize> = (0..all).collect();
    let mut parts = 2;
    while suspects.len() > 1 {
        parts = parts.min(suspects.len());
        let size = suspects.len().div_ceil(parts);
        let chunks: Vec<Vec<usize>> = suspects.chunks(size).map(<[usize]>::to_vec).collect();
        if let Some(failing) = first_failing(&chunks, ask)? {
            (suspects, parts) = (failing, 2);
            continue;
        }
        // Of two parts each is what the other leaves.
        if chunks.len() > 2 {
            let without = |chunk: &Vec<usize>| {
                suspects.iter().copied().filter(|place| !chunk.contains(place)).collect()
            };
            let rests: Vec<Vec<usize>> = chunks.iter().map(without).collect();
            if let Some(failing) = first_failing(&rests, ask)? {
                (suspects, parts) = (failing, chunks.len() - 1);
                continue;
            }
        }
        if parts == suspects.len() {
            break;
        }
        parts *= 2;
    }
    Ok(suspects)
}

fn first_failing<E>(
    sets: &[Vec<usize>],
    ask: &mut dyn FnMut(&[usize]) -> Result<Answer, E>,
) -> Result<Option<Vec<usize>>, E> {
    for set in sets {
        if ask(set)? == Answer::Fails {
            return Ok(Some(set.clone()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::convert::Infallible;

    fn found(all: usize, fails: &dyn Fn(&[usize]) -> bool) -> (Vec<usize>, usize) {
        let mut asked = 0;
        let mut ask = |places: &[usize]| -> Result<Answer, Infallible> {
            asked += 1;
            Ok(if fails(places) { Answer::Fails } else { Answer::Passes })
        };
        let found = search(all, &mut ask).expect("infallible");
        (found, asked)
    }

    #[test]
    fn one_among_many_takes_few_questions() {
        let (culprits, asked) = found(1024, &|places| places.contains(&700));
        assert_eq!(culprits, [700]);
        assert!(asked <= 20, "{asked}");
        assert_eq!(found(1, &|_| true).0, [0]);
        assert_eq!(found(0, &|_| true).0, Vec::<usize>::new());
    }

    #[test]
    fn what_fails_only_together_is_found_together() {
        let (culprits, _) = found(64, &|places| places.contains(&3) && places.contains(&61));
        assert_eq!(culprits, [3, 61]);
    }

    #[test]
    fn an_error_ends_it() {
        let mut ask = |_: &[usize]| Err("stopped");
        assert_eq!(search(4, &mut ask), Err("stopped"));
    }

    proptest! {
        #[test]
        fn what_is_found_fails_and_no_part_of_it_is_too_much(
            all in 1usize..60,
            culprits in proptest::collection::btree_set(0usize..60, 1..5),
        ) {
            let culprits: Vec<usize> = culprits.into_iter().filter(|place| *place < all).collect();
            prop_assume!(!culprits.is_empty());
            let (found, _) = found(all, &|places| culprits.iter().all(|place| places.contains(place)));
            prop_assert_eq!(found, culprits);
        }
    }
}
