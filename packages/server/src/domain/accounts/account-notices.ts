/**
 * Tells the user's other devices, and the confirmed e-mail address, of sign-ins and of changes of how
 * the user signs in. A notice stays stored until it is dismissed: devices that are away see it with
 * their next connection.
 */
import {
  type AccountNoticeKind,
  ChatError,
  deviceName,
  knownDeviceName,
  type UserId,
} from '@parley/protocol';
import type { AccountNotice, ShownNotice } from '../../model/account-notice.ts';
import type { Identity } from '../../model/identity.ts';
import type { Session } from '../../model/session.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { broadcast } from '../delivery/fan-out.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { requireFullSession } from './full-session.ts';
import { sessionIdOf } from './session-id.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Time for which a notice is shown. */
export const NOTICE_SHOWN_MS = 14 * DAY_MS;
/** Notices of one user; the oldest go first. */
const KEPT_MAX = 20;
/** A device is known for this time after its last sign-in. */
const DEVICE_KNOWN = { attemptsMax: 1, windowMs: 90 * DAY_MS };
/** Mails to one user about one kind of notice: no sign-ins keep a change from being mailed. */
const MAILS = { attemptsMax: 5, windowMs: DAY_MS };
/** Sessions of the user in which a device is looked for. */
const SESSIONS_MAX = 50;

interface AccountNoticesDependencies {
  readonly accounts: Pick<
    AccountStore,
    | 'countAttempt'
    | 'deleteAccountNotice'
    | 'findEmail'
    | 'findLastSeen'
    | 'forgetAttempts'
    | 'insertAccountNotice'
    | 'listAccountNotices'
    | 'queueMail'
  >;
  readonly sessions: Pick<SessionStore, 'findSession' | 'listSessions'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'connectionsOf' | 'send'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  /** Maps an address to its network: an IPv6 address to its /64. */
  readonly networkOf: (address: string) => string;
  readonly secrets: Pick<Crypto, 'digest' | 'newId'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly background: Pick<BackgroundTasks, 'run'>;
  /** Whether this server sends mail. */
  readonly hasMail: boolean;
}

/** The program and the address with which the user did it. */
type Actor = Pick<Session, 'key' | 'userId' | 'address' | 'userAgent'> & {
  /** Whether the session is one of this server. */
  readonly isStored: boolean;
};

export class AccountNotices {
  readonly #dependencies: AccountNoticesDependencies;

