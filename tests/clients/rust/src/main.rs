//! rust_socketio, which emits at once: `clients`. Prints a line for each step, see `scripts/clients.ts`.
use rust_socketio::{client::Client, ClientBuilder, Event, Payload, TransportType};
use serde_json::{json, Value};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(60);

fn say(line: &str) {
    println!("{line}");
}

fn first(payload: Payload) -> Value {
    match payload {
        Payload::Text(values) => values.into_iter().next().unwrap_or(Value::Null),
        _ => Value::Null,
    }
}

fn ask(client: &Client, name: &str, payload: Value) -> Value {
    let (answers, answer) = channel();
    client
        .emit_with_ack(name, payload, WAIT, move |payload, _| {
            let _ = answers.send(first(payload));
        })
        .expect("an event that is sent");
    let found = answer.recv_timeout(WAIT).unwrap_or(Value::Null);
    // The values of an acknowledgement are a list.
    match found {
        Value::Array(mut values) if !values.is_empty() => values.remove(0),
        other => other,
    }
}

fn converse(client: &Client, texts: &Receiver<String>, room: &str, text: &str) {
    let joined = ask(client, "room:join", json!({ "roomId": room }));
    say(if joined["ok"] == true { "joined" } else { "not joined" });
    let sent = ask(client, "message:send", json!({ "roomId": room, "content": text }));
    say(if sent["ok"] == true { "sent" } else { "not sent" });
    let mut found = false;
    while let Ok(next) = texts.recv_timeout(WAIT) {
        if next == text {
            found = true;
            break;
        }
    }
    say(if found { "received" } else { "nothing received" });
    let page = ask(client, "message:history", json!({ "roomId": room, "limit": 200 }));
    say(if page["messages"].is_array() { "history" } else { "no history" });
}

fn main() {
    let variable = |name: &str| std::env::var(name).expect(name);
    let (url, token, room) = (variable("PARLEY_URL"), variable("PARLEY_TOKEN"), variable("PARLEY_ROOM"));
    let (text_sender, texts): (Sender<String>, Receiver<String>) = channel();
    let (connection_sender, connections): (Sender<()>, Receiver<()>) = channel();
    let client = ClientBuilder::new(url.clone())
        .auth(json!({ "token": token }))
        .transport_type(TransportType::Websocket)
        .reconnect_on_disconnect(true)
        .reconnect_delay(200, 1000)
        .on(Event::Connect, move |_, _| {
            let _ = connection_sender.send(());
        })
        .on("message:new", move |payload, _| {
            if let Some(content) = first(payload)["content"].as_str() {
                let _ = text_sender.send(content.to_string());
            }
        })
        .connect()
        .expect("a connection");
    // As in the README of the library: `connect` returns before the namespace is connected.
    converse(&client, &texts, &room, "rust");
    let _ = connections.recv_timeout(WAIT);
    say("restart");
    say(if connections.recv_timeout(WAIT).is_ok() { "back" } else { "not back" });
    converse(&client, &texts, &room, "rust again");
    let _ = client.disconnect();

    let (error_sender, errors): (Sender<String>, Receiver<String>) = channel();
    let stranger = ClientBuilder::new(url)
        .auth(json!({ "token": "wrong" }))
        .transport_type(TransportType::Websocket)
        .reconnect(false)
        .on(Event::Error, move |payload, _| {
            let _ = error_sender.send(format!("{payload:?}"));
        })
        .connect();
    let error = errors.recv_timeout(WAIT).unwrap_or_default();
    say(if error.contains("UNAUTHENTICATED") { "refused" } else { "not refused" });
    if let Ok(client) = stranger {
        let _ = client.disconnect();
    }
    std::process::exit(0);
}
