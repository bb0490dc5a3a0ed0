//! The order of versions \[gwmo 5.2\].

use core::cmp::Ordering;

/// Compares dotted and dashed versions piece by piece: numbers by value, other pieces bytewise, a missing piece is below any.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split(['.', '-']), right.split(['.', '-']));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => {
                let order = piece(left, right);
                if order.is_ne() {
                    return order;
                }
            }
        }
    }
}

fn piece(left: &str, right: &str) -> Ordering {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(left) && digits(right) {
        // Of any length: without leading zeros the longer one is the greater one.
        let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
        return left.len().cmp(&right.len()).then_with(|| left.cmp(right));
    }
    left.cmp(right)
}
