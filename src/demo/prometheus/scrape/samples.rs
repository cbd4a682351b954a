//! The instants at which a target is scraped, and the samples that a reading of each gives.

use super::load::{Piece, PodLoad};
use super::ripple::Ripple;
use crate::demo::prometheus::storage::{Milliseconds, STALE, Sample, TimeRange};
use crate::demo::world::StoryTime;

/// One scrape of a target that is known to exist at that time.
#[derive(Debug, Clone, Copy)]
pub struct Scrape {
    pub time: Milliseconds,
    /// The piece of the pod's load it falls into; `None` once the pod is gone.
    pub piece: Option<usize>,
    /// What was done in that piece so far, in seconds of calm traffic.
    pub work: f64,
}

/// The scrapes of one pod by one job in a range.
pub struct Scrapes<'a> {
    pub pod: &'a PodLoad,
    epoch: Milliseconds,
    range: TimeRange,
    scrapes: Vec<Scrape>,
    /// The work of each piece as a whole; the last one has no end and none.
    whole: Vec<f64>,
}

/// When a job comes by: every `interval`, at `phase` after its multiples.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    pub interval: Milliseconds,
    pub phase: Milliseconds,
}

impl Rhythm {
    fn first_from(self, time: Milliseconds) -> Milliseconds {
        time + (self.phase - time).rem_euclid(self.interval)
    }

    pub fn last_until(self, time: Milliseconds) -> Milliseconds {
        time - (time - self.phase).rem_euclid(self.interval)
    }
}

impl<'a> Scrapes<'a> {
    pub fn new(pod: &'a PodLoad, ripple: &Ripple, epoch: Milliseconds, rhythm: Rhythm, range: TimeRange) -> Self {
        let created = epoch + pod.span.created.millis();
        let end = pod.span.end.map(|end| epoch + end.millis());
        let mut scrapes = Vec::new();
        // One scrape early: it tells whether the first one in the range finds something gone.
        let mut time = rhythm.first_from(created.max(range.start - rhythm.interval));
        let mut at = 0;
        while time <= range.end {
            if end.is_some_and(|end| time >= end) {
                scrapes.push(Scrape { time, piece: None, work: 0.0 });
                break;
            }
            let story = StoryTime::from_millis(time - epoch);
            while pod.pieces.get(at + 1).is_some_and(|next| next.from <= story) {
                at += 1;
            }
            let Some(piece) = pod.pieces.get(at) else { break };
            scrapes.push(Scrape { time, piece: Some(at), work: ripple.work(piece.from.secs(), story.secs()) });
            time += rhythm.interval;
        }
        let whole = |piece: &Piece| piece.to.map_or(0.0, |to| ripple.work(piece.from.secs(), to.secs()));
        Self { pod, epoch, range, scrapes, whole: pod.pieces.iter().map(whole).collect() }
    }

    /// A reading of whatever is present; its end is marked stale.
    pub fn gauge(&self, present: impl Fn(&Piece) -> bool, value: impl Fn(&Piece, StoryTime) -> f64) -> Vec<Sample> {
        self.read(present, |_, piece, scrape| value(piece, StoryTime::from_millis(scrape.time - self.epoch)))
    }

    /// A counter of the running container that grows by `rate` in each second of calm traffic.
    pub fn counter(&self, rate: impl Fn(&Piece) -> f64, whole: bool) -> Vec<Sample> {
        let mut before = 0.0;
        let growth: Vec<(f64, f64)> = (self.pod.pieces.iter().zip(&self.whole))
            .map(|(piece, work)| {
                if piece.restarted {
                    before = 0.0;
                }
                let rate = rate(piece);
                let start = before;
                before += rate * work;
                (start, rate)
            })
            .collect();
        self.read(
            |piece| piece.running,
            |at, _, scrape| {
                let (start, rate) = growth[at];
                let value = start + rate * scrape.work;
                if whole { value.floor() } else { value }
            },
        )
    }

    fn read(&self, present: impl Fn(&Piece) -> bool, value: impl Fn(usize, &Piece, &Scrape) -> f64) -> Vec<Sample> {
        let mut samples = Vec::with_capacity(self.scrapes.len());
        let mut was_present = false;
        for scrape in &self.scrapes {
            let found = scrape.piece.map(|at| (at, &self.pod.pieces[at])).filter(|(_, piece)| present(piece));
            let value = match found {
                Some((at, piece)) => value(at, piece, scrape),
                None if was_present => STALE,
                None => continue,
            };
            was_present = found.is_some();
            if scrape.time >= self.range.start {
                samples.push(Sample { time: scrape.time, value });
            }
        }
        samples
    }
}
