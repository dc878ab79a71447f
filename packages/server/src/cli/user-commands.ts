/** `parley users add` and `parley users reset`. */
import { text } from 'node:stream/consumers';
import { ChatError } from '@parley/protocol';
import { type Config, ConfigError } from '../config/load-config.ts';
import type { AccountAdministration } from '../domain/accounts/account-administration.ts';
import { administerAccounts } from './store-admin.ts';
import type { Flags } from './store-commands.ts';

export async function addUser(config: Config, name: string, flags: Flags): Promise<void> {
  await setPassword(config, flags, async (administration, password) => {
    const { username } = await administration.add(name, password);
    return `The account ${username} was created.`;
  });
}

export async function resetPassword(config: Config, name: string, flags: Flags): Promise<void> {
  await setPassword(config, flags, async (administration, password) => {
    const ended = await administration.resetPassword(name, password);
    return `The password of ${name} was changed. Sessions ended: ${ended}.`;
  });
}

/** Prints a generated password, alone on standard output. */
async function setPassword(
  { values }: Config,
  flags: Flags,
  work: (administration: AccountAdministration, password: string) => Promise<string>,
): Promise<void> {
  if (values.SESSION_STORE !== 'own') {
    throw new ConfigError(
      `SESSION_STORE is '${values.SESSION_STORE}': users and passwords belong to the other application.`,
    );
  }
  const given = flags['password-stdin'] === true ? await readPassword() : undefined;
  try {
    await administerAccounts(values, async (administration) => {
      const password = given ?? administration.newPassword();
      console.error(await work(administration, password));
      if (given === undefined) console.log(password);
    });
  } catch (error) {
    throw error instanceof ChatError
      ? new ConfigError(`${error.message.replace(/\.$/, '')}.`)
      : error;
  }
}

/** Everything up to the end of standard input, without the line break that ends it. */
async function readPassword(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}
