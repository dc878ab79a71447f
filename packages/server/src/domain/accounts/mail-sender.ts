/**
 * Sends queued mail in the order of the queue. Every node looks for it; the store gives each mail to one
 * of them. A mail is sent again only if its mail server did not confirm that it has accepted it.
 */

import { type AccountNoticeKind, PAGE_PATHS } from '@parley/protocol';
import { type By, SERVER } from '../../model/audit.ts';
import type { MailedNotice, QueuedMail } from '../../model/mail.ts';
import { isDisabled, NO_PASSWORD } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { InviteStore } from '../../ports/invite-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Mailer } from '../../ports/mailer.ts';
import type { ServerProfileStore } from '../../ports/server-profile-store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, repeated } from '../primitives/repeated.ts';
import { createPasswordReset } from './password-resets.ts';

type Mail = Parameters<Mailer['send']>[0];

const SEARCH_MS = 2000;
/** Longer than a mail server may take: until then, no other node sends the mail. */
const SENDING_MS = 2 * 60_000;
/** After the first failed attempt; each further one waits twice as long. */
const RETRY_MS = 30_000;
const RETRY_MS_MAX = 60 * 60_000;
const ATTEMPTS_MAX = 10;
/** Beginning of the text, before the name of the account. */
const HAPPENED: Readonly<Record<AccountNoticeKind, string>> = Object.freeze({
  signed_in: 'A new device has signed in to',
  password_changed: 'The password was changed for',
  email_changed: 'The e-mail address was changed for',
  username_changed: 'The username was changed for',
  factor_added: 'A second step was added to the sign-in for',
  factor_removed: 'A second step was removed from the sign-in for',
  recovery_codes_changed: 'New recovery codes were made for',
  provider_connected: 'A sign-in provider was connected to',
  provider_disconnected: 'A sign-in provider was disconnected from',
});
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
    | 'findEmailUser'
    | 'insertPasswordReset'
    | 'setEmailToken'
    | 'takeMail'
  >;
  readonly invites: Pick<InviteStore, 'renewToken'>;
  readonly serverProfile: Pick<ServerProfileStore, 'readServerProfile'>;
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
  dependencies: MailSenderDependencies,
  queued: QueuedMail,
): Promise<Mail | undefined> {
  const { accounts, secrets, clock, publicUrl } = dependencies;
  const { kind, userId } = queued;
  const account = await accounts.findAccount(userId);
  if (account === undefined || isDisabled(account.user, clock.nowMs())) return undefined;
  const { user, hasFactor } = account;
  const { username } = user;
  const server = await serverOf(dependencies);
  if (kind === 'invite') return writeInvite(dependencies, { id: queued.id, username, server });
  if (kind === 'account-notice') {
    return queued.notice && writeNotice(queued.notice, username, server);
  }
  const email = await accounts.findEmail(userId);
  if (email === undefined) return undefined;
  const { isConfirmed, pending } = email;
  const to = kind === 'confirm-email' ? (pending ?? email.address) : email.address;
  if (kind === 'confirm-email') {
    if (isConfirmed && pending === undefined) return undefined;
    // The user who registers is not told that the address has an account.
    const owner = email.isRequired ? await accounts.findEmailUser(to) : undefined;
    if (owner !== undefined && owner !== userId) {
      return {
        to,
        subject: `You have an account on ${server}`,
        text: `${username} has registered on ${server} with this e-mail address, with which you have an account already. Sign in to that account, or ask for a new password there.\n\nIf this was not you, ignore this mail.\n`,
      };
    }
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
  const reset = await createPasswordReset({ accounts, secrets }, found, by, to);
  if (!reset.isStored) return undefined;
  const link = publicUrl + PAGE_PATHS.passwordReset + reset.token;
  const text = `Open this link within 24 hours to set a new password for ${username} on ${server}:\n\n${link}\n\nIf you did not ask for it, ignore this mail: the password stays as it is.\n`;
  return { to, subject, text };
}

/** The name that its administrators gave it, and always its address, which none of them chooses. */
async function serverOf({
  serverProfile,
  publicUrl,
}: Pick<MailSenderDependencies, 'serverProfile' | 'publicUrl'>): Promise<string> {
  const { name } = await serverProfile.readServerProfile();
  const { host } = new URL(publicUrl);
  return name === undefined ? host : `${name} (${host})`;
}

/** In mail to the address that it is about to replace, or has replaced. */
const EMAIL_CHANGE =
  'A new address counts once its link was opened. Until then, mail comes here, also to set a new password; set this address again in the settings to keep it.\n\n';

/** Without a link, and without free text of the device. */
function writeNotice(
  { to, kind, atMs, device = 'Unknown program', address }: MailedNotice,
  username: string,
  server: string,
): Mail {
  const time = new Date(atMs).toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
  const account = `${username} on ${server}`;
  return {
    to,
    subject: kind === 'signed_in' ? `New sign-in on ${server}` : `Your account on ${server}`,
    text: `${HAPPENED[kind]} ${account}.\n\nDevice: ${device}\nAddress: ${address || 'unknown'}\nTime: ${time}\n\n${kind === 'email_changed' ? EMAIL_CHANGE : ''}If this was you, ignore this mail. If not, change your password and end the other sessions in the settings, or ask an administrator of the server.\n`,
  };
}

/** Without names that its creator has chosen freely: strangers get it. */
async function writeInvite(
  { invites, secrets, clock, publicUrl }: MailSenderDependencies,
  {
    id,
    username,
    server,
  }: { readonly id: string; readonly username: string; readonly server: string },
): Promise<Mail | undefined> {
  const token = secrets.newToken();
  const invite = await invites.renewToken(id, secrets.digest(token), clock.nowMs());
  if (invite?.email === undefined) return undefined;
  const [day] = new Date(invite.expiresAtMs).toISOString().split('T');
  const link = publicUrl + PAGE_PATHS.invite + token;
  return {
    to: invite.email,
    subject: `${username} invites you to ${server}`,
    text: `${username} invites you to the chat of ${server}. Open this link before ${day} to create an account or to log in:\n\n${link}\n\nThe link is for one person. If you do not know ${username}, ignore this mail.\n`,
  };
}
