//! Software: every operation with every end, the inventory, the reports \[mo 7\].

use omadm_proto::message::Command;
use omadm_tree::TreeBuilder;
use omadm_tree::ddf::Description;
use omadm_tree::mo::SCOMO_1_0;
use xrem_client::Event;
use xrem_client::output::ActionFailure;
use xrem_client::software::{Activation, SoftwareAction, SoftwareFailure};

use crate::world::*;

pub const URL: &str = "http://images.example/app.pkg";
/// SHA-256 of `editor reader`, computed with sha256sum.
pub const SHA256: &str = "6dc8bdbec9f464b93ecb16f243d37b6563d667bf0a8ae29ddfa2ef4cdb7fa061";
pub const PACKAGE: &[u8] = b"editor reader";

pub fn with_software() -> TreeBuilder {
    tree().mo(SCOMO_1_0.instance("./SCOMO").complete())
}

pub fn device() -> Device {
    let mut device = Device::with_tree(open_account(), with_software());
    // What servers add is what the standard says of it: Data cannot be read.
    let mut description = Description::default();
    description.add(&SCOMO_1_0.to_ddf("./SCOMO")).unwrap();
    device.tree.describe(description);
    device.web.insert(URL.into(), PACKAGE.to_vec());
    device
}

/// The commands that describe a package to be downloaded, and start it.
pub fn order(operation: &str, sha256: &str, correlator: &str) -> String {
    add_node(2, "./SCOMO/Download/p1")
        + &command("Add", 3, "./SCOMO/Download/p1/PkgID", Some("suite"))
        + &command("Add", 4, "./SCOMO/Download/p1/PkgURL", Some(URL))
        + &replace(5, "./SCOMO/Download/p1/Ext/XRem/Sha256", sha256)
        + &exec(6, &format!("./SCOMO/Download/p1/Operations/{operation}"), correlator)
}

pub fn add_node(id: u32, uri: &str) -> String {
    format!(
        "<Add><CmdID>{id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target>\
         <Meta><Format xmlns='syncml:metinf'>node</Format></Meta></Item></Add>"
    )
}

/// A package that comes with the session.
pub fn deliver() -> String {
    add_node(2, "./SCOMO/Inventory/Delivered/d1")
        + &command("Add", 3, "./SCOMO/Inventory/Delivered/d1/PkgID", Some("suite"))
        + "<Add><CmdID>4</CmdID><Item><Target><LocURI>./SCOMO/Inventory/Delivered/d1/Data</LocURI></Target>\
           <Meta><Format xmlns='syncml:metinf'>b64</Format></Meta><Data>ZWRpdG9yIHJlYWRlcg==</Data></Item></Add>"
}

/// One Item of a report: Source, Target, Mark, Data.
pub type Item = (String, String, String, String);

/// The reports about software in a message: Correlator and Items.
pub fn reports(sent: &Sent) -> Vec<(Option<String>, Vec<Item>)> {
    let message = sent.message();
    let mut reports = Vec::new();
    for command in message.commands() {
        let Command::Alert(alert) = command else { continue };
        let type_name = |item: &omadm_proto::message::Item<'_>| {
            item.meta.as_ref().and_then(|meta| meta.type_name.as_deref().map(ToString::to_string))
        };
        let Some(first) = alert.items.first() else { continue };
        if type_name(first).as_deref() != Some("urn:oma:at:scomo:1.0:OperationComplete") {
            continue;
        }
        let item = |item: &omadm_proto::message::Item<'_>| {
            let mark = item.meta.as_ref().and_then(|meta| meta.mark()).unwrap_or_default().to_string();
            let text = |uri: Option<&str>| uri.unwrap_or_default().to_string();
            let data = item.data.as_ref().and_then(|data| data.as_str()).unwrap_or_default().to_string();
            (text(item.source_uri()), text(item.target_uri()), mark, data)
        };
        reports.push((alert.correlator.as_deref().map(ToString::to_string), alert.items.iter().map(item).collect()));
    }
    reports
}

/// Lets everything happen, taking every report.
pub fn settle(device: &mut Device) -> Vec<(Option<String>, Vec<Item>)> {
    let mut all = Vec::new();
    for _ in 0..200 {
        while let Some(transmit) = device.sent.pop_front() {
            let sent = Sent(transmit);
            all.extend(reports(&sent));
            device.answer(&sent, &sent.reply(""));
        }
        if !device.wait() {
            assert!(device.drem.is_idle());
            return all;
        }
    }
    panic!("it never comes to rest");
}

