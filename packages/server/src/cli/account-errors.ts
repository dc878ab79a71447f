/** Errors of the accounts and of the audit log, for the operator. */
import { ChatError } from '@parley/protocol';
import { ConfigError } from '../config/load-config.ts';

/** @throws {ConfigError} also for what the domain rejects. */
export async function withAccountErrors(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw error instanceof ChatError
      ? new ConfigError(`${error.message.replace(/\.$/, '')}.`)
      : error;
  }
}
