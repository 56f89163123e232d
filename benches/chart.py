"""Draws measurements as bars, for pages that show them. It does not know what is measured."""

from html import escape

COLORS = ["#d08700", "#6c7a89", "#a8b4c0", "#4c9f70"]
LABEL, BAR, WIDTH, GAP = 48, 9, 760, 8


def grouped_bars(title: str, labels: list[str], series: dict[str, list[float]], unit: str) -> str:
    """An SVG with a group of bars for each label, one for each series; the longest is as wide as the picture."""
    longest = max(max(values) for values in series.values())
    scale = (WIDTH - LABEL - 110) / longest
    group = BAR * len(series) + GAP
    height = 64 + group * len(labels)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="14" font-weight="bold">{escape(title)}</text>',
    ]
    x = 12
    for color, name in zip(COLORS, series):
        lines.append(f'<rect x="{x}" y="34" width="10" height="10" fill="{color}"/>')
        lines.append(f'<text x="{x + 15}" y="43">{escape(name)}</text>')
        x += 40 + 7 * len(name)
    for row, label in enumerate(labels):
        top = 56 + row * group
        lines.append(f'<text x="12" y="{top + group / 2:.0f}">{escape(label)}</text>')
        for number, (color, values) in enumerate(zip(COLORS, series.values())):
            y, length = top + number * BAR, max(1.0, values[row] * scale)
            lines.append(f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR - 1}" fill="{color}"/>')
            value = f"{values[row]:,.0f} {unit}"
            lines.append(f'<text x="{LABEL + length + 4:.1f}" y="{y + BAR - 1}" font-size="9" fill="#555555">{value}</text>')
    return "\n".join([*lines, "</svg>", ""])
