//! The checker is checked: what a run has left is spoilt on purpose, in each of the ways that a defect of the program
//! would spoil it, and every record of it must be told.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    checker::{self, Verdict},
    objects::{Fate, Layout, Object, Size},
    queue::{Order, Queue},
    schedule::Schedule,
    site::{Item, Site, Upload, clients, text},
    work::{MAX_RECEIVE_COUNT, Pace, Run},
};
use crate::aws::ministack::Ministack;

const SIZE: Size = Size::Small;

/// Records that are lost, unfinished and doubled.
type Told = (u64, u64, u64);

#[test]
fn whatever_is_wrong_is_told() {
    let aws = Ministack::start();
    spoil(&aws, Layout::TableAndLake, |spoilt| {
        spoilt.an_item();
        spoilt.files_of("lake/");
        spoilt.files_of("rejects/");
        spoilt.an_object_half_way();
        spoilt.a_report();
    });
    spoil(&aws, Layout::Http, |spoilt| {
        spoilt.what_was_sent();
        spoilt.files_of("rejects/");
        spoilt.the_results();
        spoilt.a_report();
    });
}

/// Makes an undisturbed run, and spoils what it leaves.
fn spoil(aws: &Ministack, layout: Layout, ways: impl FnOnce(&Spoilt<'_>)) {
    let objects = Object::invent(layout, SIZE, &mut fastrand::Rng::with_seed(1));
    let pace = Pace::new();
    let name = layout.name().replace('+', "-");
    let site = Site::new(aws, &format!("tampered-{name}"));
    let queue = Queue::new(MAX_RECEIVE_COUNT, Order::Good, 0);
    let run = Run::new(
        site,
        layout.settings(SIZE),
        queue,
        Schedule::undisturbed(),
        &pace,
    );
    let uploads = run.upload(&objects);
    run.work(1);
    let spoilt = Spoilt {
        layout,
        site: &run.site,
        uploads: &uploads,
    };
    assert_eq!(spoilt.told(), (0, 0, 0));
    ways(&spoilt);
    assert_eq!(spoilt.told(), (0, 0, 0), "all is as it was");
}

/// What a run has left.
struct Spoilt<'a> {
    layout: Layout,
    site: &'a Site<'a>,
    uploads: &'a [Upload<'a>],
}

