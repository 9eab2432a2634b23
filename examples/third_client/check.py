"""What a client has to do, done twice: ``python check.py http://127.0.0.1:5006/app``."""

import asyncio
import sys

from client import Client, page


def say(line):
    """Print one line."""
    sys.stdout.write(f"{line}\n")


async def check(url):
    """Let two clients share a session of a page that has a slider, a text and a button."""
    address, token = await page(url)
    one, two = Client(address, token), Client(address, token)
    tasks = [asyncio.create_task(each.run()) for each in (one, two)]
    try:
        await walk(one, two)
    finally:
        for task in tasks:
            task.cancel()
        for each in (one, two):
            if each.ws:
                each.ws.close()


async def walk(one, two):
    """Go through what a client has to do."""
    await one.until(lambda: one.live)
    await two.until(lambda: two.live)
    models = one.confirmed["models"]

    def find(name):
        return next(m for m, model in models.items() if model["type"] == f"ui/{name}@1")

    def text(doc):
        return [m["props"]["text"] for m in doc["models"].values() if "text" in m["props"]]

    slider, button = find("Slider"), find("Button")
    low, high, step = (models[slider]["props"][name] for name in ("min", "max", "step"))

    def move(client, value):
        return client.edit({"op": "set", "m": slider, "p": ["value"], "v": value})

    def shown(doc):
        return doc["models"][slider]["props"]["value"]

    async def agree():
        """Wait until both replicas are at head."""
        for a, b in ((one, two), (two, one)):
            await a.until(lambda a=a: not a.in_flight and not a.queue)
            await b.until(lambda a=a, b=b: b.rev >= a.rev)
        await one.until(lambda: one.rev == two.rev)
        assert one.confirmed == two.confirmed == one.view == two.view
        assert len(two.log) == len(set(two.log)), "a commit came twice"

    before = text(one.confirmed)
    assert (await move(one, low + step))[0] == "OK"
    await one.until(lambda: text(one.confirmed) != before)
    await agree()
    say("the slider moved, and the text followed")

    edits = []
    for index in range(40):
        edits.append(move((one, two)[index % 2], low + step * (2 + index % 7)))
        await asyncio.sleep(0.002)
    assert {kind for kind, _ in await asyncio.gather(*edits)} == {"OK"}
    await agree()
    say(f"two clients moved it at once and agree on {shown(one.confirmed)}")

    fine = shown(one.confirmed)
    refused = move(one, "far")
    assert shown(one.view) == "far"
    kind, content = await refused
    assert (kind, content["code"]) == ("ERROR", "invalid-value"), content
    assert shown(one.view) == fine
    say(f"a wrong value was refused: {content['text']}")

    for lost in (False, True):  # the OK is lost, or the edit itself
        name, cuts, seq = one.id, one.cuts, one.n + 1
        count = sum(entry[1] == name for entry in two.log)
        one.mute, one.deaf = lost, not lost
        edit = move(one, high if lost else low)
        if not lost:
            await two.until(lambda pair=(name, seq): pair in [entry[1:] for entry in two.log])
        one.ws.protocol.stream.close()
        one.mute = one.deaf = False
        await one.until(lambda cuts=cuts: one.cuts > cuts)
        move(one, low if lost else high)  # made while nothing is connected
        assert (await edit)[0] == "OK"
        await agree()
        seqs = [entry[2] for entry in two.log if entry[1] == name]
        assert one.id == name, "the client could not resume its id"
        assert seqs == sorted(set(seqs)), seqs
        assert len(seqs) == count + 2, (seqs, seq)
        assert seq in seqs, (seqs, seq)
    assert shown(two.confirmed) == low
    say("cut in the middle of an edit, twice: nothing was lost, nothing doubled")

    heard = len(two.messages)
    await one.edit({"op": "msg", "m": button, "name": "click", "data": {}})
    await two.until(lambda: len(two.messages) > heard)
    await agree()
    say("the button was clicked")


if __name__ == "__main__":
    asyncio.run(check(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5006/app"))
