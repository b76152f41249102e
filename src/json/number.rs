//! Numbers as exact decimals: sign, significant digits, power of ten. Never a float, and never as long as its value.

/// A number's value, borrowed from its text: `±digits × 10^exponent`, where the digits neither begin nor end with
/// a zero. Zero has no digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'a> {
    /// Whether it is below zero.
    pub(crate) negative: bool,
    /// The significant digits up to where the point stands.
    whole: &'a [u8],
    /// The significant digits after it.
    fraction: &'a [u8],
    /// The power of ten of the last digit. Powers beyond ±10³⁶ are held at that bound.
    pub(crate) exponent: i128,
    /// What is to be added to the exponent that is written to get `exponent`.
    shift: i128,
    /// The exponent as it is written, without leading zeros.
    written: (bool, &'a [u8]),
}

/// Where exponents are held: far from overflow, and far beyond what an addition of text lengths can bring back.
const EXPONENT_LIMIT: i128 = 10_i128.pow(36);

impl<'a> Decimal<'a> {
    /// Reads a number that has the form of a JSON number.
    pub(crate) fn read(text: &'a [u8]) -> Decimal<'a> {
        let (negative, text) = sign(text);
        let (digits, power) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
            None => (text, Default::default()),
        };
        let (whole, fraction) = match digits.iter().position(|&byte| byte == b'.') {
            Some(at) => (digits.get(..at).unwrap_or_default(), digits.get(at + 1..).unwrap_or_default()),
            None => (digits, Default::default()),
        };
        let (power_negative, power) = sign(power);
        let written = (power_negative, trim_start(power));

        let fraction = trim_end(fraction);
        // Text lengths are far below 2^127.
        let mut shift = -(fraction.len() as i128);
        let mut whole = trim_start(whole);
        let mut fraction = fraction;
        if fraction.is_empty() {
            let trimmed = trim_end(whole);
            shift = (whole.len() - trimmed.len()) as i128;
            whole = trimmed;
        }
        if whole.is_empty() {
            fraction = trim_start(fraction);
        }
        let zero = whole.is_empty() && fraction.is_empty();
        let exponent = if zero { 0 } else { shift + held(written) };
        Decimal { negative: negative && !zero, whole, fraction, exponent, shift, written }
    }

    /// Whether it is zero.
    pub(crate) fn is_zero(&self) -> bool {
        self.digit_count() == 0
    }

    /// How many significant digits it has.
    pub(crate) fn digit_count(&self) -> usize {
        self.whole.len() + self.fraction.len()
    }

    /// The significant digits as ASCII, the first not being a zero.
    pub(crate) fn digits(&self) -> impl Iterator<Item = u8> + Clone + 'a {
        self.whole.iter().chain(self.fraction).copied()
    }

    /// The exponent as a decimal text, exact however large it is.
    fn exponent_text(&self) -> String {
        let (negative, digits) = self.written;
        if self.exponent.abs() < EXPONENT_LIMIT / 2 {
            return self.exponent.to_string();
        }
        let sign = if negative { "-" } else { "" };
        // The shift is small beside the exponent here, so the sign stays and only the magnitude moves.
        let grow = if negative { -self.shift } else { self.shift };
        format!("{sign}{}", add(digits, grow))
    }
}

/// The exponent's value within the limit.
fn held((negative, digits): (bool, &[u8])) -> i128 {
    let magnitude = if digits.len() > 36 {
        EXPONENT_LIMIT
    } else {
        digits.iter().fold(0, |value, &digit| value * 10 + i128::from(digit.wrapping_sub(b'0')))
    };
    if negative { -magnitude } else { magnitude }
}

/// A long decimal natural number plus a small one.
fn add(digits: &[u8], small: i128) -> String {
    let mut carry = small;
    let mut out: Vec<u8> = Vec::with_capacity(digits.len() + 1);
    for &digit in digits.iter().rev() {
        let sum = i128::from(digit.wrapping_sub(b'0')) + carry;
        // A remainder of ten is a digit.
        out.push(b'0' + sum.rem_euclid(10) as u8);
        carry = sum.div_euclid(10);
    }
    while carry > 0 {
        out.push(b'0' + (carry % 10) as u8);
        carry /= 10;
    }
    out.reverse();
    String::from_utf8_lossy(trim_start(&out)).into_owned()
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    }
}

fn trim_start(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    digits.get(zeros..).unwrap_or_default()
}

fn trim_end(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().rev().take_while(|&&digit| digit == b'0').count();
    digits.get(..digits.len() - zeros).unwrap_or_default()
}

/// Longest form without an exponent.
const PLAIN: i128 = 21;

/// The one text of a number's value: plain where that is short, else digits and exponent.
pub(crate) fn canonical_number(text: &[u8]) -> String {
    let decimal = Decimal::read(text);
    if decimal.is_zero() {
        return "0".to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    if decimal.negative {
        out.push('-');
    }
    let digits: String = decimal.digits().map(char::from).collect();
    let count = digits.len() as i128;
    let exponent = decimal.exponent;
    if exponent >= 0 && count + exponent <= PLAIN {
        out.push_str(&digits);
        out.extend((0..exponent).map(|_| '0'));
    } else if (-PLAIN..0).contains(&exponent) && count <= PLAIN {
        let zeros = (1 - exponent - count).max(0);
        let padded: String = (0..zeros).map(|_| '0').chain(digits.chars()).collect();
        // The exponent is between -21 and -1, and the padded text is longer than that.
        let (whole, fraction) = padded.split_at(padded.len() - exponent.unsigned_abs() as usize);
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    } else {
        out.push_str(&digits);
        out.push('e');
        out.push_str(&decimal.exponent_text());
    }
    out
}
