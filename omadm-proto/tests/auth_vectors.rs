//! Credentials against the published vectors, and against what real peers send.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    reason = "a test fails by panicking, says why it is skipped, and has a standard library"
)]

#[path = "support/published.rs"]
mod published;

use omadm_proto::auth::mac::{self, MacHeader};
use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{
    CredFault, Credentials, Nonce, Scheme, Secret, basic, challenge, cred, md5, read_challenge, verify,
};
use omadm_proto::message::{Chal, Cred, Data, Format, Meta};
use omadm_proto::provisioning::bootstrap_mac;
use published::vectors;
use serde_json::Value;
use std::borrow::Cow;

const BINARY_NONCE: [u8; 16] =
    [0x00, 0x3A, 0xFF, 0x0A, 0x10, 0x80, 0x7F, 0x20, 0x3A, 0, 0xDE, 0xAD, 0xBE, 0xEF, 0x0D, 0];

fn text<'v>(vector: &'v Value, name: &str) -> &'v str {
    vector[name].as_str().unwrap_or_else(|| panic!("no {name} in {vector}"))
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    (0..hexadecimal.len()).step_by(2).map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap()).collect()
}

fn credentials(vector: &Value) -> Credentials {
    Credentials::new(text(vector, "user"), text(vector, "pw"))
}

fn client1() -> Credentials {
    Credentials::new("client1", "cpw")
}

fn md5_cred(data: Data<'static>) -> Cred<'static> {
    Cred::new(Some(Meta::with_format(Format::B64).and_type("syncml:auth-md5")), data)
}

fn basic_cred(meta: Option<Meta<'static>>, data: &'static str) -> Cred<'static> {
    Cred::new(meta, Data::text(data))
}

#[test]
fn x_aut_01_basic_credentials_equal_the_example_of_the_standard() {
    assert_eq!(basic::encode("Bruce2", &Secret::new("OhBehave")), "QnJ1Y2UyOk9oQmVoYXZl");
    let Some(vectors) = vectors() else { return };
    let vector = &vectors["basic_spec"];
    assert_eq!(basic::encode(text(vector, "user"), &Secret::new(text(vector, "pw"))), text(vector, "out"));
}

#[test]
fn x_aut_04_md5_digest_equals_the_example_of_the_standard() {
    assert_eq!(md5::digest("Bruce2", &Secret::new("OhBehave"), b"Nonce"), "Zz6EivR3yeaaENcRN6lpAQ==");
    let Some(vectors) = vectors() else { return };
    let vector = &vectors["md5_spec"];
    let nonce = Nonce::from_base64(text(vector, "nonce_b64")).unwrap();
    assert_eq!(nonce.as_bytes(), text(vector, "nonce_ascii").as_bytes());
    let secret = Secret::new(text(vector, "pw"));
    assert_eq!(md5::digest(text(vector, "user"), &secret, nonce.as_bytes()), text(vector, "out"));
    let other = &vectors["md5_bruce1_wrong_user_in_spec_text"];
    assert_eq!(md5::digest(text(other, "user"), &secret, nonce.as_bytes()), text(other, "out"));
}

#[test]
fn x_aut_05_the_nonce_is_decoded_before_it_is_hashed() {
    let nonce = Nonce::from_base64("ADr/ChCAfyA6AN6tvu8NAA==").unwrap();
    assert_eq!(nonce.as_bytes(), BINARY_NONCE);
    let cred = cred(Scheme::Md5, &client1(), &nonce).unwrap();
    assert_eq!(cred.data.as_str(), Some("mLyeS55BKW8QTROfwG9FLg=="));
    let over_the_text = md5_cred(Data::text("UwRNX80WvVKNt2JK9u+5tQ=="));
    assert_eq!(verify(&over_the_text, &client1(), &nonce), Err(CredFault::Wrong));
}

