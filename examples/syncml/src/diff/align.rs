//! Which command of one list stands for which of the other.

/// A pair of positions; one of them is missing where a command has no partner.
pub(super) type Pair = (Option<usize>, Option<usize>);

/// The largest table that is filled; beyond it commands are paired by position.
const MAX_CELLS: usize = 1 << 24;

/// Pairs the entries of `a` and `b`, in the order of both: equal ones first, then, between them, those that `alike` says
/// belong together.
pub(super) fn pairs<T: PartialEq>(a: &[T], b: &[T], alike: impl Fn(&T, &T) -> bool) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in common(a, b).into_iter().chain([(a.len(), b.len())]) {
        while i < next_i || j < next_j {
            if i < next_i && j < next_j && alike(&a[i], &b[j]) {
                pairs.push((Some(i), Some(j)));
                (i, j) = (i + 1, j + 1);
            } else if i < next_i {
                pairs.push((Some(i), None));
                i += 1;
            } else {
                pairs.push((None, Some(j)));
                j += 1;
            }
        }
        if next_i < a.len() {
            pairs.push((Some(i), Some(j)));
            (i, j) = (i + 1, j + 1);
        }
    }
    pairs
}

/// The longest common subsequence of `a` and `b`.
fn common<T: PartialEq>(a: &[T], b: &[T]) -> Vec<(usize, usize)> {
    let prefix = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a_rest, b_rest) = (&a[prefix..], &b[prefix..]);
    let suffix = a_rest.iter().rev().zip(b_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a_mid, b_mid) = (&a_rest[..a_rest.len() - suffix], &b_rest[..b_rest.len() - suffix]);
    let mut found: Vec<_> = (0..prefix).map(|at| (at, at)).collect();
    found.extend(middle(a_mid, b_mid).into_iter().map(|(i, j)| (i + prefix, j + prefix)));
    found.extend((0..suffix).map(|at| (a.len() - suffix + at, b.len() - suffix + at)));
    found
}

fn middle<T: PartialEq>(a: &[T], b: &[T]) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    if a.len().saturating_mul(width) > MAX_CELLS {
        return (0..a.len().min(b.len())).filter(|at| a[*at] == b[*at]).map(|at| (at, at)).collect();
    }
    // Row i, column j: how many entries a[i..] and b[j..] have in common.
    let mut table = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i * width + j] = if a[i] == b[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            found.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if table[(i + 1) * width + j] >= table[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn one_entry_more_moves_no_other() {
        let found = pairs(&["x", "y", "z"], &["x", "new", "y", "z"], |_, _| false);
        assert_eq!(found, [(Some(0), Some(0)), (None, Some(1)), (Some(1), Some(2)), (Some(2), Some(3))]);
    }

    #[test]
    fn alike_entries_between_equal_ones_are_paired() {
        let found = pairs(&["x", "Get a", "z"], &["x", "Get b", "z"], |a, b| a[..3] == b[..3]);
        assert_eq!(found, [(Some(0), Some(0)), (Some(1), Some(1)), (Some(2), Some(2))]);
    }

    #[test]
    fn nothing_is_paired_with_nothing() {
        assert_eq!(pairs::<&str>(&[], &[], |_, _| true), []);
        assert_eq!(pairs(&["x"], &[], |_, _| true), [(Some(0), None)]);
    }
}
