/**
 * Assigns connection slots: `acquire` before the application is asked, so that unfinished
 * handshakes count; `confirm` when it has returned the priority. All of it is synchronous. Order of
 * the checks: total connections, limits of the address, resources, reserved slots.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createRejection, type Rejection } from '../../protocol/handshake-rejection.ts';
import type { AdmissionLimits } from '../options/admission-limits.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { type AddressMatcher, matchAddresses } from './address.ts';
import { AddressLimits } from './address-limits.ts';
import { clientAddress, findForwardedHeader } from './client-address.ts';
import type { DescriptorBounds } from './descriptors.ts';
import { DELAY_MS, type PressureLevels } from './overload-table.ts';
import { type ConnectionPriority, isPrivileged } from './priority.ts';

/** State that admission reads again at each use, because it changes. */
export interface AdmissionSources {
  readonly options: AdmissionLimits &
    Pick<WebSocketServerOptions<never>, 'handshakeTimeout' | 'clock'>;
  readonly registry: { readonly size: number };
  readonly overload: { readonly levels: PressureLevels };
}

/** The connection slot of a client; return it with `release`. */
export interface ConnectionSlot {
  /** Address of the client; undefined if it has none, or if no limit and no proxy needs it. */
  address: string | undefined;
  /** Address at the other end of the request, for streams that have none of their own. */
  readonly remoteAddress?: string | undefined;
  priority: ConnectionPriority;
  /** The address that it is counted under; undefined if no per-address limit applies. */
  countedAs: string | undefined;
  /** Whether the server counted as full when it came: only privileged clients are admitted then. */
  readonly cameWhenFull: boolean;
}

export class AdmissionControl {
  readonly #sources: AdmissionSources;
  readonly #addresses: AddressLimits;
  readonly #isTrusted: AddressMatcher;
  readonly #isUnlimited: AddressMatcher;
  /** From reaching `maxConnections` until enough slots are free again. */
  #isFull = false;
  /** Above the soft limit: new connections wait a little. */
  #isBusy = false;
  #hasWarned = false;
  /** Set by the server when it listens. */
  bounds: DescriptorBounds = { connectionsMax: Infinity, socketsMax: Infinity };

  constructor(sources: AdmissionSources) {
    const { options } = sources;
    this.#sources = sources;
    this.#addresses = new AddressLimits(options);
    this.#isTrusted = matchAddresses(options.trustedProxies);
    // A proxy's own address stands for all clients behind it.
    this.#isUnlimited = matchAddresses([...options.unlimitedAddresses, ...options.trustedProxies]);
  }

  /** Whether a client of normal priority would get a slot, apart from limits per address. */
  get hasCapacity(): boolean {
    this.#updateSlots();
    const slotsInUse = this.#sources.registry.size + 1;
    return this.#findBarrier('normal', slotsInUse, this.#isFull) === undefined;
  }

