/**
 * Reads the facts by which commands are decided, and writes their effects to PostgreSQL.
 *
 * New messages are collected; a command about one of them, or about memberships, writes them first.
 * Other statements are sent without waiting for their results.
 */

import type { RoomId, UserId } from '@parley/protocol';
import type { Recorded } from '../../model/audit.ts';
import type { Effect, Plan } from '../../model/plan-command.ts';
import { appendEntries } from '../sql/audit-chain.ts';
import { decide, factsOf, type RoomFacts, writeChange } from '../sql/effects.ts';
import { MessageBatch } from './message-batch.ts';
import type { Queries } from './queries.ts';
import { runLater } from './run-later.ts';
import type { Write } from './transaction.ts';

/** A room of the batch. */
interface EffectRoom {
  readonly id: RoomId;
  readonly isDirect: boolean;
  /** A direct room in which one user has blocked the other. */
  readonly isClosed: boolean;
}

export class EffectWriter {
  readonly #queries: Queries;
  readonly #newMessages = new MessageBatch();
  readonly #recorded: Recorded[] = [];
  /** Statements that were sent. */
  #sent: Promise<unknown>[] = [];

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Waits for what was sent; returns the statements that write the collected messages. */
  async finish(): Promise<Write[]> {
    await Promise.all(this.#sent);
    // Last: see `appendEntries`.
    await runLater(this.#queries, appendEntries(this.#recorded));
    return this.#newMessages.take();
  }

  decide<T>(plan: Plan<T>, room: EffectRoom): Promise<T> {
    return runLater(this.#queries, decide(plan, this.#factsOf(room)));
  }

  /** Returns the user who becomes the owner of the room. */
  async write(room: EffectRoom, effect: Effect): Promise<UserId | undefined> {
    if (effect.kind === 'message') {
      const { command, position, reply } = effect;
      this.#newMessages.add({ command, position, isDirect: room.isDirect, reply });
      return undefined;
    }
    if (effect.kind === 'audit') {
      this.#recorded.push(effect.recorded);
      return undefined;
    }
    if (effect.kind === 'admission') {
      // Earlier messages of the batch mention none who come later.
      this.#flush();
      await runLater(this.#queries, writeChange(room.id, effect));
      return undefined;
    }
    // The mentions come first. Its statements are sent together, and need no others.
    if (effect.kind === 'reply') this.#flush();
    const writing = runLater(this.#queries, writeChange(room.id, effect));
    // A later change of the same message or membership depends on the last statements of these.
    if (effect.kind === 'membership-end' || effect.kind === 'edit') {
      const inherited = await writing;
      if (inherited !== undefined) this.#recorded.push(inherited.recorded);
      return inherited?.heirId;
    }
    this.#send(writing);
    return undefined;
  }

  #factsOf({ id: roomId, isClosed }: EffectRoom): RoomFacts {
    const facts = factsOf(roomId, { isClosed });
    return {
      ...facts,
      findMessage: (id) => {
        if (this.#newMessages.has(id)) this.#flush();
        return facts.findMessage(id);
      },
      latestReplyNumber: (parentId) => {
        this.#flush();
        return facts.latestReplyNumber(parentId);
      },
      findSubject: (userId) => {
        this.#flush();
        return facts.findSubject(userId);
      },
    };
  }

  #flush(): void {
    for (const { sql, values } of this.#newMessages.take()) {
      this.#send(this.#queries.run(sql, ...values));
    }
  }

  #send(sent: Promise<unknown>): void {
    this.#sent.push(sent);
    // `finish` awaits it: until then, a rejection is not unhandled.
    sent.catch(() => {});
  }
}
