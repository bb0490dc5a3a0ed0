//! `dmconf serve`: the rows against a client that speaks HTTP.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dmconf::device::bench::Bench;
use dmconf::device::http::settings::Settings;
use dmconf::device::http::{Http, Ways};
use dmconf::report::{Report, junit};
use dmconf::rows::device;
use dmconf::run::{Pace, play};
use omadm_proto::auth::nonce::Seed;

use crate::args::Serve;
use crate::screen::Screen;
use crate::self_test::write;

pub(crate) fn serve(screen: &mut Screen, args: Serve) -> Result<ExitCode, String> {
    let choice = args.rows.choice();
    let rows: Vec<_> = device::rows().filter(|row| choice.has(row)).collect();
    if rows.is_empty() {
        return Err("no row has such a name: `dmconf list` names all of them".to_string());
    }
    let settings = settings(&args)?;
    let listener = TcpListener::bind(args.listen).map_err(|error| format!("--listen {}: {error}", args.listen))?;
    let address = listener.local_addr().map_err(|error| format!("--listen {}: {error}", args.listen))?;
    let base = args.base.clone().unwrap_or_else(|| format!("http://{address}"));
    let stop = Arc::new(AtomicBool::new(false));
    let on_signal = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        // Who presses it twice does not want to wait for the end of a row.
        if on_signal.swap(true, Ordering::Relaxed) {
            std::process::exit(crate::screen::TROUBLE.into());
        }
    })
    .map_err(|error| format!("cannot handle Ctrl-C: {error}"))?;
    let ways = Ways {
        trigger: args.trigger.clone(),
        reset: args.reset.clone(),
        notify: args.notify,
        timeout: Duration::from_secs(args.timeout),
        quiet: Duration::from_millis(args.quiet),
        stop: Arc::clone(&stop),
    };
    let syntax = args.syntax.into();
    let port = Http::new(listener, &base, settings, ways, syntax).map_err(|error| format!("--listen: {error}"))?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| format!("no random numbers: {error}"))?;
    let mut bench = Bench::new(Box::new(port), Seed::new(seed));
    screen.print(&format!("dmconf: the server is at {base}/a, a second one at {base}/b\n"));
    screen.begin(rows.len());
    let mut report = Report::new(format!("the client at {base}"));
    let mut tell = |entry: &_| screen.entry(entry, false);
    let mut pace = Pace { pause: Duration::from_millis(args.pause), stop: &stop, tell: &mut tell };
    let finished = play(&rows, syntax, &mut report, &mut pace, (&mut bench, &Bench::reset));
    let reports = [report];
    if let Some(path) = &args.junit {
        write(path, &junit::junit(&reports))?;
    }
    let exit = screen.end(&reports);
    if finished { Ok(exit) } else { Err("the run was ended early".to_string()) }
}

/// The settings file, and what the command line says instead of it.
fn settings(args: &Serve) -> Result<Settings, String> {
    let mut settings = match &args.settings {
        None => Settings::default(),
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            Settings::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?
        }
    };
    let over = |value: &Option<String>, place: &mut String| {
        if let Some(value) = value {
            place.clone_from(value);
        }
    };
    over(&args.client_user, &mut settings.client.user);
    over(&args.client_secret, &mut settings.client.secret);
    over(&args.server_id, &mut settings.server_a.id);
    if args.server_secret.is_some() {
        settings.server_a.secret.clone_from(&args.server_secret);
    }
    if settings.server_a.id.is_empty() {
        return Err("which server does the client know? Say --server-id, or [server-a] in the settings".to_string());
    }
    if settings.client.user.is_empty() && settings.client.scheme.as_deref() != Some("none") {
        return Err(
            "who is the client? Say --client-user, or scheme = \"none\" under [client] in the settings".to_string()
        );
    }
    settings.check()?;
    Ok(settings)
}
