//! From arguments and files to a backend and a first state.

use std::sync::Arc;

use jiff::Timestamp;
use watchkeeper::action::Action;
use watchkeeper::action::plan::{Act, Wish};
use watchkeeper::app::State;
use watchkeeper::app::filter::{Filter, OF_LINES};
use watchkeeper::app::guide::Guide;
use watchkeeper::app::logs::targets::Choice;
use watchkeeper::app::logs::window::{Asked, Window};
use watchkeeper::app::model::Model;
use watchkeeper::app::navigation::Views;
use watchkeeper::app::request::{Pending, Request, Wanted};
use watchkeeper::app::screen::{AlertsScreen, BrowseScreen, Screen, ServicesScreen};
use watchkeeper::app::state::Size;
use watchkeeper::config::load::{Configuration, Terminal, Wishes, load};
use watchkeeper::config::paths::Paths;
use watchkeeper::demo;
use watchkeeper::domain::endpoint::Endpoint;
use watchkeeper::domain::log::Level;
use watchkeeper::domain::object::Namespaces;
use watchkeeper::domain::policy::Limits;
use watchkeeper::domain::problem::{Cause, Problem};
use watchkeeper::domain::text::CleanText;
use watchkeeper::kinds::info;
use watchkeeper::runtime::backend::{Backend, Monitoring, Transport};
use watchkeeper::sources::clock::Clock;
use watchkeeper::sources::kube::{BoxedStream, Dial, Impersonation};
use watchkeeper::ui::Look;

use crate::cli::{Cli, Command, ConnectionFlags, DemoFlags, LogLevel, PlanCommand, Role};

/// Everything the command line and the files say, judged.
pub struct Start {
    paths: Option<Paths>,
    configuration: Configuration,
    monitoring: Monitoring,
    namespaces: Option<Namespaces>,
    first: Screen,
    request: Option<Request>,
    connection: ConnectionPlan,
    limits: Limits,
}

/// Which cluster; made into a backend inside the async runtime.
enum ConnectionPlan {
    Kubeconfig { path: Option<std::path::PathBuf>, context: Option<String>, impersonation: Impersonation },
    Demo(demo::Options),
}

impl Start {
    /// # Errors
    /// A flag that cannot be what it says.
    pub fn prepare(cli: &Cli) -> Result<Self, Problem> {
        let paths = Paths::find();
        let variable = |name: &str| std::env::var(name).ok();
        let wishes = Wishes {
            theme: cli.look.theme.clone(),
            keymap: cli.look.keymap.clone(),
            terminal: Terminal::from_environment(variable),
        };
        let names = watchkeeper::action::names();
        let configuration = load(paths.as_ref(), &wishes, &names);
        let flags = &cli.connection;
        let settings = &configuration.settings;
        let monitoring = Monitoring {
            prometheus: endpoint("--prometheus", flags.prometheus.as_ref().or(settings.prometheus.as_ref()))?,
            alertmanager: endpoint("--alertmanager", flags.alertmanager.as_ref().or(settings.alertmanager.as_ref()))?,
        };
        let connection = if cli.demo.demo || matches!(cli.command, Some(Command::Demo)) {
            ConnectionPlan::Demo(demo_options(&cli.demo))
        } else {
            ConnectionPlan::Kubeconfig {
                path: flags.kubeconfig.clone(),
                context: flags.context.clone(),
                impersonation: Impersonation {
                    user: flags.as_user.clone(),
                    groups: flags.as_groups.clone(),
                    uid: flags.as_uid.clone(),
                },
            }
        };
        Ok(Self {
            paths,
            monitoring,
            namespaces: namespaces(flags),
            first: first_screen(cli)?,
            request: request(cli)?,
            connection,
            limits: Limits { read_only: flags.read_only },
            configuration,
        })
    }

    /// What is wrong in the user's own files; the start goes on without it.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.configuration.problems
    }

    #[must_use]
    pub fn look(&self) -> Look {
        Look::new(&self.configuration.theme, self.configuration.unicode)
    }

    /// Must be called inside the async runtime: the built-in cluster's clock starts here.
    #[must_use]
    pub fn backend_and_state(self) -> (Backend, State) {
        let guide =
            matches!(self.connection, ConnectionPlan::Demo(_)).then(|| Guide::new(self.configuration.guide_hidden));
        let (transport, clock, state_folder) = match self.connection {
            ConnectionPlan::Kubeconfig { path, context, impersonation } => {
                let folder = self.paths.as_ref().map(|paths| paths.state.clone());
                let marks = self.configuration.settings.contexts;
                (Transport::Kubeconfig { path, context, impersonation, marks }, Clock::new(Timestamp::now), folder)
            }
            ConnectionPlan::Demo(options) => {
                let (transport, clock) = demo_transport(options);
                (transport, clock, self.paths.as_ref().map(Paths::demo_state))
            }
        };
        let mut model = Model::new(clock.now(), self.configuration.keymap, self.limits);
        if let Some(namespaces) = self.namespaces {
            model.namespaces = namespaces;
            model.namespaces_follow_context = false;
        }
        let mut views = Views::new(Screen::Services(ServicesScreen::default()));
        if !matches!(self.first, Screen::Services(_)) {
            views.open(self.first);
        }
        for problem in self.configuration.problems {
            views.complain(problem);
        }
        let (columns, rows) = watchkeeper::runtime::terminal_size().unwrap_or((120, 40));
        let mut state = State::new(model, views, Size { columns, rows });
        state.guide = guide;
        if let Some(request) = self.request {
            state.request = Pending::Waiting(request);
        }
        if state_folder.is_none() {
            let why = "$HOME and $XDG_STATE_HOME are not set";
            state.model.journal.problem = Some(watchkeeper::runtime::unwritable("no folder for it", why));
        }
        let backend = Backend { transport, clock, limits: self.limits, monitoring: self.monitoring, state_folder };
        (backend, state)
    }
}

