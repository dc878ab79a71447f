"""python-socketio: `socketio_client.py sync|async websocket|polling`. Prints a line for each step, see `scripts/clients.ts`."""
import asyncio
import os
import sys
import threading

import socketio

URL, TOKEN, ROOM = (os.environ[name] for name in ("PARLEY_URL", "PARLEY_TOKEN", "PARLEY_ROOM"))
KIND, TRANSPORT = sys.argv[1:3]
TEXT = f"{KIND} {TRANSPORT}"
WAIT_SECONDS = 60


def say(line):
    print(line, flush=True)


def refused(data):
    say(f"refused {data['data']['code']}")


def run_sync():
    connected, received = threading.Event(), threading.Event()
    client = socketio.Client(reconnection_delay=0.2, reconnection_delay_max=1)
    client.on("connect", connected.set)

    @client.on("message:new")
    def new(message):  # One parameter, as most handlers are written.
        if message["content"] == TEXT:
            received.set()

    def conversation():
        room = client.call("room:join", {"roomId": ROOM})
        say("joined" if room["ok"] else room)
        sent = client.call("message:send", {"roomId": room["roomId"], "content": TEXT})
        say("sent" if sent["ok"] else sent)
        say("received" if received.wait(WAIT_SECONDS) else "nothing received")
        page = client.call("message:history", {"roomId": room["roomId"], "limit": 200})
        say("history" if len(page["messages"]) > 5 else page)

    client.connect(URL, auth={"token": TOKEN}, transports=[TRANSPORT])
    connected.wait(WAIT_SECONDS)
    conversation()
    connected.clear()
    received.clear()
    say("restart")
    say("back" if connected.wait(WAIT_SECONDS) else "not back")
    conversation()
    client.disconnect()

    stranger = socketio.Client(reconnection=False)
    ended = threading.Event()
    stranger.on("connect_error", lambda data: (refused(data), ended.set()))
    try:
        stranger.connect(URL, auth={"token": "wrong"}, transports=[TRANSPORT])
    except socketio.exceptions.ConnectionError:
        pass
    ended.wait(WAIT_SECONDS)


async def run_async():
    connected, received = asyncio.Event(), asyncio.Event()
    client = socketio.AsyncClient(reconnection_delay=0.2, reconnection_delay_max=1)

    async def on_connect():
        connected.set()

    client.on("connect", on_connect)

    @client.on("message:new")
    async def new(message):
        if message["content"] == TEXT:
            received.set()

    async def conversation():
        room = await client.call("room:join", {"roomId": ROOM})
        say("joined" if room["ok"] else room)
        sent = await client.call("message:send", {"roomId": room["roomId"], "content": TEXT})
        say("sent" if sent["ok"] else sent)
        await asyncio.wait_for(received.wait(), WAIT_SECONDS)
        say("received")
        page = await client.call("message:history", {"roomId": room["roomId"], "limit": 200})
        say("history" if len(page["messages"]) > 5 else page)

    await client.connect(URL, auth={"token": TOKEN}, transports=[TRANSPORT])
    await asyncio.wait_for(connected.wait(), WAIT_SECONDS)
    await conversation()
    connected.clear()
    received.clear()
    say("restart")
    await asyncio.wait_for(connected.wait(), WAIT_SECONDS)
    say("back")
    await conversation()
    await client.disconnect()

    stranger = socketio.AsyncClient(reconnection=False)
    ended = asyncio.Event()

    async def on_error(data):
        refused(data)
        ended.set()

    stranger.on("connect_error", on_error)
    try:
        await stranger.connect(URL, auth={"token": "wrong"}, transports=[TRANSPORT])
    except socketio.exceptions.ConnectionError:
        pass
    await asyncio.wait_for(ended.wait(), WAIT_SECONDS)


if KIND == "sync":
    run_sync()
else:
    asyncio.run(run_async())
