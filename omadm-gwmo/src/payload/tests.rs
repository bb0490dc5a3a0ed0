//! The payloads of the sample messages, as literals, both ways.
#![cfg(feature = "xml")]

use alloc::string::ToString as _;
use alloc::vec;
use omadm_proto::ids::DevId;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;

use super::*;
use crate::code::{DeviceState, ImageState, JobState, ResultCode};

const ATTACHED: &str = r#"<Devices xmlns="urn:x-xrem:gwmo:1" rev="42"><Dev id="urn:dev:mac:0024befffe804ff1" rec="r17" mode="2" ct="0" proto="OMA-DM-1.2" man="Acme" mod="Meter2" fwv="1.0.3"/><Dev id="urn:x-xrem:gwl:490154203237518:5" rec="r18" mode="3" ct="0" proto="LWM2M-1.1" man="Beta" mod="Valve" fwv="7"/></Devices>"#;
const DETACHED: &str = r#"<Devices xmlns="urn:x-xrem:gwmo:1" rev="43"><Dev id="urn:dev:mac:0024befffe804ff1" rec="r17" why="lost"/></Devices>"#;
const READY: &str = r#"<Image xmlns="urn:x-xrem:gwmo:1" id="meter2-2.1" url="http://192.168.7.1:8080/i/Zm9vYmFyYmF6cXV4MTIzNA/meter2-2.1" size="1048576" hash="sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" kind="1" ver="2.1"/>"#;
const REPORT: &str = r#"<Report xmlns="urn:x-xrem:gwmo:1" job="j17" gw="urn:imei:490154203237518" seq="1" last="1" t="1000" ok="990" ko="8" sk="2" pend="0"><O n="990" s="10" rc="1200"><D>r1..400 r403..992</D><S c="1" v="200"/><S c="2" v="202" r="200"/></O><O n="8" s="11" rc="1400"><D>r401 r402 r993..998</D><S c="1" v="200"/><S c="2" v="202" r="410"/></O><O n="2" s="12" rc="1415"><D>r999 r1000</D></O></Report>"#;
const COMPLETION: &str = r#"<Job xmlns="urn:x-xrem:gwmo:1" id="j17" state="30" rc="1201" t="1000" ok="990" ko="8" sk="2" reports="1" start="20260131T020000Z" end="20260131T034210Z"/>"#;
const VALUES: &str = r#"<Report xmlns="urn:x-xrem:gwmo:1" job="j18" gw="urn:imei:490154203237518" seq="1" last="1" t="3" ok="3" ko="0" sk="0" pend="0"><O n="3" s="10" rc="1200"><D>r1..3</D><S c="1" v="200"/><V c="1" u="./DevDetail/FwV" f="chr"><v d="r1..2">2.1</v><v d="r3">2.0</v></V></O></Report>"#;
const FAILED: &str = r#"<Image xmlns="urn:x-xrem:gwmo:1" id="meter2-2.1" state="40" rc="1423"/>"#;

fn limits() -> PayloadLimits {
    PayloadLimits::default()
}

#[test]
fn the_sample_of_deviceattached_is_read_and_written() {
    let devices = Devices::parse(ATTACHED, &limits()).unwrap();
    assert_eq!(devices.revision, 42);
    assert_eq!(devices.devices.len(), 2);
    assert_eq!(devices.devices[0].id.as_str(), "urn:dev:mac:0024befffe804ff1");
    assert_eq!(devices.devices[0].record.to_string(), "r17");
    assert_eq!(devices.devices[0].fwv.as_deref(), Some("1.0.3"));
    assert_eq!(devices.devices[1].protocol.as_deref(), Some("LWM2M-1.1"));
    assert_eq!(devices.to_xml(), ATTACHED);
}

#[test]
fn the_sample_of_devicedetached_is_read_and_written() {
    let devices = Devices::parse(DETACHED, &limits()).unwrap();
    assert_eq!(devices.devices[0].why.as_deref(), Some("lost"));
    assert_eq!(devices.to_xml(), DETACHED);
}

