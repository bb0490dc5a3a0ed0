//! In CI no peer may be missing.

#[test]
fn ci_compares_with_every_peer() {
    omadm_benches::peers::report_missing();
}
