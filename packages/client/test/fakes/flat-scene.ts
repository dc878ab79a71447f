/** A client of alice at a scripted `/ws/chat`, and what one looks at in it. */
import type { ChannelMessage, RoomId } from '@parley/protocol';
import { CHANNELS } from '../../src/core/subscriptions/channels.ts';
import { type RoomView, roomViewer } from '../../src/core/subscriptions/room-view.ts';
import { SubscriptionClient } from '../../src/core/subscriptions/subscription-client.ts';
import { settle } from './fake-environment.ts';
import { ScriptedChannels } from './scripted-channels.ts';

export const LOBBY = 'r-lobby' as RoomId;
export const OPS = 'r-ops' as RoomId;

export class FlatScene {
  readonly server = new ScriptedChannels();
  readonly client = new SubscriptionClient<ChannelMessage>({
    serverUrl: 'http://server',
    environment: this.server.environment,
    dialect: CHANNELS,
  });
  readonly #views = new Map<RoomId, ReturnType<typeof roomViewer<ChannelMessage>>>();

  /** Connected, with the lobby joined and its newest page there. */
  static async inLobby(): Promise<FlatScene> {
    const scene = new FlatScene();
    scene.server.channel('lobby');
    scene.client.hold(LOBBY);
    await scene.connect();
    return scene;
  }

  get environment() {
    return this.server.environment;
  }

  /** The server takes the connection, and everything that follows happens. */
  async connect(): Promise<void> {
    this.server.accept();
    await this.calm();
  }

  /** The wait for the next try ends, and it succeeds. */
  async reconnect(): Promise<void> {
    this.client.reconnect();
    await this.connect();
  }

  /** Until nobody has anything to say any more. */
  async calm(): Promise<void> {
    for (let turns = 0; turns < 5; turns += 1) {
      this.server.flush();
      await settle();
    }
  }

  view(roomId: RoomId = LOBBY): RoomView<ChannelMessage> {
    const viewer = this.#views.get(roomId) ?? roomViewer<ChannelMessage>(roomId);
    this.#views.set(roomId, viewer);
    return viewer(this.client.getSnapshot());
  }

  /** What one sees: each text with its state, where it is not stored. */
  shown(roomId: RoomId = LOBBY): string[] {
    return this.view(roomId).messages.map(({ content, status }) =>
      status === 'sent' ? content : `${content} (${status})`,
    );
  }

  stored(name = 'lobby'): string[] {
    return this.server.channel(name).messages.map(({ content }) => content);
  }
}
