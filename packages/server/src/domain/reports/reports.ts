/** Reports of messages and users to the moderators of the server, who decide about them. */
import { ChatError, isBlank, LIMITS, type MessageId, type UserId } from '@parley/protocol';
import {
  mayActOnReport,
  mayReadReports,
  rolesInReportsFor,
} from '../../model/administration-rules.ts';
import type { ActingUser, Identity } from '../../model/identity.ts';
import { cutPage, type Page, type PageRequest } from '../../model/page.ts';
import type {
  NewReport,
  Report,
  ReportAction,
  ReportDecision,
  ReportReader,
} from '../../model/report.ts';
import { mayRemove } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Store } from '../../ports/store.ts';
import type { AccountChanges } from '../accounts/account-changes.ts';
import { refusal } from '../accounts/account-refusal.ts';
import { findPersonById } from '../accounts/find-user-by-id.ts';
import { requireFullSession } from '../accounts/full-session.ts';
import { byOf } from '../core/act.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { Core } from '../core/core.ts';
import { announceMute } from '../core/mute-announcer.ts';
import { findReadableMessage } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { LogWriter } from '../delivery/log-writer.ts';
import { type TextKind, toLine, toText } from '../primitives/text-validation.ts';
import { carryOutRemoval } from '../removals/remove-message.ts';
import { toRestriction } from '../rooms/room-restrictions.ts';
import { showWarning } from './warnings.ts';

interface ReportsDependencies {
  readonly store: Pick<Store, 'accounts' | 'log' | 'removals' | 'reports' | 'rooms'>;
  readonly accountChanges: Pick<AccountChanges, 'announce'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'noteMute' | 'send'>;
  readonly logWriter: Pick<LogWriter, 'submit'>;
  readonly events: Pick<Core['events'], 'emit'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'reports'>;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

interface ReportRequest {
  readonly messageId?: MessageId | undefined;
  readonly userId?: UserId | undefined;
  readonly reason: string;
}

interface DecisionRequest {
  readonly action: ReportAction;
  /** ISO 8601. */
  readonly until?: string | undefined;
  /** Shown to the reported user. */
  readonly reason?: string | undefined;
}

const REASON: TextKind = {
  ...{ field: 'reason', noun: 'The reason', lengthMax: LIMITS.reasonLengthMax },
};
/** Number of reports in one page, unless the caller asks for another. */
const LISTED_DEFAULT = 50;
const DAY_MS = 24 * 60 * 60 * 1000;
/** End of a mute if the moderator gives none. */
const MUTE_DEFAULT_MS = DAY_MS;
/** How long closed reports are kept. */
const KEPT_MS = 90 * DAY_MS;

export class Reports {
  readonly #dependencies: ReportsDependencies;

  constructor(dependencies: ReportsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Reports a message that the user can read, or a user. Returns the id of the report: of the same one
   * again while it is open.
   *
   * @throws {ChatError} VALIDATION_ERROR; NOT_FOUND, also for messages that the user cannot read;
   *   RATE_LIMITED, UNAVAILABLE.
   */
  async report(user: ActingUser, request: ReportRequest): Promise<string> {
    const { events, store, userLimits, secrets, clock } = this.#dependencies;
    await userLimits.changes.take(user.id);
    await userLimits.reports.take(user.id);
    const reason = toText(request.reason, REASON);
    const target = await this.#findTarget(user, request);
    if (target.userId === user.id) {
      const message = 'You cannot report yourself';
      throw new ChatError('VALIDATION_ERROR', { field: fieldOf(request), message });
    }
    const id = secrets.newId();
    const about = { reporterId: user.id, reason, atMs: clock.nowMs() };
    const stored = await store.reports.insertReport({ id, ...about, ...target });
    events.emit('reportsChanged');
    return stored;
  }

  /**
   * Reports about users of a lower role, and none about the reader: those about a moderator are for admins and
   * owners.
   *
   * @throws {ChatError} FORBIDDEN without the role, UNAVAILABLE.
   */
  async list(
    identity: Identity,
    page: PageRequest & { readonly state: 'open' | 'closed' },
  ): Promise<Page<Report> & { readonly open: number }> {
    requireFullSession(identity);
    if (!mayReadReports(identity.user)) throw new ChatError('FORBIDDEN');
    const { state, after, limit = LISTED_DEFAULT } = page;
    const reader = readerOf(identity.user);
    const rows = await this.#dependencies.store.reports.listReports({
      ...{ state, after, limit: limit + 1, reader },
    });
    const open = await this.#dependencies.store.reports.countOpenReports(reader);
    return { ...cutPage(rows, limit, ({ id }) => id), open };
  }

