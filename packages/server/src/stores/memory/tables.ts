/** What the memory store holds: the tables of the SQL stores, as maps. */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { Message, ReadPosition, Room, User } from '../../ports/model.ts';
import type { Session } from '../../ports/session-store.ts';

export interface StoredAccount {
  readonly user: User;
  readonly passwordHash: string;
  lastSeenAtMs: number | undefined;
}

export interface SendKey {
  readonly fingerprint: string;
  readonly messageId: MessageId;
  readonly sequence: number;
  readonly createdAtMs: number;
}

export interface StoredRoom {
  readonly room: Room;
  readonly logId: string;
  /** The message of sequence n at index n - 1. */
  readonly messages: Message[];
  lastEventAtMs: number;
  /** Of members only. */
  readonly readPositions: Map<UserId, ReadPosition>;
  /** By sender and `clientMessageId`. */
  readonly sendKeys: Map<string, SendKey>;
}

export interface Tables {
  readonly generation: string;
  /** By username in lower case. */
  readonly accounts: Map<string, StoredAccount>;
  readonly attempts: Map<string, { attempts: number; readonly windowEndsAtMs: number }>;
  readonly sessions: Map<string, Session>;
  readonly rooms: Map<RoomId, StoredRoom>;
}

export function emptyTables(generation: string): Tables {
  return {
    generation,
    accounts: new Map(),
    attempts: new Map(),
    sessions: new Map(),
    rooms: new Map(),
  };
}

export function userById(tables: Tables, id: UserId): StoredAccount | undefined {
  for (const account of tables.accounts.values()) if (account.user.id === id) return account;
  return undefined;
}
