/**
 * The disturbances of one history of a cluster, and their chances. A history has some kinds of them
 * and not others: a fault often shows only if another kind does not hide it.
 */
import type { NetworkFaults } from '../../packages/server/src/bus/memory/network.ts';
import type { Random } from '../../packages/server/test/support/seeded-random.ts';
import type { ClockSkew } from './node-clock.ts';

/** Chances per step of the history, between 0 and 1. */
export interface Weather {
  readonly bus: NetworkFaults;
  /** Cutting a node off the bus, or off the store. */
  readonly busCut: number;
  readonly storeCut: number;
  /** Killing a process that starts again later, or stopping it for a while. */
  readonly crash: number;
  readonly pause: number;
  /** Ending a session on one node. */
  readonly logout: number;
  /** A client that stays away for a while. */
  readonly away: number;
  /** Losing the store, whose standby lags. */
  readonly failover: number;
  /** Removing a user from a room. */
  readonly removal: number;
  /** Draining a node, which is then replaced. */
  readonly drain: number;
  /** Maximum error of a node's wall clock, in milliseconds. */
  readonly skewMsMax: number;
}

/** Chances per step that a disturbance ends. */
export const HEALING = 0.04;
/** Largest error of the rate of a node's clock. */
const RATE_ERROR = 0.05;

export const FAIR_WEATHER: Weather = {
  bus: { lost: 0.1, repeated: 0.1, delayed: 0.2, delayMsMax: 200 },
  busCut: 0,
  storeCut: 0,
  crash: 0,
  pause: 0,
  logout: 0,
  away: 0,
  failover: 0,
  removal: 0,
  drain: 0,
  skewMsMax: 0,
};

const BUSES: readonly NetworkFaults[] = [
  FAIR_WEATHER.bus,
  { lost: 0, repeated: 0, delayed: 0, delayMsMax: 0 },
  { lost: 0.5, repeated: 0, delayed: 0, delayMsMax: 0 },
  { lost: 0, repeated: 0.5, delayed: 0.8, delayMsMax: 3000 },
  { lost: 1, repeated: 0, delayed: 0, delayMsMax: 0 },
];

/** Each kind of disturbance is part of every second history. */
export function drawWeather(random: Random): Weather {
  const perhaps = (chance: number): number => (random() < 0.5 ? chance : 0);
  return {
    bus: BUSES[Math.floor(random() * BUSES.length)] ?? FAIR_WEATHER.bus,
    busCut: perhaps(0.015),
    storeCut: perhaps(0.008),
    crash: perhaps(0.008),
    pause: perhaps(0.01),
    logout: perhaps(0.008),
    away: perhaps(0.01),
    skewMsMax: perhaps(180_000),
    failover: perhaps(0.004),
    removal: perhaps(0.004),
    drain: perhaps(0.006),
  };
}

/** The clock of one process. */
export function drawSkew({ skewMsMax }: Weather, random: Random): ClockSkew {
  if (skewMsMax === 0) return { wallMs: 0, rate: 1 };
  const wallMs = Math.floor((2 * random() - 1) * skewMsMax);
  return { wallMs, rate: 1 + (2 * random() - 1) * RATE_ERROR };
}
