//! Arguments and exit codes. What they mean is decided by `command`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Terminal console for the person on watch over Kubernetes.
#[derive(Debug, Parser)]
#[command(name = "wk", version, about, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
    #[command(flatten)]
    pub demo: DemoFlags,
    #[command(flatten)]
    pub look: LookFlags,
}

#[derive(Debug, Args)]
pub struct ConnectionFlags {
    /// Kubeconfig file; without it $KUBECONFIG, then ~/.kube/config
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig; without it the current one
    #[arg(long, global = true)]
    pub context: Option<String>,
    /// Namespaces to look at, separated by commas
    #[arg(short, long, global = true, value_delimiter = ',', value_name = "NAMES")]
    pub namespace: Vec<String>,
    /// Look at all namespaces
    #[arg(short = 'A', long, global = true, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// User to impersonate
    #[arg(long = "as", global = true, value_name = "USER")]
    pub as_user: Option<String>,
    /// Group to impersonate; can be given several times
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    pub as_groups: Vec<String>,
    /// UID to impersonate
    #[arg(long = "as-uid", global = true, value_name = "UID")]
    pub as_uid: Option<String>,
    /// Refuse every write, shells included
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Prometheus as URL or NAMESPACE/SERVICE:PORT; without it it is looked for
    #[arg(long, global = true, value_name = "WHERE")]
    pub prometheus: Option<String>,
    /// Alertmanager as URL or NAMESPACE/SERVICE:PORT; without it it is looked for
    #[arg(long, global = true, value_name = "WHERE")]
    pub alertmanager: Option<String>,
}

#[derive(Debug, Args)]
pub struct DemoFlags {
    /// Use the built-in cluster
    #[arg(long, global = true)]
    pub demo: bool,
    /// Moment of the built-in incident to start at
    #[arg(long, global = true, value_parser = duration, value_name = "TIME", default_value = "0s")]
    pub at: Duration,
    /// How many times faster than real the built-in cluster lives
    #[arg(long, global = true, value_parser = factor, default_value_t = 1.0, value_name = "FACTOR")]
    pub speed: f64,
    /// Seed of the built-in cluster
    #[arg(long, global = true, default_value_t = 7)]
    pub seed: u64,
    /// Pods of the built-in cluster
    #[arg(long, global = true, value_name = "COUNT", value_parser = RangedU64ValueParser::<usize>::new().range(..=200_000))]
    pub pods: Option<usize>,
    /// Whose rights to have in the built-in cluster
    #[arg(long, global = true, value_enum, default_value_t = Role::Oncall)]
    pub role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    Admin,
    Oncall,
    Developer,
    Reader,
    Nobody,
}

#[derive(Debug, Args)]
pub struct LookFlags {
    /// Theme by name, or a theme file
    #[arg(long, global = true)]
    pub theme: Option<String>,
    /// Keymap by name, or a keymap file
    #[arg(long, global = true)]
    pub keymap: Option<String>,
    /// Screen or kind to start on
    #[arg(long, global = true, value_name = "SCREEN|KIND")]
    pub open: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// The console on the built-in cluster
    Demo,
    /// The services, worst first
    Services(Output),
    /// What fires, since when, and which service it hits
    Alerts(Output),
    /// What changed on a service, newest first
    History(Target),
    /// The logs of a pod, or of all pods of a service merged by time
    Logs(LogFlags),
    /// What an act would do: calls, rights, difference, warnings; --apply does it
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Every step of connecting, with what failed and the fix
    Doctor(Output),
}

#[derive(Debug, Args)]
pub struct Target {
    /// deploy/NAME, sts/NAME, ds/NAME, pod/NAME or the bare name of a service
    pub target: String,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct LogFlags {
    /// deploy/NAME, sts/NAME, ds/NAME, pod/NAME or the bare name of a service
    pub target: String,
    /// Go on with what is written from now on
    #[arg(short, long)]
    pub follow: bool,
    /// Only lines of so long ago or newer
    #[arg(long, value_parser = duration, value_name = "TIME")]
    pub since: Option<Duration>,
    /// The container before its last restart
    #[arg(short, long)]
    pub previous: bool,
    /// Only lines with these: words, !word to leave out, "several words", /pattern/, key=value, key!=/pattern/
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub grep: String,
    /// Only lines at least this severe
    #[arg(long, value_enum)]
    pub level: Option<LogLevel>,
    /// This container of each pod, not the default one
    #[arg(short, long, value_name = "NAME")]
    pub container: Option<String>,
    /// All containers of each pod, not only the default one
    #[arg(long, conflicts_with = "container")]
    pub all_containers: bool,
    #[arg(short, long, value_enum, default_value_t = LogFormat::Text)]
    pub output: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    Error,
    Warning,
    Info,
    Debug,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Back to an earlier revision of a Deployment
    Rollback {
        #[command(flatten)]
        plan: PlanFlags,
        /// Revision to go back to; without it the newest that ran before the trouble began
        #[arg(long, value_name = "REVISION")]
        to: Option<u64>,
    },
    /// Another number of pods
    Scale {
        #[command(flatten)]
        plan: PlanFlags,
        #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(..=2_147_483_647))]
        replicas: u32,
    },
    /// A rolling restart
    Restart {
        #[command(flatten)]
        plan: PlanFlags,
    },
}

impl PlanCommand {
    pub fn flags(&self) -> &PlanFlags {
        match self {
            Self::Rollback { plan, .. } | Self::Scale { plan, .. } | Self::Restart { plan } => plan,
        }
    }
}

#[derive(Debug, Args)]
pub struct PlanFlags {
    /// deploy/NAME or the bare name of a service
    pub target: String,
    /// Do it, after the confirmation, and return after the rollout
    #[arg(long)]
    pub apply: bool,
    /// Give the confirmation
    #[arg(long, requires = "apply")]
    pub yes: bool,
    #[arg(short, long, value_enum, default_value_t = PlanFormat::Table)]
    pub output: PlanFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    Table,
    Json,
    Markdown,
}

#[derive(Debug, Args)]
pub struct Output {
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
}

/// A clock that stands still or races shows nothing.
fn factor(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("“{text}” is no number"))?;
    match (0.01..=1_000.0).contains(&number) {
        true => Ok(number),
        false => Err("expected 0.01 to 1000".to_owned()),
    }
}

/// `2m`, `1m30s`, `90s`, `90`.
fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let span: jiff::SignedDuration =
        text.parse().map_err(|_| format!("“{text}” is no duration such as 2m or 1m30s"))?;
    Duration::try_from(span).map_err(|_| "a duration cannot be negative".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("45"), Ok(Duration::from_secs(45)));
        assert!(duration("soon").is_err());
    }

    #[test]
    fn flags_stand_before_or_after_the_command() {
        let cli = Cli::try_parse_from(["wk", "--demo", "--at", "3m", "services", "-o", "json"]);
        assert!(cli.is_ok_and(|cli| cli.demo.demo && cli.demo.at == Duration::from_secs(180)));
    }
}
