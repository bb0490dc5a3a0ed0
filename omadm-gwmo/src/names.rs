//! Every GwMO node name in one table, and the URIs built from it \[gwmo 0, 3\].
//!
//! The management object identifiers are registered; the node names below the roots are the house profile
//! `xrem-gwmo-hp1`, because the standard's own description files are not public. So no other module spells a node name:
//! they ask a [`NodeNames`], and a gateway or server that is built with other names ([`NodeNames::with`]) works unchanged.
//! Called by the tree builders of [`crate::mo`], by the gateway composition and by a network server that builds jobs.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

macro_rules! names {
    ($($variant:ident $text:literal),* $(,)?) => {
        /// A node of one of the five management objects, by its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Name {
            $(
                #[doc = concat!("`", $text, "`")]
                $variant,
            )*
        }

        impl Name {
            /// All names.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The spelling in the profile `xrem-gwmo-hp1`.
            #[must_use]
            pub const fn default_text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

names! {
    AbortAction "AbortAction", AbortMin "AbortMin", AbortPct "AbortPct", Addr "Addr", AddrType "AddrType", Alerts
    "Alerts", Args "Args", AsyncTimeout "AsyncTimeout", Attach "Attach", Attempts "Attempts", BatchDevices
    "BatchDevices", BatchMax "BatchMax", BatchSec "BatchSec", Bin "Bin", Body "Body", Cancel "Cancel", Command
    "Command", ComponentType "ComponentType", Count "Count", Data "Data", DefaultMode "DefaultMode", DeltaFrom
    "DeltaFrom", Detach "Detach", DevTimeout "DevTimeout", DevTyp "DevTyp", DeviceId "DeviceID", DeviceIds
    "DeviceIDs", DmServers "DMServers", Download "Download", Duration "Duration", Dynamic "Dynamic", Ended "Ended",
    Exclude "Exclude", Expires "Expires", Ext "Ext", Failed "Failed", Fanout "Fanout", Filter "Filter", First
    "First", Free "Free", From "From", FwV "FwV", Gateway "Gateway", GroupId "GroupID", GroupIds "GroupIDs", Groups
    "Groups", GwId "GwID", Hash "Hash", Have "Have", HwV "HwV", ImageId "ImageID", ImageReady "ImageReady", Images
    "Images", Interval "Interval", JobId "JobID", KeepSec "KeepSec", Key "Key", Kind "Kind", LastSeen "LastSeen",
    Limits "Limits", LocalUrl "LocalURL", LostAfter "LostAfter", Man "Man", Match "Match", MaxBytes "MaxBytes",
    MaxDevices "MaxDevices", MaxJobs "MaxJobs", MaxParallel "MaxParallel", MaxReport "MaxReport", MaxTargets
    "MaxTargets", Members "Members", Message "Message", Mod "Mod", Mode "Mode", Modes "Modes", Mos "MOs", Name
    "Name", NextWake "NextWake", NotAfter "NotAfter", NotBefore "NotBefore", Ok "Ok", Operations "Operations",
    Order "Order", Parallel "Parallel", Parent "Parent", ParentGwId "ParentGwID", Pause "Pause", Pinned "Pinned",
    Policy "Policy", Priority "Priority", Progress "Progress", Protocol "Protocol", PublicAddr "PublicAddr", Rate
    "Rate", Records "Records", RefCount "RefCount", Report "Report", ResultCode "ResultCode", Results "Results",
    Resume "Resume", Retry "Retry", RetryBase "RetryBase", RetryCap "RetryCap", RetryMax "RetryMax", RetryUnknown
    "RetryUnknown", Revision "Revision", Running "Running", SelfNode "Self", Send "Send", Served "Served", SetId
    "SetID", Sig "Sig", Size "Size", Skipped "Skipped", Sleep "Sleep", SrcUrl "SrcURL", Start "Start", State
    "State", Stop "Stop", SwV "SwV", Target "Target", TellGateway "TellGateway", TellServer "TellServer", Total
    "Total", Tree "Tree", Triggers "Triggers", Type "Type", ValidFor "ValidFor", Value "Value", Values "Values",
    Verify "Verify", Version "Version", Waiting "Waiting", Window "Window",
}

/// The five management objects of a gateway \[gwmo 1.2\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the management objects that GwMO 1.1 defines for a gateway")]
pub enum Mo {
    /// What the gateway is and may do.
    Config,
    /// The end devices.
    DeviceInventory,
    /// Notifications to hand on.
    EdTrigger,
    /// The fan-out jobs.
    Fanout,
    /// The stored images.
    ImageInventory,
}

impl Mo {
    /// All five.
    pub const ALL: [Self; 5] =
        [Self::Config, Self::DeviceInventory, Self::EdTrigger, Self::Fanout, Self::ImageInventory];

    /// The registered identifier, the Type of the root \[gwmo 1.2\].
    #[must_use]
    pub const fn identifier(self) -> &'static str {
        match self {
            Self::Config => "urn:oma:mo:oma-gwmo-config:1.1",
            Self::DeviceInventory => "urn:oma:mo:oma-gwmo-deviceinventory:1.1",
            Self::EdTrigger => "urn:oma:mo:oma-gwmo-edtrigger:1.0",
            Self::Fanout => "urn:oma:mo:oma-gwmo-fanout:1.0",
            Self::ImageInventory => "urn:oma:mo:oma-gwmo-imageinventory:1.0",
        }
    }

    /// The recommended place \[gwmo 3\]; a server finds roots by their Type.
    #[must_use]
    pub const fn default_root(self) -> &'static str {
        match self {
            Self::Config => "./GwMO/Config",
            Self::DeviceInventory => "./GwMO/DevInv",
            Self::EdTrigger => "./GwMO/EDTrig",
            Self::Fanout => "./GwMO/Fanout",
            Self::ImageInventory => "./GwMO/ImgInv",
        }
    }
}

