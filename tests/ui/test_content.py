"""Texts, plots, outputs and mounts."""

from __future__ import annotations

import numpy as np

from syncline.ui import LinePlot, Markdown, Mount, Output


def test_a_text_is_given_as_an_argument() -> None:
    assert Markdown("**a**").text == "**a**"


def test_a_plot_keeps_arrays_as_arrays() -> None:
    plot = LinePlot(x=np.arange(3.0), y=[np.ones(3), [1, 2, 3]])
    assert isinstance(plot.x, np.ndarray)
    assert isinstance(plot.y[0], np.ndarray)


def test_outputs_do_not_share_their_data() -> None:
    Output().data["text/plain"] = "a"
    assert Output().data == {}


def test_a_mount_names_a_document_and_perhaps_a_root() -> None:
    assert (Mount(doc="d").doc, Mount(doc="d").mount) == ("d", None)
