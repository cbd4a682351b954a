//! Rights: rules per role, judged as RBAC judges them.

use serde_json::{Value, json};

use super::identity::User;
use super::request::Target;
use crate::demo::options::Role;

struct Rule {
    groups: &'static [&'static str],
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    /// Empty: all.
    names: &'static [&'static str],
}

struct Binding {
    name: &'static str,
    /// `None`: the whole cluster.
    namespace: Option<&'static str>,
    rules: &'static [Rule],
}

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];

const VIEW_CORE: Rule = Rule {
    groups: &[""],
    resources: &[
        "bindings",
        "configmaps",
        "endpoints",
        "events",
        "limitranges",
        "namespaces",
        "namespaces/status",
        "persistentvolumeclaims",
        "pods",
        "pods/log",
        "pods/status",
        "replicationcontrollers",
        "resourcequotas",
        "serviceaccounts",
        "services",
        "services/status",
    ],
    verbs: READ,
    names: &[],
};
const VIEW_APPS: Rule = Rule {
    groups: &["apps"],
    resources: &[
        "controllerrevisions",
        "daemonsets",
        "daemonsets/status",
        "deployments",
        "deployments/scale",
        "deployments/status",
        "replicasets",
        "replicasets/scale",
        "replicasets/status",
        "statefulsets",
        "statefulsets/scale",
        "statefulsets/status",
    ],
    verbs: READ,
    names: &[],
};
const VIEW_OTHERS: Rule = Rule {
    groups: &["autoscaling", "batch", "policy", "networking.k8s.io", "discovery.k8s.io"],
    resources: &[
        "horizontalpodautoscalers",
        "horizontalpodautoscalers/status",
        "cronjobs",
        "jobs",
        "poddisruptionbudgets",
        "poddisruptionbudgets/status",
        "ingresses",
        "ingresses/status",
        "networkpolicies",
        "endpointslices",
    ],
    verbs: READ,
    names: &[],
};
const VIEW: &[Rule] = &[VIEW_CORE, VIEW_APPS, VIEW_OTHERS];
const EDIT: &[Rule] = &[
    VIEW_CORE,
    VIEW_APPS,
    VIEW_OTHERS,
    Rule {
        groups: &[""],
        resources: &["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"],
        verbs: READ,
        names: &[],
    },
    Rule {
        groups: &[""],
        resources: &[
            "pods",
            "pods/attach",
            "pods/exec",
            "pods/portforward",
            "pods/proxy",
            "configmaps",
            "events",
            "persistentvolumeclaims",
            "secrets",
            "serviceaccounts",
            "services",
            "services/proxy",
        ],
        verbs: WRITE,
        names: &[],
    },
    Rule { groups: &[""], resources: &["pods/eviction"], verbs: &["create"], names: &[] },
    Rule {
        groups: &["apps"],
        resources: &[
            "daemonsets",
            "deployments",
            "deployments/rollback",
            "deployments/scale",
            "replicasets",
            "replicasets/scale",
            "statefulsets",
            "statefulsets/scale",
        ],
        verbs: WRITE,
        names: &[],
    },
    Rule {
        groups: &["autoscaling", "batch", "policy", "networking.k8s.io"],
        resources: &[
            "horizontalpodautoscalers",
            "cronjobs",
            "jobs",
            "poddisruptionbudgets",
            "ingresses",
            "networkpolicies",
        ],
        verbs: WRITE,
        names: &[],
    },
];
const MONITORING: &[Rule] = &[Rule {
    groups: &[""],
    resources: &["services/proxy"],
    verbs: &["get"],
    names: &[
        "prometheus",
        "prometheus:web",
        "http:prometheus:web",
        "prometheus:9090",
        "http:prometheus:9090",
        "http:prometheus:",
        "alertmanager",
        "alertmanager:web",
        "http:alertmanager:web",
        "alertmanager:9093",
        "http:alertmanager:9093",
        "http:alertmanager:",
    ],
}];
/// Which the built-in view does not hold.
const NODES: &[Rule] = &[Rule { groups: &[""], resources: &["nodes"], verbs: READ, names: &[] }];
const POD_READER: &[Rule] = &[
    Rule { groups: &[""], resources: &["pods"], verbs: &["get", "list"], names: &[] },
    Rule { groups: &[""], resources: &["pods/log"], verbs: &["get"], names: &[] },
];
const EVERYTHING: &[Rule] = &[Rule { groups: &["*"], resources: &["*"], verbs: &["*"], names: &[] }];
/// system:basic-user, for everybody who is somebody.
const BASIC: &[Rule] = &[
    Rule {
        groups: &["authorization.k8s.io"],
        resources: &["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
        verbs: &["create"],
        names: &[],
    },
    Rule { groups: &["authentication.k8s.io"], resources: &["selfsubjectreviews"], verbs: &["create"], names: &[] },
];
/// system:discovery and system:public-info-viewer.
const OPEN_PATHS: &[&str] = &["/api", "/apis", "/healthz", "/livez", "/readyz", "/openapi", "/version"];

const fn binding(name: &'static str, namespace: Option<&'static str>, rules: &'static [Rule]) -> Binding {
    Binding { name, namespace, rules }
}

const ALL: Binding = binding("basic-user", None, BASIC);

fn bindings(role: Role) -> &'static [Binding] {
    const ADMIN: &[Binding] = &[ALL, binding("cluster-admin", None, EVERYTHING)];
    const ONCALL: &[Binding] = &[
        ALL,
        binding("oncall-edit", Some("checkout"), EDIT),
        binding("oncall-edit", Some("shop"), EDIT),
        binding("oncall-view", None, VIEW),
        binding("oncall-nodes-view", None, NODES),
        binding("metrics-reader", Some("monitoring"), MONITORING),
    ];
    const DEVELOPER: &[Binding] = &[
        ALL,
        binding("developers-view", Some("checkout"), VIEW),
        binding("metrics-reader", Some("monitoring"), MONITORING),
    ];
    const READER: &[Binding] =
        &[ALL, binding("pod-reader", Some("checkout"), POD_READER), binding("pod-reader", Some("shop"), POD_READER)];
    const NOBODY: &[Binding] = &[ALL];
    match role {
        Role::Admin => ADMIN,
        Role::Oncall => ONCALL,
        Role::Developer => DEVELOPER,
        Role::Reader => READER,
        Role::Nobody => NOBODY,
    }
}

