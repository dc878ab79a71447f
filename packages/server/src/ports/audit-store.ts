/**
 * The audit log. The operations that it records write their entries themselves, each in its own
 * transaction: see `stores/sql/audit-chain.ts`.
 */
import type { AttemptLimit } from '../model/attempt-limits.ts';
import type { AuditEntry, AuditQuery, Recorded, ShownEntry } from '../model/audit.ts';

export interface AuditStore {
  listAudit(query: AuditQuery): Promise<ShownEntry[]>;
  /** Entries by id, from the first after this one. */
  readAuditChain(afterId: number, limit: number): Promise<AuditEntry[]>;
  /** The latest entry about entries that were deleted: its target is the last of them, its detail the digest of that. */
  findPrune(): Promise<AuditEntry | undefined>;
  /** Records an act that changes nothing else, such as a refused login, unless one of the limits is reached. */
  noteAct(act: Recorded, limits: readonly AttemptLimit[]): Promise<void>;
  /**
   * Deletes up to `entriesMax` of the entries that are older, from the first on, and records that.
   * Returns how many: 0 if there are no others.
   */
  pruneAudit(cut: {
    readonly beforeMs: number;
    readonly entriesMax: number;
    readonly nowMs: number;
  }): Promise<number>;
}
