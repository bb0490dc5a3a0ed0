//! `dmconf server`: the rows against a server at a URL.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dmconf::report::{Report, junit};
use dmconf::rows::server;
use dmconf::run::{Pace, play};
use dmconf::server::http::Http;
use dmconf::server::operator::Operator;
use dmconf::server::{Account, Stand};
use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::exchange::Syntax;

use crate::args::{SchemeName, TryServer};
use crate::screen::Screen;
use crate::self_test::write;

pub(crate) fn server(screen: &mut Screen, args: &TryServer) -> Result<ExitCode, String> {
    let choice = args.rows.choice();
    let rows: Vec<_> = server::rows().filter(|row| choice.has(row)).collect();
    if rows.is_empty() {
        return Err("no row has such a name: `dmconf list` names all of them".to_string());
    }
    let stop = Arc::new(AtomicBool::new(false));
    let on_signal = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        // Who presses it twice does not want to wait for the end of a row.
        if on_signal.swap(true, Ordering::Relaxed) {
            std::process::exit(crate::screen::TROUBLE.into());
        }
    })
    .map_err(|error| format!("cannot handle Ctrl-C: {error}"))?;
    let syntaxes = args.syntax.map_or(vec![Syntax::Xml, Syntax::Wbxml], |name| vec![name.into()]);
    screen.begin(rows.len() * syntaxes.len());
    let mut report = Report::new(args.url.clone());
    let mut finished = true;
    for syntax in syntaxes {
        let mut tell = |entry: &_| screen.entry(entry, args.quiet);
        let pause = Duration::from_millis(args.pause);
        let mut pace = Pace { pause, stop: &stop, tell: &mut tell };
        let mut stand = Stand::new(Box::new(port(args)?), syntax);
        finished &= play(&rows, syntax, &mut report, &mut pace, (&mut stand, &|_| {}));
    }
    let reports = [report];
    if let Some(path) = &args.junit {
        write(path, &junit::junit(&reports))?;
    }
    let exit = screen.end(&reports);
    if finished { Ok(exit) } else { Err("the run was ended early".to_string()) }
}

/// The way to the server that the command line describes.
fn port(args: &TryServer) -> Result<Http, String> {
    if let Some(api) = &args.nrem_api {
        let mut seed = [0; 4];
        getrandom::fill(&mut seed).map_err(|error| format!("no random numbers: {error}"))?;
        let run = format!("{:08x}", u32::from_be_bytes(seed));
        return Ok(Http::with_nrem(&args.url, api, args.api_token.clone(), run));
    }
    let device = args.device.clone().ok_or("which device does the server know? Say --device, or --nrem-api")?;
    let scheme = match args.scheme {
        SchemeName::None => None,
        SchemeName::Basic => Some(Scheme::Basic),
        SchemeName::Md5 => Some(Scheme::Md5),
        SchemeName::Mac => Some(Scheme::Mac),
    };
    if scheme.is_some() && args.secret.is_none() {
        return Err("what is the device's password? Say --secret, or --scheme none".to_string());
    }
    let account = Account {
        client: Credentials::new(
            args.user.clone().unwrap_or_else(|| device.clone()),
            args.secret.clone().unwrap_or_default(),
        ),
        server: Credentials::new(args.server_id.clone(), args.server_secret.clone().unwrap_or_default()),
        server_uri: args.url.clone(),
        transport: scheme.is_none().then(|| device.clone()),
        scheme: scheme.unwrap_or(Scheme::Md5),
        client_nonce: Nonce::EMPTY,
        server_nonce: Nonce::EMPTY,
        dev_id: device,
    };
    let operator = match &args.queue_command {
        Some(queue) => Operator::Commands { queue: queue.clone(), outcome: args.outcome_command.clone() },
        None => Operator::Nobody,
    };
    Ok(Http::with_account(&args.url, account, operator))
}
