/** Name and logo of the server: operations of the store. */
import type { UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { ServerProfile } from '../../model/server-profile.ts';
import { audited } from './audit-chain.ts';
import { placePicture } from './files.ts';
import { type Feature, type Operation, one, run } from './operation.ts';

interface ProfileRow {
  readonly name: string;
  readonly logo_file_id: string | null;
}

const PROFILE = 'SELECT name, logo_file_id FROM server_profile WHERE id = 1';

function* readServerProfile(): Operation<ServerProfile> {
  const row = yield* one<ProfileRow>(PROFILE);
  return { name: row?.name || undefined, logoFileId: row?.logo_file_id ?? undefined };
}

/** Locked until the end of the transaction. */
function* lockProfile(): Operation<ProfileRow | undefined> {
  yield* run(
    "INSERT INTO server_profile (id, name, logo_file_id) VALUES (1, '', NULL) ON CONFLICT (id) DO NOTHING",
  );
  return yield* one<ProfileRow>(`${PROFILE} FOR UPDATE`);
}

function* writeName(name: string | undefined): Operation<boolean> {
  const former = yield* lockProfile();
  if (former?.name === (name ?? '')) return false;
  return (yield* run('UPDATE server_profile SET name = $1 WHERE id = 1', name ?? '')) === 1;
}

function* writeLogo(fileId: string | undefined, { actor }: By): Operation<boolean> {
  const former = (yield* lockProfile())?.logo_file_id ?? undefined;
  if (former === fileId) return false;
  yield* placePicture(actor as UserId, { former, next: fileId });
  const sql = 'UPDATE server_profile SET logo_file_id = $1 WHERE id = 1';
  return (yield* run(sql, fileId ?? null)) === 1;
}

const updated = (detail: string) => (isChanged: boolean, _value: string | undefined, by: By) =>
  isChanged ? ({ ...by, action: 'server.update', target: 'server', detail } as const) : undefined;

export const SERVER_PROFILE = {
  reads: { readServerProfile },
  writes: {},
  transactions: {
    setServerName: audited(writeName, updated('name')),
    setServerLogo: audited(writeLogo, updated('logo')),
  },
} satisfies Feature;
