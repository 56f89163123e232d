//! Strings of JSON.

/// `text` in double quotes, with what JSON does not allow inside escaped.
pub(super) fn push_json_string(out: &mut String, text: &str) {
    out.push('"');
    push_json_content(out, text);
    out.push('"');
}

fn push_json_content(out: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[written..at]);
        written = at + 1;
        out.push('\\');
        match byte {
            b'"' | b'\\' => out.push(byte.into()),
            b'\n' => out.push('n'),
            b'\r' => out.push('r'),
            b'\t' => out.push('t'),
            _ => {
                out.push_str("u00");
                out.push(DIGITS[usize::from(byte >> 4)].into());
                out.push(DIGITS[usize::from(byte & 15)].into());
            }
        }
    }
    out.push_str(&text[written..]);
}
