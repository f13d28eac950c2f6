"""Writes docs/metrics.md from the figures themselves. Called by make metrics-reference."""

import os
import sys

from plantd import exposition

PATH = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs", "metrics.md"
)
HEAD = """\
# Metrics

`GET /metrics` answers in Prometheus' text format, on the socket and on the page.
`plantd-cli metrics` prints the same. What is not known on a device has no series. Written by
`make metrics-reference`; `monitoring/` has alerts and a dashboard.

```
curl --unix-socket /run/plantd/plantd.sock http://plantd/metrics
```

| name | type | is |
|---|---|---|
"""


def reference() -> str:
    """Return the page."""
    rows = []
    for figure in exposition.figures({}, ()):
        name = figure.name + ("_total" if figure.kind == exposition.COUNTER else "")
        rows.append("| `{}` | {} | {} |".format(name, figure.kind, figure.help))
    return HEAD + "\n".join(rows) + "\n"


def main() -> int:
    """Write the page."""
    with open(PATH, "w", encoding="utf-8") as target:
        target.write(reference())
    return 0


if __name__ == "__main__":
    sys.exit(main())
