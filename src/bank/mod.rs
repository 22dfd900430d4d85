//! A bank: which preset plays a program or a drum key. Built-in presets are read when they are first asked for.
//!
//! **To add a sound**: its file in `presets/` (or `presets/drums/`), its line in `built_in.rs`, and its programs or keys
//! in `presets/bank.toml`.

mod assignment;
mod bank_file;
mod built_in;
mod preset_id;

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use crate::preset::nearest::nearest;
use crate::preset::overrides::Override;
use crate::preset::source::Source;
use crate::preset::{Load, PresetError};
use crate::sound::{Preset, Recording};
use crate::units::{Key, Program};
use assignment::Assignment;
pub use bank_file::BankError;
use bank_file::BankLine;
use built_in::{BANK, PRESETS};
pub use preset_id::PresetId;

impl PresetId {
    /// Its place in the bank.
    #[must_use]
    pub fn index(self) -> u16 {
        self.0
    }
}

/// Presets, and which of them plays a program or a drum key.
#[derive(Debug)]
pub struct Bank {
    sounds: Vec<StoredPreset>,
    /// By their names; of two, the one that was added last.
    named: HashMap<Cow<'static, str>, PresetId>,
    assignment: Assignment,
    /// The name and the TOML of what was laid over the built-in bank.
    file: Option<(Box<str>, String)>,
    /// Laid over every built-in preset when it is read.
    overrides: Vec<Override>,
}

#[derive(Debug)]
struct StoredPreset {
    name: Cow<'static, str>,
    /// The file that it was read from, by the name that it was asked for by; nothing for what is built in.
    file: Option<Box<str>>,
    /// Its TOML; empty for what was made by hand.
    text: Cow<'static, str>,
    preset: OnceLock<Preset>,
}

/// The most presets of a bank with the built-in ones: a file for each variation of each program, and more.
const MOST_PRESETS: usize = 1 << 14;

impl Bank {
    /// The General MIDI sounds of the program itself.
    ///
    /// # Errors
    /// None that its tests let through.
    pub fn built_in(overrides: &[Override]) -> Result<Self, BankError> {
        let mut bank = Self {
            sounds: Vec::with_capacity(PRESETS.len()),
            named: HashMap::with_capacity(PRESETS.len()),
            assignment: Assignment::all(PresetId(0)),
            file: None,
            overrides: overrides.to_vec(),
        };
        for &(name, text) in PRESETS {
            bank.push(StoredPreset {
                name: name.into(),
                file: None,
                text: text.into(),
                preset: OnceLock::new(),
            });
        }
        let source = Source {
            shown: "presets/bank.toml",
            text: BANK,
        };
        bank.assign(source, &mut |_| {
            Err("the built-in bank has no files".to_owned())
        })?;
        Ok(bank)
    }

    /// The bank of a file. What it does not assign stays as in the built-in bank. `load` reads a preset file whose name,
    /// relative to the bank, ends in `.toml`.
    ///
    /// # Errors
    /// Text that is no TOML; a range that is none, or overlaps another; an unknown preset; a preset file that cannot be
    /// read or is refused.
    pub fn from_toml(
        path_shown: &str,
        text: &str,
        load: &mut Load<'_>,
        overrides: &[Override],
    ) -> Result<Self, BankError> {
        let mut bank = Self::built_in(overrides)?;
        bank.assign(
            Source {
                shown: path_shown,
                text,
            },
            load,
        )?;
        bank.file = Some((path_shown.into(), text.to_owned()));
        Ok(bank)
    }

    fn assign(&mut self, source: Source<'_>, load: &mut Load<'_>) -> Result<(), BankError> {
        let mut loaded: HashMap<String, PresetId> = HashMap::new();
        for entry in bank_file::parse(source)? {
            let id = if !entry.preset.ends_with(".toml") {
                self.find(&entry.preset)
                    .ok_or_else(|| self.unknown_preset(source, &entry))?
            } else if let Some(id) = loaded.get(&entry.preset) {
                *id
            } else {
                let id = self.load(source, &entry, load)?;
                loaded.insert(entry.preset.clone(), id);
                id
            };
            for number in entry.numbers {
                self.assignment.assign(entry.slots, number, id);
            }
        }
        Ok(())
    }

