use shiming_identity::mask::{self, CardStyle, CodeStyle, IdStyle, MobileStyle, NameStyle, PaperStyle};
use shiming_identity::{
    BankCard, CompanyName, CompanyNumber, LicenceNumber, Mobile, Paper, PaperKind, PersonName, ResidentId,
};

use super::TODAY;

/// Section 9.1, second table: field, value, mask.
#[rustfmt::skip]
const MASKS: &[(&str, &str, &str)] = &[
    ("name", "样例", "样*"),
    ("name", "样例甲", "样**"),
    ("name", "测试·样例", "测****"),
    ("id", "110101190001010014", "1****************4"),
    ("mobile", "13800000000", "138****0000"),
    ("bank", "6200000000000005", "************0005"),
    ("bank", "6222020000000000000", "***************0000"),
];

#[test]
fn every_row_of_the_mask_table_holds() {
    for (field, value, expected) in MASKS {
        let masked = match *field {
            "name" => PersonName::parse(value).unwrap().value.masked(),
            "id" => ResidentId::parse(value, TODAY).unwrap().value.masked(),
            "mobile" => Mobile::parse(value).unwrap().value.masked(),
            "bank" => BankCard::parse(value).unwrap().value.masked(),
            other => panic!("no such field: {other}"),
        };
        assert_eq!(masked, *expected, "{field} {value}");
    }
}

#[test]
fn the_alternatives_of_the_first_table_hold() {
    assert_eq!(mask::name("样例丰", NameStyle::Last), "**丰");
    assert_eq!(mask::name("样例丰", NameStyle::FirstAndLast), "样*丰");
    assert_eq!(mask::name("样例", NameStyle::FirstAndLast), "样*");
    assert_eq!(mask::resident_id("110101190001010014", IdStyle::SixFour), "110101********0014");
    assert_eq!(mask::resident_id("110101190001010014", IdStyle::ThreeFour), "110***********0014");
    assert_eq!(mask::resident_id("110101190001010014", IdStyle::OneTwo), "1***************14");
    assert_eq!(mask::mobile("13800000000", MobileStyle::ThreeTwo), "138******00");
    assert_eq!(mask::bank_card("6200000000000005", CardStyle::SixFour), "620000******0005");
    assert_eq!(mask::bank_card("6200000000000005", CardStyle::FourFour), "6200********0005");
    assert_eq!(mask::paper("E00000012", PaperStyle::OneTwo), "E******12");
    assert_eq!(mask::paper("E00000012", PaperStyle::LastThree), "******012");
    assert_eq!(mask::credit_code("91110000600037341L", CodeStyle::ByHolder), "91110000600037341L");
    assert_eq!(mask::credit_code("92110101MAYYYY016X", CodeStyle::ByHolder), "9****************X");
    assert_eq!(mask::credit_code("91110000600037341L", CodeStyle::SixFour), "911100********341L");
    assert_eq!(mask::email("someone@example.com"), "s******@example.com");
    assert_eq!(mask::email("no address"), "**********");
}

#[test]
fn an_address_is_shown_to_its_district() {
    let rows = [
        ("北京市东城区样例路1号", "北京市东城区*****"),
        ("内蒙古自治区呼和浩特市新城区样例街2号", "内蒙古自治区呼和浩特市新城区*****"),
        ("浙江省金华市义乌市样例镇", "浙江省金华市义乌市***"),
        ("广东省东莞市样例街道阳光小区3栋", "广东省东莞市**********"),
        ("河北省石家庄市正定县样例村", "河北省石家庄市正定县***"),
        ("江西省景德镇市珠山区样例路", "江西省景德镇市珠山区***"),
        ("湖南省长沙市宁乡市样例路", "湖南省长沙市宁乡市***"),
        ("四川省凉山彝族自治州西昌市样例路", "四川省凉山彝族自治州西昌市***"),
        ("样例小区3号", "******"),
        ("", ""),
    ];
    for (text, expected) in rows {
        assert_eq!(mask::address(text), expected);
    }
}

#[test]
fn a_mask_that_would_show_everything_shows_nothing() {
    assert_eq!(mask::name("样", NameStyle::First), "*");
    assert_eq!(mask::resident_id("14", IdStyle::OneOne), "**");
    assert_eq!(mask::bank_card("0005", CardStyle::LastFour), "****");
    assert_eq!(mask::email("a@example.com"), "*@example.com");
}

#[test]
fn each_type_masks_as_its_kind() {
    let company = |text: &str| CompanyNumber::parse(text).unwrap().value.masked();
    assert_eq!(company("91110000600037341L"), "91110000600037341L");
    assert_eq!(company("92110101MAYYYY016X"), "9****************X");
    assert_eq!(company("60003734-1"), "600037341");
    assert_eq!(LicenceNumber::parse("110101600000019").unwrap().value.masked(), "1*************9");
    assert_eq!(CompanyName::parse("样例（北京）有限公司").unwrap().value.masked(), "样例******公司");
    let paper = |kind, text| Paper::parse(kind, text, TODAY).unwrap().value.masked();
    assert_eq!(paper(PaperKind::MainlandPassport, "E00000012"), "E******12");
    assert_eq!(paper(PaperKind::TemporaryId, "110101190001010014"), "1****************4");
}
