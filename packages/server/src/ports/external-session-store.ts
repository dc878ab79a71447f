/** Sessions of an application that keeps its own login: read here, and never made. */
export interface ExternalSession {
  /** What the application calls the person. */
  readonly userId: string;
  readonly username: string | undefined;
  /** What the person is there, as `teacher`: to be shown, and no right to anything here. */
  readonly role: string | undefined;
  readonly expiresAtMs: number;
}

export interface ExternalSessionStore {
  /** Whether it answered when it was last asked. */
  readonly isUp: boolean;
  /**
   * The records of these sessions, in their order; undefined for one that is gone, over,
   * or of nobody who is logged in.
   *
   * @throws StoreUnavailable
   */
  read(ids: readonly string[]): Promise<(ExternalSession | undefined)[]>;
  /** Whether it was there. @throws StoreUnavailable */
  delete(id: string): Promise<boolean>;
  close(): Promise<void>;
}
