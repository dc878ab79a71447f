/**
 * Records that each node owns a part of, and every node has a copy of: who is connected, or has a
 * room open. Changes are numbered; a node that misses one asks for all records of the other.
 *
 * A node repeats that its records still hold; those of a node that falls silent expire.
 */

import type { NodeId, RecordsMessage } from '../../model/bus-message.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';

export interface ReplicatedMapOptions<Value> {
  readonly bus: Pick<Bus, 'isShared' | 'isUp' | 'nodeId'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'schedule'>;
  readonly publish: (message: RecordsMessage<Value>) => void;
  /** Shared by maps that replace each other: each begins with the highest version so far. */
  readonly versions?: { max: number };
  /** Whether the records of another node hold, although this map was not told so. */
  readonly holds?: (nodeId: NodeId) => boolean;
  /** Called after a record of another node was added, changed (both given) or removed. */
  readonly onChange: (change: RecordChange<Value>) => void;
}

export interface RecordChange<Value> {
  readonly key: string;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

interface OtherNode<Value> {
  /** Undefined until all of its records have arrived. */
  version: number | undefined;
  /** The latest version that was heard of. */
  latestVersion: number;
  readonly records: Map<string, Value>;
  assertedAtMs: number;
  /** When it was asked for its records; undefined if it has answered. */
  askedAtMs: number | undefined;
}

/** Time after which the records of a silent node expire. */
export const LEASE_MS = 15_000;
/**
 * Time that a node has to answer with all of its records. Until then its changes ask for nothing
 * more: while many users connect, each would make it send all records again.
 */
const ANSWER_MS = 1000;
/** Interval between two answers with many records: after an outage of the bus, all nodes ask at once. */
const ANSWER_INTERVAL_MS = 500;
/** Number of records up to which a node answers every time. */
const SMALL_ANSWER_MAX = 100;

export class ReplicatedMap<Value> {
  readonly #options: ReplicatedMapOptions<Value>;
  readonly #own = new Map<string, Value>();
  readonly #others = new Map<NodeId, OtherNode<Value>>();
  #version = 0;
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  #isAnswerDue = false;

  constructor(options: ReplicatedMapOptions<Value>) {
    this.#options = options;
    this.#version = options.versions?.max ?? 0;
  }

  /** Version of this node's records. */
  get version(): number {
    return this.#version;
  }

  /** The other nodes that have had records and are not silent. */
  nodeIds(): Iterable<NodeId> {
    return this.#others.keys();
  }

  /** Number of other nodes that have had records and are not silent. */
  get nodeCount(): number {
    return this.#others.size;
  }

  /** The records of other nodes under a key. */
  of(key: string): Value[] {
    return [...this.#others.values()].flatMap(({ records }) => {
      const value = records.get(key);
      return value === undefined ? [] : [value];
    });
  }

