//! The data of the alert that ends an operation, written and read \[mo 7.5\].
//!
//! Two elements without a root. Real clients put them into CDATA or escape them twice, add a root or a prefix, or send the
//! bare code: all of that is read.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use super::ScomoResult;

/// How an operation ended, for one component or package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScomoReport {
    /// How.
    pub result: ScomoResult,
    /// ID of the component, or PkgID where there is none; empty when it is not told.
    pub identifier: String,
}

impl ScomoReport {
    /// `result` for `identifier`.
    #[must_use]
    pub fn new(result: ScomoResult, identifier: impl Into<String>) -> Self {
        Self { result, identifier: identifier.into() }
    }

    /// The report that `data` makes; `None` when no result code is in it.
    ///
    /// ```
    /// use omadm_tree::mo::{ScomoReport, ScomoResult};
    ///
    /// let report = ScomoReport::parse("<ResultCode>1200</ResultCode><Identifier>Component1ID</Identifier>");
    /// assert_eq!(report, Some(ScomoReport::new(ScomoResult::SUCCESS, "Component1ID")));
    /// assert_eq!(ScomoReport::parse("1406"), Some(ScomoReport::new(ScomoResult::INSTALL_MEMORY, "")));
    /// ```
    #[must_use]
    pub fn parse(data: &str) -> Option<Self> {
        let text = data.trim();
        let text = text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(text).trim();
        let text = if text.contains('<') { Cow::Borrowed(text) } else { unescape(text) };
        let code = element(&text, "ResultCode").unwrap_or(&text);
        let result = ScomoResult::from_u16(code.trim().parse().ok()?);
        let identifier = element(&text, "Identifier").map(|text| unescape(text.trim()).into_owned());
        Some(Self { result, identifier: identifier.unwrap_or_default() })
    }
}

impl fmt::Display for ScomoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let identifier = self.identifier.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let code = self.result.as_u16();
        write!(f, "<ResultCode>{code}</ResultCode><Identifier>{identifier}</Identifier>")
    }
}

/// The text of the first element of this local name.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = text;
    loop {
        let (_, behind) = rest.split_once('<')?;
        let (tag, content) = behind.split_once('>')?;
        let tag = tag.split_ascii_whitespace().next().unwrap_or_default();
        if tag.rsplit(':').next() == Some(name) && !tag.starts_with('/') {
            return Some(content.split_once('<').map_or(content, |(text, _)| text));
        }
        rest = content;
    }
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    Cow::Owned(text.replace("&amp;", "&"))
}
