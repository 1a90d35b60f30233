//! Stores that runs left behind, and what is done to their records.

use std::rc::Rc;

use worker_runtime::storage::StoreOptions;

use crate::audit::Particulars;
use crate::faults::Faults;
use crate::model::Event;
use crate::random::Random;
use crate::store::{Head, Records};
use crate::trace::Tracing;
use crate::world::World;

/// A store that a run left behind.
pub(crate) struct Relic {
    pub(crate) head: Head,
    pub(crate) records: Records,
    pub(crate) former: Vec<(String, Rc<[u8]>)>,
    pub(crate) events: Vec<Event>,
    pub(crate) particulars: Particulars,
    pub(crate) options: StoreOptions,
}

/// A store that a run of so many operations leaves behind, if it does.
pub(crate) fn relic(random: &mut Random, operations: usize) -> Option<Relic> {
    let mut faults = Faults::drawn(random);
    (faults.stops, faults.deletions) = (0, 0);
    let mut world = World::with(random.clone(), faults, Tracing::Off);
    world.cx.store.former = Some(Vec::new());
    world.live(operations);
    world.crash_host();
    let cx = world.cx;
    let head = cx.store.head?;
    let losses = cx.store.place(head).map_or(0, |place| place.losses);
    Some(Relic {
        head,
        particulars: Particulars { runtime: cx.faults.runtime.clone(), losses },
        events: cx.store.events().to_vec(),
        options: cx.faults.options(&mut cx.random.clone()),
        former: cx.store.former.unwrap_or_default(),
        records: cx.store.records,
    })
}

/// What is done to a store.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Damage {
    Drop,
    DropKind,
    Flip,
    Truncate,
    Extend,
    Empty,
    Swap,
    CopyOver,
    CopyBeside,
    /// A record, or the root record, is what it was at another time.
    Former,
    FormerRoot,
    /// The head is one that no commit made.
    Head,
}

/// All of them.
pub(crate) const DAMAGES: [Damage; 12] = [
    Damage::Drop,
    Damage::DropKind,
    Damage::Flip,
    Damage::Truncate,
    Damage::Extend,
    Damage::Empty,
    Damage::Swap,
    Damage::CopyOver,
    Damage::CopyBeside,
    Damage::Former,
    Damage::FormerRoot,
    Damage::Head,
];

fn any_key(records: &Records, random: &mut Random) -> String {
    // Kinds of records, not records, are equally likely: there are few roots.
    let mut kinds: Vec<u8> = records.keys().map(|key| key.as_bytes()[0]).collect();
    kinds.dedup();
    let kind = *random.pick(&kinds);
    let keys: Vec<_> = records.keys().filter(|key| key.as_bytes()[0] == kind).collect();
    (*random.pick(&keys)).clone()
}

/// A key that is not taken and looks like one that could be.
fn beside(records: &Records, key: &str, random: &mut Random) -> String {
    let mut bytes = key.as_bytes().to_vec();
    loop {
        let place = random.below(bytes.len());
        if bytes[place].is_ascii_hexdigit() && place > 0 {
            bytes[place] = *random.pick(b"0123456789abcdef");
        }
        if random.chance(50) {
            bytes.push(b'0');
        }
        let key = String::from_utf8(bytes.clone()).expect("a key is text");
        if !records.contains_key(&key) {
            return key;
        }
    }
}

/// Does it, and says what was done.
pub(crate) fn inflict(relic: &Relic, damage: Damage, random: &mut Random) -> (Head, Records, String) {
    let mut records = relic.records.clone();
    let mut head = relic.head;
    let key = any_key(&records, random);
    let value = Rc::clone(&records[&key]);
    let mut done = format!("{damage:?} {key}");
    match damage {
        Damage::Drop => drop(records.remove(&key)),
        Damage::DropKind => records.retain(|other, _| other.as_bytes()[0] != key.as_bytes()[0]),
        Damage::Flip => {
            let mut bytes = value.to_vec();
            let bit = random.below(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            records.insert(key, bytes.into());
        }
        Damage::Truncate => drop(records.insert(key, value[..random.below(value.len())].into())),
        Damage::Extend => {
            let mut bytes = value.to_vec();
            bytes.push(random.next() as u8);
            records.insert(key, bytes.into());
        }
        Damage::Empty => drop(records.insert(key, Rc::new([]))),
        Damage::Swap => {
            let other = any_key(&records, random);
            done = format!("{done} with {other}");
            records.insert(key, Rc::clone(&records[&other]));
            records.insert(other, value);
        }
        Damage::CopyOver => {
            let other = any_key(&records, random);
            done = format!("{done} over {other}");
            records.insert(other, value);
        }
        Damage::CopyBeside => {
            let other = beside(&records, &key, random);
            done = format!("{done} to {other}");
            records.insert(other, value);
        }
        Damage::Former | Damage::FormerRoot => {
            let of_root = matches!(damage, Damage::FormerRoot);
            let former: Vec<_> = relic.former.iter().filter(|(key, _)| of_root == (key == "root")).collect();
            if !former.is_empty() {
                let (key, value) = *random.pick(&former);
                done = format!("{damage:?} {key}");
                records.insert(key.clone(), Rc::clone(value));
            }
        }
        Damage::Head => {
            head = random.wide();
            done = "the head".into();
        }
    }
    (head, records, done)
}
