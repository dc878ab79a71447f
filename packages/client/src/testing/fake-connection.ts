/** A connection of the fake server, in the native dialect; `fake-flat.ts` translates the others. */
import type {
  ClientFrame,
  ErrorCode,
  RoomId,
  ServerFrames,
  ServerFrameType,
  UserPayload,
} from '@parley/protocol';
import type { FakeSocket } from './fake-environment.ts';
import type { FakeRoom } from './fake-room.ts';

export interface FakeHost {
  readonly me: UserPayload;
  readonly now: () => string;
  readonly findRoom: (
    id: RoomId,
  ) => Pick<FakeRoom, 'id' | 'person' | 'messages' | 'find'> | undefined;
  readonly takeRejection: (type: string) => ErrorCode | undefined;
  /** Runs a command, and sends the answer over its connection. */
  readonly run: (frame: ClientFrame, from: FakeConnection) => void;
}

export class FakeConnection {
  readonly opened = new Set<RoomId>();
  protected readonly host: FakeHost;
  protected readonly socket: FakeSocket;

  constructor(host: FakeHost, socket: FakeSocket) {
    this.host = host;
    this.socket = socket;
  }

  /** Whether it receives the events of the room. */
  follows({ id }: FakeRoom): boolean {
    return this.opened.has(id);
  }

  /** A direct conversation is open from its start. */
  openDirect({ id }: FakeRoom): void {
    this.opened.add(id);
  }

  onText(text: string): void {
    // Written by the client.
    const frame = JSON.parse(text) as ClientFrame;
    const code = this.host.takeRejection(frame.type);
    if (code === undefined) this.host.run(frame, this);
    else this.reject(frame, code);
  }

  reject({ type: originalType, id }: ClientFrame, code: ErrorCode): void {
    this.send('error', { code, message: `Rejected with ${code}`, originalType }, id);
  }

  send<T extends ServerFrameType>(type: T, payload: ServerFrames[T], replyTo?: string): void {
    this.socket.deliver({ type, payload, timestamp: this.host.now(), replyTo });
  }
}
