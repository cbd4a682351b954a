//! The only way sources spawn: every task belongs to a scope that the runtime hands in and ends. Nothing outlives it.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A set of tasks that end together. Cheap to clone; clones are the same scope.
#[derive(Clone, Debug, Default)]
pub struct TaskScope {
    ended: CancellationToken,
    tasks: TaskTracker,
}

impl TaskScope {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A scope inside this one: it ends with this one, or earlier by itself.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { ended: self.ended.child_token(), tasks: self.tasks.clone() }
    }

    /// Runs a task until it is done or the scope ends, whichever comes first.
    pub fn spawn<F>(&self, task: F)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let ended = self.ended.clone();
        self.tasks.spawn(async move {
            ended.run_until_cancelled(task).await;
        });
    }

    /// Ends all tasks of this scope and of the scopes inside it.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Ends all tasks and waits until the last one is gone.
    pub async fn ended(&self) {
        self.end();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Waits until the last task is done by itself.
    pub async fn done(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// How many tasks run, this scope and all its relatives together.
    #[must_use]
    pub fn running(&self) -> usize {
        self.tasks.len()
    }

    /// Ends the scope when dropped.
    #[must_use]
    pub fn guard(&self) -> ScopeGuard {
        ScopeGuard(self.clone())
    }
}

/// Hyper runs its connections and streams as tasks of the scope.
impl<F> hyper::rt::Executor<F> for TaskScope
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, task: F) {
        self.spawn(task);
    }
}

/// Ends its scope when it goes out of sight.
#[derive(Debug)]
pub struct ScopeGuard(TaskScope);

impl Drop for ScopeGuard {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ending_a_scope_ends_its_children_only_downwards() {
        let scope = TaskScope::new();
        let child = scope.child();
        child.spawn(std::future::pending::<()>());
        scope.spawn(std::future::pending::<()>());
        assert_eq!(scope.running(), 2);
        child.end();
        while scope.running() > 1 {
            tokio::task::yield_now().await;
        }
        scope.ended().await;
        assert_eq!(scope.running(), 0);
    }
}
