/** Decides an upgrade: checks the request, acquires a slot, asks the application, and responds. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { negotiateDeflate } from '../../protocol/deflate-parameters.ts';
import { argumentError } from '../../protocol/errors.ts';
import { createRejection, type Rejection } from '../../protocol/handshake-rejection.ts';
import type { UpgradeRequest } from '../../protocol/handshake-request.ts';
import { requestPath } from '../../protocol/request-path.ts';
import type { ConnectionSlot } from '../admission/admission-control.ts';
import { checkPriority } from '../admission/priority.ts';
import type { ConnectionManager, ManagerHost } from '../broadcast/connection-manager.ts';
import { requireAnswer } from '../call-application.ts';
import type { Connection } from '../connection/connection.ts';
import type { Endpoint } from '../connection/endpoint.ts';
import type { OpenOptions } from '../connection/endpoint-types.ts';
import type { CompressionService } from '../deflate/compression-service.ts';
import { checkExpiry } from '../options/option-table.ts';
import { adoptSocket } from '../receive/socket-listener.ts';
import { formatRejection } from './format-rejection.ts';
import type { Admission, AuthorizeContext, RejectedClient, UpgradeHooks } from './upgrade-hooks.ts';
import {
  type AcceptedUpgrade,
  checkHeaders,
  checkHeaderValue,
  type HandshakeTransport,
} from './upgrade-response.ts';

export interface HandshakeHost<M> extends ManagerHost<M> {
  readonly manager: ConnectionManager<M>;
  readonly deflate: CompressionService | undefined;
  /** Creates a connection in CONNECTING; it holds the slot until it ends. */
  createEndpoint(socket: Duplex, head: Uint8Array, slot: ConnectionSlot): Endpoint<M>;
  announce(connection: Connection<M>, request: IncomingMessage): void;
  handleRejection(rejection: Rejection, request: IncomingMessage): void;
  /** A hook threw, or returned an invalid answer; or an upgrade was passed a second time. */
  handleMisuse(error: unknown): void;
}

export interface Upgrade<M> {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Uint8Array;
  readonly hooks: UpgradeHooks<M>;
  readonly exchange: HandshakeTransport;
}

/** `undefined` if the client is gone. */
type Decision<M> =
  | { readonly openOptions: OpenOptions<M>; readonly accepted: AcceptedUpgrade }
  | Rejection
  | undefined;

const ADMITTED: Admission<never> = Object.freeze({ accept: true });

export class Handshake<M> {
  readonly #host: HandshakeHost<M>;
  readonly #upgrade: Upgrade<M>;
  readonly #startedMs: number;

  constructor(host: HandshakeHost<M>, upgrade: Upgrade<M>) {
    this.#host = host;
    this.#upgrade = upgrade;
    this.#startedMs = host.options.clock.now();
  }

