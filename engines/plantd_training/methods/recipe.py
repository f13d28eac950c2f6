"""What a bundle is made from: the trunk, the method with its settings, and what it is called."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from plantd.errors import UsageError
from plantd_calibration.data.stranger_photos import Division
from plantd_training import trunks
from plantd_training.data.augment import Strengths


class Preprocessing(NamedTuple):
    """One way of bringing a photograph to size."""

    rule: str
    interpolation: str


CROPPED = Preprocessing("center_crop", "area")


class TestTimeAugmentation(NamedTuple):
    """The network answers two views of each picture: see network.with_test_time_augmentation."""

    side_px: int
    crop_px: int


class LinearProbe(NamedTuple):
    """How heads are fitted on a trunk that stays as it is.

    Attributes:
        preprocessings: each is tried; the one with the lowest species loss on val is taken.
        inverse_penalties: each is tried for each head, likewise.
    """

    preprocessings: Tuple[Preprocessing, ...]
    inverse_penalties: Tuple[float, ...]


class PartialFinetune(NamedTuple):
    """How the upper part is trained.

    Attributes:
        views: how many varied views of each photograph there are; epochs take them in turn,
            after the photograph as it is.
        rate: largest learning rate of AdamW, after a warm-up of one epoch; it falls as a cosine.
        decay: weight decay.
        smoothing: of the species labels.
        mixing: alpha of the Beta distribution by which pairs are mixed; 0 for none.
        dropout: before the heads.
        poison_share: weight of the poison head's loss beside the species head's.
        average: momentum of the average of the weights.
        seed: of everything drawn at random.
        inverse_penalties: of the linear probes that the heads start from; each is tried on val.
    """

    views: int
    epochs: int
    batch: int
    rate: float
    decay: float
    smoothing: float
    mixing: float
    dropout: float
    poison_share: float
    average: float
    seed: int
    preprocessing: Preprocessing = CROPPED
    inverse_penalties: Tuple[float, ...] = (0.01,)


class Finetune(NamedTuple):
    """How a whole network is trained, once a fold and once on all photographs.

    Attributes:
        canvas_px: side at which photographs are kept; views of `Recipe.side_px` are cut from them.
        answer_px: side at which the network is asked, without `test_time_augmentation`.
        rate: largest learning rate of AdamW, after `warmup` epochs; it falls as a cosine to almost
            nothing at `epochs`.
        averaged: epochs after the cosine, at the largest rate. The mean of the weights that they
            end with ships: it lies nearer the middle of what fits than any of them.
        decay: weight decay.
        smoothing: of the species labels.
        dropout: before the heads.
        poison_share: weight of the poison head's loss beside the species head's.
        batch_norm: whether batch norm learns too, or stays as ImageNet left it.
        depthwise: whether depthwise convolutions learn, or stay as ImageNet left them. They are few
            numbers, and on a processor most of the time backwards is theirs.
        frozen_stride: the trunk stays as ImageNet left it up to its last block at this stride; 0
            trains all of it. What is large and sees edges only need not be computed backwards.
        folds: photographs of train and val are read by a network that did not see them.
        seed: of everything drawn at random.
        inverse_penalty: of the linear probes that the heads start from.
    """

    canvas_px: int
    answer_px: int
    epochs: int
    averaged: int
    warmup: int
    batch: int
    rate: float
    decay: float
    smoothing: float
    dropout: float
    poison_share: float
    batch_norm: bool
    depthwise: bool
    frozen_stride: int
    folds: int
    seed: int
    preprocessing: Preprocessing = CROPPED
    inverse_penalty: float = 0.01


Settings = Union[LinearProbe, PartialFinetune, Finetune]
FINETUNE = "finetune"
METHODS: Dict[str, Any] = {
    "linear_probe": LinearProbe,
    "partial_finetune": PartialFinetune,
    FINETUNE: Finetune,
}


class Recipe(NamedTuple):
    """The trunk, how it is trained, and what the bundle is called.

    Attributes:
        weights: of the trunk before the first step.
        method: a name of METHODS; `settings` is its section.
        augment: how the views that are learned from are varied.
        test_time_augmentation: None answers one view, at the side it was trained at.
        also: further recipes with the method finetune (files beside this one), whose
            networks answer together with this one's: their logits are averaged.
        strangers: file beside the recipe: which strangers are learned from as labels of their own,
            and which are kept apart. Without it the network knows nothing but its plants.
        division: what that file says.
    """

    name: str
    version: str
    created: str
    trunk: str
    side_px: int
    method: str
    settings: Settings
    weights: str = trunks.IMAGENET
    augment: Strengths = ()
    test_time_augmentation: Optional[TestTimeAugmentation] = None
    also: Tuple[Any, ...] = ()
    strangers: str = ""
    division: Optional[Division] = None

    @property
    def networks(self) -> Tuple["Recipe", ...]:
        """The recipes whose networks answer together."""
        return (self, *self.also)

    @property
    def trunk_told(self) -> str:
        """The trunk and what it begins with, as a card says it."""
        begun = "ImageNet" if self.weights == trunks.IMAGENET else self.weights
        return "EfficientNet-{}, from {} weights".format(self.trunk.capitalize(), begun)


def finetune_of(recipe: Recipe) -> Finetune:
    """Return the settings of a recipe with the method finetune; raise UsageError for others."""
    if not isinstance(recipe.settings, Finetune):
        raise UsageError(
            "recipe {} {} has the method {}; expected {}: networks trained fold by fold. "
            "plantd-train bundle trains the others".format(
                recipe.name, recipe.version, recipe.method, FINETUNE
            )
        )
    return recipe.settings


def asked_px(recipe: Recipe) -> int:
    """Return the side of the input of a network that was trained whole."""
    twice = recipe.test_time_augmentation
    return twice.side_px if twice else finetune_of(recipe).answer_px


def test_time_told(recipe: Recipe) -> List[str]:
    """Return what a card says about test-time augmentation; nothing where there is none."""
    if recipe.test_time_augmentation is None:
        return []
    return [
        "test-time augmentation: answers all of each picture, mirrored, and its middle of {} px; "
        "the logits are averaged".format(recipe.test_time_augmentation.crop_px)
    ]
