//! The twenty services of the shop, as data: what they run, what they carry when all is well, and how they came to be.

/// An index into [`SERVICES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub usize);

impl ServiceId {
    pub fn spec(self) -> &'static ServiceSpec {
        &SERVICES[self.0]
    }

    pub fn find(namespace: &str, name: &str) -> Option<ServiceId> {
        SERVICES.iter().position(|s| s.namespace == namespace && s.name == name).map(ServiceId)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkloadKind {
    Deployment,
    StatefulSet,
    DaemonSet,
}

/// Who claims to own the objects of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Applied by the pipeline.
    Pipeline,
    Helm {
        release: &'static str,
        chart: &'static str,
    },
    Argo {
        application: &'static str,
    },
}

/// A version that was rolled out before 0:00.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    pub version: &'static str,
    pub hours_ago: i64,
    pub by: &'static str,
}

/// What a service carries when all is well. Rates are for the whole service.
#[derive(Clone, Copy, Debug)]
pub struct Traffic {
    pub requests_per_second: f64,
    pub error_ratio: f64,
    pub p50_seconds: f64,
    pub p99_seconds: f64,
    /// Route and its share of the requests; the shares add up to 1.
    pub routes: &'static [(&'static str, f64)],
}

/// Use, request and limit of one pod. A limit of 0 means none.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    pub used: f64,
    pub request: f64,
    pub limit: f64,
}

#[derive(Clone, Copy, Debug)]
pub struct ServiceSpec {
    pub namespace: &'static str,
    pub name: &'static str,
    pub kind: WorkloadKind,
    pub replicas: u32,
    pub image: &'static str,
    pub port: u16,
    /// `None`: it serves no requests that are measured.
    pub traffic: Option<Traffic>,
    /// Cores.
    pub cpu: Resource,
    /// MiB.
    pub memory: Resource,
    /// Oldest first; the last one runs at 0:00.
    pub history: &'static [Release],
    pub owner: Owner,
    /// From the creation of a pod to Ready, when its image is on the node.
    pub startup_millis: i64,
}

impl ServiceSpec {
    pub fn version(&self) -> &'static str {
        self.history.last().map_or("0.0.0", |r| r.version)
    }
}

/// The service of the incident.
pub const PAY_API: ServiceId = ServiceId(0);
pub const ORDERS: ServiceId = ServiceId(1);
pub const CART_WORKER: ServiceId = ServiceId(2);
pub const SEARCH: ServiceId = ServiceId(6);

pub const NAMESPACES: [&str; 5] = ["checkout", "shop", "platform", "data", "monitoring"];
pub const NODES: [&str; 6] = ["node-1", "node-2", "node-3", "node-4", "node-5", "node-6"];

const fn release(version: &'static str, hours_ago: i64, by: &'static str) -> Release {
    Release { version, hours_ago, by }
}

const fn resource(used: f64, request: f64, limit: f64) -> Resource {
    Resource { used, request, limit }
}

const fn traffic(
    requests_per_second: f64,
    error_ratio: f64,
    p50_seconds: f64,
    p99_seconds: f64,
    routes: &'static [(&'static str, f64)],
) -> Option<Traffic> {
    Some(Traffic { requests_per_second, error_ratio, p50_seconds, p99_seconds, routes })
}

const fn service(namespace: &'static str, name: &'static str, kind: WorkloadKind, replicas: u32) -> ServiceSpec {
    ServiceSpec {
        namespace,
        name,
        kind,
        replicas,
        image: "",
        port: 8080,
        traffic: None,
        cpu: resource(0.05, 0.1, 0.5),
        memory: resource(90.0, 128.0, 256.0),
        history: &[],
        owner: Owner::Pipeline,
        startup_millis: 4500,
    }
}

use WorkloadKind::{DaemonSet, Deployment, StatefulSet};