impl Spoilt<'_> {
    fn verdict(&self, waiting: &[String]) -> Verdict {
        checker::check(self.site, self.layout, SIZE, self.uploads, waiting)
    }

    fn told(&self) -> Told {
        told(&self.verdict(&[]))
    }

    /// An item is missing, is somebody else's, or was never uploaded.
    fn an_item(&self) {
        let items = self.site.scan(&self.site.table);
        let item = items.first().expect("a run leaves items");
        self.site.delete(&self.site.table, item, &["id"]);
        assert_eq!(self.told(), (1, 0, 0), "an item is missing");
        let mut other = item.clone();
        other.insert("mark".to_owned(), AttributeValue::S("o0r999".to_owned()));
        self.site.put(&self.site.table, &other);
        assert_eq!(self.told(), (1, 0, 0), "an item is another record");
        self.site.put(&self.site.table, item);
        other.insert("id".to_owned(), AttributeValue::S("stranger".to_owned()));
        self.site.put(&self.site.table, &other);
        assert_eq!(self.told(), (0, 0, 1), "an item that nobody has brought");
        self.site.delete(&self.site.table, &other, &["id"]);
    }

    /// A file is missing, or there is a copy of it.
    fn files_of(&self, prefix: &str) {
        let files = self.site.files();
        let file = files.iter().find(|file| file.starts_with(prefix));
        let file = file.expect("a run leaves files");
        let records = match prefix {
            "lake/" => self.site.marks(file).len(),
            _ => self.site.rejects(file).len(),
        } as u64;
        assert!(records > 0);
        let (lake, aws) = (&self.site.lake, self.site.aws);
        let copy = format!("{prefix}copy-of-{}", file.rsplit('/').next().unwrap());
        let bytes = aws.get_object(lake, file);
        aws.put_object(lake, &copy, bytes.clone());
        assert_eq!(self.told(), (0, 0, records), "a copy of {file}");
        self.site.delete_object(lake, &copy);
        self.site.delete_object(lake, file);
        assert_eq!(self.told(), (records, 0, 0), "{file} is missing");
        aws.put_object(lake, file, bytes);
    }

    /// The API has a record less, or twice, or one that nobody has sent.
    fn what_was_sent(&self) {
        let receiver = &self.site.receiver;
        let (mark, _) = receiver.stored().pop_first().expect("a run sends records");
        receiver.spoil(|stored| _ = stored.remove(&mark));
        assert_eq!(self.told(), (1, 0, 0), "a record is missing");
        receiver.spoil(|stored| _ = stored.insert(mark.clone(), 2));
        assert_eq!(self.told(), (0, 0, 1), "a record is there twice");
        receiver.spoil(|stored| _ = stored.insert(mark, 1));
        receiver.spoil(|stored| _ = stored.insert("o0r999".to_owned(), 1));
        assert_eq!(self.told(), (0, 0, 1), "a record that nobody has sent");
        receiver.spoil(|stored| _ = stored.remove("o0r999"));
    }

    /// The results say too little, too much or something else, or the counts do not add up.
    fn the_results(&self) {
        let (lake, aws) = (&self.site.lake, self.site.aws);
        let files = self.site.files();
        let spoil = |prefix: &str, spoil: &dyn Fn(&str) -> String, what: &str| {
            let file = files.iter().find(|file| file.starts_with(prefix));
            let file = file.expect("a run leaves files");
            let text = aws.get_object(lake, file);
            let spoilt = spoil(std::str::from_utf8(&text).unwrap());
            aws.put_object(lake, file, spoilt.into_bytes());
            let verdict = self.verdict(&[]);
            assert_eq!(told(&verdict), (0, 0, 0), "{what}");
            assert!(!verdict.findings.is_empty(), "{what}");
            aws.put_object(lake, file, text);
        };
        let without_a_line = |text: &str| text.split_once('\n').unwrap().1.to_owned();
        spoil("results/", &without_a_line, "a line is missing");
        let twice = |text: &str| format!("{}\n{text}", text.lines().next().unwrap());
        spoil("results/", &twice, "a line is there twice");
        let other = |text: &str| text.replacen("\"stored\"", "\"refused\"", 1);
        spoil("results/", &other, "what was stored is refused");
        let unheard = |text: &str| text.replacen("\"201\": ", "\"201\": 1", 1);
        spoil("counts/", &unheard, "an attempt too many");
    }

    /// An object is not done: what is missing of it is lost, or not finished where a message about it still waits.
    fn an_object_half_way(&self) {
        let is_live = |upload: &&Upload<'_>| upload.object.count(Fate::Live) > 0;
        let upload = self.uploads.iter().find(is_live).unwrap();
        let marks: Vec<&str> = upload
            .object
            .live()
            .map(|record| record.mark.as_str())
            .collect();
        let items = self.site.scan(&self.site.table);
        let of_object = |item: &&Item| marks.contains(&text(item, "mark").unwrap_or_default());
        let item = items.iter().find(of_object).unwrap();
        let entries = self.site.scan(&self.site.control);
        let is_entry = |entry: &&Item| {
            text(entry, "pk") == Some(upload.ledger_key.as_str())
                && text(entry, "sk").is_some_and(|key| key.starts_with("ledger#"))
        };
        let entry = entries.iter().find(is_entry).unwrap();
        let mut running = entry.clone();
        running.insert("status".to_owned(), AttributeValue::S("running".to_owned()));
        self.site.put(&self.site.control, &running);
        self.site.delete(&self.site.table, item, &["id"]);
        let event = std::slice::from_ref(&upload.event);
        assert_eq!(
            told(&self.verdict(event)),
            (0, 1, 0),
            "a message still waits"
        );
        assert_eq!(self.told(), (1, 0, 0), "nobody will come back to it");
        self.site.put(&self.site.control, entry);
        assert_eq!(
            told(&self.verdict(event)),
            (1, 0, 0),
            "the ledger says that it is done"
        );
        self.site.put(&self.site.table, item);
    }

    /// The ledger counts what is not so, knows of an object that nobody uploaded, or knows nothing of one.
    fn a_report(&self) {
        let entries = self.site.scan(&self.site.control);
        let entry = entries.iter().find(|entry| entry.contains_key("report"));
        let entry = entry.expect("the ledger has reports");
        let keys = ["pk", "sk"];
        let finds = |what: &str| {
            let verdict = self.verdict(&[]);
            assert_eq!(told(&verdict), (0, 0, 0), "{what}");
            assert_eq!(verdict.findings.len(), 1, "{what}: {:?}", verdict.findings);
        };
        let mut miscounted = entry.clone();
        if let Some(AttributeValue::M(report)) = miscounted.get_mut("report") {
            report.insert("stored".to_owned(), AttributeValue::N("123456".to_owned()));
        }
        self.site.put(&self.site.control, &miscounted);
        finds("a wrong count");
        self.site.delete(&self.site.control, entry, &keys);
        finds("an object without an entry");
        self.site.put(&self.site.control, entry);
        let mut stranger = entry.clone();
        stranger.insert(
            "pk".to_owned(),
            AttributeValue::S("object#s3://nowhere".to_owned()),
        );
        self.site.put(&self.site.control, &stranger);
        finds("an entry without an object");
        self.site.delete(&self.site.control, &stranger, &keys);
    }
}

fn told(verdict: &Verdict) -> Told {
    (verdict.lost, verdict.unfinished, verdict.doubled)
}

impl Site<'_> {
    fn put(&self, table: &str, item: &Item) {
        let request = clients(self.aws).dynamodb().put_item().table_name(table);
        let request = request.set_item(Some(item.clone()));
        self.aws.run(request.send()).unwrap();
    }

    fn delete(&self, table: &str, item: &Item, keys: &[&str]) {
        let request = clients(self.aws).dynamodb().delete_item().table_name(table);
        let key = |request: aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder, name: &&str| {
            request.key(*name, item[*name].clone())
        };
        let request = keys.iter().fold(request, key);
        self.aws.run(request.send()).unwrap();
    }

    fn delete_object(&self, bucket: &str, key: &str) {
        let request = clients(self.aws).s3().delete_object();
        self.aws
            .run(request.bucket(bucket).key(key).send())
            .unwrap();
    }
}
