/** Sends messages over Socket.IO with hand-written packets: the standard client would be the bottleneck. */
import { type Connection, connect } from '@parley/websocket';
import { InFlight, type Sender, type SenderOptions, type Tally } from './sender.ts';

const CONTENT = 'A message of a usual length, as people write them in a chat, all day long.';
const CODES = { ping: '2', pong: '3', connect: '40', event: '42', ack: '43' } as const;

export class SocketIoSender implements Sender {
  readonly #connection: Connection;
  readonly #roomId: string;
  readonly #tally: Tally;
  readonly #inFlight: InFlight;
  #sent = 0;

  static async open({ url, roomId, tally }: SenderOptions): Promise<SocketIoSender> {
    const address = `${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`;
    const connection = await connect(address);
    const packets = packetsOf(connection);
    connection.sendText(CODES.connect);
    await packets.next(CODES.connect);
    connection.sendText(`${CODES.event}0["join","${roomId}"]`);
    await packets.next(CODES.ack);
    return new SocketIoSender(connection, roomId, tally);
  }

  private constructor(connection: Connection, roomId: string, tally: Tally) {
    this.#connection = connection;
    this.#roomId = roomId;
    this.#tally = tally;
    this.#inFlight = new InFlight(tally, () => this.#sendOne());
    connection.removeAllListeners('message');
    connection.on('message', (data) => this.#take(data));
  }

  begin(inFlight: number): void {
    this.#inFlight.fill(inFlight);
  }

  end(): Promise<void> {
    return this.#inFlight.end();
  }

  /** The peer stores nothing, so there is nothing to check. */
  async verify(): Promise<void> {
    this.#connection.destroy();
  }

  #take(packet: Buffer): void {
    const code = packet.toString('latin1', 0, 2);
    if (code === CODES.ack) this.#inFlight.settleOne();
    else if (code === CODES.event) this.#tally.delivered += 1;
    else if (code === CODES.ping) this.#connection.sendText(CODES.pong);
  }

  #sendOne(): void {
    this.#sent += 1;
    const message = { room: this.#roomId, content: CONTENT, id: `${this.#sent}` };
    const packet = `${CODES.event}${this.#sent}${JSON.stringify(['message', message])}`;
    this.#connection.sendText(packet);
  }
}

/** Reads the packets of the handshake, one after the other. */
function packetsOf(connection: Connection): { next(code: string): Promise<void> } {
  let waiting: { readonly code: string; readonly resolve: () => void } | undefined;
  connection.on('message', (data) => {
    if (waiting !== undefined && data.toString().startsWith(waiting.code)) waiting.resolve();
  });
  return {
    next: (code) =>
      new Promise((resolve) => {
        waiting = { code, resolve };
      }),
  };
}