  acquire(request: IncomingMessage, socket: Duplex): ConnectionSlot | Rejection {
    const { options, registry } = this.#sources;
    this.#updateSlots();
    if (registry.size >= this.#slotsMax) return createRejection('full');
    const cameWhenFull = this.#isFull;

    // Reading the address of a TCP socket is a system call.
    if (socket instanceof Socket && !this.#readsAddresses) {
      return { address: undefined, priority: 'normal', countedAs: undefined, cameWhenFull };
    }
    const { headers } = request;
    // A stream within another connection has the address of that one.
    const remoteAddress = (socket instanceof Socket ? socket : request.socket)?.remoteAddress;
    const trust = { isTrusted: this.#isTrusted, header: options.forwardedHeader };
    const address = clientAddress(remoteAddress, headers, trust);
    const countedAs = address === undefined || this.#isUnlimited(address) ? undefined : address;
    const slot = { address, remoteAddress, priority: 'normal', countedAs, cameWhenFull } as const;
    if (countedAs === undefined) return slot;
    const rejection = this.#addresses.acquire(countedAs, options.clock.now());
    if (rejection === undefined) return slot;

    this.#warnOfProxy(headers, countedAs);
    const waitSeconds = 'waitMs' in rejection ? Math.ceil(rejection.waitMs / 1_000) : undefined;
    return createRejection(rejection.reason, waitSeconds);
  }

  /** Limits per address may apply from now on: counts connections opened without them. */
  followOptions(
    connections: Iterable<{
      readonly slot: ConnectionSlot | undefined;
      readonly clientAddress: string | undefined;
    }>,
  ): void {
    if (!this.#readsAddresses) return;
    for (const { slot, clientAddress: address } of connections) {
      if (slot === undefined || slot.address !== undefined || address === undefined) continue;
      slot.address = address;
      if (this.#isUnlimited(address)) continue;
      slot.countedAs = address;
      this.#addresses.count(address);
    }
  }

  confirm({ priority, cameWhenFull }: Pick<ConnectionSlot, 'priority' | 'cameWhenFull'>) {
    return this.#findBarrier(priority, this.#sources.registry.size, cameWhenFull);
  }

  /** Delay of this client's response, so that a rush of connections comes in more slowly. */
  delayMs({ priority }: Pick<ConnectionSlot, 'priority'>): number {
    if (isPrivileged(priority)) return 0;
    const { options, overload } = this.#sources;
    const delayMs = Math.max(DELAY_MS[overload.levels.load], this.#isBusy ? DELAY_MS.ELEVATED : 0);
    return Math.min(delayMs, options.handshakeTimeout / 2);
  }

  /** Counts a violation of the client; its address may have to wait before it may connect again. */
  noteViolation({ countedAs }: ConnectionSlot): void {
    if (countedAs === undefined) return;
    this.#addresses.noteViolation(countedAs, this.#sources.options.clock.now());
  }

  release(slot: ConnectionSlot): void {
    if (slot.countedAs === undefined) return;
    this.#addresses.release(slot.countedAs);
    slot.countedAs = undefined;
  }

  /** Whether the addresses of clients are needed, for limits or to recognise a proxy. */
  get #readsAddresses(): boolean {
    const { options } = this.#sources;
    return (
      options.maxConnectionsPerIp > 0 ||
      options.maxConnectionsPerMinutePerIp > 0 ||
      options.maxViolationsPerMinutePerIp > 0 ||
      options.trustedProxies.length > 0
    );
  }

  /** @param slotsInUse Includes the client's own slot. */
  #findBarrier(priority: ConnectionPriority, slotsInUse: number, isFull: boolean) {
    if (isPrivileged(priority)) return undefined;
    const { options, overload } = this.#sources;
    const { all, load } = overload.levels;
    if (priority === 'low' ? all !== 'NORMAL' : load === 'CRITICAL') return 'resources';
    const isReserved = slotsInUse > this.#slotsMax - options.reservedConnections;
    return isFull || isReserved ? 'full' : undefined;
  }

  get #slotsMax(): number {
    return Math.min(this.#sources.options.maxConnections, this.bounds.connectionsMax);
  }

  #updateSlots(): void {
    const share = this.#sources.registry.size / this.#slotsMax;
    // Each state ends at a lower share than it begins, so that it does not flap.
    this.#isFull = share >= (this.#isFull ? 0.95 : 1);
    this.#isBusy = share >= (this.#isBusy ? 0.7 : 0.8);
  }

  /** Clients behind a proxy that is not trusted share its address, and so its limits. */
  #warnOfProxy(headers: IncomingHttpHeaders, address: string): void {
    if (this.#hasWarned) return;
    const name = findForwardedHeader(address, headers);
    if (name === undefined) return;
    this.#hasWarned = true;
    process.emitWarning(
      `a limit per address rejected ${address}, whose request has the header ${name}: if it is a proxy, list it in trustedProxies`,
      { code: 'PARLEY_UNTRUSTED_PROXY' },
    );
  }
}
