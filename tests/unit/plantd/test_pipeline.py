"""The story of one press, told with the scripted camera, a tiny network and a real record."""

import json
import weakref

import numpy as np
import pytest
from support import tiny_bundle
from support.cameras import until
from support.dead_disk import stuck

from plantd import bundle as bundles
from plantd import picture
from plantd.answers import Rule
from plantd.camera.scripted import ScriptedCamera
from plantd.config import CameraConfig, Config, RecordConfig, VerdictConfig
from plantd.engine.onnxrt import OnnxRuntimeEngine
from plantd.engine.scripted import ScriptedEngine
from plantd.errors import CameraError
from plantd.pipeline import Clocks, Pipeline, PressSettings, Request, press_settings
from plantd.sinks.press_record import PressRecord
from plantd.sinks.record import Record
from plantd.tensor import resize
from plantd.wire import Moment

MOMENT = Moment("boot", 5.0, "2026-01-01T00:00:00Z", True)
COMMIT_S = 10.0


def settings(burst=1) -> PressSettings:
    return PressSettings(5.0, COMMIT_S, burst)


class Time:
    """A clock that only moves when somebody sleeps."""

    def __init__(self):
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def model(tmp_path):
    return bundles.load(tiny_bundle.make(str(tmp_path / "tiny")))


@pytest.fixture
def record(tmp_path):
    with Record(str(tmp_path / "state"), RecordConfig(), lambda: MOMENT) as opened:
        yield opened


@pytest.fixture
def press_record(record):
    return PressRecord(record, 90)


@pytest.fixture
def camera_of(time):
    def made(colour):
        config = CameraConfig(source="fake://", fps=10, settle_frames=2)
        pictures = (tiny_bundle.flat(colour),)
        return ScriptedCamera(config, None, pictures, time.monotonic, time.sleep)

    return made


@pytest.fixture
def pipeline_of(model, press_record, time):
    def made(camera, engine):
        return Pipeline(
            camera, engine, model, press_record, Clocks(lambda: MOMENT, time.monotonic), settings()
        )

    return made


@pytest.fixture
def press(model, camera_of, pipeline_of, time):
    """Press in front of a colour and return the verdict."""

    def pressed(colour):
        with OnnxRuntimeEngine(model, 1) as engine, camera_of(colour) as camera:
            return pipeline_of(camera, engine).answer(Request("button", time.monotonic()))

    return pressed


@pytest.mark.parametrize(
    ("colour", "answer", "rule", "label"),
    [
        (tiny_bundle.RED, "poisonous", Rule.POISON_HEAD, "hemlock"),
        (tiny_bundle.GREEN, "edible", Rule.EDIBLE, "clover"),
        (tiny_bundle.BLUE, "edible", Rule.EDIBLE, "nettle"),
    ],
)
def test_each_plant_gets_its_answer(press, colour, answer, rule, label):
    verdict = press(colour)
    assert (verdict.decision.answer, verdict.decision.rule) == (answer, rule)
    assert verdict.prediction is not None
    assert verdict.prediction.best.label == label


@pytest.mark.parametrize(
    ("colour", "label"), [(tiny_bundle.RED, "hemlock"), (tiny_bundle.GREEN, "clover")]
)
def test_what_spoke_is_kept_where_the_bundle_shows_it(
    tmp_path, camera_of, press_record, time, colour, label
):
    showing = bundles.load(tiny_bundle.show_activation(tiny_bundle.make(str(tmp_path / "shows"))))
    with OnnxRuntimeEngine(showing, 1) as engine, camera_of(colour) as camera:
        clocks = Clocks(lambda: MOMENT, time.monotonic)
        pipeline = Pipeline(camera, engine, showing, press_record, clocks, settings())
        verdict = pipeline.answer(Request("button", time.monotonic()))
    spoke = pipeline.activation
    assert spoke is not None
    assert (spoke.seq, spoke.label) == (verdict.seq, label)
    assert spoke.values.shape == (32, 32)
    assert spoke.values.mean() > 0
    np.testing.assert_array_equal(
        spoke.resized, resize(tiny_bundle.flat(colour), showing.manifest.input)
    )


