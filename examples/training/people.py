"""Who is here: one list for all sessions, since a module beside an app is imported once."""

texts = {}


def enter(session, text):
    texts[session] = text
    tell()


def leave(session):
    texts.pop(session, None)
    tell()


def tell():
    count = len(texts)
    for text in tuple(texts.values()):
        text.text = "Only you are here." if count == 1 else f"{count} people are here."
