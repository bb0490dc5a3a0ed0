//! Microsoft's extensions of DDF v2.

use omadm_proto::deviation::DeviationKind;
use omadm_proto::exchange::Syntax;
use omadm_tree::ddf::microsoft::{
    AllowedValues, ConflictResolution, DynamicNodeNaming, EnumValue, Extras, RebootBehavior, ValueRule,
};
use omadm_tree::ddf::{Ddf, LENIENT, STRICT};

use crate::shared::documents;

const NEEDED: &str =
    "<AccessType><Get/></AccessType><DFFormat><chr/></DFFormat><DFType><MIME>text/plain</MIME></DFType>";

/// The extensions written as `inner`, which both profiles take.
fn extras(inner: &str) -> Extras {
    let text = format!(
        "<MgmtTree xmlns:m=\"http://schemas.microsoft.com/MobileDevice/DM\"><VerDTD>1.2</VerDTD><Node>\
         <NodeName>A</NodeName><DFProperties>{NEEDED}{inner}</DFProperties></Node></MgmtTree>"
    );
    let lenient = Ddf::parse(Syntax::Xml, text.as_bytes(), &LENIENT).unwrap();
    let forgiven = lenient.deviations.as_slice().iter().find(|deviation| !deviation.kind.is_remark());
    assert_eq!(forgiven, None);
    assert_eq!(Ddf::parse(Syntax::Xml, text.as_bytes(), &STRICT).unwrap().ddf, lenient.ddf);
    *lenient.ddf.nodes[0].df.clone().unwrap().microsoft.unwrap()
}

fn allowed(inner: &str) -> AllowedValues {
    extras(inner).allowed_values.unwrap()
}

fn admits(inner: &str, value: &str) -> bool {
    allowed(inner).admit(value, |expression, value| expression == "^digits$" && value == "123")
}

#[test]
fn what_a_policy_says_is_kept_in_types() {
    let found = extras(
        "<m:Applicability><m:OsBuildVersion>10.0.1</m:OsBuildVersion><m:CspVersion>4.1</m:CspVersion>\
         <m:EditionAllowList>0x4;</m:EditionAllowList></m:Applicability>\
         <m:ConflictResolution>LowestValueMostSecure</m:ConflictResolution>\
         <m:GpMapping GpEnglishName=\"N\" GpAreaPath=\"P\"/>\
         <m:DynamicNodeNaming><m:UniqueName>the SSID</m:UniqueName></m:DynamicNodeNaming>\
         <m:AtomicRequired/><m:RebootBehavior>Automatic</m:RebootBehavior>\
         <m:Deprecated OsBuildDeprecated=\"10.0.2\"/>",
    );
    let applicability = found.applicability.unwrap();
    assert_eq!(applicability.os_build_version.as_deref(), Some("10.0.1"));
    assert_eq!(applicability.csp_version.as_deref(), Some("4.1"));
    assert_eq!(applicability.edition_allow_list.as_deref(), Some("0x4;"));
    assert_eq!(found.conflict_resolution, Some(ConflictResolution::LowestValueMostSecure));
    let mapping = found.gp_mapping.unwrap();
    assert_eq!((mapping.english_name.as_deref(), mapping.area_path.as_deref()), (Some("N"), Some("P")));
    assert_eq!(mapping.element, None);
    assert_eq!(found.dynamic_node_naming, Some(DynamicNodeNaming::UniqueName("the SSID".into())));
    assert!(found.atomic_required);
    assert_eq!(found.reboot_behavior, Some(RebootBehavior::Automatic));
    assert_eq!(found.deprecated.unwrap().os_build.as_deref(), Some("10.0.2"));
}

#[test]
fn enumerations_flags_and_ranges_admit_what_they_say() {
    let values = "<m:Enum><m:Value>1</m:Value><m:ValueDescription>on</m:ValueDescription></m:Enum>\
        <m:Enum><m:Value>4</m:Value></m:Enum>";
    let one_of = format!("<m:AllowedValues ValueType=\"ENUM\">{values}</m:AllowedValues>");
    assert!(admits(&one_of, "1") && admits(&one_of, "4") && !admits(&one_of, "5"));
    let ValueRule::Enum(listed) = allowed(&one_of).rule else { panic!("an enumeration") };
    assert_eq!((listed[0].description.as_deref(), &listed[1]), (Some("on"), &EnumValue::new("4")));
    let flags = format!("<m:AllowedValues ValueType=\"Flag\">{values}</m:AllowedValues>");
    assert!(admits(&flags, "5") && admits(&flags, "0") && !admits(&flags, "2") && !admits(&flags, "x"));
    let range = "<m:AllowedValues ValueType=\"Range\"><m:Value>[(-1)-23]</m:Value></m:AllowedValues>";
    assert!(admits(range, "-1") && admits(range, "23") && !admits(range, "24") && !admits(range, "one"));
    let list =
        "<m:AllowedValues ValueType=\"Range\"><m:Value>[0-9]</m:Value><m:List Delimiter=\";\"/></m:AllowedValues>";
    assert!(admits(list, "1;2;9;") && !admits(list, "1;10"));
}