/// Runs one order in a session; gives its only report.
fn run(device: &mut Device, body: &str) -> (Option<String>, Vec<Item>) {
    device.start();
    let answers = device.serve(&[body]);
    assert!(answers[0].statuses().ends_with(":202"), "{}", answers[0].statuses());
    let mut reports = settle(device);
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports.remove(0)
}

fn statuses(device: &mut Device) -> Vec<u16> {
    let events = core::mem::take(&mut device.events);
    events
        .into_iter()
        .filter_map(|event| match event {
            Event::SoftwareStatus { status, .. } => Some(status),
            _ => None,
        })
        .collect()
}

fn names(device: &Device, uri: &str) -> Vec<String> {
    device.tree.children(uri).map(|node| node.name().to_string()).collect()
}

fn data(code: u16, identifier: &str) -> String {
    format!("<ResultCode>{code}</ResultCode><Identifier>{identifier}</Identifier>")
}

#[test]
fn x_sco_01_download_install_makes_active_components_and_one_report_with_an_item_for_each() {
    let mut device = device();
    let (correlator, items) = run(&mut device, &order("DownloadInstall", SHA256, "job-7"));
    let source = "./SCOMO/Download/p1/Operations/DownloadInstall";
    let item = |name: &str| {
        let target = format!("./SCOMO/Inventory/Deployed/{name}");
        (source.to_string(), target, "informational".to_string(), data(1200, name))
    };
    assert_eq!((correlator.as_deref(), items), (Some("job-7"), vec![item("editor"), item("reader")]));
    assert_eq!(statuses(&mut device), [30, 40, 50, 10]);
    for name in ["editor", "reader"] {
        let leaf = |leaf: &str| device.text(&format!("./SCOMO/Inventory/Deployed/{name}/{leaf}")).to_string();
        assert_eq!(["ID", "PkgIDRef", "Version", "State", "Status"].map(leaf), [name, "suite", "2.0", "20", "10"]);
    }
    assert!(device.flash.packages.is_empty(), "an installed package is dropped");
}

#[test]
fn x_sco_02_a_package_is_downloaded_and_installed_later() {
    let mut device = device();
    let (_, items) = run(&mut device, &order("Download", SHA256, "d"));
    assert_eq!(
        (items[0].1.as_str(), items[0].3.as_str()),
        ("./SCOMO/Inventory/Delivered/p1", data(1200, "suite").as_str())
    );
    assert_eq!(statuses(&mut device), [30, 40]);
    assert_eq!(device.text("./SCOMO/Inventory/Delivered/p1/State"), "10");
    let (correlator, _) = run(&mut device, &exec(2, "./SCOMO/Inventory/Delivered/p1/Operations/Install", "i"));
    assert_eq!(correlator.as_deref(), Some("i"));
    assert_eq!(statuses(&mut device), [40, 10]);
    assert_eq!(device.text("./SCOMO/Inventory/Delivered/p1/State"), "20");
    assert_eq!(names(&device, "./SCOMO/Inventory/Deployed"), ["editor", "reader"]);
}

#[test]
fn x_sco_03_an_inactive_installation_waits_for_activate() {
    let mut device = device();
    run(&mut device, &order("DownloadInstallInactive", SHA256, "d"));
    assert_eq!(device.text("./SCOMO/Inventory/Deployed/editor/State"), "10");
    run(&mut device, &exec(2, "./SCOMO/Inventory/Deployed/editor/Operations/Activate", "a"));
    assert_eq!(device.text("./SCOMO/Inventory/Deployed/editor/State"), "20");
}

#[test]
fn x_sco_14_a_package_delivered_in_the_session_is_installed_and_its_data_is_never_read() {
    let mut device = device();
    device.start();
    let answers = device.serve(&[&deliver(), &get(9, "./SCOMO/Inventory/Delivered/d1/Data")]);
    assert!(answers[1].statuses().ends_with("Get:9:405"), "{} {}", answers[0].statuses(), answers[1].statuses());
    assert_eq!(device.text("./SCOMO/Inventory/Delivered/d1/State"), "10");
    let (_, items) = run(&mut device, &exec(2, "./SCOMO/Inventory/Delivered/d1/Operations/InstallInactive", "i"));
    assert_eq!(items.len(), 2);
    assert_eq!(device.text("./SCOMO/Inventory/Delivered/d1/State"), "20");
    assert_eq!(names(&device, "./SCOMO/Inventory/Deployed"), ["editor", "reader"]);
    assert_eq!(device.flash.packages.values().next().map(Vec::as_slice), Some(PACKAGE));
    // It can be installed again, and goes with its entry.
    run(&mut device, &exec(2, "./SCOMO/Inventory/Delivered/d1/Operations/Install", "again"));
    run(&mut device, &exec(2, "./SCOMO/Inventory/Delivered/d1/Operations/Remove", "r"));
    assert_eq!((names(&device, "./SCOMO/Inventory/Delivered").len(), device.flash.packages.len()), (0, 0));
    assert_eq!(names(&device, "./SCOMO/Inventory/Deployed").len(), 2, "the components stay");
}