    fn load(
        &mut self,
        source: Source<'_>,
        entry: &BankLine,
        load: &mut Load<'_>,
    ) -> Result<PresetId, BankError> {
        let text = match self.sounds.len() {
            ..MOST_PRESETS => load(&entry.preset).and_then(|bytes| {
                String::from_utf8(bytes).map_err(|error| {
                    let place = error.utf8_error().valid_up_to();
                    format!("is no text: byte {place} is not UTF-8")
                })
            }),
            _ => Err(format!("there are {MOST_PRESETS} presets already")),
        };
        let text = text.map_err(|reason| BankError::Unreadable {
            at: source.at(Some(entry.span.clone())),
            file: entry.preset.clone(),
            reason,
        })?;
        // What lies beside a preset is named from there on.
        let folder = entry
            .preset
            .rsplit_once(['/', '\\'])
            .map(|(folder, _)| folder);
        let mut beside = |file: &str| match folder {
            Some(folder) => load(&format!("{folder}/{file}")),
            None => load(file),
        };
        Ok(self.add_file(&entry.preset, text, &mut beside)?)
    }

    fn unknown_preset(&self, source: Source<'_>, entry: &BankLine) -> BankError {
        let at = source.at(Some(entry.span.clone()));
        BankError::UnknownPreset {
            at,
            name: entry.preset.clone(),
            advice: self.advice(&entry.preset),
        }
    }

    /// What to say of a name that [`Self::find`] does not find: the nearest one, or how to list them.
    #[must_use]
    pub fn advice(&self, name: &str) -> String {
        match nearest(name, self.names()) {
            Some(known) => format!("did you mean \"{known}\"?"),
            None => "`cascade presets list` lists them; a file must end in .toml".to_owned(),
        }
    }

    /// The preset that plays a program as the bank select controllers (0 and 32) vary it. Roland's modules count
    /// variations in the first; Yamaha's in the second, and so does GM2 with 121 in the first.
    #[must_use]
    pub fn melodic(&self, bank_msb: u8, bank_lsb: u8, program: Program) -> PresetId {
        const GM2_MELODIC: u8 = 121;
        let variation = match bank_msb {
            0 | GM2_MELODIC => bank_lsb,
            _ => bank_msb,
        };
        self.assignment.melodic(variation, program.get())
    }

    /// The preset that plays a key of the drum channel with a kit; `None` where neither the kit nor the standard one has
    /// anything.
    #[must_use]
    pub fn drum(&self, kit: Program, key: Key) -> Option<PresetId> {
        self.assignment.drum(kit.get(), key.get())
    }

    /// A preset of this bank.
    #[must_use]
    pub fn preset(&self, id: PresetId) -> &Preset {
        let sound = &self.sounds[usize::from(id.0)];
        sound.preset.get_or_init(|| sound.read(&self.overrides))
    }

