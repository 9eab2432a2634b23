"""Seattle's rain, 2012 to 2015: choose days, see how much of the rain fell on them.

Run it with ``syncline serve examples/app.py``.
"""

import csv
from pathlib import Path

import numpy as np

import syncline as sl

with (Path(__file__).parent / "data" / "seattle-weather.csv").open(newline="") as file:
    days = list(csv.DictReader(file))

date = np.array([day["date"] for day in days])
rain = np.array([float(day["precipitation"]) for day in days])
warmest = np.array([float(day["temp_max"]) for day in days])
weather = np.array([day["weather"] for day in days])

when = date.astype("M8[D]")
year = date.astype("M8[Y]")

doc = sl.curdoc()
doc.title = "Seattle's rain"

least = sl.Slider(label="At least this much rain (mm)", value=0.0, min=0.0, max=30.0, step=0.5)
kind = sl.Select(label="Weather", value="any", options=["any", *sorted(set(weather.tolist()))])
part = sl.TextInput(label="Date contains", value="", placeholder="2014, or -07- for every July")
compare = sl.Checkbox(label="Compare with all days", checked=True)
reset = sl.Button(label="Reset")

table = sl.Markdown()
figure = sl.LinePlot(x=when, y=[], labels=[], height=280)


def chosen() -> np.ndarray:
    """Say for each day whether the filters keep it."""
    keep = rain >= least.value
    if kind.value not in (None, "any"):
        keep &= weather == kind.value
    return keep & (np.char.find(date, part.value.strip()) >= 0)


def summary(keep: np.ndarray) -> str:
    """Return one table row per year about the days kept."""
    rows = ["| Year | Days | Rain (mm) | Mean high (°C) |", "| --- | ---: | ---: | ---: |"]
    for each in np.unique(year):
        of_year = keep & (year == each)
        high = f"{warmest[of_year].mean():.1f}" if of_year.any() else "-"
        rows.append(f"| {each} | {of_year.sum()} | {rain[of_year].sum():,.0f} | {high} |")
    return "\n".join(rows)


def update(event: object = None) -> None:
    """Bring the table and the figure in line with the filters, as one change."""
    keep = chosen()
    lines = {"these days": np.cumsum(np.where(keep, rain, 0.0))}
    if compare.checked:
        lines["all days"] = np.cumsum(rain)
    with doc.transaction("filter"):
        table.text = f"**{keep.sum():,} of {len(days):,} days**\n\n{summary(keep)}"
        figure.labels = list(lines)
        figure.y = list(lines.values())


def start_over(event: object) -> None:
    """Put every filter back to where it began."""
    with doc.transaction("reset"):
        least.value, kind.value, part.value, compare.checked = 0.0, "any", "", True


for widget, name in ((least, "value"), (kind, "value"), (part, "value"), (compare, "checked")):
    widget.observe(update, name)
reset.on("click", start_over)

update()
filters = sl.Column(least, kind, part, compare, reset)
heading = sl.Markdown("# Seattle's rain\n\nRain fallen since January 2012, in mm.")
doc.add_root(sl.Column(heading, sl.Row(filters, table, align="start"), figure))
