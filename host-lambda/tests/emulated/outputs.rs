//! Files that become objects.

use sluice_host::aws::LakeBucket;
use sluice_pipeline::{ports::Outputs, sink::FinishedFile};

use super::ministack::Ministack;

#[test]
fn files_of_all_sizes() {
    let aws = Ministack::start();
    aws.create_bucket("lake");
    let folder = tempfile::tempdir().unwrap();
    let mut lake = LakeBucket::new(&aws.session(), "lake".to_owned());
    for length in [0, 1000, (16 << 20) - 1, 16 << 20, 90_000_000] {
        let file = folder.path().join("file");
        let expected: Vec<u8> = (0..length as u32).map(|index| (index >> 3) as u8).collect();
        std::fs::write(&file, &expected).unwrap();
        lake.publish(&finished(&file, "lake/orders/day=2026-11-22/a.parquet"))
            .unwrap();
        assert!(
            aws.get_object("lake", "lake/orders/day=2026-11-22/a.parquet") == expected,
            "{length} bytes"
        );
        assert!(!file.exists(), "the scratch disk is free again");
    }
    let uploads = aws
        .run(
            aws.clients()
                .s3()
                .list_multipart_uploads()
                .bucket("lake")
                .send(),
        )
        .unwrap();
    assert!(uploads.uploads().is_empty());
}

#[test]
fn a_bucket_that_is_not_there() {
    let aws = Ministack::start();
    let folder = tempfile::tempdir().unwrap();
    let mut lake = LakeBucket::new(&aws.session(), "nowhere".to_owned());
    for length in [10, 20 << 20] {
        let file = folder.path().join("file");
        std::fs::write(&file, vec![0; length]).unwrap();
        let error = lake
            .publish(&finished(&file, "rejects/orders/a.ndjson"))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "bucket `nowhere` refused to store `rejects/orders/a.ndjson`: NoSuchBucket: The specified bucket does not exist"
        );
        assert!(file.exists(), "nothing is lost");
    }
}

fn finished(path: &std::path::Path, name: &str) -> [FinishedFile; 1] {
    [FinishedFile {
        path: path.to_owned(),
        name: name.to_owned(),
    }]
}