  /** Returns a promise only if the decision needs to wait. */
  perform(): Connection<M> | undefined | Promise<Connection<M> | undefined> {
    const { admissionControl, instrumentation, handleMisuse } = this.#host;
    const { request, socket, head } = this.#upgrade;
    if (typeof socket?.on !== 'function' || !adoptSocket(socket)) {
      // Other code has responded or will respond: nothing may be written to it here.
      handleMisuse(argumentError('the socket is missing, or was already passed to a server'));
      return undefined;
    }
    // The caller may have waited before; `close` and `end` are not emitted a second time.
    if (socket.destroyed || socket.readableEnded || socket.writableEnded) {
      socket.on('error', () => {});
      // Other code that has ended it may still be sending a response.
      if (!socket.writableEnded) socket.destroy();
      instrumentation.handshakes.add('gone');
      return undefined;
    }
    const verdict = this.#check();
    if ('reason' in verdict) return this.#reject(verdict);

    // Acquired before the application is asked, so that limits count waiting upgrades.
    const slot = admissionControl.acquire(request, socket);
    if ('reason' in slot) return this.#reject(slot);
    const endpoint = this.#host.createEndpoint(socket, head, slot);
    const decision = this.#decide(verdict, slot);
    if (!(decision instanceof Promise)) return this.#conclude(endpoint, decision);
    return decision.then((later) => this.#conclude(endpoint, later));
  }

  #conclude(endpoint: Endpoint<M>, made: Decision<M>): Connection<M> | undefined {
    const { registry, instrumentation, options, departure } = this.#host;
    const { request, socket, exchange } = this.#upgrade;
    // Between the decision and here, other code may have ended the server.
    const isLate = made !== undefined && 'accepted' in made && departure.hasBegun;
    const decision = isLate ? this.#rejectDeparting() : made;
    // The state may have changed during a wait; a hook may also have ended the socket.
    const isGone = socket.destroyed || socket.writableEnded;
    if (decision === undefined || endpoint.state !== 'CONNECTING' || isGone) {
      endpoint.destroy();
      instrumentation.handshakes.add('gone');
      return undefined;
    }
    if ('reason' in decision) {
      this.#host.manager.removeConnection(endpoint);
      endpoint.abandon();
      return this.#reject(decision);
    }

    instrumentation.handshakeTimes.observe(options.clock.now() - this.#startedMs);
    const openOptions = { ...decision.openOptions, response: exchange.accept(decision.accepted) };
    registry.open(endpoint);
    endpoint.open(openOptions, () => this.#host.announce(endpoint.connection, request));
    return endpoint.connection;
  }

  #reject(rejection: Rejection): undefined {
    const { options, handleMisuse } = this.#host;
    const { request, socket, exchange, hooks } = this.#upgrade;
    // A client that has already left needs no response.
    socket.on('error', () => {});
    const hook = hooks.formatRejection ?? options.formatRejection;
    exchange.reject(socket, formatRejection(rejection, hook, handleMisuse), options);
    this.#host.handleRejection(rejection, request);
  }

  #check(): UpgradeRequest | Rejection {
    if (this.#host.departure.hasBegun) return this.#rejectDeparting();
    const verdict = this.#upgrade.exchange.check(this.#upgrade.request);
    if (typeof verdict === 'string') return createRejection(verdict);
    try {
      const barrier = this.#findBarrier(verdict);
      return barrier === undefined ? verdict : createRejection(barrier);
    } catch (error) {
      return this.#rejectMisuse(error);
    }
  }

  #findBarrier({ origin }: UpgradeRequest) {
    const { options } = this.#host;
    const { request, hooks } = this.#upgrade;
    if (options.paths?.includes(requestPath(request.url)) === false) return 'path';
    if (origin !== undefined && options.allowedOrigins?.includes(origin) === false) return 'origin';
    const asked = hooks.isOriginAllowed === undefined ? options : hooks;
    if (asked.isOriginAllowed === undefined) return undefined;
    const answer: unknown = asked.isOriginAllowed(origin, request);
    const isAllowed = requireAnswer('isOriginAllowed', answer);
    if (typeof isAllowed === 'boolean') return isAllowed ? undefined : 'origin';
    throw argumentError('isOriginAllowed must return true or false');
  }

