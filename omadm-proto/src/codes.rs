//! Numbers on the wire with names: one macro for status codes, alert codes and the result codes of management objects.

/// Defines an open number: a newtype over `u16` with a constant and words for each known number. Unknown numbers survive and
/// print as they are.
///
/// ```
/// omadm_proto::wire_codes! {
///     /// The colour of a lamp.
///     LampColour;
///     1 RED "red",
///     2 GREEN "green",
/// }
///
/// assert_eq!(LampColour::GREEN.to_string(), "2 green");
/// assert_eq!(LampColour::from_u16(7).to_string(), "7");
/// ```
#[macro_export]
macro_rules! wire_codes {
    ($(#[$attribute:meta])* $name:ident; $($number:literal $constant:ident $text:literal),* $(,)?) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
        pub struct $name(u16);

        impl $name {
            $(
                #[doc = concat!(stringify!($number), " ", $text)]
                pub const $constant: Self = Self($number);
            )*

            /// The code numbered `number`.
            #[must_use]
            pub const fn from_u16(number: u16) -> Self {
                Self(number)
            }

            /// The number on the wire.
            #[must_use]
            pub const fn as_u16(self) -> u16 {
                self.0
            }

            /// The words for this code, if it is a known one.
            #[must_use]
            pub const fn text(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)*
                    _ => None,
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.text() {
                    Some(text) => write!(f, "{} {text}", self.0),
                    None => write!(f, "{}", self.0),
                }
            }
        }
    };
}
