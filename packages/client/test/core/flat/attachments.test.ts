/**
 * Attachments of channel messages: sent over the socket and over HTTP, shown with the
 * text, removed with the message.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlatScene, LOBBY } from '../../fakes/flat-scene.ts';
import { BOB } from '../../fakes/scripted-server.ts';

const ATTACHMENTS = ['/uploads/1', { name: 'a.png', size: 3 }];

const carried = (scene: FlatScene) => scene.view().messages.map((message) => message.attachments);

/** Fields of the messages that were sent over the socket. */
const sentOver = ({ environment }: FlatScene): Record<string, unknown>[] =>
  environment.socket.sent
    .map((frame) => frame as unknown as Record<string, unknown>)
    .filter(({ type }) => type === 'send_message');

describe('attachments of a channel message', () => {
  test('are shown immediately and sent with it', async () => {
    const scene = await FlatScene.inLobby();

    scene.client.send(LOBBY, 'look', { attachments: ATTACHMENTS });

    assert.deepEqual(scene.shown(), ['look (sending)']);
    assert.deepEqual(carried(scene), [ATTACHMENTS]);
    await scene.calm();
    assert.deepEqual(
      sentOver(scene).map(({ attachments }) => attachments),
      [ATTACHMENTS],
    );
  });

  test('are sent over HTTP while the socket cannot connect', async () => {
    const scene = new FlatScene();
    scene.server.room('lobby');
    const { answer } = scene.environment;
    const bodies: Record<string, unknown>[] = [];
    scene.environment.answer = async (url, init) => {
      if (init?.method === 'POST') bodies.push(JSON.parse(String(init.body)));
      return (await answer?.(url, init)) ?? Response.error();
    };
    scene.client.acquire(LOBBY);
    scene.environment.socket.end(1006);
    await scene.calm();

    scene.client.send(LOBBY, 'look', { attachments: ATTACHMENTS });
    scene.client.send(LOBBY, 'bare', { attachments: [] });
    await scene.calm();

    assert.deepEqual(
      bodies.map(({ content, attachments }) => [content, attachments]),
      [
        ['look', ATTACHMENTS],
        ['bare', undefined],
      ],
    );
  });

  test('arrive from others, survive an edit, and are removed by a deletion', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.post('lobby', 'old');
    const [bare = assert.fail()] = scene.server.messages('lobby');
    const message = { ...bare, attachments: ATTACHMENTS, senderId: BOB.id };
    scene.server.send({ type: 'new_message', message });
    assert.deepEqual(carried(scene), [ATTACHMENTS]);

    scene.server.edit('lobby', bare.id, 'new');
    await scene.calm();
    assert.deepEqual([scene.shown(), carried(scene)], [['new'], [ATTACHMENTS]]);
    scene.server.remove('lobby', bare.id);
    await scene.calm();

    assert.deepEqual([scene.shown(), carried(scene)], [[''], [undefined]]);
  });
});
