"""Trains a recipe's network in bfloat16 on a processor, several times as fast as in float32.

How this works: the same recipe as `finetune`, for what it allows: an EfficientNet-Lite whose batch
norm and depthwise convolutions stay as they are. Pictures are varied in one step: flip, shift, zoom
and turn are one sampling of the kept photograph, light, contrast and saturation follow, pairs are
mixed. One process uses one core: several folds are trained side by side, with --only.
"""

import logging
import math
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from plantd.errors import UsageError
from plantd.tensor import InputSpec
from plantd_calibration.data.whole_files import replacing
from plantd_training import trunks
from plantd_training.data.augment import Strengths
from plantd_training.data.photos import POISON_LABELS
from plantd_training.methods.examples import Examples
from plantd_training.methods.recipe import Finetune
from plantd_training.networks.folded_lite import FoldedLite, library
from plantd_training.networks.network import POISON_OUTPUT, SPECIES_OUTPUT
from plantd_training.networks.probe import Probe
from plantd_training.trunks import lite

logger = logging.getLogger(__name__)

HEADS = (POISON_OUTPUT, SPECIES_OUTPUT)
KNOWN = ("flip", "crop", "rotation", "colour", "mixup")
GREY = (0.299, 0.587, 0.114)
CLIP = 5.0
LEAST_RATE = 0.001
CHECKPOINT = "state.pt"


def check(trunk: str, strengths: Strengths, plan: Finetune) -> None:
    """Raise UsageError for a recipe that cannot be trained so."""
    odd = [name for name, _ in strengths if name not in KNOWN]
    problems = ["varies pictures by {}".format(", ".join(odd))] if odd else []
    if trunk not in lite.VARIANTS:
        problems.append("has the trunk {}".format(trunk))
    if plan.batch_norm or plan.depthwise:
        problems.append("lets batch norm or depthwise convolutions learn")
    if problems:
        raise UsageError(
            "the recipe {}; bfloat16 trains it only without: use --trainer keras".format(
                ", ".join(problems)
            )
        )


def train(
    trunk: str,
    spec: InputSpec,
    strengths: Strengths,
    plan: Finetune,
    examples: Examples,
    folder: Path,
    first: Probe,
) -> Dict[str, List[np.ndarray]]:
    """Train to the last epoch, from where `folder` stands; return what learned, by layer.

    Where the recipe averages epochs it is the mean of the weights that those ended with.

    Args:
        first: the heads to begin with.
    """
    torch = library()
    torch.set_num_threads(1)
    net = _network(trunk, plan, first)
    parameters = list(net.parameters.values())
    decaying = [p for name, p in net.parameters.items() if not name.endswith("/bias")]
    rest = [p for name, p in net.parameters.items() if name.endswith("/bias")]
    groups = [{"params": decaying}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, weight_decay=plan.decay, eps=1e-7)
    folder.mkdir(parents=True, exist_ok=True)
    mean = {name: torch.zeros_like(values.data) for name, values in net.parameters.items()}
    begun = _resume(torch, folder / CHECKPOINT, net, optimizer, mean)
    steps = len(examples.labels) // plan.batch
    loss_of, epochs = _Loss(torch, plan, examples.labels), plan.epochs + plan.averaged
    if begun:
        logger.info("%s: goes on after epoch %d", folder.name, begun)
    for epoch in range(begun, epochs):
        torch.manual_seed(plan.seed + epoch)
        random = np.random.default_rng((plan.seed, epoch))
        order, total = random.permutation(len(examples.labels)), 0.0
        for step in range(steps):
            # Sorted: neighbours lie beside one another where the pixels are kept in a file.
            places = np.sort(order[step * plan.batch : (step + 1) * plan.batch])
            drawn = _drawn(torch, examples.chosen(places), spec, dict(strengths), random)
            pictures, labels = drawn
            loss = loss_of(net.answers(net.features(pictures), plan.dropout), labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            for parameter in parameters:
                torch.nn.utils.clip_grad_norm_([parameter], CLIP)
            for group in optimizer.param_groups:
                group["lr"] = rate(plan, epoch * steps + step, steps)
            optimizer.step()
            total += float(loss.detach())
        told = (folder.name, epoch + 1, epochs, total / steps)
        logger.info("%s: epoch %d of %d, loss %.4f", *told)
        _take_in(mean, net, epoch - plan.epochs)
        _keep(torch, folder / CHECKPOINT, net, optimizer, mean, epoch + 1)
    if plan.averaged:
        _set(net, mean)
    return net.learned()


def rate(plan: Finetune, step: int, steps: int) -> float:
    """Return the rate of a step, as finetune has it.

    A warm-up, then a cosine to almost nothing; averaged epochs warm up again, to the largest rate.
    """
    warm, last = steps * plan.warmup, steps * plan.epochs
    if step >= last:
        return plan.rate * min((step - last + 1) / max(warm, 1), 1.0)
    if step < warm:
        return plan.rate * (step + 1) / warm
    done = (step - warm) / max(last - warm, 1)
    return plan.rate * (LEAST_RATE + (1 - LEAST_RATE) * 0.5 * (1 + math.cos(math.pi * done)))


def _network(trunk: str, plan: Finetune, first: Probe) -> FoldedLite:
    body = trunks.build(trunk, None)
    weights = {layer.name: layer.get_weights() for layer in body.layers if layer.weights}
    for name, linear in zip(HEADS, (first.poison, first.species)):
        weights[name] = [np.float32(linear.kernel), np.float32(linear.bias)]
    frozen = trunks.names_below(trunk, plan.frozen_stride) if plan.frozen_stride else set()
    return FoldedLite(lite.blocks(lite.VARIANTS[trunk]), weights, frozen, HEADS)


class _Loss:
    """The loss of both heads, as finetune has it."""

    def __init__(self, torch: Any, plan: Finetune, labels: np.ndarray) -> None:
        counts = labels[:, : len(POISON_LABELS)].sum(axis=0)
        self._balance = torch.tensor(counts.sum() / (2.0 * np.maximum(counts, 1.0)))
        self._plan, self._species = plan, labels.shape[1] - len(POISON_LABELS)

    def __call__(self, answers: Sequence[Any], labels: Any) -> Any:
        poison, species = answers
        told, named = labels.split([len(POISON_LABELS), self._species], dim=1)
        smooth = named * (1.0 - self._plan.smoothing) + self._plan.smoothing / self._species
        of_species = -(smooth * species.log_softmax(1)).sum(1)
        of_poison = -(told * self._balance * poison.log_softmax(1)).sum(1)
        return (of_species + self._plan.poison_share * of_poison).mean()


def _drawn(
    torch: Any, shown: Examples, spec: InputSpec, by: Dict[str, float], random: Any
) -> Tuple[Any, Any]:
    """Return pictures (n, 3, side, side), varied, mixed and normalised, and their labels."""
    x = torch.from_numpy(np.ascontiguousarray(shown.read())).permute(0, 3, 1, 2).float()
    labels = torch.from_numpy(np.asarray(shown.labels, np.float32))
    x = _coloured(torch, _moved(torch, x, spec.width_px, by, random), by, random)
    if "mixup" in by:
        share, other = float(random.beta(by["mixup"], by["mixup"])), random.permutation(len(x))
        x, labels = torch.lerp(x[other], x, share), torch.lerp(labels[other], labels, share)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (spec.mean, spec.std))
    return x.mul_(spec.scale).sub_(mean).div_(std), labels


