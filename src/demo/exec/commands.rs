//! The programs of the container image.

use super::shell::{Container, Outcome, Shell};

const DIRECTORIES: [(&str, &str); 5] = [
    ("/", "app  bin  dev  etc  home  lib  proc  sys  tmp  usr  var"),
    ("/app", "config  node_modules  package.json  src"),
    ("/etc", "hostname  hosts  os-release  passwd  resolv.conf"),
    ("/app/config", "features.yaml"),
    ("/tmp", ""),
];

pub(super) fn is_directory(path: &str) -> bool {
    DIRECTORIES.iter().any(|(name, _)| *name == path)
}

/// `None`: there is no such program.
pub(super) fn run(shell: &Shell, name: &str, arguments: &[&str]) -> Option<Outcome> {
    let container = &shell.container;
    Some(match name {
        "ls" => ls(shell, arguments),
        "cat" => cat(shell, arguments),
        "ps" => Outcome::ok(processes(container)),
        "env" | "printenv" => Outcome::ok(environment(container)),
        "pwd" => Outcome::ok(format!("{}\n", shell.directory)),
        "echo" => Outcome::ok(format!("{}\n", arguments.join(" "))),
        "hostname" => Outcome::ok(format!("{}\n", container.pod)),
        "whoami" => Outcome::ok("app\n"),
        "id" => Outcome::ok("uid=10001(app) gid=10001(app) groups=10001(app)\n"),
        "date" => Outcome::ok(format!("{}\n", container.date)),
        "uname" => Outcome::ok("Linux\n"),
        "true" => Outcome::ok(""),
        "false" => Outcome::failed(1, ""),
        "clear" => Outcome::ok("\u{1b}[H\u{1b}[2J"),
        "stty" => match (arguments, shell.size) {
            (_, (0, 0)) => Outcome::failed(1, "stty: standard input: Inappropriate ioctl for device\n"),
            (["size"], (rows, columns)) => Outcome::ok(format!("{rows} {columns}\n")),
            (_, (rows, columns)) => Outcome::ok(format!("speed 38400 baud; rows {rows}; columns {columns};\n")),
        },
        "curl" | "wget" => curl(container, arguments),
        _ => return None,
    })
}

fn ls(shell: &Shell, arguments: &[&str]) -> Outcome {
    let path = arguments.iter().find(|argument| !argument.starts_with('-')).copied().unwrap_or(".");
    let whole = shell.resolve(path);
    match DIRECTORIES.iter().find(|(name, _)| *name == whole) {
        Some((_, "")) => Outcome::ok(""),
        Some((_, entries)) => Outcome::ok(format!("{entries}\n")),
        None if file(&shell.container, &whole).is_some() => Outcome::ok(format!("{path}\n")),
        None => Outcome::failed(2, format!("ls: cannot access '{path}': No such file or directory\n")),
    }
}

fn cat(shell: &Shell, arguments: &[&str]) -> Outcome {
    let mut outcome = Outcome::default();
    for path in arguments {
        match file(&shell.container, &shell.resolve(path)) {
            Some(text) => outcome.stdout += &text,
            None => {
                outcome.stderr += &format!("cat: {path}: No such file or directory\n");
                outcome.code = 1;
            }
        }
    }
    outcome
}

fn file(container: &Container, path: &str) -> Option<String> {
    let Container { pod, ip, service, version, .. } = container;
    Some(match path {
        "/etc/hostname" => format!("{pod}\n"),
        "/etc/hosts" => format!("127.0.0.1\tlocalhost\n{ip}\t{pod}\n"),
        "/etc/os-release" => "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nID=debian\nVERSION_ID=\"13\"\n".to_owned(),
        "/etc/passwd" => "root:x:0:0:root:/root:/bin/sh\napp:x:10001:10001::/app:/bin/sh\n".to_owned(),
        "/etc/resolv.conf" => {
            "search svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n".to_owned()
        }
        "/app/package.json" => format!("{{\"name\": \"{service}\", \"version\": \"{version}\"}}\n"),
        "/app/config/features.yaml" => "refunds: true\nsplit-payments: false\n".to_owned(),
        _ => return None,
    })
}

fn processes(container: &Container) -> String {
    let minutes = container.uptime / 60;
    let used = container.memory_mib.0;
    format!(
        "PID   USER     TIME  RSS    COMMAND\n    1 app      {:>2}:{:02} {used:>4.0}m  {} --port {}\n   31 app       0:00    1m  sh\n   38 app       0:00    1m  ps\n",
        minutes / 4,
        container.uptime % 60,
        container.service,
        container.port
    )
}

fn environment(container: &Container) -> String {
    let mut text = format!("HOSTNAME={}\nHOME=/app\nPATH=/usr/local/bin:/usr/bin:/bin\n", container.pod);
    for (name, value) in &container.environment {
        text += &format!("{name}={value}\n");
    }
    text
}

fn curl(container: &Container, arguments: &[&str]) -> Outcome {
    let Some(url) = arguments.iter().rev().find(|a| a.contains("localhost") || a.contains("127.0.0.1")) else {
        return Outcome::failed(6, "curl: (6) Could not resolve host\n");
    };
    let rest = url.trim_start_matches("http://").trim_start_matches("localhost").trim_start_matches("127.0.0.1");
    let (port, path) = rest.split_once('/').map_or((rest, String::new()), |(port, path)| (port, format!("/{path}")));
    if port.trim_start_matches(':') != container.port.to_string() {
        let message = format!(
            "curl: (7) Failed to connect to localhost port {}: Connection refused\n",
            port.trim_start_matches(':')
        );
        return Outcome::failed(7, message);
    }
    let status = if container.ready { 200 } else { 503 };
    let (status, body) = match path.as_str() {
        "/ready" if container.ready => (status, "ok\n".to_owned()),
        "/ready" => (status, "warming up\n".to_owned()),
        "/live" => (200, "ok\n".to_owned()),
        "/version" => (200, format!("{{\"version\":\"{}\"}}\n", container.version)),
        "/v1/charge" if container.failing => (500, "{\"error\":\"TypeError: amount is undefined\"}\n".to_owned()),
        "/v1/charge" => (201, "{\"status\":\"charged\"}\n".to_owned()),
        _ => (404, "{\"error\":\"not found\"}\n".to_owned()),
    };
    if arguments.iter().any(|a| matches!(*a, "-i" | "-I" | "-v" | "-si" | "-is")) {
        Outcome::ok(format!("HTTP/1.1 {status}\ncontent-length: {}\n\n{body}", body.len()))
    } else {
        Outcome::ok(body)
    }
}
