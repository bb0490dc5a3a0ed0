//! The global tokens, the same in every code page \[wbxml 1\].

pub(super) const SWITCH_PAGE: u8 = 0x00;
pub(super) const END: u8 = 0x01;
pub(super) const ENTITY: u8 = 0x02;
pub(super) const STR_I: u8 = 0x03;
pub(super) const LITERAL: u8 = 0x04;
pub(super) const PI: u8 = 0x43;
pub(super) const LITERAL_C: u8 = 0x44;
pub(super) const STR_T: u8 = 0x83;
pub(super) const LITERAL_A: u8 = 0x84;
pub(super) const OPAQUE: u8 = 0xC3;
pub(super) const LITERAL_AC: u8 = 0xC4;

/// In an element token: content follows.
pub(super) const CONTENT_BIT: u8 = 0x40;
/// In an element token: attributes follow.
pub(super) const ATTRIBUTE_BIT: u8 = 0x80;
/// The rest of an element token.
pub(super) const TAG_BITS: u8 = 0x3F;
