//! RTProperties and DFProperties.

use alloc::boxed::Box;
use alloc::string::String;

use omadm_proto::deviation::DeviationKind;
use omadm_proto::element::ddf::{
    ACCESS_TYPE, ACL, ADD, B64, BIN, BOOL, CASE_SENSE, CHR, CIS, COPY, CS, DATE, DDF_NAME, DEFAULT_VALUE, DELETE,
    DESCRIPTION, DF_FORMAT, DF_PROPERTIES, DF_TITLE, DF_TYPE, DYNAMIC, EXEC, FLOAT, FORMAT, GET, INT, MIME, NAME,
    NODE_FORMAT, NULL, OCCURRENCE, ONE, ONE_OR_MORE, ONE_OR_N, PERMANENT, REPLACE, RT_PROPERTIES, SCOPE, SIZE, T_STAMP,
    TIME, TITLE, TYPE, VER_NO, XML, ZERO_OR_MORE, ZERO_OR_N, ZERO_OR_ONE,
};
use omadm_proto::element::{EventSource, Tag};
use omadm_proto::error::DecodeError;
use omadm_proto::message::Format;

use super::{Child, Cursor, Model, Progress};
use crate::ddf::{DfProperties, NodeType, Occurrence, RtProperties};
use crate::node::{AccessType, CaseSense, Scope};

static RT_MODEL: Model = Model {
    parent: RT_PROPERTIES,
    children: &[ACL, FORMAT, NAME, SIZE, TITLE, T_STAMP, TYPE, VER_NO],
    many: &[],
    required: &[TYPE],
};

static DF_MODEL: Model = Model {
    parent: DF_PROPERTIES,
    children: &[ACCESS_TYPE, DEFAULT_VALUE, DESCRIPTION, DF_FORMAT, OCCURRENCE, SCOPE, DF_TITLE, DF_TYPE, CASE_SENSE],
    many: &[],
    required: &[ACCESS_TYPE, DF_FORMAT, DF_TYPE],
};

static ACCESS_MODEL: Model =
    Model { parent: ACCESS_TYPE, children: &[ADD, COPY, DELETE, EXEC, GET, REPLACE], many: &[], required: &[] };

static FORMATS: [Tag; 11] = [B64, BIN, BOOL, CHR, INT, NODE_FORMAT, NULL, XML, DATE, TIME, FLOAT];

static OCCURRENCES: [Tag; 6] = [ONE, ZERO_OR_ONE, ZERO_OR_MORE, ONE_OR_MORE, ZERO_OR_N, ONE_OR_N];

/// N of `ZeroOrN` and `OneOrN`, by the text of the standard.
const N: core::ops::RangeInclusive<u32> = 2..=65536;

impl<'a, S: EventSource<'a>> Cursor<S> {
    pub(super) fn rt_properties(&mut self) -> Result<RtProperties, DecodeError> {
        let mut rt = RtProperties::default();
        let mut progress = Progress::default();
        while let Some(tag) = self.standard_child(&RT_MODEL, &mut progress)? {
            match tag {
                FORMAT => rt.format = self.format(FORMAT)?.or(rt.format),
                TYPE => rt.node_type = self.node_type(TYPE)?.or(rt.node_type),
                ACL => rt.acl = Some(self.text()?),
                NAME => rt.name = Some(self.text()?),
                SIZE => rt.size = Some(self.text()?),
                TITLE => rt.title = Some(self.text()?),
                T_STAMP => rt.t_stamp = Some(self.text()?),
                _ => rt.ver_no = Some(self.text()?),
            }
        }
        Ok(rt)
    }

    pub(super) fn df_properties(&mut self) -> Result<DfProperties, DecodeError> {
        let mut df = DfProperties::default();
        let mut progress = Progress::default();
        while let Some(child) = self.child(&DF_MODEL, &mut progress)? {
            match child {
                Child::Known(tag) => self.df_property(&mut df, tag)?,
                Child::Microsoft(name) => {
                    self.count()?;
                    self.extension(df.microsoft.get_or_insert_with(Box::default), &name)?;
                }
            }
        }
        df.microsoft = df.microsoft.filter(|extras| **extras != Default::default());
        Ok(df)
    }