#[test]
fn a_digest_over_the_text_of_the_nonce_is_wrong() {
    let Some(vectors) = vectors() else { return };
    let nonce = Nonce::from_base64(text(&vectors["md5_spec"], "nonce_b64")).unwrap();
    let trap = text(&vectors["md5_trap_nonce_not_decoded"], "out").to_owned();
    assert_eq!(verify(&md5_cred(Data::text(trap)), &credentials(&vectors["md5_spec"]), &nonce), Err(CredFault::Wrong));
}

#[test]
fn binary_resync_and_empty_nonces_give_the_digests_of_the_vectors() {
    let secret = Secret::new("s3cr3t-device");
    let binary: Vec<u8> = (0..16).collect();
    assert_eq!(md5::digest("device01", &secret, &binary), "v7uFHRoA9YYzoWHzQCjqJA==");
    assert_eq!(md5::digest("device01", &secret, Nonce::resync().as_bytes()), "9CXJVm8oIjf5pzgw7rMZRw==");
    assert_eq!(md5::digest("device01", &secret, Nonce::EMPTY.as_bytes()), "5WZKC9rqTBccCaGu1ENjJw==");
    let Some(vectors) = vectors() else { return };
    for name in ["md5_binary_nonce", "md5_resync_nonce"] {
        let vector = &vectors[name];
        let nonce = Nonce::from_base64(text(vector, "nonce_b64")).unwrap();
        assert_eq!(nonce.as_bytes(), bytes(text(vector, "nonce_hex")), "{name}");
        assert_eq!(nonce.to_base64(), text(vector, "nonce_b64"), "{name}");
        let digest = md5::digest(text(vector, "user"), &Secret::new(text(vector, "pw")), nonce.as_bytes());
        assert_eq!(digest, text(vector, "out"), "{name}");
    }
    let ascii = md5::digest("device01", &secret, b"0x00000000");
    assert_eq!(ascii, text(&vectors["md5_resync_nonce"], "alt_ascii_0x00000000"));
    assert_eq!(md5::digest("device01", &secret, b""), text(&vectors["md5_empty_nonce"], "out"));
}

#[test]
fn the_credentials_of_the_worked_session_are_reproduced() {
    let client = md5::digest("device01", &Secret::new("s3cr3t-device"), b"nonce-for-client");
    assert_eq!(client, "pCTpPG/Fscbs5nxC2Ish2w==");
    let server = md5::digest("dm.example.net", &Secret::new("srv-secret"), b"nonce-for-server");
    assert_eq!(server, "6Z2qrjVHkK+AwYeVYVjt4g==");
}

#[test]
fn x_aut_10_the_servers_digest_is_over_its_server_id() {
    let digest = md5::digest("com.mgmtsrv.manage", &Secret::new("spw"), &BINARY_NONCE);
    assert_eq!(digest, "wi1p1yrSMkEVniixzAr10A==");
}

#[test]
fn a_cred_carries_type_and_format_b64() {
    for (scheme, name) in [(Scheme::Basic, "syncml:auth-basic"), (Scheme::Md5, "syncml:auth-md5")] {
        let meta = cred(scheme, &client1(), &Nonce::EMPTY).unwrap().meta.unwrap();
        assert_eq!(meta.type_name.as_deref(), Some(name));
        assert_eq!(meta.known_format(), Some(Format::B64));
    }
    assert_eq!(cred(Scheme::Mac, &client1(), &Nonce::EMPTY), None);
}

#[test]
fn basic_is_verified_with_and_without_meta() {
    let bruce = Credentials::new("Bruce2", "OhBehave");
    let meta = Meta::with_format(Format::B64).and_type("syncml:auth-basic");
    assert_eq!(verify(&basic_cred(Some(meta), "QnJ1Y2UyOk9oQmVoYXZl"), &bruce, &Nonce::EMPTY), Ok(Scheme::Basic));
    assert_eq!(verify(&basic_cred(None, " QnJ1Y2UyOk9o\r\nQmVoYXZl\n"), &bruce, &Nonce::EMPTY), Ok(Scheme::Basic));
}

