//! How long to wait before the next attempt: doubled each time, capped, and never the same for two agents.
//!
//! Used by the session and the reactions. Randomness here spreads load; it protects nothing.

use std::time::Duration;

/// Doublings after which every sensible cap has been reached.
const MAX_DOUBLINGS: u32 = 16;

/// A small random generator (xorshift64*), so that a fleet of agents does not act in step.
#[derive(Debug, Clone)]
pub struct Jitter(u64);

impl Jitter {
    /// Seeded by the system; by the process id and the clock where the system has no randomness to give.
    pub fn from_system() -> Jitter {
        let mut seed = [0u8; 8];
        match ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut seed) {
            Ok(()) => Jitter::seeded(u64::from_le_bytes(seed)),
            Err(_) => {
                let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let nanoseconds = clock.map_or(0, |since| u64::from(since.subsec_nanos()));
                Jitter::seeded(nanoseconds ^ (u64::from(std::process::id()) << 32))
            }
        }
    }

    /// A sequence that can be repeated.
    pub fn seeded(seed: u64) -> Jitter {
        Jitter(seed | 1)
    }

    /// Between 0 and 1, 1 excluded.
    pub fn fraction(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let scrambled = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D);
        // The 53 upper bits are a double's precision.
        (scrambled >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Anything from nothing to `most`.
    pub fn up_to(&mut self, most: Duration) -> Duration {
        most.mul_f64(self.fraction())
    }

    /// `middle`, up to `share` of it (0 to 1) more or less.
    pub fn around(&mut self, middle: Duration, share: f64) -> Duration {
        middle.mul_f64(1.0 - share + 2.0 * share * self.fraction())
    }
}

/// The bounds of a back-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second attempt.
    pub first: Duration,
    /// Never longer than this.
    pub cap: Duration,
}

impl Backoff {
    /// The wait after `failures` failed attempts (1 or more): between half and the whole of the doubled time.
    pub fn after(&self, failures: u32, jitter: &mut Jitter) -> Duration {
        let doublings = failures.saturating_sub(1).min(MAX_DOUBLINGS);
        let whole = self.first.saturating_mul(1 << doublings).min(self.cap);
        whole / 2 + jitter.up_to(whole / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let backoff = Backoff { first: Duration::from_secs(2), cap: Duration::from_secs(60) };
        let mut jitter = Jitter::seeded(7);
        for (failures, whole) in [(0, 2), (1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (40, 60), (u32::MAX, 60)]
        {
            for _ in 0..100 {
                let wait = backoff.after(failures, &mut jitter).as_secs_f64();
                let whole = f64::from(whole);
                assert!(wait >= whole / 2.0 && wait <= whole, "{failures} failures: {wait} s");
            }
        }
    }

    #[test]
    fn jitter_stays_in_its_bounds_and_varies() {
        let mut jitter = Jitter::from_system();
        let middle = Duration::from_secs(10);
        let waits: Vec<f64> = (0..1000).map(|_| jitter.around(middle, 0.1).as_secs_f64()).collect();
        assert!(waits.iter().all(|wait| (9.0..=11.0).contains(wait)));
        assert!(waits.iter().any(|wait| *wait < 9.5) && waits.iter().any(|wait| *wait > 10.5));
    }
}
