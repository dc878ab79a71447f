import type { CachedPreview, LinkPreview, WantedPreview } from '../model/link-preview.ts';

/** Previews by the digest of their address: a cache of a fixed number of places, in which a new address may replace another one. */
export interface LinkPreviewStore {
  /** Those that have not expired. */
  findPreviews(urlDigests: readonly string[], nowMs: number): Promise<CachedPreview[]>;
  /** Notes that an address is to be fetched, unless it was fetched or noted. It is due at once. */
  wantPreview(
    wanted: WantedPreview,
    times: { readonly nowMs: number; readonly expiresAtMs: number },
  ): Promise<void>;
  /** Returns whether the caller is to fetch the address, which is due again at a time. */
  takePreview(
    wanted: WantedPreview,
    times: { readonly nowMs: number; readonly dueAtMs: number; readonly expiresAtMs: number },
  ): Promise<boolean>;
  /** Whether an address is due. */
  hasDuePreview(nowMs: number): Promise<boolean>;
  /**
   * Gives the caller the address that has been due for the longest time: an address that was noted is due
   * again at `dueAtMs`; one that was taken before expires then.
   */
  takeDuePreview(times: {
    readonly nowMs: number;
    readonly dueAtMs: number;
  }): Promise<WantedPreview | undefined>;
  /** Keeps what was fetched; undefined if there is no preview. */
  settlePreview(
    urlDigest: string,
    preview: LinkPreview | undefined,
    times: { readonly fetchedAtMs: number; readonly expiresAtMs: number },
  ): Promise<void>;
  /** Deletes entries that have expired before a time; returns their number. */
  deletePreviews(beforeMs: number, limit: number): Promise<number>;
}