    /// The preset of a name; of two, the one that was added last.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<PresetId> {
        self.named.get(name).copied()
    }

    /// Every preset, in the order of the built-in list, added ones last.
    pub fn ids(&self) -> impl Iterator<Item = PresetId> {
        (0..self.sounds.len()).map(|index| PresetId(index as u16))
    }

    /// The names of all presets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sounds.iter().map(|sound| &*sound.name)
    }

    /// The programs that a preset plays, as ranges.
    #[must_use]
    pub fn programs_of(&self, id: PresetId) -> Vec<RangeInclusive<u8>> {
        self.assignment.programs_of(id)
    }

    /// The drum keys that a preset plays, as ranges.
    #[must_use]
    pub fn drum_keys_of(&self, id: PresetId) -> Vec<RangeInclusive<u8>> {
        self.assignment.drum_keys_of(id)
    }

    /// The variations (as bank select has them) and programs that a preset plays.
    #[must_use]
    pub fn variations_of(&self, id: PresetId) -> Vec<(u8, u8)> {
        self.assignment.variations_of(id)
    }

    /// The kits (by their programs) and drum keys that a preset plays, as far as they are not of the standard kit.
    #[must_use]
    pub fn kits_of(&self, id: PresetId) -> Vec<(u8, u8)> {
        self.assignment.kits_of(id)
    }

    /// Plays every program with one preset; drums stay.
    pub fn play_all_melodic_with(&mut self, id: PresetId) {
        self.assignment.play_all_melodic_with(id);
    }

    /// Adds a preset, which nothing plays yet.
    pub fn add(&mut self, preset: Preset) -> PresetId {
        self.push(StoredPreset {
            name: preset.name.clone().into(),
            file: None,
            text: Cow::default(),
            preset: OnceLock::from(preset),
        })
    }

    /// Adds the preset of a file, with the overrides of the bank laid over it; nothing plays it yet. `load` reads what lies
    /// beside it.
    ///
    /// # Errors
    /// Those of [`Preset::parse_with`].
    pub fn add_file(
        &mut self,
        file: &str,
        text: String,
        load: &mut Load<'_>,
    ) -> Result<PresetId, PresetError> {
        let preset = Preset::parse_with(file, &text, &self.overrides, load)?;
        Ok(self.push(StoredPreset {
            name: preset.name.clone().into(),
            file: Some(file.into()),
            text: text.into(),
            preset: OnceLock::from(preset),
        }))
    }

    /// The file that a preset was read from, by the name that it was asked for by; `None` for what is built in.
    #[must_use]
    pub fn file_of(&self, id: PresetId) -> Option<&str> {
        self.sounds[usize::from(id.0)].file.as_deref()
    }

    /// The name of a preset and its TOML.
    #[must_use]
    pub fn text_of(&self, id: PresetId) -> (&str, &str) {
        let sound = &self.sounds[usize::from(id.0)];
        (&sound.name, &sound.text)
    }

    /// The file of the bank, as it was named, and its TOML; `None` for the built-in one.
    #[must_use]
    pub fn file(&self) -> Option<(&str, &str)> {
        let file = self.file.as_ref();
        file.map(|(shown, text)| (&**shown, text.as_str()))
    }

    /// The recordings that a preset plays, by its layers.
    pub fn recordings_of(&self, id: PresetId) -> impl Iterator<Item = &Recording> {
        recordings(self.preset(id))
    }

    /// The bytes of memory that the recordings of its presets take.
    #[must_use]
    pub fn recorded_bytes(&self) -> u64 {
        let presets = self.sounds.iter().filter_map(|sound| sound.preset.get());
        let recordings = presets.flat_map(recordings);
        recordings
            .map(|recording| recording.frames.bytes() as u64)
            .sum()
    }

    /// The TOML of the built-in bank.
    #[must_use]
    pub fn built_in_text() -> &'static str {
        BANK
    }

    fn push(&mut self, sound: StoredPreset) -> PresetId {
        let id = PresetId(self.sounds.len() as u16);
        self.named.insert(sound.name.clone(), id);
        self.sounds.push(sound);
        id
    }

    /// The TOML of a built-in preset.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&'static str> {
        PRESETS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|&(_, text)| text)
    }
}

fn recordings(preset: &Preset) -> impl Iterator<Item = &Recording> {
    let layers = preset.layers.iter();
    layers.filter_map(|layer| layer.waveform.recording().map(|recording| &**recording))
}

