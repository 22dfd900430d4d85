//! Files of the user: what Cascade did not write stays, and no recording takes the place of another song's unasked.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::cli::{Desk, NOTE, midi};

const MANIFEST: &str = "cascade-manifest.jsonl";

/// A song of one key.
fn song(key: u8) -> Vec<u8> {
    midi(&[0, 0x90, key, 0x40, 0x60, 0x80, key, 0x40])
}

/// Checks that a file is refused with an exit code and advice, and stays as it is.
fn stays(desk: &Desk, file: &str, arguments: &str, code: i32, said: &str) {
    let before = desk.read(file);
    desk.expect(arguments, code, said);
    assert_eq!(desk.read(file), before, "{arguments}");
}

#[test]
fn what_is_no_recording_is_replaced_only_by_force() {
    let riff = |form: &[u8]| [b"RIFF\x04\0\0\0", form].concat();
    for bytes in [
        b"my notes".to_vec(),
        b"RIF".to_vec(),
        midi(NOTE),
        riff(b"RMID"),
        riff(b"sfbk"),
        riff(b"WEBP"),
        vec![0; 100],
    ] {
        let desk = Desk::new();
        desk.put("song.wav", &bytes);
        for arguments in [
            "render song.mid",
            "render song.mid -o song.wav",
            "render song.mid -o .",
        ] {
            stays(&desk, "song.wav", arguments, 1, "--force");
        }
        assert_eq!(
            desk.list("."),
            [MANIFEST, "song.mid", "song.wav"],
            "{bytes:?}"
        );
        desk.run("render song.mid --force").success();
        assert!(desk.read("song.wav").starts_with(b"RIFF"));
    }
}

#[test]
fn recordings_and_empty_files_are_replaced() {
    for bytes in [
        b"".as_slice(),
        b"RIFF\0\0\0\0WAVE",
        b"RF64\xFF\xFF\xFF\xFFWAVE",
        b"fLaC\0",
    ] {
        let desk = Desk::new();
        desk.put("song.wav", bytes);
        desk.run("render song.mid").success();
        assert!(desk.read("song.wav").len() > 44, "{bytes:?}");
        desk.run("render song.mid").success();
    }
}

#[test]
fn samples_without_a_header_are_replaced_if_a_manifest_names_them() {
    let desk = Desk::new();
    desk.run("render song.mid --raw -o take.raw").success();
    stays(
        &desk,
        "take.raw",
        "render song.mid --raw -o take.raw",
        1,
        "--force",
    );
    desk.run("render song.mid --raw -o take.raw --force")
        .success();
    desk.run("render song.mid --raw -o wavs/").success();
    desk.run("render song.mid --raw -o wavs/ --gain -3")
        .success();
    desk.run("render song.mid --raw -o wavs/ --stems channel")
        .success();
    desk.run("render song.mid --raw -o wavs/ --stems track --gain -3")
        .success();
    desk.put("wavs/other.raw", "my samples");
    desk.put("other.mid", song(50));
    let other = "render other.mid --raw -o wavs/";
    // That the manifest has the failure gives no right to the file.
    for _ in 0..2 {
        stays(&desk, "wavs/other.raw", other, 1, "no manifest names it");
    }
}

#[cfg(unix)]
#[test]
fn read_only_files_are_never_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.run("render song.mid").success();
    fs::set_permissions(desk.path("song.wav"), fs::Permissions::from_mode(0o444)).unwrap();
    for arguments in [
        "render song.mid",
        "render song.mid --force",
        "render song.mid -o . --force",
    ] {
        stays(&desk, "song.wav", arguments, 1, "read-only");
    }
}

