//! The binary: everything it does is in the library, so that tests and Rust bots can link it.
fn main() {
    println!("skeleton");
}