def _moved(torch: Any, x: Any, side_px: int, by: Dict[str, float], random: Any) -> Any:
    """Flip, turn, shift and zoom in one sampling; what lies outside is mirrored."""
    n, crop, turn = len(x), by.get("crop", 0.0), by.get("rotation", 0.0)
    zoom, angle = random.uniform(1 - crop, 1, n), np.deg2rad(random.uniform(-turn, turn, n))
    side = np.where(random.random(n) < (0.5 if "flip" in by else 0.0), -1.0, 1.0)
    right, down = random.uniform(-crop, crop, (2, n))
    cosine, sine = zoom * np.cos(angle), zoom * np.sin(angle)
    rows = [[cosine * side, -sine, right], [sine * side, cosine, down]]
    places = torch.tensor(np.moveaxis(np.asarray(rows), 2, 0), dtype=torch.float32)
    grid = torch.nn.functional.affine_grid(places, (n, 3, side_px, side_px), align_corners=False)
    return torch.nn.functional.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def _coloured(torch: Any, x: Any, by: Dict[str, float], random: Any) -> Any:
    """Vary light, contrast and saturation."""
    if "colour" not in by:
        return x.clamp(0.0, 255.0)
    share, n = by["colour"], len(x)
    draws = random.uniform(-share, share, (2, n)).astype(np.float32)
    light, contrast = (torch.from_numpy(draw).view(-1, 1, 1, 1) for draw in draws)
    x = x.add_(255.0 * light).clamp_(0.0, 255.0)
    middle = x.mean((1, 2, 3), keepdim=True)
    x = torch.lerp(middle, x, 1 + contrast).clamp_(0.0, 255.0)
    grey = torch.einsum("nchw,c->nhw", x, torch.tensor(GREY)).unsqueeze(1)
    drawn = random.uniform(1 - 1.6 * share, 1 + 2 * share, n).astype(np.float32)
    saturation = torch.from_numpy(drawn).view(-1, 1, 1, 1)
    return torch.lerp(grey, x, saturation).clamp_(0.0, 255.0)


def _take_in(mean: Dict[str, Any], net: FoldedLite, before: int) -> None:
    """Take weights into the mean of those `before` them; below none they are not averaged yet."""
    for name, averaged in mean.items() if before >= 0 else ():
        averaged += (net.parameters[name].data - averaged) / (before + 1)


def _set(net: FoldedLite, values: Dict[str, Any]) -> None:
    for name, parameter in net.parameters.items():
        parameter.data.copy_(values[name])


def _keep(
    torch: Any, path: Path, net: FoldedLite, optimizer: Any, mean: Dict[str, Any], epoch: int
) -> None:
    state = {name: parameter.detach() for name, parameter in net.parameters.items()}
    told = {"parameters": state, "optimizer": optimizer.state_dict(), "mean": mean, "epoch": epoch}
    with replacing(path) as unfinished:
        torch.save(told, str(unfinished))


def _resume(torch: Any, path: Path, net: FoldedLite, optimizer: Any, mean: Dict[str, Any]) -> int:
    """Set all to where a training stood; return how many epochs it had ended."""
    if not path.exists():
        return 0
    told = torch.load(str(path), weights_only=True)
    _set(net, told["parameters"])
    mean.update(told["mean"])
    optimizer.load_state_dict(told["optimizer"])
    return int(told["epoch"])
