//! Names: operationIds and property names as Rust, JavaScript and the documents spell them.

/// `Message.received_receipt` → `messageReceivedReceipt`, `GetBasicLogin` → `getBasicLogin`.
pub(crate) fn camel(text: &str) -> String {
    let pascal = pascal(text);
    let mut letters = pascal.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// `chat-state` → `ChatState`, `GetBasicLoginSuccess_emails` → `GetBasicLoginSuccessEmails`.
pub(crate) fn pascal(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// `cnxId` → `cnx_id`, `isADSearchAvailable` → `is_ad_search_available`, `all-receipt` → `all_receipt`.
pub(crate) fn snake(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).and_then(|index| letters.get(index));
        let after = letters.get(index + 1);
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if begins && !out.ends_with('_') {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out.trim_end_matches('_').to_owned()
}

/// A name for a static: `ConnectionCreate` → `CONNECTION_CREATE`.
pub(crate) fn screaming(text: &str) -> String {
    snake(text).to_ascii_uppercase()
}

/// A Rust identifier for a field or an argument; keywords, and the names in `taken`, get a trailing underscore.
pub(crate) fn field(name: &str, taken: &[&str]) -> String {
    const KEYWORDS: &str = " as async await break const continue crate dyn else enum extern false fn for gen if impl in \
        let loop match mod move mut pub ref return self static struct super trait true type unsafe use where while \
        abstract become box do final macro override priv try typeof unsized virtual yield ";
    let mut name = snake(name);
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "field_");
    }
    if KEYWORDS.contains(&format!(" {name} ")) || taken.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// A Rust type that hides none of those the generated code uses.
pub(crate) fn type_name(name: &str) -> String {
    const TAKEN: [&str; 20] = [
        "Any",
        "Box",
        "Call",
        "Debug",
        "Default",
        "Err",
        "Error",
        "Fields",
        "Fragment",
        "None",
        "Ok",
        "Option",
        "Read",
        "Result",
        "Self",
        "Serialize",
        "Some",
        "String",
        "Value",
        "Vec",
    ];
    let mut name = pascal(name);
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "Type");
    }
    if TAKEN.contains(&name.as_str()) {
        name.push_str("Type");
    }
    name
}

/// The first name of the row `name`, `name2`, `name3` … that is not in `taken`; it is put there.
pub(crate) fn unique(name: String, taken: &mut Vec<String>) -> String {
    let mut chosen = name.clone();
    let mut number = 2;
    while taken.contains(&chosen) {
        chosen = format!("{name}{number}");
        number += 1;
    }
    taken.push(chosen.clone());
    chosen
}
