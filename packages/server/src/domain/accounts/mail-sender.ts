/**
 * Sends queued mail in the order of the queue. Every node looks for it; the store gives each mail to one
 * of them. A mail is sent again only if its mail server did not confirm that it has accepted it.
 */

import { PAGE_PATHS } from '@parley/protocol';
import { type By, SERVER } from '../../model/audit.ts';
import type { QueuedMail } from '../../model/mail.ts';
import { NO_PASSWORD } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Mailer } from '../../ports/mailer.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, repeated } from '../primitives/repeated.ts';
import { createPasswordReset } from './password-resets.ts';

const SEARCH_MS = 2000;
/** Longer than a mail server may take: until then, no other node sends the mail. */
const SENDING_MS = 2 * 60_000;
/** After the first failed attempt; each further one waits twice as long. */
const RETRY_MS = 30_000;
const RETRY_MS_MAX = 60 * 60_000;
const ATTEMPTS_MAX = 10;
const CONFIRMATION_VALID_MS = 24 * 60 * 60_000;

export interface MailOptions {
  readonly mailer: Mailer;
  /** Address of the server in links, without a slash at the end. */
  readonly publicUrl: string;
}

interface MailSenderDependencies extends MailOptions {
  readonly accounts: Pick<
    AccountStore,
    | 'delayMail'
    | 'deleteMail'
    | 'findAccount'
    | 'findCredentials'
    | 'findEmail'
    | 'insertPasswordReset'
    | 'setEmailToken'
    | 'takeMail'
  >;
  readonly secrets: Pick<Crypto, 'digest' | 'newToken'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: BackgroundTasks;
}

export function sendMailInOrder(dependencies: MailSenderDependencies): Repeated {
  const { accounts, clock, logger, mailer } = dependencies;
  return repeated(dependencies, SEARCH_MS, async (run) => {
    while (!run.isClosed) {
      const nowMs = clock.nowMs();
      const queued = await accounts.takeMail({ nowMs, dueAtMs: nowMs + SENDING_MS });
      if (queued === undefined) return;
      const mail = await write(dependencies, queued);
      try {
        if (mail !== undefined) await mailer.send(mail);
      } catch {
        // The reason of the mail server may repeat the address.
        const { id, userId, attempts } = queued;
        logger.record({ event: 'mail.failed', userId, attempts });
        if (attempts < ATTEMPTS_MAX) {
          const waitMs = Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** (attempts - 1));
          await accounts.delayMail(id, clock.nowMs() + waitMs);
          continue;
        }
      }
      await accounts.deleteMail(queued.id);
    }
  });
}

/** With a new token: the former ones are of no use. Undefined if there is nothing to send any more. */
async function write(
  { accounts, secrets, clock, publicUrl }: MailSenderDependencies,
  { kind, userId }: QueuedMail,
): Promise<Parameters<Mailer['send']>[0] | undefined> {
  const [account, email] = [await accounts.findAccount(userId), await accounts.findEmail(userId)];
  if (account === undefined || email === undefined) return undefined;
  const { user, hasFactor } = account;
  if (user.disabledAtMs !== undefined) return undefined;
  const { address: to, isConfirmed } = email;
  const { username } = user;
  const server = new URL(publicUrl).host;
  if (kind === 'confirm-email') {
    if (isConfirmed) return undefined;
    const token = secrets.newToken();
    const digest = secrets.digest(token);
    const expiresAtMs = clock.nowMs() + CONFIRMATION_VALID_MS;
    if (!(await accounts.setEmailToken(userId, to, { digest, expiresAtMs }))) return undefined;
    const link = publicUrl + PAGE_PATHS.emailConfirmation + token;
    return {
      to,
      subject: `Confirm your e-mail address for ${server}`,
      text: `${username} has given this e-mail address on ${server}. Open this link within 24 hours to confirm it:\n\n${link}\n\nIf this was not you, ignore this mail.\n`,
    };
  }
  const found = await accounts.findCredentials(username);
  if (!isConfirmed || found === undefined || found.passwordHash === NO_PASSWORD) return undefined;
  const subject = `Your password on ${server}`;
  if (hasFactor) {
    const text = `You asked for a new password for ${username} on ${server}. Two-step sign-in is on for this account: ask an administrator of the server for a link.\n`;
    return { to, subject, text };
  }
  const by: By = { actor: SERVER, address: '', atMs: clock.nowMs() };
  const { token } = await createPasswordReset({ accounts, secrets }, found, by);
  const link = publicUrl + PAGE_PATHS.passwordReset + token;
  const text = `Open this link within 24 hours to set a new password for ${username} on ${server}:\n\n${link}\n\nIf you did not ask for it, ignore this mail: the password stays as it is.\n`;
  return { to, subject, text };
}
