//! The vocabulary of the sample: what customers are called, what they buy and what they say about it, in the languages
//! of the countries they live in. Tables only; it does not know how a record is put together.

/// A country whose customers write in one language.
pub(super) struct Country {
    /// ISO 3166-1 alpha-2.
    pub(super) code: &'static str,
    /// The name that a form might have stored instead.
    pub(super) name: &'static str,
    /// How many of a hundred customers live there.
    pub(super) share: u32,
    pub(super) language: &'static Language,
}

/// What is said, by mood: index 0 holds complaints, 1 mixed feelings, 2 praise.
pub(super) struct Language {
    /// How a comment begins. `{}` is the product.
    pub(super) openings: [&'static [&'static str]; 3],
    /// What follows.
    pub(super) details: [&'static [&'static str]; 3],
}

pub(super) const FIRST_NAMES: &[&str] = &[
    "Ana",
    "Amélie",
    "Bartosz",
    "Ben",
    "Chiara",
    "Chloé",
    "Daniel",
    "Elif",
    "Emma",
    "Fatima",
    "Giulia",
    "Hannah",
    "Haruto",
    "Ines",
    "Jakub",
    "Jonas",
    "José",
    "Katarzyna",
    "Léa",
    "Lena",
    "Liam",
    "Lucía",
    "Marco",
    "Mateo",
    "Mia",
    "Noah",
    "Olivia",
    "Paul",
    "Priya",
    "Sofía",
    "Søren",
    "Tomás",
    "Yui",
    "Zoë",
];

pub(super) const LAST_NAMES: &[&str] = &[
    "Andersen",
    "Baker",
    "Bianchi",
    "Dubois",
    "Evans",
    "Fernández",
    "García",
    "Hoffmann",
    "Ito",
    "Jensen",
    "Kaya",
    "Kowalska",
    "Lefèvre",
    "López",
    "Martin",
    "Moreau",
    "Müller",
    "Nowak",
    "O'Brien",
    "Patel",
    "Rossi",
    "Sato",
    "Schmidt",
    "Silva",
    "Smith",
    "Taylor",
    "Weber",
    "Yılmaz",
];

/// Reserved for examples by RFC 2606.
pub(super) const MAIL_DOMAINS: &[&str] =
    &["example.com", "example.org", "example.net", "mail.example"];

pub(super) const PRODUCTS: &[&str] = &[
    "AeroPress Go",
    "Balance Bike 12",
    "Cast-Iron Pan",
    "Desk Lamp Nordlys",
    "E-Reader 7",
    "Fleece Jacket",
    "Garden Hose 20 m",
    "Hiking Boots GTX",
    "Induction Hob",
    "Kettle 1.7 l",
    "Knife Set 5 pcs",
    "Linen Sheets",
    "Noise-Cancelling Headphones",
    "Office Chair Atlas",
    "Rain Jacket",
    "Robot Vacuum R3",
    "Smart Thermostat",
    "Standing Desk",
    "Travel Mug",
    "Yoga Mat",
];

/// Channels, each with how many of a hundred records come through it.
pub(super) const CHANNELS: &[(&str, u32)] = &[
    ("web", 38),
    ("app", 27),
    ("email", 17),
    ("store", 12),
    ("phone", 6),
];

pub(super) const EMOJI: [&[&str]; 3] = [
    &["😡", "👎", "😞", "🤬", "💔"],
    &["🤔", "😐", "🤷‍♀️", "😕"],
    &["😍", "👍🏽", "🎉", "❤️", "👩‍👩‍👧‍👦", "🙌"],
];

