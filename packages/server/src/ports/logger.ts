/**
 * Entries that the domain and the gateways write to the operator's log. Their names and fields are
 * defined here once; entries never contain message text, tokens or passwords.
 */
import type { ConnectionId, ErrorCode, MessageId, RoomId, UserId } from '@parley/protocol';
import type { HandoverCounts } from '../model/forwarded-command.ts';
import type { RoomEventKind } from '../model/room-event.ts';
import type { Unit } from '../model/units.ts';
import type { TokenRefusal } from './access-tokens.ts';
import type { SignInFailureReason } from './sign-in-provider.ts';

export type LoginRefusal =
  | 'unknown-account'
  | 'wrong-passkey'
  | 'wrong-password'
  | 'no-code'
  | 'wrong-code'
  | 'account-disabled'
  | 'provider-required'
  | 'rate-limited'
  | 'unavailable';

/** Never contains the token. */
export interface RefusedToken extends Omit<TokenRefusal, 'kind' | 'reason'> {
  readonly event: 'token.refused';
  readonly reason:
    | TokenRefusal['reason']
    /** No session has this token, which is not a signed one. */
    | 'unknown-session'
    /** The session of the token is over, or its client has logged out. */
    | 'session-ended'
    | 'account-disabled'
    /** A ticket in place of a token, or the opposite. */
    | 'purpose'
    /** A ticket is valid once. */
    | 'used';
  readonly suppressed?: number;
}

