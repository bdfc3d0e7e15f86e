//! Deliveries over a carrier that answers by a script, with a clock that only moves when somebody waits.
#![allow(clippy::unwrap_used)]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use super::*;
use crate::carrier::Lost;

/// What the server does, one attempt after another, and how long each takes.
type Script = VecDeque<(Result<Answer, Lost>, Duration)>;

#[derive(Clone)]
struct Virtual {
    start: Instant,
    passed: Arc<Mutex<Duration>>,
}

impl Virtual {
    fn pass(&self, time: Duration) {
        *self.passed.lock().unwrap() += time;
    }
}

impl Clock for Virtual {
    fn now(&self) -> Instant {
        self.start + *self.passed.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + *self.passed.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) {
        self.pass(duration);
    }
}

struct Scripted {
    script: Mutex<Script>,
    clock: Virtual,
}

impl Carrier for Scripted {
    fn carry(
        &self,
        request: &Request,
        _: &[(String, String)],
        most: Duration,
    ) -> Result<Answer, Lost> {
        assert_eq!(
            request.idempotency_key, "key",
            "every attempt has the same key"
        );
        let (outcome, time) = self.script.lock().unwrap().pop_front().unwrap();
        self.clock.pass(time.min(most));
        if time > most {
            return Err(lost(Sent::Maybe));
        }
        outcome
    }
}

fn answer(status: u16, retry_after: Option<u64>) -> Result<Answer, Lost> {
    Ok(Answer {
        status,
        retry_after: retry_after.map(Duration::from_secs),
        body: Vec::new(),
    })
}

fn lost(sent: Sent) -> Lost {
    Lost {
        sent,
        reason: "gone".to_owned(),
    }
}

/// Delivers with ten seconds an attempt; returns what came of it, and the seconds that passed.
fn deliver(script: Vec<Result<Answer, Lost>>, deadline: u64) -> (Delivery, f64) {
    timed(
        script.into_iter().map(|outcome| (outcome, 0)).collect(),
        deadline,
        deadline,
    )
}

fn timed(script: Vec<(Result<Answer, Lost>, u64)>, retry: u64, deadline: u64) -> (Delivery, f64) {
    let clock = Virtual {
        start: Instant::now(),
        passed: Arc::default(),
    };
    let script = script.into_iter();
    let carrier = Scripted {
        script: Mutex::new(
            script
                .map(|(outcome, time)| (outcome, Duration::from_secs(time)))
                .collect(),
        ),
        clock: clock.clone(),
    };
    let timeout = Duration::from_secs(10);
    let courier = Courier::new(
        carrier,
        clock.clone(),
        Authorization::None,
        timeout,
        Backoff::default(),
    );
    let request = Request {
        url: "http://127.0.0.1:1/".to_owned(),
        content_type: "application/json",
        idempotency_key: "key".to_owned(),
        body: Vec::new(),
    };
    let until = Until {
        retry: clock.start + Duration::from_secs(retry),
        deadline: clock.start + Duration::from_secs(deadline),
    };
    let delivery = courier.deliver(&request, until);
    let passed = clock.passed.lock().unwrap().as_secs_f64();
    assert!(
        courier.carrier.script.lock().unwrap().is_empty(),
        "not all was asked for"
    );
    (delivery, passed)
}

#[test]
fn what_passes_is_tried_again() {
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        let (delivery, passed) = deliver(vec![answer(status, None), answer(201, None)], 60);
        assert_eq!(delivery.outcome.unwrap().status, 201);
        assert_eq!((delivery.attempts, delivery.passing), (2, vec![status]));
        assert!(passed <= 0.1, "{passed}");
    }
    let (delivery, _) = deliver(
        vec![
            Err(lost(Sent::No)),
            Err(lost(Sent::Maybe)),
            answer(200, None),
        ],
        60,
    );
    assert_eq!((delivery.attempts, delivery.passing), (3, vec![0, 0]));
}

#[test]
fn what_does_not_pass_settles() {
    for status in [
        200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 413, 422, 501, 505,
    ] {
        let (delivery, _) = deliver(vec![answer(status, None)], 60);
        assert_eq!(
            (delivery.outcome.unwrap().status, delivery.attempts),
            (status, 1)
        );
    }
}

#[test]
fn a_server_that_asks_to_wait_is_waited_for() {
    let (delivery, passed) = deliver(
        vec![
            answer(429, Some(7)),
            answer(409, Some(1)),
            answer(201, None),
        ],
        60,
    );
    assert_eq!(delivery.attempts, 3);
    assert!((8.0..8.4).contains(&passed), "{passed}");
    // It asks for more than there is.
    let (delivery, passed) = deliver(vec![answer(503, Some(90))], 60);
    assert_eq!(
        delivery.outcome.unwrap_err().to_string(),
        "after 1 attempts: HTTP status 503"
    );
    assert!(passed < 0.1);
}

#[test]
fn a_time_out_is_no_failure_and_the_deadline_is_kept() {
    let slow = || (answer(201, None), 30);
    let (delivery, passed) = timed(vec![slow(), slow(), slow()], 25, 25);
    assert!(
        matches!(delivery.outcome, Err(GaveUp::OutOfTime { attempts: 3, .. })),
        "{delivery:?}"
    );
    assert!((24.9..=25.1).contains(&passed), "{passed}");
    // However late it is, it is tried.
    let (delivery, _) = deliver(vec![answer(201, None)], 0);
    assert_eq!(delivery.outcome.unwrap().status, 201);
}

#[test]
fn an_attempt_has_its_time_however_short_requests_are_tried_again() {
    let (delivery, passed) = timed(vec![(answer(201, None), 8)], 0, 60);
    assert_eq!(delivery.outcome.unwrap().status, 201);
    assert!((8.0..8.1).contains(&passed), "{passed}");
    let (delivery, passed) = timed(vec![(answer(503, None), 8), (answer(201, None), 8)], 9, 60);
    assert_eq!(delivery.attempts, 2);
    assert!((16.0..16.2).contains(&passed), "{passed}");
    let (delivery, _) = timed(vec![(answer(503, None), 8)], 8, 60);
    assert!(matches!(
        delivery.outcome,
        Err(GaveUp::OutOfTime { attempts: 1, .. })
    ));
}

#[test]
fn what_cannot_be_sent_is_not_tried_again() {
    let (delivery, _) = deliver(vec![Err(lost(Sent::Never))], 60);
    assert_eq!(
        delivery.outcome.unwrap_err(),
        GaveUp::Unsendable("gone".to_owned())
    );
}

#[test]
fn waits_double_up_to_a_bound() {
    let backoff = Backoff::default();
    let bounds = (1..=10).map(|attempt| backoff.bound(attempt).as_millis());
    assert_eq!(
        bounds.collect::<Vec<_>>(),
        [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000]
    );
    assert_eq!(backoff.bound(u32::MAX), backoff.most);
}
