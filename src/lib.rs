//! watchkeeper (`wk`): a terminal console for the person on watch over Kubernetes.
//!
//! # How data flows, from a key to the server and back
//! ```text
//! terminal ─ key, paste, resize ─┐                                   ┌─> view(&State) ─> frame (only if dirty)
//! sources ── batches ────────────┼─> Message ─> update(&mut State) ──┼─> subscriptions(&State) ─> reconcile ─> sources
//! effects ── outcomes ───────────┘      (drain all, then draw once)  └─> Vec<Effect> ─> perform ─> sources / terminal
//! ```
//! 1. `runtime::input` turns a terminal event into `Message::Input`.
//! 2. `app::update` looks the key up in the keymap and offers the action to the overlay on top, then to the screen, then
//!    to `app::everywhere`, which asks `action::guard` whether it is available; whoever knows it first changes `State`.
//!    What must happen outside is returned as `Effect` values.
//! 3. When all that waited has been taken up, `app::subscriptions` reads from `State` what should be running, and
//!    `app::settle` brings derived state (stores, services, order, filter) up to date, once per drain.
//! 4. `runtime::perform` hands each effect to a source once; `runtime::reconcile` starts and stops streams until the
//!    running subscriptions equal the wanted ones.
//! 5. `sources` speak HTTP to the API server, Prometheus and Alertmanager, project what arrives to small rows, sanitise
//!    every string, and answer with messages that carry the generation and key they belong to.
//! 6. `ui::view` draws, or `report` writes text for a headless command. Both only read.
//!
//! A write goes the same way twice. Its row in the catalogue names its plan, a pure function from what was read to exact
//! calls. `app::screen::PlanScreen` shows it and asks for the rights and a dry run; when it is confirmed, `action::guard`
//! gives the permit that goes out with `Effect::Perform`, and `VerifyScreen` watches what comes of it.
//!
//! # What to touch
//! - A **kind**: its name in `domain::object::Kind`, one file in `kinds`, one line in `kinds::row`.
//! - An **action**: its name and row in `action::catalog`, a key in `keymaps/`, and where it is done: the screen that
//!   alone knows it, or `app::everywhere`. A **write** needs nothing there: its row names its plan in `action::plan`.
//! - A **screen**: a file in `app::screen`, in `ui::screen` and, if scripts want it, in `report`; the compiler names the
//!   places that list them.
//!
//! # Map
//! | module | holds |
//! |---|---|
//! | `domain` | the vocabulary, plain data |
//! | `kinds` | one file a built-in kind: its path, its wire, its row, its columns |
//! | `insight` | pure judgement: services, history, soundness, onset, alerts, differences, verification |
//! | `action` | every action declared once, the guard, the plans |
//! | `config` | settings, keymaps, themes, paths |
//! | `app` | the pure machine: state, update, subscriptions, settle, screens, overlays |
//! | `ui` | a frame from the state, under the same file names as `app` |
//! | `report` | table, JSON and Markdown from the same state |
//! | `sources` | the outside world: Kubernetes, Prometheus, Alertmanager |
//! | `runtime` | the loop, the streams, the terminal, the journal |
//! | `demo` | the built-in cluster, spoken to by HTTP like any other |
//!
//! # Words
//! A **service** is a workload with the pods, alerts and releases that belong to it. A **change** is anything that
//! altered a service; a **revision** is one of its releases. The **onset** is when a symptom began. A **plan** says what
//! an action will do; a **verification** checks what it did; the **journal** keeps what was done, a **record** hands it
//! over. A **grant** is a right the API server confirmed. A **problem** says what failed, why, and what to do. A
//! **screen** is a whole view, a **pane** a part of it, an **overlay** floats above it.
//!
//! # Layers: who may import whom (held by `tests/tidy.rs`)
//! | module | may import |
//! |---|---|
//! | `domain` | nothing of ours |
//! | `kinds` | domain |
//! | `insight` | domain, kinds |
//! | `action` | domain, kinds, insight |
//! | `config` | domain, action |
//! | `app` | domain, kinds, insight, action, config |
//! | `sources` | domain, kinds, `action::guard` (the permits) |
//! | `ui`, `report` | domain, kinds, insight, action, config, app |
//! | `runtime` | all of the above |
//! | `demo` | none of ours: it speaks HTTP |
//!
//! # Invariants
//! - `app` does no IO and never awaits; `view` changes nothing; state has one owner, the loop.
//! - Nothing outside `action::guard` decides whether a user may act; nothing reaches a source's write side unless it is
//!   `Authorized`; read-only is enforced in the client underneath all of it.
//! - No task outlives the subscription or effect that wanted it. No message is lost silently.
//! - Memory is bounded: every buffer has a limit, and says on screen when it bites.
//! - A pane always says which it is: Loading, Live, Stale, Failed, Denied.
//! - Secret values appear in no Debug output, log, snapshot, screenshot or journal.
//! - Text from outside is sanitised once, where it enters.
//! - The terminal is restored on every way out.

pub mod action;
pub mod app;
pub mod config;
pub mod demo;
pub mod domain;
pub mod insight;
pub mod kinds;
pub mod report;
pub mod runtime;
pub mod sources;
pub mod ui;
