//! Turns the swagger files into code and documents: reads them, calls the generator, writes into `OUT_DIR`.
//!
//! `RAINBOW_SWAGGER_DIR` names another folder: the vendor's files as published, or ones of our own layout.

#[allow(
    unreachable_pub,
    dead_code,
    unused_imports,
    reason = "the library's reader, of which the build uses a part"
)]
#[path = "src/json/mod.rs"]
mod json;

#[path = "src/contract/generator/mod.rs"]
mod generator;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    println!("cargo::rerun-if-env-changed=RAINBOW_SWAGGER_DIR");
    if packs_relocations() {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    for ours in ["build.rs", "src/json", "src/contract/generator"] {
        println!("cargo::rerun-if-changed={ours}");
    }
    let folder = env::var_os("RAINBOW_SWAGGER_DIR").filter(|folder| !folder.is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("config/swagger"), PathBuf::from);
    let paths = generator::locate(&folder);
    let names = paths.each_ref().map(|path| path.display().to_string());
    let [authentication, s2s] = [read(&paths[0])?, read(&paths[1])?];
    let output = generator::generate(
        &generator::File { name: &names[0], text: &authentication },
        &generator::File { name: &names[1], text: &s2s },
    )
    .map_err(|error| error.to_string())?;
    for warning in &output.warnings {
        println!("cargo::warning=not in use, and not usable: {warning}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set; run this through cargo")?);
    write(&out.join("contract.rs"), &output.tables)?;
    write(&out.join("api.rs"), &output.client)?;
    write(&out.join("webhook.json"), &output.webhook)?;
    write(&out.join("api.md"), &output.docs)
}

/// Whether this build's binary may have its relocations packed, which takes 200 kB off it: glibc reads them from
/// version 2.36 on. Builds for other machines are left as they are.
fn packs_relocations() -> bool {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let native = env::var_os("HOST") == env::var_os("TARGET");
    if !(native && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu")) {
        return false;
    }
    let version = Command::new("getconf").arg("GNU_LIBC_VERSION").output().map(|output| output.stdout);
    let version = String::from_utf8(version.unwrap_or_default()).unwrap_or_default();
    let minor = version.trim().strip_prefix("glibc 2.").and_then(|minor| minor.parse::<u32>().ok());
    minor.is_some_and(|minor| minor >= 36)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read(path).map_err(|error| {
        format!("{}: {error}; RAINBOW_SWAGGER_DIR names the folder of the swagger files", path.display())
    })
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