  has(key: string): boolean {
    for (const { records } of this.#others.values()) if (records.has(key)) return true;
    return false;
  }

  /** The keys of other nodes' records, each once. */
  keys(): Set<string> {
    return new Set([...this.#others.values()].flatMap(({ records }) => [...records.keys()]));
  }

  /** Sets a record of this node; undefined removes it. */
  set(key: string, value: Value | undefined): void {
    if (!this.#options.bus.isShared) return;
    if (value === undefined) {
      if (!this.#own.delete(key)) return;
    } else {
      this.#own.set(key, value);
    }
    this.#version += 1;
    const { publish, versions } = this.#options;
    if (versions !== undefined) versions.max = Math.max(versions.max, this.#version);
    publish({ kind: 'change', version: this.#version, key, value: value ?? null });
  }

  receive(message: RecordsMessage<Value>, from: NodeId): void {
    if (message.kind === 'ask') {
      this.#answer(message.nodeId);
      return;
    }
    const node = this.#nodeOf(from);
    node.assertedAtMs = this.#options.clock.monotonicMs();
    node.latestVersion = Math.max(node.latestVersion, message.version);
    const isNext = node.version !== undefined && message.version === node.version + 1;
    if (message.kind === 'all') this.#replace(node, message);
    else if (message.kind === 'change' && isNext) this.#apply(node, message);
    // Also if messages behind these records have arrived before them.
    if (node.version !== node.latestVersion) this.#ask(node, from);
  }

  /** Asks all nodes for their records, as after a time without the bus. */
  askAll(): void {
    this.#options.publish({ kind: 'ask', nodeId: undefined });
  }

  /** Repeats that this node's records hold. */
  assert(): void {
    if (this.#version > 0) this.#options.publish({ kind: 'assert', version: this.#version });
  }

  /** Drops the records of nodes that are silent, and asks again for those that are outdated. */
  checkOthers(): void {
    const { bus, clock, holds } = this.#options;
    // Without the bus every node appears silent: the last known state holds.
    if (!bus.isUp) return;
    const silentSinceMs = clock.monotonicMs() - LEASE_MS;
    for (const [nodeId, node] of this.#others) {
      const isHeld = node.assertedAtMs > silentSinceMs || holds?.(nodeId) === true;
      if (!isHeld) this.#drop(nodeId, node);
      else if (node.version !== node.latestVersion) this.#ask(node, nodeId);
    }
  }

  /** Notes that another node has no records any more, except those after this version. */
  noteEnd(nodeId: NodeId, version: number): void {
    const node = this.#others.get(nodeId);
    if (node !== undefined && node.latestVersion <= version) this.#drop(nodeId, node);
  }

  /** After a time without the bus no node counts as silent. */
  renewLeases(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const node of this.#others.values()) node.assertedAtMs = nowMs;
  }

  #nodeOf(nodeId: NodeId): OtherNode<Value> {
    const known = this.#others.get(nodeId);
    if (known !== undefined) return known;
    const node: OtherNode<Value> = {
      version: undefined,
      latestVersion: 0,
      records: new Map(),
      assertedAtMs: 0,
      askedAtMs: undefined,
    };
    this.#others.set(nodeId, node);
    return node;
  }

  #drop(nodeId: NodeId, node: OtherNode<Value>): void {
    this.#others.delete(nodeId);
    for (const [key, before] of [...node.records]) this.#change(node, key, before, undefined);
  }

  #answer(nodeId: NodeId | undefined): void {
    const { bus, clock } = this.#options;
    if (nodeId !== undefined && nodeId !== bus.nodeId) return;
    if (this.#version === 0) return; // There is nothing that the others could have missed.
    if (this.#isAnswerDue) return;
    const waitMs = this.#answeredAtMs + ANSWER_INTERVAL_MS - clock.monotonicMs();
    if (waitMs <= 0 || this.#own.size <= SMALL_ANSWER_MAX) {
      this.#sendAll();
      return;
    }
    this.#isAnswerDue = true;
    clock.schedule(waitMs, () => {
      this.#isAnswerDue = false;
      this.#sendAll();
    });
  }

  #sendAll(): void {
    this.#answeredAtMs = this.#options.clock.monotonicMs();
    this.#options.publish({ kind: 'all', version: this.#version, records: [...this.#own] });
  }

  #ask(node: OtherNode<Value>, nodeId: NodeId): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (node.askedAtMs !== undefined && nowMs < node.askedAtMs + ANSWER_MS) return;
    node.askedAtMs = nowMs;
    this.#options.publish({ kind: 'ask', nodeId });
  }

  #apply(
    node: OtherNode<Value>,
    { version, key, value }: Extract<RecordsMessage<Value>, { kind: 'change' }>,
  ): void {
    node.version = version;
    this.#change(node, key, node.records.get(key), value ?? undefined);
  }

  #replace(
    node: OtherNode<Value>,
    { version, records }: Extract<RecordsMessage<Value>, { kind: 'all' }>,
  ): void {
    if (node.version !== undefined && version < node.version) return;
    node.version = version;
    node.askedAtMs = undefined;
    const present = new Map(records);
    for (const [key, before] of [...node.records]) {
      if (!present.has(key)) this.#change(node, key, before, undefined);
    }
    for (const [key, value] of present) this.#change(node, key, node.records.get(key), value);
  }

  #change(
    node: OtherNode<Value>,
    key: string,
    before: Value | undefined,
    after: Value | undefined,
  ): void {
    if (after === undefined) node.records.delete(key);
    else node.records.set(key, after);
    if (before !== undefined || after !== undefined) this.#options.onChange({ key, before, after });
  }
}
