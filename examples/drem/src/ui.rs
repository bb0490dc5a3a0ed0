//! The user of a device: a rule that answers for him, or somebody at the terminal.
//!
//! A terminal is read by a thread of its own, so that nobody waits for a line longer than the time there is. What is typed
//! can be seen, passwords too.

use std::io::{BufRead as _, Write as _};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use xrem_client::interaction::InteractionKind;
use xrem_client::output::UpdateOffer;
use xrem_client::{Interaction, UserAnswer, UserInterface};

use crate::device::Stop;

/// How often somebody who waits for a line looks whether the device shall stop.
const LOOK: Duration = Duration::from_millis(100);

/// What is typed to cancel.
const CANCEL: &str = "/cancel";

/// Who answers the questions of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Rule {
    /// The device has no user interface: servers are told so (406).
    #[default]
    None,
    /// Yes to everything; the default response, else the first choice or an empty text.
    Accept,
    /// No to everything; texts and choices are cancelled.
    Deny,
    /// Whoever sits at the terminal.
    Ask,
}

/// The user.
#[derive(Debug)]
pub struct User {
    rule: Rule,
    lines: Option<Mutex<Receiver<String>>>,
}

impl User {
    /// The user that `rule` stands for.
    pub fn new(rule: Rule) -> Self {
        let lines = (rule == Rule::Ask).then(|| {
            let (sender, receiver) = channel();
            std::thread::spawn(move || {
                let lines = std::io::stdin().lock().lines().map_while(Result::ok);
                // Nobody listens any more when the device is gone.
                lines.map(|line| sender.send(line)).take_while(Result::is_ok).for_each(drop);
            });
            Mutex::new(receiver)
        });
        Self { rule, lines }
    }

    /// Whether there is one.
    pub const fn interface(&self) -> UserInterface {
        match self.rule {
            Rule::None => UserInterface::None,
            Rule::Accept | Rule::Deny | Rule::Ask => UserInterface::Present,
        }
    }

    /// What the user does when `interaction` is put to him.
    pub fn interact(&self, interaction: &Interaction, stop: &Stop) -> UserAnswer {
        match self.rule {
            Rule::None => UserAnswer::CannotShow,
            Rule::Accept => accepted(interaction),
            Rule::Deny => denied(interaction.kind),
            Rule::Ask => self.ask(interaction, stop),
        }
    }

    /// Whether `server` may start a session.
    pub fn consents(&self, server: &str, stop: &Stop) -> UserAnswer {
        self.permits(&format!("{server} wants to start a session."), stop)
    }

    /// Whether a firmware update may begin.
    pub fn allows(&self, offer: &UpdateOffer, stop: &Stop) -> UserAnswer {
        let UpdateOffer { server, name, version, .. } = offer;
        self.permits(&format!("{server} wants to install firmware {name} {version}."), stop)
    }

    fn permits(&self, what: &str, stop: &Stop) -> UserAnswer {
        match self.rule {
            Rule::Accept => UserAnswer::Yes,
            Rule::None | Rule::Deny => UserAnswer::No,
            Rule::Ask => {
                say(&format!("\n{what} y or n: "));
                match self.line(Instant::now() + Interaction::LONGEST_WAIT, stop) {
                    Some(line) if matches!(line.trim(), "y" | "yes") => UserAnswer::Yes,
                    Some(_) => UserAnswer::No,
                    None => UserAnswer::NoAnswer,
                }
            }
        }
    }

    /// The PIN of a bootstrap document; a rule knows none.
    pub fn pin(&self, tries_left: u8, stop: &Stop) -> UserAnswer {
        if self.rule != Rule::Ask {
            return UserAnswer::Cancelled;
        }
        say(&format!("A server wants to set up this device. PIN ({tries_left} tries left, {CANCEL} to refuse): "));
        match self.line(Instant::now() + Interaction::LONGEST_WAIT, stop) {
            Some(line) if line.trim() != CANCEL => UserAnswer::Text(line.trim().to_owned()),
            Some(_) => UserAnswer::Cancelled,
            None => UserAnswer::NoAnswer,
        }
    }

