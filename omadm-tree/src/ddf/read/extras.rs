//! Microsoft's extensions of DFProperties.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::deviation::{DeviationKind, Profile};
use omadm_proto::element::EventSource;
use omadm_proto::error::DecodeError;

use super::Cursor;
use crate::ddf::microsoft::{
    AdmxBacked, AllowedValues, Applicability, ConflictResolution, Dependency, DependencyGroup, Deprecated,
    DynamicNodeNaming, EnumValue, Extras, GpMapping, Ranges, RebootBehavior, ValueRule,
};

/// What stands in `AllowedValues` and its like.
#[derive(Default)]
struct Listed {
    values: Vec<EnumValue>,
    value: Option<String>,
    admx: Option<AdmxBacked>,
    delimiter: Option<String>,
}

impl<'a, S: EventSource<'a>> Cursor<S> {
    /// Reads the extension `name`, whose start was just read.
    pub(super) fn extension(&mut self, extras: &mut Extras, name: &str) -> Result<(), DecodeError> {
        match name {
            "Applicability" => extras.applicability = Some(self.applicability()?),
            "AllowedValues" => extras.allowed_values = self.allowed_values()?,
            "ConflictResolution" => {
                extras.conflict_resolution = Some(ConflictResolution::parse(self.text()?.trim()));
            }
            "GpMapping" => extras.gp_mapping = Some(self.gp_mapping()?),
            "DynamicNodeNaming" => extras.dynamic_node_naming = self.dynamic_node_naming()?,
            "DependencyBehavior" => extras.dependencies = self.dependency_behavior()?,
            "AtomicRequired" => {
                extras.atomic_required = true;
                self.source.skip_element()?;
            }
            "RebootBehavior" => extras.reboot_behavior = Some(RebootBehavior::parse(self.text()?.trim())),
            "Deprecated" => {
                let [os_build] = self.attributes(["OsBuildDeprecated"])?;
                extras.deprecated = Some(Deprecated { os_build });
                self.source.skip_element()?;
            }
            _ => self.skip_extension()?,
        }
        Ok(())
    }

    /// The next child of an extension that is one itself; others are skipped.
    fn inner(&mut self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        while let Some(name) = self.source.next_child()? {
            if self.source.foreign_namespace() == Some(crate::ddf::microsoft::NAMESPACE) {
                return Ok(Some(name.to_text()));
            }
            self.skip_extension()?;
        }
        Ok(None)
    }

    /// The attributes of the extension that just began that have these `names`.
    fn attributes<const N: usize>(&mut self, names: [&str; N]) -> Result<[Option<String>; N], DecodeError> {
        let mut found = [const { None }; N];
        while let Some(attribute) = self.source.next_attribute()? {
            let slot = names.iter().zip(&mut found).find(|(name, _)| **name == attribute.local_name());
            if let Some((_, slot)) = slot {
                *slot = Some(attribute.value.into_owned());
            }
        }
        Ok(found)
    }

    fn applicability(&mut self) -> Result<Applicability, DecodeError> {
        let mut found = Applicability::default();
        while let Some(name) = self.inner()? {
            match &*name {
                "OsBuildVersion" => found.os_build_version = Some(self.text()?),
                "CspVersion" => found.csp_version = Some(self.text()?),
                "EditionAllowList" => found.edition_allow_list = Some(self.text()?),
                _ => self.skip_extension()?,
            }
        }
        Ok(found)
    }

    fn gp_mapping(&mut self) -> Result<GpMapping, DecodeError> {
        let [english_name, area_path, element] = self.attributes(["GpEnglishName", "GpAreaPath", "GpElement"])?;
        self.source.skip_element()?;
        Ok(GpMapping { english_name, area_path, element })
    }

    fn dynamic_node_naming(&mut self) -> Result<Option<DynamicNodeNaming>, DecodeError> {
        let mut found = None;
        while let Some(name) = self.inner()? {
            let naming = match &*name {
                "UniqueName" => {
                    found = Some(DynamicNodeNaming::UniqueName(self.text()?));
                    continue;
                }
                "ServerGeneratedUniqueIdentifier" => DynamicNodeNaming::ServerGeneratedUniqueIdentifier,
                "ClientInventory" => DynamicNodeNaming::ClientInventory,
                _ => {
                    self.skip_extension()?;
                    continue;
                }
            };
            found = Some(naming);
            self.source.skip_element()?;
        }
        Ok(found)
    }

