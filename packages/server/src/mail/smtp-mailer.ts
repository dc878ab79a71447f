/** Sends mail over SMTP. */
import { createTransport } from 'nodemailer';
import type { Mailer } from '../ports/mailer.ts';

/** Of one step of the conversation with the mail server. */
const TIMEOUT_MS = 15_000;

export function smtpMailer({ url, from }: { readonly url: string; readonly from: string }): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // Texts are Parley's own: nothing is read from files or addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail) {
      await transport.sendMail({ ...mail, from });
    },
  };
}