def test_without_maps_or_engine_nothing_is_kept(model, camera_of, pipeline_of, time):
    engine = ScriptedEngine(model)
    with engine, camera_of(tiny_bundle.GREEN) as camera:
        pipeline = pipeline_of(camera, engine)
        pipeline.answer(Request("button", time.monotonic()))
        assert pipeline.activation is None
        engine.fault = "the GPU is gone"
        pipeline.answer(Request("button", time.monotonic()))
        assert pipeline.activation is None


def test_what_is_no_plant_is_unsure(press):
    assert press(tiny_bundle.GREY).decision.answer == "unsure"


def test_with_edible_off_a_press_only_warns_and_names(model, camera_of, pipeline_of, time):
    with OnnxRuntimeEngine(model, 1) as engine, camera_of(tiny_bundle.GREEN) as camera:
        pipeline = pipeline_of(camera, engine)
        pipeline.settings = settings()._replace(edible=False)
        verdict = pipeline.answer(Request("button", time.monotonic()))
    assert verdict.decision[:2] == ("unsure", Rule.EDIBLE_OFF)
    assert verdict.sentence.startswith("Looks like clover. This box only warns and names")


def test_the_frame_is_newer_than_the_press(press):
    frame = press(tiny_bundle.GREEN).frame
    assert frame is not None
    assert frame.id == 3
    assert frame.after_press_ms == pytest.approx(300.0)
    assert frame.age_ms == pytest.approx(0.0)


@pytest.fixture
def burst_of(model, press_record, time):
    """Press in front of a camera that shows these pictures in turn; return verdict and camera."""

    def pressed(pictures, burst=3, unplug_after=None, judge=model):
        config = CameraConfig(source="fake://", fps=10, settle_frames=0)
        camera = ScriptedCamera(config, None, pictures, time.monotonic, time.sleep)
        if unplug_after is not None:
            camera = Unplugged(camera, unplug_after)
        with OnnxRuntimeEngine(judge, 1) as engine, camera:
            pipeline = Pipeline(
                camera,
                engine,
                judge,
                press_record,
                Clocks(lambda: MOMENT, time.monotonic),
                settings(burst),
            )
            verdict = pipeline.answer(Request("button", time.monotonic()))
        pressed.spoke = pipeline.activation
        return verdict

    return pressed


class Unplugged:
    """A camera that is unplugged after its first frame of a burst."""

    def __init__(self, camera, frames):
        self._camera = camera
        self._left = frames

    def __enter__(self):
        self._camera.open()
        return self

    def __exit__(self, *error):
        self._camera.close()

    def frame_after(self, mono_s, timeout_s):
        return self._camera.frame_after(mono_s, timeout_s)

    def next_frame(self, frame, timeout_s):
        self._left -= 1
        if self._left <= 0:
            self._camera.unplug()
        return self._camera.next_frame(frame, timeout_s)


def textured(colour, strength):
    """A picture of one colour, on the whole, with stripes: the stronger, the sharper."""
    pixels = tiny_bundle.flat(colour).astype(int)
    pixels[::4] -= strength
    pixels[2::4] += strength
    return np.clip(pixels, 0, 255).astype(np.uint8)


def test_a_press_looks_at_a_burst_and_keeps_the_sharpest_frame(burst_of, record, model):
    shown = tuple(textured(tiny_bundle.GREEN, strength) for strength in (2, 20, 8))
    verdict = burst_of(shown)
    assert verdict.decision.answer == "edible"
    assert (verdict.frame.burst, verdict.frame.id) == (3, 2)
    kept = picture.decode(record.reader.picture(verdict.seq))
    distances = [np.abs(kept.astype(int) - pixels).mean() for pixels in shown]
    assert np.argmin(distances) == 1
    inputs = picture.decode(record.reader.tensor_picture(verdict.seq))
    expected = [resize(pixels, model.manifest.input) for pixels in shown]
    np.testing.assert_array_equal(inputs, np.concatenate(expected))


