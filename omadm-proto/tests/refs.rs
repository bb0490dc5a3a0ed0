//! The references of a Status are a list, however few there are.

extern crate alloc;

use alloc::borrow::Cow;

use omadm_proto::message::Refs;

fn refs(uris: &[&'static str]) -> Refs<'static> {
    uris.iter().copied().map(Cow::Borrowed).collect()
}

#[test]
fn none_one_and_many_are_lists_in_the_order_of_their_coming() {
    for uris in [&[][..], &["./a"], &["./a", "./b"], &["./b", "./a", "./b"]] {
        let mut pushed = Refs::new();
        uris.iter().for_each(|uri| pushed.push(*uri));
        assert_eq!(pushed.iter().map(|uri| &**uri).collect::<Vec<_>>(), uris);
        assert_eq!(pushed, refs(uris));
        assert_eq!(pushed, Refs::from(uris.iter().copied().map(Cow::Borrowed).collect::<Vec<_>>()));
    }
}

#[test]
fn lists_are_equal_if_their_references_are() {
    assert_eq!(Refs::new(), refs(&[]));
    assert_ne!(refs(&["./a"]), refs(&[]));
    assert_ne!(refs(&["./a"]), refs(&["./b"]));
    assert_ne!(refs(&["./a"]), refs(&["./a", "./a"]));
    assert_ne!(refs(&["./a", "./b"]), refs(&["./b", "./a"]));
}

#[test]
fn an_owned_list_outlives_the_text() {
    for count in 0..4 {
        let text = String::from("./a");
        let borrowed: Refs<'_> = (0..count).map(|_| Cow::Borrowed(&*text)).collect();
        let owned: Refs<'static> = borrowed.clone().into_owned();
        assert_eq!(owned, borrowed);
        assert!(owned.iter().all(|uri| matches!(uri, Cow::Owned(_))));
    }
}
