//! Reads the application state and writes text: table, JSON, Markdown. Changes nothing.
