/** Reads the audit log, for those who may, and checks its chain. */

import { AUDIT_ACTIONS, ChatError } from '@parley/protocol';
import {
  type AuditEntry,
  encodeEntry,
  OPERATOR,
  SERVER,
  type ShownEntry,
} from '../../model/audit.ts';
import { cutPage, type Page, type PageRequest } from '../../model/page.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { AuditStore } from '../../ports/audit-store.ts';
import type { Crypto } from '../../ports/crypto.ts';

export interface AuditRequest extends PageRequest {
  /** Id or username of a user, `operator` or `server`. */
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
}

interface AuditReaderDependencies {
  readonly accounts: Pick<AccountStore, 'findCredentials'>;
  readonly audit: Pick<AuditStore, 'listAudit' | 'readAuditChain' | 'findPrune'>;
  readonly secrets: Pick<Crypto, 'digest'>;
}

type ChainState =
  | {
      readonly kind: 'whole';
      readonly count: number;
      /** The latest entry; undefined if there is none. */
      readonly last: AuditEntry | undefined;
    }
  | {
      readonly kind: 'broken';
      /** Id of the first entry that is not as it was written. */
      readonly id: number;
      readonly reason: string;
    };

/** Entries in one page, unless the caller asks for another number. */
const LISTED_DEFAULT = 50;
/** Entries of the chain in one read. */
const CHAIN_PAGE = 1000;
const USER_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ENTRY_ID = /^\d{1,15}$/;

export class AuditReader {
  readonly #dependencies: AuditReaderDependencies;

  constructor(dependencies: AuditReaderDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Entries, latest first; `after` is the id of an entry.
   *
   * @throws {ChatError} VALIDATION_ERROR for an unknown action, or an `after` that is not an id;
   *   NOT_FOUND if no user has the name of the actor.
   */
  async list({
    actor: written,
    action,
    after,
    limit = LISTED_DEFAULT,
  }: AuditRequest): Promise<Page<ShownEntry>> {
    if (action !== undefined && !AUDIT_ACTIONS.some((each) => each === action)) {
      const message = `An action is one of ${AUDIT_ACTIONS.join(', ')}`;
      throw new ChatError('VALIDATION_ERROR', { field: 'action', message });
    }
    if (after !== undefined && !ENTRY_ID.test(after)) {
      const message = "'after' must be the id of an entry";
      throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
    }
    const actor = written === undefined ? undefined : await this.#findActor(written);
    const before = after === undefined ? undefined : Number(after);
    const query = { actor, action, before, limit: limit + 1 };
    const rows = await this.#dependencies.audit.listAudit(query);
    return cutPage(rows, limit, ({ id }) => String(id));
  }

  /** Reads the whole chain, in pages, also while entries are added and the oldest are deleted. */
  async verify(): Promise<ChainState> {
    for (;;) {
      const [first] = await this.#dependencies.audit.readAuditChain(0, 1);
      const state = await this.#verifyFrom(first);
      if (state.kind === 'whole') return state;
      // Retention may have deleted entries meanwhile: then the chain begins later.
      const [now] = await this.#dependencies.audit.readAuditChain(0, 1);
      if (now?.id === first?.id) return state;
    }
  }

  async #verifyFrom(first: AuditEntry | undefined): Promise<ChainState> {
    const { audit, secrets } = this.#dependencies;
    if (first === undefined) return { kind: 'whole', count: 0, last: undefined };
    let previous = '';
    if (first.id !== 1) {
      // The chain says itself where it begins since the last deletion.
      const prune = await audit.findPrune();
      if (prune === undefined || prune.target !== String(first.id - 1)) {
        return { kind: 'broken', id: first.id, reason: 'the entries before it are missing' };
      }
      previous = prune.detail;
    }
    let id = first.id - 1;
    let last: AuditEntry | undefined;
    for (;;) {
      const page = await audit.readAuditChain(id, CHAIN_PAGE);
      for (const entry of page) {
        id += 1;
        if (entry.id !== id) return { kind: 'broken', id, reason: 'it is missing' };
        if (secrets.digest(encodeEntry(previous, entry)) !== entry.digest) {
          return { kind: 'broken', id, reason: 'its digest does not match' };
        }
        previous = entry.digest;
        last = entry;
      }
      if (page.length < CHAIN_PAGE) return { kind: 'whole', count: id - first.id + 1, last };
    }
  }

  async #findActor(written: string): Promise<string> {
    if (written === OPERATOR || written === SERVER || USER_ID.test(written)) return written;
    const found = await this.#dependencies.accounts.findCredentials(written);
    if (found !== undefined) return found.user.id;
    throw new ChatError('NOT_FOUND', { field: 'actor', message: 'No user has this name' });
  }
}
