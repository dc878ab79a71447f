/**
 * CPU time of everything that a process has started, and the processes that it has left, by /proc (proc(5)).
 * The process itself only knows the time of children that it has waited for: not that of the processes of a
 * browser, which belong to another one, nor of those that were killed with their parents.
 */
import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 1000;
/** `_SC_CLK_TCK` of all machines that Node supports. */
const TICK_MS = 10;

interface Row {
  readonly pid: number;
  readonly parent: number;
  /** Id of the session, which is that of the process that began it. */
  readonly session: number;
  /** Its own, and of its children that have ended and were waited for. */
  readonly cpuMs: number;
  readonly hasEnded: boolean;
}

interface Watched {
  /** All members of the tree, also those whose parent has ended meanwhile. */
  members: Set<number>;
  visibleMs: number;
  /** Of members that have ended without being waited for by another one. */
  lostMs: number;
}

const watched = new Map<number, Watched>();
let timer: NodeJS.Timeout | undefined;

export function watchCpu(pid: number): void {
  watched.set(pid, { members: new Set([pid]), visibleMs: 0, lostMs: 0 });
  if (watched.size === 1) timer = setInterval(sample, SAMPLE_MS).unref();
}

/** Returns what the process and its descendants have used, up to the last sample. */
export function endOfCpu(pid: number): number {
  const { visibleMs, lostMs } = watched.get(pid) ?? { visibleMs: 0, lostMs: 0 };
  watched.delete(pid);
  if (watched.size === 0) clearInterval(timer);
  return visibleMs + lostMs;
}

export function sample(): void {
  const rows = readRows();
  const children = Map.groupBy(rows.values(), ({ parent }) => parent);
  for (const each of watched.values()) {
    const alive = [...each.members].filter((pid) => rows.has(pid));
    // The list grows while it is read.
    const tree = new Set(alive);
    for (const pid of tree) for (const child of children.get(pid) ?? []) tree.add(child.pid);
    const visibleMs = [...tree].reduce((sum, pid) => sum + (rows.get(pid)?.cpuMs ?? 0), 0);
    each.lostMs += Math.max(0, each.visibleMs - visibleMs);
    Object.assign(each, { visibleMs, members: tree });
  }
}

/** Command lines of the processes that are still running in the session that this process began. */
export function runningIn(session: number): string[] {
  return [...readRows().values()]
    .filter((row) => row.session === session && !row.hasEnded)
    .map(({ pid }) => commandOf(pid))
    .filter((command) => command !== '');
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // It has ended.
  }
}

/** Elsewhere than on Linux none. */
function readRows(): Map<number, Row> {
  const rows = new Map<number, Row>();
  if (process.platform !== 'linux') return rows;
  for (const name of readdirSync('/proc')) {
    const row = /^\d+$/.test(name) ? readRow(Number(name)) : undefined;
    if (row !== undefined) rows.set(row.pid, row);
  }
  return rows;
}

function readRow(pid: number): Row | undefined {
  try {
    // The name of the program, in parentheses, may hold spaces.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '');
    const [state, parent, , session, ...rest] = text.split(' ');
    const ticks = rest.slice(7, 11).reduce((sum, field) => sum + Number(field), 0);
    return {
      ...{ pid, parent: Number(parent), session: Number(session) },
      cpuMs: ticks * TICK_MS,
      hasEnded: state === 'Z' || state === 'X',
    };
  } catch {
    return undefined; // It has ended.
  }
}
