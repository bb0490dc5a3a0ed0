use alloc::string::ToString as _;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

#[test]
fn the_example_of_the_standard_is_read_and_written() {
    let acl = Acl::parse("Add=s1&Delete=s1&Replace=s1+s2&Get=*").unwrap();
    assert!(acl.allows(Right::Replace, &"s2".into()) && !acl.allows(Right::Add, &"s2".into()));
    assert!(acl.allows(Right::Get, &"anybody".into()) && !acl.allows(Right::Exec, &"s1".into()));
    assert_eq!(acl.to_string(), "Add=s1&Delete=s1&Get=*&Replace=s1+s2");
}

#[test]
fn repeated_commands_are_merged_and_the_wildcard_swallows_names() {
    assert_eq!(Acl::parse("Get=B&Replace=A&Get=A").unwrap().to_string(), "Get=A+B&Replace=A");
    assert_eq!(Acl::parse("Get=srvB+*").unwrap().to_string(), "Get=*");
    assert_eq!(Acl::parse("Get=*&Get=srvB").unwrap().to_string(), "Get=*");
}

#[test]
fn malformed_lists_are_refused() {
    let cases = [
        ("Get", AclError::Entry),
        ("Get=*&", AclError::Entry),
        ("&Get=*", AclError::Entry),
        ("Copy=*", AclError::Command),
        ("get=*", AclError::Command),
        (" Get=*", AclError::Command),
        ("Get=", AclError::Server),
        ("Get=a+", AclError::Server),
        ("Get=a b", AclError::Server),
        ("Get=a*", AclError::Server),
        ("Get=a=b", AclError::Server),
    ];
    for (text, error) in cases {
        assert_eq!(Acl::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_removed_server_takes_its_commands_along() {
    let acl = Acl::parse("Add=A&Get=*&Replace=A+B").unwrap();
    assert_eq!(acl.without(&"A".into()).to_string(), "Get=*&Replace=B");
    assert!(Acl::all(&"A".into()).without(&"A".into()).is_empty());
}

#[test]
fn shorthands() {
    assert_eq!(Acl::root_default().to_string(), "Add=*&Get=*");
    assert_eq!(Acl::all(&"s".into()).to_string(), "Add=s&Delete=s&Exec=s&Get=s&Replace=s");
    assert_eq!(Acl::parse("").unwrap(), Acl::EMPTY);
}

fn grants() -> impl Strategy<Value = Vec<(usize, Vec<&'static str>)>> {
    let server = prop::sample::select(alloc::vec!["*", "srvA", "srvB", "com.mgmtsrv.manage", "s-1_~"]);
    prop::collection::vec((0usize..5, prop::collection::vec(server, 1..4)), 0..6)
}

proptest! {
    /// X-ACL-20
    #[test]
    fn x_acl_20_parse_and_print_keep_the_grants_in_a_stable_text(grants in grants()) {
        let text = grants.iter().map(|(right, servers)| {
            alloc::format!("{}={}", Right::ALL[*right].as_str(), servers.join("+"))
        }).collect::<Vec<_>>().join("&");
        let acl = Acl::parse(&text).unwrap();
        for (at, right) in Right::ALL.into_iter().enumerate() {
            for server in ["srvA", "srvB", "com.mgmtsrv.manage", "s-1_~", "stranger"] {
                let granted = grants.iter().any(|(to, servers)| {
                    *to == at && (servers.contains(&"*") || servers.contains(&server))
                });
                prop_assert_eq!(acl.allows(right, &server.into()), granted);
            }
        }
        let printed = acl.to_string();
        prop_assert_eq!(Acl::parse(&printed).unwrap(), acl);
        prop_assert_eq!(Acl::parse(&printed).unwrap().to_string(), printed);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        let _ = Acl::parse(&text);
    }
}