  /**
   * Closes a report, and does what was decided: the deletion of a message later if its room does not
   * answer.
   *
   * @throws {ChatError} FORBIDDEN; NOT_FOUND; CONFLICT if it is closed, also by another moderator
   *   meanwhile; VALIDATION_ERROR for an action that does not fit the report; RATE_LIMITED, UNAVAILABLE.
   */
  async decide(identity: Identity, id: string, request: DecisionRequest): Promise<Report> {
    const { store, userLimits, clock } = this.#dependencies;
    const { user } = identity;
    await userLimits.changes.take(user.id);
    requireFullSession(identity);
    if (!mayReadReports(user)) throw new ChatError('FORBIDDEN');
    const report = await store.reports.findReport(id);
    if (report === undefined) throw new ChatError('NOT_FOUND', { field: 'id' });
    if (report.closed !== undefined) throw alreadyClosed();
    const [subject] = await store.accounts.listUsers([report.user.id]);
    if (subject === undefined) throw new ChatError('NOT_FOUND', { field: 'id' });
    const decision = this.#toDecision(report, request);
    const about = { nowMs: clock.nowMs(), reporterId: report.reporter?.id };
    if (about.reporterId === user.id && user.role !== 'owner') throw ownReport();
    const isAllowed = mayActOnReport(user, decision, subject, about);
    if (!isAllowed) throw new ChatError('FORBIDDEN');
    if (decision.action === 'mute') await this.#requireMutable(user, report, subject);
    const by = byOf(user, clock);
    const end = await store.reports.closeReport(id, decision, by.atMs - KEPT_MS, by);
    if (end.kind === 'already-closed') throw alreadyClosed();
    if (end.kind === 'refused') throw refusal(end.why, 'set');
    this.#dependencies.events.emit('reportsChanged');
    await this.#carryOut(report, decision, subject);
    const { accountChanges, connectedUsers } = this.#dependencies;
    if (decision.action === 'suspend') accountChanges.announce(subject.id, end.endedKeys);
    if (end.warning !== undefined) {
      showWarning(this.#dependencies, subject.id, end.warning);
      connectedUsers.send(subject.id, { kind: 'warning', warning: end.warning });
    }
    return (await store.reports.findReport(id)) ?? report;
  }

  async #findTarget(
    user: User,
    request: ReportRequest,
  ): Promise<Pick<NewReport, 'userId' | 'message'>> {
    const { messageId, userId } = request;
    if ((messageId === undefined) === (userId === undefined)) {
      const message = "Give one of the fields 'messageId' and 'userId'";
      throw new ChatError('VALIDATION_ERROR', { field: 'messageId', message });
    }
    if (userId !== undefined) {
      const found = await findPersonById(this.#dependencies, user, userId);
      if (found === undefined || found.deletedAtMs !== undefined) throw unknown(request);
      return { userId: found.id, message: undefined };
    }
    const found = messageId && (await findReadableMessage(this.#dependencies, user.id, messageId));
    if (!found) throw unknown(request);
    const { message } = found;
    const { id, roomId, content, createdAtMs: sentAtMs, attachments } = message;
    const files = attachments.map((each) =>
      typeof each === 'string' ? each : String(each['name'] ?? ''),
    );
    return { userId: message.userId, message: { id, roomId, content, files, sentAtMs } };
  }

  #toDecision(report: Report, { action, until, reason = '' }: DecisionRequest): ReportDecision {
    const { clock, secrets } = this.#dependencies;
    const said = isBlank(reason) ? '' : toLine(reason, REASON);
    const needsMessage = action === 'delete' || action === 'mute';
    if (needsMessage && report.message === undefined) {
      const message = 'The report is about no message';
      throw new ChatError('VALIDATION_ERROR', { field: 'action', message });
    }
    if (until !== undefined && action !== 'mute' && action !== 'suspend') {
      throw new ChatError('VALIDATION_ERROR', { field: 'until' });
    }
    switch (action) {
      case 'warn':
        return { action, warningId: secrets.newId(), reason: said };
      case 'mute': {
        const nowMs = clock.nowMs();
        const { untilMs = nowMs + MUTE_DEFAULT_MS } = toRestriction({ until }, nowMs);
        return { action, untilMs, reason: said };
      }
      case 'suspend':
        return { action, untilMs: toRestriction({ until }, clock.nowMs()).untilMs, reason: said };
      default:
        return { action };
    }
  }

  async #requireMutable({ role }: User, { message }: Report, subject: User): Promise<void> {
    const { rooms } = this.#dependencies.store;
    const found = message && (await rooms.findRoom({ kind: 'id', id: message.roomId }, subject.id));
    if (found === undefined) throw new ChatError('NOT_FOUND', { field: 'id' });
    const { room, role: roomRole } = found;
    if (!mayRemove({ role, roomRole: 'member' }, { role: subject.role, roomRole }, room.kind)) {
      throw new ChatError('FORBIDDEN');
    }
  }

  async #carryOut({ id, message }: Report, decision: ReportDecision, author: User): Promise<void> {
    if (message === undefined) return;
    const { roomId, id: messageId } = message;
    if (decision.action === 'mute') {
      const { untilMs, reason } = decision;
      announceMute(this.#dependencies, author.id, { roomId, mute: { untilMs, reason } });
    }
    if (decision.action !== 'delete') return;
    // The removal is stored with the end of the report: if this fails, it is done later.
    await carryOutRemoval(this.#dependencies, id, { roomId, messageId, author });
  }
}

function fieldOf({ messageId }: ReportRequest): string {
  return messageId === undefined ? 'userId' : 'messageId';
}

function unknown(request: ReportRequest): ChatError {
  return new ChatError('NOT_FOUND', { field: fieldOf(request) });
}

/** The reports that a moderator is shown. */
export function readerOf(user: User): ReportReader {
  return { id: user.id, roles: rolesInReportsFor(user) };
}

function ownReport(): ChatError {
  return new ChatError('FORBIDDEN', { message: 'Another moderator decides about your own report' });
}

function alreadyClosed(): ChatError {
  return new ChatError('CONFLICT', { message: 'This report is closed' });
}
