/** Settings of the domain that operators may change. Durations are in milliseconds. */
import { LIMITS } from '@parley/protocol';
import type { SearchLanguage } from '../model/stems.ts';
import { UNIT_NAMES, type Unit } from '../model/units.ts';

export interface DomainSettings {
  /** The units that this process runs. */
  readonly units: readonly Unit[];
  readonly registration: 'open' | 'invited' | 'closed';
  /** Of the addresses with which users register; empty: none is asked for. */
  readonly registrationEmailDomains: readonly string[];
  /** Sign-in that all accounts need: see `RequiredSignIn`. */
  readonly requiredSignIn: 'password' | 'two-step' | 'two-step-for-admins' | 'provider';
  readonly sessionTtlMs: number;
  /** Maximum age of a session, however much it is used. */
  readonly sessionAgeMaxMs: number;
  /** Maximum number of code points of a message in any dialect; a dialect may allow fewer. */
  readonly contentLengthMax: number;
  /** Maximum number of messages per connection in `messageRateWindowMs`; 0 disables the limit. */
  readonly messageRateMax: number;
  readonly messageRateWindowMs: number;
  /**
   * Maximum number of messages per user in `messageRateWindowMs`, over all connections and routes;
   * 0 disables the limit.
   */
  readonly userMessageRateMax: number;
  /** Whether floods are stopped, and new accounts limited; `messageRateMax` 0 lifts both, too. */
  readonly floodRules: boolean;
  /** How long an account counts as new where everybody can register; 0 disables it. */
  readonly newAccountMs: number;
  /** New accounts that join a public room in 5 minutes before steps follow; 0 disables the rule. */
  readonly joinWaveMax: number;
  /** Words and phrases that messages must not contain. */
  readonly blockedWords: readonly string[];
  /** Treatment of those that do. */
  readonly blockedWordsAction: 'reject' | 'report';
  /**
   * Maximum number of changes per user in `messageRateWindowMs`: edits, reactions, pins, members,
   * blocks; 0 disables the limit.
   */
  readonly userChangeRateMax: number;
  /**
   * Maximum number of pages of history and lists that a user may read in `messageRateWindowMs`; 0
   * disables the limit.
   */
  readonly userReadRateMax: number;
  /**
   * Maximum number of rooms, groups, direct rooms, workspaces and channels that a user may create
   * per hour; 0 disables the limit.
   */
  readonly userCreationRateMax: number;
  /** Maximum number of requests by strangers that a user receives per day; 0 disables the limit. */
  readonly userRequestRateMax: number;
  /** Whether the links of messages have previews. */
  readonly linkPreviews: boolean;
  /** Languages in whose words the search finds other forms of them. */
  readonly searchLanguages: readonly SearchLanguage[];
  /** Name of the room that the first account gets; empty for none. */
  readonly firstRoom: string;
  /** Whether strangers can only invite users who have not chosen. */
  readonly askBeforeStrangers: boolean;
  /** Maximum bytes of messages that a user may store per day; 0 disables the limit. */
  readonly userBytesPerDay: number;
  /** Maximum bytes of a file, of the files that a user may upload per day, and of all files. */
  readonly fileBytesMax: number;
  readonly userFileBytesPerDay: number;
  readonly allFilesBytesMax: number;
  /** Percent of the bytes that are left of all files which those of a user may take; 0 disables the limit. */
  readonly userFilesPercent: number;
  /** Maximum number of registrations per hour from all networks together; 0 disables the limit. */
  readonly registrationsPerHour: number;
  readonly historyOnJoin: number;
  readonly catchUpEventsMax: number;
  readonly tailEventsPerRoom: number;
  /** Maximum bytes that the process holds for all clients: see `ClientMemoryBudget`. */
  readonly memoryBudgetBytes: number;
  /** Unsent bytes of a connection above which ephemeral events are dropped. */
  readonly softBufferBytes: number;
  /**
   * Unsent bytes above which the connection lags: it gets what it missed after it has caught up on
   * reading.
   */
  readonly hardBufferBytes: number;
  /**
   * Maximum time that a connection may lag before its rooms are closed, for the client to fetch
   * again.
   */
  readonly laggingTimeoutMs: number;
  readonly typingTimeoutMs: number;
  readonly presenceGraceMs: number;
  /** Time without activity after which a user appears as away; 0 disables it. */
  readonly awayAfterMs: number;
  readonly emptyRoomTimeoutMs: number;
  /** How long messages are kept; 0 keeps them for ever. */
  readonly retentionMs: number;
  /** How long entries of the audit log are kept; 0 keeps them for ever. */
  readonly auditRetentionMs: number;
  /** Number of users in a room above which joins, leaves and presence are not sent individually. */
  readonly largeRoomPeople: number;
}

export const DOMAIN_DEFAULTS: DomainSettings = Object.freeze({
  units: UNIT_NAMES,
  registration: 'open',
  registrationEmailDomains: [],
  requiredSignIn: 'password',
  sessionTtlMs: 24 * 60 * 60 * 1000,
  sessionAgeMaxMs: 90 * 24 * 60 * 60 * 1000,
  contentLengthMax: LIMITS.contentLengthMax,
  messageRateMax: 100,
  messageRateWindowMs: 60_000,
  userMessageRateMax: 400,
  floodRules: true,
  newAccountMs: 24 * 60 * 60 * 1000,
  joinWaveMax: 30,
  blockedWords: [],
  blockedWordsAction: 'reject',
  userChangeRateMax: 400,
  userReadRateMax: 3000,
  userCreationRateMax: 60,
  userRequestRateMax: 50,
  linkPreviews: false,
  searchLanguages: ['en'] as const,
  firstRoom: '',
  askBeforeStrangers: true,
  userBytesPerDay: 100 * 1024 * 1024,
  fileBytesMax: 25 * 1024 * 1024,
  userFileBytesPerDay: 1024 ** 3,
  allFilesBytesMax: 20 * 1024 ** 3,
  userFilesPercent: 25,
  registrationsPerHour: 200,
  historyOnJoin: LIMITS.historyPageDefault,
  catchUpEventsMax: 1000,
  tailEventsPerRoom: 1000,
  memoryBudgetBytes: 256 * 1024 * 1024,
  softBufferBytes: 64 * 1024,
  hardBufferBytes: 256 * 1024,
  laggingTimeoutMs: 60_000,
  typingTimeoutMs: 3000,
  presenceGraceMs: 5000,
  awayAfterMs: 10 * 60 * 1000,
  emptyRoomTimeoutMs: 5 * 60 * 1000,
  retentionMs: 0,
  auditRetentionMs: 0,
  largeRoomPeople: 200,
});
