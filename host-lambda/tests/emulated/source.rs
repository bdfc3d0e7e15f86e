//! Objects read in parts.

use std::{
    io::Read,
    time::{Duration, Instant},
};

use sluice_host::aws::{ByteRange, ObjectAddress, ObjectReader, ReadFailure};

use super::{faults::Fault, ministack::Ministack};

/// Bytes that differ from place to place.
fn bytes(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

fn address(key: &str, etag: Option<String>) -> ObjectAddress {
    ObjectAddress {
        bucket: "raw".to_owned(),
        key: key.to_owned(),
        version_id: None,
        etag,
    }
}

fn open(aws: &Ministack, address: ObjectAddress, size: Option<u64>) -> ObjectReader {
    let deadline = Instant::now() + Duration::from_secs(600);
    ObjectReader::open(&aws.session(), address, size, ByteRange::ALL, deadline, 600)
}

/// What a reader gives until its end or its failure.
fn read(mut reader: ObjectReader) -> Result<Vec<u8>, ReadFailure> {
    let mut read = Vec::new();
    match reader.read_to_end(&mut read) {
        Ok(_) => Ok(read),
        Err(_) => Err(reader.trouble().failure().unwrap().clone()),
    }
}

#[test]
fn objects_of_all_sizes() {
    let aws = Ministack::start();
    aws.create_bucket("raw");
    for length in [0, 1, 8 << 20, (8 << 20) + 1, 27_000_000] {
        let expected = bytes(length);
        let etag = aws.put_object("raw", "a b+c.csv", expected.clone());
        let size = Some(length as u64);
        assert!(
            read(open(&aws, address("a b+c.csv", Some(etag)), size)).unwrap() == expected,
            "{length} bytes"
        );
        assert!(
            read(open(&aws, address("a b+c.csv", None), None)).unwrap() == expected,
            "{length} bytes, size unknown"
        );
    }
}

#[test]
fn a_broken_answer_goes_on_where_it_broke() {
    let aws = Ministack::start();
    aws.create_bucket("raw");
    let expected = bytes(20 << 20);
    let etag = aws.put_object("raw", "a.csv", expected.clone());
    for fault in [Fault::Cut(0), Fault::Cut(300), Fault::Cut(3 << 20)] {
        let (session, _faults) = aws.faulty_session(fault, 5);
        let deadline = Instant::now() + Duration::from_secs(600);
        let address = address("a.csv", Some(etag.clone()));
        let reader = ObjectReader::open(
            &session,
            address,
            Some(20 << 20),
            ByteRange::ALL,
            deadline,
            600,
        );
        assert!(read(reader).unwrap() == expected, "{fault:?}");
    }
}

#[test]
fn an_object_that_was_overwritten_is_not_mixed_with_its_successor() {
    let aws = Ministack::start();
    aws.create_bucket("raw");
    let etag = aws.put_object("raw", "a.csv", bytes(30 << 20));
    let mut reader = open(&aws, address("a.csv", Some(etag)), Some(30 << 20));
    // Two parts are on their way from the start; a later one finds the new version.
    let mut first = vec![0; 8 << 20];
    reader.read_exact(&mut first).unwrap();
    aws.put_object("raw", "a.csv", vec![0; 30 << 20]);
    assert_eq!(read(reader), Err(ReadFailure::Overwritten));
}

#[test]
fn a_version_is_read_even_after_it_was_overwritten() {
    let aws = Ministack::start();
    aws.create_bucket("raw");
    let versioning = aws_sdk_s3::types::VersioningConfiguration::builder()
        .status(aws_sdk_s3::types::BucketVersioningStatus::Enabled)
        .build();
    let request = aws
        .clients()
        .s3()
        .put_bucket_versioning()
        .bucket("raw")
        .versioning_configuration(versioning);
    aws.run(request.send()).unwrap();
    // Of several parts: the emulator sends the whole version, whatever range it is asked for.
    let expected = bytes(9 << 20);
    let request = aws
        .clients()
        .s3()
        .put_object()
        .bucket("raw")
        .key("a.csv")
        .body(expected.clone().into());
    let old = aws.run(request.send()).unwrap();
    aws.put_object("raw", "a.csv", b"newer".to_vec());
    let address = ObjectAddress {
        version_id: old.version_id,
        ..address("a.csv", old.e_tag)
    };
    let size = expected.len() as u64;
    assert!(read(open(&aws, address, Some(size))).unwrap() == expected);
}

#[test]
fn what_cannot_be_read() {
    let aws = Ministack::start();
    aws.create_bucket("raw");
    assert_eq!(
        read(open(&aws, address("missing.csv", None), Some(5))),
        Err(ReadFailure::Missing)
    );
    assert_eq!(
        read(open(&aws, address("missing.csv", None), None)),
        Err(ReadFailure::Missing)
    );
    aws.put_object("raw", "a.csv", b"12345".to_vec());
    let late = ObjectReader::open(
        &aws.session(),
        address("a.csv", None),
        Some(5),
        ByteRange::ALL,
        Instant::now(),
        30,
    );
    assert_eq!(
        read(late),
        Err(ReadFailure::OutOfTime {
            timeout_seconds: 30
        })
    );
}
