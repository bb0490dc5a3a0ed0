use alloc::format;
use alloc::string::ToString as _;

use super::*;

fn holds(filter: &str) -> bool {
    let facts = |key: &str, test: &dyn Fn(&str) -> bool| {
        let values: &[&str] = match key {
            "man" => &["Acme Corp"],
            "mod" => &["Meter2"],
            "fwv" => &["2.10.0-b3"],
            "grp" => &["meters", "north"],
            _ => &[],
        };
        values.iter().any(|value| test(value))
    };
    Filter::parse(filter).unwrap().matches(&facts)
}

#[test]
fn comparisons_follow_the_sheet() {
    let expected = [
        ("mod=Meter2", true),
        ("mod = Meter2", true),
        ("mod!=Meter2", false),
        ("mod~Met", true),
        ("man='Acme Corp'", true),
        ("fwv<2.9", false),
        ("fwv>2.9", true),
        ("fwv>=2.10.0-b3", true),
        ("fwv>2.10", true),
        ("fwv<2.10.0-b3.0", true),
        ("fwv<=2.010", false),
        ("grp=meters & grp=north", true),
        ("grp=south | mod=Meter2", true),
        ("!grp=south", true),
        ("!(grp=meters | grp=south) & mod=Meter2", false),
    ];
    for (filter, meant) in expected {
        assert_eq!(holds(filter), meant, "{filter}");
    }
}

#[test]
fn a_fact_that_is_not_known_makes_every_comparison_false() {
    assert!(!holds("hwv=1") && !holds("hwv!=1") && !holds("hwv<1"));
    assert!(holds("!(hwv=1)"));
}

#[test]
fn and_binds_stronger_than_or() {
    assert!(holds("mod=Meter2 | mod=x & mod=y"));
    assert!(!holds("(mod=Meter2 | mod=x) & mod=y"));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let error = |text: &str| Filter::parse(text).unwrap_err().to_string();
    assert_eq!(error("mod"), "at byte 3 of the filter one of = != < <= > >= ~ is expected");
    assert!(error("(mod=a").contains("a closing bracket"));
    assert!(error("mod=a mod=b").contains("at byte 6"));
    assert!(error("mod='a").contains("closing quote"));
    assert!(error("").contains("a key"));
}

#[test]
fn length_and_depth_are_limited() {
    let nested = |levels: usize| format!("{}mod=a{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Filter::parse(nested(16)).is_ok());
    assert_eq!(Filter::parse(nested(17)), Err(FilterError::TooDeep));
    assert_eq!(Filter::parse(format!("mod={}", "a".repeat(509))), Err(FilterError::TooLong));
    assert!(Filter::parse("!".repeat(400)).is_err());
}

#[test]
fn only_keys_that_exist_are_asked_for() {
    let filter = Filter::parse("mod=a & !(colour=red)").unwrap();
    assert_eq!(filter.clone().with_keys(&["mod"]), Err(FilterError::Key("colour".into())));
    assert!(filter.with_keys(&["mod", "colour"]).is_ok());
}
