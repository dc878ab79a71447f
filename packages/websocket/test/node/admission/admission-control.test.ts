import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import {
  AdmissionControl,
  type AdmissionSources,
  type ConnectionSlot,
} from '../../../src/node/admission/admission-control.ts';
import type { PressureLevels } from '../../../src/node/admission/overload-table.ts';
import type { ConnectionPriority } from '../../../src/node/admission/priority.ts';
import type { PressureLevel } from '../../../src/node/admission/resource-pressure.ts';
import { OPTION_DEFAULTS } from '../../../src/node/options/server-options.ts';
import type { Rejection, RejectionReason } from '../../../src/protocol/handshake-rejection.ts';

/** The state that changes between two calls. */
interface Situation {
  /** Slots in use, by open connections and by handshakes. */
  readonly slotsInUse: number;
  readonly levels: PressureLevels;
  readonly nowMs: number;
}

/** Admission with calls for a situation each. */
function control(given: Partial<AdmissionSources['options']>) {
  let now = situation();
  const options = {
    ...OPTION_DEFAULTS,
    clock: { ...OPTION_DEFAULTS.clock, now: () => now.nowMs },
    ...given,
  };
  const admission = new AdmissionControl({
    options,
    registry: {
      get size() {
        return now.slotsInUse;
      },
    },
    overload: {
      get levels() {
        return now.levels;
      },
    },
  });
  return {
    acquire(remoteAddress: string | undefined, next: Situation): ConnectionSlot | Rejection {
      now = next;
      // The parts of a request that are read here.
      const request = { headers: {}, socket: { remoteAddress } } as unknown as IncomingMessage;
      return admission.acquire(request, new PassThrough());
    },
    confirm(
      priority: ConnectionPriority,
      next: Situation,
      cameWhenFull = false,
    ): RejectionReason | undefined {
      now = next;
      return admission.confirm({ priority, cameWhenFull });
    },
    delayMs(priority: ConnectionPriority, next: Situation): number {
      now = next;
      return admission.delayMs({ priority });
    },
    release: (slot: ConnectionSlot) => admission.release(slot),
  };
}

/** @param load That of the resources that are used up by load; by default the same. */
function levels(all: PressureLevel, load = all): PressureLevels {
  return { time: load, load, all };
}

function situation(change: Partial<Situation> = {}): Situation {
  return { slotsInUse: 0, levels: levels('NORMAL'), nowMs: 0, ...change };
}

function acquired(verdict: ConnectionSlot | Rejection): ConnectionSlot {
  assert(!('reason' in verdict), 'a slot is acquired');
  return verdict;
}

function rejected(verdict: ConnectionSlot | Rejection): Rejection {
  assert('reason' in verdict, 'the connection is rejected');
  return verdict;
}

test('the last slot is assigned, the next connection rejected', () => {
  const admission = control({ maxConnections: 10 });

  acquired(admission.acquire('192.0.2.1', situation({ slotsInUse: 9 })));

  assert.equal(
    rejected(admission.acquire('192.0.2.1', situation({ slotsInUse: 10 }))).reason,
    'full',
  );
});

test('once full, new connections are accepted again below 95 %', () => {
  const admission = control({ maxConnections: 100 });
  admission.acquire('192.0.2.1', situation({ slotsInUse: 100 }));
  const tryAcquire = (taken: number) => {
    const slot = acquired(admission.acquire('192.0.2.1', situation({ slotsInUse: taken })));
    return admission.confirm('normal', situation({ slotsInUse: taken + 1 }), slot.cameWhenFull);
  };

  assert.equal(tryAcquire(95), 'full');
  assert.equal(tryAcquire(94), undefined);
  assert.equal(tryAcquire(99), undefined);
});

test('a client that has a slot keeps it when another one finds the server full', () => {
  const admission = control({ maxConnections: 100 });
  const last = acquired(admission.acquire('192.0.2.1', situation({ slotsInUse: 99 })));

  rejected(admission.acquire('192.0.2.1', situation({ slotsInUse: 100 })));

  const full = situation({ slotsInUse: 100 });
  assert.equal(admission.confirm('normal', full, last.cameWhenFull), undefined);
});

test('while other clients wait for capacity, privileged ones get any free slot', () => {
  const admission = control({ maxConnections: 100 });
  admission.acquire('192.0.2.1', situation({ slotsInUse: 100 }));

  acquired(admission.acquire('192.0.2.1', situation({ slotsInUse: 99 })));

  assert.equal(admission.confirm('high', situation({ slotsInUse: 100 })), undefined);
  assert.equal(admission.confirm('critical', situation({ slotsInUse: 100 })), undefined);
});

