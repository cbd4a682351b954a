//! Reads the application state and writes a frame. Changes nothing.
