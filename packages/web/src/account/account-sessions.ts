/**
 * The client and drafts of each account on this page. They are kept if a session expires: unsent messages
 * are sent when the same user logs in again. If another user logs in with this browser, they stay in the
 * memory of this page only. A session that was ended on purpose leaves nothing.
 */
import {
  browserEnvironment,
  ChatClient,
  indexedDb,
  type SessionEndReason,
  shareSocket,
  type UserId,
  type UserPayload,
} from '@parley/client';
import { Drafts } from '../drafts/drafts.ts';
import { withFiles } from '../files/waiting-files.ts';
import { DisplayNames } from '../people/display-names.ts';
import { WorkspaceList } from '../workspaces/workspace-list.ts';
import { readKnownUser, readOfflineCopy } from './known-user.ts';
import type { OfflineCopyKeeper, Shown } from './offline-storage.ts';

export interface Visit {
  readonly user: UserPayload;
  readonly client: ChatClient;
  readonly drafts: Drafts;
  readonly names: DisplayNames;
  readonly workspaces: WorkspaceList;
  /** Stores what the page shows without a server. */
  readonly offlineCopy?: OfflineCopyKeeper;
}

/** Maximum number of accounts kept; above it the least recently used one is removed. */
export const VISITS_MAX = 5;

export class Visits {
  readonly #begin: (user: UserPayload, isOffline: boolean) => Visit;
  /** Most recent last. */
  readonly #visits = new Map<UserId, Visit>();
  /** Users who asked to log out, until their visit ends or they log in again. */
  readonly #leaving = new Set<UserId>();

  constructor(begin: (user: UserPayload, isOffline: boolean) => Visit = beginVisit) {
    this.#begin = begin;
  }

  /** User who was here last, if their visit is kept. */
  get latest(): UserId | undefined {
    return [...this.#visits.keys()].at(-1);
  }

  /** Continues or starts the user's visit, and closes the connections of all other users. */
  enter(user: UserPayload, isOffline = false): Visit {
    const visit = this.#visits.get(user.id) ?? this.#begin(user, isOffline);
    this.#visits.delete(user.id);
    this.#leaving.delete(user.id);
    for (const other of this.#visits.values()) {
      other.client.end({ discardUnsent: true });
      other.drafts.end();
      other.offlineCopy?.forget();
    }
    visit.drafts.begin();
    this.#visits.set(user.id, visit);
    const [oldest] = this.#visits.keys();
    if (this.#visits.size > VISITS_MAX && oldest !== undefined) this.#drop(oldest);
    visit.offlineCopy?.keep();
    visit.client.connect();
    return visit;
  }

  /** Notes that the user asked to log out. */
  leave(userId: UserId): void {
    this.#leaving.add(userId);
  }

  /** The logout failed: if the session ends later, what the user has not sent is kept. */
  stay(userId: UserId): void {
    this.#leaving.delete(userId);
  }

  /**
   * Removes what other users of this browser could read: the session ended. Drafts and unsent messages
   * stay only if it expired, which the stored time tells if the server does not.
   */
  endSession(userId: UserId, reason?: SessionEndReason): void {
    if (reason === 'expired' || (reason === undefined && readKnownUser()?.id !== userId)) {
      this.forget(userId);
    } else this.#end(userId);
  }

  /** Removes the stored copy of the messages. */
  forget(userId: UserId): void {
    this.#visits.get(userId)?.offlineCopy?.forget();
  }

  /**
   * Removes everything of the user if they asked to log out, and returns whether they did.
   * If the answer to the logout request was lost, the connection reports the end, too.
   */
  endIfLeaving(userId: UserId): boolean {
    if (!this.#leaving.delete(userId)) return false;
    this.#end(userId);
    return true;
  }

  #end(userId: UserId): void {
    const visit = this.#visits.get(userId);
    visit?.client.end({ discardUnsent: true });
    visit?.drafts.end();
    visit?.offlineCopy?.remove();
    this.#visits.delete(userId);
  }

  /** The next visit of the user, or another tab, sends the unsent messages. */
  #drop(userId: UserId): void {
    this.#visits.get(userId)?.client.end({ discardUnsent: false });
    this.#visits.delete(userId);
  }

  /** Whether an outbox contains messages that a reload would lose. */
  get hasUnstored(): boolean {
    return [...this.#visits.values()].some(({ client }) => client.hasUnstored);
  }
}

/** Passing the id ensures that nothing of this user is ever sent with another user's cookie. */
function beginVisit(user: UserPayload, isOffline: boolean): Visit {
  const { origin } = window.location;
  const copy = isOffline ? readOfflineCopy(user.id) : undefined;
  const client = new ChatClient({
    serverUrl: origin,
    userId: user.id,
    environment: shareSocket(browserEnvironment(), { account: user.id }),
    persist: withFiles(indexedDb({ account: user.id })),
    offlineCopy: copy,
  });
  const names = new DisplayNames((...keys) => client.account.findUsers(...keys), copy?.names);
  const workspaces = new WorkspaceList(client, copy?.workspaces);
  const drafts = new Drafts(user.id);
  // Another tab wrote: the next room that is opened here shows its draft, and what it sent is gone.
  window.addEventListener('storage', () => drafts.reload());
  // A deletion that can still be undone is sent before the page goes away.
  window.addEventListener('pagehide', () => client.flush());
  const shown = { user, client, names, workspaces };
  return { ...shown, drafts, offlineCopy: loadKeeper(shown) };
}

/** Not needed for the first messages. */
function loadKeeper(shown: Shown): OfflineCopyKeeper {
  const loading = loadOfflineStorage().then(({ offlineCopyKeeper }) => offlineCopyKeeper(shown));
  const run = (name: keyof OfflineCopyKeeper) => () => {
    loading.then((keeper) => keeper[name]()).catch(() => {});
  };
  return { keep: run('keep'), forget: run('forget'), remove: run('remove') };
}

export function loadOfflineStorage(): Promise<typeof import('./offline-storage.ts')> {
  return import('./offline-storage.ts');
}
