//! Holds the README to what the program does: the table of configuration keys, and the configuration it shows.
//!
//! `UPDATE_README=1 cargo test --test readme` writes the table anew.

use std::path::Path;

use rainbow_s2s_agent::config::{self, Environment, keys};

const BEGIN: &str = "<!-- configuration keys: made by the program from src/config/keys.rs -->\n";
const END: &str = "<!-- end of configuration keys -->";

fn readme() -> String {
    std::fs::read_to_string(path()).unwrap()
}

fn path() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"))
}

#[test]
fn the_table_of_configuration_keys_is_the_programs() {
    let text = readme();
    let (before, rest) = text.split_once(BEGIN).expect("the begin mark");
    let (table, after) = rest.split_once(END).expect("the end mark");
    let wanted = format!("\n{}\n", keys::markdown());
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path(), format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
    } else {
        assert!(table == wanted, "the table is old: UPDATE_README=1 cargo test --test readme");
    }
}

#[test]
fn the_configuration_shown_is_accepted_without_a_warning() {
    let text = readme();
    let example =
        text.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.json");
    std::fs::write(&file, example).unwrap();
    only_for_the_owner(&file);

    let environment = Environment::default().with("HOME", &folder);
    let loaded = config::load(&file, &environment).expect("the example is good");

    assert_eq!(loaded.warnings, Vec::<String>::new());
}

/// A file with secrets that others can read is warned about.
fn only_for_the_owner(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}
