/** One event to many connections: encoded once for each dialect among them. */
import type { ChatEvent } from '../ports/chat-event.ts';
import type { Dialect, ReadyFrame } from '../ports/link.ts';
import type { ChatConnection } from './connection.ts';

export class Notice {
  readonly #event: ChatEvent;
  readonly #frames = new Map<Dialect, ReadyFrame | undefined>();

  constructor(event: ChatEvent) {
    this.#event = event;
  }

  sendTo({ link }: ChatConnection): void {
    const { dialect } = link;
    if (!this.#frames.has(dialect)) this.#frames.set(dialect, dialect.encode(this.#event));
    const frame = this.#frames.get(dialect);
    if (frame !== undefined) link.push(frame, { mayDrop: this.#event.kind === 'typing' });
  }
}

export function tell(event: ChatEvent, connections: Iterable<ChatConnection>): void {
  const notice = new Notice(event);
  for (const connection of connections) notice.sendTo(connection);
}
