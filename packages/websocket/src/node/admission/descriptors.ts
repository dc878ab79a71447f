/** The file descriptors of this process: each socket takes one, and without any none is accepted. */
import { readdirSync, readFileSync } from 'node:fs';
import { OPTION_DEFAULTS } from '../options/server-options.ts';

export interface DescriptorBounds {
  /** Connections for which there are descriptors. */
  readonly connectionsMax: number;
  /** Sockets of the port: some more, so that the others are told why they are rejected. */
  readonly socketsMax: number;
}

const UNBOUNDED = Object.freeze({ connectionsMax: Infinity, socketsMax: Infinity });

/** Descriptors in use if the system does not say how many. */
const USED_USUALLY = 32;

/** With fewer, a warning is due although the application has chosen no limit. */
const FEW = 4_096;

/** The soft limit of the process; `undefined` if it has none or the system does not report it. */
export function readDescriptorLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    // The report is a plain object whose form differs between systems; Bun and Deno have none.
    const report = process.report?.getReport() as
      | { userLimits?: { open_files?: { soft?: unknown } } }
      | undefined;
    const soft = report?.userLimits?.open_files?.soft;
    return typeof soft === 'number' ? soft : undefined;
  }
}

/** Warns if `maxConnections` is above the limit; returns what the limit allows. */
export function checkDescriptors(maxConnections: number): DescriptorBounds {
  const limit = readDescriptorLimit();
  if (limit === undefined) return UNBOUNDED;
  const isChosen = maxConnections !== OPTION_DEFAULTS.maxConnections;
  if (maxConnections > limit && (isChosen || limit < FEW)) {
    process.emitWarning(
      `maxConnections is ${maxConnections}, but the process may open only ${limit} files and sockets: raise that limit (ulimit -n), or lower maxConnections`,
      { code: 'PARLEY_DESCRIPTOR_LIMIT' },
    );
  }
  const reserve = Math.min(Math.max(Math.ceil(limit / 20), 4), 100);
  const socketsMax = Math.max(limit - countUsed() - reserve, 1);
  return { connectionsMax: Math.max(socketsMax - reserve, 1), socketsMax };
}

export function isDescriptorError(error: Error): boolean {
  return 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

function countUsed(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return USED_USUALLY;
  }
}
