//! The number keywords, exactly: `1e400` and multiples of `0.1` mean what they say, and an exponent of a thousand
//! million costs nothing.

use super::rule::Rule;
use super::schema::NumberRules;
use crate::json::number::Decimal;
use std::cmp::Ordering;

/// Whether a JSON number is written without a fraction part and has a whole value.
pub(super) fn is_integer(text: &[u8]) -> bool {
    if text.iter().all(|byte| matches!(byte, b'-' | b'0'..=b'9')) {
        return true;
    }
    !text.contains(&b'.') && Decimal::read(text).exponent >= 0
}

/// The rules that a JSON number breaks: one bound at most, and `multipleOf`.
pub(super) fn broken(text: &[u8], rules: &NumberRules) -> [Option<Rule>; 2] {
    let value = Decimal::read(text);
    let against = |bound: &str| compare(&value, &Decimal::read(bound.as_bytes()));
    let below = |(bound, excluded): (&'static str, bool)| match against(bound) {
        Ordering::Less => Some(Rule::Minimum(bound, excluded)),
        Ordering::Equal if excluded => Some(Rule::Minimum(bound, excluded)),
        _ => None,
    };
    let above = |(bound, excluded): (&'static str, bool)| match against(bound) {
        Ordering::Greater => Some(Rule::Maximum(bound, excluded)),
        Ordering::Equal if excluded => Some(Rule::Maximum(bound, excluded)),
        _ => None,
    };
    let bound = rules.minimum.and_then(below).or_else(|| rules.maximum.and_then(above));
    let factor = rules.multiple_of.filter(|factor| !is_multiple(&value, &Decimal::read(factor.as_bytes())));
    [bound, factor.map(Rule::MultipleOf)]
}

fn compare(one: &Decimal<'_>, other: &Decimal<'_>) -> Ordering {
    let sign = |decimal: &Decimal<'_>| match (decimal.is_zero(), decimal.negative) {
        (true, _) => 0,
        (false, true) => -1,
        (false, false) => 1,
    };
    sign(one).cmp(&sign(other)).then_with(|| {
        let magnitude = magnitude(one, other);
        if one.negative { magnitude.reverse() } else { magnitude }
    })
}

/// Compares the absolute values: where the first digit stands, then the digits.
fn magnitude(one: &Decimal<'_>, other: &Decimal<'_>) -> Ordering {
    // Both exponents are held within 10^36, so the sums stay far from overflow.
    let top = |decimal: &Decimal<'_>| decimal.exponent + decimal.digit_count() as i128;
    top(one).cmp(&top(other)).then_with(|| one.digits().cmp(other.digits()))
}

/// Longest factor whose remainders fit a machine word.
const WORD_DIGITS: usize = 18;

/// Whether `value` is a whole number of `factor`s.
fn is_multiple(value: &Decimal<'_>, factor: &Decimal<'_>) -> bool {
    if value.is_zero() {
        return true;
    }
    let zeros = value.exponent - factor.exponent;
    if factor.is_zero() || zeros < 0 {
        // Below the factor's last digit the value has a digit that is not zero.
        return false;
    }
    // Each zero brings a factor of 2 and of 5, and a number of n digits has fewer than 4n of either: more zeros
    // change nothing.
    let zeros = zeros.min(4 * factor.digit_count() as i128) as usize;
    let digits = value.digits().chain(std::iter::repeat_n(b'0', zeros)).map(|digit| digit - b'0');
    if factor.digit_count() > WORD_DIGITS {
        return divides_long(digits, factor);
    }
    let modulus = factor.digits().fold(0, |modulus: u64, digit| modulus * 10 + u64::from(digit - b'0'));
    digits.fold(0, |rest, digit| (rest * 10 + u64::from(digit)) % modulus) == 0
}

/// Long division, as on paper, by a factor of many digits.
fn divides_long(digits: impl Iterator<Item = u8>, factor: &Decimal<'_>) -> bool {
    let divisor: Vec<u8> = std::iter::once(0).chain(factor.digits().map(|digit| digit - b'0')).collect();
    // The rest is below the divisor, so one more digit makes it as long as the divisor with its leading zero.
    let mut rest = vec![0; divisor.len()];
    for digit in digits {
        rest.rotate_left(1);
        if let Some(last) = rest.last_mut() {
            *last = digit;
        }
        while rest >= divisor {
            let mut borrow = 0;
            for (digit, minus) in rest.iter_mut().zip(&divisor).rev() {
                let minus = minus + borrow;
                borrow = u8::from(*digit < minus);
                *digit = *digit + 10 * borrow - minus;
            }
        }
    }
    rest.iter().all(|&digit| digit == 0)
}
