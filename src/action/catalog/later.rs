//! Keys that are kept for what is not there yet: nothing else is put on them, and whoever presses one is told. A row
//! moves to its topic when its capability comes.

/// Names as keymaps write them, with what they will be.
pub(super) const ROWS: &[(&str, &str)] = &[
    ("why", "the chain of causes"),
    ("tree", "the tree of what belongs to a service"),
    ("silence", "silencing alerts"),
    ("change-image", "changing an image"),
    ("describe", "describing an object in words"),
    ("edit", "editing"),
    ("delete", "deleting"),
    ("delete-now", "deleting with one second of grace"),
    ("forwards", "forwarding ports"),
    ("forward-port", "forwarding a port"),
    ("go-owner", "going to the owner"),
    ("attach", "attaching to a container"),
    ("transfer", "transferring files"),
    ("go-node", "going to the node"),
    ("used-by", "what uses an object"),
    ("show-values", "the values of an object"),
    ("run-command", "running a command"),
];
