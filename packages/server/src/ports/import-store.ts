import type { HistoryImport, ImportEnd, WantedImport } from '../model/history-import.ts';

/** Imports of the history of other chat applications. */
export interface ImportStore {
  /**
   * Notes an import, which is due at once. An import of the same file that has not ended is begun again
   * instead. Returns its id.
   */
  insertImport(wanted: WantedImport): Promise<string>;
  findImport(id: string): Promise<HistoryImport | undefined>;
  /** Those that are due, the oldest first. */
  listDueImports(nowMs: number, limit: number): Promise<readonly HistoryImport[]>;
  /**
   * Takes an import that is due, and lets it be due again at another time: until then, no other process
   * takes it. Returns how many attempts there were with this one; undefined if another process was first.
   *
   * @param attempt `holder` names the attempt.
   */
  takeImport(
    id: string,
    attempt: { readonly holder: string; readonly nowMs: number; readonly dueAtMs: number },
  ): Promise<number | undefined>;
  /** Notes how far an attempt is, and takes the import for longer. False if it is no longer the latest one. */
  saveImport(
    attempt: { readonly id: string; readonly holder: string },
    progress: {
      readonly done: number;
      readonly total: number;
      readonly nowMs: number;
      readonly dueAtMs: number;
    },
  ): Promise<boolean>;
  /** Ends the attempt, if it is the latest one. */
  endImport(
    attempt: { readonly id: string; readonly holder: string },
    end: ImportEnd,
    nowMs: number,
  ): Promise<void>;
}
