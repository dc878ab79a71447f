/** Reports of messages and users to the moderators of the server, and their warnings. Pages load it when they need it. */
import type { MessageId, RoomId, ServerFrames, Timestamp, UserId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

export type ReportAction = 'dismiss' | 'delete' | 'warn' | 'mute' | 'suspend';

interface ReportedUser {
  readonly id: UserId;
  readonly username: string;
  readonly displayName: string;
}

/** As it was when it was reported. */
export interface ReportedMessage {
  readonly id: MessageId;
  readonly roomId: RoomId;
  /** Absent if the room is hidden from users who are not its members. */
  readonly roomName?: string;
  readonly userId: UserId;
  readonly sender: string;
  readonly content: string;
  /** Names of the attached files. */
  readonly files: readonly string[];
  readonly timestamp: Timestamp;
}

export interface Report {
  readonly id: string;
  readonly reason: string;
  readonly state: 'open' | 'closed';
  readonly createdAt: Timestamp;
  /** Absent if a rule of the server reports. */
  readonly reporter?: ReportedUser;
  /** The author of the message, if the report is about one. */
  readonly user: ReportedUser;
  readonly message?: ReportedMessage;
  /** Of a closed report. */
  readonly action?: ReportAction | string;
  readonly closedAt?: Timestamp;
  readonly closedBy?: ReportedUser;
}

export interface ReportsPage {
  readonly reports: readonly Report[];
  /** Continues the list; absent at its end. */
  readonly next?: string;
  /** Number of all open reports, at most 1000. */
  readonly open: number;
}

export interface ReportDecision {
  readonly action: ReportAction;
  /** Of a mute, default a day; of a suspension, default without an end. */
  readonly until?: Date;
  /** Shown to the user who is warned or muted. */
  readonly reason?: string;
}

export type ModerationWarning = ServerFrames['moderation_warning'];

/**
 * Reports a message or a user to the moderators of the server.
 *
 * @throws {ChatError} `NOT_FOUND`, `VALIDATION_ERROR`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function report(
  { http }: HasHttp,
  about: ({ readonly messageId: MessageId } | { readonly userId: UserId }) & {
    readonly reason: string;
  },
): Promise<string> {
  const answer = await http.call('POST', '/api/reports', about);
  // The server documents the answers of these routes.
  return (answer as { readonly report: { readonly id: string } }).report.id;
}

/**
 * A page of the open reports, oldest first, or of the closed ones, latest first.
 *
 * @throws {ChatError} `FORBIDDEN` without the role, `UNAUTHENTICATED`, `UNAVAILABLE`.
 */
export async function listReports(
  { http }: HasHttp,
  query: {
    readonly state?: 'open' | 'closed';
    readonly after?: string | undefined;
    readonly limit?: number;
  } = {},
): Promise<ReportsPage> {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value ? [[name, String(value)]] : [],
  );
  const answer = await http.call('GET', `/api/admin/reports?${new URLSearchParams(given)}`);
  const { reports, next, open } = answer as ReportsPage;
  return { reports, open, ...(next === undefined ? {} : { next }) };
}

/**
 * Closes a report, and does what was decided.
 *
 * @throws {ChatError} `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` if it is closed, `UNAVAILABLE`.
 */
export async function closeReport(
  { http }: HasHttp,
  id: string,
  decision: ReportDecision,
): Promise<Report> {
  const answer = await http.call('POST', `/api/admin/reports/${encodeURIComponent(id)}`, decision);
  return (answer as { readonly report: Report }).report;
}

/** The warnings that the user has not dismissed, oldest first. @throws {ChatError} `UNAVAILABLE`. */
export async function listWarnings({ http }: HasHttp): Promise<readonly ModerationWarning[]> {
  const answer = await http.call('GET', '/api/warnings');
  return (answer as { readonly warnings: readonly ModerationWarning[] }).warnings;
}

/** @throws {ChatError} `NOT_FOUND`, `UNAVAILABLE`. */
export async function dismissWarning({ http }: HasHttp, id: string): Promise<void> {
  await http.call('DELETE', `/api/warnings/${encodeURIComponent(id)}`);
}