impl StoredPreset {
    fn read(&self, overrides: &[Override]) -> Preset {
        let read: Result<Preset, PresetError> = Preset::parse(&self.name, &self.text, overrides);
        #[expect(
            clippy::expect_used,
            reason = "tests read every built-in preset with every override at its limits"
        )]
        let preset = read.expect("built-in presets are valid");
        preset
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Seconds;

    fn bank(text: &str) -> Result<Bank, BankError> {
        let mut load = |file: &str| match file {
            "mine.toml" => Ok(b"[[layer]]\nwaveform = \"sine\"".to_vec()),
            "broken.toml" => Ok(b"[[layer]]\nwaveform = \"sin\"".to_vec()),
            _ => Err("no such file".to_owned()),
        };
        Bank::from_toml("my_bank.toml", text, &mut load, &[])
    }

    fn refused(text: &str) -> String {
        bank(text).unwrap_err().to_string()
    }

    fn played(bank: &Bank, program: u8) -> &str {
        &bank.preset(bank.melodic(0, 0, Program::new(program))).name
    }

    fn drum(bank: &Bank, key: u8) -> Option<&str> {
        bank.drum(Program::new(0), Key::new(key))
            .map(|id| bank.preset(id).name.as_str())
    }

    #[test]
    fn the_built_in_bank_has_every_program_and_every_drum_key() {
        let bank = Bank::built_in(&[]).unwrap();
        let covered: usize = bank
            .ids()
            .flat_map(|id| bank.programs_of(id))
            .map(|run| run.len())
            .sum();
        assert_eq!(covered, 128);
        for program in 0..128 {
            assert_ne!(
                played(&bank, program),
                "sine",
                "program {program} was left out"
            );
        }
        let sounding: Vec<u8> = (0..128).filter(|&key| drum(&bank, key).is_some()).collect();
        assert_eq!(sounding, (27..=87).collect::<Vec<_>>());
    }

    #[test]
    fn drums_that_cut_each_other_off_share_a_group_with_no_others() {
        let bank = Bank::built_in(&[]).unwrap();
        let group = |key| {
            bank.drum(Program::new(0), Key::new(key))
                .and_then(|id| bank.preset(id).layers[0].choke)
        };
        let groups = [
            vec![42, 44, 46],
            vec![71, 72],
            vec![73, 74],
            vec![78, 79],
            vec![80, 81],
            vec![29, 30],
            vec![86, 87],
        ];
        for keys in &groups {
            let sharing: Vec<u8> = (27..=87)
                .filter(|&key| group(key) == group(keys[0]))
                .collect();
            assert_eq!(sharing, *keys);
        }
        assert_eq!((27..=87).filter(|&key| group(key).is_some()).count(), 15);
    }

    #[test]
    fn unknown_variations_and_kits_fall_back() {
        let bank = Bank::built_in(&[]).unwrap();
        assert_eq!(
            bank.melodic(8, 3, Program::new(41)),
            bank.melodic(0, 0, Program::new(41))
        );
        assert_eq!(
            bank.drum(Program::new(3), Key::new(36)),
            bank.drum(Program::new(0), Key::new(36))
        );
    }

    #[test]
    fn a_bank_file_changes_what_it_assigns_and_nothing_else() {
        let bank = bank(
            "[programs]\n\"4-5\" = \"sine\"\n127 = \"mine.toml\"\n[drums]\n\"20\" = \"cowbell\"\n",
        )
        .unwrap();
        assert_eq!(
            [3, 4, 5, 6, 127].map(|program| played(&bank, program)),
            ["honky_tonk_piano", "sine", "sine", "harpsichord", "mine"]
        );
        assert_eq!(
            (drum(&bank, 20), drum(&bank, 36)),
            (Some("cowbell"), Some("bass_drum"))
        );
    }

    #[test]
    fn variations_and_kits_change_what_they_name_and_fall_back_for_the_rest() {
        let bank = bank(
            "[variations.8]\n4 = \"sine\"\n[kits.24]\n\"36\" = \"cowbell\"\n[kits.25]\n\"36\" = \"claves\"",
        )
        .unwrap();
        let melodic = |msb, lsb, program| {
            let id = bank.melodic(msb, lsb, Program::new(program));
            bank.preset(id).name.clone()
        };
        let plain = melodic(0, 0, 4);
        assert_eq!(
            [melodic(8, 0, 4), melodic(0, 8, 4), melodic(121, 8, 4)],
            ["sine", "sine", "sine"]
        );
        assert_eq!([melodic(9, 0, 4), melodic(121, 0, 4)], [&*plain, &*plain]);
        let drum = |kit, key| {
            let id = bank.drum(Program::new(kit), Key::new(key)).unwrap();
            bank.preset(id).name.clone()
        };
        assert_eq!(
            [drum(24, 36), drum(25, 36), drum(26, 36)],
            ["cowbell", "claves", "cowbell"]
        );
        assert_eq!(drum(24, 60), drum(0, 60));
        assert_eq!(drum(3, 36), drum(0, 36));
    }

    #[test]
    fn overrides_reach_built_in_presets_and_loaded_ones() {
        let overrides = [Override::parse("envelope.release_s=3").unwrap()];
        let mut load = |_: &str| Ok(b"[[layer]]\nwaveform = \"sine\"".to_vec());
        let bank =
            Bank::from_toml("b.toml", "programs.0 = \"x.toml\"", &mut load, &overrides).unwrap();
        for program in [0, 1] {
            let preset = bank.preset(bank.melodic(0, 0, Program::new(program)));
            assert_eq!(preset.layers[0].envelope.release, Seconds(3.0));
        }
    }

    #[test]
    fn an_added_preset_hides_one_of_its_name_and_can_play_everything() {
        let mut bank = Bank::built_in(&[]).unwrap();
        let own = Preset::parse("oboe.toml", "[[layer]]\nwaveform = \"square\"", &[]).unwrap();
        let id = bank.add(own.clone());
        assert_eq!(bank.find("oboe"), Some(id));
        bank.play_all_melodic_with(id);
        assert_eq!(bank.preset(bank.melodic(0, 0, Program::new(77))), &own);
        assert_eq!(bank.programs_of(id), vec![0..=127]);
        assert_eq!(drum(&bank, 36), Some("bass_drum"));
    }

    #[test]
    fn a_preset_knows_where_it_was_read_from() {
        let text = "[[layer]]\nwaveform = \"sine\"";
        let mut bank = bank("programs.0 = \"mine.toml\"").unwrap();
        let own = bank
            .add_file("x/own.toml", text.to_owned(), &mut |_| Err(String::new()))
            .unwrap();
        let oboe = bank.find("oboe").unwrap();
        let mine = bank.melodic(0, 0, Program::new(0));
        assert_eq!(
            [mine, own, oboe].map(|id| bank.file_of(id)),
            [Some("mine.toml"), Some("x/own.toml"), None]
        );
        assert_eq!(bank.text_of(own), ("own", text));
        let file = ("my_bank.toml", "programs.0 = \"mine.toml\"");
        assert_eq!(bank.file(), Some(file));
        assert_eq!(Bank::built_in(&[]).unwrap().file(), None);
        assert_eq!(Some(bank.text_of(oboe).1), bank.source("oboe"));
    }

    #[test]
    fn a_listing_tells_where_a_preset_is_used() {
        let bank = Bank::built_in(&[]).unwrap();
        let snare = bank.find("snare").unwrap();
        assert_eq!(bank.drum_keys_of(snare), [38..=38]);
        assert_eq!(bank.programs_of(bank.find("oboe").unwrap()), [68..=68]);
        assert!(
            bank.source("oboe")
                .is_some_and(|text| text.contains("[[layer]]"))
        );
    }

    #[test]
    fn a_mistaken_bank_names_the_line_and_the_way_out() {
        let unknown = "my_bank.toml:2: there is no preset \"obo\"; did you mean \"oboe\"?";
        assert_eq!(refused("[programs]\n0 = \"obo\""), unknown);
        for range in ["128", "5-3", "x", "-1", "0-200", ""] {
            let message = refused(&format!("[drums]\n\"{range}\" = \"snare\""));
            assert!(
                message.starts_with(&format!(
                    "my_bank.toml:2: \"{range}\" is no range of drum key"
                )),
                "{message}"
            );
        }
        let twice = "my_bank.toml:3: program 7 is assigned twice, here and on line 2; keep one";
        assert_eq!(
            refused("[programs]\n\"0-7\" = \"oboe\"\n\"7-9\" = \"flute\""),
            twice
        );
        assert!(
            refused("[kits.0]\n\"36\" = \"cowbell\"")
                .starts_with("my_bank.toml:1: 0 does not belong in a bank")
        );
        assert!(
            refused("[program]\n0 = \"oboe\"")
                .starts_with("my_bank.toml:1: program does not belong in a bank")
        );
        assert!(
            refused("[programs]\n0 = 1")
                .starts_with("my_bank.toml:2: \"0\" must name a preset in quotes")
        );
        assert!(refused("[programs\n").starts_with("my_bank.toml:1: this is not TOML"));
        let absent = "my_bank.toml:1: cannot read the preset file no.toml: no such file";
        assert_eq!(refused("programs.0 = \"no.toml\""), absent);
        assert!(
            refused("programs.0 = \"broken.toml\"")
                .starts_with("broken.toml:2: layer.1.waveform = \"sin\"")
        );
    }
}