    fn df_property(&mut self, df: &mut DfProperties, tag: Tag) -> Result<(), DecodeError> {
        match tag {
            ACCESS_TYPE => df.access = Some(self.access_type()?),
            DEFAULT_VALUE => df.default_value = Some(self.text()?),
            DESCRIPTION => df.description = Some(self.text()?),
            DF_FORMAT => df.format = self.format(DF_FORMAT)?.or(df.format),
            OCCURRENCE => df.occurrence = self.occurrence()?.or(df.occurrence),
            SCOPE => df.scope = self.scope()?.or(df.scope),
            DF_TITLE => df.title = Some(self.text()?),
            DF_TYPE => df.node_type = self.node_type(DF_TYPE)?.or_else(|| df.node_type.take()),
            _ => df.case_sense = self.case_sense()?.or(df.case_sense),
        }
        Ok(())
    }

    fn access_type(&mut self) -> Result<AccessType, DecodeError> {
        let mut access = AccessType::NONE;
        let mut progress = Progress::default();
        while let Some(tag) = self.standard_child(&ACCESS_MODEL, &mut progress)? {
            access = access | AccessType::parse(tag.name()).unwrap_or(AccessType::NONE);
            self.empty()?;
        }
        Ok(access)
    }

    fn format(&mut self, parent: Tag) -> Result<Option<Format>, DecodeError> {
        Ok(self.empty_choice(parent, &FORMATS)?.and_then(|tag| Format::parse(tag.name())))
    }

    fn scope(&mut self) -> Result<Option<Scope>, DecodeError> {
        let chosen = self.empty_choice(SCOPE, &[PERMANENT, DYNAMIC])?;
        Ok(chosen.map(|tag| if tag == PERMANENT { Scope::Permanent } else { Scope::Dynamic }))
    }

    fn case_sense(&mut self) -> Result<Option<CaseSense>, DecodeError> {
        let chosen = self.empty_choice(CASE_SENSE, &[CS, CIS])?;
        Ok(chosen.map(|tag| if tag == CS { CaseSense::Sensitive } else { CaseSense::Insensitive }))
    }

    fn occurrence(&mut self) -> Result<Option<Occurrence>, DecodeError> {
        let Some((tag, text)) = self.choice(OCCURRENCE, &OCCURRENCES)? else { return Ok(None) };
        let plain = match tag {
            ONE => Occurrence::One,
            ZERO_OR_ONE => Occurrence::ZeroOrOne,
            ZERO_OR_MORE => Occurrence::ZeroOrMore,
            ONE_OR_MORE => Occurrence::OneOrMore,
            _ => {
                let number: Option<u32> = text.trim().parse().ok();
                if !number.is_some_and(|number| N.contains(&number)) {
                    self.notice(DeviationKind::InvalidValue(tag))?;
                }
                let number = number.filter(|number| number <= N.end());
                return Ok(Some(if tag == ONE_OR_N {
                    Occurrence::OneOrN(number)
                } else {
                    Occurrence::ZeroOrN(number)
                }));
            }
        };
        if !text.is_empty() {
            self.notice(DeviationKind::StrayText)?;
        }
        Ok(Some(plain))
    }

    /// The rest of `parent`, which holds exactly one of some empty elements.
    fn empty_choice(&mut self, parent: Tag, choices: &[Tag]) -> Result<Option<Tag>, DecodeError> {
        let Some((tag, text)) = self.choice(parent, choices)? else { return Ok(None) };
        if !text.is_empty() {
            self.notice(DeviationKind::StrayText)?;
        }
        Ok(Some(tag))
    }

    /// The rest of `parent`, which holds exactly one of some elements: that one and its text; `None` after a deviation. Of
    /// several the last one counts.
    fn choice(&mut self, parent: Tag, choices: &[Tag]) -> Result<Option<(Tag, String)>, DecodeError> {
        let mut chosen = None;
        while let Some((tag, _)) = self.standard_among(choices)? {
            if chosen.is_some() {
                self.notice(DeviationKind::Repeated(tag))?;
            }
            chosen = Some((tag, self.text()?));
        }
        if chosen.is_none() {
            self.notice(DeviationKind::InvalidValue(parent))?;
        }
        Ok(chosen)
    }

    fn node_type(&mut self, parent: Tag) -> Result<Option<NodeType>, DecodeError> {
        let mut found = None;
        while let Some((tag, _)) = self.standard_among(&[MIME, DDF_NAME])? {
            match (tag, &mut found) {
                (MIME, Some(NodeType::Mime(types))) if parent == DF_TYPE => {
                    self.count()?;
                    types.push(self.text()?);
                    continue;
                }
                (_, None) => {}
                (_, Some(_)) => self.notice(DeviationKind::Repeated(tag))?,
            }
            let text = self.text()?;
            found = Some(if tag == MIME { NodeType::Mime(alloc::vec![text]) } else { NodeType::DdfName(text) });
        }
        if found.is_none() {
            self.notice(DeviationKind::InvalidValue(parent))?;
        }
        Ok(found)
    }
}