pub const SERVICES: [ServiceSpec; 20] = [
    ServiceSpec {
        image: "shop/pay",
        traffic: traffic(312.4, 0.001, 0.042, 0.31, &[("POST /v1/charge", 1.0)]),
        cpu: resource(0.31, 0.25, 0.5),
        memory: resource(225.0, 256.0, 512.0),
        history: &[
            release("1.8.1", 24 * 21, "ci-bot"),
            release("1.8.2", 24 * 13, "ci-bot"),
            release("1.8.3", 24 * 6, "ci-bot"),
        ],
        startup_millis: 5200,
        ..service("checkout", "pay-api", Deployment, 4)
    },
    ServiceSpec {
        image: "shop/orders",
        traffic: traffic(240.0, 0.0006, 0.060, 0.42, &[("POST /v1/orders", 0.4), ("GET /v1/orders/{id}", 0.6)]),
        cpu: resource(0.18, 0.2, 0.5),
        memory: resource(180.0, 256.0, 512.0),
        history: &[release("4.2.0", 24 * 30, "ci-bot"), release("4.2.1", 24 * 9, "ci-bot")],
        startup_millis: 5600,
        ..service("checkout", "orders", Deployment, 3)
    },
    ServiceSpec {
        image: "shop/cart-worker",
        history: &[release("0.9.0", 24 * 40, "ci-bot"), release("0.9.1", 24 * 12, "ci-bot")],
        ..service("checkout", "cart-worker", Deployment, 2)
    },
    ServiceSpec {
        image: "shop/ledger",
        traffic: traffic(64.0, 0.0002, 0.018, 0.12, &[("POST /v1/entries", 1.0)]),
        memory: resource(310.0, 512.0, 1024.0),
        history: &[release("2.4.7", 24 * 33, "ci-bot")],
        ..service("checkout", "ledger", Deployment, 2)
    },
    ServiceSpec {
        image: "shop/web",
        port: 3000,
        traffic: traffic(1204.0, 0.0004, 0.028, 0.19, &[("GET /", 0.45), ("GET /p/{id}", 0.55)]),
        cpu: resource(0.22, 0.25, 0.5),
        memory: resource(150.0, 192.0, 384.0),
        history: &[release("12.3.0", 24 * 11, "argocd"), release("12.4.0", 24 * 3, "argocd")],
        owner: Owner::Argo { application: "web" },
        ..service("shop", "web", Deployment, 4)
    },
    ServiceSpec {
        image: "shop/catalog",
        traffic: traffic(640.0, 0.0001, 0.008, 0.038, &[("GET /v1/products", 0.7), ("GET /v1/products/{id}", 0.3)]),
        cpu: resource(0.10, 0.25, 0.5),
        memory: resource(205.0, 256.0, 512.0),
        history: &[
            release("4.9.2", 24 * 45, "helm"),
            release("5.0.1", 24 * 16, "helm"),
            release("5.0.2", 24 * 2, "helm"),
        ],
        owner: Owner::Helm { release: "catalog", chart: "catalog-5.0.2" },
        ..service("shop", "catalog", Deployment, 6)
    },
    ServiceSpec {
        image: "shop/search",
        port: 9200,
        traffic: traffic(85.0, 0.001, 0.055, 0.24, &[("GET /v1/search", 1.0)]),
        cpu: resource(0.35, 0.5, 1.0),
        memory: resource(497.0, 384.0, 512.0),
        history: &[release("2.0.4", 24 * 27, "ci-bot"), release("2.1.0", 24 * 6 + 3, "ci-bot")],
        startup_millis: 9000,
        ..service("shop", "search", Deployment, 3)
    },
    ServiceSpec {
        image: "shop/cart",
        traffic: traffic(160.0, 0.0003, 0.012, 0.09, &[("GET /v1/cart", 0.7), ("PUT /v1/cart", 0.3)]),
        history: &[release("3.1.3", 24 * 19, "ci-bot")],
        ..service("shop", "cart", Deployment, 3)
    },
    ServiceSpec {
        image: "shop/recommend",
        traffic: traffic(40.0, 0.0008, 0.070, 0.35, &[("GET /v1/recommendations", 1.0)]),
        memory: resource(610.0, 768.0, 1024.0),
        history: &[release("0.22.0", 24 * 8, "ci-bot")],
        ..service("shop", "recommend", Deployment, 2)
    },
    ServiceSpec {
        image: "platform/gateway",
        port: 8443,
        traffic: traffic(2400.0, 0.0003, 0.004, 0.021, &[("web", 0.6), ("api", 0.4)]),
        cpu: resource(0.42, 0.5, 1.0),
        memory: resource(97.0, 128.0, 256.0),
        history: &[release("7.3.9", 24 * 38, "helm"), release("7.4.0", 24 * 9, "helm")],
        owner: Owner::Helm { release: "gateway", chart: "gateway-7.4.0" },
        ..service("platform", "gateway", Deployment, 6)
    },
    ServiceSpec {
        image: "platform/auth",
        traffic: traffic(190.0, 0.0005, 0.009, 0.06, &[("POST /token", 0.3), ("GET /userinfo", 0.7)]),
        history: &[release("1.30.1", 24 * 17, "ci-bot")],
        ..service("platform", "auth", Deployment, 3)
    },
    ServiceSpec {
        image: "platform/mailer",
        history: &[release("2.0.0", 24 * 51, "ci-bot")],
        ..service("platform", "mailer", Deployment, 2)
    },
    ServiceSpec {
        image: "platform/node-agent",
        cpu: resource(0.02, 0.05, 0.0),
        memory: resource(44.0, 64.0, 128.0),
        history: &[release("3.5.2", 24 * 60, "platform-team")],
        ..service("platform", "node-agent", DaemonSet, 6)
    },
    ServiceSpec {
        image: "data/postgres",
        port: 5432,
        cpu: resource(0.6, 1.0, 2.0),
        memory: resource(2900.0, 4096.0, 4096.0),
        history: &[release("17.2", 24 * 90, "data-team")],
        startup_millis: 12_000,
        ..service("data", "postgres", StatefulSet, 2)
    },
    ServiceSpec {
        image: "data/redis",
        port: 6379,
        memory: resource(410.0, 512.0, 1024.0),
        history: &[release("7.4.1", 24 * 75, "data-team")],
        ..service("data", "redis", StatefulSet, 3)
    },
    ServiceSpec {
        image: "data/kafka",
        port: 9092,
        cpu: resource(0.5, 1.0, 2.0),
        memory: resource(1650.0, 2048.0, 3072.0),
        history: &[release("3.9.0", 24 * 64, "data-team")],
        startup_millis: 15_000,
        ..service("data", "kafka", StatefulSet, 3)
    },
    ServiceSpec {
        image: "prom/prometheus",
        port: 9090,
        cpu: resource(0.25, 0.5, 0.0),
        memory: resource(1200.0, 2048.0, 3072.0),
        history: &[release("3.7.0", 24 * 55, "platform-team")],
        startup_millis: 8000,
        ..service("monitoring", "prometheus", StatefulSet, 1)
    },
    ServiceSpec {
        image: "prom/alertmanager",
        port: 9093,
        memory: resource(40.0, 64.0, 128.0),
        history: &[release("0.29.0", 24 * 55, "platform-team")],
        ..service("monitoring", "alertmanager", StatefulSet, 1)
    },
    ServiceSpec {
        image: "grafana/grafana",
        port: 3000,
        memory: resource(210.0, 256.0, 512.0),
        history: &[release("12.1.0", 24 * 22, "platform-team")],
        ..service("monitoring", "grafana", Deployment, 1)
    },
    ServiceSpec {
        image: "prom/node-exporter",
        port: 9100,
        cpu: resource(0.01, 0.05, 0.0),
        memory: resource(18.0, 32.0, 64.0),
        history: &[release("1.10.2", 24 * 55, "platform-team")],
        ..service("monitoring", "node-exporter", DaemonSet, 6)
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_services_are_where_their_ids_say() {
        assert_eq!(ServiceId::find("checkout", "pay-api"), Some(PAY_API));
        assert_eq!(ServiceId::find("checkout", "orders"), Some(ORDERS));
        assert_eq!(ServiceId::find("checkout", "cart-worker"), Some(CART_WORKER));
        assert_eq!(ServiceId::find("shop", "search"), Some(SEARCH));
    }

    #[test]
    fn by_traffic_the_shop_reads_as_the_story_says() {
        let mut names: Vec<_> =
            SERVICES.iter().filter_map(|s| Some((s.traffic?.requests_per_second, s.name))).collect();
        names.sort_by(|a, b| b.0.total_cmp(&a.0));
        let first: Vec<_> = names.iter().take(5).map(|n| n.1).collect();
        assert_eq!(first, ["gateway", "web", "catalog", "pay-api", "orders"]);
        for spec in SERVICES.iter() {
            assert!(NAMESPACES.contains(&spec.namespace));
            if let Some(traffic) = spec.traffic {
                assert!((traffic.routes.iter().map(|r| r.1).sum::<f64>() - 1.0).abs() < 1e-9, "{}", spec.name);
            }
        }
    }
}
