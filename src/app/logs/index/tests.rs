use proptest::prelude::*;

use super::super::tests::{chunk, chunk_of, marked};
use super::*;

/// What is shown: the first line of each entry with the number of those behind it, or the mark.
fn shown(index: &LogIndex) -> Vec<String> {
    let words = |name: &u64| match index.entry(*name).expect("a shown entry exists") {
        Entry::Mark { text, .. } => format!("-- {text}"),
        Entry::Lines(lines) => {
            let place = index.line(lines.first).expect("a shown line is kept");
            if lines.more == 0 { place.text().to_owned() } else { format!("{} +{}", place.text(), lines.more) }
        }
    };
    index.shown().iter().map(words).collect()
}

fn settle(index: &mut LogIndex, query: &Query) {
    while index.work(query) {}
}

#[test]
fn traces_fold_per_container_and_marks_stand_between_lines() {
    let mut index = LogIndex::default();
    let lines = [
        ("x", Level::Error, "TypeError: amount is undefined"),
        ("y", Level::Info, "ok"),
        ("x", Level::Unknown, "    at charge (pay.js:3)"),
        ("x", Level::Unknown, "    at main (pay.js:9)"),
        ("x", Level::Info, "next"),
    ];
    index.push(marked(marked(chunk_of(0, &lines), 1, "pod y joined"), 5, "pod x ended"));
    settle(&mut index, &Query::default());
    assert_eq!(shown(&index), ["TypeError: amount is undefined +2", "-- pod y joined", "ok", "next", "-- pod x ended"]);
    assert_eq!(index.counts(), (3, 3));
    let Some(Entry::Lines(trace)) = index.entry(ORIGIN) else { panic!("lines") };
    let texts: Vec<&str> = index.places(trace).map(|place| place.text()).collect();
    assert_eq!(texts, ["TypeError: amount is undefined", "    at charge (pay.js:3)", "    at main (pay.js:9)"]);
}

#[test]
fn a_line_does_not_hide_behind_a_milder_or_a_much_older_one() {
    let mut index = LogIndex::default();
    index
        .push(chunk_of(0, &[("x", Level::Info, "request"), ("x", Level::Error, "Traceback (most recent call last):")]));
    index.push(chunk_of(60, &[("x", Level::Unknown, "  much later")]));
    settle(&mut index, &Query::default());
    assert_eq!(shown(&index), ["request", "Traceback (most recent call last):", "  much later"]);
}

#[test]
fn a_trace_is_wanted_as_soon_as_one_of_its_lines_is() {
    let mut index = LogIndex::default();
    let query = Query::of_text("pay.js");
    index.push(chunk_of(0, &[("x", Level::Error, "boom"), ("y", Level::Info, "fine")]));
    settle(&mut index, &query);
    assert!(shown(&index).is_empty());
    index.push(chunk_of(1, &[("x", Level::Unknown, "  at pay.js:3"), ("y", Level::Info, "pay.js loaded")]));
    settle(&mut index, &query);
    assert_eq!(shown(&index), ["boom +1", "pay.js loaded"]);
    assert_eq!(index.counts(), (2, 3));
}

#[test]
fn a_new_query_finds_the_newest_first_and_says_how_far_it_is() {
    let mut index = LogIndex::default();
    let texts: Vec<String> = (0..40_000).map(|number| format!("line {number} of many that take a while")).collect();
    for texts in texts.chunks(4_000) {
        index.push(chunk(&texts.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    settle(&mut index, &Query::default());
    assert_eq!((index.shown().len(), index.progress()), (40_000, None));
    index.judge_anew();
    let query = Query::of_text("many !39999");
    assert!(index.work(&query));
    let progress = index.progress().expect("not done in one piece");
    assert!(progress > 0.1 && progress < 0.9, "{progress}");
    assert!(shown(&index).last().is_some_and(|line| line.starts_with("line 39998 ")));
    settle(&mut index, &query);
    assert_eq!((index.shown().len(), index.progress()), (39_999, None));
}

#[test]
fn what_goes_is_no_longer_shown_or_counted() {
    let mut index = LogIndex::new(Limits { lines: 4, bytes: usize::MAX });
    index.push(chunk_of(0, &[("x", Level::Unknown, "a"), ("x", Level::Unknown, "  a2"), ("x", Level::Info, "b")]));
    settle(&mut index, &Query::default());
    assert_eq!((index.counts(), index.unlevelled()), ((2, 2), 1));
    index.push(chunk_of(3, &[("x", Level::Error, "c"), ("x", Level::Error, "d")]));
    settle(&mut index, &Query::default());
    assert_eq!(shown(&index), ["c", "d"]);
    assert_eq!((index.counts(), index.unlevelled()), ((2, 2), 0));
    assert_eq!(index.complete_from(500), Timestamp::from_second(3).ok());
}

#[test]
fn a_cut_past_bounds_what_is_complete() {
    let mut index = LogIndex::default();
    index.push(chunk_of(0, &[("old", Level::Info, "a"), ("busy", Level::Info, "b"), ("busy", Level::Info, "c")]));
    settle(&mut index, &Query::default());
    assert_eq!(index.complete_from(2), Timestamp::from_second(1).ok());
    assert_eq!(index.complete_from(500), None);
}

#[test]
fn marks_alone_stay_few() {
    let mut index = LogIndex::default();
    for number in 0..1_000 {
        index.push(marked(chunk(&[]), 0, &format!("pod {number} ended")));
        settle(&mut index, &Query::default());
    }
    assert_eq!(index.shown().len(), MARKS_IN_A_ROW);
    assert_eq!(shown(&index).last().map(String::as_str), Some("-- pod 999 ended"));
}

proptest! {
    /// However chunks, pieces of work and evictions fall, what is shown is what a plain search of the kept lines finds.
    #[test]
    fn what_is_shown_equals_a_plain_search(
        chunks in proptest::collection::vec(proptest::collection::vec((0usize..3, "[ab ]{0,3}"), 0..8), 1..30),
        limit in 8usize..60,
        requery in any::<bool>(),
    ) {
        let query = Query::of_text("a !b");
        let mut index = LogIndex::new(Limits { lines: limit, bytes: usize::MAX });
        for lines in &chunks {
            let lines: Vec<(&str, Level, &str)> =
                lines.iter().map(|(pod, text)| (["x", "y", "z"][*pod], Level::Unknown, text.as_str())).collect();
            index.push(chunk_of(0, &lines));
            let open = Query::default();
            index.work(if requery { &query } else { &open });
        }
        index.judge_anew();
        settle(&mut index, &query);
        let expected: Vec<u64> = (index.base..index.end())
            .filter(|name| {
                let lines = index.lines(*name).expect("no marks here");
                let texts: Vec<&str> = index.places(&lines).map(|place| place.text()).collect();
                texts.iter().any(|text| text.contains('a')) && !texts.iter().any(|text| text.contains('b'))
            })
            .collect();
        prop_assert_eq!(index.shown().iter().copied().collect::<Vec<_>>(), expected.clone());
        prop_assert_eq!(index.counts().0, expected.len());
        // Every line that follows a kept first line is in exactly one entry.
        let members: usize = (index.base..index.end()).map(|name| 1 + index.lines(name).expect("lines").more as usize).sum();
        prop_assert!(members <= index.buffer().len());
    }
}
