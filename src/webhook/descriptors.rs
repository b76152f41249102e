//! File descriptors: how many connections the process can afford.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors beyond the connections that are asked for when the soft limit is raised: subscribers, calls to the
/// cloud, log files.
const ROOM: u64 = 1024;

/// Fits the wished number of connections to RLIMIT_NOFILE, raising the soft limit first where that helps.
pub(crate) fn fit_connections(wished: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let needed = wished as u64 + ROOM;
    let raised = limit.maximum.map_or(needed, |hard| hard.min(needed));
    let soft = match limit.current {
        Some(soft) if soft < raised => {
            let wider = Rlimit { current: Some(raised), maximum: limit.maximum };
            if setrlimit(Resource::Nofile, wider).is_ok() { Some(raised) } else { Some(soft) }
        }
        soft => soft,
    };
    let Some(soft) = soft else { return wished };
    let fitted = connections_within(soft).min(wished).max(1);
    if fitted < wished {
        log::warn!(
            target: "webhook",
            "{fitted} connections at once instead of {wished}: the process may open {soft} files (ulimit -n, LimitNOFILE)"
        );
    }
    fitted
}

/// A part is left for the rest of the process: a quarter, not less than 32, not more than 256.
fn connections_within(soft: u64) -> usize {
    usize::try_from(soft - (soft / 4).clamp(32, 256).min(soft)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_left() {
        for (soft, connections) in
            [(0, 0), (20, 0), (32, 0), (64, 32), (128, 96), (256, 192), (1024, 768), (65_536, 65_280)]
        {
            assert_eq!(connections_within(soft), connections, "{soft}");
        }
    }
}
