//! Who may run now: a limited number of statements at a time, and a fair queue before them.
//!
//! Users take turns, so that one who sends a hundred statements does not keep out one who sends a single one. A session
//! that runs a statement already is never kept waiting by its own: whoever reads one cursor while another one is open
//! would wait for himself.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::SessionId;

/// What one user may do at the same time; 0 is as much as anybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowance {
    pub running: usize,
}

/// The door.
#[derive(Debug)]
pub struct Admission {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug)]
struct Queue {
    /// 0 is no limit.
    limit: usize,
    running: usize,
    users: BTreeMap<Arc<str>, Line>,
    /// Users who wait, in the order of their turns.
    turns: VecDeque<Arc<str>>,
    held: BTreeMap<SessionId, Weak<Held>>,
    last: u64,
}

/// One user's statements.
#[derive(Debug, Default)]
struct Line {
    running: usize,
    allowance: Allowance,
    waiting: VecDeque<(u64, oneshot::Sender<()>)>,
}

/// The right to run; dropping it lets the next one in.
#[derive(Debug, Clone)]
pub struct Permit {
    _held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    queue: Arc<Mutex<Queue>>,
    user: Arc<str>,
    session: SessionId,
}

impl Admission {
    /// At most `limit` statements at a time; 0 is no limit.
    pub fn new(limit: usize) -> Self {
        let queue =
            Queue { limit, running: 0, users: BTreeMap::new(), turns: VecDeque::new(), held: BTreeMap::new(), last: 0 };
        Self { queue: Arc::new(Mutex::new(queue)) }
    }

    /// Waits for its turn; `waits` is called first if that is not at once. Dropping the future leaves the queue.
    pub async fn enter(
        &self,
        session: SessionId,
        user: &Arc<str>,
        allowance: Allowance,
        waits: impl FnOnce(),
    ) -> Permit {
        let place = {
            let mut queue = self.queue.lock();
            if let Some(held) = queue.held.get(&session).and_then(Weak::upgrade) {
                return Permit { _held: held };
            }
            let limit = queue.limit;
            let free = limit == 0 || queue.running < limit;
            let line = queue.users.entry(Arc::clone(user)).or_default();
            line.allowance = allowance;
            if free && line.may_run() && line.waiting.is_empty() {
                line.running += 1;
                queue.running += 1;
                return self.permit(&mut queue, session, user);
            }
            let (sender, receiver) = oneshot::channel();
            queue.last += 1;
            let number = queue.last;
            let line = queue.users.entry(Arc::clone(user)).or_default();
            line.waiting.push_back((number, sender));
            if !queue.turns.contains(user) {
                queue.turns.push_back(Arc::clone(user));
            }
            Place { queue: Arc::clone(&self.queue), user: Arc::clone(user), number, receiver: Some(receiver) }
        };
        waits();
        place.turn().await;
        let mut queue = self.queue.lock();
        self.permit(&mut queue, session, user)
    }

    /// Statements that run, and that wait.
    pub fn counts(&self) -> (usize, usize) {
        let queue = self.queue.lock();
        (queue.running, queue.users.values().map(|line| line.waiting.len()).sum())
    }

    fn permit(&self, queue: &mut Queue, session: SessionId, user: &Arc<str>) -> Permit {
        let held = Arc::new(Held { queue: Arc::clone(&self.queue), user: Arc::clone(user), session });
        queue.held.insert(session, Arc::downgrade(&held));
        Permit { _held: held }
    }
}

impl Line {
    fn may_run(&self) -> bool {
        self.allowance.running == 0 || self.running < self.allowance.running
    }
}

impl Queue {
    /// Lets in whoever's turn it is, as long as there is room.
    fn let_in(&mut self) {
        let mut passed_over = 0;
        while (self.limit == 0 || self.running < self.limit) && passed_over < self.turns.len() {
            let Some(user) = self.turns.pop_front() else { return };
            let Some(line) = self.users.get_mut(&user) else { continue };
            if !line.may_run() {
                self.turns.push_back(user);
                passed_over += 1;
                continue;
            }
            // One who has left the queue in this moment takes nobody's turn.
            while let Some((_, waiting)) = line.waiting.pop_front() {
                if waiting.send(()).is_ok() {
                    line.running += 1;
                    self.running += 1;
                    passed_over = 0;
                    break;
                }
            }
            if !line.waiting.is_empty() {
                self.turns.push_back(user);
            }
        }
    }

    fn ended(&mut self, user: &str) {
        self.running = self.running.saturating_sub(1);
        if let Some(line) = self.users.get_mut(user) {
            line.running = line.running.saturating_sub(1);
            if line.running == 0 && line.waiting.is_empty() {
                self.users.remove(user);
            }
        }
        self.let_in();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut queue = self.queue.lock();
        // Another of the session's may have come in since.
        if queue.held.get(&self.session).is_some_and(|held| held.strong_count() == 0) {
            queue.held.remove(&self.session);
        }
        queue.ended(&self.user);
    }
}

/// A place in the queue.
struct Place {
    queue: Arc<Mutex<Queue>>,
    user: Arc<str>,
    number: u64,
    receiver: Option<oneshot::Receiver<()>>,
}

impl Place {
    async fn turn(mut self) {
        if let Some(receiver) = &mut self.receiver {
            // The sender lives in the queue for as long as this place does.
            let _ = receiver.await;
        }
        self.receiver = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(receiver) = &mut self.receiver else { return };
        let mut queue = self.queue.lock();
        if receiver.try_recv().is_ok() {
            // Its turn came while it was leaving.
            queue.ended(&self.user);
            return;
        }
        if let Some(line) = queue.users.get_mut(&self.user) {
            line.waiting.retain(|(number, _)| *number != self.number);
        }
    }
}
