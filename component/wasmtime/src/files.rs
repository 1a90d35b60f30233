//! A storage on files: one journal of commits a runtime, synced before a commit is confirmed.
//!
//! A journal is read whole when it is opened and kept in memory: enough for what this host is for. Whoever commits
//! holds the file's lock, and reads what others have appended before it compares heads.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh64::xxh64;

use crate::bindings::worker_runtime::runtime::storage::{Commit, Durability, Entry, Failure};
use crate::host::{BoxedStore, RecordStore, Storage};

/// Length and checksum before each commit.
const HEADER_BYTES: usize = 12;
/// File names are this long at the most; an id takes as many folders as it needs.
const NAME_CHARS: usize = 200;

/// A directory of runtimes.
#[derive(Clone, Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// Runtimes are kept in `path`, which is created where it is missing.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn journal(&self, runtime_id: &str) -> PathBuf {
        // Hex digits: no id is ever a path.
        let name: String = runtime_id.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut path = self.0.clone();
        for part in name.as_bytes().chunks(NAME_CHARS) {
            path.push(String::from_utf8_lossy(part).as_ref());
        }
        path.join("journal")
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::Failed(error.to_string())
}

impl Storage for Directory {
    fn open(&mut self, runtime_id: &str, _takeover: bool, _read_only: bool) -> Result<BoxedStore, Failure> {
        Ok(Box::new(FileStore { path: self.journal(runtime_id), file: None, known: Known::default() }))
    }

    /// A deletion is appended as well: whoever has the journal open learns of it. The bytes before it stay in the file.
    fn delete(&mut self, runtime_id: &str) -> Result<(), Failure> {
        let mut store = FileStore { path: self.journal(runtime_id), file: None, known: Known::default() };
        store.forget().map_err(|error| failed(&error))
    }
}

/// What a journal has told so far.
#[derive(Debug, Default)]
struct Known {
    head: Option<String>,
    records: BTreeMap<String, Vec<u8>>,
    /// Where the next commit begins.
    end: u64,
}

#[derive(Serialize, Deserialize)]
struct Logged {
    /// None: a deletion of everything before it.
    to: Option<String>,
    ops: Vec<(String, Option<Vec<u8>>)>,
}

impl Known {
    fn apply(&mut self, logged: Logged) {
        if logged.to.is_none() {
            self.records.clear();
        }
        for (key, value) in logged.ops {
            match value {
                Some(value) => self.records.insert(key, value),
                None => self.records.remove(&key),
            };
        }
        self.head = logged.to;
    }

    /// Reads the commits that were appended since; a torn one ends the journal.
    fn catch_up(&mut self, file: &mut File) -> io::Result<()> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.end))?;
        file.read_to_end(&mut bytes)?;
        let mut rest = &bytes[..];
        while let Some((header, after)) = rest.split_first_chunk::<HEADER_BYTES>() {
            let (length, checksum) = header.split_at(4);
            let length = u32::from_le_bytes(length.try_into().unwrap_or_default()) as usize;
            let Some(body) = after.get(..length) else { break };
            if xxh64(body, self.end).to_le_bytes() != checksum {
                break;
            }
            let Ok(logged) = postcard::from_bytes(body) else { break };
            self.apply(logged);
            self.end += (HEADER_BYTES + length) as u64;
            rest = &after[length..];
        }
        Ok(())
    }
}

/// One runtime's journal.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    file: Option<File>,
    known: Known,
}

impl FileStore {
    fn existing(&mut self) -> io::Result<Option<&mut File>> {
        if self.file.is_none() {
            match OpenOptions::new().read(true).write(true).open(&self.path) {
                Ok(file) => self.file = Some(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(self.file.as_mut())
    }

    fn look(&mut self) -> io::Result<()> {
        let mut known = std::mem::take(&mut self.known);
        let looked = match self.existing() {
            Ok(Some(file)) => file.lock_shared().and_then(|()| {
                let read = known.catch_up(file);
                file.unlock().and(read)
            }),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        self.known = known;
        looked
    }

    /// The journal and every folder on the way to it, so that a machine that loses its power finds them again.
    fn create(&mut self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        self.file = Some(file);
        for folder in folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn append(&mut self, commit: &Commit) -> io::Result<Option<String>> {
        if self.existing()?.is_none() {
            if commit.expected.is_some() {
                return Ok(None);
            }
            self.create()?;
        }
        let Self { file: Some(file), known, .. } = self else {
            return Err(io::ErrorKind::NotFound.into());
        };
        file.lock()?;
        let appended = commit_locked(file, known, commit);
        file.unlock()?;
        appended
    }

    fn forget(&mut self) -> io::Result<()> {
        self.existing()?;
        let Self { file: Some(file), known, .. } = self else {
            return Ok(());
        };
        file.lock()?;
        let forgotten = known.catch_up(file).and_then(|()| match known.head {
            Some(_) => append_locked(file, known, Logged { to: None, ops: Vec::new() }),
            None => Ok(()),
        });
        file.unlock()?;
        forgotten
    }
}

fn commit_locked(file: &mut File, known: &mut Known, commit: &Commit) -> io::Result<Option<String>> {
    known.catch_up(file)?;
    if known.head != commit.expected {
        return Ok(known.head.clone());
    }
    let ops = commit.operations.iter().map(|op| (op.key.clone(), op.value.clone())).collect();
    append_locked(file, known, Logged { to: Some(commit.to.clone()), ops })?;
    Ok(known.head.clone())
}

fn append_locked(file: &mut File, known: &mut Known, logged: Logged) -> io::Result<()> {
    let body = postcard::to_stdvec(&logged).map_err(io::Error::other)?;
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(xxh64(&body, known.end).to_le_bytes());
    bytes.extend(&body);
    // What is torn behind the last whole commit is nobody's.
    file.set_len(known.end)?;
    file.seek(SeekFrom::Start(known.end))?;
    file.write_all(&bytes)?;
    file.sync_data()?;
    known.apply(logged);
    known.end += bytes.len() as u64;
    Ok(())
}

impl RecordStore for FileStore {
    fn durability(&self) -> Durability {
        Durability::PowerLoss
    }

    fn head(&mut self) -> Result<Option<String>, Failure> {
        self.look().map_err(|error| failed(&error))?;
        Ok(self.known.head.clone())
    }

    fn read(&mut self, gte: &str, lt: &str, limit: Option<u64>) -> Result<Vec<Entry>, Failure> {
        self.look().map_err(|error| failed(&error))?;
        if gte >= lt {
            return Ok(Vec::new());
        }
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let range = self.known.records.range(gte.to_owned()..lt.to_owned()).take(limit);
        Ok(range.map(|(key, value)| Entry { key: key.clone(), value: value.clone() }).collect())
    }

    fn commit(&mut self, commit: &Commit) -> Result<Option<String>, Failure> {
        self.append(commit).map_err(|error| failed(&error))
    }
}
