/** A channel over Node's IPC between a process and its child. The messages of one turn are sent together. */
import type { ChannelTopic, ProcessChannel } from '../ports/process-channel.ts';

/** One end of Node's IPC: `process` in a child, or a `cluster.Worker` in the parent. */
export interface IpcEnd {
  send(message: unknown, handle: undefined, options: object, sent: () => void): unknown;
  on(event: 'message', handle: (message: unknown) => void): unknown;
  isConnected(): boolean;
}

type Letter = readonly [topic: ChannelTopic, message: unknown];

/** Messages of this module have this key: libraries may use the same IPC. */
const KEY = 'parley';

export class IpcChannel implements ProcessChannel {
  readonly #end: IpcEnd;
  readonly #handlers = new Map<ChannelTopic, (message: never) => void>();
  #letters: Letter[] = [];
  waitingLength = 0;

  constructor(end: IpcEnd) {
    this.#end = end;
    end.on('message', (message) => {
      for (const [topic, content] of lettersOf(message)) {
        // Sent by the same version of this program: the content fits the topic.
        this.#handlers.get(topic)?.(content as never);
      }
    });
  }

  send(topic: ChannelTopic, message: unknown): void {
    if (this.#letters.length === 0) setImmediate(() => this.#flush());
    this.#letters.push([topic, message]);
    this.waitingLength += lengthOf(message);
  }

  onMessage(topic: ChannelTopic, handle: (message: never) => void): void {
    this.#handlers.set(topic, handle);
  }

  #flush(): void {
    const letters = this.#letters;
    this.#letters = [];
    const length = letters.reduce((sum, [, message]) => sum + lengthOf(message), 0);
    const onSent = (): void => {
      this.waitingLength -= length;
    };
    if (!this.#end.isConnected()) onSent();
    // With a callback, an error is reported there; the end of the process is noticed otherwise.
    else this.#end.send({ [KEY]: letters }, undefined, {}, onSent);
  }
}

function lettersOf(message: unknown): readonly Letter[] {
  const letters = (message as Readonly<Record<string, unknown>> | null)?.[KEY];
  return Array.isArray(letters) ? letters : [];
}

function lengthOf(message: unknown): number {
  const { text } = message as { readonly text?: unknown };
  return typeof text === 'string' ? text.length : 0;
}