#[test]
fn an_entry_that_a_server_deletes_takes_its_package_along() {
    let mut device = device();
    run(&mut device, &order("Download", SHA256, "d"));
    device.start();
    device.serve(&[&command("Delete", 2, "./SCOMO/Inventory/Delivered/p1", None)]);
    settle(&mut device);
    assert!(device.flash.packages.is_empty());
}

/// The legal steps of the three kinds of Status, written out of the values' meanings.
const LEGAL: [(&str, &[(u16, u16)]); 3] = [
    (
        "Download",
        &[(10, 30), (30, 20), (30, 40), (40, 50), (50, 10), (50, 60), (50, 70), (20, 10), (40, 10), (60, 10), (70, 10)],
    ),
    ("Delivered", &[(10, 30), (30, 20), (10, 40), (40, 10), (40, 50), (40, 60), (20, 10), (50, 10), (60, 10)]),
    (
        "Deployed",
        &[(10, 30), (30, 20), (10, 50), (50, 40), (50, 10), (10, 70), (70, 60), (70, 10), (20, 10), (40, 10), (60, 10)],
    ),
];

/// How an operation can end in the driver: result code by the sheet, for Download*, Install*, Remove, Activate, Deactivate.
const ENDS: [(SoftwareFailure, [u16; 4]); 6] = [
    (SoftwareFailure::Failed, [1405, 1408, 1409, 1410]),
    (SoftwareFailure::NoSpace, [1406, 1408, 1409, 1410]),
    (SoftwareFailure::EnvironmentNotSupported, [1413; 4]),
    (SoftwareFailure::NotAuthentic, [1407; 4]),
    (SoftwareFailure::UserCancelled, [1401; 4]),
    (SoftwareFailure::Unsupported, [1411; 4]),
];

/// An operation: the list of its entry, the executed node, which column of [`ENDS`] is its own, and the Status that a failure
/// leaves: with the package kept, and with the package gone.
const OPERATIONS: [(&str, &str, usize, [u16; 2]); 7] = [
    ("Download", "./SCOMO/Download/p1/Operations/DownloadInstall", 0, [60, 70]),
    ("Download", "./SCOMO/Download/p1/Operations/DownloadInstallInactive", 0, [60, 70]),
    ("Delivered", "./SCOMO/Inventory/Delivered/d1/Operations/Install", 0, [50, 60]),
    ("Delivered", "./SCOMO/Inventory/Delivered/d1/Operations/InstallInactive", 0, [50, 60]),
    ("Deployed", "./SCOMO/Inventory/Deployed/editor/Operations/Remove", 1, [20, 20]),
    ("Deployed", "./SCOMO/Inventory/Deployed/editor/Operations/Activate", 2, [40, 40]),
    ("Deployed", "./SCOMO/Inventory/Deployed/editor/Operations/Deactivate", 3, [60, 60]),
];

/// A device with something in each list.
fn stocked() -> Device {
    let mut device = device();
    let body = deliver() + &exec(9, "./SCOMO/Inventory/Delivered/d1/Operations/Install", "first");
    run(&mut device, &body);
    let entry = add_node(2, "./SCOMO/Download/p1")
        + &command("Add", 3, "./SCOMO/Download/p1/PkgID", Some("suite"))
        + &command("Add", 4, "./SCOMO/Download/p1/PkgURL", Some(URL));
    device.start();
    device.serve(&[&entry]);
    device.events.clear();
    device
}

fn assert_legal(list: &str, from: u16, steps: &[u16], what: &str) {
    let (_, legal) = LEGAL.iter().find(|(name, _)| *name == list).unwrap();
    let mut at = from;
    for next in steps {
        assert!(legal.contains(&(at, *next)), "{what}: {at} to {next}");
        at = *next;
    }
}

