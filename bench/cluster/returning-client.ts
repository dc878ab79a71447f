/** A client of the native dialect that reconnects and continues from its position. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isOfType, NativeLink } from '../chat/native-link.ts';
import type { Member } from '../chat/test-bed.ts';

/** Clients spread their attempts over this time, as those of a product do. */
const RETRY_SPREAD_MS = 1_000;

interface Acknowledgement {
  readonly sequence: number;
}

interface ResumedRoom {
  readonly history: readonly { readonly sequence: number }[];
  readonly headSequence: number;
  readonly epoch: string;
  readonly truncated: boolean;
}

export class ReturningClient {
  readonly roomId: string;
  /** Sequences of the received messages. */
  readonly received = new Set<number>();
  readonly #url: string;
  readonly #token: string;
  #link: NativeLink | undefined;
  #lastSequence = 0;
  #epoch: string | undefined;
  /** When its connection was lost for the first time. */
  lostAtMs: number | undefined;

  /** Connects, also if the server rejects connections for a while because it is overloaded. */
  static async open(url: string, member: Member): Promise<ReturningClient> {
    const client = new ReturningClient(url, member);
    for (;;) {
      try {
        await client.#connect();
        return client;
      } catch (error) {
        if (!(error instanceof Error && error.message.endsWith('status 503'))) throw error;
        await sleep(Math.random() * RETRY_SPREAD_MS);
      }
    }
  }

  private constructor(url: string, { token, roomId }: Member) {
    this.#url = url;
    this.#token = token;
    this.roomId = roomId;
  }

  get isConnected(): boolean {
    return this.#link !== undefined;
  }

  /** Resolves to the sequence of the message; sends it again until it is acknowledged. */
  async send(content: string, clientMessageId: string): Promise<number> {
    for (;;) {
      try {
        if (this.#link === undefined) throw new Error('not connected');
        const message = { roomId: this.roomId, content, clientMessageId };
        const { sequence } = await this.#link.ask<Acknowledgement>('chat_message', message);
        // The sender's own connection gets the acknowledgement instead of the message.
        this.received.add(sequence);
        return sequence;
      } catch {
        await sleep(RETRY_SPREAD_MS / 10);
      }
    }
  }

  async #connect(): Promise<void> {
    const link = await NativeLink.open(this.#url, this.#token);
    link.onFrame = (frame) => {
      if (isOfType(frame, 'chat_message')) this.#receive(JSON.parse(frame.toString()).payload);
    };
    try {
      await this.#resume(link);
    } catch (error) {
      link.close();
      throw error;
    }
    this.#link = link;
    link.connection.on('close', () => this.#onClose());
  }

  async #resume(link: NativeLink): Promise<void> {
    const position =
      this.#epoch === undefined ? {} : { lastSequence: this.#lastSequence, epoch: this.#epoch };
    const { rooms } = await link.ask<{ rooms: ResumedRoom[] }>('resume', {
      rooms: [{ roomId: this.roomId, ...position }],
    });
    const [room] = rooms;
    if (room?.history === undefined) throw new Error('the room was not resumed');
    // Messages that a truncated answer leaves out count as lost.
    for (const message of room.history) this.#receive(message);
    this.#lastSequence = Math.max(this.#lastSequence, room.headSequence);
    this.#epoch = room.epoch;
  }

  #receive({ sequence }: { readonly sequence: number }): void {
    this.received.add(sequence);
    this.#lastSequence = Math.max(this.#lastSequence, sequence);
  }

  #onClose(): void {
    this.#link = undefined;
    this.lostAtMs ??= performance.now();
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    while (this.#link === undefined) {
      await sleep(Math.random() * RETRY_SPREAD_MS);
      await this.#connect().catch(() => {});
    }
  }
}
