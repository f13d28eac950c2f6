"""plantd-cli review: walks a person through the recorded pictures, and keeps what they say.

How this works: the service keeps it, so that the record has one writer. The verdicts come one at a
time, the newest first; a skipped one comes again with the next review, and what was said already
only with --again. A later label counts for an earlier one, and the verdict stays what it was.
"""

import argparse
import sys
from typing import Any, Dict, Iterator, List

from plantd.api.client import Client
from plantd.cli import wording
from plantd.cli.typed_labels import label_from_text, lines_of, names_from_model
from plantd.cli.verdict_lines import verdict_lines
from plantd.errors import EX_OK, NotFoundError, UsageError
from plantd.system.terminal import Terminal, wrapped

Json = Dict[str, Any]

OFFERED = 5
SKIP, QUIT, HELP = ("", "s", "skip"), ("q", "quit"), ("?", "help")


def walk(asked: argparse.Namespace, client: Client, terminal: Terminal) -> int:
    """Ask about each verdict until nobody answers any more, or keep the one label given."""
    names = names_from_model(client.get("/v1/hello").get("model") or {})
    if asked.label is not None:
        _keep(asked, client, terminal, names, asked.seq, label_from_text(asked.label, names))
        return EX_OK
    seen = 0
    for verdict in _waiting(asked, client):
        seen += 1
        if not asked.json:
            terminal.lines([*verdict_lines(verdict, terminal.coloured), *_more_lines(verdict)])
        if not _ask(asked, client, terminal, names, verdict):
            return EX_OK
    if not seen and not asked.json:
        terminal.line("nothing waits for a label; --again shows what has one")
    return EX_OK


def _waiting(asked: argparse.Namespace, client: Client) -> Iterator[Json]:
    """Yield the verdicts to be reviewed. Raises NotFoundError for one that cannot be."""
    if asked.seq is not None:
        found = _reviewable(client, asked.seq + 1, True)
        if not found or found[0]["seq"] != asked.seq:
            client.get("/v1/verdicts/{}".format(asked.seq))
            raise NotFoundError("the picture of verdict {} is not kept".format(asked.seq))
        yield found[0]
        return
    before = asked.before
    while True:
        found = _reviewable(client, before, asked.again)
        if not found:
            return
        yield found[0]
        before = found[0]["seq"]


def _reviewable(client: Client, before: Any, again: bool) -> List[Json]:
    begin = {} if before is None else {"before": before}
    found = client.get("/v1/review", limit=1, again=int(again), **begin)["verdicts"]
    return list(found)


def _ask(
    asked: argparse.Namespace,
    client: Client,
    terminal: Terminal,
    names: Dict[str, str],
    verdict: Json,
) -> bool:
    """Take what a person types about one verdict; return whether they go on."""
    offered = _offered(verdict, names)
    if not asked.json:
        terminal.lines(_offer_lines(offered, names))
    while True:
        typed = sys.stdin.readline()
        if not typed or typed.strip().lower() in QUIT:
            return False
        if typed.strip().lower() in SKIP:
            return True
        if typed.strip().lower() in HELP:
            terminal.lines(lines_of(names))
            continue
        try:
            label = label_from_text(typed.strip(), names, offered)
        except UsageError as error:
            terminal.complain(str(error))
            continue
        _keep(asked, client, terminal, names, int(verdict["seq"]), label)
        return True


def _keep(
    asked: argparse.Namespace,
    client: Client,
    terminal: Terminal,
    names: Dict[str, str],
    seq: int,
    label: str,
) -> None:
    kept = client.post("/v1/verdicts/{}/label".format(seq), {"label": label})["label"]
    if asked.json:
        terminal.json({"seq": seq, "label": kept})
    else:
        terminal.line("#{} is kept as {}".format(seq, names[label]))


def _offered(verdict: Json, names: Dict[str, str]) -> List[str]:
    """Return the labels of the plants that the answer names, as far as the model still has them."""
    found = [str(entry.get("label")) for entry in wording.species_of(verdict)[:OFFERED]]
    return [label for label in found if label in names]


def _more_lines(verdict: Json) -> List[str]:
    picture = str(verdict.get("picture_path"))
    told = wording.labelled(verdict)
    return [*wrapped("  picture", picture, 14), *(wrapped("  label", told, 14) if told else ())]


def _offer_lines(offered: List[str], names: Dict[str, str]) -> List[str]:
    plants = ["{} {}".format(place, names[label]) for place, label in enumerate(offered, 1)]
    fixed = ["p another plant", "n no plant", "Enter skip", "? all plants", "q quit"]
    return list(wrapped("  it shows", "   ".join([*plants, *fixed]), 14))