#[test]
fn basic_with_another_name_or_password_is_wrong() {
    let cred = basic_cred(None, "QnJ1Y2UyOk9oQmVoYXZl");
    for expected in [Credentials::new("Bruce1", "OhBehave"), Credentials::new("Bruce2", "OhBehav")] {
        assert_eq!(verify(&cred, &expected, &Nonce::EMPTY), Err(CredFault::Wrong));
    }
    let colon_elsewhere = Credentials::new("Bruce2:Oh", "Behave");
    assert_eq!(verify(&cred, &colon_elsewhere, &Nonce::EMPTY), Err(CredFault::Wrong));
}

#[test]
fn a_raw_digest_in_wbxml_is_verified() {
    let raw = bytes("98bc9e4b9e41296f104d139fc06f452e");
    let nonce = Nonce::new(BINARY_NONCE);
    for meta in
        [Meta::with_format(Format::Bin).and_type("syncml:auth-md5"), Meta::default().and_type("syncml:auth-md5")]
    {
        let cred = Cred::new(Some(meta), Data::Opaque(Cow::Owned(raw.clone())));
        assert_eq!(verify(&cred, &client1(), &nonce), Ok(Scheme::Md5));
    }
    let as_text = Cred::new(
        Some(Meta::with_format(Format::B64).and_type("syncml:auth-md5")),
        Data::Opaque(Cow::Borrowed(b"mLyeS55BKW8QTROfwG9FLg==")),
    );
    assert_eq!(verify(&as_text, &client1(), &nonce), Ok(Scheme::Md5));
}

#[test]
fn a_cred_without_format_and_with_another_spelling_of_the_type_is_verified() {
    let meta = Meta::default().and_type(" Syncml:Auth-MD5 ");
    let cred = Cred::new(Some(meta), Data::text("mLyeS55BKW8QTROfwG9FLg"));
    assert_eq!(verify(&cred, &client1(), &Nonce::new(BINARY_NONCE)), Ok(Scheme::Md5));
}

#[test]
fn an_unknown_scheme_or_broken_digest_is_told_from_a_wrong_one() {
    let of_type = |name: &'static str| Cred::new(Some(Meta::default().and_type(name)), Data::text("AAAA"));
    let judge = |cred: &Cred<'_>| verify(cred, &client1(), &Nonce::EMPTY);
    assert_eq!(judge(&of_type("syncml:auth-X509")), Err(CredFault::UnknownScheme));
    assert_eq!(judge(&of_type("syncml:auth-MAC")), Err(CredFault::UnknownScheme));
    assert_eq!(judge(&md5_cred(Data::text("AAAA"))), Err(CredFault::Malformed));
    assert_eq!(judge(&md5_cred(Data::text("no base64 at all!"))), Err(CredFault::Malformed));
    assert_eq!(judge(&md5_cred(Data::text("AAAAAAAAAAAAAAAAAAAAAA=="))), Err(CredFault::Wrong));
    assert_eq!(judge(&basic_cred(None, "client1:cpw")), Err(CredFault::Malformed));
}

#[test]
fn a_stronger_scheme_is_greater() {
    assert!(Scheme::Mac > Scheme::Md5 && Scheme::Md5 > Scheme::Basic);
}

#[test]
fn x_aut_06_a_challenge_carries_type_format_and_next_nonce() {
    let chal = challenge(Scheme::Md5, Some(&Nonce::new(*b"Nonce")));
    assert_eq!(chal.meta.type_name.as_deref(), Some("syncml:auth-md5"));
    assert_eq!(chal.meta.known_format(), Some(Format::B64));
    assert_eq!(chal.meta.next_nonce().and_then(Data::as_str), Some("Tm9uY2U="));
    assert_eq!(read_challenge(&chal), Ok((Scheme::Md5, Some(Nonce::new(*b"Nonce")))));
}