def test_a_frame_that_looks_like_no_other_is_neither_kept_nor_shown(burst_of, record, tmp_path):
    """Spoilt bytes make broken blocks, which look sharp, and other colours."""
    showing = bundles.load(tiny_bundle.show_activation(tiny_bundle.make(str(tmp_path / "shows"))))
    whole = textured(tiny_bundle.GREEN, 5)
    spoilt = np.where(np.arange(240)[:, None, None] < 120, whole, 255 - textured((90, 90, 90), 90))
    verdict = burst_of((whole, spoilt.astype(np.uint8), whole.copy()), judge=showing)
    assert (verdict.frame.burst, verdict.frame.id) == (3, 1)
    kept = picture.decode(record.reader.picture(verdict.seq))
    assert np.abs(kept.astype(int) - whole).mean() < 3
    seen = resize(whole, showing.manifest.input)
    np.testing.assert_array_equal(burst_of.spoke.resized, seen)
    lower, upper = burst_of.spoke.values[20:].mean(), burst_of.spoke.values[:12].mean()
    assert lower == pytest.approx(upper, abs=1.0)


def test_a_sharp_frame_excuses_no_blurred_one(burst_of, model):
    blurred, sharp = (textured(tiny_bundle.GREEN, strength) for strength in (0, 20))
    least, most = (picture.quality_of(pixels).sharpness for pixels in (blurred, sharp))
    limits = model.manifest.thresholds.quality._replace(sharpness_min=(least + most) / 2)
    thresholds = model.manifest.thresholds._replace(quality=limits)
    demanding = model._replace(manifest=model.manifest._replace(thresholds=thresholds))
    verdict = burst_of((blurred, sharp, blurred), judge=demanding)
    assert (verdict.decision.rule, verdict.decision.picture_faults) == (
        Rule.POOR_PICTURE,
        ("blurred",),
    )
    # The picture that is kept is the sharp one, the figures are those that decided.
    assert (verdict.frame.id, verdict.frame.quality.sharpness) == (2, least)


def test_one_suspicious_frame_of_a_burst_decides(burst_of):
    shown = tuple(tiny_bundle.flat(c) for c in (tiny_bundle.GREEN, tiny_bundle.RED))
    assert burst_of(shown).decision.answer == "poisonous"


def test_frames_that_disagree_about_the_species_are_unsure(burst_of):
    shown = tuple(tiny_bundle.flat(c) for c in (tiny_bundle.GREEN, tiny_bundle.BLUE))
    decision = burst_of(shown).decision
    assert (decision.answer, decision.rule) == ("unsure", Rule.LOW_CONFIDENCE)


def test_a_camera_lost_within_a_burst_still_gets_an_answer(burst_of):
    verdict = burst_of((tiny_bundle.flat(tiny_bundle.GREEN),), unplug_after=1)
    assert verdict.decision.answer == "edible"
    assert verdict.frame.burst == 1


class Told:
    """A camera and an engine that tell each other's order."""

    def __init__(self, part, said, word):
        self._part, self._said, self._word = part, said, word

    def __getattr__(self, name):
        found = getattr(self._part, name)
        if name not in ("frame_after", "next_frame", "infer"):
            return found

        def called(*args):
            self._said.append(self._word)
            return found(*args)

        return called


def burst_before(camera_and_engine, model, press_record, time, burst=3):
    camera, engine = camera_and_engine
    clocks = Clocks(lambda: MOMENT, time.monotonic)
    pipeline = Pipeline(camera, engine, model, press_record, clocks, settings(burst))
    return pipeline.answer(Request("button", time.monotonic()))


def test_each_frame_is_computed_before_the_next_one_is_waited_for(
    model, camera_of, press_record, time
):
    said = []
    with OnnxRuntimeEngine(model, 1) as engine, camera_of(tiny_bundle.GREEN) as camera:
        parts = Told(camera, said, "frame"), Told(engine, said, "infer")
        verdict = burst_before(parts, model, press_record, time)
    assert said == ["frame", "infer"] * 3
    assert [stage for stage, _ in verdict.latency_ms][:3] == ["frame", "tensor", "infer"]


