//! How much an alert matters \[dm 6.4\].

/// The Mark of an alert; a greater one matters more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "the seven words of the standard")]
pub enum Importance {
    /// indeterminate
    Indeterminate,
    /// harmless
    Harmless,
    /// informational, the default
    #[default]
    Informational,
    /// warning
    Warning,
    /// minor
    Minor,
    /// critical
    Critical,
    /// fatal
    Fatal,
}

impl Importance {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Indeterminate => "indeterminate",
            Self::Harmless => "harmless",
            Self::Informational => "informational",
            Self::Warning => "warning",
            Self::Minor => "minor",
            Self::Critical => "critical",
            Self::Fatal => "fatal",
        }
    }

    /// What `mark` says. Another word than the seven is informational: unspecified; chosen because an alert must not be lost
    /// for a word.
    #[must_use]
    pub fn of_mark(mark: Option<&str>) -> Self {
        let words = [
            ("fatal", Self::Fatal),
            ("critical", Self::Critical),
            ("minor", Self::Minor),
            ("warning", Self::Warning),
            ("harmless", Self::Harmless),
            ("indeterminate", Self::Indeterminate),
        ];
        let mark = mark.unwrap_or_default().trim();
        words.iter().find(|(word, _)| mark.eq_ignore_ascii_case(word)).map_or(Self::Informational, |(_, it)| *it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_gal_06_marks_are_ordered_by_importance_and_none_is_informational() {
        let falling = ["fatal", "critical", "minor", "warning", "informational", "harmless", "indeterminate"];
        let values = falling.map(|word| Importance::of_mark(Some(word)));
        assert!(values.is_sorted_by(|more, less| more > less));
        assert_eq!(Importance::of_mark(None), Importance::Informational);
        assert_eq!(Importance::of_mark(Some("urgent")), Importance::Informational);
        assert_eq!(Importance::of_mark(Some(" Fatal ")), Importance::Fatal);
    }
}