#[test]
fn labels_stems_and_their_list_are_known_by_their_beginning() {
    let desk = Desk::new();
    for (file, options) in [
        ("song.labels.csv", "--labels csv"),
        ("song.labels.jsonl", "--labels jsonl"),
        ("song.stems/stems.json", "--stems channel"),
        (
            "song.stems/01-channel-01-acoustic-grand-piano.wav",
            "--stems channel",
        ),
    ] {
        let arguments = format!("render song.mid {options}");
        fs::create_dir_all(desk.path("song.stems")).unwrap();
        desk.put(file, "mine");
        stays(&desk, file, &arguments, 1, "--force");
        // No recording without what was asked for beside it, and no drafts.
        let left = desk.list(".").concat() + &desk.list("song.stems").concat();
        assert!(
            !left.contains("song.wav") && !left.contains(".part"),
            "{left}"
        );
        desk.run(&format!("{arguments} --force")).success();
        desk.run(&arguments).success();
        fs::remove_dir_all(desk.path("song.stems")).unwrap();
        fs::remove_file(desk.path("song.wav")).unwrap();
    }
}

#[test]
fn a_folder_in_the_place_of_labels_or_stems_leaves_no_recording() {
    for (folder, options) in [
        ("song.labels.csv", "--labels csv"),
        ("song.stems/stems.json", "--stems channel"),
    ] {
        let desk = Desk::new();
        fs::create_dir_all(desk.path(folder)).unwrap();
        desk.expect(
            &format!("render song.mid {options}"),
            1,
            "there is a folder of that name",
        );
        assert!(!desk.path("song.wav").exists());
    }
}

#[test]
fn a_stranger_with_the_name_of_the_manifest_is_kept() {
    let desk = Desk::new();
    fs::create_dir(desk.path("wavs")).unwrap();
    desk.put(format!("wavs/{MANIFEST}"), "my own list\n");
    let file = format!("wavs/{MANIFEST}");
    for force in ["", "--force"] {
        let arguments = format!("render song.mid -o wavs {force}");
        stays(&desk, &file, &arguments, 1, "which is no manifest");
    }
    assert_eq!(desk.list("wavs"), [MANIFEST]);
}