class Fading:
    """A camera whose frames turn black once the next one is asked for and the record is idle."""

    def __init__(self, camera, record):
        self._camera, self._record = camera, record

    def frame_after(self, mono_s, timeout_s):
        return self._bright(self._camera.frame_after(mono_s, timeout_s))

    def next_frame(self, frame, timeout_s):
        assert self._record.flush(20.0)
        frame.pixels[:] = 0
        return self._bright(self._camera.next_frame(frame, timeout_s))

    def _bright(self, frame):
        return frame._replace(pixels=frame.pixels.copy())


def test_the_frame_that_may_be_kept_is_encoded_while_the_next_one_arrives(
    model, camera_of, press_record, record, time
):
    with OnnxRuntimeEngine(model, 1) as engine, camera_of(tiny_bundle.GREEN) as camera:
        parts = Fading(camera, record), engine
        verdict = burst_before(parts, model, press_record, time)
    kept = picture.decode(record.reader.picture(verdict.seq))
    assert np.abs(kept.astype(int) - tiny_bundle.flat(tiny_bundle.GREEN)).mean() < 4


class Remembered:
    """A camera that knows which of its frames are still held by somebody."""

    def __init__(self, camera):
        self._camera, self._given = camera, []

    def frame_after(self, mono_s, timeout_s):
        return self._remember(self._camera.frame_after(mono_s, timeout_s))

    def next_frame(self, frame, timeout_s):
        return self._remember(self._camera.next_frame(frame, timeout_s))

    def _remember(self, frame):
        self._given.append(weakref.ref(frame.pixels))
        return frame

    def held(self):
        return sum(1 for given in self._given if given() is not None)


def test_on_a_dead_disk_a_press_holds_one_picture_of_its_burst(
    model, camera_of, press_record, record, time
):
    answers = stuck(record)
    with OnnxRuntimeEngine(model, 1) as engine, camera_of(tiny_bundle.GREEN) as camera:
        remembered = Remembered(camera)
        clocks = Clocks(lambda: MOMENT, time.monotonic)
        few = settings(burst=5)._replace(commit_timeout_s=0.01)
        pipeline = Pipeline(remembered, engine, model, press_record, clocks, few)
        assert not pipeline.answer(Request("button", time.monotonic())).recorded
        # The thread that measures may hold the last one for a moment.
        until(lambda: remembered.held() == 1, "one picture that is held")
    answers.set()


def test_a_warning_ends_the_burst(burst_of, record, model):
    shown = tuple(tiny_bundle.flat(c) for c in (tiny_bundle.GREEN, tiny_bundle.RED))
    verdict = burst_of(shown, burst=5)
    assert (verdict.decision.answer, verdict.frame.burst) == ("poisonous", 2)
    inputs = picture.decode(record.reader.tensor_picture(verdict.seq))
    assert inputs.shape[0] == 2 * model.manifest.input.height_px


@pytest.mark.parametrize("colour", [tiny_bundle.GREEN, tiny_bundle.GREY])
def test_nothing_but_a_warning_ends_a_burst(burst_of, colour):
    assert burst_of((tiny_bundle.flat(colour),), burst=4).frame.burst == 4


def test_an_engine_that_fails_ends_the_burst(model, camera_of, press_record, time):
    said = []
    with ScriptedEngine(model) as engine, camera_of(tiny_bundle.GREEN) as camera:
        engine.fault = "a broken context"
        parts = camera, Told(engine, said, "infer")
        verdict = burst_before(parts, model, press_record, time)
    assert (verdict.decision.rule, said) == (Rule.ENGINE_FAULT, ["infer"])