pub(super) const COUNTRIES: &[Country] = &[
    Country {
        code: "US",
        name: "United States",
        share: 24,
        language: &ENGLISH,
    },
    Country {
        code: "GB",
        name: "United Kingdom",
        share: 18,
        language: &ENGLISH,
    },
    Country {
        code: "DE",
        name: "Germany",
        share: 14,
        language: &GERMAN,
    },
    Country {
        code: "FR",
        name: "France",
        share: 10,
        language: &FRENCH,
    },
    Country {
        code: "ES",
        name: "Spain",
        share: 8,
        language: &SPANISH,
    },
    Country {
        code: "IN",
        name: "India",
        share: 7,
        language: &ENGLISH,
    },
    Country {
        code: "IT",
        name: "Italy",
        share: 6,
        language: &ITALIAN,
    },
    Country {
        code: "PL",
        name: "Poland",
        share: 5,
        language: &POLISH,
    },
    Country {
        code: "JP",
        name: "Japan",
        share: 4,
        language: &JAPANESE,
    },
    Country {
        code: "BR",
        name: "Brazil",
        share: 4,
        language: &PORTUGUESE,
    },
];

const ENGLISH: Language = Language {
    openings: [
        &[
            "The {} broke after two weeks.",
            "Very disappointed with the {}.",
            "My {} arrived damaged.",
            "Still waiting for a refund for the {}.",
            "The {} never worked.",
        ],
        &[
            "The {} is fine for the price.",
            "Mixed feelings about the {}.",
            "The {} does its job, no more.",
            "Not sure about the {} yet.",
        ],
        &[
            "Love the {}!",
            "The {} is exactly what I was looking for.",
            "Best purchase this year: the {}.",
            "Very happy with my {}.",
            "The {} exceeded my expectations.",
        ],
    ],
    details: [
        &[
            "Support did not answer for nine days.",
            "The box was open when it came.",
            "I was charged twice.",
            "It makes a terrible noise.",
            "Please send a replacement or my money back.",
            "The manual is useless.",
        ],
        &[
            "Delivery took longer than promised.",
            "The colour differs from the picture.",
            "Setting it up was harder than it should be.",
            "Quality is good, packaging is not.",
        ],
        &[
            "Delivery was quick.",
            "The staff in the shop were kind and patient.",
            "Would buy again.",
            "My whole family uses it every day.",
            "Set up in five minutes.",
        ],
    ],
};

const GERMAN: Language = Language {
    openings: [
        &[
            "{} nach zwei Wochen kaputt.",
            "Sehr enttäuscht von {}.",
            "{} kam beschädigt an.",
        ],
        &[
            "{} ist für den Preis in Ordnung.",
            "{}: gemischte Gefühle.",
            "{} erfüllt seinen Zweck.",
        ],
        &[
            "{} ist großartig!",
            "Genau das, was ich gesucht habe: {}.",
            "Sehr zufrieden mit {}.",
        ],
    ],
    details: [
        &[
            "Der Kundendienst meldet sich nicht.",
            "Ich möchte mein Geld zurück.",
            "Es wurde zweimal abgebucht.",
        ],
        &[
            "Die Lieferung dauerte länger als versprochen.",
            "Die Farbe ist anders als auf dem Bild.",
        ],
        &[
            "Schnelle Lieferung.",
            "Gerne wieder!",
            "Die Verkäuferin war überaus freundlich.",
        ],
    ],
};

const FRENCH: Language = Language {
    openings: [
        &[
            "{} en panne au bout de deux semaines.",
            "Très déçue par {}.",
            "{} est arrivé abîmé.",
        ],
        &[
            "{} : correct pour le prix.",
            "Avis mitigé sur {}.",
            "{} fait son travail, sans plus.",
        ],
        &[
            "J'adore {} !",
            "{} : exactement ce que je cherchais.",
            "Très contente de {}.",
        ],
    ],
    details: [
        &[
            "Le service client ne répond pas.",
            "J'ai été débité deux fois.",
            "Je demande un remboursement.",
        ],
        &[
            "La livraison a été plus longue que prévu.",
            "La couleur n'est pas celle de la photo.",
        ],
        &[
            "Livraison rapide.",
            "Je recommande.",
            "Personnel très aimable à la boutique.",
        ],
    ],
};

