//! A queue with the habits of SQS, in a time of its own: what failed becomes visible again when everything that ran at
//! that moment has ended, as it would after a visibility timeout that is longer than any invocation.

use std::{
    collections::BTreeSet,
    sync::{Condvar, Mutex},
};

use serde_json::{Value, json};

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: String,
    /// How often it was received, this time included.
    pub(crate) receives: u32,
    /// Deliveries of other messages that it waits for.
    delay: u32,
    /// Invocations that it waits for.
    hidden_by: BTreeSet<u64>,
}

/// Messages of one invocation.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) invocation: u64,
    pub(crate) messages: Vec<Message>,
}

/// How orderly the queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Each message is delivered once, in its order.
    Good,
    /// Messages are delivered late, twice and in any order.
    Bad,
}

/// The queue of a pipeline, and its dead letters.
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    max_receive_count: u32,
    order: Order,
}

struct State {
    messages: Vec<Message>,
    running: BTreeSet<u64>,
    invocations: u64,
    dead_letters: Vec<Message>,
    rng: fastrand::Rng,
}

impl Queue {
    pub(crate) fn new(max_receive_count: u32, order: Order, seed: u64) -> Self {
        Self {
            state: Mutex::new(State {
                messages: Vec::new(),
                running: BTreeSet::new(),
                invocations: 0,
                dead_letters: Vec::new(),
                rng: fastrand::Rng::with_seed(seed),
            }),
            changed: Condvar::new(),
            max_receive_count,
            order,
        }
    }

    /// Sends a message, and in a bad order sometimes more of it, some of them late.
    pub(crate) fn send(&self, body: &str) {
        let mut state = self.state.lock().unwrap();
        let copies = match self.order {
            Order::Good => 1,
            Order::Bad => state.rng.u32(1..=3),
        };
        for _ in 0..copies {
            let delay = match self.order {
                Order::Good => 0,
                Order::Bad => state.rng.u32(0..6),
            };
            let id = format!("{:016x}", state.rng.u64(..));
            state.messages.push(Message {
                id,
                body: body.to_owned(),
                receives: 0,
                delay,
                hidden_by: BTreeSet::new(),
            });
        }
        self.changed.notify_all();
    }

    /// Up to `size` messages, once there are any; `None` where there are none and will be none. `more` brings messages
    /// that were sent elsewhere; it is asked each time.
    pub(crate) fn receive(&self, size: usize, more: impl Fn() -> Vec<String>) -> Option<Batch> {
        loop {
            more().iter().for_each(|body| self.send(body));
            let mut state = self.state.lock().unwrap();
            let messages = state.take(size, self.order, self.max_receive_count);
            if !messages.is_empty() {
                state.invocations += 1;
                let invocation = state.invocations;
                state.running.insert(invocation);
                return Some(Batch {
                    invocation,
                    messages,
                });
            }
            if state.running.is_empty() {
                if state.messages.is_empty() {
                    self.changed.notify_all();
                    return None;
                }
                // Time passes.
                state
                    .messages
                    .iter_mut()
                    .for_each(|message| message.delay = 0);
                continue;
            }
            drop(self.changed.wait(state).unwrap());
        }
    }

    /// Has whoever waits for messages look elsewhere, too.
    pub(crate) fn wake(&self) {
        self.changed.notify_all();
    }

    /// Ends an invocation: the messages with these ids are delivered again, the others never.
    pub(crate) fn settle(&self, batch: Batch, failed: impl Fn(&Message) -> bool) {
        let mut state = self.state.lock().unwrap();
        state.running.remove(&batch.invocation);
        for message in &mut state.messages {
            message.hidden_by.remove(&batch.invocation);
        }
        let running = state.running.clone();
        for mut message in batch.messages {
            if failed(&message) {
                message.hidden_by.clone_from(&running);
                state.messages.push(message);
            }
        }
        self.changed.notify_all();
    }

    /// Bodies of the messages that were received too often.
    pub(crate) fn dead_letters(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let letters = state.dead_letters.iter();
        letters.map(|message| message.body.clone()).collect()
    }

    /// Sends the dead letters again, as an operator does. Gives their number.
    pub(crate) fn redrive(&self) -> usize {
        let mut state = self.state.lock().unwrap();
        let letters = std::mem::take(&mut state.dead_letters);
        let number = letters.len();
        for mut letter in letters {
            letter.receives = 0;
            letter.hidden_by.clear();
            state.messages.push(letter);
        }
        number
    }
}

impl State {
    fn take(&mut self, size: usize, order: Order, max_receive_count: u32) -> Vec<Message> {
        // A message that was received often enough is a dead letter when it would be visible again.
        let visible = |message: &Message| message.hidden_by.is_empty();
        let (dead, alive) = std::mem::take(&mut self.messages)
            .into_iter()
            .partition(|message| visible(message) && message.receives >= max_receive_count);
        self.messages = alive;
        self.dead_letters.extend::<Vec<_>>(dead);
        let mut taken = Vec::new();
        while taken.len() < size {
            let ready: Vec<usize> = (0..self.messages.len())
                .filter(|index| visible(&self.messages[*index]) && self.messages[*index].delay == 0)
                .collect();
            let Some(first) = ready.first() else { break };
            let index = match order {
                Order::Good => *first,
                Order::Bad => ready[self.rng.usize(..ready.len())],
            };
            let mut message = self.messages.remove(index);
            message.receives += 1;
            taken.push(message);
        }
        if !taken.is_empty() {
            for message in &mut self.messages {
                message.delay = message.delay.saturating_sub(1);
            }
        }
        taken
    }
}

impl Message {
    /// One that was received before.
    #[cfg(test)]
    pub(crate) fn received(id: &str, receives: u32) -> Self {
        Self {
            id: id.to_owned(),
            body: String::new(),
            receives,
            delay: 0,
            hidden_by: BTreeSet::new(),
        }
    }
}

impl Batch {
    /// The batch as Lambda hands it to a function.
    pub(crate) fn event(&self) -> Value {
        let records: Vec<Value> = self
            .messages
            .iter()
            .map(|message| {
                json!({
                    "messageId": message.id,
                    "receiptHandle": format!("{}-{}", message.id, message.receives),
                    "body": message.body,
                    "attributes": {
                        "ApproximateReceiveCount": message.receives.to_string(),
                        "SentTimestamp": "1795341600000",
                    },
                    "messageAttributes": {},
                    "eventSource": "aws:sqs",
                    "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:laboratory",
                    "awsRegion": "eu-central-1",
                })
            })
            .collect();
        json!({ "Records": records })
    }
}
