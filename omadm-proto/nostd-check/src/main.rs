//! A program without the standard library: it decodes a WBXML message and encodes it again.
//!
//! If a dependency pulled in `std`, its panic handler would collide with the one below and nothing would link. Exit status 0
//! means that the bytes came back as they were.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering};

use omadm_proto::exchange::Syntax;
use omadm_proto::message::Message;

/// A message that asks for `./DevInfo/Man`, in the canonical form.
const MESSAGE: &[u8] = b"\x02\xA4\x01\x6A\x00\x6D\x6C\x71\x031.2\x00\x01\x72\x03DM/1.2\x00\x01\x65\x03A7\x00\x01\x5B\x031\x00\x01\
    \x6E\x57\x03urn:imei:004999010640000\x00\x01\x01\x67\x57\x03https://dm.example.net\x00\x01\x01\x01\x6B\x53\x4B\x031\x00\x01\
    \x54\x6E\x57\x03./DevInfo/Man\x00\x01\x01\x01\x01\x12\x01\x01";

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    let Ok(message) = Message::decode(MESSAGE) else { return 1 };
    if message.commands().next().and_then(|command| command.target()) != Some("./DevInfo/Man") {
        return 2;
    }
    let mut out = Vec::new();
    match message.encode(Syntax::Wbxml, &mut out) {
        Ok(()) if out == MESSAGE => 0,
        Ok(()) => 3,
        Err(_) => 4,
    }
}

// The start-up code, memcpy and abort.
#[link(name = "c")]
unsafe extern "C" {
    fn abort() -> !;
}

/// Hands out memory once and never takes it back.
struct Bump {
    memory: UnsafeCell<[u8; SIZE]>,
    used: AtomicUsize,
}

const SIZE: usize = 64 * 1024;

// SAFETY: every byte of `memory` is handed out at most once, because `used` only grows.
unsafe impl Sync for Bump {}

// SAFETY: as above; the returned block is aligned, inside `memory`, and nobody else's.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.memory.get().cast::<u8>();
        let mut start = 0;
        let taken = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            let address = base as usize + used;
            start = used + (address.next_multiple_of(layout.align()) - address);
            start.checked_add(layout.size()).filter(|end| *end <= SIZE)
        });
        match taken {
            Ok(_) => base.wrapping_add(start),
            Err(_) => core::ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}
}

#[global_allocator]
static MEMORY: Bump = Bump { memory: UnsafeCell::new([0; SIZE]), used: AtomicUsize::new(0) };

#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    // SAFETY: abort takes nothing and does not return.
    unsafe { abort() }
}