const SPANISH: Language = Language {
    openings: [
        &[
            "{} se rompió a las dos semanas.",
            "Muy decepcionado con {}.",
            "{} llegó dañado.",
        ],
        &[
            "{} está bien por el precio.",
            "Opiniones encontradas sobre {}.",
            "{} cumple, nada más.",
        ],
        &[
            "¡Me encanta {}!",
            "{} es justo lo que buscaba.",
            "Muy contenta con {}.",
        ],
    ],
    details: [
        &[
            "Nadie contesta en atención al cliente.",
            "Me cobraron dos veces.",
            "Quiero la devolución del dinero.",
        ],
        &[
            "La entrega tardó más de lo prometido.",
            "El color no es el de la foto.",
        ],
        &[
            "Entrega rápida.",
            "Lo volvería a comprar.",
            "El personal de la tienda, muy atento.",
        ],
    ],
};

const ITALIAN: Language = Language {
    openings: [
        &[
            "{} si è rotto dopo due settimane.",
            "Molto deluso da {}.",
            "{} è arrivato danneggiato.",
        ],
        &[
            "{} va bene per il prezzo.",
            "{}: così così.",
            "{} fa il suo dovere, niente di più.",
        ],
        &[
            "Adoro {}!",
            "{} è proprio quello che cercavo.",
            "Molto soddisfatta di {}.",
        ],
    ],
    details: [
        &[
            "L'assistenza non risponde.",
            "Addebito doppio sulla carta.",
            "Chiedo il rimborso.",
        ],
        &[
            "La consegna è durata più del previsto.",
            "Il colore è diverso dalla foto.",
        ],
        &[
            "Consegna veloce.",
            "Lo ricomprerei.",
            "Personale gentilissimo in negozio.",
        ],
    ],
};

const POLISH: Language = Language {
    openings: [
        &[
            "{} zepsuł się po dwóch tygodniach.",
            "Jestem bardzo rozczarowany: {}.",
            "{} przyszedł uszkodzony.",
        ],
        &[
            "{} jest w porządku za tę cenę.",
            "Mieszane uczucia co do {}.",
        ],
        &[
            "Uwielbiam {}!",
            "{} to dokładnie to, czego szukałam.",
            "Bardzo zadowolona z {}.",
        ],
    ],
    details: [
        &[
            "Obsługa klienta nie odpowiada.",
            "Pobrano opłatę dwa razy.",
            "Proszę o zwrot pieniędzy.",
        ],
        &[
            "Dostawa trwała dłużej, niż obiecano.",
            "Kolor różni się od zdjęcia.",
        ],
        &[
            "Szybka dostawa.",
            "Kupiłabym ponownie.",
            "Bardzo miła obsługa w sklepie.",
        ],
    ],
};

const JAPANESE: Language = Language {
    openings: [
        &[
            "{}が二週間で壊れました。",
            "{}にはがっかりしました。",
            "{}が破損して届きました。",
        ],
        &["{}は値段相応です。", "{}は良くも悪くもないです。"],
        &[
            "{}が大好きです!",
            "{}はまさに探していたものです。",
            "{}にとても満足しています。",
        ],
    ],
    details: [
        &[
            "サポートから返事がありません。",
            "二重に請求されました。",
            "返金をお願いします。",
        ],
        &["配送に時間がかかりました。", "色が写真と違います。"],
        &[
            "配送が早かったです。",
            "また買います。",
            "店員さんがとても親切でした。",
        ],
    ],
};

const PORTUGUESE: Language = Language {
    openings: [
        &[
            "{} quebrou depois de duas semanas.",
            "Muito decepcionada com {}.",
            "{} chegou com defeito.",
        ],
        &["{} é razoável pelo preço.", "{}: tenho minhas dúvidas."],
        &[
            "Adorei {}!",
            "{} é exatamente o que eu procurava.",
            "Muito feliz com {}.",
        ],
    ],
    details: [
        &[
            "O atendimento não responde.",
            "Fui cobrado duas vezes.",
            "Quero meu dinheiro de volta.",
        ],
        &[
            "A entrega demorou mais do que o prometido.",
            "A cor é diferente da foto.",
        ],
        &[
            "Entrega rápida.",
            "Compraria de novo.",
            "Atendimento excelente na loja.",
        ],
    ],
};
