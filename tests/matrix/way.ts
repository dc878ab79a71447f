/** A way of talking, as the matrix needs it. A further dialect is one more row of `ways.ts`. */
import type { TestServer } from '../../packages/server/test/support/running-server.ts';
import type { RoomRecord } from './room-record.ts';

export interface Person {
  readonly name: string;
  readonly userId: string;
  /** Of one session, at every door. */
  readonly token: string;
  readonly cookie: string;
  /** The other one of a direct room. */
  readonly partnerId?: string;
}

export interface Peer {
  /** Resolves when it is sent; the record tells when it is answered. */
  say(content: string, clientMessageId: string): void;
  /** Resolves when the peer shows the room up to there. */
  reach(sequence: number): Promise<void>;
  close(): void;
}

export interface Way {
  readonly name: string;
  /** Opens the room, of which the person is a member. */
  open(server: TestServer, person: Person, record: RoomRecord): Promise<Peer>;
}
