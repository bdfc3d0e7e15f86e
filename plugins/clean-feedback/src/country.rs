//! Countries: ISO 3166-1 alpha-2 codes of codes and names in several languages.

use crate::tidy::trim;

/// The code of the country that `text` means.
#[inline]
pub(crate) fn code(text: &str) -> Option<&str> {
    let text = trim(text);
    match *text.as_bytes() {
        [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] if index(first, second).is_some() => Some(text),
        [first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
            let index = index(first.to_ascii_uppercase(), second.to_ascii_uppercase());
            index.map_or_else(|| look_up(text), |index| Some(CODES[index]))
        }
        _ => look_up(text),
    }
}

#[inline(never)]
fn look_up(text: &str) -> Option<&'static str> {
    let name: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if let Ok(index) = NAMES.binary_search_by_key(&name.as_str(), |(name, _)| name) {
        return Some(NAMES[index].1);
    }
    CODES
        .iter()
        .find(|code| code.eq_ignore_ascii_case(&name))
        .copied()
}

/// Where the code of two capitals is in [`CODES`].
#[inline]
fn index(first: u8, second: u8) -> Option<usize> {
    let place = PLACES[(first - b'A') as usize][(second - b'A') as usize];
    (place > 0).then(|| place as usize - 1)
}

/// For two capitals, the place in [`CODES`], counted from 1.
static PLACES: [[u8; 26]; 26] = {
    let mut places = [[0; 26]; 26];
    let mut i = 0;
    while i < CODES.len() {
        let code = CODES[i].as_bytes();
        places[(code[0] - b'A') as usize][(code[1] - b'A') as usize] = i as u8 + 1;
        i += 1;
    }
    places
};

/// Codes that are used as they are.
#[rustfmt::skip]
static CODES: [&str; 195] = [
    "AD", "AE", "AF", "AG", "AL", "AM", "AO", "AR", "AT", "AU", "AZ", "BA", "BB", "BD", "BE", "BF", "BG",
    "BH", "BI", "BJ", "BN", "BO", "BR", "BS", "BT", "BW", "BY", "BZ", "CA", "CD", "CF", "CG", "CH", "CI",
    "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE",
    "EG", "ER", "ES", "ET", "FI", "FJ", "FR", "GA", "GB", "GD", "GE", "GH", "GM", "GN", "GQ", "GR", "GT",
    "GW", "GY", "HK", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IN", "IQ", "IR", "IS", "IT", "JM", "JO",
    "JP", "KE", "KG", "KH", "KM", "KN", "KP", "KR", "KW", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS",
    "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MR", "MT",
    "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NE", "NG", "NI", "NL", "NO", "NP", "NZ", "OM", "PA", "PE",
    "PG", "PH", "PK", "PL", "PR", "PS", "PT", "PY", "QA", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD",
    "SE", "SG", "SI", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "SV", "SY", "SZ", "TD", "TG", "TH", "TJ",
    "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "US", "UY", "UZ", "VA", "VC", "VE",
    "VN", "VU", "WS", "XK", "YE", "ZA", "ZM", "ZW",
];

