//! The calls into the shim: the only unsafe code of this crate beside the counting allocator.
#![allow(unsafe_code, reason = "the peers are C libraries; each call is one line and its contract stands beside it")]

use std::ffi::c_int;
#[cfg(libwbxml)]
use std::ffi::c_void;
#[cfg(libwbxml)]
use std::ptr::{self, NonNull};

#[cfg(libwbxml)]
unsafe extern "C" {
    fn peer_wbxml_events(wbxml: *const u8, length: usize, events: *mut usize) -> c_int;
    fn peer_tree_from_wbxml(wbxml: *const u8, length: usize, tree: *mut *mut c_void) -> c_int;
    fn peer_tree_from_xml(xml: *const u8, length: usize, tree: *mut *mut c_void) -> c_int;
    fn peer_tree_free(tree: *mut c_void);
    fn peer_tree_to_wbxml(tree: *mut c_void, wbxml: *mut *mut u8, length: *mut u32) -> c_int;
    fn peer_tree_to_xml(tree: *mut c_void, xml: *mut *mut u8, length: *mut u32) -> c_int;
    fn peer_wbxml_to_xml(wbxml: *const u8, length: usize, xml: *mut *mut u8, xml_length: *mut u32) -> c_int;
    fn peer_bytes_free(bytes: *mut u8);
}

#[cfg(expat)]
unsafe extern "C" {
    fn peer_xml_events(xml: *const u8, length: usize, events: *mut usize) -> c_int;
}

/// libwbxml's parser with handlers that only count: start tags, end tags and pieces of text.
#[cfg(libwbxml)]
#[must_use]
pub fn wbxml_events(wbxml: &[u8]) -> usize {
    let mut events = 0;
    // SAFETY: the bytes and the counter outlive the call; the parser reads `length` bytes and writes none of them.
    let error = unsafe { peer_wbxml_events(wbxml.as_ptr(), wbxml.len(), &mut events) };
    assert_eq!(error, 0, "libwbxml refuses the document");
    events
}

/// expat with handlers that only count: start tags, end tags and pieces of text.
#[cfg(expat)]
#[must_use]
pub fn xml_events(xml: &[u8]) -> usize {
    let mut events = 0;
    // SAFETY: the bytes and the counter outlive the call; the parser reads `length` bytes.
    let error = unsafe { peer_xml_events(xml.as_ptr(), xml.len(), &mut events) };
    assert_eq!(error, 0, "expat refuses the document");
    events
}

/// libwbxml's tree of a document, freed when dropped.
#[cfg(libwbxml)]
#[derive(Debug)]
pub struct Tree(NonNull<c_void>);

#[cfg(libwbxml)]
impl Tree {
    /// The tree of a WBXML document.
    #[must_use]
    pub fn from_wbxml(wbxml: &[u8]) -> Self {
        let mut tree = ptr::null_mut();
        // SAFETY: the bytes outlive the call, which copies what it keeps; `tree` takes the result.
        let error = unsafe { peer_tree_from_wbxml(wbxml.as_ptr(), wbxml.len(), &mut tree) };
        Self::checked(error, tree)
    }

    /// The tree of an XML document.
    #[must_use]
    pub fn from_xml(xml: &[u8]) -> Self {
        let mut tree = ptr::null_mut();
        // SAFETY: as above.
        let error = unsafe { peer_tree_from_xml(xml.as_ptr(), xml.len(), &mut tree) };
        Self::checked(error, tree)
    }

    fn checked(error: c_int, tree: *mut c_void) -> Self {
        assert_eq!(error, 0, "libwbxml refuses the document");
        Self(NonNull::new(tree).expect("libwbxml gives a tree when it reports success"))
    }

    /// The tree as WBXML 1.2 without a string table, handed to `look` and freed.
    pub fn to_wbxml<T>(&mut self, look: impl FnOnce(&[u8]) -> T) -> T {
        let (mut bytes, mut length) = (ptr::null_mut(), 0);
        // SAFETY: the tree is alive and nobody else has it.
        let error = unsafe { peer_tree_to_wbxml(self.0.as_ptr(), &mut bytes, &mut length) };
        Output::checked(error, bytes, length).look(look)
    }

    /// The tree as compact XML, handed to `look` and freed.
    pub fn to_xml<T>(&mut self, look: impl FnOnce(&[u8]) -> T) -> T {
        let (mut bytes, mut length) = (ptr::null_mut(), 0);
        // SAFETY: as above.
        let error = unsafe { peer_tree_to_xml(self.0.as_ptr(), &mut bytes, &mut length) };
        Output::checked(error, bytes, length).look(look)
    }
}

#[cfg(libwbxml)]
impl Drop for Tree {
    fn drop(&mut self) {
        // SAFETY: the tree came from libwbxml and is freed once.
        unsafe { peer_tree_free(self.0.as_ptr()) }
    }
}

/// libwbxml's conversion of a WBXML document to compact XML, handed to `look` and freed.
#[cfg(libwbxml)]
pub fn wbxml_to_xml<T>(wbxml: &[u8], look: impl FnOnce(&[u8]) -> T) -> T {
    let (mut xml, mut length) = (ptr::null_mut(), 0);
    // SAFETY: the bytes outlive the call; `xml` and `length` take the result.
    let error = unsafe { peer_wbxml_to_xml(wbxml.as_ptr(), wbxml.len(), &mut xml, &mut length) };
    Output::checked(error, xml, length).look(look)
}

/// Bytes that libwbxml allocated.
#[cfg(libwbxml)]
struct Output {
    bytes: NonNull<u8>,
    length: usize,
}

#[cfg(libwbxml)]
impl Output {
    fn checked(error: c_int, bytes: *mut u8, length: u32) -> Self {
        assert_eq!(error, 0, "libwbxml cannot write the document");
        let bytes = NonNull::new(bytes).expect("libwbxml gives bytes when it reports success");
        Self { bytes, length: length as usize }
    }

    fn look<T>(&self, look: impl FnOnce(&[u8]) -> T) -> T {
        // SAFETY: libwbxml allocated `length` bytes there, which live until `self` is dropped.
        look(unsafe { std::slice::from_raw_parts(self.bytes.as_ptr(), self.length) })
    }
}

#[cfg(libwbxml)]
impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: the bytes came from libwbxml's malloc and are freed once.
        unsafe { peer_bytes_free(self.bytes.as_ptr()) }
    }
}
