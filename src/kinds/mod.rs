//! One small pure file per built-in Kubernetes kind: API path, wire struct, projection to a row, columns. No screens, no styles.
//!
//! A kind's wire struct derives both `serde::Deserialize` and `prost::Message`, so that JSON and protobuf become the
//! same row; `decode` turns a page of a list or a frame of a watch into rows without knowing which kind it is.
