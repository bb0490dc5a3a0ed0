//! Alert codes \[dm 6.1\] and the generic alert types that this family uses \[dm 6.4, gwmo 1.3, mo 1.2\].

use crate::wire_codes;

wire_codes! {
    /// The code in the Data of an Alert.
    AlertCode;
    1100 DISPLAY "Display",
    1101 CONFIRM_OR_REJECT "Confirm or reject",
    1102 TEXT_INPUT "Text input",
    1103 SINGLE_CHOICE "Single choice",
    1104 MULTIPLE_CHOICE "Multiple choice",
    1200 SERVER_INITIATED "Server-initiated management",
    1201 CLIENT_INITIATED "Client-initiated management",
    1222 NEXT_MESSAGE "Next message",
    1223 SESSION_ABORT "Session abort",
    1224 CLIENT_EVENT "Client event",
    1225 NO_END_OF_DATA "No end of data",
    1226 GENERIC_ALERT "Generic alert",
}

impl AlertCode {
    /// 1100 to 1104: the user is asked or told something.
    #[must_use]
    pub const fn is_user_interaction(self) -> bool {
        matches!(self.0, 1100..=1104)
    }
}

/// Registered and house types of the generic alert; compared with [`types::same`], sent exactly as written here.
pub mod types {
    /// FUMO: the end of a download \[mo 5.5\].
    pub const FUMO_DOWNLOAD: &str = "org.openmobilealliance.dm.firmwareupdate.download";
    /// FUMO: the end of an update \[mo 5.5\].
    pub const FUMO_UPDATE: &str = "org.openmobilealliance.dm.firmwareupdate.update";
    /// FUMO: the end of a download with update \[mo 5.5\].
    pub const FUMO_DOWNLOAD_AND_UPDATE: &str = "org.openmobilealliance.dm.firmwareupdate.downloadandupdate";
    /// FUMO: the device asks for an update \[mo 5.5\].
    pub const FUMO_DEVICE_REQUEST: &str = "org.openmobilealliance.dm.firmwareupdate.devicerequest";
    /// FUMO: the user asks for an update \[mo 5.5\].
    pub const FUMO_USER_REQUEST: &str = "org.openmobilealliance.dm.firmwareupdate.userrequest";
    /// SCOMO: the end of an operation \[mo 7.5\].
    pub const SCOMO_COMPLETE: &str = "urn:oma:at:scomo:1.0:OperationComplete";
    /// SCOMO: the same, as clients of the draft of 2009 send it \[mo 1.2\].
    pub const SCOMO_COMPLETE_2009: &str = "org.openmobilealliance.dm.softwarecomponent.OperationComplete";
    /// LAWMO: the end of an operation \[mo 8.1\].
    pub const LAWMO_COMPLETE: &str = "urn:oma:at:lawmo:1.0:OperationComplete";
    /// DCMO: the end of an operation \[mo 8.2\].
    pub const DCMO_COMPLETE: &str = "urn:oma:at:dcmo:1.0:OperationComplete";
    /// DiagMon: the end of an operation \[mo 1.2\].
    pub const DIAGMON_COMPLETE: &str = "urn:oma:at:diagmon:1.0:OperationComplete";
    /// DiagMon: collected data \[mo 1.2, mo 9.4\].
    pub const DIAGMON_REPORT: &str = "urn:oma:at:diagmon:1.0:CollectedSimpleDataReport";
    /// DiagMon: a trap raised or cleared \[mo 1.2, mo 9.4\].
    pub const TRAP_NOTIFICATION: &str = "urn:oma:at:diagmon:1.0:TrapNotification";
    /// DiagMon: a trap became inactive \[mo 1.2, mo 9.4\].
    pub const TRAP_INACTIVE: &str = "urn:oma:at:diagmon:1.0:TrapInactiveNotification";
    /// DiagMon: an inward trap was deregistered \[mo 1.2\].
    pub const TRAP_DEREGISTERED: &str = "urn:oma:at:diagmon:1.0:TrapDeregistered";
    /// SACMO: the outcome of an operation \[mo 1.2\].
    pub const SACMO_REPORT: &str = "urn:oma:at:sacmo:1.0:OperationReport";
    /// Management policy: the outcome of its actions \[mo 1.2\].
    pub const POLICY_REPORT: &str = "urn:oma:at:oma-mgmtpolicymo:1.0:policyreport";
    /// GwMO: the gateway detected end devices \[gwmo 1.3\].
    pub const GWMO_DEVICE_ATTACHED: &str = "urn:oma:at:oma-gwmo:deviceattached:1.1";
    /// GwMO: end devices left \[gwmo 1.3\].
    pub const GWMO_DEVICE_DETACHED: &str = "urn:oma:at:oma-gwmo:devicedetached:1.0";
    /// GwMO: grouped outcomes of a fan-out job \[gwmo 1.3\].
    pub const GWMO_RESULT_AGGREGATION: &str = "urn:oma:at:oma-gwmo:resultaggregation:1.0";
    /// GwMO: a fan-out job is complete \[gwmo 1.3\].
    pub const GWMO_COMPLETION_STATUS: &str = "urn:oma:at:oma-gwmo:completionstatus:1.0";
    /// GwMO: an image is stored and verified \[gwmo 1.3\].
    pub const GWMO_IMAGE_READY: &str = "urn:oma:at:oma-gwmo:imageready:1.0";
    /// House type: an image could not be stored or verified \[gwmo 4.1\].
    pub const XREM_IMAGE_FAILED: &str = "urn:x-xrem:at:imagefailed:1.0";
    /// House type: an image that runs, or should, failed its check \[gwmo 7.4\].
    pub const XREM_INTEGRITY: &str = "urn:x-xrem:at:integrity:1.0";
    /// House type: a configuration file was applied, or was not.
    pub const XREM_CONFIGURATION: &str = "urn:x-xrem:at:configuration:1.0";

    /// Whether `received` is the type `registered`: without regard to case, white space at the ends, and the prefix
    /// `Reversed-Domain-Name:` or `Content-Type:` that DM 1.2.1 prints and nobody sends \[dm 6.4, gwmo 1.3\].
    #[must_use]
    pub fn same(received: &str, registered: &str) -> bool {
        bare(received).eq_ignore_ascii_case(bare(registered))
    }

    /// The type without prefix and white space.
    #[must_use]
    pub fn bare(received: &str) -> &str {
        let trimmed = received.trim();
        ["Reversed-Domain-Name:", "Content-Type:"]
            .iter()
            .find_map(|prefix| {
                let head = trimmed.get(..prefix.len())?;
                head.eq_ignore_ascii_case(prefix).then(|| trimmed.get(prefix.len()..))?
            })
            .unwrap_or(trimmed)
            .trim()
    }
}

#[cfg(test)]
mod tests {
    use super::types;

    #[test]
    fn alert_types_are_compared_without_case_and_prefix() {
        assert!(types::same(
            " Reversed-Domain-Name: org.openmobilealliance.dm.firmwareupdate.Update ",
            types::FUMO_UPDATE
        ));
        assert!(types::same("urn:oma:at:oma-gwmo:ImageReady:1.0", types::GWMO_IMAGE_READY));
        assert!(!types::same("urn:oma:at:oma-gwmo:imageready:2.0", types::GWMO_IMAGE_READY));
    }
}
