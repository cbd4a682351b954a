use super::*;
use crate::app::logs::tests::{chunk_of, marked};
use crate::config::keymap::Keymap;
use crate::domain::freshness::Freshness;
use crate::domain::object::Kind;
use crate::domain::policy::Limits;

const SIZE: Size = Size { columns: 80, rows: 14 };

fn key() -> ObjectKey {
    ObjectKey::new(Kind::Deployment, "checkout", "pay-api")
}

fn model() -> Model {
    Model::new(Timestamp::from_second(3_600).expect("a time"), Keymap::default(), Limits::default())
}

struct Bench {
    screen: LogsScreen,
    model: Model,
    out: Outbox,
}

impl Bench {
    fn new(screen: LogsScreen) -> Self {
        Self { screen, model: model(), out: Outbox::new(0) }
    }

    fn read(&mut self, chunk: LogChunk) {
        let topic = self.screen.topic();
        assert!(self.screen.deliver(&topic, Delivery::Logs(chunk), &mut self.out).is_none());
        self.settle();
    }

    fn settle(&mut self) {
        self.screen.settle(&self.model, SIZE);
    }

    fn act(&mut self, action: Action) {
        assert!(self.screen.act(action, &mut self.model, SIZE, &mut self.out), "{action:?}");
        self.settle();
    }

    fn cursor(&self) -> String {
        self.screen.current_text().unwrap_or_default()
    }
}

fn lines(from: i64, count: i64) -> LogChunk {
    let texts: Vec<String> = (from..from + count).map(|second| format!("line {second}")).collect();
    let lines: Vec<(&str, Level, &str)> =
        texts.iter().map(|text| ("pay-api-7d9c-x2k", Level::Info, text.as_str())).collect();
    chunk_of(from, &lines)
}

#[test]
fn following_keeps_the_newest_in_sight_and_holding_loses_nothing() {
    let mut bench = Bench::new(LogsScreen::new(key()));
    bench.read(lines(0, 30));
    assert_eq!(bench.cursor(), "line 29");
    bench.act(Action::Up);
    assert_eq!((bench.cursor().as_str(), bench.screen.follow), ("line 28", false));
    let top = bench.screen.top;
    bench.read(lines(30, 20));
    assert_eq!((bench.cursor().as_str(), bench.screen.new_entries()), ("line 28", 20));
    assert_eq!(bench.screen.top, top);
    bench.act(Action::Bottom);
    assert_eq!((bench.cursor().as_str(), bench.screen.new_entries()), ("line 49", 0));
}

#[test]
fn a_filter_keeps_the_place_and_matches_stay_found_without_it() {
    let mut bench = Bench::new(LogsScreen::new(key()));
    bench.read(lines(0, 30));
    bench.act(Action::Top);
    bench.act(Action::Down);
    bench.act(Action::Down);
    bench.screen.set_filter("7");
    bench.settle();
    assert_eq!((bench.cursor().as_str(), bench.screen.index.counts()), ("line 7", (3, 30)));
    bench.screen.set_filter("");
    bench.settle();
    assert_eq!(bench.cursor(), "line 1");
    bench.act(Action::NextMatch);
    bench.act(Action::NextMatch);
    assert_eq!(bench.cursor(), "line 17");
    bench.act(Action::PreviousMatch);
    assert_eq!(bench.cursor(), "line 7");
}

#[test]
fn another_window_is_another_reading_and_lines_of_the_one_before_are_for_nobody() {
    let mut bench = Bench::new(LogsScreen::new(key()));
    let before = bench.screen.topic();
    bench.read(lines(0, 3));
    bench.act(Action::Range5m);
    assert!(bench.screen.index.buffer().is_empty());
    assert!(bench.screen.deliver(&before, Delivery::Logs(lines(3, 3)), &mut bench.out).is_some());
    let wants = bench.screen.lasting_wants(&bench.model);
    let [(topic, Params::Logs(params))] = &wants[..] else { panic!("{wants:?}") };
    assert_ne!(*topic, before);
    assert_eq!(params.since, Timestamp::from_second(3_300).ok());
}

#[test]
fn above_the_first_row_the_past_is_asked_for() {
    let mut bench = Bench::new(LogsScreen::new(key()));
    bench.read(lines(10, 3));
    bench.act(Action::Top);
    bench.act(Action::Up);
    assert!(bench.out.effects.is_empty(), "nothing is read twice before the first reading is done");
    bench.screen.freshness = Freshness::Live;
    bench.act(Action::Open);
    assert!(bench.out.effects.is_empty(), "there is no pod whose past could be read");
    assert_eq!(bench.screen.past, Past::Unread);
}

#[test]
fn levels_go_up_and_down_and_lines_without_one_are_counted() {
    let mut bench = Bench::new(LogsScreen::new(key()));
    bench.read(chunk_of(
        3_500,
        &[("x", Level::Info, "fine"), ("x", Level::Unknown, "plain"), ("x", Level::Error, "bad")],
    ));
    for _ in 0..4 {
        bench.act(Action::LevelUp);
    }
    assert_eq!(bench.screen.query.level, Some(Level::Error));
    let now = bench.model.now;
    bench.screen.freshness = Freshness::Live;
    assert_eq!(bench.screen.count(now), "1 of 3 lines with error, 00:58:20 – now · 1 say no level");
    bench.act(Action::LevelDown);
    assert_eq!(bench.screen.query.level, Some(Level::Warning));
}

#[test]
fn an_empty_result_says_its_window_and_never_more() {
    let mut screen = LogsScreen::errors(key(), &model());
    assert_eq!(screen.window.words(model().now), "since 00:45:00");
    assert_eq!(screen.window.why(), "no change is known");
    screen.freshness = Freshness::Live;
    let mut bench = Bench::new(screen);
    bench.read(lines(3_550, 4));
    // Nothing was read from before 00:59:10, so nothing is said of it.
    assert_eq!(bench.screen.count(bench.model.now), "0 of 4 lines with error, 00:59:10 – now");
    assert!(bench.screen.index.shown().is_empty());
}

#[test]
fn clearing_marks_the_place_and_saving_writes_what_is_shown() {
    let mut bench = Bench::new(LogsScreen::new(key()));
    bench.read(lines(0, 3));
    bench.act(Action::ClearLines);
    bench.read(marked(lines(3, 1), 0, "the API server was away"));
    bench.act(Action::SaveLines);
    let Some(Effect::SaveLines { task, text, .. }) = bench.out.effects.pop() else { panic!("no save") };
    assert_eq!(
        text,
        "-- cleared at 01:00:00\n-- the API server was away\n1970-01-01T00:00:03Z pay-api-7d9c-x2k/app line 3\n"
    );
    let saved = Answer::Saved(Ok(CleanText::new("/a/file")));
    assert!(bench.screen.answer(task, saved, &mut bench.model, &mut bench.out).is_none());
}

#[test]
fn a_closed_screen_lets_go_and_reads_anew_when_reopened() {
    let mut bench = Bench::new(LogsScreen::new(key()));
    bench.read(lines(0, 3));
    bench.screen.closed();
    assert!(bench.screen.lasting_wants(&bench.model).is_empty());
    assert!(bench.screen.index.buffer().is_empty());
    bench.screen.reopened();
    assert_eq!(bench.screen.lasting_wants(&bench.model).len(), 1);
}
