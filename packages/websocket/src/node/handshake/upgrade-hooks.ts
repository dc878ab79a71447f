/** What an application may be asked while an upgrade is decided. */
import type { IncomingMessage } from 'node:http';
import type { ConnectionPriority } from '../admission/priority.ts';
import type { HeaderValues } from './upgrade-response.ts';

/** The application's verdict about a client, given before the 101. */
export type Admission<M = unknown> =
  | (AdmittedClient & {
      /** Becomes the connection's `metadata`. */
      readonly metadata?: M;
    })
  | RejectedClient;

export interface AdmittedClient {
  /** The client is let in, unless the server has no room left for its priority. */
  readonly accept: true;
  /** How long a server in need keeps the client. Default `normal`. */
  readonly priority?: ConnectionPriority;
  /**
   * How long what the client has shown is good for, in milliseconds: then the connection is
   * closed with 1008, unless `connection.expireIn` was called meanwhile. Range 1 to
   * 2,147,483,647. Default: for ever.
   */
  readonly expiresInMs?: number;
  /**
   * Added to the 101; the handshake's own headers cannot be set. Each value of a list goes on a
   * line of its own, as cookies must. Default none.
   */
  readonly headers?: HeaderValues;
}

export interface RejectedClient {
  /** The client is answered as the other fields say, and `upgradeRefused` tells `authorize`. */
  readonly accept: false;
  /** Of the answer. Range 300 to 599. */
  readonly status: number;
  /** Of the answer, such as `WWW-Authenticate`; lists as above. Default none. */
  readonly headers?: HeaderValues;
  /** Of the answer. Default: the name of the status. */
  readonly body?: string;
  /** The body's type. Default `text/plain; charset=utf-8`. */
  readonly contentType?: string;
}

export interface UpgradeHooks<M = unknown> {
  /**
   * Whether pages of this origin may connect; `false` is answered 403.
   * Without an `Origin` header, so outside browsers, it gets `undefined`.
   */
  isOriginAllowed?(origin: string | undefined, request: IncomingMessage): boolean;

  /** Which of the offered subprotocols to speak; `undefined` for none. Asked only about offers. */
  selectProtocol?(offered: readonly string[], request: IncomingMessage): string | undefined;

  /**
   * Asked last, once nothing else stands against the upgrade. The handshake's
   * time limit goes on; a client that leaves meanwhile is never announced.
   */
  authorize?(request: IncomingMessage): Admission<M> | Promise<Admission<M>>;
}