  /** Waits only if the application must be asked, or the server is overloaded. */
  #decide(verdict: UpgradeRequest, slot: ConnectionSlot): Decision<M> | Promise<Decision<M>> {
    const { admissionControl, options } = this.#host;
    const { request, hooks } = this.#upgrade;
    const asked = hooks.authorize === undefined ? options : hooks;
    if (asked.authorize === undefined && admissionControl.delayMs(slot) === 0) {
      return this.#settle(verdict, slot, ADMITTED);
    }
    return this.#withTimeout(async (context) => {
      const admission =
        asked.authorize === undefined ? ADMITTED : await asked.authorize(request, context);
      const decision = this.#settle(verdict, slot, admission);
      const delayMs = admissionControl.delayMs(slot);
      if (decision !== undefined && 'accepted' in decision && delayMs > 0) {
        await new Promise<void>((resolve) => options.clock.setTimeout(resolve, delayMs));
      }
      return decision;
    });
  }

  /** The application's decision, unless the client leaves, the time ends or the server stops. */
  #withTimeout(ask: (context: AuthorizeContext) => Promise<Decision<M>>): Promise<Decision<M>> {
    const { options, departure } = this.#host;
    const { socket } = this.#upgrade;
    // Most applications do not read the signal, and a controller costs as much as the handshake.
    let controller: AbortController | undefined;
    const context = {
      get signal() {
        controller ??= new AbortController();
        return controller.signal;
      },
    };
    return new Promise((resolve) => {
      const decide = (decision: Decision<M>) => {
        socket.off('close', handleClose);
        departure.listeners.delete(handleDeparture);
        timer.clear();
        resolve(decision);
      };
      const abandon = (decision: Decision<M>) => {
        decide(decision);
        controller ??= new AbortController();
        controller.abort();
      };
      const handleClose = () => abandon(undefined);
      const handleDeparture = () => abandon(this.#rejectDeparting());
      const handleTimeout = () => abandon(createRejection('timeout'));
      const timer = options.clock.setTimeout(handleTimeout, options.handshakeTimeout);
      socket.once('close', handleClose);
      departure.listeners.add(handleDeparture);
      ask(context).then(decide, (error: unknown) => {
        // The decision of an `authorize` that obeys the signal is not needed any more.
        const isAbort = error instanceof Error && error.name === 'AbortError';
        const isObedient = controller?.signal.aborted === true && isAbort;
        if (!isObedient) decide(this.#rejectMisuse(error));
      });
    });
  }

  #settle(
    { key, protocols, extensions }: UpgradeRequest,
    slot: ConnectionSlot,
    admission: Admission<M>,
  ): Decision<M> {
    const { admissionControl, deflate: service } = this.#host;
    try {
      // A hook that returns nothing, or an invalid answer, accepts no client.
      if (typeof admission?.accept !== 'boolean') {
        throw argumentError('authorize must return an object whose accept is true or false');
      }
      const headers = admission.headers ?? {};
      checkHeaders(headers);
      if (!admission.accept) return toRejection(admission);
      slot.priority = checkPriority(admission.priority ?? 'normal');
      const barrier = admissionControl.confirm(slot);
      if (barrier !== undefined) return createRejection(barrier);

      const deflate = service && negotiateDeflate(service.settings, extensions);
      const protocol = this.#selectProtocol(protocols);
      const openOptions: OpenOptions<M> = {
        // A caller that sets M passes the metadata; otherwise M is `unknown`.
        metadata: admission.metadata as M,
        protocol: protocol ?? '',
        expiresInMs: checkExpiry(admission.expiresInMs),
        deflate: deflate?.options,
      };
      return { openOptions, accepted: { key, protocol, extensions: deflate?.header, headers } };
    } catch (error) {
      return this.#rejectMisuse(error);
    }
  }

  #selectProtocol(offered: readonly string[]): string | undefined {
    const { options } = this.#host;
    const { request, hooks } = this.#upgrade;
    const asked = hooks.selectProtocol === undefined ? options : hooks;
    if (offered.length === 0 || asked.selectProtocol === undefined) {
      // The order of the server decides.
      return options.protocols.find((each) => offered.includes(each));
    }
    const protocol = requireAnswer('selectProtocol', asked.selectProtocol(offered, request));
    if (protocol === undefined || offered.includes(protocol)) return protocol;
    throw argumentError('selectProtocol returned a subprotocol that was not offered');
  }

  #rejectMisuse(error: unknown): Rejection {
    this.#host.handleMisuse(error);
    return createRejection('internal');
  }

  /** The server is about to end; clients it rejects reconnect at different times. */
  #rejectDeparting(): Rejection {
    return createRejection('shutdown', this.#host.departure.nextRetrySeconds());
  }
}

function toRejection(admission: RejectedClient): Rejection {
  const { status, headers = {}, contentType = 'text/plain; charset=utf-8' } = admission;
  if (!Number.isInteger(status) || status < 300 || status > 599) {
    throw argumentError(`the status of a rejection must be 300 to 599, not ${status}`);
  }
  checkHeaderValue('Content-Type', contentType);
  const body: unknown = admission.body ?? STATUS_CODES[status] ?? '';
  if (typeof body !== 'string') throw argumentError('the body of a rejection must be a string');
  return { reason: 'authorize', status, code: 'HANDSHAKE_ERROR', headers, body, contentType };
}
