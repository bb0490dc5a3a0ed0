//! Microsoft's extensions, under the prefix that real descriptions use.

use alloc::string::ToString as _;

use omadm_proto::element::{Attribute, Event, EventSink, Name};
use omadm_proto::error::EncodeError;

use crate::ddf::microsoft::{
    AllowedValues, Applicability, DependencyGroup, DynamicNodeNaming, EnumValue, Extras, GpMapping, ValueRule,
};

/// The attribute that declares the prefix.
pub(super) const DECLARATION: &str = "xmlns:MSFT";

pub(super) fn write_extras(sink: &mut impl EventSink, extras: &Extras) -> Result<(), EncodeError> {
    if let Some(applicability) = &extras.applicability {
        write_applicability(sink, applicability)?;
    }
    if let Some(allowed) = &extras.allowed_values {
        write_allowed(sink, "MSFT:AllowedValues", allowed)?;
    }
    if let Some(conflict) = &extras.conflict_resolution {
        leaf(sink, "MSFT:ConflictResolution", &conflict.to_string())?;
    }
    if let Some(mapping) = &extras.gp_mapping {
        write_mapping(sink, mapping)?;
    }
    if let Some(naming) = &extras.dynamic_node_naming {
        start(sink, "MSFT:DynamicNodeNaming")?;
        match naming {
            DynamicNodeNaming::UniqueName(text) => leaf(sink, "MSFT:UniqueName", text)?,
            DynamicNodeNaming::ServerGeneratedUniqueIdentifier => {
                mark(sink, "MSFT:ServerGeneratedUniqueIdentifier")?;
            }
            DynamicNodeNaming::ClientInventory => mark(sink, "MSFT:ClientInventory")?,
        }
        sink.end()?;
    }
    if !extras.dependencies.is_empty() {
        start(sink, "MSFT:DependencyBehavior")?;
        extras.dependencies.iter().try_for_each(|group| write_group(sink, group))?;
        sink.end()?;
    }
    if extras.atomic_required {
        mark(sink, "MSFT:AtomicRequired")?;
    }
    if let Some(behavior) = &extras.reboot_behavior {
        leaf(sink, "MSFT:RebootBehavior", &behavior.to_string())?;
    }
    if let Some(deprecated) = &extras.deprecated {
        start(sink, "MSFT:Deprecated")?;
        attribute(sink, "OsBuildDeprecated", deprecated.os_build.as_deref())?;
        sink.end()?;
    }
    Ok(())
}

/// An element that says all by being there.
pub(super) fn mark(sink: &mut impl EventSink, name: &str) -> Result<(), EncodeError> {
    start(sink, name)?;
    sink.end()
}

fn write_applicability(sink: &mut impl EventSink, applicability: &Applicability) -> Result<(), EncodeError> {
    start(sink, "MSFT:Applicability")?;
    optional(sink, "MSFT:OsBuildVersion", applicability.os_build_version.as_deref())?;
    optional(sink, "MSFT:CspVersion", applicability.csp_version.as_deref())?;
    optional(sink, "MSFT:EditionAllowList", applicability.edition_allow_list.as_deref())?;
    sink.end()
}

fn write_mapping(sink: &mut impl EventSink, mapping: &GpMapping) -> Result<(), EncodeError> {
    start(sink, "MSFT:GpMapping")?;
    attribute(sink, "GpEnglishName", mapping.english_name.as_deref())?;
    attribute(sink, "GpAreaPath", mapping.area_path.as_deref())?;
    attribute(sink, "GpElement", mapping.element.as_deref())?;
    sink.end()
}

fn write_allowed(sink: &mut impl EventSink, name: &str, allowed: &AllowedValues) -> Result<(), EncodeError> {
    start(sink, name)?;
    let kind = match &allowed.rule {
        ValueRule::Any(_) => "None",
        ValueRule::Enum(_) => "ENUM",
        ValueRule::Flag(_) => "Flag",
        ValueRule::Range(_) => "Range",
        ValueRule::RegEx(_) => "RegEx",
        ValueRule::Admx(_) => "ADMX",
        ValueRule::Xsd(_) => "XSD",
    };
    attribute(sink, "ValueType", Some(kind))?;
    match &allowed.rule {
        ValueRule::Any(text) | ValueRule::RegEx(text) => optional(sink, "MSFT:Value", text.as_deref())?,
        ValueRule::Enum(values) | ValueRule::Flag(values) => {
            values.iter().try_for_each(|value| write_value(sink, value))?;
        }
        ValueRule::Range(ranges) => leaf(sink, "MSFT:Value", &ranges.to_string())?,
        ValueRule::Xsd(schema) => leaf(sink, "MSFT:Value", schema)?,
        ValueRule::Admx(admx) => {
            start(sink, "MSFT:AdmxBacked")?;
            attribute(sink, "Area", Some(&admx.area))?;
            attribute(sink, "Name", Some(&admx.name))?;
            attribute(sink, "File", Some(&admx.file))?;
            sink.end()?;
        }
    }
    if let Some(delimiter) = &allowed.delimiter {
        start(sink, "MSFT:List")?;
        attribute(sink, "Delimiter", Some(delimiter))?;
        sink.end()?;
    }
    sink.end()
}

fn write_value(sink: &mut impl EventSink, value: &EnumValue) -> Result<(), EncodeError> {
    start(sink, "MSFT:Enum")?;
    leaf(sink, "MSFT:Value", &value.value)?;
    optional(sink, "MSFT:ValueDescription", value.description.as_deref())?;
    sink.end()
}

fn write_group(sink: &mut impl EventSink, group: &DependencyGroup) -> Result<(), EncodeError> {
    start(sink, "MSFT:DependencyGroup")?;
    attribute(sink, "FriendlyId", group.friendly_id.as_deref())?;
    if let Some(allowed) = &group.changed_allowed_values {
        write_allowed(sink, "MSFT:DependencyChangedAllowedValues", allowed)?;
    }
    for dependency in &group.dependencies {
        start(sink, "MSFT:Dependency")?;
        attribute(sink, "Type", dependency.kind.as_deref())?;
        optional(sink, "MSFT:DependencyUri", dependency.uri.as_deref())?;
        if let Some(allowed) = &dependency.allowed_value {
            write_allowed(sink, "MSFT:DependencyAllowedValue", allowed)?;
        }
        sink.end()?;
    }
    sink.end()
}

fn start(sink: &mut impl EventSink, name: &str) -> Result<(), EncodeError> {
    sink.event(Event::Start(Name::Unknown(name)))
}

fn attribute(sink: &mut impl EventSink, name: &str, value: Option<&str>) -> Result<(), EncodeError> {
    match value {
        Some(value) => sink.event(Event::Attribute(Attribute::new(name, value))),
        None => Ok(()),
    }
}

fn leaf(sink: &mut impl EventSink, name: &str, text: &str) -> Result<(), EncodeError> {
    start(sink, name)?;
    if !text.is_empty() {
        sink.event(Event::Text(text))?;
    }
    sink.end()
}

fn optional(sink: &mut impl EventSink, name: &str, text: Option<&str>) -> Result<(), EncodeError> {
    match text {
        Some(text) => leaf(sink, name, text),
        None => Ok(()),
    }
}
