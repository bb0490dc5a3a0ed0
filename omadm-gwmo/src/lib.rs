//! What an OMA DM gateway knows: its devices, one job fanned out to many of them, images fetched once for all.
//!
//! | module | its one job |
//! |---|---|
//! | [`names`] | every GwMO node name in one swappable table, and the URIs built from it |
//! | [`mo`] | the five management objects in a tree |
//! | [`inventory`] | one record per device, and the announcements of those that came |
//! | [`filter`] | the language of conditions on devices |
//! | [`target`] | which devices a job addresses |
//! | [`template`] | the commands of a job, checked once and filled in per device |
//! | [`fanout`] | the machine: one template, many device runs, few reports |
//! | [`image`] | images: fetched over the WAN once, verified, served to the LAN |
//! | [`payload`] | the XML payloads of the alerts, both ways (reading needs feature `xml`) |
//! | [`code`] | result codes and states |
//! | [`draft`] | jobs and images read from the nodes that a server wrote |
//! | [`mirror`] | the machines' state written back into the tree |
//!
//! All machines are pure and deterministic: inputs and `now` go in, outputs and one deadline come out, and what must survive is
//! named by `take_changes`. This crate opens no socket, reads no clock, touches no file, and knows no session: the gateway
//! composition of `xrem-server` joins it with a DM client and DM servers. A network server uses [`names`] and [`payload`].
//!
//! ```
//! # #[cfg(feature = "xml")] {
//! use omadm_gwmo::names::{Name, NodeNames};
//! use omadm_gwmo::payload::{PayloadLimits, Report};
//!
//! let names = NodeNames::new();
//! assert_eq!(names.job("j17", &[Name::Operations, Name::Start]), "./GwMO/Fanout/Fanout/j17/Operations/Start");
//!
//! let alert = r#"<Report xmlns="urn:x-xrem:gwmo:1" job="j17" gw="urn:gw:1" seq="1" last="1" t="1000" ok="998" ko="2" sk="0"
//!     pend="0"><O n="998" s="10" rc="1200"><D>r1..998</D><S c="1" v="200"/></O><O n="2" s="11" rc="1400"><D>r999 r1000</D>
//!     <S c="1" v="404"/></O></Report>"#;
//! let report = Report::parse(alert, &PayloadLimits::default()).unwrap();
//! for group in &report.groups {
//!     println!("{}: {}, {}", group.members.records, group.state, group.code);
//! }
//! # }
//! ```
//!
//! | feature | what it adds |
//! |---|---|
//! | `std` | the standard library for the crates below |
//! | `xml` | reading payloads, templates in XML (implies `std`) |
//! | `wbxml` | templates in WBXML |
//! | `serde` | `Serialize` and `Deserialize` for everything that has to survive a restart |
//!
//! | limit | default |
//! |---|---|
//! | a payload that is read | 4 MiB, 32 levels, 65 536 elements, 262 144 records ([`payload::PayloadLimits`]) |
//! | jobs, devices of one job, devices in work at once | 64, 10 000, 256 ([`fanout::FanoutSettings`]) |
//! | a template | 64 KiB, 32 levels ([`template::MAX_BYTES`]) |
//! | one report, values kept of one device in one job | 32 KiB, 64 KiB ([`fanout::FanoutSettings`]) |
//! | images, bytes of the store, bytes of one block | 256, 4 GiB, 256 KiB ([`image::ImageSettings`]) |
//!
//! Where the sources are silent: the identifiers of the management objects and alerts are the registered ones; node names,
//! payloads and the fan-out algorithm are the house profile `xrem-gwmo-hp1`. Ours besides: the single target `*` stands for all
//! devices; devices without record are named `x1`, `x2`, … in a job's Results; a value that is cut carries `cut="1"` on its
//! `<v>`; a notification that nobody follows is repeated after 5 s, doubling. Refused at the start of a job instead of ignored,
//! because they come later: groups, filters, windows, rates, canaries, abort rules, start and end times, dynamic targets.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod code;
pub mod draft;
pub mod fanout;
pub mod filter;
pub mod image;
pub mod inventory;
pub mod mirror;
pub mod mo;
pub mod names;
pub mod payload;
pub mod target;
pub mod template;

mod report;
