//! tests
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A new folder under the system's temporary one.
pub(super) fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("rainbow-config-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).expect("temporary folder");
    folder
}
