/** Previews of links, for a while: operations of the store. */
import type { UserId } from '@parley/protocol';
import type { CachedPreview, LinkPreview, WantedPreview } from '../../model/link-preview.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';

interface PreviewRow {
  readonly url_digest: string;
  readonly status: 'wanted' | 'fetching' | 'found' | 'none';
  readonly title: string | null;
  readonly description: string | null;
  readonly site_name: string | null;
  readonly picture_id: string | null;
  readonly picture_width: number | null;
  readonly picture_height: number | null;
}

interface DueRow extends Pick<PreviewRow, 'url_digest' | 'status'> {
  readonly slot: string;
  readonly url: string;
  readonly user_id: UserId;
  readonly expires_at: number;
}

/** Hexadecimal digits of a digest that name its place: 65,536 places. */
const SLOT_DIGITS = 4;

const slotOf = (urlDigest: string): string => urlDigest.slice(0, SLOT_DIGITS);

function toCached(row: PreviewRow): CachedPreview {
  const { picture_id: fileId, picture_width: width, picture_height: height } = row;
  const hasPicture = fileId !== null && width !== null && height !== null;
  const preview = {
    title: row.title ?? undefined,
    description: row.description ?? undefined,
    siteName: row.site_name ?? undefined,
    picture: hasPicture ? { fileId, width, height } : undefined,
  };
  return {
    urlDigest: row.url_digest,
    isAwaited: row.status === 'wanted' || row.status === 'fetching',
    preview: row.status === 'found' ? preview : undefined,
  };
}

function* findPreviews(urlDigests: readonly string[], nowMs: number): Operation<CachedPreview[]> {
  const rows = yield* all<PreviewRow>(
    `SELECT url_digest, status, title, description, site_name, picture_id, picture_width, picture_height
     FROM link_previews WHERE slot = ANY($1::text[]) AND expires_at > $2`,
    [...new Set(urlDigests.map(slotOf))],
    nowMs,
  );
  return rows.filter((row) => urlDigests.includes(row.url_digest)).map(toCached);
}

/** The status: a node that knows no time at which an address is due settles the row without it. */
const isDue = (row: string, now: string): string =>
  `${row}.due_at <= ${now} AND ${row}.expires_at > ${now} AND ${row}.status IN ('wanted', 'fetching')`;

/** Only a call that fetches the address replaces a row of it that is due. */
const PUT = `
  INSERT INTO link_previews (slot, url_digest, status, url, user_id, due_at, fetched_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (slot) DO UPDATE SET
    url_digest = excluded.url_digest, status = excluded.status, title = NULL, description = NULL,
    site_name = NULL, picture_id = NULL, picture_width = NULL, picture_height = NULL, url = excluded.url,
    user_id = excluded.user_id, due_at = excluded.due_at, fetched_at = excluded.fetched_at,
    expires_at = excluded.expires_at
  WHERE link_previews.url_digest <> excluded.url_digest OR link_previews.expires_at <= excluded.fetched_at
    OR excluded.status = 'fetching' AND ${isDue('link_previews', 'excluded.fetched_at')}`;

function* wantPreview(
  { urlDigest, url, userId }: WantedPreview,
  { nowMs, expiresAtMs }: { readonly nowMs: number; readonly expiresAtMs: number },
): Operation<void> {
  const row = [slotOf(urlDigest), urlDigest, 'wanted', url, userId, nowMs, nowMs, expiresAtMs];
  yield* run(PUT, ...row);
}

function* takePreview(
  { urlDigest, url, userId }: WantedPreview,
  times: { readonly nowMs: number; readonly dueAtMs: number; readonly expiresAtMs: number },
): Operation<boolean> {
  const { nowMs, dueAtMs, expiresAtMs } = times;
  const row = [slotOf(urlDigest), urlDigest, 'fetching', url, userId, dueAtMs, nowMs, expiresAtMs];
  return (yield* run(PUT, ...row)) === 1;
}

/** In the order of the index, which is also read if most rows of the table would do. */
const FIRST_DUE = `
  SELECT slot, url_digest, status, url, user_id, expires_at FROM link_previews p
  WHERE ${isDue('p', '$1')} ORDER BY due_at, slot LIMIT 1`;

function* hasDuePreview(nowMs: number): Operation<boolean> {
  return (yield* one(FIRST_DUE, nowMs)) !== undefined;
}

function* takeDuePreview({
  nowMs,
  dueAtMs,
}: {
  readonly nowMs: number;
  readonly dueAtMs: number;
}): Operation<WantedPreview | undefined> {
  // A row that another process takes is not waited for.
  const row = yield* one<DueRow>(`${FIRST_DUE} FOR UPDATE SKIP LOCKED`, nowMs);
  if (row === undefined) return undefined;
  // Its second attempt is the last one: an address that ends the process does not end it all day.
  const isLast = row.status === 'fetching';
  yield* run(
    `UPDATE link_previews SET status = 'fetching', due_at = $2, expires_at = $3 WHERE slot = $1`,
    ...[row.slot, isLast ? null : dueAtMs, isLast ? dueAtMs : row.expires_at],
  );
  return { urlDigest: row.url_digest, url: row.url, userId: row.user_id };
}

function* settlePreview(
  urlDigest: string,
  preview: LinkPreview | undefined,
  { fetchedAtMs, expiresAtMs }: { readonly fetchedAtMs: number; readonly expiresAtMs: number },
): Operation<void> {
  const { title, description, siteName, picture } = preview ?? {};
  yield* run(
    `UPDATE link_previews SET
       status = $3, title = $4, description = $5, site_name = $6, picture_id = $7,
       picture_width = $8, picture_height = $9, url = NULL, user_id = NULL, due_at = NULL,
       fetched_at = $10, expires_at = $11
     WHERE slot = $1 AND url_digest = $2`,
    ...[slotOf(urlDigest), urlDigest, preview === undefined ? 'none' : 'found'],
    ...[title ?? null, description ?? null, siteName ?? null, picture?.fileId ?? null],
    ...[picture?.width ?? null, picture?.height ?? null, fetchedAtMs, expiresAtMs],
  );
}

function* deletePreviews(beforeMs: number, limit: number): Operation<number> {
  const rows = yield* all<{ readonly slot: string }>(
    'SELECT slot FROM link_previews WHERE expires_at < $1 ORDER BY expires_at, slot LIMIT $2',
    ...[beforeMs, limit],
  );
  return yield* run(
    'DELETE FROM link_previews WHERE slot = ANY($1::text[]) AND expires_at < $2',
    ...[rows.map(({ slot }) => slot), beforeMs],
  );
}

export const LINK_PREVIEWS = {
  reads: { findPreviews, hasDuePreview },
  writes: { wantPreview, takePreview, settlePreview, deletePreviews },
  transactions: { takeDuePreview },
} satisfies Feature;
