/** `parley audit`. */
import { type Config, ConfigError } from '../config/load-config.ts';
import type { AuditReader } from '../domain/audit/audit-reader.ts';
import { withAccountErrors } from './account-errors.ts';
import { readAudit } from './store-admin.ts';
import type { Flags } from './store-commands.ts';

/** Entries that one call prints. */
const PRINTED_MAX = 1000;

type Entry = Awaited<ReturnType<AuditReader['list']>>['items'][number];

export async function audit({ values }: Config, _given: object, flags: Flags): Promise<void> {
  await withAccountErrors(() =>
    readAudit(values, (reader) =>
      flags['verify'] === true ? verify(reader, flags) : list(reader, flags),
    ),
  );
}

async function list(reader: AuditReader, flags: Flags): Promise<void> {
  const request = {
    ...{ actor: textOf(flags, 'actor'), action: textOf(flags, 'action') },
    ...{ after: textOf(flags, 'after'), limit: PRINTED_MAX },
  };
  const { items, hasMore, next } = await reader.list(request);
  if (flags['json'] === true) {
    console.log(JSON.stringify({ entries: items.map(toRow), hasMore }, undefined, 2));
    return;
  }
  for (const entry of items.map(toRow)) {
    const { id, at, actor, actorName, action, target, targetName, detail, renamed, address } =
      entry;
    const names = renamed && ` ${JSON.stringify(renamed.from)} ${JSON.stringify(renamed.to)}`;
    const about = detail === undefined ? '' : ` ${detail}${names ?? ''}`;
    const from = address === '' ? '' : ` from ${address}`;
    console.log(
      `${id}  ${at}  ${actorName ?? actor}  ${action}  ${targetName ?? target}${about}${from}`,
    );
  }
  if (next !== undefined) console.error(`There are older entries: --after ${next}.`);
}

/** Prints the latest entry, with which a later check shows that no entries at the end are missing. */
async function verify(reader: AuditReader, flags: Flags): Promise<void> {
  const state = await reader.verify();
  if (state.kind === 'broken') {
    throw new ConfigError(`The audit log is not whole: entry ${state.id}: ${state.reason}.`);
  }
  const { count, last } = state;
  if (flags['json'] === true) {
    const end = last === undefined ? null : { id: last.id, digest: last.digest };
    console.log(JSON.stringify({ verified: true, count, last: end }, undefined, 2));
    return;
  }
  const end = last === undefined ? '' : ` The last is ${last.id}, digest ${last.digest}.`;
  console.log(`The audit log is whole. Entries: ${count}.${end}`);
}

function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** As `GET /api/admin/audit` shows it. */
function toRow(entry: Entry) {
  const { id, atMs, actor, actorName, action, target, targetName, detail, roomName } = entry;
  const { renamed, address, digest } = entry;
  return {
    ...{ id, at: new Date(atMs).toISOString(), actor, actorName, action, target, targetName },
    ...{ detail: detail === '' ? undefined : detail, renamed, roomName, address, digest },
  };
}
