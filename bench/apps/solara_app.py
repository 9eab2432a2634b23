"""A slider and a text in Solara."""

import solara

number = solara.reactive(1)


@solara.component
def Page() -> None:  # noqa: N802 - Solara looks for this name
    """Show the slider and its square."""
    solara.SliderInt("number", value=number, min=0, max=100)
    solara.Text(f"square {number.value**2}")
