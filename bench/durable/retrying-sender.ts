/** Sends messages in Parley's native dialect, and repeats those that were not acknowledged, as a client of a product does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeLink } from '../chat/native-link.ts';
import type { Sender, SenderOptions, Tally } from './sender.ts';

const CONTENT = 'A message of a usual length, as people write them in a chat, all day long.';
const RETRY_MS = 100;
const PAGE_LENGTH = 100;

interface Stored {
  readonly id: string;
  readonly sequence: number;
}

export class RetryingSender implements Sender {
  readonly #link: NativeLink;
  readonly #roomId: string;
  readonly #tally: Tally;
  readonly #acknowledged: Stored[] = [];
  #slots: readonly Promise<void>[] = [];
  #isEnding = false;
  #sent = 0;

  static async open({ url, token, roomId, tally }: SenderOptions): Promise<RetryingSender> {
    const link = await NativeLink.open(url, token);
    await link.ask('join_room', { roomId });
    return new RetryingSender(link, roomId, tally);
  }

  private constructor(link: NativeLink, roomId: string, tally: Tally) {
    this.#link = link;
    this.#roomId = roomId;
    this.#tally = tally;
  }

  begin(inFlight: number): void {
    this.#slots = Array.from({ length: inFlight }, () => this.#sendRepeatedly());
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#slots);
  }

  /** Requires that the sender is the only one in its room. */
  async verify(): Promise<void> {
    const stored: Stored[] = [];
    for (let after = 0; ; after = stored.at(-1)?.sequence ?? 0) {
      const page = { roomId: this.#roomId, after, limit: PAGE_LENGTH };
      const { messages } = await this.#link.ask<{ messages: Stored[] }>('get_history', page);
      if (messages.length === 0) break;
      stored.push(...messages);
    }
    this.#link.close();
    const sequences = new Map(stored.map(({ id, sequence }) => [id, sequence]));
    const lost = this.#acknowledged.filter(({ id, sequence }) => sequences.get(id) !== sequence);
    if (lost.length > 0) throw new Error(`${lost.length} acknowledged messages were lost`);
    const repeated = stored.length - this.#acknowledged.length;
    if (repeated !== 0) throw new Error(`${repeated} messages were stored twice`);
  }

  async #sendRepeatedly(): Promise<void> {
    while (!this.#isEnding) {
      const sentAtMs = performance.now();
      this.#acknowledged.push(await this.#sendOne());
      this.#tally.acknowledged += 1;
      this.#tally.latenciesMs.push(performance.now() - sentAtMs);
    }
  }

  async #sendOne(): Promise<Stored> {
    this.#sent += 1;
    const clientMessageId = `${this.#link.connection.id}-${this.#sent}`;
    const message = { roomId: this.#roomId, content: CONTENT, clientMessageId };
    for (;;) {
      try {
        return await this.#link.ask<Stored>('chat_message', message);
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }
}
