//! What gateways and servers tell each other about jobs: reports, inventories, images, templates.

use omadm_gwmo::payload::{Devices, Image, Job, PayloadLimits, RecordSet, Report};
use omadm_gwmo::template::Template;
use omadm_proto::exchange::Syntax;

/// Records of a set.
const MAX_RECORDS: usize = 10_000;

/// Reads `bytes` as each of the payloads and as a template. What was read and written is
/// the same after it was read and written again.
///
/// # Panics
/// When it is not.
pub fn fanout_payload(bytes: &[u8]) {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        if let Ok(template) = Template::parse(syntax, bytes) {
            assert!(template.leaves().len() >= template.commands().len() || !template.is_read_only());
        }
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let limits = PayloadLimits::default();
    settles(text, |text| Report::parse(text, &limits).map(|report| report.to_xml()));
    settles(text, |text| Devices::parse(text, &limits).map(|devices| devices.to_xml()));
    settles(text, |text| Image::parse(text, &limits).map(|image| image.to_xml()));
    settles(text, |text| Job::parse(text, &limits).map(|job| job.to_xml()));
    settles(text, |text| RecordSet::parse(text, MAX_RECORDS).map(|records| records.to_string()));
}

/// What `rewrite` writes is read again and written the same. The first time it may differ: a value that XML cannot carry
/// becomes base64.
fn settles<E: core::fmt::Debug + PartialEq>(text: &str, rewrite: impl Fn(&str) -> Result<String, E>) {
    if let Ok(written) = rewrite(text) {
        let again = rewrite(&written);
        assert_eq!(again.as_ref(), Ok(&written));
    }
}
