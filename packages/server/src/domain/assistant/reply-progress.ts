/** Shows an answer in a room before it is stored: the typing indicator and the growing text. */

import type { RoomId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { ConnectionStream } from '../delivery/chat-connection.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { RoomNotice, RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { DomainSettings } from '../settings.ts';

export interface ReplyProgressDependencies {
  readonly streams: Pick<RoomStreamRegistry, 'get' | 'memberCount' | 'send'>;
  readonly clock: Clock;
  readonly settings: Pick<DomainSettings, 'typingTimeoutMs' | 'largeRoomPeople'>;
}

/** At most four updates per second. */
const GROWTH_INTERVAL_MS = 250;

export class ReplyProgress {
  readonly id: string;
  readonly #roomId: RoomId;
  readonly #author: User;
  readonly #dependencies: ReplyProgressDependencies;
  #text = '';
  #sentText = '';
  #pause: Timer | undefined;
  #renewal: Timer | undefined;

  /** Shows the author as typing until `end`. */
  constructor(id: string, roomId: RoomId, author: User, dependencies: ReplyProgressDependencies) {
    this.id = id;
    this.#roomId = roomId;
    this.#author = author;
    this.#dependencies = dependencies;
    this.#broadcastTyping();
  }

  grow(text: string): void {
    this.#text = text;
    if (this.#pause === undefined) this.#broadcastText();
  }

  /** Stops all updates: the message comes next. */
  end(): void {
    this.#pause?.cancel();
    this.#renewal?.cancel();
    this.#broadcastIsTyping(false);
  }

  #broadcastText(): void {
    const { streams, clock, settings } = this.#dependencies;
    this.#sentText = this.#text;
    this.#pause = clock.schedule(GROWTH_INTERVAL_MS, () => {
      this.#pause = undefined;
      if (this.#text !== this.#sentText) this.#broadcastText();
    });
    // Updates to a large room would cost too much: its users get the finished message only.
    if (streams.memberCount(this.#roomId) > settings.largeRoomPeople) return;
    const { id: draftId } = this;
    const draft = { draftId, content: this.#text };
    this.#broadcast({ kind: 'message-progress', roomId: this.#roomId, ...draft });
    streams.send(this.#roomId, { kind: 'draft', ...draft });
  }

  /** Receivers drop a typing indicator that is not renewed. */
  #broadcastTyping(): void {
    const { clock, settings } = this.#dependencies;
    this.#renewal = clock.schedule(settings.typingTimeoutMs / 2, () => this.#broadcastTyping());
    this.#broadcastIsTyping(true);
  }

  #broadcastIsTyping(isTyping: boolean): void {
    const { id: userId, username } = this.#author;
    this.#broadcast({ kind: 'typing', roomId: this.#roomId, userId, username, isTyping });
    this.#dependencies.streams.send(this.#roomId, { kind: 'typing', userId, username, isTyping });
  }

  #broadcast(event: Parameters<typeof broadcast>[0]): void {
    broadcast(event, [...(this.#dependencies.streams.get(this.#roomId)?.connections() ?? [])]);
  }
}

/** Shows the growing text of an answer that another node generates. */
export function showDraft(
  { settings }: { readonly settings: Pick<DomainSettings, 'largeRoomPeople'> },
  stream: ConnectionStream,
  { draftId, content }: Extract<RoomNotice, { readonly kind: 'draft' }>,
): void {
  if (stream.participants.count > settings.largeRoomPeople) return;
  const { id: roomId } = stream.room;
  broadcast({ kind: 'message-progress', roomId, draftId, content }, [...stream.connections()]);
}
