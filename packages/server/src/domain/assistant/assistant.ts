/**
 * The assistant: a user that replies to messages that mention it. It receives messages after they
 * were stored, and its replies are stored as any message is. No command waits for it, and its share
 * of all resources is bounded.
 */

import { type ClientMessageId, mentionsOneOf, type RoomId, type UserId } from '@parley/protocol';
import { isDirectWith } from '../../model/direct-room-identity.ts';
import type { Message } from '../../model/message.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import { OWN_ISSUER, type User } from '../../model/user.ts';
import type { AnswerRequest, LanguageModel } from '../../ports/language-model.ts';
import type { Store } from '../../ports/store.ts';
import type { ExternalUsers } from '../accounts/external-users.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { BoundedLeases } from '../primitives/bounded-leases.ts';
import { RateLimiter } from '../primitives/rate-limiter.ts';
import type { DomainSettings } from '../settings.ts';
import { addAssistantToRoom } from './add-assistant-to-room.ts';
import {
  AssistantReplySender,
  type AssistantReplySenderDependencies,
} from './assistant-reply-sender.ts';
import { type CompletionOutcome, collectCompletion } from './collect-completion.ts';
import { toPromptLines } from './prompt-context.ts';
import { QuestionQueue } from './question-queue.ts';
import { APOLOGIES, toReplyContent } from './reply-content.ts';
import { ReplyProgress, type ReplyProgressDependencies } from './reply-progress.ts';
import { systemPromptFor } from './system-prompt.ts';

export interface AssistantOptions {
  readonly model: LanguageModel;
  /** The text that calls it: `@` and its name. */
  readonly mention: string;
  /** Time limit for the first piece of an answer. */
  readonly firstPieceMs: number;
}

export interface AssistantDependencies
  extends AssistantReplySenderDependencies,
    ReplyProgressDependencies {
  readonly settings: Pick<
    DomainSettings,
    'contentLengthMax' | 'typingTimeoutMs' | 'largeRoomPeople'
  >;
  readonly background: BackgroundTasks;
  readonly externalUsers: Pick<ExternalUsers, 'findOrCreate'>;
  readonly leases: BoundedLeases;
  readonly store: Pick<Store, 'accounts' | 'log' | 'rooms' | 'workspaces'>;
}

const ASSISTANT_LIMITS = Object.freeze({
  line: Object.freeze({ atOnceMax: 4, waitingMax: 32, eachMax: 3 }),
  perPerson: Object.freeze({ capacity: 10, windowMs: 60_000 }),
  perRoom: Object.freeze({ capacity: 20, windowMs: 60_000 }),
  /** How often a room is informed that it asks too much. */
  rejections: Object.freeze({ capacity: 1, windowMs: 60_000 }),
  /** The model gets as many of these as fit. */
  contextMessages: 50,
  contextTokens: 3000,
  /** Time limit for a whole answer, as a multiple of the limit for its first piece. */
  wholeAnswerFactor: 4,
});

export class Assistant {
  readonly #options: AssistantOptions;
  readonly #dependencies: AssistantDependencies;
  readonly #line: QuestionQueue;
  readonly #personRates: RateLimiter<UserId>;
  readonly #roomRates: RateLimiter<RoomId>;
  readonly #rejectionRates: RateLimiter<RoomId>;
  readonly #stop = new AbortController();
  #assistantUser: AssistantReplySender | undefined;

