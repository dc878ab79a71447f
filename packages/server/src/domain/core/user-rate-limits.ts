/**
 * Limits how often a user may write, read and search, over all dialects, routes, connections and nodes:
 * more connections do not raise a limit.
 */

import type { LimitClass, UserId } from '@parley/protocol';
import type { BoundedLeases } from '../primitives/bounded-leases.ts';
import { RateLimiter } from '../primitives/rate-limiter.ts';
import type { DomainSettings } from '../settings.ts';

/** Those that the table of commands names, and those of what is no command. */
export interface UserRateLimits extends Readonly<Record<LimitClass, RateLimiter<UserId>>> {
  /** Messages sent without a connection, to which no connection limit applies. */
  readonly posts: RateLimiter<UserId>;
  /** Bytes of messages and edits; a message may use more than there are left. */
  readonly bytes: RateLimiter<UserId>;
  /** Messages that mention everyone in their room. */
  readonly everyone: RateLimiter<UserId>;
  /** Bytes of uploaded files. */
  readonly fileBytes: RateLimiter<UserId>;
  /** Milliseconds in which processes decode uploaded pictures. */
  readonly decodingMs: RateLimiter<UserId>;
  /** Addresses that the server fetches for a preview. */
  readonly linkFetches: RateLimiter<UserId>;
  /** Reports to the moderators of the server. */
  readonly reports: RateLimiter<UserId>;
  /** Tickets: a client asks for one with each connection. */
  readonly tickets: RateLimiter<UserId>;
  /**
   * By recipient: additions, invitations and first messages by users with whom the recipient shares
   * no private history.
   */
  readonly requests: RateLimiter<UserId>;
  /** The part of them that one author has, by `RECIPIENT AUTHOR`. */
  readonly requestsOfPair: RateLimiter<string>;
}

/** Many tabs that reconnect again and again stay below. */
const TICKETS = Object.freeze({ capacity: 120, windowMs: 60 * 1000 });
/** Each of these messages notifies all members: a handful is an announcement, more is a flood. */
const EVERYONE = Object.freeze({ capacity: 5, windowMs: 60 * 1000 });
/** Each is a connection of this server to another one. */
const LINK_FETCHES_PER_MINUTE = 30;
const REPORTS_PER_HOUR = 20;
/** 1,000 photos of a phone take four minutes. */
const DECODING_MS_PER_HOUR = 5 * 60 * 1000;
/** Minimum number of authors whose requests use up those of a recipient. */
const REQUESTERS_MIN = 5;
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Users read more than they write. */
const READ_MARKS_PER_CHANGE = 5;

export function createUserRateLimits(
  settings: DomainSettings,
  leases: BoundedLeases,
): UserRateLimits {
  const { messageRateMax, messageRateWindowMs: windowMs } = settings;
  // If messages are not limited, changes are not limited either.
  const perWindow = (name: string, capacity: number): RateLimiter<UserId> =>
    new RateLimiter(name, { capacity: messageRateMax === 0 ? 0 : capacity, windowMs }, leases);
  const creations = { capacity: settings.userCreationRateMax, windowMs: HOUR_MS };
  const requests = { capacity: settings.userRequestRateMax, windowMs: DAY_MS };
  const ofPair = { capacity: Math.ceil(requests.capacity / REQUESTERS_MIN), windowMs: DAY_MS };
  const bytes = { capacity: messageRateMax === 0 ? 0 : settings.userBytesPerDay, windowMs: DAY_MS };
  const everyone = { ...EVERYONE, ...(messageRateMax === 0 ? { capacity: 0 } : {}) };
  const reports = { capacity: messageRateMax === 0 ? 0 : REPORTS_PER_HOUR, windowMs: HOUR_MS };
  const fetches = {
    capacity: messageRateMax === 0 ? 0 : LINK_FETCHES_PER_MINUTE,
    windowMs: 60 * 1000,
  };
  const fileBytes = { capacity: settings.userFileBytesPerDay, windowMs: DAY_MS };
  // If files are not limited, pictures are not limited either.
  const decoding = {
    capacity: settings.userFileBytesPerDay === 0 ? 0 : DECODING_MS_PER_HOUR,
    windowMs: HOUR_MS,
  };
  return {
    fileBytes: new RateLimiter('file-bytes', fileBytes, leases),
    decodingMs: new RateLimiter('decoding-ms', decoding, leases),
    linkFetches: new RateLimiter('link-fetches', fetches, leases),
    bytes: new RateLimiter('bytes', bytes, leases),
    everyone: new RateLimiter('everyone', everyone, leases),
    messages: perWindow('messages', settings.userMessageRateMax),
    posts: perWindow('posts', messageRateMax),
    changes: perWindow('changes', settings.userChangeRateMax),
    searches: perWindow('searches', settings.userChangeRateMax),
    readMarks: perWindow('read-marks', settings.userChangeRateMax * READ_MARKS_PER_CHANGE),
    reads: perWindow('reads', settings.userReadRateMax),
    reports: new RateLimiter('reports', reports, leases),
    tickets: new RateLimiter('tickets', TICKETS, leases),
    creations: new RateLimiter('creations', creations, leases),
    requests: new RateLimiter('requests', requests, leases),
    requestsOfPair: new RateLimiter('requests-of-pair', ofPair, leases),
  };
}
