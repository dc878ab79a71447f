/** The commands of `parley users`. */
import { text } from 'node:stream/consumers';
import { deviceName, PAGE_PATHS } from '@parley/protocol';
import { type Config, ConfigError } from '../config/load-config.ts';
import type { AccountAdministration } from '../domain/accounts/account-administration.ts';
import { factorsOf } from '../domain/accounts/factors-of.ts';
import { withAccountErrors } from './account-errors.ts';
import { linkTo } from './link-to.ts';
import { administerAccounts } from './store-admin.ts';
import type { Flags } from './store-commands.ts';

export async function addUser(
  config: Config,
  { name }: { readonly name: string },
  flags: Flags,
): Promise<void> {
  await setPassword(config, flags, async (administration, password) => {
    const { username } = await administration.add(name, password);
    return `The account ${username} was created.`;
  });
}

export async function resetPassword(
  config: Config,
  { name }: { readonly name: string },
  flags: Flags,
): Promise<void> {
  if (flags['link'] === true) {
    await printResetLink(config, name, flags);
    return;
  }
  await setPassword(config, flags, async (administration, password) => {
    const ended = await administration.resetPassword(name, password);
    return `The password of ${name} was changed. Sessions ended: ${ended}.`;
  });
}

/** Prints the link alone on standard output. */
async function printResetLink(config: Config, name: string, flags: Flags): Promise<void> {
  if (flags['password-stdin'] === true) {
    throw new ConfigError('--link and --password-stdin exclude each other.');
  }
  requireOwnLogin(config);
  await administer(config, async (administration) => {
    const { token, expiresAtMs } = await administration.createPasswordReset(name);
    console.error(`The link is valid once, until ${new Date(expiresAtMs).toISOString()}.`);
    console.log(linkTo(config.values, PAGE_PATHS.passwordReset + token));
  });
}

export async function setRole(
  config: Config,
  { name, role }: { readonly name: string; readonly role: string },
): Promise<void> {
  await administer(config, async (administration) => {
    const { name: written } = await administration.setRole(name, role);
    console.error(`The role of ${written} is ${role}.`);
  });
}

/** Lists the sessions, or ends them. */
export async function showSessions(
  config: Config,
  { name }: { readonly name: string },
  flags: Flags,
): Promise<void> {
  if (flags['end'] === true && flags['json'] === true) {
    throw new ConfigError('--end and --json exclude each other.');
  }
  requireOwnLogin(config);
  await administer(config, async (administration) => {
    if (flags['end'] === true) {
      console.error(`Sessions ended: ${await administration.endSessions(name)}.`);
      return;
    }
    const sessions = await administration.listSessions(name);
    const rows = sessions.map(({ createdAtMs, lastActivityAtMs, address, userAgent }) => ({
      createdAt: new Date(createdAtMs).toISOString(),
      lastSeenAt: new Date(lastActivityAtMs).toISOString(),
      address,
      userAgent,
    }));
    if (flags['json'] === true) {
      console.log(JSON.stringify({ sessions: rows }, undefined, 2));
      return;
    }
    const width = Math.max(0, ...rows.map(({ address }) => address.length));
    for (const { createdAt, lastSeenAt, address, userAgent } of rows) {
      // Free text of programs that are no browsers.
      const device = deviceName(userAgent).replaceAll(/\p{Cc}/gu, '?');
      console.log(`${createdAt}  ${lastSeenAt}  ${address.padEnd(width)}  ${device}`);
    }
  });
}

export async function lockDemo(config: Config): Promise<void> {
  await administer(config, async (administration) => {
    const names = await administration.lockDemo();
    if (names === undefined) throw new ConfigError('This server has no accounts of --demo.');
    console.error(
      `These accounts have new passwords, which are not shown: ${names.join(', ')}. 'parley users reset NAME' sets another one.`,
    );
  });
}

