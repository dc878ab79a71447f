/** Sends messages to a room in Parley's native dialect. */
import { randomUUIDv7 } from 'node:crypto';
import { isOfType, NativeLink } from '../chat/native-link.ts';
import { InFlight, type Sender, type SenderOptions, type Tally } from './sender.ts';

const CONTENT = 'A message of a usual length, as people write them in a chat, all day long.';

export class NativeSender implements Sender {
  readonly #link: NativeLink;
  readonly #roomId: string;
  readonly #inFlight: InFlight;
  readonly #tally: Tally;
  #acknowledgedTo = 0;

  static async open({ url, token, roomId, tally }: SenderOptions): Promise<NativeSender> {
    const link = await NativeLink.open(url, token);
    await link.ask('join_room', { roomId });
    return new NativeSender(link, roomId, tally);
  }

  private constructor(link: NativeLink, roomId: string, tally: Tally) {
    this.#link = link;
    this.#roomId = roomId;
    this.#tally = tally;
    this.#inFlight = new InFlight(tally, () => this.#sendOne());
    link.onFrame = (frame) => this.#take(frame);
  }

  begin(inFlight: number): void {
    this.#inFlight.fill(inFlight);
  }

  end(): Promise<void> {
    return this.#inFlight.end();
  }

  async verify(): Promise<void> {
    const { messages } = await this.#link.ask<{ messages: { sequence: number }[] }>('get_history', {
      roomId: this.#roomId,
      after: this.#acknowledgedTo - 1,
      limit: 1,
    });
    this.#link.close();
    if (messages[0]?.sequence !== this.#acknowledgedTo) {
      throw new Error(`${this.#acknowledgedTo} was acknowledged and is not there`);
    }
  }

  #take(frame: Buffer): void {
    if (isOfType(frame, 'message_ack')) {
      this.#acknowledgedTo = readSequence(frame);
      this.#inFlight.settleOne();
    } else if (isOfType(frame, 'chat_message')) {
      this.#tally.delivered += 1;
    } else if (isOfType(frame, 'error')) {
      throw new Error(`refused: ${frame.toString()}`);
    }
  }

  #sendOne(): void {
    this.#link.send('chat_message', {
      roomId: this.#roomId,
      content: CONTENT,
      clientMessageId: randomUUIDv7(),
    });
  }
}

const SEQUENCE = '"sequence":';

/** Reads the field without parsing the rest: the generator must not be the bottleneck. */
function readSequence(frame: Buffer): number {
  const at = frame.indexOf(SEQUENCE, 0, 'latin1') + SEQUENCE.length;
  return Number.parseInt(frame.toString('latin1', at, at + 16), 10);
}
