/** What a room sees of an answer before it is stored: that the assistant is typing, and the growing text. */
import type { RoomId } from '@parley/protocol';
import type { User } from '../../model/entities.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { tell } from '../delivery/fan-out.ts';
import type { RoomStreams } from '../delivery/room-stream-registry.ts';
import type { DomainSettings } from '../settings.ts';

export interface DraftParts {
  readonly streams: RoomStreams;
  readonly clock: Clock;
  readonly settings: Pick<DomainSettings, 'typingTimeoutMs' | 'largeRoomPeople'>;
}

/** At most four a second (LP-9). */
const GROWTH_INTERVAL_MS = 250;

export class Draft {
  readonly id: string;
  readonly #roomId: RoomId;
  readonly #author: User;
  readonly #parts: DraftParts;
  #text = '';
  #toldText = '';
  #pause: Timer | undefined;
  #renewal: Timer | undefined;

  /** From now on the author is seen typing, until `end`. */
  constructor(id: string, roomId: RoomId, author: User, parts: DraftParts) {
    this.id = id;
    this.#roomId = roomId;
    this.#author = author;
    this.#parts = parts;
    this.#tellTyping();
  }

  grow(text: string): void {
    this.#text = text;
    if (this.#pause === undefined) this.#tellText();
  }

  /** Nothing of it is told after this: the message comes next. */
  end(): void {
    this.#pause?.cancel();
    this.#renewal?.cancel();
    this.#tell({ ...this.#typing(), isTyping: false });
  }

  #tellText(): void {
    const { streams, clock, settings } = this.#parts;
    this.#toldText = this.#text;
    this.#pause = clock.schedule(GROWTH_INTERVAL_MS, () => {
      this.#pause = undefined;
      if (this.#text !== this.#toldText) this.#tellText();
    });
    // So much text, so often, to so many: they see the message when it is whole.
    if (streams.memberCount(this.#roomId) > settings.largeRoomPeople) return;
    const { id: draftId } = this;
    this.#tell({ kind: 'message-progress', roomId: this.#roomId, draftId, content: this.#text });
  }

  /** Receivers forget a typist of whom they hear nothing. */
  #tellTyping(): void {
    const { clock, settings } = this.#parts;
    this.#renewal = clock.schedule(settings.typingTimeoutMs / 2, () => this.#tellTyping());
    this.#tell({ ...this.#typing(), isTyping: true });
  }

  #typing() {
    const { id: userId, username } = this.#author;
    return { kind: 'typing', roomId: this.#roomId, userId, username } as const;
  }

  #tell(event: Parameters<typeof tell>[0]): void {
    tell(event, [...(this.#parts.streams.get(this.#roomId)?.connections() ?? [])]);
  }
}
