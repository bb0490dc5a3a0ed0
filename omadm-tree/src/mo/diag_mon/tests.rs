//! The two documents against the literals of the sheet, and what is refused.
#![cfg(feature = "xml")]

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

/// The forms that the sheet prints, with its placeholders filled in [mo 9.4].
const PM: &str = r#"<PM xmlns="urn:x-xrem:diag:1" f="memory" seq="17" lost="0"><S t="20261122T101500Z" m="free" v="123456" u="kB"/></PM>"#;
const FM: &str = r#"<FM xmlns="urn:x-xrem:diag:1" trap="overtemperature" seq="5" t="20261122T101500Z" state="raised" cause="temperature &gt; 80" problem="too hot" v="91.5"/>"#;

fn pm(text: &str) -> Result<PmReport<'_>, DiagError> {
    PmReport::parse(text, &DiagLimits::default())
}

fn fm(text: &str) -> Result<FmReport<'_>, DiagError> {
    FmReport::parse(text, &DiagLimits::default())
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn the_performance_report_of_the_sheet_is_read_and_written() {
    let report = pm(PM).unwrap();
    assert_eq!((&*report.function, report.seq, report.lost, report.samples.len()), ("memory", 17, 0, 1));
    let sample = &report.samples[0];
    // 2026-11-22T10:15:00Z by date(1)
    assert_eq!(sample.time.as_unix_millis(), 1_795_342_500_000);
    assert_eq!((&*sample.metric, sample.value, sample.unit.as_deref()), ("free", Decimal::from(123_456), Some("kB")));
    assert_eq!(report.to_xml(), PM);
}

#[test]
fn the_fault_report_of_the_sheet_is_read_and_written() {
    let report = fm(FM).unwrap();
    assert_eq!((&*report.trap, report.seq, report.state), ("overtemperature", 5, FaultState::Raised));
    assert_eq!(report.time.as_unix_millis(), 1_795_342_500_000);
    assert_eq!(report.cause.as_deref(), Some("temperature > 80"));
    assert_eq!((report.problem.as_deref(), report.value), (Some("too hot"), Some(decimal("91.5"))));
    assert_eq!(report.to_xml(), FM);
}

#[test]
fn a_fault_without_cause_and_value_is_cleared() {
    let text = r#"<FM xmlns="urn:x-xrem:diag:1" trap="x" seq="6" t="20261122T101501.250Z" state="cleared"/>"#;
    let report = fm(text).unwrap();
    assert_eq!((report.state, report.cause.clone(), report.value), (FaultState::Cleared, None, None));
    assert_eq!(report.time.as_unix_millis(), 1_795_342_501_250);
    assert_eq!(report.to_xml(), text);
}

#[test]
fn samples_may_carry_milliseconds_and_no_unit() {
    let text = r#"<PM xmlns="urn:x-xrem:diag:1" f="m" seq="1" lost="3"><S t="20261122T101500.007Z" m="a" v="-0.5"/><S t="20261122T101500.007Z" m="b" v="2"/></PM>"#;
    let report = pm(text).unwrap();
    assert_eq!(report.samples[0].time.as_unix_millis(), 1_795_342_500_007);
    assert_eq!(report.to_xml(), text);
}

#[test]
fn other_spellings_of_the_same_document_are_read() {
    let text = "<?xml version='1.0'?>\n<d:PM xmlns:d='urn:x-xrem:diag:1' f='a&amp;b' lost='0' seq='1' later='x'>\n  \
        <d:S m='free' v='1.50' t='20261122T101500Z'></d:S><!-- a remark --><other xmlns='urn:x'><S/>text</other>\n</d:PM>\n";
    let report = pm(text).unwrap();
    assert_eq!((&*report.function, report.samples.len()), ("a&b", 1));
    assert_eq!(
        report.to_xml(),
        r#"<PM xmlns="urn:x-xrem:diag:1" f="a&amp;b" seq="1" lost="0"><S t="20261122T101500Z" m="free" v="1.5"/></PM>"#
    );
}

