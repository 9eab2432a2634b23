"""A slider and a text in Shiny."""

from shiny import App, Inputs, Outputs, Session, render, ui

page = ui.page_fluid(ui.input_slider("number", "number", 0, 100, 1), ui.output_text("square"))


def server(inputs: Inputs, outputs: Outputs, session: Session) -> None:
    """Fill one session."""

    @render.text
    def square() -> str:
        return f"square {inputs.number() ** 2}"


app = App(page, server)
