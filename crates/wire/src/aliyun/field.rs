//! Values of single parameters. Docs: Alibaba Cloud Domain specification, sections 1.4 and 7.3.
//!
//! The gateway refuses what is missing by itself; what is there and wrong is the operation's `ParameterIllegal`.

use super::codes::No;

/// An id: a positive decimal number of 64 bits, nothing around it.
pub fn positive_id(text: &str) -> Result<i64, No> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let id = if digits { text.parse().ok() } else { None };
    id.filter(|id| *id > 0).ok_or(No::ParameterIllegal)
}

/// Ids with commas between them, each once, in rising order. The vendor says nothing of blanks: there may be none.
pub fn positive_ids(text: &str, most: usize) -> Result<Vec<i64>, No> {
    // 20 characters hold any id and its comma; a longer text is not taken apart first.
    if text.len() > most.saturating_mul(20) {
        return Err(No::ParameterIllegal);
    }
    let mut ids = text.split(',').map(positive_id).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > most { Err(No::ParameterIllegal) } else { Ok(ids) }
}

/// A truth value in any case: Python writes `True`, Java and Node `true`.
pub fn truth(text: &str) -> Result<bool, No> {
    if text.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if text.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(No::ParameterIllegal)
    }
}

/// A number that counts something: decimal, of 32 bits, not below zero. A `+` or a blank is none.
pub fn count(text: &str) -> Result<u32, No> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(No::ParameterIllegal);
    }
    let number: i32 = text.parse().map_err(|_| No::ParameterIllegal)?;
    u32::try_from(number).map_err(|_| No::ParameterIllegal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_positive_number_of_64_bits_and_nothing_else() {
        for good in ["1", "0007", "9223372036854775807"] {
            assert_eq!(positive_id(good), Ok(good.parse().unwrap()));
        }
        for wrong in ["", "0", "-1", "+1", " 1", "1 ", "9223372036854775808", "1.0", "１"] {
            assert_eq!(positive_id(wrong), Err(No::ParameterIllegal), "{wrong}");
        }
    }

    #[test]
    fn ids_are_told_apart_by_commas_and_counted_once_each() {
        assert_eq!(positive_ids("3,1,3", 2), Ok(vec![1, 3]));
        assert_eq!(positive_ids("7", 1), Ok(vec![7]));
        for wrong in ["", ",", "1,", ",1", "1, 2", "1;2", "1,2,3", &"1".repeat(41)] {
            assert_eq!(positive_ids(wrong, 2), Err(No::ParameterIllegal), "{wrong}");
        }
    }

    #[test]
    fn truth_has_any_case_and_only_two_words() {
        for (text, found) in [("True", true), ("true", true), ("FALSE", false)] {
            assert_eq!(truth(text), Ok(found));
        }
        for wrong in ["", "1", "yes", "true "] {
            assert_eq!(truth(wrong), Err(No::ParameterIllegal), "{wrong}");
        }
    }

    #[test]
    fn a_count_is_decimal_and_fits_the_vendors_integer() {
        assert_eq!((count("0"), count("-0"), count("2147483647")), (Ok(0), Ok(0), Ok(2_147_483_647)));
        for wrong in ["", "-", "-1", "+1", " 1", "2147483648", "1.0", "0x1"] {
            assert_eq!(count(wrong), Err(No::ParameterIllegal), "{wrong}");
        }
    }
}
