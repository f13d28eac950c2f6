"""How a trial goes, of a model or of a version of plantd's package, in one sentence. Pure."""

from typing import Any, Mapping

PASSED, BACK, STUCK, UNTRIED = "passed", "back", "stuck", "untried"
ENDS = ("", PASSED, BACK, STUCK, UNTRIED)
"""How one may have ended; empty while it goes on."""

_SENTENCES = {
    "": "{new} is on trial: {answered} of {presses} presses answered, {failed} failed; "
    "else back to {before}",
    PASSED: "{new} has passed its trial",
    BACK: "{new} was on trial and went back by itself to {before}: {reason}",
    STUCK: "{new} failed its trial and could not go back to {before}: {reason}; "
    "the next boot tries again",
    UNTRIED: "{new} has no trial: {reason}",
}


def trial_sentence(new: str, before: str, trial: Mapping[str, Any]) -> str:
    """Return it.

    Args:
        new, before: what is on trial, and what would come back, as people are told of them.
        trial: as the status has it: presses, answered, failed, ended and reason.
    """
    told = _SENTENCES.get(str(trial.get("ended") or ""), _SENTENCES[BACK])
    keys = ("answered", "presses", "failed", "reason")
    return told.format(new=new, before=before, **{key: trial.get(key) for key in keys})
