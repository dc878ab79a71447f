"""The native dialect with `websockets` and its default limits. Prints a line for each step, see `scripts/clients.ts`."""
import asyncio
import json
import os

import websockets

URL = os.environ["PARLEY_URL"].replace("http", "ws", 1) + "/ws"
TOKEN, ROOM = (os.environ[name] for name in ("PARLEY_TOKEN", "PARLEY_ROOM"))
WAIT_SECONDS = 60


def say(line):
    print(line, flush=True)


async def answer(socket, frame_id, received):
    """Reads up to the answer, and counts the messages before it."""
    while True:
        frame = json.loads(await asyncio.wait_for(socket.recv(), WAIT_SECONDS))
        if frame["type"] == "chat_message":
            received.append(frame["payload"]["content"])
        if frame.get("replyTo") == frame_id:
            return frame


async def ask(socket, frame_id, kind, payload, received):
    await socket.send(json.dumps({"type": kind, "payload": payload, "id": frame_id}))
    return await answer(socket, frame_id, received)


async def conversation(socket):
    received = []
    # A message reaches the other connections of its sender.
    other = await websockets.connect(f"{URL}?token={TOKEN}")
    await ask(other, "1", "join_room", {"roomId": ROOM}, received)
    joined = await ask(socket, "1", "join_room", {"roomId": ROOM}, received)
    say("joined" if joined["type"] == "room_joined" else joined)
    sent = await ask(socket, "2", "chat_message", {"roomId": ROOM, "content": "native"}, received)
    say("sent" if sent["type"] == "message_ack" else sent)
    await ask(other, "2", "ping", {}, received)
    await other.close()
    say("received" if "native" in received else received)
    messages, before = 0, None
    while True:
        page = {"roomId": ROOM, "limit": 200, **({} if before is None else {"before": before})}
        history = await ask(socket, "4", "get_history", page, received)
        messages += len(history["payload"]["messages"])
        if not history["payload"]["hasMore"]:
            break
        before = history["payload"]["messages"][0]["sequence"]
    say("history" if messages > 100 else messages)


async def main():
    times = 0
    async for socket in websockets.connect(f"{URL}?token={TOKEN}"):
        try:
            await conversation(socket)
            times += 1
            if times == 2:
                break
            say("restart")
            await asyncio.wait_for(socket.wait_closed(), WAIT_SECONDS)
            say("back")
        except websockets.ConnectionClosed as error:
            say(error)
            return
    await socket.close()
    try:
        async with websockets.connect(f"{URL}?token=wrong"):
            say("accepted")
    except websockets.InvalidStatus as error:
        say("refused" if error.response.status_code == 401 else error)


asyncio.run(main())
