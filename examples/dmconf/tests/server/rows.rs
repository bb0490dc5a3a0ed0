//! One test a row and syntax, named by the id.

use dmconf::row::Verdict;
use dmconf::rows::server::rows;
use dmconf::server::Stand;
use dmconf::server::inprocess::InProcess;
use omadm_proto::exchange::Syntax;

/// Rows that our server skips, with the reason it gives.
const SKIPPED: &[(&str, &str)] = &[("X-SRV-24", "recorded sessions")];

/// Rows that our server does not pass yet; one that passes leaves this list.
const FAILED: &[&str] = &[];

fn play(id: &str, syntax: Syntax) {
    let row = rows().find(|row| row.id == id).unwrap_or_else(|| panic!("there is no row {id}"));
    let mut stand = Stand::new(Box::new(InProcess::default()), syntax);
    match row.play(&mut stand) {
        Verdict::Passed => {}
        Verdict::Failed(finding) if FAILED.contains(&id) => eprintln!("{id} {}: {finding}", row.level.letter()),
        Verdict::Failed(finding) => panic!("{id} {}: {finding}", row.level.letter()),
        Verdict::Skipped(reason) => {
            let known = SKIPPED.iter().any(|(skipped, why)| *skipped == id && reason.contains(why));
            assert!(known, "{id} is skipped: {reason}");
        }
    }
}

/// The tests of rows: the name in XML, the name in WBXML, the id.
macro_rules! tests {
    ($($xml:ident $wbxml:ident $id:literal),* $(,)?) => {
        $(
            #[test]
            fn $xml() {
                play($id, Syntax::Xml);
            }

            #[test]
            fn $wbxml() {
                play($id, Syntax::Wbxml);
            }
        )*

        const TESTED: &[&str] = &[$($id),*];
    };
}

tests! {
    x_ses_03_xml x_ses_03_wbxml "X-SES-03",
    x_ses_04_xml x_ses_04_wbxml "X-SES-04",
    x_ses_06_xml x_ses_06_wbxml "X-SES-06",
    x_ses_07_xml x_ses_07_wbxml "X-SES-07",
    x_ses_10_xml x_ses_10_wbxml "X-SES-10",
    x_ses_11_xml x_ses_11_wbxml "X-SES-11",
    x_ses_13_xml x_ses_13_wbxml "X-SES-13",
    x_ses_18_xml x_ses_18_wbxml "X-SES-18",
    x_ses_22_xml x_ses_22_wbxml "X-SES-22",
    x_aut_01_xml x_aut_01_wbxml "X-AUT-01",
    x_aut_02_xml x_aut_02_wbxml "X-AUT-02",
    x_aut_03_xml x_aut_03_wbxml "X-AUT-03",
    x_aut_06_xml x_aut_06_wbxml "X-AUT-06",
    x_aut_07_xml x_aut_07_wbxml "X-AUT-07",
    x_aut_09_xml x_aut_09_wbxml "X-AUT-09",
    x_aut_10_xml x_aut_10_wbxml "X-AUT-10",
    x_aut_14_xml x_aut_14_wbxml "X-AUT-14",
    x_aut_15_xml x_aut_15_wbxml "X-AUT-15",
    x_aut_18_xml x_aut_18_wbxml "X-AUT-18",
    x_aut_20_xml x_aut_20_wbxml "X-AUT-20",
    x_aut_21_xml x_aut_21_wbxml "X-AUT-21",
    x_aut_28_xml x_aut_28_wbxml "X-AUT-28",
    x_aut_32_xml x_aut_32_wbxml "X-AUT-32",
    x_aut_34_xml x_aut_34_wbxml "X-AUT-34",
    x_get_24_xml x_get_24_wbxml "X-GET-24",
    x_get_25_xml x_get_25_wbxml "X-GET-25",
    x_add_20_xml x_add_20_wbxml "X-ADD-20",
    x_rpl_18_xml x_rpl_18_wbxml "X-RPL-18",
    x_exe_10_xml x_exe_10_wbxml "X-EXE-10",
    x_lst_06_xml x_lst_06_wbxml "X-LST-06",
    x_lst_07_xml x_lst_07_wbxml "X-LST-07",
    x_lst_19_xml x_lst_19_wbxml "X-LST-19",
    x_atm_12_xml x_atm_12_wbxml "X-ATM-12",
    x_atm_22_xml x_atm_22_wbxml "X-ATM-22",
    x_lob_17_xml x_lob_17_wbxml "X-LOB-17",
    x_lob_19_xml x_lob_19_wbxml "X-LOB-19",
    x_lob_25_xml x_lob_25_wbxml "X-LOB-25",
    x_msg_01_xml x_msg_01_wbxml "X-MSG-01",
    x_msg_03_xml x_msg_03_wbxml "X-MSG-03",
    x_msg_06_xml x_msg_06_wbxml "X-MSG-06",
    x_msg_12_xml x_msg_12_wbxml "X-MSG-12",
    x_uia_13_xml x_uia_13_wbxml "X-UIA-13",
    x_gal_02_xml x_gal_02_wbxml "X-GAL-02",
    x_gal_03_xml x_gal_03_wbxml "X-GAL-03",
    x_gal_04_xml x_gal_04_wbxml "X-GAL-04",
    x_gal_06_xml x_gal_06_wbxml "X-GAL-06",
    x_gal_07_xml x_gal_07_wbxml "X-GAL-07",
    x_gal_11_xml x_gal_11_wbxml "X-GAL-11",
    x_gal_12_xml x_gal_12_wbxml "X-GAL-12",
    x_ntf_12_xml x_ntf_12_wbxml "X-NTF-12",
    x_srv_01_xml x_srv_01_wbxml "X-SRV-01",
    x_srv_02_xml x_srv_02_wbxml "X-SRV-02",
    x_srv_03_xml x_srv_03_wbxml "X-SRV-03",
    x_srv_04_xml x_srv_04_wbxml "X-SRV-04",
    x_srv_05_xml x_srv_05_wbxml "X-SRV-05",
    x_srv_07_xml x_srv_07_wbxml "X-SRV-07",
    x_srv_08_xml x_srv_08_wbxml "X-SRV-08",
    x_srv_10_xml x_srv_10_wbxml "X-SRV-10",
    x_srv_11_xml x_srv_11_wbxml "X-SRV-11",
    x_srv_12_xml x_srv_12_wbxml "X-SRV-12",
    x_srv_14_xml x_srv_14_wbxml "X-SRV-14",
    x_srv_15_xml x_srv_15_wbxml "X-SRV-15",
    x_srv_16_xml x_srv_16_wbxml "X-SRV-16",
    x_srv_19_xml x_srv_19_wbxml "X-SRV-19",
    x_srv_21_xml x_srv_21_wbxml "X-SRV-21",
    x_srv_22_xml x_srv_22_wbxml "X-SRV-22",
    x_srv_24_xml x_srv_24_wbxml "X-SRV-24",
    x_sta_20_xml x_sta_20_wbxml "X-STA-20",
    x_boo_23_xml x_boo_23_wbxml "X-BOO-23",
    x_abo_01_xml x_abo_01_wbxml "X-ABO-01",
    x_abo_05_xml x_abo_05_wbxml "X-ABO-05",
    x_abo_06_xml x_abo_06_wbxml "X-ABO-06",
    x_abo_09_xml x_abo_09_wbxml "X-ABO-09",
}

#[test]
fn every_row_has_its_tests() {
    let ids: Vec<&str> = rows().map(|row| row.id).collect();
    assert_eq!(ids, TESTED);
}