/// What an Exec on a node of a gateway asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// An operation of a fan-out job.
    Job {
        /// The node name of the job.
        job: String,
        /// Start, Stop, Pause, Resume, Retry or Report.
        name: Name,
    },
    /// An operation of an image.
    Image {
        /// The node name of the image.
        image: String,
        /// Download, Verify or Cancel.
        name: Name,
    },
    /// An operation of a trigger.
    Trigger {
        /// The node name of the trigger.
        trigger: String,
        /// Send or Cancel.
        name: Name,
    },
}

/// The spelling of all node names and the places of the roots.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeNames {
    changed: BTreeMap<Name, Cow<'static, str>>,
    moved: BTreeMap<Mo, Cow<'static, str>>,
}

impl NodeNames {
    /// The house profile `xrem-gwmo-hp1` at the recommended places.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another spelling of `name`.
    #[must_use]
    pub fn with(mut self, name: Name, text: impl Into<Cow<'static, str>>) -> Self {
        self.changed.insert(name, text.into());
        self
    }

    /// The same with the root of `mo` at `uri`.
    #[must_use]
    pub fn with_root(mut self, mo: Mo, uri: impl Into<Cow<'static, str>>) -> Self {
        self.moved.insert(mo, uri.into());
        self
    }

    /// The spelling of `name`.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        match self.changed.get(&name) {
            Some(text) => text,
            None => name.default_text(),
        }
    }

    /// The name spelt `text`.
    #[must_use]
    pub fn name(&self, text: &str) -> Option<Name> {
        Name::ALL.iter().copied().find(|name| self.text(*name) == text)
    }

    /// The root of `mo`.
    #[must_use]
    pub fn root(&self, mo: Mo) -> &str {
        match self.moved.get(&mo) {
            Some(uri) => uri,
            None => mo.default_root(),
        }
    }

    /// The node reached from the root of `mo` by `path`.
    #[must_use]
    pub fn uri(&self, mo: Mo, path: &[Name]) -> String {
        self.below(self.root(mo).into(), path)
    }

    /// The node reached from `base` by `path`.
    #[must_use]
    pub fn below(&self, base: String, path: &[Name]) -> String {
        path.iter().fold(base, |mut uri, name| {
            uri.push('/');
            uri.push_str(self.text(*name));
            uri
        })
    }

    /// `<Fanout>/Fanout/<job>` and from there `path`.
    #[must_use]
    pub fn job(&self, job: &str, path: &[Name]) -> String {
        self.below(format!("{}/{job}", self.uri(Mo::Fanout, &[Name::Fanout])), path)
    }

    /// `<ImgInv>/Images/<image>` and from there `path`.
    #[must_use]
    pub fn image(&self, image: &str, path: &[Name]) -> String {
        self.below(format!("{}/{image}", self.uri(Mo::ImageInventory, &[Name::Images])), path)
    }

    /// `<DevInv>/Records/<record>` and from there `path`.
    #[must_use]
    pub fn record(&self, record: &str, path: &[Name]) -> String {
        self.below(format!("{}/{record}", self.uri(Mo::DeviceInventory, &[Name::Records])), path)
    }

    /// The name of the instance and the segments below it, when `uri` is an instance under `parent` or below one.
    #[must_use]
    pub fn instance<'u>(parent: &str, uri: &'u str) -> Option<(&'u str, &'u str)> {
        let rest = uri.strip_prefix(parent)?.strip_prefix('/')?;
        let (instance, below) = rest.split_once('/').unwrap_or((rest, ""));
        (!instance.is_empty()).then_some((instance, below))
    }

    /// What an Exec on `uri` asks for; `None` when `uri` is no operation of the gateway's objects.
    #[must_use]
    pub fn operation(&self, uri: &str) -> Option<Operation> {
        let below = |mo, collection: Name| -> Option<(String, Name)> {
            let (instance, rest) = Self::instance(&self.uri(mo, &[collection]), uri)?;
            let operation = rest.strip_prefix(self.text(Name::Operations))?.strip_prefix('/')?;
            Some((instance.into(), self.name(operation)?))
        };
        if let Some((job, name)) = below(Mo::Fanout, Name::Fanout) {
            Some(Operation::Job { job, name })
        } else if let Some((image, name)) = below(Mo::ImageInventory, Name::Images) {
            Some(Operation::Image { image, name })
        } else {
            let (trigger, name) = below(Mo::EdTrigger, Name::Triggers)?;
            Some(Operation::Trigger { trigger, name })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_of_the_default_profile_are_those_of_the_sample_messages() {
        let names = NodeNames::new();
        assert_eq!(names.job("j17", &[Name::Operations, Name::Start]), "./GwMO/Fanout/Fanout/j17/Operations/Start");
        assert_eq!(names.image("fw-2.1", &[Name::SrcUrl]), "./GwMO/ImgInv/Images/fw-2.1/SrcURL");
        assert_eq!(names.record("r17", &[]), "./GwMO/DevInv/Records/r17");
    }

    #[test]
    fn an_exec_uri_names_the_operation_it_asks_for() {
        let names = NodeNames::new();
        assert_eq!(
            names.operation("./GwMO/ImgInv/Images/fw-2.1/Operations/Download"),
            Some(Operation::Image { image: "fw-2.1".into(), name: Name::Download })
        );
        assert_eq!(
            names.operation("./GwMO/Fanout/Fanout/j17/Operations/Start"),
            Some(Operation::Job { job: "j17".into(), name: Name::Start })
        );
        assert_eq!(names.operation("./GwMO/Fanout/Fanout/j17/State"), None);
        assert_eq!(names.operation("./FUMO/Update"), None);
    }

    #[test]
    fn another_profile_changes_every_uri_and_no_logic() {
        let names = NodeNames::new().with(Name::Start, "Go").with_root(Mo::Fanout, "./Fan");
        assert_eq!(names.job("j", &[Name::Operations, Name::Start]), "./Fan/Fanout/j/Operations/Go");
        assert_eq!(
            names.operation("./Fan/Fanout/j/Operations/Go"),
            Some(Operation::Job { job: "j".into(), name: Name::Start })
        );
        assert_eq!(names.operation("./Fan/Fanout/j/Operations/Start"), None);
    }
}