def test_stages_are_timed_and_sum_to_the_total(press):
    stages = dict(press(tiny_bundle.GREEN).latency_ms)
    total = stages.pop("total")
    assert list(stages) == ["frame", "tensor", "infer", "decide", "record"]
    assert total == pytest.approx(sum(stages.values()))


def test_the_verdict_is_committed_with_picture_and_network_input(press, record, model):
    verdict = press(tiny_bundle.GREEN)
    assert verdict.recorded
    kept = record.reader.verdict(verdict.seq)
    assert kept["verdict"] == "edible"
    seen = picture.decode(record.reader.picture(verdict.seq))
    assert np.abs(seen.astype(int) - tiny_bundle.flat(tiny_bundle.GREEN)).mean() < 4
    resized = picture.decode(record.reader.tensor_picture(verdict.seq))
    expected = resize(tiny_bundle.flat(tiny_bundle.GREEN), model.manifest.input)
    np.testing.assert_array_equal(resized, expected)


def test_look_alikes_and_caution_come_with_the_answer(press):
    verdict = press(tiny_bundle.GREEN)
    assert verdict.look_alikes == ("poison hemlock",)
    assert verdict.caution == "Look at the stem."
    assert verdict.model == "tiny 1.0.0"
    assert not verdict.calibrated


def test_a_sent_picture_is_answered_like_a_frame(model, camera_of, pipeline_of):
    pixels = tiny_bundle.flat(tiny_bundle.RED)
    with OnnxRuntimeEngine(model, 1) as engine:
        verdict = pipeline_of(camera_of(tiny_bundle.GREY), engine).answer(
            Request("classify", 1000.0, pixels)
        )
    assert verdict.decision.answer == "poisonous"
    assert verdict.frame is not None
    assert verdict.frame.id is None
    assert verdict.latency_ms[0][0] == "decode"


def test_without_a_frame_there_is_no_verdict(model, camera_of, pipeline_of, time):
    camera = camera_of(tiny_bundle.GREEN)
    with OnnxRuntimeEngine(model, 1) as engine, camera:
        camera.unplug()
        with pytest.raises(CameraError, match="unplugged"):
            pipeline_of(camera, engine).answer(Request("button", time.monotonic()))


def test_an_engine_that_fails_is_an_unsure_verdict(model, camera_of, pipeline_of, time, record):
    with ScriptedEngine(model) as engine, camera_of(tiny_bundle.GREEN) as camera:
        engine.fault = "a broken context"
        pipeline = pipeline_of(camera, engine)
        verdict = pipeline.answer(Request("button", time.monotonic()))
    assert verdict.decision == ("unsure", Rule.ENGINE_FAULT, (Rule.ENGINE_FAULT,), ())
    assert verdict.prediction is None
    assert "a broken context" in pipeline.engine_fault
    assert record.reader.verdict(verdict.seq)["reasons"] == ["engine_fault"]


def test_a_dead_disk_still_answers_and_says_so(model, camera_of, time, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with Record(str(tmp_path / "file" / "below"), RecordConfig(), lambda: MOMENT) as dead:
        press_record = PressRecord(dead, 90)
        with OnnxRuntimeEngine(model, 1) as engine, camera_of(tiny_bundle.RED) as camera:
            clocks = Clocks(lambda: MOMENT, time.monotonic)
            pipeline = Pipeline(camera, engine, model, press_record, clocks, settings())
            verdict = pipeline.answer(Request("button", time.monotonic()))
    assert verdict.decision.answer == "poisonous"
    assert not verdict.recorded


def test_the_settings_of_a_press_come_from_the_configuration():
    config = Config(
        camera=CameraConfig(press_timeout_s=3.5, burst=2),
        record=RecordConfig(commit_timeout_ms=400),
        verdict=VerdictConfig(edible=False),
    )
    assert press_settings(config) == PressSettings(3.5, 0.4, 2, edible=False)


def test_the_recorded_text_is_strict_json(press, record):
    verdict = press(tiny_bundle.GREY)
    text = json.dumps(record.reader.verdict(verdict.seq), allow_nan=False)
    assert json.loads(text)["seq"] == verdict.seq
