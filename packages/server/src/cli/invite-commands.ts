/** The commands of `parley invites`. */
import { PAGE_PATHS } from '@parley/protocol';
import { type Config, ConfigError } from '../config/load-config.ts';
import type { InviteAdministration } from '../domain/invites/invite-administration.ts';
import { withAccountErrors } from './account-errors.ts';
import { linkTo } from './link-to.ts';
import { administerInvites } from './store-admin.ts';
import type { Flags } from './store-commands.ts';

type Invite = Awaited<ReturnType<InviteAdministration['create']>>['invite'];

/** Prints the link alone on standard output. */
export async function createInvite(config: Config, _given: object, flags: Flags): Promise<void> {
  const terms = {
    uses: usesOf(flags),
    expiresAt: textOf(flags, 'expires-at'),
    role: roleOf(flags),
  };
  await administer(config, async (administration) => {
    const { invite, token } = await administration.create(textOf(flags, 'by'), terms);
    const url = linkTo(config.values, PAGE_PATHS.invite + token);
    if (flags['json'] === true) {
      const { id, uses, expiresAt } = toRow(invite);
      console.log(JSON.stringify({ invite: { id, token, url, uses, expiresAt } }, undefined, 2));
      return;
    }
    console.error(`The link ${invite.id} is valid until ${toRow(invite).expiresAt}.`);
    console.log(url);
  });
}

export async function listInvites(config: Config, _given: object, flags: Flags): Promise<void> {
  await administer(config, async (administration) => {
    const rows = [];
    for await (const { invite, creator } of administration.list()) {
      rows.push({ ...toRow(invite), creator });
    }
    if (flags['json'] === true) {
      console.log(JSON.stringify({ invites: rows }, undefined, 2));
      return;
    }
    for (const { id, creator, role, uses, useCount, expiresAt } of rows) {
      console.log(
        `${id}  ${creator}  ${role}  used ${useCount}/${uses ?? '-'}  until ${expiresAt}`,
      );
    }
  });
}

export async function revokeInvite(config: Config, { id }: { readonly id: string }): Promise<void> {
  await administer(config, async (administration) => {
    await administration.revoke(id);
    console.error(`The link ${id} is revoked.`);
  });
}

function toRow(invite: Invite) {
  const { id, role = 'member', roomIds, usesMax, useCount, createdAtMs, expiresAtMs } = invite;
  return {
    ...{ id, role, roomIds, uses: usesMax ?? null, useCount },
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
  };
}

/** @throws {ConfigError} */
function usesOf(flags: Flags): number | undefined {
  const text = textOf(flags, 'uses');
  if (text === undefined) return undefined;
  const uses = Number(text);
  if (Number.isInteger(uses) && uses >= 1 && uses <= 1_000_000) return uses;
  throw new ConfigError('--uses is a whole number from 1 to 1000000.');
}

/** @throws {ConfigError} */
function roleOf(flags: Flags): 'member' | 'guest' | undefined {
  const role = textOf(flags, 'role');
  if (role === undefined || role === 'member' || role === 'guest') return role;
  throw new ConfigError("--role is 'member' or 'guest'.");
}

function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws {ConfigError} also for what the domain rejects. */
async function administer(
  { values }: Config,
  work: (administration: InviteAdministration) => Promise<void>,
): Promise<void> {
  await withAccountErrors(() => administerInvites(values, work));
}
