//! `dmconf list` and `dmconf explain`.

use std::process::ExitCode;

use dmconf::row::{Level, Row, Side};
use dmconf::rows::{device, server};

use crate::args::{Explain, List};
use crate::screen::Screen;

/// What is said about a row, whatever it is played against.
struct Fact {
    id: &'static str,
    side: Side,
    level: Level,
    title: &'static str,
    rule: &'static str,
    against: &'static str,
}

fn fact<P: ?Sized>(row: &Row<P>, against: &'static str) -> Fact {
    let Row { id, side, level, title, rule, .. } = *row;
    Fact { id, side, level, title, rule, against }
}

/// All rows that `wanted` takes.
fn facts(list: &List) -> Vec<Fact> {
    let choice = list.rows.choice();
    let clients = device::rows().filter(|row| choice.has(row)).map(|row| fact(row, "client"));
    clients.chain(server::rows().filter(|row| choice.has(row)).map(|row| fact(row, "server"))).collect()
}

pub(crate) fn list(screen: &mut Screen, list: &List) -> Result<ExitCode, String> {
    let facts = facts(list);
    if facts.is_empty() {
        return Err("no row has such a name: `dmconf list` names all of them".to_string());
    }
    for Fact { id, level, title, against, .. } in facts {
        screen.print(&format!("{id} {} {against:6} {title}\n", level.letter()));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn explain(screen: &mut Screen, explain: &Explain) -> Result<ExitCode, String> {
    let wanted = |id: &str| id.eq_ignore_ascii_case(&explain.id);
    let clients = device::rows().filter(|row| wanted(row.id)).map(|row| fact(row, "client"));
    let servers = server::rows().filter(|row| wanted(row.id)).map(|row| fact(row, "server"));
    let found: Vec<Fact> = clients.chain(servers).collect();
    if found.is_empty() {
        return Err(format!("there is no row {}: `dmconf list` names all of them", explain.id));
    }
    for Fact { id, side, level, title, rule, against } in found {
        let duty = match side {
            Side::Client => "the client's duty",
            Side::Server => "the server's duty",
            Side::Both => "the duty of both sides",
        };
        let who = match level {
            Level::Mandatory => "everybody has to pass",
            Level::Optional => "who has the optional feature has to pass",
        };
        screen.print(&format!(
            "{id}: {title}\n{duty}; {who}; played against a {against}\n\nWhat must be seen:\n{rule}\n"
        ));
    }
    Ok(ExitCode::SUCCESS)
}