test('reserved slots are for high and critical only', () => {
  const admission = control({ maxConnections: 10, reservedConnections: 3 });

  assert.equal(admission.confirm('normal', situation({ slotsInUse: 7 })), undefined);
  assert.equal(admission.confirm('normal', situation({ slotsInUse: 8 })), 'full');
  assert.equal(admission.confirm('low', situation({ slotsInUse: 8 })), 'full');
  assert.equal(admission.confirm('high', situation({ slotsInUse: 10 })), undefined);
});

test('an address has a limited number of connections, and each that ends frees a slot', () => {
  const admission = control({ maxConnectionsPerIp: 2 });
  const first = acquired(admission.acquire('192.0.2.1', situation()));
  acquired(admission.acquire('192.0.2.1', situation()));

  assert.equal(rejected(admission.acquire('192.0.2.1', situation())).reason, 'addressFull');
  acquired(admission.acquire('192.0.2.2', situation()));

  admission.release(first);
  admission.release(first);

  acquired(admission.acquire('192.0.2.1', situation()));
  assert.equal(rejected(admission.acquire('192.0.2.1', situation())).reason, 'addressFull');
});

test('addresses of one IPv6 network share their limit', () => {
  const admission = control({ maxConnectionsPerIp: 1 });
  acquired(admission.acquire('2001:db8:0:1::1', situation()));

  const second = admission.acquire('2001:db8:0:1::2', situation());
  assert.equal(rejected(second).reason, 'addressFull');
  acquired(admission.acquire('2001:db8:0:2::1', situation()));
});

test('an address opens a limited number of connections per minute, and is rejected with the time of a retry', () => {
  const admission = control({ maxConnectionsPerMinutePerIp: 100 });
  for (let each = 0; each < 100; each += 1) {
    admission.release(acquired(admission.acquire('192.0.2.1', situation({ nowMs: 10_000 }))));
  }

  const { reason, headers } = rejected(
    admission.acquire('192.0.2.1', situation({ nowMs: 30_000 })),
  );
  assert.deepEqual([reason, headers['Retry-After']], ['addressRate', '30']);
  acquired(admission.acquire('192.0.2.1', situation({ nowMs: 61_000 })));
});

test('limits of 0, unlimited addresses and sockets without addresses are not counted', () => {
  const unlimited = control({});
  const limited = control({
    maxConnectionsPerIp: 1,
    maxConnectionsPerMinutePerIp: 1,
    unlimitedAddresses: ['127.0.0.1'],
  });

  for (let each = 0; each < 3; each += 1) {
    acquired(unlimited.acquire('192.0.2.1', situation()));
    acquired(limited.acquire('127.0.0.1', situation()));
    acquired(limited.acquire(undefined, situation()));
  }
});

test('CRITICAL resources reject all but privileged clients, ELEVATED ones those of low priority', () => {
  const admission = control({});
  const barrier = (priority: 'low' | 'normal' | 'high', change: Partial<Situation>) =>
    admission.confirm(priority, situation(change));

  assert.equal(barrier('low', { levels: levels('ELEVATED', 'NORMAL') }), 'resources');
  assert.equal(barrier('normal', { levels: levels('ELEVATED') }), undefined);
  assert.equal(barrier('normal', { levels: levels('CRITICAL') }), 'resources');
  assert.equal(barrier('high', { levels: levels('CRITICAL') }), undefined);
  // Full slots are not scarce resources: any client may take a free slot.
  assert.equal(barrier('normal', { levels: levels('CRITICAL', 'NORMAL') }), undefined);
});

test('new connections wait under load or overload; privileged ones never', () => {
  const admission = control({ maxConnections: 100 });
  const delayAt = (taken: number) => {
    admission.acquire(undefined, situation({ slotsInUse: taken }));
    return admission.delayMs('normal', situation());
  };

  assert.deepEqual([79, 80, 70, 69].map(delayAt), [0, 100, 100, 0]);
  assert.equal(admission.delayMs('normal', situation({ levels: levels('ELEVATED') })), 100);
  assert.equal(admission.delayMs('normal', situation({ levels: levels('CRITICAL') })), 500);
  assert.equal(admission.delayMs('high', situation({ levels: levels('CRITICAL') })), 0);
});