  constructor(dependencies: AccountNoticesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * After a session was stored: no sign-in waits for it.
   *
   * @param kind Another one if the session came with the change.
   */
  noteSession(session: Session, kind: 'signed_in' | 'password_changed'): void {
    const { background } = this.#dependencies;
    if (kind === 'signed_in') background.run(this.#noteSignIn(session));
    else background.run(this.#note(kind, { ...session, isStored: true }, session.createdAtMs));
  }

  /**
   * After a change of the account.
   *
   * @param sessionKey Undefined if it is not known.
   * @param mailTo Default: the confirmed address of the user.
   */
  noteChange(
    kind: AccountNoticeKind,
    { id: userId, address = '' }: Pick<Identity['user'], 'id' | 'address'>,
    sessionKey: string | undefined,
    mailTo?: string,
  ): void {
    const { background, clock } = this.#dependencies;
    const atMs = clock.nowMs();
    const note = async (): Promise<void> => {
      const session = await this.#findSession(sessionKey);
      const actor = {
        ...{ key: sessionKey ?? '', userId, userAgent: session?.userAgent ?? '' },
        ...{ address: address || (session?.address ?? ''), isStored: session !== undefined },
      };
      await this.#note(kind, actor, atMs, mailTo);
    };
    background.run(note());
  }

  /**
   * Notices that the user has not dismissed, oldest first: those about this session are left out, and
   * earlier sign-ins of the same device.
   *
   * @throws {ChatError} FORBIDDEN for a token that is only for connections, UNAVAILABLE.
   */
  async list(identity: Identity): Promise<ShownNotice[]> {
    requireFullSession(identity);
    const { accounts, sessions, clock } = this.#dependencies;
    const { user, sessionKey } = identity;
    const nowMs = clock.nowMs();
    const found = await accounts.listAccountNotices(user.id, nowMs - NOTICE_SHOWN_MS, sessionKey);
    if (found.length === 0) return [];
    const own = await this.#findSession(sessionKey);
    const live = await sessions.listSessions(user.id, { nowMs, limit: SESSIONS_MAX });
    const liveKeys = new Set(live.map(({ key }) => key));
    const isOwn = ({ kind, device, address, atMs }: AccountNotice): boolean =>
      own !== undefined &&
      kind === 'signed_in' &&
      atMs < own.createdAtMs &&
      device === deviceName(own.userAgent) &&
      address === own.address;
    return found
      .filter((notice) => !isOwn(notice))
      .map((notice) => this.#show(notice, liveKeys.has(notice.sessionKey)));
  }

  /** @throws {ChatError} NOT_FOUND, also for a notice about this session; otherwise as `list`. */
  async dismiss(identity: Identity, id: string): Promise<void> {
    requireFullSession(identity);
    const { accounts, userLimits } = this.#dependencies;
    const { user, sessionKey } = identity;
    await userLimits.changes.take(user.id);
    const wasThere = await accounts.deleteAccountNotice(user.id, id, sessionKey);
    if (!wasThere) throw new ChatError('NOT_FOUND', { field: 'id' });
  }

  /** Sends it to the user's connections on this node, except those of the session that caused it. */
  show(userId: UserId, notice: ShownNotice, exceptKey: string): void {
    const connections = this.#dependencies.connectedUsers.connectionsOf(userId);
    const others = connections.filter(({ sessionKey }) => sessionKey !== exceptKey);
    broadcast({ kind: 'account-notice', notice }, others);
  }

  async #noteSignIn(session: Session): Promise<void> {
    const { accounts, sessions } = this.#dependencies;
    const { key, userId, createdAtMs } = session;
    const isKnown = await this.#noteDevice(session);
    const page = { nowMs: createdAtMs, limit: SESSIONS_MAX };
    const others = (await sessions.listSessions(userId, page)).filter((each) => each.key !== key);
    const isListed = others.some((each) => this.#placeOf(each) === this.#placeOf(session));
    const isNew = !isKnown && !isListed;
    // The device that the account was made with is not told of itself.
    const isFirst = others.length === 0 && (await accounts.findLastSeen(userId)) === undefined;
    if (isFirst || (others.length === 0 && !isNew)) return;
    const actor = { ...session, isStored: true };
    await this.#note('signed_in', actor, createdAtMs, isNew ? undefined : 'none');
  }

  async #note(
    kind: AccountNoticeKind,
    { key: sessionKey, userId, address, userAgent, isStored }: Actor,
    atMs: number,
    mailTo?: string | 'none',
  ): Promise<void> {
    const { accounts, connectedUsers, secrets } = this.#dependencies;
    const device = deviceName(userAgent);
    const notice = { id: secrets.newId(), kind, atMs, device, address, sessionKey };
    await accounts.insertAccountNotice(userId, notice, KEPT_MAX);
    const shown = this.#show(notice, isStored);
    this.show(userId, shown, sessionKey);
    connectedUsers.send(userId, { kind: 'account-notice', notice: shown, exceptKey: sessionKey });
    if (mailTo !== 'none') await this.#mail(userId, { ...notice, userAgent }, mailTo);
  }

  async #mail(
    userId: UserId,
    { kind, atMs, address, userAgent }: AccountNotice & Pick<Session, 'userAgent'>,
    mailTo: string | undefined,
  ): Promise<void> {
    const { accounts, secrets, hasMail } = this.#dependencies;
    if (!hasMail) return;
    const email = mailTo === undefined ? await accounts.findEmail(userId) : undefined;
    const to = mailTo ?? (email?.isConfirmed ? email.address : undefined);
    if (to === undefined) return;
    const limit = { key: `mailed notice ${kind} ${userId}`, ...MAILS };
    if ((await accounts.countAttempt([limit], atMs)) > 0) return;
    const notice = { to, kind, atMs, address, device: knownDeviceName(userAgent) };
    await accounts.queueMail({
      ...{ id: secrets.newId(), kind: 'account-notice', userId, notice, atMs },
    });
  }

  /** Returns whether the device has signed in lately. */
  async #noteDevice(session: Session): Promise<boolean> {
    const { accounts, secrets } = this.#dependencies;
    const { userId, createdAtMs } = session;
    const limit = {
      key: `device ${secrets.digest(`${userId} ${this.#placeOf(session)}`)}`,
      ...DEVICE_KNOWN,
    };
    const isKnown = (await accounts.countAttempt([limit], createdAtMs)) > 0;
    if (!isKnown) return false;
    // The time begins again.
    await accounts.forgetAttempts(limit.key);
    await accounts.countAttempt([limit], createdAtMs);
    return true;
  }

  /** Browsers change their version, and clients their address within a network. */
  #placeOf({ userAgent, address }: Pick<Session, 'userAgent' | 'address'>): string {
    const network = this.#dependencies.networkOf(address).replace(/\.\d+$/, '');
    return `${deviceName(userAgent)} ${network}`;
  }

  async #findSession(key: string | undefined): Promise<Session | undefined> {
    if (key === undefined) return undefined;
    return (await this.#dependencies.sessions.findSession(key))?.session;
  }

  #show({ sessionKey, ...notice }: AccountNotice, isLive: boolean): ShownNotice {
    const { secrets } = this.#dependencies;
    return { ...notice, sessionId: isLive ? sessionIdOf(secrets, sessionKey) : undefined };
  }
}
