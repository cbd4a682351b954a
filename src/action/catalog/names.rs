//! The names of all actions, for exhaustive matches.

/// Lists the actions once: the names, and all of them.
macro_rules! actions {
    ($($name:ident)+) => {
        /// One thing a user can ask for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($name,)+
            /// The first to ninth namespace, of those known, by name.
            Namespace(u8),
        }

        impl Action {
            #[cfg(test)]
            pub(super) fn each() -> impl Iterator<Item = Self> {
                [$(Self::$name),+].into_iter().chain((1..=9).map(Self::Namespace))
            }
        }
    };
}

actions! {
    Up
    Down
    Left
    Right
    Top
    Bottom
    PageUp
    PageDown
    Open
    Confirm
    Back
    Interrupt
    Quit
    NextPane
    Mark
    MarkRange
    CompareMarked
    Reload
    Redraw
    GoneBack
    GoneForward
    LastView
    GoHome
    GoAlerts
    GoPods
    GoVerification
    GoContexts
    GoNamespaces
    AllNamespaces
    WarpNamespace
    Palette
    Filter
    Help
    ToggleGuide
    FaultsOnly
    SortByName
    SortByNamespace
    SortByHealth
    SortByAge
    SortByRestarts
    SortPrevious
    SortNext
    GoHistory
    GoErrors
    GoLogs
    GoPreviousLogs
    GoCharts
    GoEvents
    ShowYaml
    Copy
    CopyNamespace
    Record
    Runbook
    Range5m
    Range15m
    Range30m
    Range1h
    Range6h
    Range24h
    ZoomIn
    ZoomOut
    ToggleFollow
    ToggleTimestamps
    ToggleWrap
    FullScreen
    ClearLines
    PreviousContainer
    LevelDown
    LevelUp
    NextMatch
    PreviousMatch
    SaveLines
    AllContainers
    ToggleTraces
    DrawMark
    SinceNewest
    SinceBeginning
    Range1m
    RollBack
    Scale
    Restart
    Shell
    ReturnToShell
}