#[test]
fn x_aut_02_a_basic_challenge_has_no_nonce() {
    let chal = challenge(Scheme::Basic, Some(&Nonce::new(*b"Nonce")));
    assert_eq!(chal.meta.next_nonce(), None);
    assert_eq!(read_challenge(&chal), Ok((Scheme::Basic, None)));
}

fn read_nonce(format: Option<Format>, data: Data<'static>) -> Result<Option<Nonce>, CredFault> {
    let mut meta = format.map(Meta::with_format).unwrap_or_default().and_type("syncml:auth-md5");
    meta.extras_mut().next_nonce = Some(data);
    read_challenge(&Chal::new(meta)).map(|(_, nonce)| nonce)
}

#[test]
fn a_next_nonce_is_read_as_base64_or_as_raw_bytes() {
    let expected = Ok(Some(Nonce::new(*b"Nonce")));
    assert_eq!(read_nonce(Some(Format::B64), Data::text("Tm9uY2U=")), expected);
    assert_eq!(read_nonce(None, Data::text("Tm9uY2U")), expected);
    assert_eq!(read_nonce(Some(Format::B64), Data::Opaque(Cow::Borrowed(b"Tm9uY2U="))), expected);
    let raw = Ok(Some(Nonce::new(BINARY_NONCE)));
    assert_eq!(read_nonce(Some(Format::B64), Data::Opaque(Cow::Borrowed(&BINARY_NONCE))), raw);
    assert_eq!(read_nonce(None, Data::Opaque(Cow::Borrowed(&BINARY_NONCE))), raw);
    assert_eq!(read_nonce(Some(Format::Bin), Data::text("Tm9uY2U=")), Ok(Some(Nonce::new(*b"Tm9uY2U="))));
}

#[test]
fn an_empty_next_nonce_is_a_nonce_of_no_bytes() {
    assert_eq!(read_nonce(Some(Format::B64), Data::text("")), Ok(Some(Nonce::EMPTY)));
}

#[test]
fn a_nonce_of_more_than_128_bytes_is_refused() {
    assert_eq!(read_nonce(Some(Format::Bin), Data::Opaque(Cow::Owned(vec![0xFF; 129]))), Err(CredFault::Malformed));
    assert_eq!(read_nonce(Some(Format::B64), Data::text("A".repeat(172))), Err(CredFault::Malformed));
    assert_eq!(Nonce::from_base64(&"A".repeat(172)), None);
    assert!(Nonce::from_base64(&"A".repeat(168)).is_some());
}

#[test]
fn a_challenge_of_an_unknown_scheme_or_with_a_broken_nonce_cannot_be_answered() {
    let unknown = Chal::new(Meta::default().and_type("syncml:auth-securid"));
    assert_eq!(read_challenge(&unknown), Err(CredFault::UnknownScheme));
    assert_eq!(read_challenge(&Chal::new(Meta::default())), Err(CredFault::Malformed));
    assert_eq!(read_nonce(Some(Format::B64), Data::text("Tm9u!")), Err(CredFault::Malformed));
}

#[test]
fn the_mac_of_a_message_equals_the_vector_and_is_no_rfc_2104_hmac() {
    let body = b"<SyncML xmlns='SYNCML:SYNCML1.2'></SyncML>";
    let nonce: Vec<u8> = (0..16).collect();
    let mac = mac::digest("device01", &Secret::new("s3cr3t-device"), &nonce, body);
    assert_eq!(mac, "Qkxp7cR/l/R5DcXZdy33jQ==");
    let Some(vectors) = vectors() else { return };
    let vector = &vectors["hmac_tiny"];
    let nonce = Nonce::new(bytes(text(vector, "nonce_hex")));
    let body = text(vector, "body_ascii").as_bytes();
    let secret = Secret::new(text(vector, "pw"));
    assert_eq!(mac::digest(text(vector, "user"), &secret, nonce.as_bytes(), body), text(vector, "mac"));
    assert_ne!(text(vector, "mac"), text(&vectors["hmac_rfc2104_for_contrast_NOT_used"], "out"));
    let header = MacHeader::new(&credentials(vector), &nonce, body);
    assert_eq!(format!("x-syncml-hmac: {header}"), text(vector, "header"));
}

