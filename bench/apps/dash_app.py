"""A slider and a text in Dash."""

import argparse
import logging

from dash import Dash, Input, Output, callback, dcc, html

app = Dash(__name__)
app.layout = html.Div(
    [dcc.Slider(0, 100, 1, value=1, marks=None, id="number", updatemode="drag"), html.P(id="text")]
)


@callback(Output("text", "children"), Input("number", "value"))
def square(number: int) -> str:
    """Answer the slider."""
    return f"square {number**2}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(host="127.0.0.1", port=parser.parse_args().port, debug=False)