#[test]
fn reports_replace_reports_alone() {
    let desk = Desk::new();
    desk.run("render song.mid").success();
    desk.run("render song.mid -o other.wav --gain -6").success();
    for (option, file) in [("--junit", "r.xml"), ("--html", "r.html")] {
        let compare = format!("compare song.wav other.wav {option} {file}");
        desk.put(file, "<?xml version='1.0'?><!DOCTYPE html><p>mine");
        stays(&desk, file, &compare, 2, "name another file");
        fs::remove_file(desk.path(file)).unwrap();
        desk.run(&compare).code(1);
        desk.run(&compare).code(1);
    }
    desk.put("roll.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
    stays(
        &desk,
        "roll.svg",
        "inspect song.mid --plot roll.svg",
        1,
        "name another file",
    );
    fs::remove_file(desk.path("roll.svg")).unwrap();
    desk.run("inspect song.mid --plot roll.svg").success();
    desk.run("inspect song.wav --plot roll.svg").success();
}

#[test]
fn an_extension_that_is_not_what_is_written_is_refused() {
    let desk = Desk::new();
    for (options, names, said) in [
        (
            "",
            "a.mp3 a.MP3 a.flac a.ogg a.raw a.mid a.tar.gz",
            "cascade writes WAV",
        ),
        (
            "--raw",
            "a.wav a.WAV a.mp3 a.flac",
            "--raw writes samples without a header",
        ),
    ] {
        for name in names.split(' ') {
            desk.expect(&format!("render song.mid {options} -o {name}"), 2, said);
        }
    }
    for (options, names) in [
        ("", "a.wav a.WAV a.wave a .hidden a.b.wav"),
        ("--raw", "a.raw a.PCM a.f32le raw"),
    ] {
        for name in names.split(' ') {
            desk.run(&format!("render song.mid {options} -o {name}"))
                .success();
        }
    }
    fs::create_dir(desk.path("v1.0")).unwrap();
    desk.run("render song.mid -o v1.0").success();
    desk.run("render song.mid -o v1.1/").success();
    desk.expect("render song.mid -o a.mp3", 2, "| ffmpeg -i - a.mp3");
}

#[cfg(unix)]
#[test]
fn a_pipe_may_be_called_anything() {
    let desk = Desk::new();
    let made = std::process::Command::new("mkfifo")
        .arg(desk.path("pipe.mp3"))
        .status();
    assert!(made.unwrap().success());
    let mut run = desk.process("render song.mid -o pipe.mp3").spawn().unwrap();
    assert!(desk.read("pipe.mp3").starts_with(b"RIFF"));
    assert!(run.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn links_are_followed_unless_they_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let desk = Desk::new();
    desk.put("real.wav", "");
    symlink("real.wav", desk.path("link.wav")).unwrap();
    symlink("gone.wav", desk.path("dangling.wav")).unwrap();
    desk.run("render song.mid -o link.wav").success();
    assert!(desk.path("link.wav").is_symlink() && desk.read("real.wav").starts_with(b"RIFF"));
    desk.expect("render song.mid -o dangling.wav", 1, "which is not there");
    assert!(!desk.path("gone.wav").exists());
}

/// As the superuser, since nobody else can make files of other users.
#[cfg(unix)]
#[test]
fn links_that_another_user_planted_are_not_followed() {
    use std::os::unix::fs::{PermissionsExt, lchown, symlink};
    let desk = Desk::new();
    fs::create_dir(desk.path("open")).unwrap();
    desk.put("victim.wav", "");
    fs::create_dir(desk.path("victims")).unwrap();
    for (target, name) in [
        ("../victim.wav", "song.wav"),
        ("../victims", "folder"),
        ("/dev/null", "null.wav"),
        ("../victim.jsonl", MANIFEST),
    ] {
        let link = desk.path("open").join(name);
        symlink(target, &link).unwrap();
        if lchown(&link, Some(12_345), None).is_err() {
            eprintln!("not the superuser: links of other users are not tried");
            return;
        }
    }
    fs::set_permissions(desk.path("open"), fs::Permissions::from_mode(0o1777)).unwrap();
    for output in [
        "open/song.wav",
        "open/folder/song.wav",
        "open/folder/",
        "open/null.wav",
        "open/",
    ] {
        for force in ["", "--force"] {
            let arguments = format!("render song.mid -o {output} {force}");
            desk.expect(&arguments, 1, "link that another user made");
        }
    }
    assert_eq!(desk.read("victim.wav"), b"");
    assert!(desk.list("victims").is_empty());
}

#[test]
fn a_recording_of_another_song_is_not_replaced_unasked() {
    let desk = Desk::new();
    for (folder, key) in [("a", 60), ("b", 62)] {
        fs::create_dir(desk.path(folder)).unwrap();
        desk.put(format!("{folder}/x.mid"), song(key));
    }
    desk.run("render a/x.mid -o wavs/").success();
    for options in ["", "--resume", "--gain -3"] {
        let arguments = format!("render b/x.mid -o wavs {options}");
        stays(
            &desk,
            "wavs/x.wav",
            &arguments,
            1,
            "is the recording of another song, a/x.mid",
        );
    }
    // Nor is it where its own song fails meanwhile.
    desk.put("a/x.mid", "no music");
    desk.run("render a/x.mid -o wavs/").code(1);
    stays(
        &desk,
        "wavs/x.wav",
        "render b/x.mid -o wavs",
        1,
        "of another song, a/x.mid",
    );
    // The same song, changed or moved, is no other.
    desk.put("a/x.mid", song(64));
    desk.run("render a/x.mid -o wavs/").success();
    desk.put("a/x.mid", song(65));
    desk.run("render ./a/../a/x.mid -o wavs/").success();
    fs::rename(desk.path("a/x.mid"), desk.path("x.mid")).unwrap();
    desk.run("render x.mid -o wavs/ --gain -3").success();
    desk.run("render b/x.mid -o wavs/ --force").success();
    // Where the recording is gone, nothing is lost.
    fs::remove_file(desk.path("wavs/x.wav")).unwrap();
    desk.run("render x.mid -o wavs/").success();
}

#[test]
fn a_song_beside_which_another_has_the_same_output_is_told() {
    let desk = Desk::new();
    desk.put("song.kar", song(50));
    desk.run("render song.mid").success().stderr("");
    desk.expect("render song.kar", 0, "may be the recording of song.mid");
}

#[test]
fn of_two_songs_rendered_at_once_to_one_file_one_is_refused() {
    let desk = Desk::new();
    let folders: Vec<String> = (0..4).map(|number| number.to_string()).collect();
    for (key, folder) in folders.iter().enumerate() {
        fs::create_dir(desk.path(folder)).unwrap();
        desk.put(format!("{folder}/x.mid"), song(60 + key as u8));
    }
    let run = |folder: &String| {
        let mut process = desk.process(&format!("render -q {folder}/x.mid -o wavs/"));
        process.stderr(Stdio::null()).spawn().unwrap()
    };
    let runs: Vec<_> = folders.iter().map(run).collect();
    let codes = runs.into_iter().map(|mut run| run.wait().unwrap().code());
    let mut codes: Vec<_> = codes.collect();
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(1), Some(1), Some(1)]);
}

