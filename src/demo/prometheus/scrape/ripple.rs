//! The unrest of ordinary traffic, with a closed integral, so that counters over days stay exact.

use std::f64::consts::TAU;

use crate::demo::world::random;
use crate::demo::world::services::{PAY_API, ServiceId};

/// From here on until [`Ripple::wakes`] traffic is just what the story says, in seconds of story time.
const CALM: f64 = -90.0;

/// A sum of waves that begin and end at zero, around one.
#[derive(Debug, Clone)]
pub struct Ripple {
    waves: [Wave; 3],
    /// When the unrest comes back; the story's own service stays calm.
    wakes: f64,
}

#[derive(Debug, Clone, Copy)]
struct Wave {
    height: f64,
    speed: f64,
}

impl Ripple {
    pub fn of(seed: u64, service: ServiceId) -> Self {
        let name = service.spec().name;
        let wave = |part: &str, height: f64, period: f64| {
            let spread = 0.75 + 0.5 * random::unit(seed, &["ripple", name, part]);
            Wave { height: height * spread, speed: TAU / (period * spread) }
        };
        let waves = [wave("slow", 0.02, 1140.0), wave("middle", 0.012, 310.0), wave("quick", -0.008, 97.0)];
        Self { waves, wakes: if service == PAY_API { f64::INFINITY } else { 20.0 } }
    }

    /// How much is done between two instants, in seconds of calm traffic.
    pub fn work(&self, from: f64, to: f64) -> f64 {
        to - from + self.surplus(to) - self.surplus(from)
    }

    /// The integral of the waves alone.
    fn surplus(&self, at: f64) -> f64 {
        let into = if at < CALM {
            at - CALM
        } else if at > self.wakes {
            at - self.wakes
        } else {
            return 0.0;
        };
        self.waves.iter().map(|wave| wave.height / wave.speed * (1.0 - (wave.speed * into).cos())).sum()
    }

    /// The traffic at an instant, as a share of the calm one.
    pub fn level(&self, at: f64) -> f64 {
        let into = if at < CALM { at - CALM } else { (at - self.wakes).max(0.0) };
        1.0 + self.waves.iter().map(|wave| wave.height * (wave.speed * into).sin()).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_the_integral_of_the_level() {
        let ripple = Ripple::of(7, ServiceId(4));
        let step = 0.05;
        let steps = 12_000;
        let sum: f64 = (0..steps).map(|at| ripple.level(-400.0 + (f64::from(at) + 0.5) * step) * step).sum();
        assert!((ripple.work(-400.0, 200.0) - sum).abs() < 1e-3, "{sum}");
        assert_eq!(ripple.work(-60.0, 0.0), 60.0);
    }
}
