use super::verdict;
use shiming_identity::{BankCard, Carrier, Flaw, Mobile, SegmentUse, Warning};

/// Section 4.3: what a strict configuration says.
#[rustfmt::skip]
const CARDS: &[(&str, &str)] = &[
    ("6200000000000005", "valid"), // 16, public gateway test number
    ("6222020000000000000", "valid"), // 19, 622202 = ICBC debit in the BIN table
    ("6214830000000009", "valid"), // 16, 621483 = CMB debit
    ("6259100000000003", "valid"), // 16, 62-series credit
    ("9558800000000000000", "valid"), // 19, 9-series ICBC debit
    ("1030000000000000006", "valid"), // 19, 3-digit BIN 103 (ABC)
    ("4111111111111111", "valid"), // 16, Visa test number
    ("60142800000000006", "valid"), // 17, BOCOM 601428 old debit
    ("6200 0000 0000 0005", "valid"), // blanks removed
    ("6200-0000-0000-0005", "valid"), // hyphens removed
    ("6289873647576518651", "LUHN"), // sample in the JD Cloud document: Luhn fails → LUHN warning, not a format error
    ("6222222222222222222", "valid"), // sample in Tencent documents: structurally fine
    ("1111111111111111", "PLACEHOLDER"), // one repeated digit: placeholder
    ("6200000000000006", "LUHN"), // wrong last digit
    ("620000000000", "LENGTH"), // 12 digits
    ("62000000000000000000", "LENGTH"), // 20 digits
    ("0200000000000005", "LEADING_ZERO"), // leading 0
    ("62000000O0000005", "CHARSET"), // letter O
    ("0000000000000000", "LEADING_ZERO"), // all zero (Luhn passes!)
    ("", "EMPTY"), // empty (Luhn passes in gf!)
];

/// Section 5.3: input, shiming, note.
#[rustfmt::skip]
const MOBILES: &[(&str, &str, &str)] = &[
    ("13800000000", "13800000000", ""),
    ("+8613800000000", "13800000000", ""),
    ("008613800000000", "13800000000", ""),
    ("8613800000000", "13800000000", ""),
    ("+86 138-0000-0000", "13800000000", ""),
    ("１３８００００００００", "13800000000", ""),
    ("14900000000", "14900000000", "telecom data/voice range"),
    ("16200000000", "16200000000", "virtual, telecom network"),
    ("16500000000", "16500000000", "virtual, mobile network"),
    ("16700000000", "16700000000", "virtual, unicom network"),
    ("17000000000", "17000000000", "virtual (4th digit decides network)"),
    ("17100000000", "17100000000", "virtual, unicom network"),
    ("17400000000", "17400000000", "satellite (天通), telecom"),
    ("17490000000", "17490000000", "Inmarsat"),
    ("13490000000", "13490000000", "satellite, telecom"),
    ("19200000000", "19200000000", "China Broadnet"),
    ("19500000000", "19500000000", ""),
    ("19300000000", "19300000000", "telecom"),
    ("19400000000", "19400000000", "range not known to be assigned: accept, RANGE_UNKNOWN"),
    ("15400000000", "15400000000", "154 unassigned: accept, RANGE_UNKNOWN"),
    ("14000000000", "14000000000", "range not assigned to phones: accept, RANGE_UNKNOWN"),
    ("14400000000", "14400000000", "11 digits in a 13-digit IoT range: accept, RANGE_UNKNOWN"),
    ("12800000000", "invalid", ""),
    ("1380000000", "invalid", "10 digits"),
    ("138000000000", "invalid", "12 digits"),
    ("1440000000000", "invalid", "13-digit IoT number"),
    ("+85260000000", "invalid", "Hong Kong"),
    ("013800000000", "invalid", "trunk 0: reject by default (hutool accepts)"),
    ("010-10000000", "invalid", "landline"),
    ("+8613800000000x", "invalid", "trailing letter"),
];

#[test]
fn every_row_of_the_card_table_holds() {
    for (input, expected) in CARDS {
        assert_eq!(verdict(BankCard::parse(input)), *expected, "{input}");
    }
}

#[test]
fn every_row_of_the_mobile_table_holds() {
    for (input, expected, note) in MOBILES {
        match Mobile::parse(input) {
            Ok(parsed) => {
                assert_eq!(parsed.value.expose(), *expected, "{input}");
                assert_eq!(parsed.warnings.contains(Warning::RangeUnknown), note.contains("RANGE_UNKNOWN"), "{input}");
            }
            Err(_) => assert_eq!(*expected, "invalid", "{input}"),
        }
    }
}

#[test]
fn a_wrong_luhn_digit_refuses_international_cards_only() {
    for domestic in
        ["6289873647576518651", "9558800000000000001", "1030000000000000007", "4563510000000000000", "3030000000000000"]
    {
        assert!(BankCard::parse(domestic).unwrap().warnings.contains(Warning::Luhn), "{domestic}");
    }
    for international in ["4111111111111112", "5500000000000005", "340000000000000", "30300000000000"] {
        assert_eq!(BankCard::parse(international).unwrap_err(), Flaw::Luhn, "{international}");
    }
}

#[test]
fn a_mobile_number_that_is_refused_says_why() {
    let rows = [
        ("", Flaw::Empty),
        (" - ", Flaw::Empty),
        ("+85260000000", Flaw::UnsupportedDoc),
        ("0085360000000", Flaw::UnsupportedDoc),
        ("+886900000000", Flaw::UnsupportedDoc),
        ("+12025550100", Flaw::UnsupportedDoc),
        ("12800000000", Flaw::UnsupportedDoc),
        ("013800000000", Flaw::LeadingZero),
        ("+86013800000000", Flaw::LeadingZero),
        ("010-10000000", Flaw::LeadingZero),
        ("1440000000000", Flaw::Length),
        ("+86", Flaw::Length),
        ("+8613800000000x", Flaw::Charset),
        ("++8613800000000", Flaw::Charset),
        ("١٣٨٠٠٠٠٠٠٠٠", Flaw::Charset),
    ];
    for (text, flaw) in rows {
        assert_eq!(Mobile::parse(text).unwrap_err(), flaw, "{text:?}");
    }
}

