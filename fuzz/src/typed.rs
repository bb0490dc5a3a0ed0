//! What the typed decoder owes, whatever the bytes.

use omadm_proto::deviation::Deviations;
use omadm_proto::error::{DecodeError, DecodeErrorKind};
use omadm_proto::exchange::Syntax;
use omadm_proto::reading::Reading;

use crate::events::assert_first;

/// Reads `bytes` as a message in both profiles; errors lie inside a document of `len` bytes.
///
/// # Panics
/// When strict takes what lenient refuses or changes, or refuses without a reason that lenient lists.
pub(crate) fn both_profiles(syntax: Syntax, bytes: &[u8], len: usize) {
    let (strict, lenient) = (Reading::STRICT.message(syntax, bytes), Reading::LENIENT.message(syntax, bytes));
    match (strict, lenient) {
        (Ok(strict), Ok(lenient)) => {
            assert!(strict.message == lenient.message, "the profiles read different messages");
            assert_eq!(strict.deviations, lenient.deviations, "the profiles notice different things");
            assert!(only_remarks(&lenient.deviations), "strict takes a deviation");
        }
        (Err(error), Ok(lenient)) => assert_first(error, &lenient.deviations),
        (Err(strict), Err(lenient)) => {
            assert!(strict.offset <= len && lenient.offset <= len, "an error behind the document");
            let deviation = matches!(strict.kind, DecodeErrorKind::Deviation(_));
            assert!(deviation || strict == lenient, "the profiles refuse for different reasons: {strict}, {lenient}");
        }
        (Ok(_), Err(error)) => refuse(&error),
    }
}

fn only_remarks(deviations: &Deviations) -> bool {
    deviations.as_slice().iter().all(|deviation| deviation.kind.is_remark())
}

#[expect(clippy::panic, reason = "a finding is a panic")]
fn refuse(error: &DecodeError) {
    panic!("strict takes what lenient refuses: {error}");
}
