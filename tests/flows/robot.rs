//! A user made of keys, on the real machine and the production clients against the built-in cluster. Time is paused:
//! it jumps to whatever happens next, so a flow of minutes takes a moment and no test sleeps.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::{Terminal, backend::TestBackend};
use tokio::time::{Instant, timeout};

use watchkeeper::app::guide::Guide;
use watchkeeper::app::model::Model;
use watchkeeper::app::navigation::Views;
use watchkeeper::app::screen::{Screen, ServicesScreen};
use watchkeeper::app::state::Size;
use watchkeeper::app::{Input, Message, State};
use watchkeeper::config::key::{Key, parse_sequence};
use watchkeeper::config::{keymap_file, theme_file};
use watchkeeper::demo::{Cluster, Options, Role};
use watchkeeper::domain::endpoint::Endpoint;
use watchkeeper::domain::policy::Limits;
use watchkeeper::runtime::backend::{Backend, Monitoring, Transport};
use watchkeeper::runtime::event_loop::Engine;
use watchkeeper::sources::clock::Clock;
use watchkeeper::sources::kube::{BoxedStream, Dial};
use watchkeeper::ui::{self, Look};

/// When the story begins, for everybody who looks at pictures of it.
pub const EPOCH: &str = "2026-11-21T03:00:00Z";
/// How long the robot waits for something to appear, in the cluster's time.
const PATIENCE: Duration = Duration::from_secs(180);
/// Nothing new for so long means that the screen rests.
const REST: Duration = Duration::from_secs(1);
/// A screen that never rests, such as a log that is written, is taken as it is after so long.
const RESTLESS: Duration = Duration::from_secs(5);

pub struct Robot {
    engine: Engine,
    /// The built-in cluster, where it is one.
    cluster: Option<Arc<Cluster>>,
    look: Look,
    size: Size,
}

impl Robot {
    /// Sits down before the console as somebody, so long after the story began.
    pub fn begin(role: Role, at: Duration) -> Self {
        let epoch: Timestamp = EPOCH.parse().expect("a time");
        Self::over(Cluster::start(Options { at, speed: 1.0, seed: 7, pods: None, role, epoch }), role)
    }

    /// The same, sent to a Prometheus that is not there.
    pub fn without_prometheus(at: Duration) -> Self {
        let epoch: Timestamp = EPOCH.parse().expect("a time");
        let options = Options { at, speed: 1.0, seed: 7, pods: None, role: Role::Oncall, epoch };
        let nowhere = Endpoint::parse("monitoring/nothing:9090").expect("an endpoint");
        let monitoring = Monitoring { prometheus: Some(nowhere), alertmanager: None };
        Self::watching(Cluster::start(options), Role::Oncall, monitoring, None)
    }

    /// The same, with a folder for state.
    pub fn keeping(role: Role, at: Duration, state: &Path) -> Self {
        let epoch: Timestamp = EPOCH.parse().expect("a time");
        let cluster = Cluster::start(Options { at, speed: 1.0, seed: 7, pods: None, role, epoch });
        Self::watching(cluster, role, Monitoring::default(), Some(state.to_owned()))
    }

    /// The same over a cluster that the test keeps in its hand.
    pub fn over(cluster: Arc<Cluster>, role: Role) -> Self {
        Self::watching(cluster, role, Monitoring::default(), None)
    }

    fn watching(cluster: Arc<Cluster>, role: Role, monitoring: Monitoring, state_folder: Option<PathBuf>) -> Self {
        let kept = Arc::clone(&cluster);
        let mut robot = Self::sit(Backend { monitoring, state_folder, ..backend(cluster, role) });
        robot.cluster = Some(kept);
        robot
    }

    /// Sits down before the console over any backend; over a real cluster the time is real.
    pub fn sit(backend: Backend) -> Self {
        let size = Size { columns: 120, rows: 40 };
        let (state, look) = first_state(&backend, size);
        let mut engine = Engine::new(backend, state);
        engine.start();
        Self { engine, cluster: None, look, size }
    }

    /// Has the keys of one of the built-in keymaps.
    pub fn with_keymap(mut self, name: &str) -> Self {
        let (keymap, problems) = keymap_file::build(name, None, &watchkeeper::action::names());
        assert_eq!(problems, []);
        self.engine.state.model.keymap = keymap;
        self
    }

    /// Is led by hints, as on the first run of the built-in incident.
    pub fn led(mut self) -> Self {
        self.engine.state.guide = Some(Guide::default());
        self
    }

