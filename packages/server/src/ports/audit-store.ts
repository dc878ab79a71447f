/**
 * The audit log. The operations that it records write their entries themselves, each in its own
 * transaction: see `stores/sql/audit-chain.ts`. If a user does the same to the same target again and again,
 * only the first `SAME_ENTRIES_MAX` within `SAME_WINDOW_MS` have entries; the others are counted.
 */
import type { AuditEntry, AuditQuery, Recorded, ShownEntry } from '../model/audit.ts';

export interface AuditStore {
  listAudit(query: AuditQuery): Promise<ShownEntry[]>;
  /** Entries by id, from the first after this one. */
  readAuditChain(afterId: number, limit: number): Promise<AuditEntry[]>;
  /** The latest entry about entries that were deleted: its target is the last of them, its detail the digest of that. */
  findPrune(): Promise<AuditEntry | undefined>;
  /** Records an act that changes nothing else, such as a refused login. */
  noteAct(act: Recorded): Promise<void>;
  /**
   * Writes an entry with the number of the acts that were only counted, for up to `hoursMax` of the windows
   * that have ended. Returns for how many windows: 0 if no other has ended.
   */
  sumRepeatedActs(request: { readonly nowMs: number; readonly hoursMax: number }): Promise<number>;
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
