/** Who is let in, and how many. */
import type { Bounds } from './bounds.ts';

export interface AdmissionLimits {
  /**
   * Connections at one time, unfinished handshakes included; above it upgrades
   * get 503. Range 1 to 10,000,000. Default 1,000: what a small machine carries
   * by any measure; a server with more memory and descriptors raises it.
   */
  readonly maxConnections: number;
}

export const ADMISSION_DEFAULTS: AdmissionLimits = Object.freeze({
  maxConnections: 1_000,
});

export const ADMISSION_BOUNDS = {
  maxConnections: [1, 10_000_000],
} as const satisfies Partial<Record<keyof AdmissionLimits, Bounds>>;
