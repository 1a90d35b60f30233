//! Numbers as digits: in keys, identities and messages.

use alloc::string::String;

/// Appends the last `count` hex digits of a number, lower-case, with leading zeros; all of them where it has more.
pub(crate) fn push_hex(out: &mut String, number: u64, count: u32) {
    let needed = 16 - number.leading_zeros() / 4;
    for place in (0..count.max(needed)).rev() {
        let digit = if place < 16 { (number >> (place * 4)) as u8 & 15 } else { 0 };
        out.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
    }
}

/// Bytes as lower-case hex digits, two each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for &byte in bytes {
        push_hex(&mut out, u64::from(byte), 2);
    }
    out
}

/// Reads lower-case hex digits, from 1 to 16 of them.
pub(crate) fn from_hex(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    digits.iter().try_fold(0, |number, &digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(value))
    })
}

/// Reads exactly two lower-case hex digits a byte.
pub(crate) fn bytes_from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = from_hex(text.as_bytes().get(2 * place..2 * place + 2)?)? as u8;
    }
    Some(bytes)
}

/// Appends a number in decimal.
pub(crate) fn push_decimal(out: &mut String, number: u64) {
    if number >= 10 {
        push_decimal(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        for number in [0, 1, 9, 10, 15, 16, 255, 256, 4095, 123_456_789, u64::MAX >> 1, u64::MAX] {
            for count in [1, 2, 5, 8, 14, 16, 20] {
                let mut text = String::from("a");
                push_hex(&mut text, number, count);
                let width = count as usize;
                assert_eq!(text, format!("a{number:0width$x}"));
            }
            let mut text = String::from("a");
            push_decimal(&mut text, number);
            assert_eq!(text, format!("a{number}"));
            assert_eq!(from_hex(format!("{number:x}").as_bytes()), Some(number));
        }
    }

    #[test]
    fn what_is_no_hex_is_not_read() {
        for text in ["", "A", "g", "+1", " 1", "1_", "é", "00000000000000000"] {
            assert_eq!(from_hex(text.as_bytes()), None, "{text}");
        }
        let bytes = [0, 1, 0x9a, 0xff];
        assert_eq!(hex(&bytes), "00019aff");
        assert_eq!(bytes_from_hex("00019aff"), Some(bytes));
        for text in ["", "00019af", "00019aff0", "00019aFF", "0é19aff", "00019a+f"] {
            assert_eq!(bytes_from_hex::<4>(text), None, "{text}");
        }
    }
}