#[test]
fn a_folder_gets_a_manifest_of_one_song_too() {
    let desk = Desk::new();
    desk.run("render song.mid -o wavs/").success();
    assert_eq!(desk.list("wavs"), [MANIFEST, "song.wav"]);
    desk.expect("render song.mid -o wavs/ --resume", 0, "1 unchanged");
}

#[test]
fn resume_sees_labels_that_are_missing_partial_or_of_another_recording() {
    let desk = Desk::new();
    let resume = |options: &str, said: &str| {
        desk.expect(
            &format!("render song.mid -o wavs/ --resume {options}"),
            0,
            said,
        );
    };
    desk.run("render song.mid -o wavs/").success();
    resume("--labels csv", "1 rendered");
    resume("--labels csv", "1 unchanged");
    resume("", "1 unchanged");
    let whole = desk.read("wavs/song.labels.csv");
    for damage in [
        whole[..whole.len() - 9].to_vec(),
        whole.to_ascii_uppercase(),
    ] {
        // What no longer looks like labels is not ours to replace.
        let damage = [&whole[..40], &damage[40..]].concat();
        desk.put("wavs/song.labels.csv", damage);
        resume("--labels csv", "1 rendered");
        assert_eq!(desk.read("wavs/song.labels.csv"), whole);
    }
    fs::remove_file(desk.path("wavs/song.labels.csv")).unwrap();
    resume("--labels csv", "1 rendered");
    resume("--labels jsonl", "1 rendered");
    // The tempo makes other labels; without being asked for, they stay behind, which is told.
    resume("--labels csv", "1 rendered");
    resume("--tempo 2", "is that of an earlier recording");
    resume("--tempo 2 --labels csv", "1 rendered");
    assert_ne!(desk.read("wavs/song.labels.csv"), whole);
}

#[test]
fn resume_sees_stems_that_are_missing_or_partial_and_clears_up() {
    let desk = Desk::new();
    let notes = [NOTE, b"\x00\xC1\x20\x00\x91\x3C\x40\x60\x81\x3C\x40"].concat();
    desk.put("song.mid", midi(&notes));
    let resume = |options: &str, said: &str| {
        desk.expect(
            &format!("render song.mid -o wavs/ --resume {options}"),
            0,
            said,
        );
    };
    let stems = "wavs/song.stems";
    resume("--stems channel", "1 rendered");
    resume("--stems channel", "1 unchanged");
    let whole = desk.list(stems);
    assert_eq!(whole.len(), 4, "{whole:?}");
    for file in &whole {
        let path = Path::new(stems).join(file);
        let bytes = fs::read(desk.path(&path)).unwrap();
        desk.put(&path, &bytes[..bytes.len() - 2]);
        resume("--stems channel", "1 rendered");
        assert_eq!(fs::read(desk.path(&path)).unwrap(), bytes);
        fs::remove_file(desk.path(&path)).unwrap();
        resume("--stems channel", "1 rendered");
    }
    for torn in [5, 30] {
        let list = desk.read(&format!("{stems}/stems.json"));
        desk.put(format!("{stems}/stems.json"), &list[..torn]);
        resume("--stems channel", "1 rendered");
        assert_eq!(desk.read(&format!("{stems}/stems.json")), list);
    }
    // Drafts of killed runs and stems of an earlier grouping go; what is not ours stays.
    desk.put(format!("{stems}/.cascade-left.part"), "by a killed run");
    desk.put(format!("{stems}/my mix.wav"), "mine");
    resume("--stems channel", "1 unchanged");
    assert!(!desk.list(stems).contains(&".cascade-left.part".to_owned()));
    resume("--stems program", "1 rendered");
    let files = desk.list(stems);
    let expected = [
        "01-acoustic-grand-piano.wav",
        "02-acoustic-bass.wav",
        "03-effects.wav",
        "my mix.wav",
        "stems.json",
    ];
    assert_eq!(files, expected);
    // A run that was killed while it gave stems their names leaves a list of what they may be.
    desk.put(format!("{stems}/09-old.wav"), b"RIFF\0\0\0\0WAVE");
    let list = "{\n  \"recording\": \"\", \"stems\": [{\"file\": \"09-old.wav\"}, {\"file\": \"../song.wav\"}]}";
    desk.put(format!("{stems}/.cascade-stems.json"), list);
    resume("--stems program", "1 rendered");
    assert_eq!(desk.list(stems), expected);
}