#[test]
fn the_samples_of_imageready_and_imagefailed_are_read_and_written() {
    let ready = Image::parse(READY, &limits()).unwrap();
    assert_eq!((ready.id.as_str(), ready.size, ready.kind), ("meter2-2.1", Some(1_048_576), Some(1)));
    assert_eq!(ready.url.as_deref(), Some("http://192.168.7.1:8080/i/Zm9vYmFyYmF6cXV4MTIzNA/meter2-2.1"));
    assert_eq!(ready.to_xml(), READY);
    let failed = Image::parse(FAILED, &limits()).unwrap();
    assert_eq!(failed, Image::failed("meter2-2.1", ImageState::VerifyFailed, ResultCode::HASH_MISMATCH));
    assert_eq!(failed.to_xml(), FAILED);
}

#[test]
fn the_sample_of_completionstatus_is_read_and_written() {
    let job = Job::parse(COMPLETION, &limits()).unwrap();
    assert_eq!((job.state, job.code), (JobState::Done, ResultCode::SOME_FAILED));
    assert_eq!((job.total, job.ok, job.failed, job.skipped, job.reports), (1000, 990, 8, 2, 1));
    assert_eq!(job.end.as_deref(), Some("20260131T034210Z"));
    assert_eq!(job.to_xml(), COMPLETION);
}

#[test]
fn the_sample_of_resultaggregation_is_read_and_written() {
    let report = Report::parse(REPORT, &limits()).unwrap();
    assert_eq!((report.job.as_str(), report.seq, report.last), ("j17", 1, true));
    let [ok, failed, skipped] = &report.groups[..] else { panic!("three groups") };
    assert_eq!(ok.members.len(), 990);
    assert!(ok.members.records.contains(&RecordName::new(400)));
    assert!(!ok.members.records.contains(&RecordName::new(401)));
    assert_eq!(ok.commands[1], CommandOutcome::new(2, StatusCode::ACCEPTED_FOR_PROCESSING, Some(200)));
    assert_eq!((failed.state, failed.code), (DeviceState::Failed, ResultCode::FAILED));
    assert_eq!(failed.members.records.to_string(), "r401..402 r993..998");
    assert_eq!(skipped.code, ResultCode::ASLEEP);
    // The sample writes a run of two as two names; a run is the shorter spelling only from three on, both are legal.
    assert_eq!(Report::parse(&report.to_xml(), &limits()).unwrap(), report);
}

#[test]
fn the_sample_with_values_is_read_and_written() {
    let report = Report::parse(VALUES, &limits()).unwrap();
    let values = &report.groups[0].values[0];
    assert_eq!((values.command, values.uri.as_str(), values.format), (1, "./DevDetail/FwV", Format::Chr));
    assert_eq!(values.values[0].data, b"2.1");
    assert_eq!(values.values[0].records.as_ref().unwrap().to_string(), "r1..2");
    assert_eq!(values.values[1].data, b"2.0");
    assert_eq!(report.to_xml(), VALUES);
}