#[test]
fn a_regular_expression_is_asked_of_the_caller() {
    let expression = "<m:AllowedValues ValueType=\"RegEx\"><m:Value>^digits$</m:Value></m:AllowedValues>";
    assert!(admits(expression, "123") && !admits(expression, "12"));
}

#[test]
fn what_is_not_asked_admits_anything() {
    for inner in [
        "<m:AllowedValues ValueType=\"None\"/>",
        "<m:AllowedValues ValueType=\"RegEx\"/>",
        "<m:AllowedValues ValueType=\"ADMX\"><m:AdmxBacked Area=\"a\" Name=\"n\" File=\"f\"/></m:AllowedValues>",
        "<m:AllowedValues ValueType=\"XSD\"><m:Value><![CDATA[<xs:schema/>]]></m:Value></m:AllowedValues>",
    ] {
        assert!(admits(inner, "anything"), "{inner}");
    }
}

#[test]
fn dependencies_are_kept_with_what_they_change() {
    let found = extras(
        "<m:DependencyBehavior><m:DependencyGroup FriendlyId=\"g\"><m:DependencyChangedAllowedValues ValueType=\"None\"/>\
         <m:Dependency Type=\"DependsOn\"><m:DependencyUri>A/[x]/B</m:DependencyUri>\
         <m:DependencyAllowedValue ValueType=\"Range\"><m:Value>[6,17]</m:Value></m:DependencyAllowedValue></m:Dependency>\
         </m:DependencyGroup></m:DependencyBehavior>",
    );
    let group = &found.dependencies[0];
    assert_eq!(group.friendly_id.as_deref(), Some("g"));
    assert_eq!(group.changed_allowed_values, Some(AllowedValues::new(ValueRule::Any(None))));
    let dependency = &group.dependencies[0];
    assert_eq!((dependency.kind.as_deref(), dependency.uri.as_deref()), (Some("DependsOn"), Some("A/[x]/B")));
    assert!(dependency.allowed_value.as_ref().unwrap().admit("17", |_, _| false));
}

#[test]
fn an_extension_that_nobody_knows_is_left_out_and_told() {
    let text = "<MgmtTree xmlns:m=\"http://schemas.microsoft.com/MobileDevice/DM\" xmlns:o=\"urn:other\">\
        <m:Diagnostics/><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><m:New/><o:Thing/><DFProperties>\
        <AccessType/><DFFormat><chr/></DFFormat><DFType><MIME/></DFType><m:Value>7</m:Value>\
        <m:AllowedValues ValueType=\"Moon\"/></DFProperties></Node></MgmtTree>";
    let lenient = Ddf::parse(Syntax::Xml, text.as_bytes(), &LENIENT).unwrap();
    let found: Vec<_> = lenient.deviations.as_slice().iter().map(|deviation| deviation.kind).collect();
    assert_eq!(found, [DeviationKind::UnknownElement; 3]);
    assert!(lenient.ddf.diagnostics);
    assert_eq!(lenient.ddf.nodes[0].value, None, "a Value of Microsoft is none of the standard");
    assert_eq!(lenient.ddf.nodes[0].df.as_ref().unwrap().microsoft, None);
    assert_eq!(Ddf::parse(Syntax::Xml, text.as_bytes(), &STRICT).unwrap().ddf, lenient.ddf);
}

#[test]
fn every_extension_of_the_real_descriptions_is_known() {
    let (mut allowed, mut naming, mut ranges) = (0, 0, 0);
    for (name, document) in documents() {
        let read = Ddf::parse(Syntax::Xml, &document, &LENIENT).unwrap();
        let unknown = read.deviations.as_slice().iter().any(|found| found.kind == DeviationKind::UnknownElement);
        assert!(!unknown, "{name}: {:?}", read.deviations);
        let mut waiting: Vec<_> = read.ddf.nodes.iter().collect();
        while let Some(node) = waiting.pop() {
            waiting.extend(&node.children);
            let Some(extras) = node.df.as_ref().and_then(|df| df.microsoft.as_deref()) else { continue };
            let rule = extras.allowed_values.as_ref().map(|allowed| &allowed.rule);
            allowed += usize::from(rule.is_some());
            ranges += usize::from(matches!(rule, Some(ValueRule::Range(_))));
            naming += usize::from(extras.dynamic_node_naming.is_some());
        }
    }
    assert!(matches!((allowed, naming, ranges), (967, 79, 43) | (0, 0, 0)), "{allowed} {naming} {ranges}");
}
