"""Bars as SVG: groups of labelled bars, each of one or several parts end to end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT, _LEFT, _SCALE = 900, 16, 330, 480


@dataclass(frozen=True)
class Bar:
    """`parts` by the key that gives their colour; `told` is written at the end, `label` before."""

    label: str
    parts: Mapping[str, float]
    told: str


@dataclass(frozen=True)
class Group:
    title: str
    bars: Sequence[Bar]

    @property
    def longest(self) -> float:
        return max(sum(bar.parts.values()) for bar in self.bars)


Key = Mapping[str, tuple[str, str]]
"""Of each kind of part: its colour, and what it is."""


def chart(groups: Sequence[Group], key: Key, *, one_scale: bool) -> str:
    """All bars to one scale, or each group to its own."""
    longest = max(group.longest for group in groups)
    drawn, y = list(_key(key)), 34
    for group in groups:
        drawn.append(f'<text x="8" y="{y + 12}" font-weight="bold">{group.title}</text>')
        y += _HEIGHT + 6
        for bar in group.bars:
            drawn += _bar(bar, key, y, _SCALE / (longest if one_scale else group.longest))
            y += _HEIGHT + 3
        y += 10
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}" font-family="sans-serif" '
    return "\n".join(
        [head + 'font-size="12">', f'<rect width="{_WIDTH}" height="{y}" fill="#fff"/>', *drawn, "</svg>", ""]
    )


def _key(key: Key) -> Iterator[str]:
    for place, (colour, told) in enumerate(key.values()):
        x = _LEFT + 160 * place
        yield f'<rect x="{x}" y="8" width="12" height="12" fill="{colour}"/><text x="{x + 18}" y="18">{told}</text>'


def _bar(bar: Bar, key: Key, y: int, scale: float) -> Iterator[str]:
    x = float(_LEFT)
    yield f'<text x="{_LEFT - 8}" y="{y + 12}" text-anchor="end">{bar.label}</text>'
    for part, value in bar.parts.items():
        yield f'<rect x="{x:.1f}" y="{y}" width="{value * scale:.1f}" height="{_HEIGHT}" fill="{key[part][0]}"/>'
        x += value * scale
    yield f'<text x="{x + 6:.1f}" y="{y + 12}">{bar.told}</text>'
