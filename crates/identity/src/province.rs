//! Province-level prefixes of area codes (GB/T 2260 and the residence permits).
//!
//! Source: identity rules, section 1.5.

/// The first two digits of an area code and whose they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Province {
    /// Positions 1 and 2 of the number, 11 to 83.
    pub code: u8,
    /// The name as commonly shortened.
    pub chinese: &'static str,
    /// The name in English.
    pub english: &'static str,
}

const fn row(code: u8, chinese: &'static str, english: &'static str) -> Province {
    Province { code, chinese, english }
}

/// Every accepted prefix. 71 is GB/T 2260's Taiwan; 81 to 83 are residence permits.
pub const PROVINCES: &[Province] = &[
    row(11, "北京", "Beijing"),
    row(12, "天津", "Tianjin"),
    row(13, "河北", "Hebei"),
    row(14, "山西", "Shanxi"),
    row(15, "内蒙古", "Inner Mongolia"),
    row(21, "辽宁", "Liaoning"),
    row(22, "吉林", "Jilin"),
    row(23, "黑龙江", "Heilongjiang"),
    row(31, "上海", "Shanghai"),
    row(32, "江苏", "Jiangsu"),
    row(33, "浙江", "Zhejiang"),
    row(34, "安徽", "Anhui"),
    row(35, "福建", "Fujian"),
    row(36, "江西", "Jiangxi"),
    row(37, "山东", "Shandong"),
    row(41, "河南", "Henan"),
    row(42, "湖北", "Hubei"),
    row(43, "湖南", "Hunan"),
    row(44, "广东", "Guangdong"),
    row(45, "广西", "Guangxi"),
    row(46, "海南", "Hainan"),
    row(50, "重庆", "Chongqing"),
    row(51, "四川", "Sichuan"),
    row(52, "贵州", "Guizhou"),
    row(53, "云南", "Yunnan"),
    row(54, "西藏", "Tibet"),
    row(61, "陕西", "Shaanxi"),
    row(62, "甘肃", "Gansu"),
    row(63, "青海", "Qinghai"),
    row(64, "宁夏", "Ningxia"),
    row(65, "新疆", "Xinjiang"),
    row(71, "台湾", "Taiwan"),
    row(81, "香港", "Hong Kong"),
    row(82, "澳门", "Macao"),
    row(83, "台湾居民居住证", "Taiwan residents' residence permit"),
];

/// The province of a two-digit prefix.
pub(crate) fn province(code: u32) -> Option<&'static Province> {
    let code = u8::try_from(code).ok()?;
    PROVINCES.binary_search_by_key(&code, |row| row.code).ok().and_then(|at| PROVINCES.get(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_code_and_nothing_else_is() {
        for code in 0..300 {
            assert_eq!(province(code), PROVINCES.iter().find(|row| u32::from(row.code) == code));
        }
    }
}
