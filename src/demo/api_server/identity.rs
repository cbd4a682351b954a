//! Who asks: bearer tokens, and impersonation for those who may.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::demo::options::Role;

#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub name: String,
    pub groups: Vec<String>,
    pub role: Role,
}

pub struct Unauthenticated;

impl User {
    pub fn of(role: Role) -> User {
        let (name, group) = match role {
            Role::Admin => ("admin@corp", "system:masters"),
            Role::Oncall => ("ann@corp", "oncall"),
            Role::Developer => ("dev@corp", "developers"),
            Role::Reader => ("rita@corp", "support"),
            Role::Nobody => ("nobody@corp", "guests"),
        };
        User { name: name.to_owned(), groups: vec![group.to_owned(), "system:authenticated".to_owned()], role }
    }

    /// A user that somebody else acts as: known by name or by group, otherwise without rights.
    pub fn impersonated(name: &str, groups: Vec<String>) -> User {
        let known = Role::ALL.into_iter().find(|role| {
            let user = User::of(*role);
            user.name == name || groups.contains(&user.groups[0])
        });
        let mut groups = groups;
        if !groups.iter().any(|group| group == "system:authenticated") {
            groups.push("system:authenticated".to_owned());
        }
        User { name: name.to_owned(), groups, role: known.unwrap_or(Role::Nobody) }
    }
}

/// The user of the connection, before impersonation.
pub fn authenticate(headers: &HeaderMap, default: Role) -> Result<User, Unauthenticated> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(User::of(default)) };
    let token = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).ok_or(Unauthenticated)?;
    let role = token.trim().strip_prefix("demo-").and_then(|name| name.parse().ok()).ok_or(Unauthenticated)?;
    Ok(User::of(role))
}

/// The user and groups that the request wants to act as.
pub fn impersonation(headers: &HeaderMap) -> Option<User> {
    let text = |value: &http::HeaderValue| value.to_str().ok().map(str::to_owned);
    let name = headers.get("impersonate-user").and_then(text)?;
    let groups = headers.get_all("impersonate-group").iter().filter_map(text).collect();
    Some(User::impersonated(&name, groups))
}
