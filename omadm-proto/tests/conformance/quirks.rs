//! The rows of windows-quirks section 2 in the documents that the sheet names for them.

use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Command, Data, Message};
use omadm_proto::reading::Reading;

use crate::shared::documents;

/// The message of `messages/<name>` with the rows of what was forgiven or noted.
fn read(name: &str) -> Option<(Message<'static>, Vec<&'static str>)> {
    let path = format!("messages/{name}");
    let document = documents().into_iter().find(|document| document.path == path)?;
    let read = Reading::LENIENT.message(Syntax::Xml, &document.bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut rows: Vec<_> = read.deviations.as_slice().iter().filter_map(|deviation| deviation.kind.row()).collect();
    rows.sort_unstable();
    rows.dedup();
    Some((read.message.into_owned(), rows))
}

/// The rows that lenient notices, by the documents that the sheet names for them.
const NOTICED: [(&str, &[&str]); 14] = [
    ("win-windc-1224-alert.xml", &["L1", "L17"]),
    ("win-srv-disable_date_time.xml", &["L6"]),
    ("win-srv-disable_firewall.xml", &["L6"]),
    ("win-srv-accounts_add_new_user.xml", &["L7"]),
    // Also L24: CmdID 17 stands before 2.
    ("latchz-xml-commands.xml", &["L24", "L4", "L7"]),
    ("ms-mdm-4-client-results.xml", &["L11"]),
    ("ms-mdm-synctype-alert.xml", &["L11"]),
    ("ms-mdm-originalerror.xml", &["L12"]),
    ("ms-mdm-4-server.xml", &["L22"]),
    ("ms-learn-atomic-cimv2.xml", &["L24"]),
    // Type before Format; the comment (L15) and the single quotes (L3) are legal.
    ("ms-learn-replace-policy.xml", &["L7"]),
    // Legal after all: no Meta in Results (L10), Source for Target (L27), Status alone.
    ("win11-native-results.xml", &[]),
    ("win-cli-pkg1.xml", &[]),
    ("win-srv-pkg2-statusonly.xml", &[]),
];

#[test]
fn every_row_of_the_sheet_is_noticed_where_the_sheet_saw_it() {
    let mut wrong = Vec::new();
    for (name, expected) in NOTICED {
        let Some((_, rows)) = read(name) else { return };
        if rows != *expected {
            wrong.push(format!("{name}: {rows:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn first_alert_item(message: &Message<'static>) -> omadm_proto::message::Item<'static> {
    let alert = message.commands.iter().find_map(|command| match command {
        Command::Alert(alert) if !alert.items.is_empty() => Some(alert),
        _ => None,
    });
    alert.unwrap().items[0].clone()
}

#[test]
fn l11_the_type_beside_an_empty_meta_is_the_type_of_the_item() {
    let Some((message, _)) = read("ms-mdm-synctype-alert.xml") else { return };
    let item = first_alert_item(&message);
    assert_eq!(item.effective_type(None), Some("com.microsoft.mdm.synctype"));
    assert_eq!(item.data, Some(Data::text("user")));
}

#[test]
fn l12_the_original_error_is_kept() {
    let Some((message, _)) = read("ms-mdm-originalerror.xml") else { return };
    let errors: Vec<_> = message.statuses().filter_map(|status| status.original_error()).collect();
    assert_eq!(errors, ["0x86000002", "0x800710DF"]);
}

#[test]
fn l17_element_content_of_data_is_kept_as_it_stands() {
    let Some((message, _)) = read("win-windc-1224-alert.xml") else { return };
    let document =
        documents().into_iter().find(|document| document.path == "messages/win-windc-1224-alert.xml").unwrap();
    let Some(Data::Xml(xml)) = first_alert_item(&message).data else { panic!("no element content") };
    let text = String::from_utf8(document.bytes).unwrap();
    assert!(text.contains(&format!("<Data>{xml}</Data>")), "{xml}");
}

#[test]
fn l22_a_blank_inside_a_loc_uri_is_kept() {
    let Some((message, _)) = read("ms-mdm-4-server.xml") else { return };
    let targets: Vec<_> = message.commands.iter().filter_map(Command::target).collect();
    assert!(targets.contains(&"./ DevDetail/HwV"), "{targets:?}");
}