    /// Presses keys as keymaps write them, one after the other.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for key in parse_sequence(keys).expect(keys) {
            self.engine.take(Message::Input(Input::Key(key)));
        }
        self
    }

    /// Types a text, letter by letter.
    pub fn types(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            self.engine.take(Message::Input(Input::Key(Key::character(character))));
        }
        self
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.size = Size { columns, rows };
        self.engine.take(Message::Input(Input::Resize { columns, rows }));
    }

    /// The journal is looked into, as when a console starts.
    pub fn with_journal_opened(self) -> Self {
        self.engine.open_journal();
        self
    }

    /// Waits until the screen shows a text.
    pub async fn sees(&mut self, text: &str) -> &mut Self {
        self.until(text, |screen| screen.contains(text)).await
    }

    /// Waits until the screen shows a text no longer.
    pub async fn loses(&mut self, text: &str) -> &mut Self {
        self.until(&format!("the end of {text}"), |screen| !screen.contains(text)).await
    }

    /// Waits until the screen is as wished.
    pub async fn until(&mut self, what: &str, wish: impl Fn(&str) -> bool) -> &mut Self {
        let end = Instant::now() + PATIENCE;
        while !wish(&self.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            match timeout(left, self.engine.next()).await {
                Ok(Some(message)) => self.engine.take(message),
                Ok(None) | Err(_) => panic!("“{what}” never came; the screen shows:\n{}", self.screen()),
            }
        }
        self
    }

    /// Waits until nothing new arrives.
    pub async fn rests(&mut self) -> &mut Self {
        let end = Instant::now() + RESTLESS;
        while Instant::now() < end {
            match timeout(REST, self.engine.next()).await {
                Ok(Some(message)) => self.engine.take(message),
                Ok(None) | Err(_) => break,
            }
        }
        self
    }

    /// Lets time go by.
    pub async fn passes(&mut self, span: Duration) -> &mut Self {
        let end = Instant::now() + span;
        while let Ok(Some(message)) = timeout(end.saturating_duration_since(Instant::now()), self.engine.next()).await {
            self.engine.take(message);
        }
        self
    }

    /// The frame as it would be painted now.
    pub fn frame(&self) -> Buffer {
        let Size { columns, rows } = self.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal in memory");
        let drawn = terminal.draw(|frame| ui::view(&self.engine.state, &self.look, frame)).expect("a frame");
        assert_eq!(drawn.area, Rect::new(0, 0, columns, rows));
        drawn.buffer.clone()
    }

    /// The text on the screen, line by line.
    pub fn screen(&self) -> String {
        let frame = self.frame();
        let lines = frame.content.chunks(usize::from(frame.area.width));
        let lines = lines.map(|row| row.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What `Y` hands over here.
    pub fn record(&self) -> String {
        watchkeeper::report::record(&self.engine.state).1
    }

    /// The console has ended.
    pub fn has_ended(&self) -> bool {
        self.engine.state.ending
    }

    /// The writes the cluster was asked for in earnest: method and path.
    pub fn writes(&self) -> Vec<String> {
        let requests = self.cluster.as_ref().expect("the built-in cluster").requests();
        let writes = requests.iter().filter(|request| request.is_write());
        writes.map(|request| format!("{} {}", request.method, request.path)).collect()
    }

    /// How often the cluster was asked to do this with a resource.
    pub fn asked(&self, verb: &str, resource: &str) -> usize {
        let requests = self.cluster.as_ref().expect("the built-in cluster").requests();
        requests.iter().filter(|request| request.verb == verb && request.path.ends_with(resource)).count()
    }

    pub async fn end(self) {
        self.engine.end().await;
    }
}

/// The console as it starts, with the default keymap and theme.
pub fn first_state(backend: &Backend, size: Size) -> (State, Look) {
    let names = watchkeeper::action::names();
    let (keymap, problems) = keymap_file::build("default", None, &names);
    assert_eq!(problems, []);
    let model = Model::new(backend.clock.now(), keymap, backend.limits);
    let state = State::new(model, Views::new(Screen::Services(ServicesScreen::default())), size);
    (state, Look::new(&theme_file::built_in("dark").expect("the default theme"), true))
}

/// The built-in cluster as somebody sees it, without a folder for state.
pub fn backend(cluster: Arc<Cluster>, role: Role) -> Backend {
    let clock = cluster.clock();
    Backend {
        clock: Clock::new(move || clock.now()),
        transport: transport(cluster, role),
        limits: Limits::default(),
        monitoring: Monitoring::default(),
        state_folder: None,
    }
}

fn transport(cluster: Arc<Cluster>, role: Role) -> Transport {
    let dial: Dial = Arc::new(move || {
        let cluster = Arc::clone(&cluster);
        Box::pin(async move { Ok(Box::new(cluster.dial().await?) as BoxedStream) })
    });
    let namespace = matches!(role, Role::Developer | Role::Reader).then(|| "checkout".to_owned());
    Transport::InMemory {
        dial,
        context: "demo".to_owned(),
        user: role.name().to_owned(),
        namespace,
        token: role.token(),
    }
}
