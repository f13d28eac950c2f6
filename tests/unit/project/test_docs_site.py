"""The documentation site: its menu has every document, and what a page loads is watched."""

from pathlib import Path
from typing import Any, List

import docs_site
import pytest


def leaves(menu: Any) -> List[str]:
    """Return the paths in a menu."""
    if isinstance(menu, dict):
        return [path for entry in menu.values() for path in leaves(entry)]
    return [path for entry in menu for path in leaves(entry)] if isinstance(menu, list) else [menu]


def test_every_document_is_in_the_menu_once() -> None:
    paths = docs_site.documents()
    assert sorted(leaves(docs_site.navigation(paths))) == paths


def test_what_a_document_links_to_goes_along() -> None:
    assert "docs/page-phone.png" in list(docs_site.linked_files("README.md"))
    assert "docs/wiring.svg" in list(docs_site.linked_files("docs/wiring.md"))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.html", '<script src="https://cdn.example.org/x.js"></script>', "from elsewhere"),
        ("a.html", '<link rel="stylesheet" href="//fonts.example.org/x">', "from elsewhere"),
        ("sub/a.html", '<img src="gone.png">', "which is not there"),
        ("a.html", "<p>for these:\n- one", "no list and no code: - one"),
        ("a.css", "@font-face { src: url('https://fonts.example.org/x') }", "from elsewhere"),
        ("a.css", '@import "//fonts.example.org/x";', "from elsewhere"),
    ],
)
def test_what_a_page_must_not_load_is_found(
    name: str, text: str, told: str, tmp_path: Path
) -> None:
    page = tmp_path / name
    page.parent.mkdir(exist_ok=True)
    page.write_text(text)
    (found,) = docs_site.faults(tmp_path)
    assert found.startswith(name)
    assert found.endswith(told)


def test_what_a_page_may_load_or_point_to_passes(tmp_path: Path) -> None:
    (tmp_path / "own.css").write_text("a { background: url(data:image/png;base64,x) }")
    (tmp_path / "a.html").write_text(
        '<link rel="stylesheet" href="own.css?x=1"><img src="data:image/gif;base64,x">'
        "<pre>\n- one\n</pre>"
        '<a href="https://example.org/">there</a><link rel="canonical" href="https://example.org">'
    )
    assert list(docs_site.faults(tmp_path)) == []