#[test]
fn x_sco_04_x_sco_05_x_sco_07_x_sco_08_every_operation_with_every_end_is_reported_once_with_its_code() {
    for (list, node, column, left) in OPERATIONS {
        let entry = node.split("/Operations").next().unwrap();
        let mut device = stocked();
        let (correlator, items) = run(&mut device, &exec(2, node, "good"));
        assert_eq!(correlator.as_deref(), Some("good"));
        assert!(items.iter().all(|item| item.0 == node && item.3.contains("1200")), "{node}: {items:?}");
        assert_legal(list, 10, &statuses(&mut device), node);
        let gone = device.tree.find(entry).is_none();
        assert_eq!(gone, node.ends_with("Remove"), "{node}");
        for (failure, codes) in ENDS {
            let what = format!("{node} {failure:?}");
            let mut device = stocked();
            device.installer.failure = Some(failure);
            let (correlator, items) = run(&mut device, &exec(2, node, ""));
            assert_eq!(correlator, None, "none was given: {what}");
            let [(source, _, mark, data)] = items.as_slice() else { panic!("{what}: {items:?}") };
            assert_eq!((source.as_str(), mark.as_str()), (node, "warning"), "{what}");
            assert!(data.starts_with(&format!("<ResultCode>{}</ResultCode>", codes[column])), "{what}: {data}");
            let steps = statuses(&mut device);
            assert_legal(list, 10, &steps, &what);
            let keeps = matches!(
                failure,
                SoftwareFailure::Failed | SoftwareFailure::UserCancelled | SoftwareFailure::Unsupported
            );
            let status = if keeps { left[0] } else { left[1] };
            assert_eq!(steps.last(), Some(&status), "{what}");
            assert_eq!(device.text(&format!("{entry}/Status")), status.to_string(), "{what}");
            // The next one on the same entry is legal too.
            device.installer.failure = None;
            let again = device.tree.find(entry).is_some() && (keeps || column != 0 || list == "Download");
            if again {
                run(&mut device, &exec(2, node, "again"));
                assert_legal(list, status, &statuses(&mut device), &what);
            }
        }
    }
}

#[test]
fn x_sco_06_every_failure_of_a_download_has_its_code_and_leaves_status_20() {
    let cases = [
        (ActionFailure::Network, 1402),
        (ActionFailure::Timeout, 1402),
        (ActionFailure::Unauthorized, 1403),
        (ActionFailure::BadUrl, 1402),
        (ActionFailure::Unavailable, 1501),
        (ActionFailure::Server, 1500),
        (ActionFailure::NoSpace, 1404),
        (ActionFailure::Storage, 1402),
        (ActionFailure::Unsupported, 1411),
    ];
    for operation in ["Download", "DownloadInstall", "DownloadInstallInactive"] {
        for (failure, code) in cases {
            let mut device = device();
            device.fetch_failures = [failure; 6].into();
            let (_, items) = run(&mut device, &order(operation, SHA256, "d"));
            assert_eq!(items[0].3, data(code, "suite"), "{operation} {failure:?}");
            assert_eq!(statuses(&mut device), [30, 20], "{operation} {failure:?}");
            assert!(device.installer.asked.is_empty());
            assert!(names(&device, "./SCOMO/Inventory/Delivered").is_empty());
        }
    }
}

#[test]
fn a_package_with_another_digest_is_not_installed() {
    for (body, code) in [
        (order("DownloadInstall", &"0".repeat(64), "d"), 1402),
        (
            deliver()
                + &replace(5, "./SCOMO/Inventory/Delivered/d1/Ext/XRem/Sha256", &"0".repeat(64))
                + &exec(6, "./SCOMO/Inventory/Delivered/d1/Operations/Install", "d"),
            1407,
        ),
    ] {
        let mut device = device();
        let (_, items) = run(&mut device, &body);
        assert_eq!(items[0].3, data(code, "suite"));
        assert!(device.installer.asked.is_empty() && device.flash.packages.is_empty());
    }
}

#[test]
fn a_kept_package_is_installed_by_a_second_attempt() {
    let mut device = device();
    device.installer.failure = Some(SoftwareFailure::Failed);
    run(&mut device, &order("DownloadInstall", SHA256, "d"));
    assert_eq!(device.text("./SCOMO/Download/p1/Status"), "60");
    device.installer.failure = None;
    let (_, items) = run(&mut device, &exec(2, "./SCOMO/Inventory/Delivered/p1/Operations/Install", "i"));
    assert_eq!((items.len(), device.fetches), (2, 1));
}

