/**
 * Decides an upgrade: checks the request, acquires a slot, asks the application, then responds with
 * 101 or a rejection.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type DeflatePolicy, negotiateDeflate } from '../../protocol/deflate-negotiation.ts';
import { DEFLATE_NAME } from '../../protocol/deflate-parameters.ts';
import { WebSocketError } from '../../protocol/errors.ts';
import {
  createRejection,
  type Rejection,
  type RejectionReason,
} from '../../protocol/handshake-rejection.ts';
import type { UpgradeRequest } from '../../protocol/handshake-request.ts';
import { requestPath } from '../../protocol/request-path.ts';
import { chooseSubprotocol } from '../../protocol/subprotocol.ts';
import type {
  AdmissionControl,
  ConnectionSlot,
  SlotRejection,
} from '../admission/admission-control.ts';
import { checkPriority } from '../admission/priority.ts';
import type { ConnectionManager } from '../broadcast/connection-manager.ts';
import type { Connection } from '../connection/connection.ts';
import type { Endpoint } from '../connection/endpoint.ts';
import type { OpenOptions } from '../connection/endpoint-types.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { adoptSocket } from '../receive/socket-listener.ts';
import type { RetryHints } from '../server/retry-hints.ts';
import type { HandshakeTransport } from './handshake-transport.ts';
import type { Admission, AuthorizeContext, UpgradeHooks } from './upgrade-hooks.ts';
import { type AcceptedUpgrade, checkHeaders } from './upgrade-response.ts';
import { validateAuthExpiry } from './validate-auth-expiry.ts';

/** The functions of the server that the handshake needs. */
export interface HandshakeHost<M> {
  readonly options: WebSocketServerOptions<M>;
  readonly manager: ConnectionManager<M>;
  /** Absent if compression is never agreed on. */
  readonly deflate: DeflatePolicy | undefined;
  readonly admissionControl: AdmissionControl;
  /** Aborted when the server accepts no more connections. */
  readonly departureSignal: AbortSignal;
  readonly retryHints: RetryHints;
  /** Tells the application of an open connection. */
  announce(connection: Connection<M>, request: IncomingMessage): void;
  handleRejection(rejection: Rejection, request: IncomingMessage): void;
  /** The 101 is about to be sent, this long after the upgrade was taken over. */
  handleAccepted(tookMs: number): void;
  /** The client left before its response. */
  handleGone(): void;
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

/** An upgrade that holds a slot. */
interface HeldUpgrade<M> extends Upgrade<M> {
  readonly slot: ConnectionSlot;
}

type Decision<M> =
  | {
      readonly kind: 'accept';
      readonly openOptions: OpenOptions<M>;
      readonly accepted: AcceptedUpgrade;
    }
  | { readonly kind: 'reject'; readonly rejection: Rejection }
  | { readonly kind: 'gone' };

const ADMITTED: Admission<never> = Object.freeze({ accept: true });

/** The open connection, or `undefined` if the upgrade was rejected or abandoned. */
type Outcome<M> = Connection<M> | undefined;

/** Returns a promise only if the decision needs to wait. */
export function performHandshake<M>(
  host: HandshakeHost<M>,
  upgrade: Upgrade<M>,
): Outcome<M> | Promise<Outcome<M>> {
  const { request, socket, head } = upgrade;
  if (!adoptSocket(socket)) {
    // Other code has responded or will respond: nothing may be written to it here.
    host.handleMisuse(
      new WebSocketError(
        'the socket of this upgrade was already passed to a server',
        'INVALID_ARGUMENT',
      ),
    );
    return undefined;
  }
  // The caller may have waited before; `close` and `end` are not emitted a second time.
  if (socket.destroyed || socket.readableEnded) {
    socket.destroy();
    host.handleGone();
    return undefined;
  }
  const verdict = judge(host, upgrade);
  if (verdict.kind === 'reject') {
    reject(host, upgrade, verdict.rejection);
    return undefined;
  }

  // Acquired before the application is asked, so that limits count waiting upgrades.
  const slot = host.admissionControl.acquire(request, socket);
  if ('reason' in slot) {
    reject(host, upgrade, rejectionOf(slot));
    return undefined;
  }
  const endpoint = host.manager.createConnection(socket, head);
  endpoint.slot = slot;
  const decision = decide(host, { ...upgrade, slot }, verdict);
  if (!(decision instanceof Promise)) return conclude(host, upgrade, endpoint, decision);
  return decision.then((later) => conclude(host, upgrade, endpoint, later));
}

function conclude<M>(
  host: HandshakeHost<M>,
  upgrade: Upgrade<M>,
  endpoint: Endpoint<M>,
  decision: Decision<M>,
): Outcome<M> {
  // The state may have changed during a wait; a hook may also have ended the socket.
  if (decision.kind === 'gone' || endpoint.state !== 'CONNECTING' || upgrade.socket.destroyed) {
    host.handleGone();
    return undefined;
  }
  if (decision.kind === 'reject') {
    host.manager.removeConnection(endpoint);
    if (endpoint.slot !== undefined) host.admissionControl.release(endpoint.slot);
    endpoint.abandon();
    reject(host, upgrade, decision.rejection);
    return undefined;
  }

  host.handleAccepted(host.options.clock.now() - endpoint.createdMs);
  const response = upgrade.exchange.accept(decision.accepted);
  const openOptions = { ...decision.openOptions, ...(response !== undefined && { response }) };
  host.manager.activateConnection(endpoint, openOptions, () =>
    host.announce(endpoint.connection, upgrade.request),
  );
  return endpoint.connection;
}

/** All checks that need no waiting. */
function judge<M>(
  host: HandshakeHost<M>,
  upgrade: Upgrade<M>,
): UpgradeRequest | Extract<Decision<M>, { kind: 'reject' }> {
  if (host.departureSignal.aborted) return rejectDeparting(host);
  const verdict = upgrade.exchange.check(upgrade.request);
  if (verdict.kind === 'rejected') return rejectionFor(verdict.reason);
  try {
    const barrier = findBarrier(host, upgrade, verdict);
    return barrier === undefined ? verdict : rejectionFor(barrier);
  } catch (error) {
    host.handleMisuse(error);
    return rejectionFor('internal');
  }
}

function findBarrier<M>(
  { options }: HandshakeHost<M>,
  { request, hooks }: Upgrade<M>,
  { origin }: UpgradeRequest,
): RejectionReason | undefined {
  if (options.paths?.includes(requestPath(request.url)) === false) return 'path';
  if (origin !== undefined && options.allowedOrigins?.includes(origin) === false) return 'origin';
  const asked = hooks.isOriginAllowed === undefined ? options : hooks;
  if (asked.isOriginAllowed === undefined) return undefined;
  const isAllowed: unknown = asked.isOriginAllowed(origin, request);
  if (typeof isAllowed === 'boolean') return isAllowed ? undefined : 'origin';
  throw new WebSocketError('isOriginAllowed must return true or false', 'INVALID_ARGUMENT');
}

/** Waits only if the application must be asked, or the server is overloaded. */
function decide<M>(
  host: HandshakeHost<M>,
  upgrade: HeldUpgrade<M>,
  verdict: UpgradeRequest,
): Decision<M> | Promise<Decision<M>> {
  const { admissionControl, options } = host;
  const { slot, request, hooks } = upgrade;
  const asked = hooks.authorize === undefined ? options : hooks;
  if (asked.authorize === undefined && admissionControl.delayMs(slot) === 0) {
    return settle(host, upgrade, verdict, ADMITTED);
  }
  return withTimeout(host, upgrade, async (context) => {
    const admission =
      asked.authorize === undefined ? ADMITTED : await asked.authorize(request, context);
    const decision = settle(host, upgrade, verdict, admission);
    const delayMs = admissionControl.delayMs(slot);
    if (decision.kind === 'accept' && delayMs > 0) {
      await new Promise<void>((resolve) => options.clock.setTimeout(resolve, delayMs));
    }
    return decision;
  });
}

/** The application's decision, unless the client leaves, the time ends or the server stops. */
async function withTimeout<M>(
  host: HandshakeHost<M>,
  { socket }: Upgrade<M>,
  ask: (context: AuthorizeContext) => Promise<Decision<M>>,
): Promise<Decision<M>> {
  const { options, departureSignal, handleMisuse } = host;
  const context = new LazySignal();
  const cleanUps: (() => void)[] = [];
  const abandoned = new Promise<Decision<M>>((resolve) => {
    const handleClose = () => resolve({ kind: 'gone' });
    const handleDeparture = () => resolve(rejectDeparting(host));
    const handleTimeout = () => resolve(rejectionFor('timeout'));
    socket.once('close', handleClose);
    departureSignal.addEventListener('abort', handleDeparture);
    const timer = options.clock.setTimeout(handleTimeout, options.handshakeTimeout);
    cleanUps.push(
      () => socket.off('close', handleClose),
      () => departureSignal.removeEventListener('abort', handleDeparture),
      () => timer.clear(),
    );
  });
  void abandoned.then(() => context.abort());
  const asked = ask(context).catch((error: unknown) => {
    handleMisuse(error);
    return rejectionFor('internal');
  });
  const decision = await Promise.race([asked, abandoned]);
  for (const cleanUp of cleanUps) cleanUp();
  return decision;
}

/** Most applications do not read the signal, and a controller costs as much as the handshake. */
class LazySignal implements AuthorizeContext {
  #controller: AbortController | undefined;
  #isAborted = false;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isAborted) this.#controller.abort();
    return this.#controller.signal;
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }
}

