/** A Socket.IO client over polling, packet by packet (Engine.IO 4): it polls only when told to. */
const SEPARATOR = '\x1e';

const inTime = () => ({ signal: AbortSignal.timeout(20_000) });

export class PollingClient {
  readonly #url: string;
  readonly packets: string[] = [];

  /** Starts a session, authenticated if a token is given. */
  static async open(server: { readonly url: string }, token?: string): Promise<PollingClient> {
    const base = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const text = await (await fetch(base)).text();
    const { sid } = JSON.parse(text.slice(1)) as { sid: string };
    const client = new PollingClient(`${base}&sid=${sid}`);
    if (token === undefined) return client;
    await client.post(`40${JSON.stringify({ token })}`);
    await client.poll();
    return client;
  }

  /** Path and query of the session's requests. */
  get path(): string {
    const { pathname, search } = new URL(this.#url);
    return pathname + search;
  }

  private constructor(url: string) {
    this.#url = url;
  }

  /** Returns the status; 0 if the server closed the connection. */
  async post(...packets: readonly string[]): Promise<number> {
    const headers = { 'content-type': 'text/plain;charset=UTF-8' };
    const body = packets.join(SEPARATOR);
    try {
      return (await fetch(this.#url, { ...inTime(), method: 'POST', headers, body })).status;
    } catch {
      return 0;
    }
  }

  /** Reads waiting packets. Returns the status. */
  async poll(): Promise<number> {
    const answer = await fetch(this.#url, inTime());
    const text = await answer.text();
    if (answer.status !== 200) return answer.status;
    for (const packet of text.split(SEPARATOR)) {
      if (packet === '2') await this.post('3');
      else this.packets.push(packet);
    }
    return 200;
  }
}