#[test]
fn operations_that_are_ordered_together_are_carried_out_in_order() {
    let mut device = device();
    let body = order("DownloadInstall", SHA256, "one") + &deliver_and_install(20);
    device.start();
    let answers = device.serve(&[&body]);
    assert_eq!(answers[0].statuses().matches("202").count(), 2, "{}", answers[0].statuses());
    let correlators: Vec<_> = settle(&mut device).into_iter().filter_map(|(correlator, _)| correlator).collect();
    assert_eq!(correlators, ["one", "two"]);
    assert_eq!(names(&device, "./SCOMO/Inventory/Deployed").len(), 2, "the same components");
}

fn deliver_and_install(id: u32) -> String {
    deliver().replace("<CmdID>2<", "<CmdID>21<").replace("<CmdID>3<", "<CmdID>22<").replace("<CmdID>4<", "<CmdID>23<")
        + &exec(id, "./SCOMO/Inventory/Delivered/d1/Operations/Install", "two")
}

#[test]
fn an_exec_without_url_or_package_is_forbidden_and_one_that_is_worked_on_cannot_be_deleted() {
    let mut device = device();
    device.start();
    let body = add_node(2, "./SCOMO/Download/p1")
        + &exec(3, "./SCOMO/Download/p1/Operations/Download", "x")
        + &add_node(4, "./SCOMO/Inventory/Delivered/d1")
        + &exec(5, "./SCOMO/Inventory/Delivered/d1/Operations/Install", "y")
        + &command("Add", 6, "./SCOMO/Download/p1/PkgURL", Some(URL))
        + &exec(7, "./SCOMO/Download/p1/Operations/Download", "z")
        + &command("Delete", 8, "./SCOMO/Download/p1", None);
    let answers = device.serve(&[&body]);
    let statuses = answers[0].statuses();
    for expected in ["Exec:3:403", "Exec:5:403", "Exec:7:202", "Delete:8:403"] {
        assert!(statuses.contains(expected), "{expected}: {statuses}");
    }
    settle(&mut device);
    device.start();
    let answers = device.serve(&[&command("Delete", 8, "./SCOMO/Download/p1", None)]);
    assert!(answers[0].statuses().ends_with("Delete:8:200"));
}

#[test]
fn the_same_exec_again_is_the_same_order() {
    let mut device = device();
    run(&mut device, &order("DownloadInstall", SHA256, "once"));
    device.start();
    device.serve(&[&exec(2, "./SCOMO/Download/p1/Operations/DownloadInstall", "once")]);
    assert!(settle(&mut device).is_empty());
    assert_eq!(device.installer.asked.len(), 1);
}

#[test]
fn the_driver_is_told_what_the_server_says_of_a_package() {
    let mut device = device();
    let leaf = |id, name: &str, value| command("Add", id, &format!("./SCOMO/Download/p1/{name}"), Some(value));
    let body = add_node(2, "./SCOMO/Download/p1")
        + &leaf(3, "PkgID", "suite")
        + &leaf(4, "PkgURL", URL)
        + &leaf(5, "PkgType", "application/zip")
        + &leaf(6, "EnvType", "jvm")
        + &leaf(7, "InstallParams", "quiet")
        + &exec(8, "./SCOMO/Download/p1/Operations/DownloadInstallInactive", "");
    run(&mut device, &body);
    let [SoftwareAction::Install(installation)] = device.installer.asked.as_slice() else { panic!("no installation") };
    assert_eq!((installation.pkg_id.as_str(), installation.pkg_type.as_str()), ("suite", "application/zip"));
    assert_eq!((installation.env_type.as_str(), installation.params.as_str()), ("jvm", "quiet"));
    assert_eq!(installation.activation, Activation::Inactive);
    assert_eq!(device.text("./SCOMO/Inventory/Deployed/reader/EnvType"), "jvm");
}

#[test]
fn a_component_whose_id_is_no_name_gets_one_and_keeps_its_id() {
    let mut device = device();
    device.web.insert(URL.into(), b"a/b a_b ..".to_vec());
    let (_, items) = run(&mut device, &order("DownloadInstall", "", "d"));
    let places: Vec<_> = items.iter().map(|item| item.1.rsplit('/').next().unwrap().to_string()).collect();
    assert_eq!(places, ["a_b", "a_b-2", "c"]);
    assert_eq!(device.text("./SCOMO/Inventory/Deployed/a_b/ID"), "a/b");
}

