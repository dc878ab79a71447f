/**
 * Questions in the order in which they are answered: a few at once, of one room and
 * of one person one at a time; of those that wait, each has a few.
 */
import type { Message } from '../../model/message.ts';

export interface QuestionQueueLimits {
  readonly atOnceMax: number;
  readonly waitingMax: number;
  /** Of one person or one room, waiting and at work together. */
  readonly eachMax: number;
}

export class QuestionQueue {
  readonly #limits: QuestionQueueLimits;
  readonly #answer: (question: Message) => Promise<void>;
  readonly #atWork = new Set<Message>();
  #waiting: Message[] = [];

  /** `answer` must not reject. */
  constructor(limits: QuestionQueueLimits, answer: (question: Message) => Promise<void>) {
    this.#limits = limits;
    this.#answer = answer;
  }

  /** Whether there is room for the question; it is answered in its turn then. */
  admit(question: Message): boolean {
    const { waitingMax, eachMax } = this.#limits;
    const all = [...this.#atWork, ...this.#waiting];
    const ofRoom = all.filter(({ roomId }) => roomId === question.roomId);
    const ofPerson = all.filter(({ userId }) => userId === question.userId);
    if (this.#waiting.length >= waitingMax) return false;
    if (ofRoom.length >= eachMax || ofPerson.length >= eachMax) return false;
    this.#waiting.push(question);
    this.#begin();
    return true;
  }

  /** What waits is not answered any more. */
  close(): void {
    this.#waiting = [];
  }

  #begin(): void {
    while (this.#atWork.size < this.#limits.atOnceMax) {
      const next = this.#waiting.find((question) => this.#isFree(question));
      if (next === undefined) return;
      this.#waiting = this.#waiting.filter((question) => question !== next);
      this.#atWork.add(next);
      void this.#answer(next).then(() => {
        this.#atWork.delete(next);
        this.#begin();
      });
    }
  }

  #isFree({ roomId, userId }: Message): boolean {
    return [...this.#atWork].every((other) => other.roomId !== roomId && other.userId !== userId);
  }
}
