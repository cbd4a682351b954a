//! What the kernel knows of a process. Zero where there is no `/proc`.

use std::fs;
use std::time::Duration;

/// A process by its id.
pub struct Process(pub u32);

impl Process {
    /// Time on a processor so far, all threads, to the hundredth of a second.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        // The name may hold anything: the fields begin behind its last parenthesis.
        let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let ticks = |field: usize| fields.get(field).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        Duration::from_millis(10 * (ticks(11) + ticks(12)))
    }

    /// Bytes in memory now.
    pub fn resident(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Bytes in memory at the highest.
    pub fn resident_peak(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() << 10
    }
}