#[test]
fn x_aut_19_the_mac_covers_every_byte_of_the_message() {
    let body = b"<SyncML xmlns='SYNCML:SYNCML1.2'/>";
    assert_eq!(mac::digest("client1", &Secret::new("cpw"), &BINARY_NONCE, body), "uOZvg0jdElREbxe3MsuWSA==");
    let longer = b"<SyncML xmlns='SYNCML:SYNCML1.2'/>\n";
    assert_eq!(mac::digest("client1", &Secret::new("cpw"), &BINARY_NONCE, longer), "UflKuu2d6TfUyDu1u8sbQA==");
    let header = MacHeader::parse("username=\"client1\", mac=uOZvg0jdElREbxe3MsuWSA==").unwrap();
    assert!(header.verify(&client1(), &Nonce::new(BINARY_NONCE), body));
    assert!(!header.verify(&client1(), &Nonce::new(BINARY_NONCE), longer));
    assert!(!header.verify(&client1(), &Nonce::EMPTY, body));
    assert!(!header.verify(&Credentials::new("client2", "cpw"), &Nonce::new(BINARY_NONCE), body));
}

#[test]
fn x_aut_20_a_mac_header_is_read_in_every_legal_spelling() {
    let spellings = [
        "algorithm=MD5, username=\"Robert, Jordan\", mac=uOZvg0jdElREbxe3MsuWSA==",
        "mac=uOZvg0jdElREbxe3MsuWSA==,username=\"Robert, Jordan\"",
        "MAC = \"uOZvg0jdElREbxe3MsuWSA==\" ,, Algorithm = md5 ,\r\n\tUserName = \"Robert, Jordan\" ,",
        "realm=\"x\", username=\"Rob\\ert, Jordan\", mac=uOZvg0jdElREbxe3MsuWSA",
    ];
    for spelling in spellings {
        let header = MacHeader::parse(spelling).unwrap_or_else(|fault| panic!("{spelling}: {fault}"));
        assert_eq!(header.username(), "Robert, Jordan", "{spelling}");
        let written = "algorithm=MD5, username=\"Robert, Jordan\", mac=uOZvg0jdElREbxe3MsuWSA==";
        assert_eq!(header.to_string(), written, "{spelling}");
    }
}

#[test]
fn x_aut_20_an_incomplete_or_unknown_mac_header_is_refused() {
    let malformed = [
        "",
        "username=\"client1\"",
        "mac=uOZvg0jdElREbxe3MsuWSA==",
        "username=\"client1, mac=uOZvg0jdElREbxe3MsuWSA==",
        "username=\"client1\" mac=uOZvg0jdElREbxe3MsuWSA==",
        "username=\"client1\", mac=uOZvg0jdElRE",
        "username=\"a\", username=\"b\", mac=uOZvg0jdElREbxe3MsuWSA==",
        "username=\"client1\\",
        "username=\"cli\r\nent1\", mac=uOZvg0jdElREbxe3MsuWSA==",
        "client1",
    ];
    for value in malformed {
        assert_eq!(MacHeader::parse(value), Err(CredFault::Malformed), "{value}");
    }
    let unknown = "algorithm=SHA256, username=\"client1\", mac=uOZvg0jdElREbxe3MsuWSA==";
    assert_eq!(MacHeader::parse(unknown), Err(CredFault::UnknownScheme));
}