#[test]
fn what_is_no_report_is_refused_with_the_reason() {
    let changed = |from: &str, to: &str| pm(&PM.replacen(from, to, 1)).map(|_| ());
    let bad = |element, attribute| Err(DiagError::BadValue { element, attribute });
    assert_eq!(changed("urn:x-xrem:diag:1", "urn:x-xrem:diag:2"), Err(DiagError::WrongRoot("PM")));
    assert_eq!(changed(r#" xmlns="urn:x-xrem:diag:1""#, ""), Err(DiagError::WrongRoot("PM")));
    assert_eq!(changed(r#" f="memory""#, ""), Err(DiagError::Missing { element: "PM", attribute: "f" }));
    assert_eq!(changed(r#" m="free""#, ""), Err(DiagError::Missing { element: "S", attribute: "m" }));
    assert_eq!(changed("memory", ""), bad("PM", "f"));
    assert_eq!(changed("\"17\"", "\"-1\""), bad("PM", "seq"));
    assert_eq!(changed("123456", "1e5"), bad("S", "v"));
    assert_eq!(changed("123456", "NaN"), bad("S", "v"));
    assert_eq!(changed("20261122T101500Z", "2026-11-22T10:15:00Z"), bad("S", "t"));
    assert_eq!(changed("20261122T101500Z", "20261122T101500.5Z"), bad("S", "t"));
    assert_eq!(changed("<S ", "text<S "), Err(DiagError::Xml));
    assert_eq!(changed("</PM>", ""), Err(DiagError::Xml));
    assert_eq!(changed("</PM>", "</PM><PM/>"), Err(DiagError::Xml));
    assert_eq!(changed("<PM", "<!DOCTYPE PM [<!ENTITY a 'b'>]><PM"), Err(DiagError::Xml));
    assert_eq!(changed(" seq=", " f=\"twice\" seq="), Err(DiagError::Xml));
    assert_eq!(
        fm(&FM.replace("\"raised\"", "\"latched\"")),
        Err(DiagError::BadValue { element: "FM", attribute: "state" })
    );
    assert_eq!(fm(PM), Err(DiagError::WrongRoot("FM")));
}

#[test]
fn limits_are_kept() {
    let limits = DiagLimits::default().with_samples(1);
    let two = PM.replace("</PM>", r#"<S t="20261122T101500Z" m="used" v="1"/></PM>"#);
    assert_eq!(PmReport::parse(&two, &limits), Err(DiagError::Limit("samples")));
    assert!(PmReport::parse(PM, &limits).is_ok());
    let long = PM.replace("kB", &"k".repeat(1025));
    assert_eq!(pm(&long), Err(DiagError::Limit("text")));
    let name = PM.replace("memory", &"k".repeat(256));
    assert_eq!(pm(&name), Err(DiagError::BadValue { element: "PM", attribute: "f" }));
    let much = PM.replace("><S", &alloc::format!(">{}<S", " ".repeat(4 << 20)));
    assert_eq!(pm(&much), Err(DiagError::Limit("bytes")));
}

#[test]
fn a_report_cut_anywhere_is_refused() {
    for text in [PM, FM] {
        for end in 0..text.len() {
            assert!(pm(&text[..end]).is_err() && fm(&text[..end]).is_err(), "{end}");
        }
    }
}

#[test]
fn values_are_decimals_within_a_range() {
    for (text, written) in [("0.10", "0.1"), ("-0", "0"), ("007", "7"), ("+5.", "5"), (".5", "0.5"), ("1", "1")] {
        assert_eq!(decimal(text).to_string(), written, "{text}");
    }
    for text in ["", "-", ".", "1.2.3", "0x10", "1e3", "inf", "NaN", " 1", "1_000", "1000000000000000000000", "--1"] {
        assert!(text.parse::<Decimal>().is_err(), "{text}");
    }
    assert!(Decimal::new(f64::INFINITY).is_err() && Decimal::new(f64::NAN).is_err());
    assert_eq!(Decimal::new(1e-300), Ok(Decimal::ZERO));
}

fn text() -> impl Strategy<Value = String> {
    // Whatever XML can carry, markup and white space among it.
    proptest::collection::vec(
        prop_oneof![
            Just('<'),
            Just('>'),
            Just('&'),
            Just('"'),
            Just('\''),
            Just('\t'),
            Just('\n'),
            Just('\r'),
            proptest::char::range(' ', '~'),
            proptest::char::range('\u{A0}', '\u{D7FF}'),
        ],
        0..40,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

fn value() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        any::<i32>().prop_map(Decimal::from),
        any::<f64>().prop_filter_map("in range", |number| Decimal::new(number).ok()),
        (-1e21..1e21_f64).prop_filter_map("in range", |number| Decimal::new(number).ok()),
        (-1e3..1e3_f64).prop_filter_map("in range", |number| Decimal::new(number).ok()),
    ]
}

fn time() -> impl Strategy<Value = DiagTime> {
    (0..253_402_300_800_000_u64).prop_map(DiagTime::from_unix_millis)
}

proptest! {
    #[test]
    fn every_performance_report_is_read_as_it_was_written(
        name in "[!-~]{1,255}",
        seq in any::<u64>(),
        lost in any::<u64>(),
        samples in proptest::collection::vec((time(), "[!-~]{1,30}", value(), proptest::option::of(text())), 0..20),
    ) {
        let mut report = PmReport::new(name, seq);
        report.lost = lost;
        report.samples = samples
            .into_iter()
            .map(|(time, metric, value, unit)| PmSample::new(time, metric, value).with_unit(unit))
            .collect::<Vec<_>>();
        let written = report.to_xml();
        prop_assert_eq!(pm(&written).unwrap(), report);
    }

    #[test]
    fn every_fault_report_is_read_as_it_was_written(
        name in "[!-~]{1,255}",
        seq in any::<u64>(),
        time in time(),
        raised in any::<bool>(),
        texts in (proptest::option::of(text()), proptest::option::of(text())),
        value in proptest::option::of(value()),
    ) {
        let state = if raised { FaultState::Raised } else { FaultState::Cleared };
        let mut report = FmReport::new(name, seq, time, state);
        (report.cause, report.problem) = (texts.0.map(Into::into), texts.1.map(Into::into));
        report.value = value;
        let written = report.to_xml();
        prop_assert_eq!(fm(&written).unwrap(), report);
    }

    #[test]
    fn a_value_is_written_short_and_read_as_the_same(value in value()) {
        let written = value.to_string();
        prop_assert!(written.len() <= Decimal::MAX_LEN, "{}", written);
        prop_assert_eq!(written.parse::<Decimal>().unwrap(), value);
    }
}