    /// `AllowedValues`, `DependencyAllowedValue` or `DependencyChangedAllowedValues`; `None` when nobody knows what it means.
    fn allowed_values(&mut self) -> Result<Option<AllowedValues>, DecodeError> {
        let offset = self.source.offset();
        let [kind] = self.attributes(["ValueType"])?;
        let mut listed = Listed::default();
        while let Some(name) = self.inner()? {
            match &*name {
                "Enum" => {
                    self.count()?;
                    let value = self.enum_value()?;
                    listed.values.extend(value);
                }
                "Value" => listed.value = Some(self.text()?),
                "AdmxBacked" => {
                    let [area, name, file] = self.attributes(["Area", "Name", "File"])?.map(Option::unwrap_or_default);
                    listed.admx = Some(AdmxBacked { area, name, file });
                    self.source.skip_element()?;
                }
                "List" => {
                    let [delimiter] = self.attributes(["Delimiter"])?;
                    listed.delimiter = delimiter;
                    self.source.skip_element()?;
                }
                _ => self.skip_extension()?,
            }
        }
        let found = listed.into_allowed_values(kind.as_deref().unwrap_or_default());
        if found.is_none() && self.profile == Profile::Lenient {
            self.source.notice(DeviationKind::UnknownElement, offset)?;
        }
        Ok(found)
    }

    /// `Enum`; `None` without a value.
    fn enum_value(&mut self) -> Result<Option<EnumValue>, DecodeError> {
        let (mut value, mut description) = (None, None);
        while let Some(name) = self.inner()? {
            match &*name {
                "Value" => value = Some(self.text()?),
                "ValueDescription" => description = Some(self.text()?),
                _ => self.skip_extension()?,
            }
        }
        Ok(value.map(|value| EnumValue { value, description }))
    }

    fn dependency_behavior(&mut self) -> Result<Vec<DependencyGroup>, DecodeError> {
        let mut groups = Vec::new();
        while let Some(name) = self.inner()? {
            if name == "DependencyGroup" {
                self.count()?;
                groups.push(self.dependency_group()?);
            } else {
                self.skip_extension()?;
            }
        }
        Ok(groups)
    }

    fn dependency_group(&mut self) -> Result<DependencyGroup, DecodeError> {
        let [friendly_id] = self.attributes(["FriendlyId"])?;
        let mut group = DependencyGroup { friendly_id, ..DependencyGroup::default() };
        while let Some(name) = self.inner()? {
            match &*name {
                "DependencyChangedAllowedValues" => group.changed_allowed_values = self.allowed_values()?,
                "Dependency" => {
                    self.count()?;
                    group.dependencies.push(self.dependency()?);
                }
                _ => self.skip_extension()?,
            }
        }
        Ok(group)
    }

    fn dependency(&mut self) -> Result<Dependency, DecodeError> {
        let [kind] = self.attributes(["Type"])?;
        let mut dependency = Dependency { kind, ..Dependency::default() };
        while let Some(name) = self.inner()? {
            match &*name {
                "DependencyUri" => dependency.uri = Some(self.text()?),
                "DependencyAllowedValue" => dependency.allowed_value = self.allowed_values()?,
                _ => self.skip_extension()?,
            }
        }
        Ok(dependency)
    }
}

impl Listed {
    fn into_allowed_values(self, kind: &str) -> Option<AllowedValues> {
        let rule = match kind {
            "None" => ValueRule::Any(self.value),
            "ENUM" => ValueRule::Enum(self.values),
            "Flag" => ValueRule::Flag(self.values),
            "Range" => ValueRule::Range(Ranges::parse(&self.value?)?),
            "RegEx" => ValueRule::RegEx(self.value),
            "ADMX" => ValueRule::Admx(self.admx?),
            "XSD" => ValueRule::Xsd(self.value?),
            _ => return None,
        };
        Some(AllowedValues { rule, delimiter: self.delimiter })
    }
}
