/** An answer of the assistant in the page: visible in progress, then as the final message. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import {
  begin,
  chunkOf,
  DONE,
  ModelEndpoint,
} from '../../packages/server/test/support/model-endpoint.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { MOUSE, Person } from './person.ts';

describe('an answer of the assistant', { skip: browserSkip() }, () => {
  let endpoint: ModelEndpoint;
  let server: PageServer;
  let profile: Profile;
  let alice: Person;
  /** The request in progress; the test decides how it continues. */
  const responses: ServerResponse[] = [];

  before(async () => {
    endpoint = await ModelEndpoint.start();
    endpoint.behaviour = (response) => {
      begin(response);
      responses.push(response);
    };
    server = await PageServer.start({
      AI_BASE_URL: endpoint.url,
      AI_API_KEY: 'sk-test',
      AI_MODEL: 'm-1',
    });
    profile = await openProfile();
    alice = new Person(profile.page, 'alice', MOUSE);
    await alice.register(server.url);
  });
  after(async () => {
    await profile?.close();
    await server?.stop();
    await endpoint?.close();
  });

  async function ask(room: string): Promise<ServerResponse> {
    const count = responses.length;
    await alice.join(room);
    await alice.say('@ai, count');
    await until(() => responses.length > count, 'the question at the endpoint');
    const response = responses.at(-1);
    assert(response !== undefined);
    return response;
  }

  test('grows after the messages, as text, and becomes the message in its place', async () => {
    const response = await ask('lobby');
    const streaming = alice.page.getByRole('article', { name: 'The assistant is writing' });
    const topOfText = () =>
      alice.messages
        .last()
        .locator('[dir="auto"]')
        .evaluate((text) => text.getBoundingClientRect().top);

    response.write(chunkOf('one'));
    await streaming.getByText('one', { exact: true }).waitFor();
    response.write(chunkOf(' <b>two</b>'));
    await streaming.getByText('one <b>two</b>', { exact: true }).waitFor();
    const top = await topOfText();
    assert.deepEqual(
      (await alice.shown()).map(({ state, text }) => [state, text]),
      [
        ['sent', '@ai, count'],
        ['growing', 'one <b>two</b>'],
      ],
    );

    response.end(DONE);
    await alice.sees('one <b>two</b>');

    assert.equal(await streaming.count(), 0);
    assert.deepEqual(
      (await alice.shown()).map(({ sequence, state, text }) => [sequence, state, text]),
      [
        ['1', 'sent', '@ai, count'],
        ['2', 'sent', 'one <b>two</b>'],
      ],
    );
    assert.equal(await topOfText(), top);
  });

  test('has a mark as the message of a bot, as have its profile and its mention', async () => {
    const answer = alice.page.getByRole('article', { name: /^ai, / });
    await bot(answer).waitFor();
    assert.equal(await bot(alice.page.getByRole('article', { name: /^alice, / })).count(), 0);

    await answer.getByRole('link', { name: 'ai', exact: true }).click();
    const profile = alice.page.getByRole('region', { name: 'Profile' });
    await bot(profile).waitFor();
    await alice.press('Close profile');
    // Known from the message, too, while the server finds nobody.
    await alice.page.route('**/api/people*', (route) => route.abort());
    await alice.composer.pressSequentially('@a');
    await bot(alice.page.getByRole('option', { name: '@ai' })).waitFor();
    await alice.composer.fill('');
    await alice.page.unroute('**/api/people*');
  });

  test('is shown in its own room only, and not after a reload', async () => {
    const response = await ask('ops');
    const streaming = alice.page.getByRole('article', { name: 'The assistant is writing' });
    response.write(chunkOf('one'));
    await streaming.waitFor();

    await alice.join('design');
    assert.equal(await streaming.count(), 0);
    await alice.listed('Rooms', 'ops').click();
    await streaming.waitFor();
    response.end(chunkOf(' two') + DONE);
    await alice.sees('one two');
    await alice.page.reload();
    await alice.sees('one two');

    assert.equal(await streaming.count(), 0);
  });
});

function bot(where: Locator): Locator {
  return where.getByText('Bot', { exact: true });
}
