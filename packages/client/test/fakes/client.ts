/** A client of alice with a scripted server, and helpers to read its state. */

import assert from 'node:assert/strict';
import { before } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { ChatClient, laterParts } from '../../src/core/chat-page-client.ts';
import type { OfflineCopy } from '../../src/core/offline-copy-format.ts';
import type { OpenRoom } from '../../src/core/rooms/room-state.ts';
import { type TimelineMessage, timelineOf } from '../../src/core/rooms/timeline.ts';
import { LOBBY } from './builders.ts';
import { NativeServer } from './scripted-native.ts';
import { ALICE } from './scripted-server.ts';

// A top-level `await` would take the tests of files that share a process out of their suites.
before(() => laterParts);

export class Scene {
  readonly server = new NativeServer();
  readonly environment = this.server.environment;
  readonly client: ChatClient;

  constructor(offlineCopy?: OfflineCopy) {
    const { environment } = this;
    this.client = new ChatClient({ serverUrl: 'http://server', environment, offlineCopy });
  }

  /** Connected, with these rooms open. */
  static inRooms(...names: string[]): Scene {
    const scene = new Scene();
    scene.client.connect();
    scene.server.accept();
    for (const name of names) scene.client.openRoom(scene.server.room(name).id);
    scene.server.flush();
    return scene;
  }

  /** Connected, with an open lobby that contains this many messages: `text 1` and so on. */
  static withHistory(count: number): Scene {
    const scene = new Scene();
    for (let n = 1; n <= count; n += 1) scene.server.post('lobby', `text ${n}`);
    scene.client.openRoom(LOBBY);
    scene.client.connect();
    scene.server.accept();
    scene.server.flush();
    return scene;
  }

  /** Ends the wait for the next attempt; the server accepts the connection. */
  reconnect(): void {
    this.client.tryNow();
    this.server.accept();
  }

  room(roomId: RoomId = LOBBY): OpenRoom {
    const room = this.client.getSnapshot().rooms.get(roomId);
    assert(room?.kind === 'open', `the room is ${room?.kind ?? 'not there'}`);
    return room;
  }

  timeline(roomId: RoomId = LOBBY): readonly TimelineMessage[] {
    const { outbox, clockOffsetMs } = this.client.getSnapshot();
    return timelineOf(this.room(roomId), outbox, { self: ALICE, clockOffsetMs });
  }

  /** The visible timeline: each text with its state. */
  shown(roomId: RoomId = LOBBY): string[] {
    return this.timeline(roomId).map(({ content, delivery }) =>
      delivery.kind === 'sent' ? content : `${content} (${delivery.kind})`,
    );
  }

  /** Texts stored on the server. */
  stored(name = 'lobby'): string[] {
    return this.server.room(name).messages.map(({ content }) => content);
  }
}
