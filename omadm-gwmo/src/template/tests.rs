//! What may be in a template, and what its placeholders become.
#![cfg(feature = "xml")]

use super::*;
use alloc::format;
use alloc::string::ToString;

fn parse(commands: &str) -> Result<Template, TemplateError> {
    Template::parse(Syntax::Xml, format!("<SyncBody>{commands}</SyncBody>").as_bytes())
}

fn replace(id: &str, uri: &str, data: &str) -> String {
    format!(
        "<Replace><CmdID>{id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target><Data>{data}</Data></Item></Replace>"
    )
}

fn values(placeholder: &Placeholder) -> Option<String> {
    match placeholder.to_string().as_str() {
        "{$img:fw-2.1:url}" => Some("http://gw/i/t/fw-2.1?a=1&b=<2>".into()),
        "{$dev:id}" => Some("urn:x:{$dev:id}".into()),
        "{$arg:node}" => Some("DMAcc/A".into()),
        "{$arg:leaf}" => Some("Interval".into()),
        _ => None,
    }
}

fn rendered(template: &Template) -> Result<TreeCommand<'static>, RenderError> {
    let Command::Tree(command) = render(&template.commands()[0], &values)? else { panic!("a command on nodes") };
    Ok(command)
}

#[test]
fn the_body_of_the_sample_job_is_a_template() {
    let body = "<SyncBody><Replace><CmdID>1</CmdID><Item><Target><LocURI>./FUMO/DownloadAndUpdate/PkgURL</LocURI></Target>\
                <Data>{$img:meter2-2.1:url}</Data></Item></Replace><Exec><CmdID>2</CmdID><Item><Target>\
                <LocURI>./FUMO/DownloadAndUpdate</LocURI></Target></Item></Exec></SyncBody>";
    let template = Template::parse(Syntax::Xml, body.as_bytes()).unwrap();
    assert_eq!(template.commands().len(), 2);
    assert_eq!(template.placeholders().map(ToString::to_string).collect::<Vec<_>>(), ["{$img:meter2-2.1:url}"]);
}

#[test]
fn values_are_put_in_as_they_are_and_never_scanned_again() {
    let template = parse(&replace("1", "./A/{$arg:leaf}", "{$img:fw-2.1:url} {$dev:id} {$$dev:id}")).unwrap();
    let command = rendered(&template).unwrap();
    assert_eq!(command.items[0].target_uri(), Some("./A/Interval"));
    let data = command.items[0].data.as_ref().unwrap();
    assert_eq!(data.as_str(), Some("http://gw/i/t/fw-2.1?a=1&b=<2> urn:x:{$dev:id} {$dev:id}"));
}

#[test]
fn a_placeholder_without_value_is_named() {
    let template = parse(&replace("1", "./A", "{$arg:missing}")).unwrap();
    assert_eq!(rendered(&template).unwrap_err(), RenderError::NoValue(Placeholder::Arg("missing".into())));
}

#[test]
fn unknown_and_unclosed_placeholders_are_refused() {
    for (data, named) in [("{$foo:x}", "{$foo:x}"), ("{$img:x:owner}", "{$img:x:owner}"), ("a {$dev:id", "{$dev:id")] {
        assert_eq!(parse(&replace("1", "./A", data)), Err(TemplateError::Placeholder(named.into())));
    }
}

#[test]
fn only_commands_that_act_on_nodes_are_allowed() {
    let alert = "<Alert><CmdID>1</CmdID><Data>1100</Data></Alert>";
    assert_eq!(parse(alert), Err(TemplateError::NotAllowed("Alert".into())));
    let nested = format!("<Sequence><CmdID>2</CmdID>{alert}</Sequence>");
    assert_eq!(parse(&nested), Err(TemplateError::NotAllowed("Alert".into())));
    assert_eq!(parse(""), Err(TemplateError::Empty));
}

#[test]
fn every_command_needs_a_number_of_its_own() {
    let twice = format!("{}<Atomic><CmdID>2</CmdID>{}</Atomic>", replace("1", "./A", "x"), replace("1", "./B", "x"));
    assert_eq!(parse(&twice), Err(TemplateError::CmdId("1".into())));
    assert_eq!(parse(&replace("a", "./A", "x")), Err(TemplateError::CmdId("a".into())));
}

#[test]
fn management_accounts_and_the_gateway_association_are_out_of_reach() {
    for uri in [
        "./DMAcc/nrem/AppID",
        "DMAcc",
        "./SyncML/DMAcc/x",
        "./GwConfig/Gateway/g1/Addr",
        "./DMAcc/x?prop=ACL",
        "./%44MAcc/x",
    ] {
        let refused = parse(&replace("1", uri, "x"));
        assert_eq!(refused, Err(TemplateError::Uri { command: 1, uri: uri.into() }));
    }
    let sneaky = parse(&replace("1", "./{$arg:node}/AppID", "x")).unwrap();
    assert_eq!(rendered(&sneaky).unwrap_err(), RenderError::Uri("./DMAcc/A/AppID".into()));
    assert!(parse(&replace("1", "./DMAccount/x", "x")).is_ok());
}

#[test]
fn a_template_that_is_too_large_or_no_sync_body_is_refused() {
    assert_eq!(parse(&replace("1", "./A", &"x".repeat(70_000))), Err(TemplateError::TooLarge));
    assert!(matches!(Template::parse(Syntax::Xml, b"<SyncBody>"), Err(TemplateError::Undecodable(_))));
    assert!(matches!(Template::parse(Syntax::Wbxml, b"junk"), Err(TemplateError::Undecodable(_))));
}
