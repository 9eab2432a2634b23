"""What each session runs: a button that starts work, and a word on who is here."""

import time

import people

import syncline as sl

STEPS = 50

doc = sl.curdoc()
doc.title = "Training"
doc.template_variables["steps"] = STEPS

here = sl.Markdown()
button = sl.Button(label="Train")
progress = sl.Markdown(text="Nothing is trained yet.")
doc.add_root(sl.Column(here, button, progress))
people.enter(doc.session_context.id, here)


def train():
    """Stand for something long: it runs on a thread and changes the document from there."""
    for step in range(1, STEPS + 1):
        time.sleep(0.02)
        progress.text = f"Step {step} of {STEPS}"


async def start(event):
    button.disabled = True
    await doc.submit(train)
    button.disabled = False
    progress.text = f"Trained: {STEPS} steps."


button.on("click", start)
