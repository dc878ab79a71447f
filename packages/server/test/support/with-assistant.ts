/**
 * The domain with an assistant whose model answers when a test says so, and two users in a room.
 */
import type { RoomId } from '@parley/protocol';
import type { DomainSettings } from '../../src/domain/settings.ts';
import { ChatHarness, type Client } from './chat-harness.ts';
import { FakeModel } from './fake-model.ts';

export const FIRST_PIECE_MS = 1000;

export async function withAssistant(over: { settings?: Partial<DomainSettings> } = {}) {
  const model = new FakeModel();
  const { settings = {} } = over;
  const harness = new ChatHarness({
    settings,
    assistant: { model, mention: '@ai', firstPieceMs: FIRST_PIECE_MS },
  });
  await harness.chat.begin();
  const alice = await harness.connect('alice');
  const bob = await harness.connect('bob');
  const { room: lobby } = await alice.join('lobby');
  await bob.join('lobby');
  const ask = async (client: Client, text: string, roomId = lobby.id) => {
    await client.send(text, { roomId });
    await harness.settle();
  };
  const end = async (text: string, nth?: number) => {
    const answer = model.asked(nth);
    answer.say(text);
    answer.end();
    await harness.settle();
  };
  const said = async (roomId: RoomId = lobby.id) => {
    const page = { roomId, before: undefined, after: undefined, limit: 200 };
    const { messages } = await harness.store.log.readHistory(page);
    return messages.filter(({ sender }) => sender === 'ai');
  };
  const texts = async (roomId?: RoomId) => (await said(roomId)).map(({ content }) => content);
  const pass = async (ms: number) => {
    harness.clock.advance(ms);
    await harness.settle();
  };
  return { harness, model, alice, bob, lobby, ask, end, said, texts, pass };
}