/** Turns the application's verdict into the response. */
function settle<M>(
  { options, admissionControl, deflate: policy, handleMisuse }: HandshakeHost<M>,
  { request, hooks, slot }: HeldUpgrade<M>,
  { key, protocols, extensions }: UpgradeRequest,
  admission: Admission<M>,
): Decision<M> {
  try {
    checkAdmission(admission);
    const headers = admission.headers ?? {};
    checkHeaders(headers);
    if (!admission.accept) return { kind: 'reject', rejection: toRejection(admission) };
    slot.priority = checkPriority(admission.priority ?? 'normal');
    const barrier = admissionControl.confirm(slot);
    if (barrier !== undefined) return { kind: 'reject', rejection: rejectionOf(barrier) };

    const deflate = policy && negotiateDeflate(policy, extensions);
    const asked = hooks.selectProtocol === undefined ? options : hooks;
    const protocol =
      protocols.length > 0 && asked.selectProtocol !== undefined
        ? asked.selectProtocol(protocols, request)
        : chooseSubprotocol(protocols, options.protocols);
    if (protocol !== undefined && !protocols.includes(protocol)) {
      throw new WebSocketError(
        'selectProtocol returned a subprotocol that was not offered',
        'INVALID_ARGUMENT',
      );
    }
    const accepted = { key, protocol, extensions: deflate?.header, headers };
    const openOptions: OpenOptions<M> = {
      // A caller that sets M passes the metadata; otherwise M is `unknown`.
      metadata: admission.metadata as M,
      protocol: protocol ?? '',
      extensions: deflate === undefined ? [] : [DEFLATE_NAME],
      expiresInMs: validateAuthExpiry(admission.expiresInMs),
      deflate: deflate?.options,
    };
    return { kind: 'accept', openOptions, accepted };
  } catch (error) {
    handleMisuse(error);
    return rejectionFor('internal');
  }
}

