//! A list the user moves in: order, cursor, marks and filter. It knows keys of rows, not what the rows are.

use std::collections::BTreeSet;

use super::filter::Filter;

/// Where the cursor stands among rows named by `K`.
#[derive(Debug)]
pub struct TableState<K> {
    /// Rows as shown.
    order: Vec<K>,
    cursor: usize,
    /// First row on screen.
    pub top: usize,
    pub marked: BTreeSet<K>,
    /// The row marked last, from which a range reaches.
    marked_last: Option<K>,
    filter: Filter,
    faults_only: bool,
    /// Rows there would be if all were wanted.
    of: usize,
    /// The version of what is known that the order was made from; None when the user asked for another order since.
    made_from: Option<u64>,
    /// The user has moved: from now on rows keep their places.
    held: bool,
    /// A better order is known and waits for the user.
    pub order_waits: bool,
}

/// The rows there should be, in their order.
#[derive(Debug)]
pub struct Wanted<K> {
    pub rows: Vec<K>,
    /// How many there would be if all were wanted.
    pub of: usize,
}

impl<K> Default for TableState<K> {
    fn default() -> Self {
        Self {
            order: Vec::new(),
            cursor: 0,
            top: 0,
            marked: BTreeSet::new(),
            marked_last: None,
            filter: Filter::default(),
            faults_only: false,
            of: 0,
            made_from: None,
            held: false,
            order_waits: false,
        }
    }
}

impl<K: Ord + Clone> TableState<K> {
    #[must_use]
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    pub fn set_filter(&mut self, text: &str) {
        if self.filter.text() != text {
            self.filter = Filter::of_rows(text);
            self.ask_anew();
        }
    }

    /// Only unhealthy rows are wanted.
    #[must_use]
    pub fn faults_only(&self) -> bool {
        self.faults_only
    }

    pub fn toggle_faults_only(&mut self) {
        self.faults_only = !self.faults_only;
        self.ask_anew();
    }

    /// Rows there would be if all were wanted.
    #[must_use]
    pub fn of(&self) -> usize {
        self.of
    }

    /// The user asks for another order, or the newest.
    pub fn ask_anew(&mut self) {
        self.made_from = None;
    }

    /// The order was made from something older than this version of what is known, or for another wish.
    #[must_use]
    pub fn is_due(&self, version: u64) -> bool {
        self.made_from != Some(version)
    }

    /// What the user asked for moves rows at once; what the cluster does waits until it is asked for.
    pub fn follow(&mut self, version: u64, wanted: Wanted<K>) {
        self.of = wanted.of;
        match self.made_from.replace(version) {
            None => self.take_order(wanted.rows),
            Some(_) => self.settle(wanted.rows),
        }
    }

    /// Takes up a new order. Until the user has moved the cursor stays on the first row; afterwards known rows keep
    /// their places, new ones come last, and `order_waits` says that `take_order` would change something.
    pub fn settle(&mut self, wanted: Vec<K>) {
        if !self.held {
            self.order = wanted;
            self.order_waits = false;
            self.cursor = self.cursor.min(self.order.len().saturating_sub(1));
            return;
        }
        if self.order == wanted {
            self.order_waits = false;
            return;
        }
        let current = self.current().cloned();
        let alive: BTreeSet<&K> = wanted.iter().collect();
        let mut kept: Vec<K> = self.order.iter().filter(|key| alive.contains(key)).cloned().collect();
        if kept.len() < wanted.len() {
            let known: BTreeSet<K> = kept.iter().cloned().collect();
            kept.extend(wanted.iter().filter(|key| !known.contains(key)).cloned());
        }
        self.order_waits = kept != wanted;
        self.order = kept;
        self.return_to(current);
    }

    /// Shows the new order at once, with the cursor on the same row.
    pub fn take_order(&mut self, wanted: Vec<K>) {
        let current = if self.held { self.current().cloned() } else { None };
        self.order = wanted;
        self.order_waits = false;
        self.return_to(current);
    }

    fn return_to(&mut self, key: Option<K>) {
        let last = self.order.len().saturating_sub(1);
        self.cursor = key
            .and_then(|key| self.order.iter().position(|other| *other == key))
            .unwrap_or_else(|| self.cursor.min(last));
    }

    #[must_use]
    pub fn order(&self) -> &[K] {
        &self.order
    }

    #[must_use]
    pub fn current(&self) -> Option<&K> {
        self.order.get(self.cursor)
    }

    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Lets rows find their places freely again, as after a change of sorting.
    pub fn release(&mut self) {
        self.held = false;
    }

    pub fn move_by(&mut self, rows: isize) {
        self.held = true;
        let last = self.order.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(rows).min(last);
    }