#[test]
fn brackets_and_no_break_spaces_in_a_mobile_number_are_dropped() {
    for text in ["(+86)13800000000", "（86）138 0000 0000", "138\u{A0}0000\u{A0}0000"] {
        assert_eq!(Mobile::parse(text).unwrap().value.e164(), "+8613800000000", "{text}");
    }
}

/// Section 5.2, first table: carrier, use, segments as they are printed there.
const SEGMENTS: &[(Option<Carrier>, SegmentUse, &str)] = &[
    (
        Some(Carrier::ChinaMobile),
        SegmentUse::Ordinary,
        "1340–1348 135–139 147 150–152 157–159 172 178 182–184 187 188 195 197 198",
    ),
    (Some(Carrier::ChinaUnicom), SegmentUse::Ordinary, "130–132 145 155 156 166 175 176 185 186 196"),
    (Some(Carrier::ChinaTelecom), SegmentUse::Ordinary, "133 149 153 173 177 180 181 189 190 191 193 199"),
    (Some(Carrier::ChinaTelecom), SegmentUse::Satellite, "1349 17400–17405"),
    (Some(Carrier::ChinaBroadnet), SegmentUse::Ordinary, "192"),
    (Some(Carrier::ChinaMobile), SegmentUse::Virtual, "165 1703 1705 1706"),
    (Some(Carrier::ChinaUnicom), SegmentUse::Virtual, "167 1704 1707–1709 171"),
    (Some(Carrier::ChinaTelecom), SegmentUse::Virtual, "162 1700–1702"),
    (None, SegmentUse::Satellite, "1749"),
    (None, SegmentUse::Emergency, "17406–17412"),
];

/// What the printed table says of a number's first five digits.
fn printed(prefix: u32) -> Option<(Option<Carrier>, SegmentUse)> {
    let holds = |range: &str| {
        let (from, to) = range.split_once('–').unwrap_or((range, range));
        let digits = u32::try_from(from.len()).unwrap();
        let front = prefix / 10_u32.pow(5 - digits);
        (from.parse::<u32>().unwrap()..=to.parse().unwrap()).contains(&front)
    };
    let mut rows = SEGMENTS.iter().filter(|row| row.2.split(' ').any(holds));
    let found = rows.next().map(|row| (row.0, row.1));
    assert!(rows.next().is_none(), "{prefix} stands twice");
    found
}

#[test]
fn every_segment_has_the_network_and_the_use_that_the_table_prints_and_no_other_has_one() {
    for prefix in 13_000..20_000 {
        let parsed = Mobile::parse(&format!("{prefix}000000")).unwrap();
        let segment = parsed.value.segment().map(|segment| (segment.carrier, segment.usage));
        assert_eq!(segment, printed(prefix), "{prefix}");
        assert_eq!(parsed.warnings.contains(Warning::RangeUnknown), segment.is_none(), "{prefix}");
    }
}

#[test]
fn segments_tell_the_original_network() {
    let rows = [
        ("13489000000", Some(Carrier::ChinaMobile), SegmentUse::Ordinary),
        ("13490000000", Some(Carrier::ChinaTelecom), SegmentUse::Satellite),
        ("13000000000", Some(Carrier::ChinaUnicom), SegmentUse::Ordinary),
        ("14900000000", Some(Carrier::ChinaTelecom), SegmentUse::Ordinary),
        ("16200000000", Some(Carrier::ChinaTelecom), SegmentUse::Virtual),
        ("16500000000", Some(Carrier::ChinaMobile), SegmentUse::Virtual),
        ("16700000000", Some(Carrier::ChinaUnicom), SegmentUse::Virtual),
        ("17020000000", Some(Carrier::ChinaTelecom), SegmentUse::Virtual),
        ("17030000000", Some(Carrier::ChinaMobile), SegmentUse::Virtual),
        ("17040000000", Some(Carrier::ChinaUnicom), SegmentUse::Virtual),
        ("17060000000", Some(Carrier::ChinaMobile), SegmentUse::Virtual),
        ("17090000000", Some(Carrier::ChinaUnicom), SegmentUse::Virtual),
        ("17100000000", Some(Carrier::ChinaUnicom), SegmentUse::Virtual),
        ("17405000000", Some(Carrier::ChinaTelecom), SegmentUse::Satellite),
        ("17406000000", None, SegmentUse::Emergency),
        ("17412000000", None, SegmentUse::Emergency),
        ("17490000000", None, SegmentUse::Satellite),
        ("19100000000", Some(Carrier::ChinaTelecom), SegmentUse::Ordinary),
        ("19200000000", Some(Carrier::ChinaBroadnet), SegmentUse::Ordinary),
        ("19800000000", Some(Carrier::ChinaMobile), SegmentUse::Ordinary),
        ("19999999999", Some(Carrier::ChinaTelecom), SegmentUse::Ordinary),
    ];
    for (text, carrier, usage) in rows {
        let segment = Mobile::parse(text).unwrap().value.segment().unwrap();
        assert_eq!((segment.carrier, segment.usage), (carrier, usage), "{text}");
    }
    for unknown in ["14000000000", "14800000000", "17413000000", "17900000000", "16000000000", "19400000000"] {
        assert_eq!(Mobile::parse(unknown).unwrap().value.segment(), None, "{unknown}");
    }
}
