/**
 * Orders questions: a few run at once, at most one per room and one per user, and the number
 * waiting is bounded in total and for each.
 */
import type { Message } from '../../model/message.ts';

interface QuestionQueueLimits {
  readonly atOnceMax: number;
  readonly waitingMax: number;
  /** Per user and per room, waiting and running together. */
  readonly eachMax: number;
}

export class QuestionQueue {
  readonly #limits: QuestionQueueLimits;
  readonly #answer: (question: Message) => Promise<void>;
  readonly #running = new Set<Message>();
  #waiting: Message[] = [];

  /** `answer` must not reject. */
  constructor(limits: QuestionQueueLimits, answer: (question: Message) => Promise<void>) {
    this.#limits = limits;
    this.#answer = answer;
  }

  /** Returns whether the question was accepted; it is answered in its turn. */
  admit(question: Message): boolean {
    const { waitingMax, eachMax } = this.#limits;
    const all = [...this.#running, ...this.#waiting];
    const ofRoom = all.filter(({ roomId }) => roomId === question.roomId);
    const ofPerson = all.filter(({ userId }) => userId === question.userId);
    if (this.#waiting.length >= waitingMax) return false;
    if (ofRoom.length >= eachMax || ofPerson.length >= eachMax) return false;
    this.#waiting.push(question);
    this.#begin();
    return true;
  }

  /** Drops the waiting questions. */
  close(): void {
    this.#waiting = [];
  }

  #begin(): void {
    while (this.#running.size < this.#limits.atOnceMax) {
      const next = this.#waiting.find((question) => this.#isFree(question));
      if (next === undefined) return;
      this.#waiting = this.#waiting.filter((question) => question !== next);
      this.#running.add(next);
      void this.#answer(next).then(() => {
        this.#running.delete(next);
        this.#begin();
      });
    }
  }

  #isFree({ roomId, userId }: Message): boolean {
    return [...this.#running].every((other) => other.roomId !== roomId && other.userId !== userId);
  }
}
