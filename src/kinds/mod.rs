//! One small pure file per built-in Kubernetes kind: API path, wire struct, projection to a row, columns. No screens, no styles.