/// Alpha-3 codes and names, letters and digits in lower case only, in order.
#[rustfmt::skip]
static NAMES: [(&str, &str); 493] = [
    ("afg", "AF"), ("afghanistan", "AF"), ("ago", "AO"), ("alb", "AL"), ("albania", "AL"), ("alemania", "DE"),
    ("algeria", "DZ"), ("allemagne", "DE"), ("america", "US"), ("and", "AD"), ("andorra", "AD"),
    ("angola", "AO"), ("antiguaandbarbuda", "AG"), ("aotearoa", "NZ"), ("are", "AE"), ("arg", "AR"),
    ("argentina", "AR"), ("arm", "AM"), ("armenia", "AM"), ("atg", "AG"), ("aus", "AU"), ("australia", "AU"),
    ("austria", "AT"), ("aut", "AT"), ("autriche", "AT"), ("aze", "AZ"), ("azerbaijan", "AZ"),
    ("bahamas", "BS"), ("bahrain", "BH"), ("bangladesh", "BD"), ("barbados", "BB"), ("bdi", "BI"),
    ("bel", "BE"), ("belarus", "BY"), ("belgie", "BE"), ("belgien", "BE"), ("belgique", "BE"),
    ("belgium", "BE"), ("belgië", "BE"), ("belize", "BZ"), ("ben", "BJ"), ("benin", "BJ"), ("bfa", "BF"),
    ("bgd", "BD"), ("bgr", "BG"), ("bharat", "IN"), ("bhr", "BH"), ("bhs", "BS"), ("bhutan", "BT"),
    ("bih", "BA"), ("blr", "BY"), ("blz", "BZ"), ("bol", "BO"), ("bolivia", "BO"), ("bosnia", "BA"),
    ("bosniaandherzegovina", "BA"), ("botswana", "BW"), ("bra", "BR"), ("brasil", "BR"), ("brasilien", "BR"),
    ("brazil", "BR"), ("brb", "BB"), ("britain", "GB"), ("brn", "BN"), ("brunei", "BN"), ("btn", "BT"),
    ("bulgaria", "BG"), ("burkinafaso", "BF"), ("burma", "MM"), ("burundi", "BI"), ("bwa", "BW"),
    ("caf", "CF"), ("cambodia", "KH"), ("cameroon", "CM"), ("can", "CA"), ("canada", "CA"),
    ("capeverde", "CV"), ("centralafricanrepublic", "CF"), ("cesko", "CZ"), ("chad", "TD"), ("che", "CH"),
    ("chile", "CL"), ("china", "CN"), ("chl", "CL"), ("chn", "CN"), ("civ", "CI"), ("cmr", "CM"),
    ("cod", "CD"), ("cog", "CG"), ("col", "CO"), ("colombia", "CO"), ("com", "KM"), ("comoros", "KM"),
    ("congo", "CG"), ("costarica", "CR"), ("cotedivoire", "CI"), ("cpv", "CV"), ("cri", "CR"),
    ("croatia", "HR"), ("cub", "CU"), ("cuba", "CU"), ("cyp", "CY"), ("cyprus", "CY"), ("cze", "CZ"),
    ("czechia", "CZ"), ("czechrepublic", "CZ"), ("côtedivoire", "CI"), ("danmark", "DK"),
    ("democraticrepublicofthecongo", "CD"), ("denmark", "DK"), ("deu", "DE"), ("deutschland", "DE"),
    ("dji", "DJ"), ("djibouti", "DJ"), ("dma", "DM"), ("dnk", "DK"), ("dom", "DO"), ("dominica", "DM"),
    ("dominicanrepublic", "DO"), ("drc", "CD"), ("dza", "DZ"), ("dänemark", "DK"), ("easttimor", "TL"),
    ("ecu", "EC"), ("ecuador", "EC"), ("eesti", "EE"), ("egy", "EG"), ("egypt", "EG"), ("eire", "IE"),
    ("el", "GR"), ("elsalvador", "SV"), ("emirates", "AE"), ("england", "GB"), ("equatorialguinea", "GQ"),
    ("eri", "ER"), ("eritrea", "ER"), ("esp", "ES"), ("espagne", "ES"), ("espana", "ES"), ("españa", "ES"),
    ("est", "EE"), ("estadosunidos", "US"), ("estonia", "EE"), ("eswatini", "SZ"), ("eth", "ET"),
    ("ethiopia", "ET"), ("fiji", "FJ"), ("fin", "FI"), ("finland", "FI"), ("finnland", "FI"), ("fji", "FJ"),
    ("fra", "FR"), ("france", "FR"), ("francia", "FR"), ("frankreich", "FR"), ("gab", "GA"), ("gabon", "GA"),
    ("gambia", "GM"), ("gbr", "GB"), ("geo", "GE"), ("georgia", "GE"), ("ger", "DE"), ("germany", "DE"),
    ("gha", "GH"), ("ghana", "GH"), ("gin", "GN"), ("gmb", "GM"), ("gnb", "GW"), ("gnq", "GQ"), ("grc", "GR"),
    ("grd", "GD"), ("greatbritain", "GB"), ("greece", "GR"), ("grenada", "GD"), ("griechenland", "GR"),
    ("gtm", "GT"), ("guatemala", "GT"), ("guinea", "GN"), ("guineabissau", "GW"), ("guy", "GY"),
    ("guyana", "GY"), ("haiti", "HT"), ("hellas", "GR"), ("hkg", "HK"), ("hnd", "HN"), ("holland", "NL"),
    ("honduras", "HN"), ("hongkong", "HK"), ("hrv", "HR"), ("hrvatska", "HR"), ("hti", "HT"), ("hun", "HU"),
    ("hungary", "HU"), ("iceland", "IS"), ("idn", "ID"), ("ind", "IN"), ("india", "IN"), ("indien", "IN"),
    ("indonesia", "ID"), ("iran", "IR"), ("iraq", "IQ"), ("ireland", "IE"), ("irl", "IE"), ("irland", "IE"),
    ("irn", "IR"), ("irq", "IQ"), ("isl", "IS"), ("island", "IS"), ("isr", "IL"), ("israel", "IL"),
    ("ita", "IT"), ("italia", "IT"), ("italie", "IT"), ("italien", "IT"), ("italy", "IT"),
    ("ivorycoast", "CI"), ("jam", "JM"), ("jamaica", "JM"), ("japan", "JP"), ("jor", "JO"), ("jordan", "JO"),
    ("jpn", "JP"), ("kanada", "CA"), ("kaz", "KZ"), ("kazakhstan", "KZ"), ("ken", "KE"), ("kenya", "KE"),
    ("kgz", "KG"), ("khm", "KH"), ("kna", "KN"), ("kor", "KR"), ("korea", "KR"), ("kosovo", "XK"),
    ("kroatien", "HR"), ("kuwait", "KW"), ("kwt", "KW"), ("kyrgyzstan", "KG"), ("lao", "LA"), ("laos", "LA"),
    ("latvia", "LV"), ("latvija", "LV"), ("lbn", "LB"), ("lbr", "LR"), ("lby", "LY"), ("lca", "LC"),
    ("lebanon", "LB"), ("lesotho", "LS"), ("liberia", "LR"), ("libya", "LY"), ("lie", "LI"),
    ("liechtenstein", "LI"), ("lietuva", "LT"), ("lithuania", "LT"), ("lka", "LK"), ("lso", "LS"),
    ("ltu", "LT"), ("lux", "LU"), ("luxembourg", "LU"), ("luxemburg", "LU"), ("lva", "LV"), ("mac", "MO"),
    ("macao", "MO"), ("macau", "MO"), ("macedonia", "MK"), ("madagascar", "MG"), ("magyarország", "HU"),
    ("malawi", "MW"), ("malaysia", "MY"), ("maldives", "MV"), ("mali", "ML"), ("malta", "MT"), ("mar", "MA"),
    ("maroc", "MA"), ("marshallislands", "MH"), ("mauritania", "MR"), ("mauritius", "MU"), ("mco", "MC"),
    ("mda", "MD"), ("mdg", "MG"), ("mdv", "MV"), ("mex", "MX"), ("mexico", "MX"), ("mexiko", "MX"),
    ("mhl", "MH"), ("mkd", "MK"), ("mli", "ML"), ("mlt", "MT"), ("mmr", "MM"), ("mne", "ME"), ("mng", "MN"),
    ("moldova", "MD"), ("monaco", "MC"), ("mongolia", "MN"), ("montenegro", "ME"), ("morocco", "MA"),
    ("moz", "MZ"), ("mozambique", "MZ"), ("mrt", "MR"), ("mus", "MU"), ("mwi", "MW"), ("myanmar", "MM"),
    ("mys", "MY"), ("méxico", "MX"), ("nam", "NA"), ("namibia", "NA"), ("nederland", "NL"), ("nepal", "NP"),
    ("ner", "NE"), ("netherlands", "NL"), ("newzealand", "NZ"), ("nga", "NG"), ("nic", "NI"),
    ("nicaragua", "NI"), ("niederlande", "NL"), ("niger", "NE"), ("nigeria", "NG"), ("nippon", "JP"),
    ("nld", "NL"), ("nor", "NO"), ("norge", "NO"), ("northernireland", "GB"), ("northkorea", "KP"),
    ("northmacedonia", "MK"), ("norway", "NO"), ("norwegen", "NO"), ("npl", "NP"), ("nzl", "NZ"),
    ("oman", "OM"), ("omn", "OM"), ("osterreich", "AT"), ("pak", "PK"), ("pakistan", "PK"),
    ("palestine", "PS"), ("pan", "PA"), ("panama", "PA"), ("papuanewguinea", "PG"), ("paraguay", "PY"),
    ("per", "PE"), ("peru", "PE"), ("perú", "PE"), ("philippines", "PH"), ("phl", "PH"), ("png", "PG"),
    ("pol", "PL"), ("poland", "PL"), ("polen", "PL"), ("pologne", "PL"), ("polska", "PL"), ("portugal", "PT"),
    ("prc", "CN"), ("pri", "PR"), ("prk", "KP"), ("prt", "PT"), ("pry", "PY"), ("pse", "PS"),
    ("puertorico", "PR"), ("qat", "QA"), ("qatar", "QA"), ("republicofkorea", "KR"), ("romania", "RO"),
    ("românia", "RO"), ("rou", "RO"), ("rus", "RU"), ("russia", "RU"), ("russianfederation", "RU"),
    ("rwa", "RW"), ("rwanda", "RW"), ("saintkittsandnevis", "KN"), ("saintlucia", "LC"),
    ("saintvincentandthegrenadines", "VC"), ("samoa", "WS"), ("sanmarino", "SM"), ("sau", "SA"),
    ("saudiarabia", "SA"), ("schweden", "SE"), ("schweiz", "CH"), ("scotland", "GB"), ("sdn", "SD"),
    ("sen", "SN"), ("senegal", "SN"), ("serbia", "RS"), ("seychelles", "SC"), ("sgp", "SG"),
    ("sierraleone", "SL"), ("singapore", "SG"), ("slb", "SB"), ("sle", "SL"), ("slovakia", "SK"),
    ("slovenia", "SI"), ("slovenija", "SI"), ("slovensko", "SK"), ("slv", "SV"), ("smr", "SM"),
    ("solomonislands", "SB"), ("som", "SO"), ("somalia", "SO"), ("southafrica", "ZA"), ("southkorea", "KR"),
    ("southsudan", "SS"), ("spain", "ES"), ("spanien", "ES"), ("srb", "RS"), ("srilanka", "LK"),
    ("ssd", "SS"), ("sudan", "SD"), ("suisse", "CH"), ("suomi", "FI"), ("sur", "SR"), ("suriname", "SR"),
    ("suède", "SE"), ("sverige", "SE"), ("svizzera", "CH"), ("svk", "SK"), ("svn", "SI"), ("swaziland", "SZ"),
    ("swe", "SE"), ("sweden", "SE"), ("switzerland", "CH"), ("swz", "SZ"), ("syc", "SC"), ("syr", "SY"),
    ("syria", "SY"), ("taiwan", "TW"), ("tajikistan", "TJ"), ("tanzania", "TZ"), ("tcd", "TD"), ("tgo", "TG"),
    ("tha", "TH"), ("thailand", "TH"), ("thenetherlands", "NL"), ("timorleste", "TL"), ("tjk", "TJ"),
    ("tkm", "TM"), ("tls", "TL"), ("togo", "TG"), ("ton", "TO"), ("tonga", "TO"), ("trinidadandtobago", "TT"),
    ("tto", "TT"), ("tun", "TN"), ("tunisia", "TN"), ("tur", "TR"), ("turkey", "TR"), ("turkiye", "TR"),
    ("turkmenistan", "TM"), ("tuv", "TV"), ("tuvalu", "TV"), ("twn", "TW"), ("tza", "TZ"), ("türkei", "TR"),
    ("türkiye", "TR"), ("uae", "AE"), ("uga", "UG"), ("uganda", "UG"), ("uk", "GB"), ("ukr", "UA"),
    ("ukraine", "UA"), ("ungarn", "HU"), ("unitedarabemirates", "AE"), ("unitedkingdom", "GB"),
    ("unitedstates", "US"), ("unitedstatesofamerica", "US"), ("uruguay", "UY"), ("ury", "UY"), ("usa", "US"),
    ("uzb", "UZ"), ("uzbekistan", "UZ"), ("vanuatu", "VU"), ("vat", "VA"), ("vaticancity", "VA"),
    ("vct", "VC"), ("ven", "VE"), ("venezuela", "VE"), ("vietnam", "VN"), ("vnm", "VN"), ("vut", "VU"),
    ("wales", "GB"), ("wsm", "WS"), ("xkx", "XK"), ("yem", "YE"), ("yemen", "YE"), ("zaf", "ZA"),
    ("zambia", "ZM"), ("zimbabwe", "ZW"), ("zmb", "ZM"), ("zwe", "ZW"), ("éire", "IE"), ("étatsunis", "US"),
    ("ísland", "IS"), ("österreich", "AT"), ("česko", "CZ"), ("日本", "JP"), ("대한민국", "KR"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(code(text), expected, "{text:?}");
    }

    #[test]
    fn codes_and_names() {
        check("DE", Some("DE"));
        check("de", Some("DE"));
        check(" De ", Some("DE"));
        check("DEU", Some("DE"));
        check("Deutschland", Some("DE"));
        check("U.S.A.", Some("US"));
        check("United Kingdom", Some("GB"));
        check("UK", Some("GB"));
        check("ÖSTERREICH", Some("AT"));
        check("Côte d’Ivoire", Some("CI"));
        check("日本", Some("JP"));
        check("XX", None);
        check("Atlantis", None);
        check("", None);
    }

    #[test]
    fn names_are_in_order() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
