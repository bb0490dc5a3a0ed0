//! Whatever a peer sends, readers answer; whatever is written, is read back the same.
#![cfg(feature = "xml")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

extern crate alloc;

use alloc::collections::BTreeSet;

use omadm_gwmo::code::{DeviceState, ResultCode};
use omadm_gwmo::payload::{
    CommandOutcome, Devices, Group, Image, Job, PayloadLimits, RecordName, RecordSet, Report, Value, Values,
};
use omadm_gwmo::template::Template;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;
use proptest::prelude::*;

fn records() -> impl Strategy<Value = BTreeSet<u32>> {
    prop::collection::btree_set(1_u32..200, 1..60)
}

fn set(numbers: &BTreeSet<u32>) -> RecordSet {
    numbers.iter().copied().map(RecordName::new).collect()
}

proptest! {
    #[test]
    fn a_set_of_records_is_read_as_it_was_written(numbers in records()) {
        let written = set(&numbers).to_string();
        prop_assert_eq!(RecordSet::parse(&written, 1000).unwrap(), set(&numbers));
    }

    #[test]
    fn a_report_is_read_as_it_was_written(
        numbers in records(),
        data in prop::collection::vec(any::<u8>(), 0..40),
        uri in "\\PC{1,20}",
        status in 200_u16..600,
        result in proptest::option::of(200_u16..600),
    ) {
        let mut report = Report::new("j", "urn:gw", 7);
        let mut group = Group::new(DeviceState::Failed, ResultCode::FAILED, set(&numbers).into());
        group.commands.push(CommandOutcome::new(1, StatusCode::from_u16(status), result));
        group.values.push(Values::new(1, uri, Format::Bin, vec![Value::new(Some(set(&numbers)), data)]));
        report.groups.push(group);
        prop_assert_eq!(Report::parse(&report.to_xml(), &PayloadLimits::default()).unwrap(), report);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "[<>/= \"'&;#a-zA-Z0-9.!\\[\\]?-]{0,200}") {
        let limits = PayloadLimits::default();
        let _ = (Report::parse(&text, &limits), Job::parse(&text, &limits));
        let _ = (Devices::parse(&text, &limits), Image::parse(&text, &limits));
        let _ = RecordSet::parse(&text, 1000);
    }

    #[test]
    fn no_bytes_make_a_template_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (Template::parse(Syntax::Xml, &bytes), Template::parse(Syntax::Wbxml, &bytes));
    }

    #[test]
    fn a_damaged_report_is_an_error_or_another_report(position in 0_usize..400, byte in any::<u8>()) {
        let good = "<Report xmlns=\"urn:x-xrem:gwmo:1\" job=\"j18\" gw=\"g\" seq=\"1\" last=\"1\" t=\"3\" ok=\"3\" ko=\"0\" sk=\"0\" pend=\"0\">\
                    <O n=\"3\" s=\"10\" rc=\"1200\"><D>r1..3</D><S c=\"1\" v=\"200\"/><V c=\"1\" u=\"./A\" f=\"chr\"><v d=\"r1..2\">2.1</v></V></O>\
                    </Report>";
        let mut bytes = good.as_bytes().to_vec();
        if let Some(at) = bytes.get_mut(position) {
            *at = byte;
        }
        if let Ok(text) = core::str::from_utf8(&bytes) {
            let _ = Report::parse(text, &PayloadLimits::default());
        }
    }
}