/** A hook that returns nothing, or an invalid answer, accepts no client. */
function checkAdmission(admission: Admission | null | undefined): void {
  if (typeof admission?.accept === 'boolean') return;
  throw new WebSocketError(
    'authorize must return an object whose accept is true or false',
    'INVALID_ARGUMENT',
  );
}

function toRejection<M>(admission: Extract<Admission<M>, { accept: false }>): Rejection {
  const { status, headers = {}, body, contentType = 'text/plain; charset=utf-8' } = admission;
  if (!Number.isInteger(status) || status < 300 || status > 599) {
    throw new WebSocketError(
      `the status of a rejection must be 300 to 599, not ${status}`,
      'INVALID_ARGUMENT',
    );
  }
  return {
    reason: 'authorize',
    status,
    code: 'HANDSHAKE_ERROR',
    headers,
    body: body ?? STATUS_CODES[status] ?? '',
    contentType,
  };
}

function reject<M>(host: HandshakeHost<M>, upgrade: Upgrade<M>, answer: Rejection): void {
  upgrade.exchange.reject(upgrade.socket, answer, host.options);
  host.handleRejection(answer, upgrade.request);
}

function rejectionOf({ reason, retryAfterSeconds }: SlotRejection): Rejection {
  return createRejection(reason, retryAfterSeconds);
}

/** The server is about to end; clients it rejects reconnect at different times. */
function rejectDeparting<M>({ retryHints }: HandshakeHost<M>) {
  return {
    kind: 'reject',
    rejection: createRejection('shutdown', retryHints.nextSeconds()),
  } as const;
}

function rejectionFor(reason: RejectionReason) {
  return { kind: 'reject', rejection: createRejection(reason) } as const;
}
