//! What devices say about the end of an operation on software.

use omadm_tree::mo::{ScomoReport, ScomoResult};

fn read(data: &str) -> Option<(u16, String)> {
    ScomoReport::parse(data).map(|report| (report.result.as_u16(), report.identifier))
}

#[test]
fn a_report_is_read_as_the_standards_example_has_it() {
    let data = "<ResultCode>1200</ResultCode><Identifier>Component1ID</Identifier>";
    assert_eq!(read(data), Some((1200, "Component1ID".into())));
    assert_eq!(ScomoReport::new(ScomoResult::SUCCESS, "Component1ID").to_string(), data);
}

#[test]
fn a_report_is_read_as_real_clients_spell_it() {
    for data in [
        "<![CDATA[<ResultCode>1406</ResultCode><Identifier>a&amp;b</Identifier>]]>",
        "&lt;ResultCode&gt;1406&lt;/ResultCode&gt;&lt;Identifier&gt;a&amp;b&lt;/Identifier&gt;",
        " <s:Report xmlns:s='x'><s:Identifier> a&amp;b </s:Identifier>\n<s:ResultCode> 1406 </s:ResultCode></s:Report>",
    ] {
        assert_eq!(read(data), Some((1406, "a&b".into())), "{data}");
    }
    assert_eq!(read(" 1200 "), Some((1200, String::new())));
    assert_eq!(read("<ResultCode>1451</ResultCode>"), Some((1451, String::new())));
}

#[test]
fn what_is_no_report_is_none() {
    for data in
        ["", "done", "<ResultCode>x</ResultCode>", "<ResultCode>", "<Identifier>1200</Identifier>", "<<>><", "99999"]
    {
        assert_eq!(read(data), None, "{data}");
    }
}

#[test]
fn an_identifier_of_markup_survives() {
    let report = ScomoReport::new(ScomoResult::REMOVE_FAILED, "</Identifier>&lt;");
    assert_eq!(ScomoReport::parse(&report.to_string()), Some(report));
}