  constructor(options: AssistantOptions, dependencies: AssistantDependencies) {
    const { leases, background } = dependencies;
    this.#options = options;
    this.#dependencies = dependencies;
    const { line, perPerson, perRoom, rejections } = ASSISTANT_LIMITS;
    this.#line = new QuestionQueue(line, (question) => {
      const work = this.#answer(question);
      background.run(work);
      return work.catch(() => {});
    });
    this.#personRates = new RateLimiter('questions-of-user', perPerson, leases);
    this.#roomRates = new RateLimiter('questions-in-room', perRoom, leases);
    this.#rejectionRates = new RateLimiter('rejected-questions', rejections, leases);
  }

  /** Finds or creates the assistant's user. Events before this are ignored. */
  async begin(): Promise<void> {
    const name = this.#options.mention.slice(1);
    const user = await this.#dependencies.externalUsers.findOrCreate({
      ...{ issuer: OWN_ISSUER, subject: name.toLowerCase(), username: name },
    });
    this.#assistantUser = new AssistantReplySender(user, this.#dependencies, this.#stop.signal);
  }

  /** Handles an event that this node has just stored. */
  onStored(event: RoomEvent): void {
    const assistantUser = this.#assistantUser;
    if (
      event.kind !== 'message' ||
      assistantUser === undefined ||
      event.actorId === assistantUser.user.id
    )
      return;
    const { message } = event;
    const isMentioned = mentionsOneOf(message.content, [this.#options.mention.slice(1)]);
    const room = this.#dependencies.streams.get(event.roomId)?.room;
    // In a direct room with the assistant no mention is needed. If the room is not open on this
    // node, the store decides.
    if (!isMentioned && room !== undefined && !isDirectWith(room, assistantUser.user.id)) return;
    this.#dependencies.background.run(this.#consider(message, assistantUser, isMentioned));
  }

  /** Cancels all work; cancelled answers send nothing. */
  close(): void {
    this.#stop.abort();
    this.#line.close();
  }

  async #consider(
    question: Message,
    assistantUser: AssistantReplySender,
    isMentioned: boolean,
  ): Promise<void> {
    const { store, secrets, logger } = this.#dependencies;
    const { roomId, userId } = question;
    const found = await store.rooms.findRoom({ kind: 'id', id: roomId }, assistantUser.user.id);
    if (found === undefined || found.ban !== undefined) return;
    const { room, role } = found;
    // The assistant does not join the conversation of two users.
    const isAsked = room.kind === 'direct' ? role !== undefined : isMentioned;
    if (!isAsked || (await store.accounts.isBlockedBetween(assistantUser.user.id, userId))) return;
    if (
      role === undefined &&
      !(await addAssistantToRoom(this.#dependencies, assistantUser.user.id, room))
    )
      return;
    if (this.#stop.signal.aborted || (await this.#admit(question))) return;
    logger.record({ event: 'assistant.limited', roomId, userId });
    if ((await this.#rejectionRates.tryTake(roomId)) > 0) return;
    await assistantUser.send(question, APOLOGIES.tooMany, secrets.newRandomId() as ClientMessageId);
  }

  async #admit(question: Message): Promise<boolean> {
    const { roomId, userId } = question;
    // In turn: a user who asks too much must not use up the limit of the room.
    if ((await this.#personRates.tryTake(userId)) > 0) return false;
    if ((await this.#roomRates.tryTake(roomId)) > 0) return false;
    return !this.#stop.signal.aborted && this.#line.admit(question);
  }

  async #answer(question: Message): Promise<void> {
    const { clock, secrets, logger, settings } = this.#dependencies;
    const assistantUser = this.#assistantUser;
    if (assistantUser === undefined) return;
    const { roomId } = question;
    const beganAtMs = clock.monotonicMs();
    const draftId = secrets.newRandomId() as ClientMessageId; // The key of the answer links its draft and its message.
    const draft = new ReplyProgress(draftId, roomId, assistantUser.user, this.#dependencies);
    let outcome: CompletionOutcome | undefined;
    try {
      outcome = await this.#ask(question, assistantUser.user, (text) => draft.grow(text));
    } finally {
      draft.end();
    }
    if (outcome === undefined || outcome.kind === 'stopped') return;
    const durationMs = Math.round(clock.monotonicMs() - beganAtMs);
    if (outcome.kind === 'failed') {
      logger.record({ event: 'assistant.failed', roomId, error: outcome.error });
    } else {
      logger.record({ event: 'assistant.answered', roomId, durationMs });
    }
    await assistantUser.send(question, toReplyContent(outcome, settings.contentLengthMax), draftId);
  }

  /** Undefined if the question was deleted meanwhile. */
  async #ask(
    question: Message,
    user: User,
    onText: (text: string) => void,
  ): Promise<CompletionOutcome | undefined> {
    const { clock, settings } = this.#dependencies;
    const { model, firstPieceMs } = this.#options;
    const request = await this.#readRequest(question, user);
    if (request === undefined) return undefined;
    const limits = {
      firstPieceMs,
      wholeMs: firstPieceMs * ASSISTANT_LIMITS.wholeAnswerFactor,
      lengthMax: settings.contentLengthMax,
    };
    return collectCompletion(model, request, { clock, limits, stop: this.#stop.signal, onText });
  }

  async #readRequest(
    { id, roomId, sequence }: Message,
    user: User,
  ): Promise<AnswerRequest | undefined> {
    const { log, accounts } = this.#dependencies.store;
    const { contextMessages: limit, contextTokens: tokensMax } = ASSISTANT_LIMITS;
    const page = { roomId, before: sequence + 1, after: undefined, limit };
    const { messages } = await log.readHistory(page);
    const question = messages.at(-1);
    if (question?.id !== id || question.isDeleted) return undefined;
    const withheldIds = new Set<UserId>();
    for (const userId of new Set(messages.map((message) => message.userId))) {
      if (await accounts.isBlockedBetween(user.id, userId)) withheldIds.add(userId);
    }
    const lines = toPromptLines(messages, { assistantId: user.id, tokensMax, withheldIds });
    return { instructions: systemPromptFor(user), lines };
  }
}