fn demo_options(flags: &DemoFlags) -> demo::Options {
    let role = match flags.role {
        Role::Admin => demo::Role::Admin,
        Role::Oncall => demo::Role::Oncall,
        Role::Developer => demo::Role::Developer,
        Role::Reader => demo::Role::Reader,
        Role::Nobody => demo::Role::Nobody,
    };
    // The story's present is the user's present.
    let epoch = Timestamp::now().checked_sub(flags.at).unwrap_or(Timestamp::UNIX_EPOCH);
    demo::Options { at: flags.at, speed: flags.speed, seed: flags.seed, pods: flags.pods, role, epoch }
}

fn demo_transport(options: demo::Options) -> (Transport, Clock) {
    let role = options.role;
    let cluster = demo::Cluster::start(options);
    let clock = cluster.clock();
    let dial: Dial = Arc::new(move || {
        let cluster = cluster.clone();
        Box::pin(async move { Ok(Box::new(cluster.dial().await?) as BoxedStream) })
    });
    let namespace = match role {
        demo::Role::Developer | demo::Role::Reader => Some("checkout".to_owned()),
        demo::Role::Admin | demo::Role::Oncall | demo::Role::Nobody => None,
    };
    let transport = Transport::InMemory {
        dial,
        context: "demo".to_owned(),
        user: role.name().to_owned(),
        namespace,
        token: role.token(),
    };
    (transport, Clock::new(move || clock.now()).with_speed(clock.speed()))
}

fn namespaces(flags: &ConnectionFlags) -> Option<Namespaces> {
    if flags.all_namespaces {
        return Some(Namespaces::All);
    }
    let names: std::collections::BTreeSet<CleanText> =
        flags.namespace.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).map(CleanText::new).collect();
    (!names.is_empty()).then_some(Namespaces::Some(names))
}

fn endpoint(flag: &str, text: Option<&String>) -> Result<Option<Endpoint>, Problem> {
    let parse = |text: &String| {
        Endpoint::parse(text).map_err(|why| {
            Problem::new(Cause::Usage, format!("{flag} cannot be used"), why, "write a URL or NAMESPACE/SERVICE:PORT")
        })
    };
    text.map(parse).transpose()
}

/// What a headless command asks for once the services are known.
fn request(cli: &Cli) -> Result<Option<Request>, Problem> {
    let Some(command) = cli.command.as_ref() else { return Ok(None) };
    let (target, wanted) = match command {
        Command::History(target) => (&target.target, Wanted::History),
        Command::Logs(flags) => {
            let since = flags.since.and_then(|since| Timestamp::now().checked_sub(since).ok());
            let window = since.map_or(Window::Newest, |at| Window::Since { at, why: CleanText::default() });
            let choice = Choice {
                container: flags.container.as_deref().map(CleanText::new),
                all_containers: flags.all_containers,
                previous: flags.previous,
            };
            let level = flags.level.map(|level| match level {
                LogLevel::Error => Level::Error,
                LogLevel::Warning => Level::Warning,
                LogLevel::Info => Level::Info,
                LogLevel::Debug => Level::Debug,
            });
            let (follow, filter) = (flags.follow, flags.grep.clone());
            if let Some(why) = Filter::of_lines(&filter).complaint() {
                let hint = OF_LINES.join(", ");
                return Err(Problem::new(Cause::Usage, "--grep cannot be used", why.clone(), hint));
            }
            (&flags.target, Wanted::Logs(Asked { window, choice, level, follow, filter }))
        }
        Command::Plan(plan) => {
            let act = match plan {
                PlanCommand::Rollback { to, .. } => Act::roll_back(*to),
                PlanCommand::Scale { replicas, .. } => Act { action: Action::Scale, wish: Wish::Replicas(*replicas) },
                PlanCommand::Restart { .. } => Act::plain(Action::Restart),
            };
            (&plan.flags().target, Wanted::Plan(act))
        }
        Command::Demo | Command::Services(_) | Command::Alerts(_) | Command::Doctor(_) => return Ok(None),
    };
    Ok(Some(Request { target: target.clone(), wanted }))
}

fn first_screen(cli: &Cli) -> Result<Screen, Problem> {
    let named = match &cli.command {
        Some(Command::Alerts(_)) => Some("alerts"),
        Some(_) | None => cli.look.open.as_deref(),
    };
    let Some(name) = named else { return Ok(Screen::Services(ServicesScreen::default())) };
    match name {
        "services" | "home" => Ok(Screen::Services(ServicesScreen::default())),
        "alerts" => Ok(Screen::Alerts(AlertsScreen::default())),
        name => match info::lookup(name) {
            Some(kind) => Ok(Screen::Browse(BrowseScreen::new(kind))),
            None => Err(Problem::new(
                Cause::Usage,
                format!("--open {name}: no such screen or kind"),
                "",
                "try services, alerts, pods, deployments or another kind",
            )),
        },
    }
}
