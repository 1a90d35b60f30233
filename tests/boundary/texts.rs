//! Texts are joined on one side and cut on the other, by lengths in UTF-16 units.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::calls as wasm;
use crate::support::{Command, contents, run, say, with_worker};

#[wasm_bindgen_test]
fn texts_of_every_width_are_cut_where_they_were_joined() {
    let handle = with_worker();
    let texts = [
        "a",
        "é",
        "日本",
        "🌿",
        "𝔘𝔫𝔦",
        "a🌿é日",
        "\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}",
        "\u{d7ff}\u{e000}",
        "e\u{301}👩‍👩‍👧",
        "\0",
        "\u{feff}x",
    ];
    let commands: Vec<_> = texts.iter().map(|text| say(text)).collect();
    assert!(run(handle, &commands).iter().all(Result::is_ok));
    assert_eq!(contents(handle, 1), texts);
    wasm::close_handle(handle);
}

#[wasm_bindgen_test]
fn references_operation_ids_and_contents_do_not_run_into_each_other() {
    let handle = with_worker();
    for (number, operation) in ["o", "🌿", "é", "日本", "𝔘\u{10ffff}"].into_iter().enumerate() {
        let first = Command {
            worker: Err(("here", "worker-00000001")),
            operation: Some(operation),
            ..say("🌿 first")
        };
        let second = Command { operation: None, ..say("sécond") };
        let wrong = Command { worker: Err(("🌿", "日本")), operation: Some(operation), ..say("é") };
        let answers = run(handle, &[first, wrong, second]);
        let number = number as u64;
        assert_eq!(
            answers,
            [
                Ok((3 + 2 * number, 1 + 2 * number)),
                Err("operation_conflict".to_owned()),
                Ok((4 + 2 * number, 2 + 2 * number)),
            ]
        );
    }
    let expected: Vec<_> = ["🌿 first", "sécond"].into_iter().cycle().take(10).collect();
    assert_eq!(contents(handle, 1), expected);
    wasm::close_handle(handle);
}

/// A small generator of reproducible numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn text(&mut self) -> String {
        let ascii = self.below(3) == 0;
        let mut text = String::from("x");
        for _ in 0..self.below(20) {
            let wide = match self.below(4) {
                _ if ascii => self.below(0x80),
                0 => self.below(0x80),
                1 => 0x80 + self.below(0x780),
                2 => 0x800 + self.below(0xf800),
                _ => 0x1_0000 + self.below(0x10_0000),
            };
            text.extend(char::from_u32(wide as u32));
        }
        text
    }
}

#[wasm_bindgen_test]
fn random_texts_come_back_unchanged() {
    let seed = js_sys::Math::random().to_bits();
    let mut random = Random(seed);
    let handle = with_worker();
    let mut expected: Vec<String> = Vec::new();
    for _ in 0..100 {
        let texts: Vec<_> = (0..random.below(12)).map(|_| random.text()).collect();
        let commands: Vec<_> = texts.iter().map(|text| say(text)).collect();
        assert!(run(handle, &commands).iter().all(Result::is_ok), "seed {seed}");
        expected.extend(texts);
    }
    assert!(contents(handle, 1) == expected, "seed {seed}");
    wasm::close_handle(handle);
}
