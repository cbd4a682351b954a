//! The vocabulary: plain values every layer speaks. No IO, no async, no screens.
