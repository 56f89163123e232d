//! Who is alive and what they still read: a lease file for each process that uses the warehouse.
//!
//! The file is locked for as long as the process lives and holds one number: the oldest change its readers still see
//! (none: the largest number). The sweep reads the others' numbers and deletes only what no one can see. A file that
//! can be locked belongs to a dead process. The operating system releases locks on `kill -9` too.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::{Error, Result, WAREHOUSE_UNAVAILABLE};

/// The hidden folder of lease files in the warehouse.
const FOLDER: &str = ".leases";
const IDLE: i64 = i64::MAX;

/// The lease of this process (more precisely: of one open catalog).
#[derive(Debug)]
pub(super) struct Leases {
    folder: PathBuf,
    own: Arc<Mutex<Option<Lease>>>,
}

#[derive(Debug)]
struct Lease {
    name: String,
    path: PathBuf,
    file: File,
    /// How many readers see each change.
    readers: BTreeMap<i64, usize>,
    written: i64,
}

/// Keeps the files that were visible at one moment from being deleted. Dropped when the reader is done.
#[derive(Debug)]
pub struct Pin {
    own: Arc<Mutex<Option<Lease>>>,
    change: i64,
}

impl Leases {
    pub fn new(warehouse: &Path) -> Self {
        Self { folder: warehouse.join(FOLDER), own: Arc::default() }
    }

    /// Keeps everything there is now; narrow it with [`Pin::narrow`] once the number of the change is known.
    pub fn pin(&self) -> Result<Pin> {
        self.with_own(|lease| lease.enter(0))??;
        Ok(Pin { own: Arc::clone(&self.own), change: 0 })
    }

    /// The name of this process's lease, for staged writes.
    pub fn name(&self) -> Result<String> {
        self.with_own(|lease| lease.name.clone())
    }

    fn with_own<T>(&self, action: impl FnOnce(&mut Lease) -> T) -> Result<T> {
        let mut own = self.own.lock();
        let lease = match &mut *own {
            Some(lease) => lease,
            None => own.insert(Lease::create(&self.folder).map_err(|error| unavailable(&self.folder, error))?),
        };
        Ok(action(lease))
    }

    /// Names of the living with the oldest change each still reads; files of the dead are removed.
    pub fn living(&self) -> Result<Vec<(String, i64)>> {
        let mut living = Vec::new();
        let own = self.own.lock();
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(living),
            Err(error) => return Err(unavailable(&self.folder, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| unavailable(&self.folder, error))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !name.starts_with("lease-") {
                continue;
            }
            if let Some(lease) = own.as_ref().filter(|lease| lease.name == name) {
                living.push((name, lease.oldest()));
                continue;
            }
            // A file that is gone belonged to a process that just ended.
            let Ok(file) = File::open(entry.path()) else { continue };
            if file.try_lock().is_ok() {
                let _ = std::fs::remove_file(entry.path());
                continue;
            }
            let mut number = [0; 8];
            // A number that cannot be read counts as the most careful one.
            let oldest = file.read_exact_at(&mut number, 0).map_or(0, |()| i64::from_le_bytes(number));
            living.push((name, oldest));
        }
        Ok(living)
    }
}

impl Lease {
    fn create(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let id = uuid::Uuid::new_v4();
        let name = format!("lease-{id}");
        let path = folder.join(&name);
        let unlocked = folder.join(format!("new-{id}"));
        let file = OpenOptions::new().create_new(true).read(true).write(true).open(&unlocked)?;
        file.try_lock()?;
        file.write_all_at(&IDLE.to_le_bytes(), 0)?;
        // Under its name it is locked from the first moment, so that no one takes it for a dead one.
        std::fs::rename(&unlocked, &path)?;
        Ok(Self { name, path, file, readers: BTreeMap::new(), written: IDLE })
    }

    fn oldest(&self) -> i64 {
        self.readers.keys().next().copied().unwrap_or(IDLE)
    }

    fn enter(&mut self, change: i64) -> Result<()> {
        *self.readers.entry(change).or_default() += 1;
        self.write().inspect_err(|_| self.readers.retain(|reader, _| *reader != change))
    }

    fn leave(&mut self, change: i64) {
        if let Some(count) = self.readers.get_mut(&change) {
            *count -= 1;
            if *count == 0 {
                self.readers.remove(&change);
            }
        }
        // If the number cannot be written, files are only kept longer.
        let _ = self.write();
    }

    fn write(&mut self) -> Result<()> {
        let oldest = self.oldest();
        if oldest != self.written {
            self.file.write_all_at(&oldest.to_le_bytes(), 0).map_err(|error| unavailable(&self.path, error))?;
            self.written = oldest;
        }
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Pin {
    /// Lets go of what was removed by `change` or before.
    pub(super) fn narrow(&mut self, change: i64) -> Result<()> {
        if let Some(lease) = &mut *self.own.lock() {
            lease.enter(change)?;
            lease.leave(self.change);
        }
        self.change = change;
        Ok(())
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        if let Some(lease) = &mut *self.own.lock() {
            lease.leave(self.change);
        }
    }
}

fn unavailable(path: &Path, error: std::io::Error) -> Error {
    Error::new(&WAREHOUSE_UNAVAILABLE, format!("`{}` cannot be used: {error}", path.display())).cause(error)
}