/// A key is configured; the signatures are of the test key of RFC 8032, made with openssl.
#[cfg(feature = "ed25519")]
mod signed {
    use omadm_proto::auth::nonce::Seed;
    use xrem_client::Drem;
    use xrem_client::update::ImageKey;

    use super::*;

    const KEY: [u8; 32] = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1,
        0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
    ];
    /// Of `xrem-image-1`, `suite` and [`SHA256`], each with a line feed.
    const SIGNATURE: &str = "t80NOSIypshKEU3WXtkdMzsQytcI5eZsi20hXoWOOj74fEnti+H7T5iulgnm+cVp8YsHQhv1wmxfuw+WocLsAw==";

    fn strict() -> Device {
        let mut device = device();
        let key = ImageKey::from_bytes(&KEY).unwrap();
        device.drem = Drem::new([open_account()], Seed::new([7; 32])).with_image_key(key);
        device
    }

    /// Writes the digest and the signature of the package of `entry`.
    fn sign(entry: &str, sha256: &str, base64: &str) -> String {
        replace(20, &format!("{entry}/Ext/XRem/Sha256"), sha256)
            + &format!(
                "<Replace><CmdID>21</CmdID><Item><Target><LocURI>{entry}/Ext/XRem/Signature</LocURI></Target>\
                 <Meta><Format xmlns='syncml:metinf'>b64</Format></Meta><Data>{base64}</Data></Item></Replace>"
            )
    }

    fn codes((_, items): (Option<String>, Vec<Item>)) -> Vec<String> {
        items.into_iter().map(|item| item.3).collect()
    }

    /// The result of an order to download and install `pkg_id` with this signature, and how often something was fetched.
    fn outcome(package: &[u8], pkg_id: &str, base64: &str) -> (Vec<String>, usize) {
        let mut device = strict();
        device.web.insert(URL.into(), package.to_vec());
        let order = order("DownloadInstall", SHA256, "j").replace(">suite<", &format!(">{pkg_id}<"));
        let at = order.find("<Exec>").unwrap();
        let (before, exec) = order.split_at(at);
        let report = run(&mut device, &format!("{before}{}{exec}", sign("./SCOMO/Download/p1", SHA256, base64)));
        (codes(report), device.fetches)
    }

    #[test]
    fn a_package_with_the_right_signature_is_installed() {
        let expected = vec![data(1200, "editor"), data(1200, "reader")];
        assert_eq!(outcome(PACKAGE, "suite", SIGNATURE), (expected, 1));
    }

    #[test]
    fn without_the_right_signature_the_result_is_1407_and_nothing_is_fetched() {
        let refused = |pkg_id: &str| (vec![data(1407, pkg_id)], 0);
        assert_eq!(outcome(PACKAGE, "suite", ""), refused("suite"));
        assert_eq!(outcome(PACKAGE, "suite", &SIGNATURE.replace("t80N", "t81N")), refused("suite"));
        assert_eq!(outcome(PACKAGE, "other", SIGNATURE), refused("other"));
    }

    #[test]
    fn another_package_than_the_signed_one_is_not_installed() {
        assert_eq!(outcome(b"editor vandal", "suite", SIGNATURE), (vec![data(1402, "suite")], 1));
    }

    #[test]
    fn a_delivered_package_is_installed_once_its_signature_is_written() {
        let mut device = strict();
        let install = |name: &str| exec(9, "./SCOMO/Inventory/Delivered/d1/Operations/Install", name);
        let refused = run(&mut device, &(deliver() + &install("first")));
        assert_eq!((codes(refused), statuses(&mut device)), (vec![data(1407, "suite")], vec![40, 50]));
        let signed = sign("./SCOMO/Inventory/Delivered/d1", SHA256, SIGNATURE);
        let installed = run(&mut device, &(signed + &install("second")));
        assert_eq!(codes(installed), [data(1200, "editor"), data(1200, "reader")]);
    }

    #[test]
    fn a_downloaded_package_keeps_its_signature_until_it_is_installed() {
        let mut device = strict();
        let order = order("Download", SHA256, "first");
        let at = order.find("<Exec>").unwrap();
        let (before, download) = order.split_at(at);
        let sent = format!("{before}{}{download}", sign("./SCOMO/Download/p1", SHA256, SIGNATURE));
        assert_eq!(codes(run(&mut device, &sent)), [data(1200, "suite")]);
        let installed = run(&mut device, &exec(9, "./SCOMO/Inventory/Delivered/p1/Operations/Install", "second"));
        assert_eq!(codes(installed), [data(1200, "editor"), data(1200, "reader")]);
    }
}
