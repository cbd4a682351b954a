//! Somebody who changes pods all the time, so that the console has something to follow.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config, ResourceExt};
use serde_json::json;

/// Writes at once.
const WRITERS: usize = 8;
/// Pods that are changed in turn, of those the server lists first.
const PODS: u32 = 400;

/// Changes pods until it is dropped.
pub struct Updates {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    began: Instant,
    thread: Option<JoinHandle<()>>,
}

impl Updates {
    /// Restarts of a container, so many a second: a number that is shown in a row.
    pub fn start(kubeconfig: &Path, per_second: u32) -> io::Result<Self> {
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let kubeconfig = Kubeconfig::read_from(kubeconfig).map_err(io::Error::other)?;
        let (client, pods) = runtime.block_on(connect(kubeconfig)).map_err(io::Error::other)?;
        let (told, counted) = (stop.clone(), written.clone());
        let thread = thread::spawn(move || runtime.block_on(write(client, pods, per_second, &told, &counted)));
        Ok(Self { stop, written, began: Instant::now(), thread: Some(thread) })
    }

    /// How many a second there really were.
    pub fn per_second(&self) -> f64 {
        self.written.load(Ordering::Relaxed) as f64 / self.began.elapsed().as_secs_f64()
    }
}

impl Drop for Updates {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has said so.
            let _ = thread.join();
        }
    }
}

async fn connect(
    kubeconfig: Kubeconfig,
) -> Result<(Client, Vec<(String, String)>), Box<dyn std::error::Error + Send + Sync>> {
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    let client = Client::try_from(config)?;
    let pods = Api::<Pod>::all(client.clone()).list(&ListParams::default().limit(PODS)).await?;
    let names = pods.into_iter().filter_map(|pod| Some((pod.namespace()?, pod.name_any()))).collect();
    Ok((client, names))
}

async fn write(client: Client, pods: Vec<(String, String)>, per_second: u32, stop: &AtomicBool, written: &AtomicUsize) {
    let began = Instant::now();
    let next = AtomicUsize::new(0);
    let writer = async || {
        while !stop.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let due = began + Duration::from_secs_f64(number as f64 / f64::from(per_second));
            tokio::time::sleep_until(due.into()).await;
            let Some((namespace, name)) = pods.get(number % pods.len().max(1)) else { return };
            let restarts = json!([
                {"op": "replace", "path": "/status/containerStatuses/0/restartCount", "value": number / pods.len() + 1},
            ]);
            let Ok(patch) = serde_json::from_value(restarts) else { return };
            let api = Api::<Pod>::namespaced(client.clone(), namespace);
            let patched = api.patch_status(name, &PatchParams::default(), &Patch::Json::<()>(patch)).await;
            written.fetch_add(usize::from(patched.is_ok()), Ordering::Relaxed);
        }
    };
    futures::future::join_all((0..WRITERS).map(|_| writer())).await;
}
