/**
 * Admits upgrades: finds the client's address, acquires its connection slot and returns it, and warns
 * of a proxy that is not trusted.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { type AddressMatcher, matchAddresses, readAddress } from './address.ts';
import { AdmissionControl, type ConnectionSlot, type SlotRejection } from './admission-control.ts';
import { clientAddress, FORWARDED_HEADERS } from './client-address.ts';
import type { PressureLevels } from './overload-table.ts';

export interface UpgradeAdmissionHost<M> {
  /** Read again at each use, because they may change. */
  readonly options: WebSocketServerOptions<M>;
  /** Slots in use, by connections and handshakes. */
  readonly slotsInUse: number;
  readonly levels: PressureLevels;
}

export class UpgradeAdmission<M> {
  readonly #host: UpgradeAdmissionHost<M>;
  readonly #admission: AdmissionControl;
  readonly #isTrusted: AddressMatcher;
  readonly #isUnlimited: AddressMatcher;
  #hasWarned = false;

  constructor(host: UpgradeAdmissionHost<M>) {
    this.#host = host;
    this.#admission = new AdmissionControl(host.options);
    const { trustedProxies, unlimitedAddresses } = host.options;
    this.#isTrusted = matchAddresses(trustedProxies);
    // A proxy's own address stands for all clients behind it.
    this.#isUnlimited = matchAddresses([...unlimitedAddresses, ...trustedProxies]);
  }

  /** The current result of `AdmissionControl.hasCapacity`. */
  get hasCapacity(): boolean {
    return this.#admission.hasCapacity(this.#situation);
  }

  /** Acquires a slot for an upgrade; return it with `release`. */
  acquire(request: IncomingMessage, socket: Duplex): ConnectionSlot | SlotRejection {
    const { headers } = request;
    // A stream within another connection has the address of that one.
    const { remoteAddress } = socket instanceof Socket ? socket : request.socket;
    const { forwardedHeader: header } = this.#host.options;
    const address = clientAddress(remoteAddress, headers, { isTrusted: this.#isTrusted, header });
    const isLimited = address !== undefined && !this.#isUnlimited(address);
    const slot = this.#admission.acquire(address, isLimited, this.#situation);
    if (remoteAddress !== undefined && 'reason' in slot && slot.reason.startsWith('address')) {
      if (address === readAddress(remoteAddress)) this.#warnOfProxy(headers, remoteAddress);
    }
    return slot;
  }

  /** Returns why the slot is rejected, if it is, now that its priority is known. */
  confirm(slot: ConnectionSlot): SlotRejection | undefined {
    return this.#admission.confirm(slot.priority, this.#situation);
  }

  /** Delay before the response to an accepted upgrade. */
  delayMs(slot: ConnectionSlot): number {
    const { handshakeTimeout } = this.#host.options;
    return Math.min(this.#admission.delayMs(slot.priority, this.#situation), handshakeTimeout / 2);
  }

  /** Counts a violation of the client; its address may have to wait before it may connect again. */
  noteViolation(slot: ConnectionSlot): void {
    this.#admission.noteViolation(slot, this.#host.options.clock.now());
  }

  release(slot: ConnectionSlot): void {
    this.#admission.release(slot);
  }

  /** Clients behind a proxy that is not trusted share its address, and so its limits. */
  #warnOfProxy(headers: IncomingHttpHeaders, address: string): void {
    const name = FORWARDED_HEADERS.find((each) => headers[each] !== undefined);
    if (this.#hasWarned || name === undefined) return;
    this.#hasWarned = true;
    process.emitWarning(
      `a limit per address rejected ${address}, whose request has the header ${name}: if it is a proxy, list it in trustedProxies`,
      { code: 'PARLEY_UNTRUSTED_PROXY' },
    );
  }

  get #situation() {
    const { slotsInUse, levels, options } = this.#host;
    return { slotsInUse, levels, nowMs: options.clock.now() };
  }
}
