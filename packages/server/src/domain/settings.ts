/** What an operator may change about the domain's behaviour. Durations in milliseconds. */
import { LIMITS } from '@parley/protocol';

export interface DomainSettings {
  readonly registration: 'open' | 'closed';
  readonly sessionTtlMs: number;
  /** Code points of a message's text in any dialect; a dialect may allow less. */
  readonly contentLengthMax: number;
  /** Messages that one connection may send in `messageRateWindowMs`; 0 lifts the limit. */
  readonly messageRateMax: number;
  readonly messageRateWindowMs: number;
  /** Messages of one user in `messageRateWindowMs`, over all connections and routes; 0 lifts the limit. */
  readonly userMessageRateMax: number;
  /** Changes of one user in `messageRateWindowMs`: edits, reactions, pins, members, blocks; 0 lifts the limit. */
  readonly userChangeRateMax: number;
  /** Rooms, groups, direct rooms, workspaces and channels that one user may make in an hour; 0 lifts the limit. */
  readonly userCreationRateMax: number;
  readonly historyOnJoin: number;
  readonly catchUpEventsMax: number;
  readonly tailEventsPerRoom: number;
  /** Unsent bytes of a connection above which what is of the moment is dropped for it. */
  readonly softBufferBytes: number;
  /** Unsent bytes above which it lags: it gets what it misses once it has read on. */
  readonly hardBufferBytes: number;
  /** How long it may lag before its rooms are closed on it, to be fetched anew. */
  readonly laggingTimeoutMs: number;
  readonly typingTimeoutMs: number;
  readonly presenceGraceMs: number;
  readonly emptyRoomTimeoutMs: number;
  /** How long what was said is kept; 0: for ever. */
  readonly retentionMs: number;
  /** Above so many people in a room, joins, leaves and presence are not told one by one. */
  readonly largeRoomPeople: number;
}

export const DOMAIN_DEFAULTS: DomainSettings = Object.freeze({
  registration: 'open',
  sessionTtlMs: 24 * 60 * 60 * 1000,
  contentLengthMax: LIMITS.contentLengthMax,
  messageRateMax: 100,
  messageRateWindowMs: 60_000,
  userMessageRateMax: 400,
  userChangeRateMax: 400,
  userCreationRateMax: 60,
  historyOnJoin: LIMITS.historyPageDefault,
  catchUpEventsMax: 1000,
  tailEventsPerRoom: 1000,
  softBufferBytes: 64 * 1024,
  hardBufferBytes: 256 * 1024,
  laggingTimeoutMs: 60_000,
  typingTimeoutMs: 3000,
  presenceGraceMs: 5000,
  emptyRoomTimeoutMs: 5 * 60 * 1000,
  retentionMs: 0,
  largeRoomPeople: 200,
});
