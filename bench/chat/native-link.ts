/** A minimal connection in the native dialect, for load generators. */
import { type Connection, connect } from '@parley/websocket';

/** The start of every frame of the server; the type follows. */
const TYPE_AT = '{"type":"'.length;

interface PendingAnswer {
  readonly resolve: (payload: never) => void;
  readonly reject: (error: Error) => void;
}

export class NativeLink {
  readonly connection: Connection;
  #lastAskId = 0;
  readonly #answers = new Map<string, PendingAnswer>();
  /** Called for each frame with its bytes and the first letters of its type. */
  onFrame: ((frame: Buffer) => void) | undefined;

  static async open(url: string, token: string): Promise<NativeLink> {
    const connection = await connect(`${url.replace(/^http/, 'ws')}/ws`, {
      headers: { authorization: `Bearer ${token}` },
      maxMessageSize: 64 * 1024 * 1024,
    });
    return new NativeLink(connection);
  }

  private constructor(connection: Connection) {
    this.connection = connection;
    connection.on('message', (frame) => {
      this.onFrame?.(frame);
      if (this.#answers.size > 0) this.#answer(frame);
    });
    connection.on('error', () => {
      // `close` follows.
    });
    connection.on('close', () => {
      for (const { reject } of this.#answers.values()) reject(new Error('the connection closed'));
      this.#answers.clear();
    });
  }

  /** Sends a frame and waits for its direct answer. Rejects if that is an error, or on close. */
  async ask<Answer>(type: string, payload: object): Promise<Answer> {
    this.#lastAskId += 1;
    const id = `ask-${this.#lastAskId}`;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
    });
    this.send(type, payload, id);
    return answer;
  }

  send(type: string, payload: object, id?: string): void {
    this.connection.sendText(JSON.stringify({ type, payload, ...(id && { id }) }));
  }

  close(): void {
    this.connection.destroy();
  }

  #answer(frame: Buffer): void {
    const { type, payload, replyTo } = JSON.parse(frame.toString());
    const pending = this.#answers.get(replyTo);
    if (pending === undefined) return;
    this.#answers.delete(replyTo);
    if (type === 'error') pending.reject(new Error(`rejected: ${JSON.stringify(payload)}`));
    else pending.resolve(payload as never);
  }
}

/** Checks the type of a frame without parsing it. */
export function isOfType(frame: Buffer, type: string): boolean {
  return frame.toString('latin1', TYPE_AT, TYPE_AT + type.length + 1) === `${type}"`;
}