#[test]
fn devices_without_record_are_named_by_their_device_id() {
    let mut members = Members::default();
    members.ids.push(DevId::new("urn:x:1"));
    let group = Group::new(DeviceState::Skipped, ResultCode::DEVICE_LEFT, members);
    assert_eq!(group.to_xml(), r#"<O n="1" s="12" rc="1416"><I>urn:x:1</I></O>"#);
}

#[test]
fn a_value_that_xml_cannot_carry_travels_as_base64() {
    let mut report = Report::new("j", "g", 1);
    let mut group = Group::new(DeviceState::Ok, ResultCode::SUCCESS, "r1".parse_set());
    group.values.push(Values::new(1, "./A", Format::Chr, vec![Value::new(None, b"a\0b".to_vec())]));
    report.groups.push(group);
    let xml = report.to_xml();
    assert!(xml.contains(r#"<V c="1" u="./A" f="bin"><v>YQBi</v></V>"#), "{xml}");
    let read = Report::parse(&xml, &limits()).unwrap();
    assert_eq!(read.groups[0].values[0].values[0].data, b"a\0b");
}

#[test]
fn markup_in_values_and_attributes_survives_the_round_trip() {
    let mut image = Image::new("a\"<&>'b");
    image.version = Some("1\n2\t3".into());
    assert_eq!(Image::parse(&image.to_xml(), &limits()).unwrap(), image);
}

#[test]
fn unknown_attributes_and_elements_are_ignored() {
    let text = r#"<g:Job xmlns:g="urn:x-xrem:gwmo:1" xmlns:z="urn:z" z:id="no" id="j" state="30" rc="1200" t="1" ok="1" ko="0" sk="0"
        reports="1" color="red"><z:Job><g:S c="1"/></z:Job><g:Later/></g:Job>"#;
    assert_eq!(Job::parse(text, &limits()).unwrap().id, "j");
}

#[test]
fn a_payload_of_another_namespace_or_root_is_refused() {
    assert_eq!(Job::parse("<Job id='j'/>", &limits()), Err(PayloadError::WrongRoot { expected: "Job" }));
    assert_eq!(Job::parse(REPORT, &limits()), Err(PayloadError::WrongRoot { expected: "Job" }));
}

#[test]
fn broken_xml_document_types_and_unknown_entities_are_refused() {
    assert_eq!(Job::parse("<Job", &limits()), Err(PayloadError::Xml));
    assert_eq!(Job::parse("", &limits()), Err(PayloadError::WrongRoot { expected: "Job" }));
    assert_eq!(Job::parse(&COMPLETION[..COMPLETION.len() - 1], &limits()), Err(PayloadError::Xml));
    let bomb = r#"<!DOCTYPE Job [<!ENTITY a "b">]><Job xmlns="urn:x-xrem:gwmo:1" id="&a;"/>"#;
    assert_eq!(Job::parse(bomb, &limits()), Err(PayloadError::DocType));
}

#[test]
fn limits_of_depth_size_and_records_hold() {
    let deep = alloc::format!(r#"<Job xmlns="urn:x-xrem:gwmo:1">{}{}</Job>"#, "<a>".repeat(40), "</a>".repeat(40));
    assert_eq!(Job::parse(&deep, &limits()), Err(PayloadError::Limit("depth")));
    let small = PayloadLimits { bytes: 10, ..limits() };
    assert_eq!(Job::parse(COMPLETION, &small), Err(PayloadError::Limit("bytes")));
    let huge = RecordSet::parse("r1..4000000000", 1000);
    assert_eq!(huge, Err(RecordSetError::TooMany));
}

#[test]
fn record_sets_are_written_with_runs_and_prefixes() {
    let set = RecordSet::parse("r3 r1 r2 r7/r1..40 r7/r42", 1000).unwrap();
    assert_eq!(set.to_string(), "r1..3 r7/r1..40 r7/r42");
    assert_eq!(set.len(), 44);
    for broken in ["17", "r", "rx", "r1..", "r9..3", "r1/r2/r3/r4/r5", "r-1"] {
        assert_eq!(RecordSet::parse(broken, 1000), Err(RecordSetError::Malformed), "{broken}");
    }
}

trait ParseSet {
    fn parse_set(&self) -> Members;
}

impl ParseSet for str {
    fn parse_set(&self) -> Members {
        RecordSet::parse(self, 100_000).unwrap().into()
    }
}

#[test]
fn what_no_xml_document_can_hold_does_not_make_a_payload_unreadable() {
    let mut devices = Devices::parse(ATTACHED, &limits()).unwrap();
    devices.devices[0].fwv = Some("1.0\u{0}\u{B}<\"\n".into());
    let read = Devices::parse(&devices.to_xml(), &limits()).unwrap();
    assert_eq!(read.devices[0].fwv.as_deref(), Some("1.0\u{FFFD}\u{FFFD}<\"\n"));
}
