/**
 * Commits to a log without joins. Access is checked in the relational store after the end of the
 * log was read, and the batch is stored only if the log still has that end: a loss of access, which
 * is an event of the log, therefore never comes before an event that it forbids.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { MessageId, RoomId } from '@parley/protocol';
import { type CommitOutcome, type CommitResult, rejected } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import { nextPosition } from '../../model/next-position.ts';
import type { SearchLanguage } from '../../model/stems.ts';
import type { Appended, LogTail, MessageLog } from '../../ports/message-log.ts';
import type {
  CommandFacts,
  LogEffects,
  LoggedRoom,
  LogRelations,
  PendingLoss,
  RelationalStore,
} from '../../ports/relational-store.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import { NotBegun, StoreUnavailable } from '../../ports/store.ts';
import { coalesce } from './coalesce.ts';
import { BatchPlanner, type Plannable } from './plan-batch.ts';

/** Times that a batch is decided again because another node has written to the room. */
const ATTEMPTS_MAX = 30;
/** Longest random wait before another attempt. */
const CONFLICT_WAIT_MS_MAX = 40;
/** Rows that one statement handles. */
const ITEMS_MAX = 1000;
/** Rooms whose last head is remembered, as a hint only. */
const HEADS_MAX = 10_000;
/** Records read at once when the effects of earlier commits are recorded late. */
const RECORDS_MAX = 500;
const LOSSES_MAX = 100;

type Repeatable<T> = T | 'conflict';

/** How far the commands of a room were committed. */
interface Progress {
  readonly outcomes: CommitOutcome[];
  /** Number of outcomes whose effects are recorded. */
  recordedCount: number;
  /** Settles when the effects of all batches so far are recorded. */
  recorded: Promise<unknown>;
}

export class LogCommitter {
  readonly #log: MessageLog;
  readonly #relations: LogRelations;
  readonly #rooms: Pick<RoomStore, 'deleteUnusedRoom'>;
  readonly #heads = new Map<RoomId, number>();
  readonly #readRooms: (roomIds: readonly RoomId[]) => Promise<(LoggedRoom | undefined)[]>;
  readonly #readFacts: (commands: readonly LogCommand[]) => Promise<CommandFacts[]>;
  readonly #recordEffects: (effects: readonly LogEffects[]) => Promise<undefined[]>;

