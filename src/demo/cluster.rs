//! The cluster as others see it: something to dial, a clock, and what tests need to look behind the curtain.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::DuplexStream;
use tokio::sync::watch;

use super::alertmanager::Alertmanager;
use super::api_server::server;
use super::audit::{Audit, RequestRecord};
use super::clock::Clock;
use super::faults::{Faults, Presence};
use super::options::{Options, Role};
use super::prometheus::Prometheus;
use super::world::{Observation, ServiceId, Upstream, World};

/// What one side of a connection may send ahead of the other.
const WINDOW: usize = 256 * 1024;

pub struct Cluster {
    role: Role,
    clock: Clock,
    world: Mutex<World>,
    /// The store's version, for those who wait.
    changed: watch::Sender<u64>,
    audit: Audit,
    faults: Faults,
    /// Programs that answer behind the service proxy.
    upstreams: Vec<Box<dyn Upstream>>,
}

impl Cluster {
    /// Builds the world and moves it to `at`. Nothing runs until somebody dials.
    pub fn start(options: Options) -> Arc<Cluster> {
        let mut world = World::new(options.epoch, options.seed, options.pods.unwrap_or(0));
        let clock = Clock::new(options.epoch, options.at, options.speed);
        world.advance(clock.story_now());
        let (changed, _) = watch::channel(world.store.version());
        let prometheus = Arc::new(Prometheus::default());
        let alertmanager = Alertmanager::new(Arc::clone(&prometheus));
        Arc::new(Cluster {
            role: options.role,
            clock,
            world: Mutex::new(world),
            changed,
            audit: Audit::default(),
            faults: Faults::default(),
            upstreams: vec![Box::new(prometheus), Box::new(alertmanager)],
        })
    }

    /// One in-memory connection. The far end speaks HTTP/1.1 with upgrades and HTTP/2 with prior knowledge.
    pub async fn dial(self: &Arc<Self>) -> io::Result<DuplexStream> {
        let mut presence = self.faults.presence();
        if *presence.borrow_and_update() == Presence::Away {
            return Err(io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused"));
        }
        let (near, far) = tokio::io::duplex(WINDOW);
        let cluster = Arc::clone(self);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let cluster = Arc::clone(&cluster);
                async move { server::serve(cluster, request).await }
            });
            let server = auto::Builder::new(TokioExecutor::new());
            let mut connection = pin!(server.serve_connection_with_upgrades(TokioIo::new(far), service));
            loop {
                let now = *presence.borrow_and_update();
                match now {
                    Presence::Away => return,
                    // The connection is held and not driven.
                    Presence::Silent => {
                        if presence.changed().await.is_err() {
                            return;
                        }
                    }
                    Presence::Here => tokio::select! {
                        // A client that hangs up is no error.
                        _ = connection.as_mut() => return,
                        changed = presence.changed() => if changed.is_err() { return },
                    },
                }
            }
        });
        Ok(near)
    }

    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What was asked so far, oldest first; the last 10,000.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.audit.all()
    }

    /// Bad luck to order.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What the cluster's monitoring sees now.
    pub fn observe(&self) -> Observation {
        self.with_world(|world| world.observe(""))
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    pub(super) fn audit(&self) -> &Audit {
        &self.audit
    }

    pub(super) fn upstream(&self, service: ServiceId) -> Option<&dyn Upstream> {
        self.upstreams.iter().find(|upstream| upstream.service() == service).map(AsRef::as_ref)
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Waits until something was written or the world has moved by itself; `false` when there will be no more.
    pub(super) async fn moved(&self, changed: &mut watch::Receiver<u64>) -> bool {
        let next = self.with_world(|world| world.next_at());
        match next.map(|at| self.clock.instant_of(at)) {
            Some(wake) => tokio::select! {
                changed = changed.changed() => changed.is_ok(),
                () = tokio::time::sleep_until(wake) => true,
            },
            None => changed.changed().await.is_ok(),
        }
    }

    /// The world, moved to now. Whoever waits for changes is woken if there were any.
    pub(super) fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.clock.story_now());
        let result = look(&mut world);
        let version = world.store.version();
        drop(world);
        self.changed.send_if_modified(|known| std::mem::replace(known, version) != version);
        result
    }
}
