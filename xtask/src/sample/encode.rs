//! How records are written: CSV and JSON text, plainly, so that a mess is only where the sample wants one.

use serde_json::Value;

/// Appends one CSV record. A value is quoted only where it must be, as spreadsheets do it.
pub(crate) fn write_csv_record<'a>(out: &mut Vec<u8>, values: impl IntoIterator<Item = &'a str>) {
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if value
            .bytes()
            .any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'))
        {
            out.push(b'"');
            for byte in value.bytes() {
                if byte == b'"' {
                    out.push(b'"');
                }
                out.push(byte);
            }
            out.push(b'"');
        } else {
            out.extend_from_slice(value.as_bytes());
        }
    }
    out.push(b'\n');
}

/// One object a line.
pub(super) fn write_json_lines(objects: &[Value]) -> Result<Vec<u8>, serde_json::Error> {
    let mut content = Vec::new();
    for object in objects {
        serde_json::to_writer(&mut content, object)?;
        content.push(b'\n');
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], expected: &str) {
        let mut out = Vec::new();
        write_csv_record(&mut out, values.iter().copied());
        assert_eq!(String::from_utf8(out).as_deref(), Ok(expected));
    }

    #[test]
    fn quotes_only_where_needed() {
        check(&["a", " b ", ""], "a, b ,\n");
        check(
            &["a,b", "say \"hi\"", "two\nlines"],
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\n",
        );
    }
}
