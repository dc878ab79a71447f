/** An import of the history of another chat application: what an operator wants, and how far it is. */

export type ExportFormat = 'slack' | 'mattermost';

/** An export, as a process finds it again. */
export interface ExportFile {
  readonly format: ExportFormat;
  /** Absolute, on the machine of the operator. */
  readonly path: string;
  readonly size: number;
  /** Hexadecimal SHA-256 of its bytes. */
  readonly digest: string;
}

export interface ImportReport {
  readonly people: number;
  readonly knownPeople: number;
  readonly rooms: number;
  readonly messages: number;
  /** Messages of an earlier import. */
  readonly knownMessages: number;
  /** By what it is. */
  readonly leftOut: readonly (readonly [what: string, count: number])[];
}

export interface WantedImport extends ExportFile {
  readonly id: string;
  /** Name of the operator at the system, and of the system: `name@host`. */
  readonly operator: string;
  readonly createdAtMs: number;
}

export interface HistoryImport extends WantedImport {
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** Messages, as far as the latest attempt is. */
  readonly done: number;
  readonly total: number;
  readonly report: ImportReport | undefined;
  /** Why the latest attempt has failed: a line for the operator. */
  readonly failure: string | undefined;
  readonly changedAtMs: number;
}

/** How an attempt ends. */
export type ImportEnd =
  | { readonly state: 'done'; readonly report: ImportReport }
  | { readonly state: 'failed'; readonly failure: string }
  | {
      readonly state: 'waiting';
      readonly failure: string | undefined;
      readonly dueAtMs: number;
      /** Whether it was the fault of the import, of which there are not many attempts. */
      readonly isCounted: boolean;
    };
