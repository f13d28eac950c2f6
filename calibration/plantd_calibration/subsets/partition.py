"""Which photographs serve what.

How this works. Training was fitted to train and chosen on val.

    quality limits      edible plants of val, some worsened on purpose, and of the fitting ones
    temperatures        the fitting photographs (species: the edible ones only)
    shape of the rule   edible plants of val, and the tuning halves of unknown plants and non-plants
    guarantee           the poisonous fitting photographs: out of fold, or one half of test
    what is reported    test (or its other half), and the other halves of the strangers

With predictions of networks that did not see them, train and val together are the fitting
photographs and stand for val too; the shipped network, trained on all of them, is asked about the
strangers and test. Its temperatures come from the predictions: no photograph is left that it did
not see and that is not for the report.

With strangers that it learned from as background, the halves give way to

    shape of the rule   the learned ones, each read by a network that knew none of its kin
    what is reported    those that were kept apart, read by the shipped network
    for comparison      unknown plants and non-plants, whole

The poisonous fitting photographs choose nothing; see `fitting`.

What the shipped network reads itself it must not have learned from, as far as its bundle says.
"""

from typing import List, NamedTuple, Sequence, Tuple

from plantd.bundle import Bundle
from plantd.errors import BundleError, UsageError
from plantd_calibration.data.inference import CachedInference
from plantd_calibration.data.photos import Photo, halves, in_split
from plantd_calibration.subsets import learned_photos, out_of_fold, strange_parts
from plantd_calibration.subsets.request import OUT_OF_FOLD, Material, Request
from plantd_calibration.subsets.subset import Part, part_of


class Partition(NamedTuple):
    """Every part of the material; `fitting` is what the guarantee rests on.

    Attributes:
        compared: unknown plants and non-plants for comparison, where strangers are in their place.
        caution: about photographs that the network learned from and reads itself; empty without.
    """

    val: Part
    fitting: Part
    report: Part
    tune_unknown: Part
    tune_negative: Part
    unknown: Part
    negative: Part
    compared: Tuple[Part, ...] = ()
    caution: str = ""


def parts_of(
    bundle: Bundle, material: Material, request: Request, observer: CachedInference
) -> Tuple[Partition, Tuple[str, str]]:
    """Return the parts, and the names of the fitting and the report photographs in words.

    Raises BundleError where the network learned from what it reads, unless that may flatter.
    """
    parts, names = _divided(bundle, material, request, observer)
    read = _read_itself(parts, names, request, bool(material.strangers))
    caution = learned_photos.caution(bundle.manifest, read)
    if caution and not request.may_flatter:
        raise BundleError(
            "{}; leave them out of the photographs, or look at the figures by plantd-calibrate "
            "report, which marks them and leaves the bundle as it is".format(caution)
        )
    return parts._replace(caution=caution), names


def _read_itself(
    parts: Partition, names: Tuple[str, str], request: Request, strangers: bool
) -> List[Tuple[str, Sequence[Photo]]]:
    """Return the photographs that the shipped network reads, not others in its place, by name."""
    read = [
        (names[1], parts.report),
        ("unknown plants", parts.unknown),
        ("no plants", parts.negative),
        *(("strangers for comparison", part) for part in parts.compared),
    ]
    if request.predictions is None:
        read.append(("val", parts.val))
        if request.fit_on != OUT_OF_FOLD:
            read.append((names[0], parts.fitting))
    if not strangers:
        read += [
            ("unknown plants, for the thresholds", parts.tune_unknown),
            ("no plants, for the thresholds", parts.tune_negative),
        ]
    return [(name, part.photos) for name, part in read]


def _divided(
    bundle: Bundle, material: Material, request: Request, observer: CachedInference
) -> Tuple[Partition, Tuple[str, str]]:
    val, fit, report, names = _known(bundle, material, request, observer)
    if material.strangers:
        strange = strange_parts.of_strangers(bundle, material.strangers, request, observer)
        compared = tuple(
            part_of(bundle, photos, observer)
            for photos in (material.unknown, material.negative)
            if photos
        )
        return Partition(val, fit, report, *strange, compared), names
    if not material.unknown or not material.negative:
        raise UsageError(
            "nothing shows what the bundle must not call edible; give --strangers, or --unknown "
            "and --negatives"
        )
    unknown, negative = (
        [part_of(bundle, photos, observer) for photos in halves(folder, request.seed)]
        for folder in (material.unknown, material.negative)
    )
    return Partition(val, fit, report, unknown[0], negative[0], unknown[1], negative[1]), names


def _known(
    bundle: Bundle, material: Material, request: Request, observer: CachedInference
) -> Tuple[Part, Part, Part, Tuple[str, str]]:
    """Return val, the fitting and the report photographs, and the names of the last two."""
    train, val, test = (in_split(material.labelled, name) for name in ("train", "val", "test"))
    given = request.predictions
    if given is not None:
        fit = out_of_fold.part_held_out(bundle, train + val, given, request.data, observer)
        report = part_of(bundle, test, observer)
        out_of_fold.check_unseen(fit, report)
        return fit, fit, report, (out_of_fold.in_words(given), "test")
    seen = part_of(bundle, val, observer)
    if request.fit_on == OUT_OF_FOLD:
        fit, folds = out_of_fold.refitted(bundle, train, seen, observer)
        name = "{} folds over train, heads fitted again without them".format(folds)
        return seen, fit, part_of(bundle, test, observer), (name, "test")
    fit, report = (part_of(bundle, one, observer) for one in halves(test, request.seed))
    return seen, fit, report, ("one half of test", "the other half of test")
