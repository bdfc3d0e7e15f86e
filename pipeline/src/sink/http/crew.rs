//! The threads that send: each takes the next letter, sends it until it is answered, and says what became of its rows.

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use sluice_courier::{Carrier, Clock, Courier, Delivery, Request, Until};

use super::{
    answer::{Meaning, meaning},
    letter::Letter,
    results::{SettledRow, Settlement},
};

/// What became of a letter: of each row, or of how many rows nobody knows anything, and why.
type Outcome = Result<Settlement, (usize, String)>;

/// Sends letters and makes sense of the answers.
pub(super) struct Post<C, K> {
    courier: Courier<C, K>,
    url: String,
    is_batch: bool,
}

impl<C: Carrier, K: Clock> Post<C, K> {
    pub(super) fn new(courier: Courier<C, K>, url: String, is_batch: bool) -> Self {
        Self {
            courier,
            url,
            is_batch,
        }
    }

    /// Sends a letter, and its parts where the answer does not say which row is at fault.
    fn send(&self, letter: Letter, deadline: Instant, retry: Duration) -> Outcome {
        let clock = self.courier.clock();
        if let Some(due) = letter.due {
            if due >= deadline {
                let reason = "at this `rate`, its turn comes when the time is up".to_owned();
                return Err((letter.rows.len(), reason));
            }
            clock.sleep(due.saturating_duration_since(clock.now()));
        }
        let begun = letter.due.unwrap_or_else(|| clock.now());
        let until = Until {
            retry: clock.now() + retry,
            deadline,
        };
        let all = 0..letter.rows.len();
        let mut settlement = Settlement {
            rows: Vec::with_capacity(all.len()),
            requests: 0,
            statuses: Vec::new(),
            took: Duration::ZERO,
            keys: Vec::new(),
        };
        let sent = self.send_rows(&letter, all, until, &mut settlement);
        sent.map_err(|reason| (letter.rows.len(), reason))?;
        settlement.took = clock.now().saturating_duration_since(begun);
        settlement.keys = letter.keys;
        Ok(settlement)
    }

    fn send_rows(
        &self,
        letter: &Letter,
        rows: Range<usize>,
        until: Until,
        settlement: &mut Settlement,
    ) -> Result<(), String> {
        let body = letter.body(rows.clone(), self.is_batch);
        let request = Request {
            url: self.url.clone(),
            content_type: "application/json",
            idempotency_key: letter.idempotency_key(rows.clone(), self.is_batch, &body),
            body,
        };
        let Delivery {
            outcome,
            attempts,
            passing,
        } = self.courier.deliver(&request, until);
        settlement.requests += 1;
        settlement.statuses.extend(passing);
        let answer = outcome.map_err(|gave_up| gave_up.to_string())?;
        settlement.statuses.push(answer.status);
        let mut book = |row: usize, status, fate| {
            settlement.rows.push(SettledRow {
                id: letter.rows[row].0,
                status,
                attempts,
                fate,
            });
        };
        match meaning(&answer, rows.len()) {
            Meaning::All(fate) => rows.for_each(|row| book(row, answer.status, fate.clone())),
            Meaning::Each(fates) => {
                let fates = rows.zip(fates);
                fates.for_each(|(row, (status, fate))| book(row, status, fate));
            }
            Meaning::OneOfThem => {
                let middle = rows.start + rows.len() / 2;
                self.send_rows(letter, rows.start..middle, until, settlement)?;
                self.send_rows(letter, middle..rows.end, until, settlement)?;
            }
            Meaning::Fault(reason) => return Err(reason),
        }
        Ok(())
    }
}

/// The threads, and what is on its way.
pub(super) struct Crew {
    /// What is not sent yet; nothing once it is over.
    letters: Option<SyncSender<Letter>>,
    outcomes: Receiver<Outcome>,
    most: usize,
    on_their_way: usize,
}

impl Crew {
    /// Starts the threads. A letter is sent until `deadline`, and sent again for `retry` at the most.
    pub(super) fn new<C: Carrier + 'static, K: Clock + 'static>(
        post: Post<C, K>,
        most: usize,
        deadline: Instant,
        retry: Duration,
    ) -> Self {
        let (letters, mailbox) = sync_channel(most);
        let (results, outcomes) = channel();
        let (post, mailbox) = (Arc::new(post), Arc::new(Mutex::new(mailbox)));
        for _ in 0..most {
            let (post, mailbox, results) = (post.clone(), mailbox.clone(), results.clone());
            thread::spawn(move || work(&post, &mailbox, &results, deadline, retry));
        }
        Self {
            letters: Some(letters),
            outcomes,
            most,
            on_their_way: 0,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.on_their_way < self.most
    }

    pub(super) fn is_busy(&self) -> bool {
        self.on_their_way > 0
    }

    /// Hands a letter to the next thread that is free. There must be [room](Self::has_room).
    pub(super) fn send(&mut self, letter: Letter) {
        self.on_their_way += 1;
        if let Some(letters) = &self.letters
            && letters.send(letter).is_err()
        {
            // No thread is left; the next wait says so.
            self.letters = None;
        }
    }

    /// Waits for any letter; nothing where none is on its way.
    pub(super) fn wait(&mut self) -> Option<Outcome> {
        if !self.is_busy() {
            return None;
        }
        self.on_their_way -= 1;
        let gone = |_| Err((1, "the threads that send have ended".to_owned()));
        Some(self.outcomes.recv().unwrap_or_else(gone))
    }
}

/// Sends until there is nothing more to send, or nobody who asks.
fn work<C: Carrier, K: Clock>(
    post: &Post<C, K>,
    mailbox: &Mutex<Receiver<Letter>>,
    results: &Sender<Outcome>,
    deadline: Instant,
    retry: Duration,
) {
    loop {
        let next = mailbox
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(letter) = next else { return };
        let rows = letter.rows.len();
        // A letter of which nothing is ever heard would be waited for without end.
        let sent = catch_unwind(AssertUnwindSafe(|| post.send(letter, deadline, retry)));
        let outcome = sent.unwrap_or_else(|_| {
            Err((
                rows,
                "a defect of Sluice stopped a request; the log says where".to_owned(),
            ))
        });
        if results.send(outcome).is_err() {
            return;
        }
    }
}
