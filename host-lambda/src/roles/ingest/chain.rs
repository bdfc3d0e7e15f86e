//! How often an object may be handed on from one invocation to the next.
//!
//! Parts of a large object are a chain: each invocation sends the rest to the queue that feeds it. Lambda would end such a
//! chain after about 16, wherever it is, so that its guard is off for this role, and this one is in its place: an object
//! that is handed on more often than its size explains fails like any other, with its reason in the ledger and an alert.

/// Bytes of a megabyte of the manifest.
const MB: u64 = 1_000_000;

/// What an object of any size may take: time runs out early where a plugin is slow or the object expands.
const LEAST: u64 = 256;

/// What no object may take. Of parts of 256 MB it reaches for 25 TB.
const MOST: u64 = 100_000;

/// The most bytes that a link has to bring the object forward by, on the average.
const MOST_PROGRESS: u64 = MB;

/// An object is handed on more often than its size explains.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the object was handed on from one invocation to the next too often: got {links}, limit {most} for its size"
)]
pub(super) struct TooLong {
    links: u32,
    most: u64,
}

/// Refuses a chain that is too long for an object of `size` bytes whose parts have `split_mb`, 0 where it is one part.
pub(super) fn check(links: u32, size: Option<u64>, split_mb: u32) -> Result<(), TooLong> {
    let most = most_links(size, split_mb);
    if u64::from(links) > most {
        return Err(TooLong { links, most });
    }
    Ok(())
}

/// Four links for each part, and one for each megabyte where parts are larger than four.
fn most_links(size: Option<u64>, split_mb: u32) -> u64 {
    let Some(size) = size else { return MOST };
    let progress = match u64::from(split_mb) * MB / 4 {
        0 => MOST_PROGRESS,
        quarter => quarter.min(MOST_PROGRESS),
    };
    (LEAST + size.div_ceil(progress)).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_follows_from_the_size() {
        const GB: u64 = 1_000 * MB;
        for (size, split_mb, expected) in [
            (Some(0), 256, 256),
            (Some(GB), 256, 1_256),
            (Some(GB), 0, 1_256),
            (Some(GB), 1, 4_256),
            (Some(5_000 * GB), 256, MOST),
            (None, 256, MOST),
        ] {
            let got = most_links(size, split_mb);
            assert_eq!(got, expected, "{size:?} in parts of {split_mb} MB");
            // Every part can be planned, however large the object.
            let parts = size.unwrap_or_default() / (u64::from(split_mb).max(1) * MB);
            assert!(split_mb == 0 || got >= parts.min(MOST));
        }
    }

    #[test]
    fn a_chain_that_is_too_long_says_so() {
        assert_eq!(check(256, Some(0), 256), Ok(()));
        let refused = check(257, Some(0), 256).map_err(|error| error.to_string());
        let expected = "the object was handed on from one invocation to the next too often: got 257, limit 256 for its size";
        assert_eq!(refused, Err(expected.to_owned()));
    }
}