    pub fn move_to(&mut self, row: usize) {
        self.held = true;
        self.cursor = row.min(self.order.len().saturating_sub(1));
    }

    pub fn select(&mut self, key: &K) {
        if let Some(row) = self.order.iter().position(|other| other == key) {
            self.move_to(row);
        }
    }

    pub fn toggle_mark(&mut self) {
        let Some(key) = self.current().cloned() else { return };
        if !self.marked.remove(&key) {
            self.marked.insert(key.clone());
        }
        self.marked_last = Some(key);
    }

    /// Marks every row from the one marked last to this one; only this one when none was.
    pub fn mark_range(&mut self) {
        let last = self.marked_last.as_ref().and_then(|last| self.order.iter().position(|key| key == last));
        let from = last.unwrap_or(self.cursor);
        let range = from.min(self.cursor)..=from.max(self.cursor);
        self.marked.extend(self.order.get(range).unwrap_or_default().iter().cloned());
        self.marked_last = self.current().cloned();
    }

    /// Moves the window so that the cursor is in it; `height` is the number of lines of a row.
    pub fn keep_in_view(&mut self, lines: usize, height: impl Fn(&K) -> usize) {
        let fits = |from: usize| {
            let mut used = 0;
            let rows = self.order.get(from..).unwrap_or_default();
            rows.iter()
                .take_while(|key| {
                    used += height(key);
                    used <= lines
                })
                .count()
        };
        let mut top = self.top.min(self.cursor);
        // A row has at least one line: nothing further up can be the first.
        top = top.max(self.cursor.saturating_sub(lines));
        while top < self.cursor && self.cursor >= top + fits(top).max(1) {
            top += 1;
        }
        // A window that is not full at the end shows more of what is above.
        while top > 0 && top - 1 + fits(top - 1) >= self.order.len() {
            top -= 1;
        }
        self.top = top;
    }

    /// The rows on screen, first to last.
    #[must_use]
    pub fn window(&self) -> &[K] {
        self.order.get(self.top..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_move_freely_until_the_user_moves() {
        let mut table = TableState::default();
        table.settle(vec!["a", "b"]);
        table.settle(vec!["b", "a"]);
        assert_eq!(table.order(), ["b", "a"]);
        assert_eq!(table.current(), Some(&"b"));
    }

    #[test]
    fn afterwards_they_keep_their_places_and_say_that_an_order_waits() {
        let mut table = TableState::default();
        table.settle(vec!["a", "b", "c"]);
        table.move_by(1);
        table.settle(vec!["d", "c", "b"]);
        assert_eq!(table.order(), ["b", "c", "d"]);
        assert_eq!(table.current(), Some(&"b"));
        assert!(table.order_waits);
        table.take_order(vec!["d", "c", "b"]);
        assert_eq!((table.cursor(), table.order_waits), (2, false));
    }

    #[test]
    fn what_the_user_asks_for_moves_rows_at_once() {
        let rows = |rows: &[&'static str]| Wanted { rows: rows.to_vec(), of: 3 };
        let mut table = TableState::default();
        table.follow(1, rows(&["a", "b", "c"]));
        assert!(!table.is_due(1));
        table.move_by(1);
        table.follow(2, rows(&["c", "b", "a"]));
        assert_eq!((table.order(), table.order_waits), (["a", "b", "c"].as_slice(), true));
        table.set_filter("c");
        assert!(table.is_due(2));
        table.follow(2, rows(&["c", "b"]));
        assert_eq!((table.order(), table.current(), table.of()), (["c", "b"].as_slice(), Some(&"b"), 3));
        table.set_filter("c");
        assert!(!table.is_due(2), "the same filter asks for nothing");
    }

    #[test]
    fn a_range_reaches_from_the_row_marked_last() {
        let mut table = TableState::default();
        table.settle((0..6).collect());
        table.move_to(4);
        table.toggle_mark();
        table.move_to(2);
        table.mark_range();
        assert_eq!(table.marked, BTreeSet::from([2, 3, 4]));
        table.move_to(0);
        table.mark_range();
        assert_eq!(table.marked, BTreeSet::from([0, 1, 2, 3, 4]));
        let mut empty = TableState::<u8>::default();
        empty.mark_range();
        assert!(empty.marked.is_empty());
    }

    #[test]
    fn the_window_follows_the_cursor_and_fills_up_at_the_end() {
        let mut table = TableState::default();
        table.settle((0..10).collect());
        table.move_by(9);
        table.keep_in_view(4, |_| 1);
        assert_eq!(table.top, 6);
        table.settle((0..5).collect());
        table.keep_in_view(4, |_| 1);
        assert_eq!((table.top, table.cursor()), (1, 4));
    }
}
