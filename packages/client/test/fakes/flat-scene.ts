/** A client of alice with a scripted `/ws/chat`, and helpers to read its state. */
import type { ChannelMessage, RoomId } from '@parley/protocol';
import { CHANNELS } from '../../src/core/flat/channels.ts';
import { FlatClient } from '../../src/core/flat/flat-client.ts';
import { createRoomViewSelector, type RoomView } from '../../src/core/flat/room-view.ts';
import { settle } from './fake-environment.ts';
import { ChannelsServer } from './scripted-channels.ts';

export const LOBBY = 'r-lobby' as RoomId;
export const OPS = 'r-ops' as RoomId;

export class FlatScene {
  readonly server = new ChannelsServer();
  readonly client = new FlatClient({
    serverUrl: 'http://server',
    environment: this.server.environment,
    dialect: CHANNELS,
  });
  readonly #views = new Map<RoomId, ReturnType<typeof createRoomViewSelector<ChannelMessage>>>();

  /** Connected, with the lobby joined and its newest page loaded. */
  static async inLobby(): Promise<FlatScene> {
    const scene = new FlatScene();
    scene.server.room('lobby');
    scene.client.acquire(LOBBY);
    await scene.connect();
    return scene;
  }

  get environment() {
    return this.server.environment;
  }

  /** The server accepts the connection, and everything that follows is delivered. */
  async connect(): Promise<void> {
    this.server.accept();
    await this.calm();
  }

  /** The wait for the next attempt ends, and the attempt succeeds. */
  async reconnect(): Promise<void> {
    this.client.reconnect();
    await this.connect();
  }

  /** Until neither side has anything left to send. */
  async calm(): Promise<void> {
    for (let turns = 0; turns < 5; turns += 1) {
      this.server.flush();
      await settle();
    }
  }

  view(roomId: RoomId = LOBBY): RoomView<ChannelMessage> {
    const viewer = this.#views.get(roomId) ?? createRoomViewSelector(roomId, CHANNELS.toWire);
    this.#views.set(roomId, viewer);
    return viewer(this.client.getSnapshot());
  }

  /** The visible messages: each text with its state, unless it is stored. */
  shown(roomId: RoomId = LOBBY): string[] {
    return this.view(roomId).messages.map(({ content, status }) =>
      status === 'sent' ? content : `${content} (${status})`,
    );
  }

  stored(name = 'lobby'): string[] {
    return this.server.room(name).messages.map(({ content }) => content);
  }
}
