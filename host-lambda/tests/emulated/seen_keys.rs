//! Records that other objects, or other parts of one, have brought.

use sluice_host::aws::SeenKeysTable;
use sluice_pipeline::{
    part::{Part, Position},
    ports::{Brought, SeenKeys as _},
};

use super::ministack::Ministack;

fn part(start: u64, end: Option<u64>) -> Part {
    let at = |record| Position { record, byte: None };
    Part {
        start: at(start),
        end: end.map(at),
    }
}

/// Records whose numbers are their keys, too.
fn records(numbers: [u64; 3]) -> [Brought; 3] {
    numbers.map(|record| Brought {
        key: [record as u8; 16],
        record,
    })
}

/// Which of these are new to a part of an object.
fn register(aws: &Ministack, stem: &str, part: Part, brought: &[Brought]) -> Vec<bool> {
    let (control, space) = ("control".to_owned(), "orders".to_owned());
    let mut seen = SeenKeysTable::new(&aws.session(), control, space, stem.to_owned(), part);
    seen.register(brought).unwrap()
}

#[test]
fn a_dead_attempt_that_went_too_far_takes_nothing_from_the_part_that_follows() {
    let aws = Ministack::start();
    aws.create_table("control", "pk", Some("sk"));
    let all = records([0, 1, 2]);
    assert_eq!(register(&aws, "a", Part::WHOLE, &all), [true; 3], "it dies");
    assert_eq!(register(&aws, "a", part(0, Some(1)), &all[..1]), [true]);
    assert_eq!(register(&aws, "a", part(1, Some(2)), &all[1..2]), [true]);
    assert_eq!(register(&aws, "a", part(2, None), &all[2..]), [true]);
    // The key of the first record once more, in another part and in its own.
    let again = [Brought {
        key: all[0].key,
        record: 2,
    }];
    assert_eq!(register(&aws, "a", part(2, None), &again), [false]);
    assert_eq!(register(&aws, "a", part(0, Some(1)), &all[..1]), [true]);
    assert_eq!(register(&aws, "b", Part::WHOLE, &all), [false; 3]);
}
