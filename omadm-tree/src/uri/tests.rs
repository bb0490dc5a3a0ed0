use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

fn names(text: &str) -> Vec<String> {
    NodeUri::parse(text).unwrap().segments().map(String::from).collect()
}

#[test]
fn a_uri_with_and_without_the_leading_dot_is_the_same_node() {
    assert_eq!(NodeUri::parse("./DMAcc/x"), NodeUri::parse("DMAcc/x"));
    assert_eq!(NodeUri::parse(".").unwrap(), NodeUri::ROOT);
    assert_eq!(NodeUri::parse("./DMAcc/x").unwrap().to_string(), "./DMAcc/x");
    assert_eq!(NodeUri::ROOT.to_string(), ".");
}

#[test]
fn illegal_uris_are_refused_with_400() {
    let cases = [
        ("", UriError::Empty),
        ("  ", UriError::Empty),
        ("/T/s", UriError::LeadingSlash),
        ("./T/", UriError::EmptyName),
        ("./", UriError::EmptyName),
        ("./T//s", UriError::EmptyName),
        ("./T/../DevInfo", UriError::DotName),
        ("./T/./s", UriError::DotName),
        ("..", UriError::DotName),
        ("./T/%2E%2E/DevInfo", UriError::DotName),
        ("./T/*", UriError::Wildcard),
        ("./T/%", UriError::Escape),
        ("./T/%4", UriError::Escape),
        ("./T/%zz", UriError::Escape),
        ("./T/%FF", UriError::Escape),
        ("./T/a%00b", UriError::ControlCharacter),
        ("./T?x=1", UriError::Query),
        ("./T?prop", UriError::Query),
        ("./T?list=TNDS+ACL-Type", UriError::MixedList),
    ];
    for (text, error) in cases {
        let refused = TargetUri::parse(text).unwrap_err();
        assert_eq!((refused, refused.status().as_u16()), (error, 400), "{text}");
    }
    assert_eq!(NodeUri::parse("./T?prop=ACL"), Err(UriError::QueryNotAllowed));
}

#[test]
fn names_are_compared_decoded_and_written_encoded() {
    assert_eq!(names("./A%20B/c%2fd"), ["A B", "c/d"]);
    assert_eq!(NodeUri::parse("./A%20B").unwrap(), NodeUri::parse("./A B").unwrap());
    assert_eq!(NodeUri::parse("./A B/c%2fd/{e}").unwrap().to_string(), "./A%20B/c%2Fd/%7Be%7D");
    assert_eq!(NodeUri::parse("./gr\u{fc}n").unwrap().to_string(), "./gr%C3%BCn");
    assert_eq!(NodeUri::parse("./a:@&=+$,-_!~*'().b").unwrap().to_string(), "./a:@&=+$,-_!~*'().b");
}

#[test]
fn blanks_at_the_ends_are_no_part_of_a_uri() {
    assert_eq!(names(" ./DevDetail/HwV\n"), ["DevDetail", "HwV"]);
    assert_eq!(names("./ DevDetail"), [" DevDetail"]);
}

#[test]
fn dots_may_occur_inside_names() {
    assert_eq!(names("./a.b/.c/d."), ["a.b", ".c", "d."]);
}

#[test]
fn uris_beyond_any_limit_are_refused_with_414() {
    let deep = ["a"; 33].join("/");
    let long = "a".repeat(2049);
    assert_eq!(TargetUri::parse(&deep).unwrap_err().status().as_u16(), 414);
    assert_eq!(TargetUri::parse(&long).unwrap_err().status().as_u16(), 414);
    assert!(TargetUri::parse(&["a"; 32].join("/")).is_ok());
    assert!(TargetUri::parse(&"\u{fc}".repeat(2048)).is_ok());
}

#[test]
fn properties_and_lists_are_read_exactly() {
    let query = |text: &str| TargetUri::parse(text).map(|target| target.query().copied());
    assert_eq!(query("./T?prop=TStamp"), Ok(Some(Query::Property(Property::TStamp))));
    assert_eq!(query(".?prop=ACL"), Ok(Some(Query::Property(Property::Acl))));
    assert_eq!(query("./T?list=StructData"), Ok(Some(Query::List(ListQuery::StructData))));
    for unknown in
        ["./T?prop=Foo", "./T?prop=acl", "./T?prop=", "./T?list=Tree", "./T?list=TNDS+Name", "./T?list=TNDS+"]
    {
        assert_eq!(query(unknown).unwrap_err().status().as_u16(), 406, "{unknown}");
    }
}

#[test]
fn a_tnds_list_names_what_is_in_or_what_is_out() {
    let wanted = |text: &str| {
        let Some(Query::List(ListQuery::Tnds(selection))) = TargetUri::parse(text).unwrap().query().copied() else {
            panic!("{text} is a TNDS list");
        };
        TndsPart::ALL.into_iter().filter(|part| selection.contains(*part)).map(TndsPart::as_str).collect::<Vec<_>>()
    };
    assert_eq!(wanted("./T?list=TNDS"), ["ACL", "Format", "Title", "TStamp", "Type", "VerNo", "Value"]);
    assert_eq!(wanted("./T?list=TNDS+Value+ACL"), ["ACL", "Value"]);
    assert_eq!(wanted("./T?list=TNDS-Value-ACL"), ["Format", "Title", "TStamp", "Type", "VerNo"]);
    assert_eq!(TargetUri::parse("./T?list=TNDS-ACL").unwrap().to_string(), "./T?list=TNDS-ACL");
}

#[test]
fn parents_children_and_ancestors() {
    let uri = NodeUri::parse("./A/B/C").unwrap();
    let a = NodeUri::parse("./A").unwrap();
    assert_eq!(uri.parent().unwrap().to_string(), "./A/B");
    assert_eq!(NodeUri::ROOT.parent(), None);
    assert_eq!(a.child("x y").to_string(), "./A/x%20y");
    assert_eq!(a.join("B/C").unwrap(), uri);
    assert!(uri.starts_with(&a) && uri.starts_with(&NodeUri::ROOT) && !a.starts_with(&uri));
    assert!(!NodeUri::parse("./AB").unwrap().starts_with(&a));
    assert_eq!(uri.below(&a).unwrap().collect::<Vec<_>>(), ["B", "C"]);
    assert!(a.below(&uri).is_none());
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(names in prop::collection::vec("[^\\p{Cc}]{1,12}", 0..6)) {
        prop_assume!(names.iter().all(|name| is_name(name)));
        let uri = names.iter().fold(NodeUri::ROOT, |uri, name| uri.child(name));
        prop_assert_eq!(NodeUri::parse(&uri.to_string()), Ok(uri));
    }

    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_is_canonical_once_written(text in "\\PC{0,40}") {
        if let Ok(target) = TargetUri::parse(&text) {
            let written = target.to_string();
            prop_assert_eq!(TargetUri::parse(&written).map(|again| again.to_string()), Ok(written));
        }
    }
}