#[test]
fn quotes_in_a_user_name_survive_the_mac_header() {
    let odd = Credentials::new("a\"b\\c", "cpw");
    let header = MacHeader::new(&odd, &Nonce::EMPTY, b"body").to_string();
    assert!(header.starts_with(r#"algorithm=MD5, username="a\"b\\c", mac="#), "{header}");
    assert!(MacHeader::parse(&header).unwrap().verify(&odd, &Nonce::EMPTY, b"body"));
}

#[test]
fn a_line_break_in_a_user_name_begins_no_other_header() {
    let header = MacHeader::new(&Credentials::new("a\r\nset-cookie: b", "cpw"), &Nonce::EMPTY, b"body").to_string();
    assert!(header.starts_with(r#"algorithm=MD5, username="a  set-cookie: b", mac="#), "{header}");
}

#[test]
fn a_mac_header_of_more_than_4096_bytes_is_refused() {
    let of_len = |len: usize| {
        let rest = ",username=\"client1\",mac=uOZvg0jdElREbxe3MsuWSA==";
        format!("x={}{rest}", "x".repeat(len - rest.len() - 2))
    };
    assert!(MacHeader::parse(&of_len(4096)).is_ok());
    assert_eq!(MacHeader::parse(&of_len(4097)), Err(CredFault::Malformed));
}

#[test]
fn a_name_of_more_than_1024_bytes_is_refused_because_quotes_make_it_longer() {
    let named = |len: usize| format!("username=x{}, mac=uOZvg0jdElREbxe3MsuWSA==", "\"".repeat(len - 1));
    let longest = MacHeader::parse(&named(1024)).unwrap();
    assert_eq!(MacHeader::parse(&longest.to_string()), Ok(longest));
    assert_eq!(MacHeader::parse(&named(1025)), Err(CredFault::Malformed));
}

#[test]
fn an_auth_type_names_the_same_scheme_as_its_meta_type() {
    for (auth_type, scheme) in [("BASIC", Scheme::Basic), ("digest", Scheme::Md5), (" HMAC", Scheme::Mac)] {
        assert_eq!(Scheme::from_auth_type(auth_type), Some(scheme));
    }
    assert_eq!(Scheme::from_auth_type("X509"), None);
}

#[test]
fn the_mac_of_a_whole_worked_message_equals_the_vector() {
    let Some(folder) = published::folder() else { return };
    let body = std::fs::read(folder.join("A1_c2s_pkg1_nocred.xml")).unwrap();
    let nonce: Vec<u8> = (0..16).collect();
    let mac = mac::digest("device01", &Secret::new("s3cr3t-device"), &nonce, &body);
    assert_eq!(mac, "FOriwbo+aqJt/ZTl8RmFVQ==");
}

/// Literals from an independent HMAC-SHA256 with the seed 00 01 .. 1F and the counter as 8 bytes, big-endian.
#[test]
fn nonces_are_the_keyed_hash_of_a_counter() {
    let seed: [u8; 32] = core::array::from_fn(|at| u8::try_from(at).unwrap());
    let mut source = NonceSource::new(Seed::new(seed));
    assert_eq!(source.next().as_bytes(), bytes("9f0cd9b94097fe4929918d2b8942b344"));
    assert_eq!(source.next().as_bytes(), bytes("c432e059c378eef7fe2f1181a4050836"));
    assert_eq!(source.next().as_bytes(), bytes("f92ad613cd014c7449fcc5d4ce98ad02"));
    assert_eq!(source.counter(), 3);
    let mut later = NonceSource::from_parts(Seed::new(seed), 2);
    assert_eq!(later.next().as_bytes(), bytes("f92ad613cd014c7449fcc5d4ce98ad02"));
}

/// The hash of counter 49 starts fe65afd2524e5fecdfdda8175a8300 89, that of counter 30 1ba821f3deee318c3a d2865f0768ae8.
#[test]
fn a_nonce_never_holds_a_zero_byte_or_a_colon() {
    let seed: [u8; 32] = core::array::from_fn(|at| u8::try_from(at).unwrap());
    let nonce_at = |counter| NonceSource::from_parts(Seed::new(seed), counter).next();
    assert_eq!(nonce_at(49).as_bytes(), bytes("fe65afd2524e5fecdfdda8175a83c389"));
    assert_eq!(nonce_at(30).as_bytes(), bytes("1ba821f3deee318cf5d2d865f0768ae8"));
    let mut source = NonceSource::new(Seed::new(seed));
    for _ in 0..3000 {
        let nonce = source.next();
        assert_eq!(nonce.as_bytes().len(), 16);
        assert!(!nonce.as_bytes().iter().any(|byte| matches!(byte, 0 | b':')));
    }
}

#[test]
fn debug_output_shows_no_secret_nonce_seed_or_mac() {
    let nonce = Nonce::new(*b"nonce-for-client");
    assert_eq!(format!("{nonce:?}"), "Nonce(16 bytes)");
    let source = NonceSource::new(Seed::new([0xA5; 32]));
    assert_eq!(format!("{source:?}"), "NonceSource { seed: Seed(..), counter: 0 }");
    let credentials = client1();
    assert_eq!(format!("{credentials:?}"), "Credentials { name: \"client1\", secret: Secret(..) }");
    assert_eq!(format!("{:?}", MacHeader::new(&credentials, &nonce, b"")), "MacHeader { username: \"client1\", .. }");
    let cred = cred(Scheme::Basic, &credentials, &nonce).unwrap();
    assert!(!format!("{cred:?}").contains("Y2xpZW50"));
}

#[cfg(feature = "serde")]
#[test]
fn what_an_account_keeps_survives_storage() {
    let mut source = NonceSource::new(Seed::new([7; 32]));
    let _ = source.next();
    let kept = (client1(), Nonce::new(BINARY_NONCE), Scheme::Md5, source);
    let stored = serde_json::to_string(&kept).unwrap();
    let mut loaded: (Credentials, Nonce, Scheme, NonceSource) = serde_json::from_str(&stored).unwrap();
    assert_eq!(loaded, kept);
    assert_eq!(loaded.3.next(), NonceSource::from_parts(Seed::new([7; 32]), 1).next());
}

#[test]
fn bootstrap_macs_equal_the_vectors() {
    let document = bytes("0200006a0064656d6f2d626f6f7473747261702d6279746573");
    assert_eq!(bootstrap_mac(b"1234", &document), "C0B222E4674DEACC82D22AE7A40D2769911E539D");
    let Some(vectors) = vectors() else { return };
    for sec in ["USERPIN", "NETWORKID", "USERPIN_NETWORKID"] {
        let vector = &vectors[format!("bootstrap_mac_{sec}")];
        let mac = bootstrap_mac(text(vector, "key_ascii").as_bytes(), &bytes(text(vector, "doc_hex")));
        assert_eq!(mac, text(vector, "mac"), "{sec}");
        let content_type = format!("application/vnd.syncml.dm+wbxml; SEC={sec}; MAC={mac}");
        assert_eq!(content_type, text(vector, "content_type"));
    }
}

#[test]
fn x_boo_10_bootstrap_macs_of_the_catalogue() {
    let document = [0x03, 0x00, 0x00, 0x06, 0xA1, 0x0A];
    let network = bootstrap_mac(b"8930123456789012345", &document);
    assert_eq!(network, "55CBDD2F1B073D26B1B37150299C81588493A82B");
    assert_eq!(bootstrap_mac(b"1234", &document), "8FAAAC4A4C39033ADBFB46C16C92700736F4BCE7");
    let both = bootstrap_mac(b"1234:8930123456789012345", &document);
    assert_eq!(both, "10E31362EFAE041B4A2424A4EFC4D60568BCC70D");
}