fn holds(list: &[&str], item: &str) -> bool {
    list.iter().any(|entry| *entry == "*" || *entry == item)
}

impl Rule {
    fn allows(&self, verb: &str, group: &str, resource: &str, name: &str) -> bool {
        holds(self.verbs, verb)
            && holds(self.groups, group)
            && holds(self.resources, resource)
            && (self.names.is_empty() || self.names.contains(&name))
    }
}

/// The binding that allows it, if any does.
pub fn allowed_by(user: &User, verb: &str, group: &str, resource: &str, namespace: &str, name: &str) -> Option<String> {
    let binding = bindings(user.role).iter().find(|binding| {
        binding.namespace.is_none_or(|bound| bound == namespace)
            && binding.rules.iter().any(|rule| rule.allows(verb, group, resource, name))
    })?;
    Some(match binding.namespace {
        Some(namespace) => format!("RBAC: allowed by RoleBinding \"{}/{namespace}\" of Role \"{0}\"", binding.name),
        None => format!("RBAC: allowed by ClusterRoleBinding \"{0}\" of ClusterRole \"{0}\"", binding.name),
    })
}

/// `Err` holds the server's words.
pub fn authorize(user: &User, target: &Target, path: &str) -> Result<(), String> {
    if target.resource.is_empty() {
        let open = OPEN_PATHS.iter().any(|p| path == *p || path.starts_with(&format!("{p}/")));
        if (open && target.verb == "get") || user.role == Role::Admin {
            return Ok(());
        }
        return Err(format!("forbidden: User \"{}\" cannot {} path \"{path}\"", user.name, target.verb));
    }
    let resource = target.full_resource();
    if allowed_by(user, target.verb, &target.group, &resource, &target.namespace, &target.name).is_some() {
        return Ok(());
    }
    Err(denial(user, target))
}

pub fn denial(user: &User, target: &Target) -> String {
    let qualified =
        if target.group.is_empty() { target.resource.clone() } else { format!("{}.{}", target.resource, target.group) };
    let subject = if target.name.is_empty() { qualified } else { format!("{qualified} \"{}\"", target.name) };
    let place = if target.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", target.namespace)
    };
    format!(
        "{subject} is forbidden: User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {place}",
        user.name,
        target.verb,
        target.full_resource(),
        target.group
    )
}

/// As in the status of a SelfSubjectRulesReview.
pub fn rules_in(user: &User, namespace: &str) -> Value {
    let rules: Vec<Value> = bindings(user.role)
        .iter()
        .filter(|binding| binding.namespace.is_none_or(|bound| bound == namespace))
        .flat_map(|binding| binding.rules)
        .map(|rule| {
            let mut value = json!({"verbs": rule.verbs, "apiGroups": rule.groups, "resources": rule.resources});
            if !rule.names.is_empty() {
                value["resourceNames"] = json!(rule.names);
            }
            value
        })
        .collect();
    let paths: Vec<String> = OPEN_PATHS.iter().flat_map(|p| [(*p).to_owned(), format!("{p}/*")]).collect();
    let paths = if user.role == Role::Admin { vec!["*".to_owned()] } else { paths };
    json!({"resourceRules": rules, "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": paths}], "incomplete": false})
}
