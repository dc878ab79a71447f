/** Sessions of an application with its own login: read but never created here. */
export interface ExternalSession {
  /** User id in the application. */
  readonly userId: string;
  readonly username: string | undefined;
  /** Name to show. */
  readonly displayName: string | undefined;
  /** Address of a picture. */
  readonly avatarUrl: string | undefined;
  /** Role in the application, such as `teacher`: for display only, it grants no permissions. */
  readonly role: string | undefined;
  readonly expiresAtMs: number;
}

export interface ExternalSessionStore {
  /** Whether the last request was answered. */
  readonly isUp: boolean;
  /**
   * Returns the records of these sessions in order; undefined for a session that is missing,
   * expired or not logged in.
   *
   * @throws StoreUnavailable
   */
  read(ids: readonly string[]): Promise<(ExternalSession | undefined)[]>;
  /** Returns whether the session existed. @throws StoreUnavailable */
  delete(id: string): Promise<boolean>;
  close(): Promise<void>;
}
