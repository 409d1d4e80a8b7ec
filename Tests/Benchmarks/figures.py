"""The rows of a run, and how they are shown."""

import sys

rows = []


def row(name, value, unit, reference=None, reference_name=""):
    ratio = value / reference if reference else None
    rows.append(
        {"name": name, "value": value, "unit": unit, "reference": reference, "of": reference_name, "ratio": ratio}
    )
    print(f"    {name}: {figure(value)} {unit}", file=sys.stderr, flush=True)


def figure(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.4g}"


def say(text):
    print(f"\n==> {text}", file=sys.stderr, flush=True)


def table():
    lines = [("name", "value", "unit", "reference", "ratio")]
    for entry in rows:
        reference = f"{figure(entry['reference'])} ({entry['of']})" if entry["reference"] else "-"
        ratio = f"{entry['ratio']:.2f}" if entry["ratio"] else "-"
        lines.append((entry["name"], figure(entry["value"]), entry["unit"], reference, ratio))
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
