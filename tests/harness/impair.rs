//! What a bad link does to datagrams, drawn from a seed: for the hub under a paused clock and for the relay on loopback.
//!
//! One way of a link at a time, no clock and no socket: what goes in comes out none, one or two times, later, perhaps
//! changed.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// How bad one way of a link is. The default is perfect.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Conditions {
    /// Datagrams lost, of one.
    pub loss: f64,
    /// Chance, at each datagram, that a burst begins in which all are lost; and that it ends.
    pub burst: Option<(f64, f64)>,
    /// Datagrams that come twice, of one.
    pub duplicate: f64,
    /// Datagrams of which a bit is turned, of one.
    pub flip: f64,
    /// How long each takes.
    pub delay: Duration,
    /// How much longer some take: this reorders them.
    pub jitter: Duration,
    /// Bits a second.
    pub rate_bps: Option<u64>,
    /// The longest wait in the queue before that rate; what would wait longer is lost.
    pub queue: Duration,
    /// The largest datagram that goes through, in bytes of UDP payload; larger ones vanish without a word.
    pub largest: usize,
}

impl Default for Conditions {
    fn default() -> Conditions {
        Conditions {
            loss: 0.0,
            burst: None,
            duplicate: 0.0,
            flip: 0.0,
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            rate_bps: None,
            queue: Duration::from_secs(2),
            largest: usize::MAX,
        }
    }
}

/// One way of a link.
#[derive(Debug)]
pub struct Way {
    /// How bad it is.
    pub conditions: Conditions,
    /// Whether nothing goes through.
    pub is_cut: bool,
    /// Datagrams that went in.
    pub datagrams: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Datagrams lost on the way.
    pub lost: u64,
    rng: StdRng,
    in_burst: bool,
    /// When the last one has left the queue, on the caller's clock.
    free_at: Duration,
}

impl Way {
    /// A way whose accidents are drawn from `seed`.
    pub fn new(conditions: Conditions, seed: u64) -> Way {
        let rng = StdRng::seed_from_u64(seed);
        let free_at = Duration::ZERO;
        Way { conditions, is_cut: false, datagrams: 0, bytes: 0, lost: 0, rng, in_burst: false, free_at }
    }

    /// What becomes of a datagram sent at `now`: when it arrives, and as what.
    pub fn pass(&mut self, now: Duration, datagram: &[u8]) -> Vec<(Duration, Vec<u8>)> {
        self.datagrams += 1;
        self.bytes += datagram.len() as u64;
        let Some(left) = self.leaves(now, datagram.len()) else {
            self.lost += 1;
            return Vec::new();
        };
        let copies = if self.drawn(self.conditions.duplicate) { 2 } else { 1 };
        (0..copies).map(|_| (left + self.conditions.delay + self.jitter(), self.perhaps_flipped(datagram))).collect()
    }

    /// When it has left the queue; never, if it is lost.
    fn leaves(&mut self, now: Duration, length: usize) -> Option<Duration> {
        if self.is_cut || length > self.conditions.largest {
            return None;
        }
        if let Some((begins, ends)) = self.conditions.burst {
            self.in_burst = if self.in_burst { !self.drawn(ends) } else { self.drawn(begins) };
        }
        if self.drawn(self.conditions.loss) || (self.in_burst && self.conditions.burst.is_some()) {
            return None;
        }
        let Some(rate_bps) = self.conditions.rate_bps else { return Some(now) };
        let begins = self.free_at.max(now);
        if begins - now > self.conditions.queue {
            return None;
        }
        // 28 bytes of IP and UDP around it.
        self.free_at = begins + Duration::from_nanos((length as u64 + 28) * 8 * 1_000_000_000 / rate_bps);
        Some(self.free_at)
    }

    fn drawn(&mut self, chance: f64) -> bool {
        chance > 0.0 && self.rng.random_bool(chance)
    }

    fn jitter(&mut self) -> Duration {
        let most = self.conditions.jitter.as_micros() as u64;
        Duration::from_micros(if most == 0 { 0 } else { self.rng.random_range(0..=most) })
    }

    fn perhaps_flipped(&mut self, datagram: &[u8]) -> Vec<u8> {
        let mut bytes = datagram.to_vec();
        if self.drawn(self.conditions.flip) && !bytes.is_empty() {
            let bit = self.rng.random_range(0..bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: usize = 2_000;

    /// How many came, at which share changed, how late at least and at most.
    fn sent(conditions: Conditions) -> (usize, usize, Duration, Duration) {
        let mut way = Way::new(conditions, 7);
        let mut came = Vec::new();
        for at in 0..SENT as u64 {
            let now = Duration::from_millis(at * 10);
            came.extend(way.pass(now, &[0; 100]).into_iter().map(|(at, bytes)| (at - now, bytes)));
        }
        let changed = came.iter().filter(|(_, bytes)| *bytes != [0; 100]).count();
        let late = || came.iter().map(|(late, _)| *late);
        (came.len(), changed, late().min().unwrap_or_default(), late().max().unwrap_or_default())
    }

    #[test]
    fn each_impairment_does_what_it_says() {
        let perfect = Conditions::default();
        assert_eq!(sent(perfect), (SENT, 0, Duration::ZERO, Duration::ZERO));
        let lossy = sent(Conditions { loss: 0.3, ..perfect }).0;
        assert!((1_300..1_500).contains(&lossy), "{lossy}");
        let bursts = sent(Conditions { burst: Some((0.02, 0.2)), ..perfect }).0;
        assert!((1_700..1_950).contains(&bursts), "{bursts}");
        let doubled = sent(Conditions { duplicate: 0.1, ..perfect }).0;
        assert!((2_150..2_250).contains(&doubled), "{doubled}");
        let flipped = sent(Conditions { flip: 0.1, ..perfect }).1;
        assert!((150..250).contains(&flipped), "{flipped}");
        let ms = Duration::from_millis;
        let (_, _, least, most) = sent(Conditions { delay: ms(300), jitter: ms(100), ..perfect });
        assert!(least >= ms(300) && least < ms(310) && most > ms(390) && most <= ms(400), "{least:?} {most:?}");
        // 128 bytes in 10 ms are 102 kbit/s: at 64 kbit/s the queue fills, and three eighths are lost.
        let (came, _, _, most) = sent(Conditions { rate_bps: Some(64_000), queue: ms(500), ..perfect });
        assert!((1_200..1_350).contains(&came) && most > ms(490) && most < ms(520), "{came} {most:?}");
        assert_eq!(sent(Conditions { largest: 99, ..perfect }).0, 0);
        assert_eq!(sent(Conditions { largest: 100, ..perfect }).0, SENT);
    }

    #[test]
    fn a_cut_way_is_shut_and_the_same_seed_has_the_same_accidents() {
        let bad = Conditions {
            loss: 0.2,
            duplicate: 0.1,
            flip: 0.1,
            jitter: Duration::from_millis(9),
            ..Conditions::default()
        };
        let run = |seed| {
            let mut way = Way::new(bad, seed);
            (0..200).map(|at| way.pass(Duration::from_millis(at), &[1; 50])).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let mut way = Way::new(Conditions::default(), 1);
        way.is_cut = true;
        assert_eq!((way.pass(Duration::ZERO, &[1]).len(), way.lost), (0, 1));
    }
}
