//! An in-process cluster that speaks the Kubernetes, Prometheus and Alertmanager HTTP APIs over an in-memory connection.