    fn ask(&self, interaction: &Interaction, stop: &Stop) -> UserAnswer {
        let until = Instant::now() + interaction.wait();
        say(&prompt(interaction));
        if interaction.kind == InteractionKind::Display {
            say("\n");
            return UserAnswer::Shown;
        }
        loop {
            let Some(line) = self.line(until, stop) else { return UserAnswer::NoAnswer };
            match read(interaction, &line) {
                Some(answer) if interaction.accepts(&answer) => return answer,
                _ => say("Not an answer to this. "),
            }
        }
    }

    fn line(&self, until: Instant, stop: &Stop) -> Option<String> {
        let lines = self.lines.as_ref()?.lock().ok()?;
        while Instant::now() < until && !stop.is_set() {
            match lines.recv_timeout(LOOK) {
                Ok(line) => return Some(line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        None
    }
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // Without a terminal nobody reads it.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn accepted(interaction: &Interaction) -> UserAnswer {
    if let Some(default) = interaction.options.default.as_ref().filter(|_| interaction.kind != InteractionKind::Confirm)
    {
        return default.clone();
    }
    match interaction.kind {
        InteractionKind::Display => UserAnswer::Shown,
        InteractionKind::Confirm => UserAnswer::Yes,
        InteractionKind::TextInput => UserAnswer::Text(String::new()),
        InteractionKind::SingleChoice => UserAnswer::Choice(1),
        InteractionKind::MultipleChoice => UserAnswer::Choices(vec![1]),
    }
}

const fn denied(kind: InteractionKind) -> UserAnswer {
    match kind {
        InteractionKind::Display => UserAnswer::Shown,
        InteractionKind::Confirm => UserAnswer::No,
        InteractionKind::TextInput | InteractionKind::SingleChoice | InteractionKind::MultipleChoice => {
            UserAnswer::Cancelled
        }
    }
}

/// What is shown: the text, the choices, what may be typed.
fn prompt(interaction: &Interaction) -> String {
    let mut text = format!("\n{}: {}\n", interaction.server, interaction.text);
    for (number, choice) in (1..).zip(&interaction.choices) {
        text += &format!("  {number}  {choice}\n");
    }
    let default = interaction.options.default.as_ref().map(written).filter(|text| !text.is_empty());
    let default = default.map(|text| format!(" [{text}]")).unwrap_or_default();
    let how = match interaction.kind {
        InteractionKind::Display => return text,
        InteractionKind::Confirm => "y or n",
        InteractionKind::TextInput => "text",
        InteractionKind::SingleChoice => "number",
        InteractionKind::MultipleChoice => "numbers",
    };
    text + &format!("{how}, or {CANCEL}{default}: ")
}

/// An answer as it would be typed.
fn written(answer: &UserAnswer) -> String {
    match answer {
        UserAnswer::Yes => "y".to_owned(),
        UserAnswer::No => "n".to_owned(),
        UserAnswer::Text(text) => text.clone(),
        UserAnswer::Choice(number) => number.to_string(),
        UserAnswer::Choices(numbers) => numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

/// What a typed line means; an empty one is the default response.
fn read(interaction: &Interaction, line: &str) -> Option<UserAnswer> {
    let line = line.trim();
    if line == CANCEL {
        return Some(UserAnswer::Cancelled);
    }
    if let Some(default) = interaction.options.default.as_ref().filter(|_| line.is_empty()) {
        return Some(default.clone());
    }
    match interaction.kind {
        InteractionKind::Display => Some(UserAnswer::Shown),
        InteractionKind::Confirm => match line.to_ascii_lowercase().as_str() {
            "y" | "yes" => Some(UserAnswer::Yes),
            "n" | "no" => Some(UserAnswer::No),
            _ => None,
        },
        InteractionKind::TextInput => Some(UserAnswer::Text(line.to_owned())),
        InteractionKind::SingleChoice => line.parse().ok().map(UserAnswer::Choice),
        InteractionKind::MultipleChoice => {
            let numbers = line.split([' ', ',']).filter(|word| !word.is_empty()).map(str::parse);
            numbers.collect::<Result<Vec<u32>, _>>().ok().map(UserAnswer::Choices)
        }
    }
}

#[cfg(test)]
mod tests {
    use omadm_proto::auth::nonce::Seed;
    use omadm_proto::exchange::{Inbound, Syntax};
    use omadm_tree::Tree;
    use omadm_tree::mo::DevInfo;
    use xrem_client::{Account, Action, Client, Output, Trigger};

    use super::*;

    /// What a server's alert becomes.
    fn interaction(code: u32, options: &str, texts: &[&str]) -> Interaction {
        let mut tree = Tree::builder().mo(DevInfo::new("urn:dev:1")).build().unwrap();
        let account = Account::new("dm", "http://dm/");
        let mut client = Client::new([account], Seed::new([0; 32])).with_user_interface(UserInterface::Present);
        let now = omadm_proto::time::Instant::ZERO;
        client.start_session(now, &mut tree, "dm", Trigger::Client).unwrap();
        let mut outputs = std::iter::from_fn(|| client.poll_output());
        let sent =
            outputs.find_map(|output| if let Output::Transmit(sent) = output { Some(sent) } else { None }).unwrap();
        let session = String::from_utf8(sent.body.to_vec()).unwrap();
        let session = session.split("<SessionID>").nth(1).unwrap().split('<').next().unwrap();
        let items: String = texts.iter().map(|text| format!("<Item><Data>{text}</Data></Item>")).collect();
        let reply = format!(
            "<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>{session}</SessionID><MsgID>1</MsgID>\
             <Target><LocURI>urn:dev:1</LocURI></Target><Source><LocURI>http://dm/</LocURI></Source></SyncHdr><SyncBody>\
             <Alert><CmdID>1</CmdID><Data>{code}</Data><Item><Data>{options}</Data></Item>{items}</Alert><Final/></SyncBody></SyncML>"
        );
        client.handle_message(now, &mut tree, sent.exchange, Inbound::new(Syntax::Xml, reply.as_bytes()));
        let mut outputs = std::iter::from_fn(|| client.poll_output());
        let asked = outputs.find_map(|output| match output {
            Output::Action { action: Action::Interact(interaction), .. } => Some(interaction),
            _ => None,
        });
        asked.unwrap()
    }

    #[test]
    fn typed_lines_are_read_by_the_kind_of_question() {
        let confirm = interaction(1101, "DR=0", &["Go on?"]);
        assert_eq!(read(&confirm, "Y"), Some(UserAnswer::Yes));
        assert_eq!(read(&confirm, ""), Some(UserAnswer::No));
        assert_eq!(read(&confirm, "maybe"), None);
        assert_eq!(read(&confirm, "/cancel"), Some(UserAnswer::Cancelled));
        let choice = interaction(1104, "", &["Which?", "red", "green"]);
        assert_eq!(read(&choice, "2, 1"), Some(UserAnswer::Choices(vec![2, 1])));
        assert_eq!(read(&choice, "green"), None);
        assert!(prompt(&choice).contains("  2  green\n"));
        let text = interaction(1102, "DR=John", &["Name"]);
        assert_eq!(read(&text, " Ada "), Some(UserAnswer::Text("Ada".into())));
        assert!(prompt(&text).ends_with("text, or /cancel [John]: "));
    }

    #[test]
    fn rules_answer_every_kind_of_question_with_something_acceptable() {
        let questions = [
            interaction(1100, "", &["Hello"]),
            interaction(1101, "DR=0", &["Go on?"]),
            interaction(1102, "", &["Name"]),
            interaction(1103, "DR=2", &["Which?", "red", "green"]),
            interaction(1104, "", &["Which?", "red", "green"]),
        ];
        for question in &questions {
            for rule in [Rule::Accept, Rule::Deny] {
                let answer = User::new(rule).interact(question, &Stop::default());
                assert!(question.accepts(&answer), "{rule:?} {question:?} {answer:?}");
            }
        }
        assert_eq!(User::new(Rule::Accept).interact(&questions[1], &Stop::default()), UserAnswer::Yes);
        assert_eq!(User::new(Rule::Accept).interact(&questions[3], &Stop::default()), UserAnswer::Choice(2));
        assert_eq!(User::new(Rule::Deny).pin(3, &Stop::default()), UserAnswer::Cancelled);
    }
}