  constructor(
    log: MessageLog,
    { relations, rooms }: Pick<RelationalStore, 'relations' | 'rooms'>,
    searchLanguages: readonly SearchLanguage[],
  ) {
    this.#log = log;
    this.#relations = relations;
    this.#rooms = rooms;
    this.#readRooms = coalesce(async (roomIds: readonly RoomId[]) => {
      const rooms = await relations.readLoggedRooms([...new Set(roomIds)]);
      const byId = new Map(rooms.map((room) => [room.roomId, room]));
      return roomIds.map((roomId) => byId.get(roomId));
    }, ITEMS_MAX);
    this.#readFacts = coalesce((commands) => relations.readFacts(commands), ITEMS_MAX);
    this.#recordEffects = coalesce(async (effects) => {
      await relations.recordEffects(effects, searchLanguages);
      return effects.map(() => undefined);
    }, ITEMS_MAX);
  }

  async commit(commands: readonly LogCommand[]): Promise<CommitResult[]> {
    const rooms = Map.groupBy(commands.keys(), (index) => commands[index]?.roomId);
    const results: CommitResult[] = [];
    await Promise.all(
      [...rooms.values()].map(async (indexes) => {
        const own = indexes.flatMap((index) => commands[index] ?? []);
        const ofRoom = await this.#commitRoom(own);
        for (const [at, index] of indexes.entries()) {
          const result = ofRoom[at];
          assert(result !== undefined);
          results[index] = result;
        }
      }),
    );
    return results;
  }

  /** Appends the events of memberships that have ended: the oldest, or all of one room. */
  async finishLosses(roomId?: RoomId): Promise<void> {
    for (;;) {
      const losses = await this.#relations.listPendingLosses({ roomId, limit: LOSSES_MAX });
      for (const loss of losses) await this.#finishLoss(loss);
      if (roomId === undefined || losses.length < LOSSES_MAX) return;
    }
  }

  async #commitRoom(commands: readonly LogCommand[]): Promise<CommitResult[]> {
    const results: CommitResult[] = [];
    while (results.length < commands.length) {
      const rest = commands.slice(results.length);
      const [first] = rest;
      assert(first !== undefined);
      const end = rest.findIndex(({ kind }) => kind === 'access-lost');
      // Before the next end of a membership.
      const plannable = (end < 0 ? rest : rest.slice(0, end)) as readonly Plannable[];
      const added =
        first.kind === 'access-lost'
          ? [await this.#endMembership(first).catch(toOutage)]
          : await this.#append(first.roomId, plannable);
      results.push(...added);
      const outage = added.find((result) => 'error' in result);
      if (outage === undefined) continue;
      const { error } = outage;
      while (results.length < commands.length) results.push({ kind: 'not-begun', error });
    }
    return results;
  }

  async #append(roomId: RoomId, commands: readonly Plannable[]): Promise<CommitResult[]> {
    const progress: Progress = { outcomes: [], recordedCount: 0, recorded: Promise.resolve() };
    const { outcomes } = progress;
    try {
      await this.#untilStored((isFresh) =>
        this.#appendRest({ roomId, commands, isFresh }, progress),
      );
      await progress.recorded;
      return outcomes;
    } catch (error) {
      await Promise.allSettled([progress.recorded]);
      return commands.map((_, index) => {
        const outcome = outcomes[index];
        if (outcome !== undefined && index < progress.recordedCount) return outcome;
        const failed = toOutage(error);
        // Stored, but its effects are perhaps not recorded.
        return outcome === undefined ? failed : { ...failed, kind: 'unknown' };
      });
    }
  }

  /**
   * Appends batches until all commands are decided. A batch does not wait until the effects of
   * those before it are recorded, but the results of all do.
   */
  async #appendRest(
    about: {
      readonly roomId: RoomId;
      readonly commands: readonly Plannable[];
      readonly isFresh: boolean;
    },
    progress: Progress,
  ): Promise<Repeatable<'stored'>> {
    const { roomId, isFresh } = about;
    const { outcomes } = progress;
    const commands = about.commands.slice(outcomes.length);
    await progress.recorded;
    const opened = await this.#open(roomId, isFresh, commands);
    if (opened === 'conflict') return opened;
    if (opened === undefined) {
      outcomes.push(...commands.map(() => rejected('NOT_FOUND')));
      return 'stored';
    }
    const planner = await BatchPlanner.load(
      this.#log,
      opened,
      commands.flatMap((command, index) => {
        const facts = opened.facts[index];
        return facts === undefined ? [] : [{ command, facts }];
      }),
    );
    let { tail } = opened;
    while (outcomes.length < about.commands.length) {
      const { outcomes: planned, batch, admissions } = await planner.next(tail);
      if (batch.records.length > 0) {
        // First: the message is a mention of those who come with it. Again, they are members already.
        if (admissions.length > 0) await this.#relations.admit(roomId, admissions);
        const appended = await this.#log.append(batch);
        if (appended === 'conflict') return 'conflict';
        tail = appended.tail;
        const count = outcomes.length + planned.length;
        const { records, messages } = batch;
        const effects = { roomId, records, messages };
        progress.recorded = this.#recordAfter(progress.recorded, effects, appended).then(() => {
          progress.recordedCount = count;
        });
        // The caller awaits it: until then, a rejection is not unhandled.
        progress.recorded.catch(() => {});
      }
      outcomes.push(...planned);
    }
    return 'stored';
  }

  /** Records the effects of a batch after those of the batch before it. */
  async #recordAfter(
    earlier: Promise<unknown>,
    effects: LogEffects,
    { findable }: Appended,
  ): Promise<void> {
    await Promise.all([earlier, findable]);
    await this.#record(effects);
  }

  async #endMembership(command: CommandOf<'access-lost'>): Promise<CommitOutcome> {
    const ended = await this.#relations.endMembership(command);
    if ('kind' in ended) return ended;
    return this.#finishLoss(ended);
  }

  /** The id of the loss is its idempotency key: several nodes may finish it. */
  async #finishLoss({ id, command, username }: PendingLoss): Promise<CommitOutcome> {
    const { roomId, subjectId, reason } = command;
    const name = `loss ${id}`;
    const outcome = await this.#untilStored<CommitOutcome>(async (isFresh) => {
      const opened = await this.#open(roomId, isFresh, []);
      if (opened === 'conflict') return opened;
      if (opened === undefined) return rejected('NOT_FOUND');
      const { room, tail } = opened;
      const stored = (await this.#log.findKeys(roomId, [name], tail)).get(name);
      const lost = { kind: 'access-lost', userId: subjectId, username, reason } as const;
      if (stored !== undefined) {
        const { sequence, createdAtMs } = stored;
        const [record] = await this.#log.readRecords(roomId, {
          ...{ after: sequence - 1, upTo: sequence, limit: 1 },
        });
        const ordinal = record?.ordinal ?? tail.ordinal;
        const { epoch } = room;
        const at = { roomId, epoch, sequence, ordinal, actorId: command.userId, createdAtMs };
        return { kind: 'stored', event: { ...at, ...lost } };
      }
      const position = nextPosition(endOf(room, tail), command);
      const { epoch: _, ...record } = position;
      const { sequence, createdAtMs } = position;
      const messageId = id as MessageId; // Never returned: no command has this key.
      const records = [
        {
          ...record,
          kind: 'access-lost' as const,
          targetId: subjectId,
          detail: reason,
          messageSequence: undefined,
          mentioned: undefined,
        },
      ];
      const keys = [{ name, fingerprint: '', messageId, sequence, createdAtMs }];
      const batch = { roomId, from: tail, records, messages: [], reactions: [], keys };
      const appended = await this.#log.append(batch);
      if (appended === 'conflict') return 'conflict';
      await appended.findable;
      await this.#record({ roomId, records, messages: [] });
      return { kind: 'stored', event: { ...position, ...lost } };
    });
    await this.#relations.deletePendingLoss(id);
    return outcome;
  }

  async #untilStored<T>(attempt: (isFresh: boolean) => Promise<Repeatable<T>>): Promise<T> {
    for (let count = 0; count < ATTEMPTS_MAX; count += 1) {
      if (count > 1) await delay(Math.random() * CONFLICT_WAIT_MS_MAX);
      const result = await attempt(count > 0);
      if (result !== 'conflict') return result;
    }
    throw new NotBegun('Other nodes keep writing to the room');
  }

  /** Undefined if the room does not exist. The order matters: the end of the log comes first. */
  async #open(
    roomId: RoomId,
    isFresh: boolean,
    commands: readonly LogCommand[],
  ): Promise<
    Repeatable<
      | {
          readonly room: LoggedRoom;
          readonly tail: LogTail;
          readonly facts: readonly CommandFacts[];
        }
      | undefined
    >
  > {
    const atLeast = this.#heads.get(roomId) ?? (await this.#readHead(roomId));
    if (atLeast === undefined) return undefined;
    const tail = await this.#log.readTail(roomId, { atLeast, isFresh });
    const [[room], facts] = await Promise.all([
      this.#readRooms([roomId]),
      commands.length === 0 ? [] : this.#readFacts(commands),
    ]);
    if (room === undefined) return undefined;
    if (tail.isClosed) {
      // If the deletion of an unused room has ended halfway, users could open it, but never write.
      await this.#rooms.deleteUnusedRoom(roomId);
      return undefined;
    }
    // Not the end: other nodes have written. Where the search began is perhaps deleted.
    if (tail.sequence < room.head.sequence) {
      this.#noteHead(roomId, room.head.sequence);
      return 'conflict';
    }
    if (room.head.sequence < tail.sequence) await this.#recordMissing(room, tail);
    return { room, tail, facts };
  }

  async #readHead(roomId: RoomId): Promise<number | undefined> {
    return (await this.#readRooms([roomId]))[0]?.head.sequence;
  }

  async #record(effects: LogEffects): Promise<void> {
    await this.#recordEffects([effects]);
    const last = effects.records.at(-1);
    if (last !== undefined) this.#noteHead(effects.roomId, last.sequence);
  }

  #noteHead(roomId: RoomId, sequence: number): void {
    if (this.#heads.size >= HEADS_MAX) this.#heads.clear();
    this.#heads.set(roomId, sequence);
  }

  /** Records effects of commits whose node has ended before it did. */
  async #recordMissing({ roomId, head }: LoggedRoom, tail: LogTail): Promise<void> {
    let after = head.sequence;
    while (after < tail.sequence) {
      const range = { after, upTo: tail.sequence, limit: RECORDS_MAX };
      const records = await this.#log.readRecords(roomId, range);
      const last = records.at(-1);
      if (last === undefined) return;
      const changed = new Set(records.flatMap((record) => record.messageSequence ?? []));
      const messages = await this.#log.readMessagesAt(roomId, [...changed]);
      // A commit has the first messages of its threads, whose authors follow them.
      const rootIds = new Set(messages.flatMap(({ reply }) => reply?.parentId ?? []));
      const roots = rootIds.size === 0 ? [] : await this.#log.findMessages(roomId, [...rootIds]);
      await this.#record({ roomId, records, messages: [...messages, ...roots.values()] });
      after = last.sequence;
    }
  }
}

/** @throws errors that are not an outage of the store. */
function toOutage(error: unknown): Extract<CommitResult, { readonly error: unknown }> {
  if (!(error instanceof StoreUnavailable)) throw error;
  return { kind: error instanceof NotBegun ? 'not-begun' : 'unknown', error };
}

function endOf(room: LoggedRoom, tail: LogTail) {
  const { sequence, ordinal } = tail;
  const lastEventAtMs = sequence === 0 ? room.createdAtMs : tail.lastEventAtMs;
  return { epoch: room.epoch, sequence, ordinal, lastEventAtMs };
}
