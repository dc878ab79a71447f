/** An interface for messages, as the matrix needs it. A new dialect is a new row of `dialects/all.ts`. */
import type { TestServer } from '../../packages/server/test/support/running-server.ts';
import type { RoomRecord } from './room-record.ts';

export interface Person {
  readonly name: string;
  readonly userId: string;
  /** Valid for one session, on every interface. */
  readonly token: string;
  readonly cookie: string;
  /** The server that the user connects to. */
  readonly server: TestServer;
  /** The other user of a direct room. */
  readonly partnerId?: string;
}

export interface Peer {
  /** Resolves when it is sent; the record shows when it is answered. */
  say(content: string, clientMessageId: string): void;
  /** Resolves when the peer shows the room up to this sequence. */
  reach(sequence: number): Promise<void>;
  close(): void;
}

export interface DialectDriver {
  readonly name: string;
  /** Opens the room, of which the user is a member. */
  open(server: TestServer, person: Person, record: RoomRecord): Promise<Peer>;
}
