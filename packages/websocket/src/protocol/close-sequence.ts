/**
 * How a connection opens and ends (RFC 6455 section 7.1): its states, what each event does in each
 * of them, and what the application receives at the end. It performs nothing itself.
 */
import type { CloseCause, CloseInitiator } from './close-causes.ts';
import { ABNORMAL_CLOSURE, NO_STATUS_RECEIVED } from './close-codes.ts';

/**
 * CONNECTING: before the 101. OPEN: both ends may send. CLOSING: a close frame was sent or
 * received, or the peer is being disconnected; no more data is sent. CLOSED: final.
 */
export type ConnectionState = 'CONNECTING' | 'OPEN' | 'CLOSING' | 'CLOSED';

export interface CloseOutcome {
  /** The peer's code. Without a close frame from the peer: ours, if we gave up on it, else 1006. */
  readonly code: number;
  /** The peer's reason, or else ours. */
  readonly reason: string;
  /** Whether both close frames were sent, and read: after a violation nothing more is read. */
  readonly wasClean: boolean;
}

/** How a connection ended: everything that a log needs, also after the connection is gone. */
export interface ConnectionEnd<M = unknown> extends CloseOutcome {
  /** The side that decided it; `network` if the connection was lost. */
  readonly initiator: CloseInitiator;
  /** The first reason to end: what follows, such as an unanswered close frame, does not change it. */
  readonly cause: CloseCause;
  /** Code of the peer's close frame, 1005 if it had none; `undefined` without a close frame. */
  readonly peerCode: number | undefined;
  /** The same of our close frame. */
  readonly sentCode: number | undefined;
  /** As `clientAddress`. */
  readonly address: string | undefined;
  readonly metadata: M;
}

export type CloseContent = Pick<CloseOutcome, 'code' | 'reason'>;

/**
 * `open`: the handshake is complete. `close`: the application closes. `failure`: we give up on the
 * peer. `inputEnd`: the peer has ended its side without a close frame. `gone`: the socket is lost.
 */
export type LifeEvent = 'open' | 'close' | 'closeFrame' | 'failure' | 'inputEnd' | 'gone';

/**
 * `sendClose`: sends our close frame. `readOn`: reads until the peer's close frame, even if the
 * application had paused. `discardInput`: reads on, so that the peer is not reset, but ignores it.
 * `endOutput`: ends our side of TCP after the queued output; `endServerOutput`: a server does, and
 * a client waits for it (section 7.1.1).
 */
export type CloseAction = 'sendClose' | 'readOn' | 'discardInput' | 'endOutput' | 'endServerOutput';

interface CloseStep {
  readonly next: ConnectionState;
  /** In this order, after the change of state. */
  readonly actions: readonly CloseAction[];
}

/** Without a close frame from the peer, and without a reason of ours. */
const LOST = Object.freeze({ code: ABNORMAL_CLOSURE, reason: '' });

/** Of a close frame without a payload. */
const EMPTY: CloseContent = Object.freeze({ code: NO_STATUS_RECEIVED, reason: '' });

/** Causes by the event that begins the end; the caller may give another. */
const CAUSES: Partial<Record<LifeEvent, CloseCause>> = Object.freeze({
  close: 'close',
  closeFrame: 'peerClose',
  failure: 'protocolError',
  inputEnd: 'peerGone',
  gone: 'connectionLost',
});

const GONE: CloseStep = { next: 'CLOSED', actions: [] };

/** An event without a step means nothing in that state. */
const STEPS: Record<ConnectionState, Partial<Record<LifeEvent, CloseStep>>> = Object.freeze({
  CONNECTING: {
    open: { next: 'OPEN', actions: [] },
    gone: GONE,
  },
  OPEN: {
    close: { next: 'CLOSING', actions: ['sendClose', 'readOn'] },
    closeFrame: { next: 'CLOSING', actions: ['sendClose', 'discardInput', 'endServerOutput'] },
    failure: { next: 'CLOSING', actions: ['sendClose', 'discardInput', 'endOutput'] },
    // Queued output may still reach the peer.
    inputEnd: { next: 'CLOSING', actions: ['endOutput'] },
    gone: GONE,
  },
  CLOSING: {
    closeFrame: { next: 'CLOSING', actions: ['discardInput', 'endServerOutput'] },
    failure: { next: 'CLOSING', actions: ['discardInput', 'endOutput'] },
    inputEnd: { next: 'CLOSING', actions: ['endOutput'] },
    gone: GONE,
  },
  CLOSED: {},
});

export class CloseSequence {
  state: ConnectionState = 'CONNECTING';
  /** Why it ends: set by the first event that leads to the end. */
  cause: CloseCause | undefined;
  /** Our close frame, and the peer's. */
  sent: CloseContent | undefined;
  received: CloseContent | undefined;
  #failure: CloseContent | undefined;

  get outcome(): CloseOutcome {
    const { sent, received } = this;
    const { code, reason } = received ?? this.#failure ?? LOST;
    const wasClean = sent !== undefined && received !== undefined;
    return { code, reason: reason || (sent?.reason ?? ''), wasClean };
  }

  /** Enters the next state, and returns what to do; `undefined` if the event means nothing. */
  handle(event: LifeEvent, frame = EMPTY, cause = CAUSES[event]): CloseStep | undefined {
    const step = STEPS[this.state][event];
    if (step === undefined) return undefined;
    this.state = step.next;
    this.cause ??= cause;
    if (step.actions.includes('sendClose')) this.sent = frame;
    return step;
  }

  /** Records the peer's close frame, whose code and reason take precedence (section 7.1.5). */
  receive(code: number, reason: string): void {
    this.received = { code, reason };
  }

  /** Records why we give up on the peer; the peer's own code still wins if it arrives. */
  fail(code: number, reason: string): void {
    this.#failure = { code, reason };
  }
}
