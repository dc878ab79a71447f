/**
 * Hands messages of rooms that several nodes write to over to one node, for stores in which commits
 * of several nodes to one room collide. All other commands go to the commit queue of this node.
 *
 * Only messages with an idempotency key are handed over: if no result arrives, this node commits the
 * message itself, and the store answers with the first result if the owner has stored it.
 *
 * A user's commands to a room keep their order: commands wait while earlier ones of the same user
 * are on their way to another destination.
 */
import type { MessageId, RoomId } from '@parley/protocol';
import type { NodeId, NodeMessage } from '../../model/bus-message.ts';
import type { CommitResult } from '../../model/commit-outcome.ts';
import {
  type ForwardedCommand,
  fromForwardedResult,
  type HandoverCounts,
  isForwardable,
  isKnownResult,
} from '../../model/forwarded-command.ts';
import type { LogCommand } from '../../model/log-command.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Bus, Unsubscribe } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { unavailable } from '../errors.ts';
import type { CommitQueue, OnResult } from './commit-queue.ts';
import {
  type ForwardedBytesBudget,
  ForwardedCommandReceiver,
} from './forwarded-command-receiver.ts';
import { OwnerLink } from './owner-link.ts';
import { RoomOwners } from './room-owners.ts';

/** Maximum number of commands that were handed over or wait here; further ones are rejected. */
const HELD_MAX = 10_000;
/** Time after an event of another node for which a room counts as written to by several nodes. */
const CONTESTED_MS = 10_000;
/** Maximum number of these rooms; the ones without events for longest are forgotten. */
const CONTESTED_MAX = 10_000;

interface CommitRouterOptions {
  readonly queue: CommitQueue;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Commits a command of another node, and announces its event. @throws {ChatError} UNAVAILABLE. */
  readonly commitForOther: (
    command: ForwardedCommand,
    onResult: (commitResult: CommitResult) => void,
  ) => void;
  readonly budget: ForwardedBytesBudget;
}

/** Commands of one user to one room that have no result yet. */
interface Lane {
  readonly key: string;
  /** The node that commits them; undefined for this one. */
  owner: NodeId | undefined;
  /** Number of commands at their destination. */
  count: number;
  /** Commands that wait, because theirs is another destination. */
  readonly waiting: Waiting[];
}

interface Waiting {
  readonly command: LogCommand;
  readonly onResult: OnResult;
}

/** A command that was handed over. It stays one when this node commits it after all. */
interface HandedOver extends Waiting {
  readonly command: ForwardedCommand;
  readonly lane: Lane;
  isAnswered: boolean;
  readonly onAnswered: (() => void)[];
}

type Link = OwnerLink<HandedOver>;

export class CommitRouter {
  readonly #options: CommitRouterOptions;
  readonly #owners: RoomOwners;
  readonly #receiver: ForwardedCommandReceiver;
  readonly #lanes = new Map<string, Lane>();
  readonly #links = new Map<NodeId, Link>();
  readonly #byMessage = new Map<MessageId, HandedOver>();
  /** When another node last wrote to a room; in this order. */
  readonly #contested = new Map<RoomId, number>();
  readonly #counts = { sent: 0, answered: 0, timedOut: 0, rejected: 0 };
  #linkCount = 0;
  #waitingCount = 0;
  #isClosing = false;
  #unsubscribe: Unsubscribe | undefined;

  constructor(options: CommitRouterOptions) {
    this.#options = options;
    const { bus, commitForOther: commit, budget } = options;
    this.#owners = new RoomOwners(options);
    this.#receiver = new ForwardedCommandReceiver({ bus, commit, budget });
  }