export async function listUsers(config: Config, _given: object, flags: Flags): Promise<void> {
  await administer(config, async (administration) => {
    const rows = [];
    for await (const account of administration.list()) rows.push(toRow(account));
    if (flags['json'] === true) {
      console.log(JSON.stringify({ users: rows }, undefined, 2));
      return;
    }
    const width = Math.max(0, ...rows.map(({ username }) => username.length));
    for (const { username, displayName, role, disabled, disabledUntil, ...row } of rows) {
      const { factors, lastSeenAt } = row;
      const end = disabledUntil === undefined ? '' : ` until ${disabledUntil}`;
      const shown = displayName === username ? '' : `  ${displayName}`;
      const state = `${disabled ? `  disabled${end}` : ''}${factors.includes('totp') ? '  two steps' : ''}${
        factors.includes('passkey') ? '  passkey' : ''
      }`;
      console.log(
        `${username.padEnd(width)}  ${role.padEnd(9)}  ${lastSeenAt ?? 'never seen'}${state}${shown}`,
      );
    }
  });
}

export async function showUser(
  config: Config,
  { name }: { readonly name: string },
  flags: Flags,
): Promise<void> {
  await administer(config, async (administration) => {
    const row = toRow(await administration.show(name));
    if (flags['json'] === true) {
      console.log(JSON.stringify({ user: row }, undefined, 2));
      return;
    }
    const factors = row.factors.join(' ') || 'none';
    for (const [field, value] of Object.entries({ ...row, factors })) {
      console.log(`${field.padEnd('displayName'.length)}  ${value ?? 'never'}`);
    }
  });
}

export async function disableUser(
  config: Config,
  { name }: { readonly name: string },
  flags: Flags,
): Promise<void> {
  const { until } = flags;
  await administer(config, async (administration) => {
    const end = typeof until === 'string' ? until : undefined;
    const { name: written, ended } = await administration.setDisabled(name, true, end);
    const during = end === undefined ? '' : ` until ${end}`;
    console.error(`The account ${written} is disabled${during}. Sessions ended: ${ended}.`);
  });
}

export async function enableUser(
  config: Config,
  { name }: { readonly name: string },
): Promise<void> {
  await administer(config, async (administration) => {
    const { name: written } = await administration.setDisabled(name, false);
    console.error(`The account ${written} is enabled.`);
  });
}

export async function deleteUser(
  config: Config,
  { name }: { readonly name: string },
  flags: Flags,
): Promise<void> {
  const { messages = 'keep' } = flags;
  if (messages !== 'keep' && messages !== 'delete') {
    throw new ConfigError("--messages is 'keep' or 'delete'.");
  }
  await administer(config, async (administration) => {
    const { name: written, ended } = await administration.delete(name, messages);
    console.error(`The account ${written} is deleted. Sessions ended: ${ended}.`);
  });
}

function toRow(account: Awaited<ReturnType<AccountAdministration['show']>>) {
  const { user, lastSeenAtMs } = account;
  const { id, username, displayName, role, disabledAtMs, disabledUntilMs } = user;
  const lastSeenAt = lastSeenAtMs === undefined ? null : new Date(lastSeenAtMs).toISOString();
  const disabled = disabledAtMs !== undefined;
  return {
    id,
    username,
    displayName,
    role,
    disabled,
    ...(disabledUntilMs === undefined
      ? {}
      : { disabledUntil: new Date(disabledUntilMs).toISOString() }),
    factors: factorsOf(account),
    ...(account.isUnconfirmed ? { unconfirmed: true } : {}),
    lastSeenAt,
  };
}

/** Prints a generated password, alone on standard output. */
async function setPassword(
  config: Config,
  flags: Flags,
  work: (administration: AccountAdministration, password: string) => Promise<string>,
): Promise<void> {
  requireOwnLogin(config);
  const given = flags['password-stdin'] === true ? await readPassword() : undefined;
  await administer(config, async (administration) => {
    const password = given ?? administration.newPassword();
    console.error(await work(administration, password));
    if (given === undefined) console.log(password);
  });
}

/** @throws {ConfigError} if another application logs users in. */
function requireOwnLogin({ values: { SESSION_STORE } }: Config): void {
  if (SESSION_STORE === 'own') return;
  throw new ConfigError(
    `SESSION_STORE is '${SESSION_STORE}': sessions and passwords belong to the other application.`,
  );
}

/** @throws {ConfigError} also for what the accounts reject. */
async function administer(
  { values }: Config,
  work: (administration: AccountAdministration) => Promise<void>,
): Promise<void> {
  await withAccountErrors(() => administerAccounts(values, work));
}

/** Everything up to the end of standard input, without the line break that ends it. */
async function readPassword(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}
