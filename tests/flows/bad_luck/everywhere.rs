//! The same question in the three places where a user may meet the answer.

use std::thread;
use std::time::{Duration, Instant};

use crate::console::{Console, command, said};

/// "Within seconds", on a busy machine.
pub const SOON: Duration = Duration::from_secs(25);

/// Somebody with a kubeconfig and an environment, who asks for services, asks the doctor, and starts the console.
pub struct Person<'a> {
    pub kubeconfig: &'a str,
    pub environment: &'a [(&'a str, &'a str)],
}

impl<'a> Person<'a> {
    pub fn with(kubeconfig: &'a str) -> Self {
        Self { kubeconfig, environment: &[] }
    }

    /// Each of the three says all of these words soon. The exit codes of the commands come back.
    pub fn is_told(&self, words: &[&str]) -> (i32, i32) {
        let mut console = self.sits_down(120, 30);
        // What takes its time takes it four times at once.
        let (services, doctor, data) = thread::scope(|scope| {
            let services = scope.spawn(|| self.asks(&["services"]));
            let data = scope.spawn(|| self.asks(&["doctor", "-o", "json"]));
            let doctor = self.asks(&["doctor"]);
            (services.join().expect("an answer"), doctor, data.join().expect("an answer"))
        });
        assert_holds("wk services", &services.1, words);
        assert_holds("wk doctor", &doctor.1, words);
        assert_holds("wk doctor -o json", &data.1, words);
        assert_eq!(data.0, doctor.0, "one exit code: {}", data.1);
        console.until(&format!("{words:?}"), |screen| {
            let text = flowing(&screen.contents());
            words.iter().all(|word| text.contains(word))
        });
        console.press("q");
        console.ended();
        console.assert_restored();
        (services.0, doctor.0)
    }

    /// A command: its exit code and all it said.
    pub fn asks(&self, arguments: &[&str]) -> (i32, String) {
        let home = self.home();
        let mut command = command(home.path(), arguments);
        let began = Instant::now();
        let answer = said(command.envs(self.environment.iter().copied()));
        let text = answer.out + &answer.complaints;
        assert!(began.elapsed() < SOON, "wk {arguments:?} took {:?}: {text}", began.elapsed());
        assert!(!text.contains("panicked"), "{text}");
        (answer.code, text)
    }

    /// The console on a terminal.
    pub fn sits_down(&self, columns: u16, rows: u16) -> Console {
        let home = self.home();
        Console::start_in(home, &[], self.environment, columns, rows)
    }

    fn home(&self) -> tempfile::TempDir {
        home_with(self.kubeconfig)
    }
}

/// A home with a kubeconfig and nothing else.
pub fn home_with(kubeconfig: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".kube");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("config"), kubeconfig).expect("a file");
    home
}

/// A text without the line breaks that a narrow place put into it.
fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_holds(who: &str, text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{who} does not say “{word}”: {text}");
    }
}
