//! skeleton
fn main() {
    println!("cargo::rerun-if-changed=config/swagger");
}