export type LogRecord =
  | RefusedToken
  | {
      readonly event: 'connection.opened';
      readonly connectionId: ConnectionId;
      readonly userId: UserId;
      readonly username: string;
      readonly address: string;
      readonly userAgent: string;
      /** Only for Socket.IO clients: their own id and their transport. */
      readonly socketId?: string;
      readonly transport?: string;
    }
  | {
      readonly event: 'connection.closed';
      readonly connectionId: ConnectionId;
      readonly userId: UserId;
      readonly username: string;
      readonly address: string;
      /** WebSocket close code. */
      readonly code?: number;
      readonly reason: string;
      /** Why the WebSocket ended, and which side decided it. */
      readonly cause?: string;
      readonly initiator?: string;
      readonly socketId?: string;
      readonly transport?: string;
      readonly durationMs: number;
      /** Number of rejected commands by error code. */
      readonly rejections: Readonly<Record<string, number>>;
    }
  | {
      readonly event: 'connection.refused';
      readonly address: string;
      readonly status: number;
      readonly reason: string;
      /** Set if the client was not the cause. */
      readonly error?: unknown;
      /** Number of suppressed entries with the same cause. */
      readonly suppressed?: number;
    }
  | {
      /** A new socket was rejected because the limit is reached. */
      readonly event: 'sockets.full';
      readonly address: string;
      readonly socketsMax: number;
      readonly suppressed?: number;
    }
  | {
      /** A request for a host name that is not in `ALLOWED_HOSTS`. */
      readonly event: 'host.refused';
      readonly address: string;
      readonly host: string;
      readonly suppressed?: number;
    }
  | {
      /** A page whose origin is neither the server's own (`host`) nor in `CORS_ORIGINS`. */
      readonly event: 'origin.refused';
      readonly address: string;
      readonly origin: string;
      readonly host: string;
      readonly suppressed?: number;
    }
  /** A proxy that `TRUST_PROXY` does not name: all of its clients count as one. Logged once. */
  | {
      readonly event: 'proxy.untrusted';
      readonly address: string;
      readonly header: string;
      readonly remedy: string;
    }
  | { readonly event: 'connection.duplicate'; readonly connectionId: ConnectionId }
  | {
      /** The client does not answer pings: the stale connection is closed next. */
      readonly event: 'connection.dead';
      readonly connectionId: ConnectionId;
      readonly userId: UserId;
      readonly username: string;
      readonly address: string;
      /** When the server last received something, in ISO 8601. */
      readonly lastActivityAt: string;
      /** Milliseconds since then. */
      readonly silentMs: number;
      readonly socketId?: string;
      readonly transport?: string;
    }
  | {
      /** The network failed, or the client violated the protocol. */
      readonly event: 'connection.failed';
      readonly connectionId: ConnectionId;
      readonly code: string;
    }
  | {
      readonly event: 'room.joined' | 'room.left';
      readonly connectionId: ConnectionId;
      readonly userId: UserId;
      readonly roomId: RoomId;
      readonly memberCountBefore: number;
      readonly memberCount: number;
    }
  | {
      readonly event: 'room.resync';
      readonly connectionId: ConnectionId;
      readonly roomId: RoomId;
    }
  | { readonly event: 'room.created' | 'room.deleted'; readonly roomId: RoomId }
  /** A link was not fetched because of a limit. */
  | { readonly event: 'preview.dropped'; readonly userId: UserId; readonly reason: string }
  /** The thread that fetches links has ended, or did not answer; the next link starts another one. */
  | { readonly event: 'previews.failed'; readonly error: unknown }
  | {
      /** Pictures cannot be decoded on this platform: they keep their metadata, and have no thumbnails. */
      readonly event: 'pictures.missing';
      readonly error: unknown;
    }
  | {
      /** The thumbnails of a file could not be made; the unit tries again a few times. */
      readonly event: 'thumbnails.failed';
      readonly fileId: string;
      /** Including this one. */
      readonly attempts: number;
      readonly error: unknown;
    }
  | {
      /** The store of `FILES_URL` did not answer a request, or refused it. */
      readonly event: 'files.unavailable';
      readonly error: unknown;
    }
  | {
      /** The scanner of `FILE_SCAN_URL` gave no verdict on a file; it is asked at most three times. */
      readonly event: 'files.unchecked';
      readonly error: unknown;
    }
  | {
      /** The scanner of `FILE_SCAN_URL` has found something in a file, which was not taken. */
      readonly event: 'files.harmful';
      /** As the scanner gives it. */
      readonly reason: string;
    }
  | {
      /** A retention run that deleted events. */
      readonly event: 'retention.pruned';
      readonly roomCount: number;
      readonly eventCount: number;
      readonly messageCount: number;
      readonly durationMs: number;
    }
  /** The file of an import is not on this machine, or another one: a process on another machine may have it. */
  | { readonly event: 'import.elsewhere'; readonly importId: string }
  | {
      readonly event: 'import.failed';
      readonly importId: string;
      /** Whether it is not tried again. */
      readonly isLast: boolean;
      readonly error: unknown;
    }
  | {
      readonly event: 'import.finished';
      readonly importId: string;
      /** Messages that were new. */
      readonly messageCount: number;
    }
  | {
      /** An account that was deleted, or all messages of a user, are removed. */
      readonly event: 'removal.finished';
      readonly userId: UserId;
      /** Messages that were deleted since the latest start. */
      readonly messageCount: number;
    }
  | {
      readonly event: 'message.received';
      readonly connectionId: ConnectionId;
      readonly roomId: RoomId;
      readonly messageId: MessageId;
    }
  | {
      /** The message looks like an injection attempt. */
      readonly event: 'message.suspicious';
      readonly userId: UserId;
      readonly roomId: RoomId;
      readonly messageId: MessageId;
      readonly pattern: 'script' | 'sql';
    }
  | {
      readonly event: 'log.stored';
      readonly roomId: RoomId;
      readonly sequence: number;
      readonly kind: RoomEventKind;
    }
  | {
      readonly event: 'log.delivered';
      readonly roomId: RoomId;
      readonly sequence: number;
      readonly kind: RoomEventKind;
      readonly count: number;
    }
  | {
      readonly event: 'command.refused';
      readonly connectionId: ConnectionId;
      readonly code: ErrorCode;
      readonly originalType: string | null;
    }
  | {
      readonly event: 'command.failed';
      readonly connectionId?: ConnectionId;
      readonly error: unknown;
      readonly suppressed?: number;
    }
  | {
      readonly event: 'account.registered' | 'session.started';
      readonly userId: UserId;
      readonly username: string;
      readonly address: string;
    }
  | { readonly event: 'session.ended'; readonly userId: UserId; readonly reason: string }
  /** The secret was sealed with a key that is no longer among the secrets of the sessions. */
  /** It is sent again later, ten times at most. */
  | { readonly event: 'mail.failed'; readonly userId: UserId; readonly attempts: number }
  | { readonly event: 'factor.unreadable'; readonly userId: UserId }
  | {
      readonly event: 'login.refused';
      readonly address: string;
      /** Undefined if the text given has another form: it may be a password. */
      readonly username?: string | undefined;
      readonly reason: LoginRefusal;
      readonly suppressed?: number;
    }
  /** A sign-in with a provider. `detail`: a code of the library, or the reason again. */
  | {
      readonly event: 'sign-in.failed' | 'provider.unreachable';
      readonly provider: string;
      readonly reason: SignInFailureReason;
      readonly detail: string;
      readonly address: string;
      readonly suppressed?: number;
    }
  | { readonly event: 'assistant.answered'; readonly roomId: RoomId; readonly durationMs: number }
  | { readonly event: 'assistant.failed'; readonly roomId: RoomId; readonly error: unknown }
  | { readonly event: 'assistant.limited'; readonly roomId: RoomId; readonly userId: UserId }
  | { readonly event: 'store.down' | 'store.up' | 'sessions.down' | 'sessions.up' }
  /** Messages do not reach the other nodes; they are read from the store instead. */
  | { readonly event: 'bus.down'; readonly error: unknown }
  | { readonly event: 'bus.up' }
  /** A message of another node could not be handled. */
  | { readonly event: 'bus.failed'; readonly error: unknown; readonly suppressed?: number }
  /** A message on the bus was dropped, because no node of this cluster has sent it. */
  | { readonly event: 'bus.foreign'; readonly suppressed?: number }
  /** Another node does not accept the cookies or tokens of this one. */
  | { readonly event: 'secrets.differ'; readonly setting: string; readonly suppressed?: number }
  | { readonly event: 'store.failed'; readonly error: unknown; readonly suppressed?: number }
  | { readonly event: 'server.failed'; readonly error: unknown }
  /** The clock of this machine is ahead of the database's, or behind it, by at least this much. */
  | { readonly event: 'clock.differs'; readonly aheadSeconds: number }
  /** Another server may use the database. */
  | { readonly event: 'store.unlocked'; readonly error: unknown }
  /** This server uses the database alone again. */
  | { readonly event: 'store.locked' }
  /** Number of lines that were dropped because the log was not read. */
  | { readonly event: 'logger.dropped'; readonly count: number }
  | { readonly event: 'certificate.changed'; readonly subject: string; readonly validTo: string }
  | { readonly event: 'certificate.refused'; readonly error: unknown }
  | {
      readonly event: 'server.listening';
      readonly url: string;
      readonly store: string;
      readonly version: string;
    }
  | { readonly event: 'units.started'; readonly units: readonly Unit[]; readonly version: string }
  /** The folder of the built web client is missing: only the API is served. */
  | { readonly event: 'page.missing'; readonly folder: string; readonly remedy: string }
  | { readonly event: 'worker.started'; readonly worker: number; readonly pid: number }
  | {
      /** A worker process ended that was not told to; another one is started. */
      readonly event: 'worker.ended';
      readonly worker: number;
      readonly pid: number;
      /** Exit code, or the signal that killed it. */
      readonly cause: string;
    }
  /** A worker process does not answer, and is killed. */
  | { readonly event: 'worker.silent'; readonly worker: number; readonly pid: number }
  /** A worker process could not start, and is started again. */
  | { readonly event: 'worker.failed'; readonly worker: number; readonly error: unknown }
  | { readonly event: 'server.stopping'; readonly reason: string; readonly connections: number }
  | { readonly event: 'server.stopped'; readonly durationMs: number }
  | {
      readonly event: 'server.state';
      readonly connections: number;
      readonly users: number;
      readonly residentBytes: number;
      readonly heapBytes: number;
      readonly loopDelayMs: number;
      /** The bytes held for clients by use, and their maximum. */
      readonly budget: {
        readonly bytesMax: number;
        readonly recentEvents: number;
        readonly commands: number;
        readonly answers: number;
        readonly unsent: number;
      };
      /** Messages committed by one node for another since the start, if nodes do so. */
      readonly handovers: HandoverCounts | undefined;
    };

export interface Logger {
  record(entry: LogRecord): void;
}
