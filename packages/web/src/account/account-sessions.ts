/**
 * What each account has on this page: its client and drafts. Kept when a session ends
 * or somebody else logs in with this browser: what was written waits, unseen, and goes
 * out when the same person logs in again.
 */
import { ChatClient, type UserId, type UserPayload } from '@parley/client';
import { Drafts } from '../conversation/drafts.ts';

export interface Visit {
  readonly user: UserPayload;
  readonly client: ChatClient;
  readonly drafts: Drafts;
}

/** Accounts whose visits are kept; above it the one that was here longest ago goes. */
export const VISITS_MAX = 5;

export class Visits {
  readonly #begin: (user: UserPayload) => Visit;
  /** The latest comes last. */
  readonly #visits = new Map<UserId, Visit>();

  constructor(begin: (user: UserPayload) => Visit = beginVisit) {
    this.#begin = begin;
  }

  /** Who was here last, if anything of them is kept. */
  get latest(): UserId | undefined {
    return [...this.#visits.keys()].at(-1);
  }

  /** Goes on with the person's visit, or begins one; nobody else is connected any more. */
  enter(user: UserPayload): Visit {
    const visit = this.#visits.get(user.id) ?? this.#begin(user);
    this.#visits.delete(user.id);
    for (const { client } of this.#visits.values()) client.close();
    this.#visits.set(user.id, visit);
    const [oldest] = this.#visits.keys();
    if (this.#visits.size > VISITS_MAX && oldest !== undefined) this.#visits.delete(oldest);
    visit.client.connect();
    return visit;
  }

  /** Nothing of the person stays. */
  end(userId: UserId): void {
    const visit = this.#visits.get(userId);
    visit?.client.close();
    visit?.drafts.clear();
    this.#visits.delete(userId);
  }

  /** Whether something is in an outbox, waiting or failed: a reload would forget it. */
  get hasUnsent(): boolean {
    return [...this.#visits.values()].some(({ client }) => client.getSnapshot().outbox.length > 0);
  }
}

/** With the id, so that nothing of this person goes over a cookie of another, from the first moment on. */
function beginVisit(user: UserPayload): Visit {
  const client = new ChatClient({ serverUrl: window.location.origin, userId: user.id });
  return { user, client, drafts: new Drafts(user.id) };
}
