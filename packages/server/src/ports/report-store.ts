import type { UserId } from '@parley/protocol';
import type { By } from '../model/audit.ts';
import type {
  NewReport,
  Report,
  ReportDecision,
  ReportEnd,
  ReportReader,
  Warning,
} from '../model/report.ts';

/** Reports of users to moderators, and the warnings of moderators. */
export interface ReportStore {
  /** Returns the id of the report, or of the open report of this user about the same target. */
  insertReport(report: NewReport): Promise<string>;
  findReport(id: string): Promise<Report | undefined>;
  /** Open reports, oldest first, or closed ones, latest first; after a report of the list. @param reader Default all. */
  listReports(page: {
    readonly state: 'open' | 'closed';
    readonly after: string | undefined;
    readonly limit: number;
    readonly reader?: ReportReader | undefined;
  }): Promise<Report[]>;
  /** At most 1000 are counted. */
  countOpenReports(reader?: ReportReader): Promise<number>;
  /** Reports that the user has made, and automatic ones about the user, latest first; before a report of the list. */
  listReportsBy(
    userId: UserId,
    page: { readonly before: string | undefined; readonly limit: number },
  ): Promise<Report[]>;
  /**
   * Atomically closes a report and does what was decided; for the deletion of a message, notes a removal
   * with the id of the report. If something is done, all open reports about the same target are closed. Also deletes some reports that
   * were closed before `keptSinceMs`. Does nothing if the roles, as they are in the transaction, do not permit
   * it: `mayActOnReport`.
   */
  closeReport(
    id: string,
    decision: ReportDecision,
    keptSinceMs: number,
    by: By,
  ): Promise<ReportEnd>;
  /** The latest of the user, oldest first. */
  listWarnings(userId: UserId): Promise<Warning[]>;
  /** Returns false if there is no such warning. */
  deleteWarning(userId: UserId, id: string): Promise<boolean>;
}
