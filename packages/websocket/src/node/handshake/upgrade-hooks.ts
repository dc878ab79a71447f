/** Hooks with which an application decides on an upgrade. */
import type { IncomingMessage } from 'node:http';
import type { RejectionReason } from '../../protocol/handshake-rejection.ts';
import type { ConnectionPriority } from '../admission/priority.ts';
import type { HeaderValues } from './upgrade-response.ts';

/** The application's verdict about a client, returned before the 101. */
export type Admission<M = unknown> =
  | (AdmittedClient & {
      /** Becomes the connection's `metadata`. */
      readonly metadata?: M;
    })
  | RejectedClient;

export interface AdmittedClient {
  /** The client is accepted, unless the server has no free slot for its priority. */
  readonly accept: true;
  /** Priority of the connection under overload. Default `normal`. */
  readonly priority?: ConnectionPriority;
  /**
   * Lifetime of the client's credentials in milliseconds: then the connection is closed with 1008,
   * unless `connection.expireIn` was called meanwhile. Range 1 to 2,147,483,647. Default:
   * unlimited.
   */
  readonly expiresInMs?: number;
  /**
   * Headers added to the 101; the handshake's own headers cannot be set. Each value of a list gets
   * its own header line, as cookies require. Default none.
   */
  readonly headers?: HeaderValues;
}

export interface RejectedClient {
  /** The client gets the response below, and `upgradeRefused` reports `authorize`. */
  readonly accept: false;
  /** Status of the response. Range 300 to 599. */
  readonly status: number;
  /** Headers such as `WWW-Authenticate`; lists as for an accepted client. Default none. */
  readonly headers?: HeaderValues;
  /** Body of the response. Default: the name of the status. */
  readonly body?: string;
  /** Content type of the body. Default `text/plain; charset=utf-8`. */
  readonly contentType?: string;
}

export interface AuthorizeContext {
  readonly signal: AbortSignal;
}

/** A rejection by the engine; the table of rejected upgrades lists all of them. */
export interface EngineRejection {
  readonly reason: RejectionReason;
  readonly status: number;
  /** Headers that are sent with it, such as `Retry-After` in seconds. */
  readonly headers: HeaderValues;
  /** The text that is sent without the hook. */
  readonly text: string;
}

/** Body of a response, and its content type. */
export interface FormattedRejection {
  readonly body: string;
  readonly contentType: string;
}

export interface UpgradeHooks<M = unknown> {
  /**
   * Returns whether pages of this origin may connect; `false` gets 403. The argument is `undefined`
   * without an `Origin` header, that is for clients other than browsers.
   */
  isOriginAllowed?(origin: string | undefined, request: IncomingMessage): boolean;

  /** Chooses one of the offered subprotocols, or `undefined`; called if there are offers. */
  selectProtocol?(offered: readonly string[], request: IncomingMessage): string | undefined;

  /**
   * Called last, when all other checks have passed. The handshake's time limit keeps running; a
   * client that leaves meanwhile is never announced. The `signal` is aborted when the answer is no
   * longer needed: the client has left, the time is over, or the server accepts no more connections.
   */
  authorize?(
    request: IncomingMessage,
    context: AuthorizeContext,
  ): Admission<M> | Promise<Admission<M>>;

  /**
   * Returns body and content type of a response with which the engine rejects a client, for
   * applications whose errors have a format of their own. Status and headers stay; rejections by
   * `authorize` have the body that it returned. If the hook throws, the client gets the plain text.
   */
  formatRejection?(rejection: EngineRejection): FormattedRejection;
}
