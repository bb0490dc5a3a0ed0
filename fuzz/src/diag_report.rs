//! What devices report about their performance and their faults.

use omadm_tree::mo::diag_mon::{DiagLimits, FmReport, PmReport};

/// Reads `bytes` as each of the reports. What was read is the same after it was written and read again.
///
/// # Panics
/// When it is not.
pub fn diag_report(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let limits = DiagLimits::default();
    if let Ok(report) = PmReport::parse(text, &limits) {
        assert_eq!(PmReport::parse(&report.to_xml(), &limits), Ok(report));
    }
    if let Ok(report) = FmReport::parse(text, &limits) {
        assert_eq!(FmReport::parse(&report.to_xml(), &limits), Ok(report));
    }
}
