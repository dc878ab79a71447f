/** Users who type in a room until the test ends. */
import type { TestContext } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';

interface Typist {
  readonly username: string;
  readonly displayName?: string;
}

/** The server forgets a user who types after a few seconds, so each says it again and again. */
export async function keepTyping(
  t: TestContext,
  { url, roomName }: { readonly url: string; readonly roomName: string },
  typists: readonly Typist[],
): Promise<void> {
  for (const { username, displayName } of typists) {
    const socket = await (await Account.signUp(url, username)).connect();
    t.after(() => socket.close(1000));
    if (displayName !== undefined) await socket.ask('set_display_name', { displayName });
    const { roomId } = await socket.joinRoom({ roomName });
    const type = () => socket.send('user_typing', { roomId, isTyping: true });
    type();
    const typing = setInterval(type, 1_000);
    t.after(() => clearInterval(typing));
  }
}
