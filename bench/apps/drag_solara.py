"""A slider and a text that follows it in Solara."""

import solara

number = solara.reactive(0)


@solara.component
def Page() -> None:  # noqa: N802 - Solara looks for this name
    """Show the slider and its answer."""
    solara.SliderInt("number", value=number, min=0, max=1000)
    solara.Text(f"answer {number.value}")
