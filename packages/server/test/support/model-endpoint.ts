/** A local endpoint compatible with OpenAI that behaves as a test wants. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

interface AskedModel {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly model?: string;
    readonly stream?: boolean;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
  };
  /** Whether the client disconnected before the end. */
  wasLeft: boolean;
}

export type Behaviour = (response: ServerResponse, asked: AskedModel) => void;

export class ModelEndpoint {
  readonly asked: AskedModel[] = [];
  behaviour: Behaviour = answerWith('fine');
  readonly #server: Server;

  static async start(): Promise<ModelEndpoint> {
    const endpoint = new ModelEndpoint();
    endpoint.#server.listen(0, '127.0.0.1');
    await once(endpoint.#server, 'listening');
    return endpoint;
  }

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as AskedModel['body'];
      const asked = { path: request.url ?? '', headers: request.headers, body, wasLeft: false };
      this.asked.push(asked);
      response.on('close', () => {
        asked.wasLeft = !response.writableFinished;
      });
      this.behaviour(response, asked);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function chunkOf(content: string): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

export function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

export function answerWith(...pieces: readonly string[]): (response: ServerResponse) => void {
  return (response) => {
    begin(response);
    for (const piece of pieces) response.write(chunkOf(piece));
    response.end(DONE);
  };
}

/** Answers at once, as if no stream was requested. */
export function answerWhole(content: unknown, finishReason: string | null = 'stop'): Behaviour {
  const choice = { index: 0, message: { role: 'assistant', content }, finish_reason: finishReason };
  const text = JSON.stringify({ object: 'chat.completion', choices: [choice] });
  return answerRaw(text, 200, { 'content-type': 'application/json' });
}

export function answerRaw(
  text: string | Buffer,
  status = 200,
  headers: OutgoingHttpHeaders = { 'content-type': 'text/event-stream' },
): Behaviour {
  return (response) => {
    response.writeHead(status, headers);
    response.end(text);
  };
}
