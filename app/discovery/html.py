"""Pages for people, without a script, a picture or another host: what a refusal means, and the guides of docs/."""

import re
from functools import cache
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from app.problems import CATALOGUE, Problem

_AGAIN = {
    True: "Gửi lại y nguyên có thể được · The same may succeed later",
    False: "Gửi lại y nguyên sẽ bị từ chối như cũ · The same will be refused again",
}
DOCS = Path(__file__).parents[2] / "docs"
_PAGE = """\
<!doctype html>
<html lang="vi">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }}
pre, table {{ overflow-x: auto; display: block }} pre {{ background: #f4f4f4; padding: .7rem }}
td, th {{ border: 1px solid #ccc; padding: .2rem .5rem; text-align: left; vertical-align: top }}
table {{ border-collapse: collapse }}
</style>
<nav><a href="/docs">/docs</a> · <a href="/docs/guides">/docs/guides</a> · <a href="/problems">/problems</a></nav>
{body}
</html>
"""


def problems_page() -> str:
    """Every kind of refusal, by status."""
    rows = "".join(
        f'<tr><td>{problem.status}<td><a href="/problems/{code}">{code}</a>'
        f"<td>{escape(problem.title['vi'])}<br>{escape(problem.title['en'])}"
        for code, problem in sorted(CATALOGUE.items(), key=lambda item: (item[1].status, item[0]))
    )
    return _page("Các loại từ chối · Kinds of refusal", f"<table>{rows}</table>")


def problem_page(problem: type[Problem]) -> str:
    """One kind of refusal: what it means, what to do, whether the same may be sent again."""
    again = _AGAIN[problem.retryable]
    texts = "".join(f'<p lang="{language}">{escape(text)}</p>' for language, text in problem.detail.items())
    about = f"<p><code>{problem.code}</code>, HTTP {problem.status}</p>{texts}<p>{again}.</p>"
    return _page(f"{problem.title['vi']} · {problem.title['en']}", about)


@cache
def guides() -> dict[str, str]:
    """Name → Markdown of every page of docs/; none where the program runs without that folder."""
    found = sorted(DOCS.rglob("*.md"))
    return {path.relative_to(DOCS).as_posix(): path.read_text("utf-8") for path in found}


def guides_page() -> str:
    """The guides by name."""
    rows = (f'<li><a href="/docs/guides/{name}">{escape(_title(text))}</a>' for name, text in guides().items())
    return _page("Hướng dẫn · Guides", f"<ul>{''.join(rows)}</ul>")


@cache
def guide_page(name: str) -> str:
    """One guide as a page. KeyError for a name that is none of them."""
    text = guides()[name]
    # Without HTML of its own: what a guide shows as text stays text.
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return _PAGE.format(title=escape(_title(text)), body=body)


def _title(markdown: str) -> str:
    found = re.match(r"# (.+)", markdown)
    return found[1] if found else "…"


def _page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=f"<h1>{escape(title)}</h1>{body}")
