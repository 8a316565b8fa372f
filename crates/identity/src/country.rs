//! Countries by ISO 3166-1: the numeric code in the 2023 foreigners' card, the three letters in the older one.
//!
//! Source: identity rules, section 1.8. An unknown code is a warning only; ISO adds and retires codes.

/// A row of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Country {
    /// The numeric code, 1 to 999.
    pub number: u16,
    /// The three-letter code.
    pub letters: &'static str,
}

/// The country with this numeric code.
pub(crate) fn by_number(number: u32) -> Option<&'static Country> {
    COUNTRIES.binary_search_by_key(&number, |row| u32::from(row.number)).ok().and_then(|at| COUNTRIES.get(at))
}

/// The country with these three upper-case letters.
pub(crate) fn by_letters(letters: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|row| row.letters == letters)
}

const fn row(number: u16, letters: &'static str) -> Country {
    Country { number, letters }
}

/// ISO 3166-1 as of 2026, by numeric code.
#[rustfmt::skip]
const COUNTRIES: &[Country] = &[
    row(4, "AFG"), row(8, "ALB"), row(10, "ATA"), row(12, "DZA"), row(16, "ASM"), row(20, "AND"), row(24, "AGO"),
    row(28, "ATG"), row(31, "AZE"), row(32, "ARG"), row(36, "AUS"), row(40, "AUT"), row(44, "BHS"), row(48, "BHR"),
    row(50, "BGD"), row(51, "ARM"), row(52, "BRB"), row(56, "BEL"), row(60, "BMU"), row(64, "BTN"), row(68, "BOL"),
    row(70, "BIH"), row(72, "BWA"), row(74, "BVT"), row(76, "BRA"), row(84, "BLZ"), row(86, "IOT"), row(90, "SLB"),
    row(92, "VGB"), row(96, "BRN"), row(100, "BGR"), row(104, "MMR"), row(108, "BDI"), row(112, "BLR"),
    row(116, "KHM"), row(120, "CMR"), row(124, "CAN"), row(132, "CPV"), row(136, "CYM"), row(140, "CAF"),
    row(144, "LKA"), row(148, "TCD"), row(152, "CHL"), row(156, "CHN"), row(158, "TWN"), row(162, "CXR"),
    row(166, "CCK"), row(170, "COL"), row(174, "COM"), row(175, "MYT"), row(178, "COG"), row(180, "COD"),
    row(184, "COK"), row(188, "CRI"), row(191, "HRV"), row(192, "CUB"), row(196, "CYP"), row(203, "CZE"),
    row(204, "BEN"), row(208, "DNK"), row(212, "DMA"), row(214, "DOM"), row(218, "ECU"), row(222, "SLV"),
    row(226, "GNQ"), row(231, "ETH"), row(232, "ERI"), row(233, "EST"), row(234, "FRO"), row(238, "FLK"),
    row(239, "SGS"), row(242, "FJI"), row(246, "FIN"), row(248, "ALA"), row(250, "FRA"), row(254, "GUF"),
    row(258, "PYF"), row(260, "ATF"), row(262, "DJI"), row(266, "GAB"), row(268, "GEO"), row(270, "GMB"),
    row(275, "PSE"), row(276, "DEU"), row(288, "GHA"), row(292, "GIB"), row(296, "KIR"), row(300, "GRC"),
    row(304, "GRL"), row(308, "GRD"), row(312, "GLP"), row(316, "GUM"), row(320, "GTM"), row(324, "GIN"),
    row(328, "GUY"), row(332, "HTI"), row(334, "HMD"), row(336, "VAT"), row(340, "HND"), row(344, "HKG"),
    row(348, "HUN"), row(352, "ISL"), row(356, "IND"), row(360, "IDN"), row(364, "IRN"), row(368, "IRQ"),
    row(372, "IRL"), row(376, "ISR"), row(380, "ITA"), row(384, "CIV"), row(388, "JAM"), row(392, "JPN"),
    row(398, "KAZ"), row(400, "JOR"), row(404, "KEN"), row(408, "PRK"), row(410, "KOR"), row(414, "KWT"),
    row(417, "KGZ"), row(418, "LAO"), row(422, "LBN"), row(426, "LSO"), row(428, "LVA"), row(430, "LBR"),
    row(434, "LBY"), row(438, "LIE"), row(440, "LTU"), row(442, "LUX"), row(446, "MAC"), row(450, "MDG"),
    row(454, "MWI"), row(458, "MYS"), row(462, "MDV"), row(466, "MLI"), row(470, "MLT"), row(474, "MTQ"),
    row(478, "MRT"), row(480, "MUS"), row(484, "MEX"), row(492, "MCO"), row(496, "MNG"), row(498, "MDA"),
    row(499, "MNE"), row(500, "MSR"), row(504, "MAR"), row(508, "MOZ"), row(512, "OMN"), row(516, "NAM"),
    row(520, "NRU"), row(524, "NPL"), row(528, "NLD"), row(531, "CUW"), row(533, "ABW"), row(534, "SXM"),
    row(535, "BES"), row(540, "NCL"), row(548, "VUT"), row(554, "NZL"), row(558, "NIC"), row(562, "NER"),
    row(566, "NGA"), row(570, "NIU"), row(574, "NFK"), row(578, "NOR"), row(580, "MNP"), row(581, "UMI"),
    row(583, "FSM"), row(584, "MHL"), row(585, "PLW"), row(586, "PAK"), row(591, "PAN"), row(598, "PNG"),
    row(600, "PRY"), row(604, "PER"), row(608, "PHL"), row(612, "PCN"), row(616, "POL"), row(620, "PRT"),
    row(624, "GNB"), row(626, "TLS"), row(630, "PRI"), row(634, "QAT"), row(638, "REU"), row(642, "ROU"),
    row(643, "RUS"), row(646, "RWA"), row(652, "BLM"), row(654, "SHN"), row(659, "KNA"), row(660, "AIA"),
    row(662, "LCA"), row(663, "MAF"), row(666, "SPM"), row(670, "VCT"), row(674, "SMR"), row(678, "STP"),
    row(682, "SAU"), row(686, "SEN"), row(688, "SRB"), row(690, "SYC"), row(694, "SLE"), row(702, "SGP"),
    row(703, "SVK"), row(704, "VNM"), row(705, "SVN"), row(706, "SOM"), row(710, "ZAF"), row(716, "ZWE"),
    row(724, "ESP"), row(728, "SSD"), row(729, "SDN"), row(732, "ESH"), row(740, "SUR"), row(744, "SJM"),
    row(748, "SWZ"), row(752, "SWE"), row(756, "CHE"), row(760, "SYR"), row(762, "TJK"), row(764, "THA"),
    row(768, "TGO"), row(772, "TKL"), row(776, "TON"), row(780, "TTO"), row(784, "ARE"), row(788, "TUN"),
    row(792, "TUR"), row(795, "TKM"), row(796, "TCA"), row(798, "TUV"), row(800, "UGA"), row(804, "UKR"),
    row(807, "MKD"), row(818, "EGY"), row(826, "GBR"), row(831, "GGY"), row(832, "JEY"), row(833, "IMN"),
    row(834, "TZA"), row(840, "USA"), row(850, "VIR"), row(854, "BFA"), row(858, "URY"), row(860, "UZB"),
    row(862, "VEN"), row(876, "WLF"), row(882, "WSM"), row(887, "YEM"), row(894, "ZMB"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_row_is_found_both_ways() {
        assert!(COUNTRIES.is_sorted_by(|a, b| a.number < b.number));
        for row in COUNTRIES {
            assert_eq!(by_number(u32::from(row.number)), Some(row));
            assert_eq!(by_letters(row.letters), Some(row));
        }
    }

    #[test]
    fn the_samples_of_the_official_notices_are_known() {
        assert_eq!(by_number(682).map(|row| row.letters), Some("SAU"));
        assert_eq!(by_letters("KAZ").map(|row| row.number), Some(398));
        assert_eq!(by_number(999), None);
    }
}