#[cfg(unix)]
#[test]
fn pipes_and_locks_of_others_do_not_hang_a_resume() {
    use std::time::Duration;
    let desk = Desk::new();
    desk.run("render song.mid -o wavs/ --labels csv --stems channel")
        .success();
    let pipe = |name: &str| {
        let _ = fs::remove_file(desk.path(name));
        let made = std::process::Command::new("mkfifo")
            .arg(desk.path(name))
            .status();
        assert!(made.unwrap().success());
    };
    let resume = "render song.mid -o wavs/ --resume --labels csv --stems channel";
    pipe("wavs/.cascade-left.part");
    pipe("wavs/song.stems/.cascade-left.part");
    desk.command(resume)
        .timeout(Duration::from_secs(60))
        .assert()
        .success();
    for name in ["wavs/song.labels.csv", "wavs/song.stems/stems.json"] {
        pipe(name);
        // It is no file that could be replaced.
        desk.command(resume)
            .timeout(Duration::from_secs(60))
            .assert()
            .code(1);
        fs::remove_file(desk.path(name)).unwrap();
    }
    // Nor is a found file of defaults waited for, or what it names.
    pipe("cascade.toml");
    let found = desk
        .command("render song.mid")
        .timeout(Duration::from_secs(60))
        .assert();
    found.code(2);
    fs::remove_file(desk.path("cascade.toml")).unwrap();
    pipe("p.toml");
    desk.put("cascade.toml", "preset = 'p.toml'");
    let found = desk
        .command("render song.mid")
        .timeout(Duration::from_secs(60))
        .assert();
    found.code(2);
    fs::remove_file(desk.path("cascade.toml")).unwrap();
    let manifest = fs::File::open(desk.path(format!("wavs/{MANIFEST}"))).unwrap();
    fs4::FileExt::lock(&manifest).unwrap();
    let run = desk
        .command(resume)
        .timeout(Duration::from_secs(60))
        .assert();
    let run = run.code(1);
    let stderr = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(stderr.contains("has kept it locked"), "{stderr}");
    drop(manifest);
    pipe(&format!("wavs/{MANIFEST}"));
    desk.command(resume)
        .timeout(Duration::from_secs(60))
        .assert()
        .code(1);
}

/// As many at once as the README's shards, over folders of small songs; a longer run is a matter of `CASCADE_REPEAT`.
#[test]
fn many_runs_in_one_folder_do_not_disturb_each_other() {
    let times = std::env::var("CASCADE_REPEAT").map_or(2, |times| times.parse().unwrap());
    for _ in 0..times {
        let desk = Desk::new();
        fs::create_dir(desk.path("midi")).unwrap();
        for number in 0..24 {
            desk.put(format!("midi/{number}.mid"), song(number + 40));
        }
        let run = |shard: u8| {
            let arguments = format!("render -q -j 1 midi -o wavs --resume --shard {shard}/8");
            desk.process(&arguments)
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        for run in (1..=8).map(run).collect::<Vec<_>>() {
            let output = run.wait_with_output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{stderr}");
        }
        desk.expect("render midi -o wavs --resume", 0, "24 unchanged");
        assert_eq!(desk.list("wavs").len(), 25);
    }
}
