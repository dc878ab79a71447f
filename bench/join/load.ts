/** The load: all clients connect and resume at once. */
import { NativeLink } from '../chat/native-link.ts';
import { answerRequests } from '../harness/child-program.ts';

export interface Storm {
  readonly url: string;
  readonly clients: readonly {
    readonly token: string;
    readonly roomId: string;
    readonly lastSequence: number;
  }[];
  /** Messages that each client has missed. */
  readonly behind: number;
}

const requests = {
  /** Resolves to the time until all clients were served, in milliseconds. */
  async storm(storm: Storm): Promise<number> {
    const beganAtMs = performance.now();
    await Promise.all(storm.clients.map((client) => comeBack(storm, client)));
    return performance.now() - beganAtMs;
  },
};

export type LoadRequests = typeof requests;
answerRequests(requests);

async function comeBack(
  { url, behind }: Storm,
  { token, roomId, lastSequence }: Storm['clients'][number],
): Promise<void> {
  const link = await NativeLink.open(url, token);
  const { rooms } = await link.ask<{ rooms: { history: unknown[]; truncated: boolean }[] }>(
    'resume',
    { rooms: [{ roomId, lastSequence }] },
  );
  const missed = rooms[0]?.history.length;
  if (missed !== behind) throw new Error(`given ${missed} of ${behind} messages`);
}
