/** Fetches the pages behind addresses that users write. */

/** Texts as the page has them, and the bytes of its picture. */
export interface FetchedLink {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly siteName?: string | undefined;
  readonly picture?: Uint8Array | undefined;
}

export interface LinkFetcher {
  /**
   * Undefined if the address shows nothing, or must not be fetched: connections are made to public
   * addresses only, whatever their names resolve to.
   */
  fetch(url: string): Promise<FetchedLink | undefined>;
  close(): Promise<void>;
}
