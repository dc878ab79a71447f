/** A real SMTP server on loopback that keeps what it receives. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { until } from './wait.ts';

interface Received {
  readonly to: string;
  readonly text: string;
}

export class Mailbox {
  readonly received: readonly Received[];
  readonly #smtp: SMTPServer;

  static async open(): Promise<Mailbox> {
    const received: Received[] = [];
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      // Before the greeting it would ask the name servers of the machine, which may not answer.
      disableReverseLookup: true,
      async onData(stream, session, accept) {
        const to = session.envelope.rcptTo.map(({ address }) => address).join();
        const raw = await text(stream);
        // Quoted-printable: soft line breaks, and the equals sign.
        received.push({ to, text: raw.replaceAll('=\r\n', '').replaceAll('=3D', '=') });
        accept();
      },
    });
    smtp.listen(0, '127.0.0.1');
    await once(smtp.server, 'listening');
    return new Mailbox(received, smtp);
  }

  private constructor(received: readonly Received[], smtp: SMTPServer) {
    this.received = received;
    this.#smtp = smtp;
  }

  /** For the setting `SMTP_URL`. */
  get url(): string {
    return `smtp://127.0.0.1:${(this.#smtp.server.address() as AddressInfo).port}`;
  }

  /** The address in the latest mail to a person that has this path, as soon as there is one. */
  async linkTo(to: string, path: string): Promise<string> {
    let link: string | undefined;
    await until(() => {
      const mail = this.received.findLast((each) => each.to === to && each.text.includes(path));
      link = mail?.text.match(new RegExp(`https?://[\\w.:-]+${path}[\\w-]+`))?.[0];
      return link !== undefined;
    }, `a mail to ${to}`);
    return link ?? '';
  }

  close(): Promise<void> {
    return new Promise<void>((resolve) => this.#smtp.close(() => resolve()));
  }
}
