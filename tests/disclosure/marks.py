"""Canaries: unique words planted in texts, and the finding of them again, however they are disguised.

A canary is an ASCII mark within a Vietnamese text: folding, decomposing, cutting or percent-encoding leaves the mark
whole. Where no letters fit (a date), a day that nothing else uses stands in. Digests are known by being computed.
"""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import unquote

from app.vault import fold

MARK = re.compile(r"zq[0-9a-f]{12}")
_DAY = re.compile(r"(?<!\d)19[0-6]\d-\d\d-\d\d(?!\d)")
_FIRST_DAY = date(1901, 1, 1)
_HEX = re.compile(r"7a71(?:3\d|6[1-6]){12}")
_BASE64 = re.compile(r"(?=(?P<first>en[EF])|(?P<second>[3HXn]px[MNOYZ])|(?P<third>[159BFJNRVZdhlptx]6c[TW]))")
_DIGESTS = (re.compile(r"[0-9a-f]{32,}"), re.compile(r"[A-Za-z0-9+/_-]{22,}"))
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_HASHES = (hashlib.md5, hashlib.sha1, hashlib.sha256)


def nth_day(n: int) -> str:
    """A day of the first half of the last century: a date of birth that no other date of the tests can be."""
    return (_FIRST_DAY + timedelta(days=n)).isoformat()


class Finder:
    """Knows every canary planted: `plant` a text or a day, `found` in whatever was let out."""

    def __init__(self) -> None:
        self.planted: set[str] = set()
        self._digests: dict[str, str] = {}

    def plant(self, text: str) -> str:
        """The mark of this text, known from now on in clear and by its digests."""
        match = MARK.search(text) or _DAY.search(text)
        assert match, text
        self.planted.add(match[0])
        for form in _forms(text, match[0]):
            for digest in _digests(form):
                self._digests[digest] = match[0]
        return match[0]

    def found(self, *outputs: str | bytes) -> set[str]:
        """The marks of all canaries in these outputs, in clear or in any disguise."""
        return {mark for output in outputs for mark in self._found(output)} & self.planted

    def _found(self, output: str | bytes) -> Iterator[str]:
        text = output if isinstance(output, str) else output.decode("utf-8", "ignore")
        folded = text.casefold()
        yield from MARK.findall(folded)
        yield from _DAY.findall(text)
        yield from MARK.findall(folded[::-1])
        if "%" in text or "\\u" in text:
            yield from MARK.findall(_unescaped(text).casefold())
        if "\n" in text:  # a printed line may break within the word
            yield from MARK.findall(re.sub(r"\s", "", folded))
        yield from (bytes.fromhex(run).decode() for run in _HEX.findall(folded))
        yield from _in_base64(text)
        hexadecimal, tokens = _DIGESTS
        for token in (*hexadecimal.findall(folded), *tokens.findall(text)):
            if token in self._digests:
                yield self._digests[token]


def _unescaped(text: str) -> str:
    """Percent-encoding and JSON escapes undone."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), unquote(text))


def _in_base64(text: str) -> Iterator[str]:
    """Marks in base64 of either alphabet: their first letters look one way at each of the three alignments."""
    for start in _BASE64.finditer(text):
        at = start.start() - {"first": 0, "second": 1, "third": 2}[str(start.lastgroup)]
        run = re.sub(r"[^A-Za-z0-9+/_-].*", "", text[max(at, 0) : at + 24], flags=re.S)
        part = run[: len(run) - (len(run) % 4 == 1)].replace("-", "+").replace("_", "/")
        yield from MARK.findall(base64.b64decode(part + "=" * (-len(part) % 4)).decode("latin-1"))


def _forms(text: str, mark: str) -> set[str]:
    """What somebody might have digested: the text, its folds and cases, its letters and digits alone, the mark."""
    folded = fold(text)
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).upper()))
    decomposed = unicodedata.normalize("NFD", text)
    return {text, decomposed, folded, " ".join(sorted(folded.split())), text.lower(), text.upper(), letters, mark}


def _digests(form: str) -> Iterator[str]:
    for algorithm in _HASHES:
        raw = algorithm(form.encode()).digest()
        yield raw.hex()
        yield base64.b64encode(raw).decode().rstrip("=")
        yield base64.urlsafe_b64encode(raw).decode().rstrip("=")