  async begin(): Promise<void> {
    const { bus } = this.#options;
    this.#unsubscribe = await bus.subscribe('node', bus.nodeId, (message, from) =>
      this.#receive(message, from),
    );
    await this.#owners.begin();
  }

  get counts(): HandoverCounts {
    return { ...this.#counts, accepted: this.#receiver.acceptedCount };
  }

  /** The other nodes hand nothing more over to this one, which ends soon. */
  leave(): void {
    this.#owners.leave();
  }

  close(): void {
    this.#owners.close();
    this.#unsubscribe?.();
  }

  /** Like the submission to the commit queue. @throws {ChatError} UNAVAILABLE. */
  submit(command: LogCommand, onResult: OnResult): void {
    const key = `${command.roomId} ${command.userId}`;
    const owner = this.#ownerFor(command);
    const lane = this.#lanes.get(key) ?? { key, owner, count: 0, waiting: [] };
    if (lane.waiting.length > 0 || lane.owner !== owner) {
      if (this.#waitingCount >= HELD_MAX) throw unavailable();
      lane.waiting.push({ command, onResult });
      this.#waitingCount += 1;
      return;
    }
    this.#send({ command, onResult }, lane);
    this.#lanes.set(key, lane);
  }

  /**
   * Resolves when the commands of a room that may be stored already have reported their results.
   *
   * @param found Events that the caller has read from the log: they are the results of messages
   *   that were handed over, and further ones are not awaited.
   */
  async settleCurrent(roomId: RoomId, found?: readonly RoomEvent[]): Promise<void> {
    const settling = [this.#options.queue.settleCurrent(roomId)];
    if (found === undefined) {
      for (const each of this.#byMessage.values()) {
        if (each.command.roomId === roomId && !each.isAnswered) settling.push(answered(each));
      }
    }
    await Promise.all(settling);
    // Those that this node had begun have their results now: others of these are of the owner.
    for (const event of found ?? []) {
      const own = this.#handedOverAs(event);
      if (own !== undefined) this.#settle(own, { kind: 'stored', event });
    }
  }

  /**
   * An event has arrived from another node. If it is a message that was handed over, that is its
   * result.
   *
   * @param isNew Whether the room's stream did not have it yet.
   */
  noteReceived(event: RoomEvent, isNew: boolean): void {
    const own = this.#handedOverAs(event);
    if (own !== undefined) {
      this.#settle(own, { kind: 'stored', event });
    } else if (isNew) {
      const { roomId } = event;
      this.#contested.delete(roomId);
      const [oldest] = this.#contested.keys();
      if (oldest !== undefined && this.#contested.size >= CONTESTED_MAX) {
        this.#contested.delete(oldest);
      }
      this.#contested.set(roomId, this.#options.clock.monotonicMs());
    }
  }

  /** Commits here what has no result yet, and resolves when all commands have one. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    for (const link of [...this.#links.values()]) this.#takeBack(link);
    await this.#options.queue.drain();
  }

  /** Another node that commits this command; undefined for this node. */
  #ownerFor(command: LogCommand): NodeId | undefined {
    if (this.#isClosing || this.#contested.size === 0 || !isForwardable(command)) return undefined;
    const contestedAtMs = this.#contested.get(command.roomId);
    if (contestedAtMs === undefined || this.#byMessage.size >= HELD_MAX) return undefined;
    if (contestedAtMs + CONTESTED_MS <= this.#options.clock.monotonicMs()) {
      this.#contested.delete(command.roomId);
      return undefined;
    }
    return this.#owners.ownerOf(command.roomId);
  }

  /** @throws {ChatError} UNAVAILABLE. */
  #send({ command, onResult }: Waiting, lane: Lane): void {
    if (lane.owner === undefined || !isForwardable(command)) {
      this.#options.queue.submit(command, (result) => {
        onResult(result);
        this.#release(lane);
      });
    } else {
      const handedOver = { command, onResult, lane, isAnswered: false, onAnswered: [] };
      this.#byMessage.set(command.messageId, handedOver);
      this.#linkTo(lane.owner).add(handedOver);
      this.#counts.sent += 1;
    }
    lane.count += 1;
  }

  #release(lane: Lane): void {
    lane.count -= 1;
    for (let next = lane.waiting[0]; next !== undefined; next = lane.waiting[0]) {
      const owner = this.#ownerFor(next.command);
      if (lane.count > 0 && owner !== lane.owner) return;
      lane.waiting.shift();
      this.#waitingCount -= 1;
      lane.owner = owner;
      try {
        this.#send(next, lane);
      } catch (error) {
        next.onResult({ kind: 'not-begun', error });
      }
    }
    if (lane.count === 0 && this.#lanes.get(lane.key) === lane) this.#lanes.delete(lane.key);
  }

  #linkTo(owner: NodeId): Link {
    const known = this.#links.get(owner);
    if (known !== undefined) return known;
    const { bus, clock } = this.#options;
    this.#linkCount += 1;
    const link: Link = new OwnerLink<HandedOver>({
      ...{ owner, number: this.#linkCount, clock },
      publish: (message) => bus.publish('node', owner, message),
      onResult: (each, result) => {
        if (result.kind === 'not-begun' || result.kind === 'unknown') this.#owners.distrust(owner);
        const known = fromForwardedResult(each.command, result);
        if (known.kind === 'duplicate') this.#settleFirst(each, known);
        this.#settle(each, known);
      },
      onTimeout: () => {
        this.#owners.distrust(owner);
        this.#counts.timedOut += this.#takeBack(link);
      },
    });
    this.#links.set(owner, link);
    return link;
  }

  #receive(message: NodeMessage, from: NodeId): void {
    if (message.kind === 'commands') {
      this.#receiver.receive(message, from);
      return;
    }
    if (message.kind !== 'results' && message.kind !== 'rejected') return;
    const link = this.#links.get(from);
    if (link?.number !== message.link) return; // The commands of a former link were committed here.
    if (message.kind === 'results') {
      const known = message.results.filter(([, result]) => isKnownResult(result));
      link.receive(known);
      if (known.length < message.results.length) this.#handleRejected(link, 'unknown');
    } else {
      this.#handleRejected(link, message.reason);
    }
  }

  /** A later version may have further reasons. */
  #handleRejected(link: Link, reason: 'gap' | 'busy' | 'unknown'): void {
    if (reason !== 'gap') this.#owners.distrust(link.owner);
    this.#counts.rejected += this.#takeBack(link);
  }

  /** Commits here, in their order, the commands without a result. Returns their number. */
  #takeBack(link: Link): number {
    this.#links.delete(link.owner);
    const all = link.end();
    for (const { lane } of all) lane.owner = undefined;
    for (const each of all) {
      try {
        this.#options.queue.submit(each.command, (result) =>
          this.#settleHere(
            each,
            isRefusal(result) ? { kind: 'unknown', error: undefined } : result,
          ),
        );
      } catch (error) {
        this.#settleHere(each, { kind: 'unknown', error });
      }
    }
    return all.length;
  }

  /** The result of the owner, which has announced the event. */
  #settle(each: HandedOver, result: CommitResult): void {
    this.#counts.answered += 1;
    // A command that this node commits meanwhile keeps its lane until that has ended.
    const isTakenBack = each.lane.owner === undefined;
    this.#links.get(each.lane.owner ?? '')?.remove(each);
    this.#answer(each, result, 'other');
    if (!isTakenBack) this.#release(each.lane);
  }

  /** If the result of the attempt that was stored is late: after a repetition it would appear new. */
  #settleFirst(
    repeated: HandedOver,
    result: Extract<CommitResult, { readonly kind: 'duplicate' }>,
  ): void {
    const first = this.#byMessage.get(result.messageId);
    if (first !== undefined && first !== repeated) this.#settle(first, result);
  }

  #settleHere(each: HandedOver, result: CommitResult): void {
    if (!each.isAnswered) this.#answer(each, result, 'own');
    this.#release(each.lane);
  }

  #answer(each: HandedOver, result: CommitResult, committedBy: 'own' | 'other'): void {
    each.isAnswered = true;
    this.#byMessage.delete(each.command.messageId);
    each.onResult(result, committedBy);
    for (const run of each.onAnswered) run();
  }

  #handedOverAs(event: RoomEvent): HandedOver | undefined {
    return event.kind === 'message' ? this.#byMessage.get(event.message.id) : undefined;
  }
}

/**
 * Whether this node has stored nothing. The owner may have stored the command, or may still do so:
 * then the outcome is unknown.
 */
function isRefusal({ kind }: CommitResult): boolean {
  return kind === 'rejected' || kind === 'not-begun';
}

function answered(each: HandedOver): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  each.onAnswered.push(resolve);
  return promise;
}
