//! Media types of documents.

use omadm_proto::exchange::Syntax;
use omadm_proto::media_type::DocumentKind;

#[test]
fn x_enc_12_the_six_media_types_name_their_documents_and_the_other_way_round() {
    use DocumentKind::{Ddf, Message, Tnds};
    let types = [
        ("application/vnd.syncml.dm+xml", Message, Syntax::Xml),
        ("application/vnd.syncml.dm+wbxml", Message, Syntax::Wbxml),
        ("application/vnd.syncml.dmtnds+xml", Tnds, Syntax::Xml),
        ("application/vnd.syncml.dmtnds+wbxml", Tnds, Syntax::Wbxml),
        ("application/vnd.syncml.dmddf+xml", Ddf, Syntax::Xml),
        ("application/vnd.syncml.dmddf+wbxml", Ddf, Syntax::Wbxml),
    ];
    for (name, kind, syntax) in types {
        assert_eq!(kind.media_type(syntax), name);
        for spelling in
            [name.to_string(), name.to_uppercase(), format!(" {name} ; charset=utf-8"), format!("{name};a=b")]
        {
            assert_eq!(DocumentKind::from_media_type(&spelling), Some((kind, syntax)), "{spelling}");
        }
    }
    for other in [
        "",
        "text/xml",
        "application/vnd.syncml.dm",
        "application/vnd.syncml.dm+xmlx",
        "application/vnd.syncml.dm+json",
    ] {
        assert_eq!(DocumentKind::from_media_type(other), None, "{other}");
    }
}

#[test]
fn messages_come_with_the_media_types_of_data_synchronisation_too() {
    for (name, syntax) in
        [("application/vnd.syncml+xml", Syntax::Xml), ("Application/Vnd.SyncML+WBXML; x", Syntax::Wbxml)]
    {
        assert_eq!(Syntax::from_media_type(name), Some(syntax));
        assert_eq!(DocumentKind::from_media_type(name), None);
    }
}
