"""The voice: real espeak-ng, its WAV looked at; real aplay, to ALSA's null device."""

import subprocess
import threading
import wave
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
import pytest
from support import answered_scenes, every_answer
from support.verdict_json import verdict_json

from plantd.config import VoiceConfig
from plantd.notifiers.queued import NotDelivered, Notice
from plantd.notifiers.voice import Voice, espeak_command
from plantd.texts.catalogue import texts_of
from plantd.texts.spoken import spoken

SENTENCE = "The two heads disagree. Treat it as poisonous."


def notice(seq: int = 1, **changes: Any) -> Notice:
    return Notice(verdict_json(seq, **{"sentence": SENTENCE, **changes}), b"")


def heard(folder: Path, **config: Any) -> Tuple[float, float]:
    """Say the sentence; return seconds and loudness (RMS, of 1)."""
    Voice(VoiceConfig(**{"driver": "wav", **config}), str(folder)).deliver(notice())
    with wave.open(str(folder / "voice.wav")) as said:
        samples = np.frombuffer(said.readframes(said.getnframes()), "<i2") / 32768.0
        return said.getnframes() / said.getframerate(), float(np.sqrt(np.mean(samples**2)))


def phonemes(command: List[str], text: str = "") -> str:
    """Return what espeak-ng says it pronounces, in IPA."""
    # Bytes: Python 3.6 in the C locale cannot hand an umlaut to another program.
    argv = [argument.encode("utf-8") for argument in [*command, "--ipa"]]
    told = subprocess.run(argv, input=text.encode("utf-8"), stdout=subprocess.PIPE, check=True)
    return " ".join(told.stdout.decode("utf-8").split())


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Dict[str, Any]]:
    return answered_scenes.verdicts(tmp_path_factory.mktemp("scenes"))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("scene", sorted(every_answer.SCENES))
def test_each_answer_is_pronounced_as_its_text_is(
    scenes: Dict[str, Dict[str, Any]], scene: str, language: str, tmp_path: Path
) -> None:
    text = spoken(scenes[scene], texts_of(language))
    rendering = espeak_command(VoiceConfig("wav", language=language), str(tmp_path / "said.wav"))
    heard_as = phonemes(rendering, text)
    assert heard_as == phonemes(["espeak-ng", "-v", language, "-q", text])
    first = text.split()[0].strip(".:")
    assert heard_as.startswith(phonemes(["espeak-ng", "-v", language, "-q", first])[:3])


def test_what_lies_in_the_cache_is_that_rendering(tmp_path: Path) -> None:
    direct = tmp_path / "direct.wav"
    config = VoiceConfig("wav", language="de")
    text = spoken(notice().event, texts_of("de"))
    subprocess.run(espeak_command(config, str(direct)), input=text.encode("utf-8"), check=True)
    Voice(config, str(tmp_path)).deliver(notice())
    assert (tmp_path / "voice.wav").read_bytes() == direct.read_bytes()


def test_it_can_be_heard_and_is_short(tmp_path: Path) -> None:
    seconds, loudness = heard(tmp_path)
    assert 2.0 < seconds < 8.0
    assert loudness > 0.02
    assert [path.name for path in tmp_path.iterdir()] == ["voice.wav"]


def test_volume_and_speed_are_the_configured_ones(tmp_path: Path) -> None:
    seconds, loudness = heard(tmp_path)
    slower, softer = heard(tmp_path, volume=20, words_per_minute=90)
    assert softer < loudness / 2
    assert slower > seconds * 1.2


def test_german_sounds_otherwise(tmp_path: Path) -> None:
    assert heard(tmp_path, language="de") != heard(tmp_path)


def test_aloud_it_goes_through_alsa(tmp_path: Path) -> None:
    Voice(VoiceConfig("alsa", device="null"), str(tmp_path)).deliver(notice())


def test_a_device_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotDelivered, match="aplay failed: "):
        Voice(VoiceConfig("alsa", device="no-such-device"), str(tmp_path)).deliver(notice())


def test_a_missing_program_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotDelivered, match="cannot be started: sudo apt-get install espeak-ng"):
        Voice(VoiceConfig("wav"), str(tmp_path)).deliver(notice())


def test_damaged_texts_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "de.po").write_bytes(b'msgid "a"\nmsgs\xff')
    monkeypatch.setattr("plantd.texts.catalogue.FOLDER", str(tmp_path))
    with pytest.raises(NotDelivered, match="cannot be read .*; install plantd again"):
        Voice(VoiceConfig("wav", language="de"), str(tmp_path)).deliver(notice())


def test_a_newer_answer_interrupts_and_pictures_sent_in_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    begun = threading.Event()

    class Watched(Voice):
        def _await(self, child: Any) -> None:
            begun.set()
            super()._await(child)

    # In espeak-ng's place: it renders for ever.
    endless = programs / "espeak-ng"
    endless.write_text("#!/bin/sh\nexec /bin/sleep 600\n")
    endless.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    with Watched(VoiceConfig("wav"), str(tmp_path)) as voice:
        voice.send(notice(1).event)
        assert begun.wait(30)
        voice.send(notice(2, trigger="classify").event)
        assert voice.status().delivered == 0
        begun.clear()
        voice.send(notice(3).event)
        assert begun.wait(30)
        assert voice.status()[1:6] == (True, "", 1, 0, 0)
