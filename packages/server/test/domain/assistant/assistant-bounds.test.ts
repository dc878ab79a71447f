/** The assistant in the domain: its failures and its limits. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { FIRST_PIECE_MS, withAssistant } from '../../support/with-assistant.ts';

describe('the assistant apologises once', () => {
  const sorry = /^Sorry, I cannot answer at the moment/;

  test('if the model fails', async () => {
    const { harness, alice, model, ask, texts, pass } = await withAssistant();

    await ask(alice, '@ai');
    model.asked().fail(new Error('401'));
    await harness.settle();
    await pass(600_000);

    const [text, ...more] = await texts();
    assert.match(text ?? '', sorry);
    assert.deepEqual(more, []);
    const failures = harness.logger.filter(({ event }) => event === 'assistant.failed');
    assert.equal(failures.length, 1);
  });

  test('if nothing arrives in time, and stops the model', async () => {
    const { alice, model, ask, texts, pass } = await withAssistant();

    await ask(alice, '@ai');
    await pass(FIRST_PIECE_MS - 1);
    assert.deepEqual(await texts(), []);
    await pass(1);

    assert.match((await texts())[0] ?? '', sorry);
    assert.equal(model.asked().signal.aborted, true);
    await pass(600_000);
    assert.equal((await texts()).length, 1);
  });

  test('after a partial answer that does not finish', async () => {
    const { harness, alice, model, ask, texts, pass } = await withAssistant();

    await ask(alice, '@ai');
    for (let n = 0; n < 5; n += 1) {
      model.asked().say('and ');
      await harness.settle();
      await pass(FIRST_PIECE_MS);
    }

    const [text, ...more] = await texts();
    assert.equal(text, 'and and and and\n\nSorry, I could not finish this answer.');
    assert.deepEqual(more, []);
  });

  test('after an answer that exceeds the length limit', async () => {
    const { alice, model, harness, ask, texts } = await withAssistant({
      settings: { contentLengthMax: 200 },
    });

    await ask(alice, '@ai');
    for (let n = 0; n < 50; n += 1) model.asked().say('flood ');
    await harness.settle();

    const [text = '', ...more] = await texts();
    assert.match(text, /^(flood )+\w*\n\nSorry, this answer is too long/);
    assert.equal(text.length <= 200, true);
    assert.deepEqual(more, []);
    assert.equal(model.asked().signal.aborted, true);
  });

  test('for an empty answer, and removes invalid characters from others', async () => {
    const { alice, ask, end, texts } = await withAssistant();

    await ask(alice, '@ai');
    await end(' \n\u200b ');
    await ask(alice, '@ai');
    await end(' a\0b\ud800c ');

    const [first, second] = await texts();
    assert.match(first ?? '', sorry);
    assert.equal(second, 'ab\ufffdc');
  });
});

describe('the assistant is bounded', () => {
  test('to one answer at a time per room and per user, in order', async () => {
    const { alice, bob, lobby, model, ask, end, texts } = await withAssistant();
    await alice.join('ops');
    const ops = alice.connection.openRooms.find(({ roomId }) => roomId !== lobby.id)
      ?.roomId as RoomId;

    await ask(alice, '@ai one');
    await ask(bob, '@ai two');
    await ask(alice, '@ai three', ops);
    assert.equal(model.answers.length, 1);
    await end('answer one');
    assert.equal(model.answers.length, 3);
    for (const nth of [2, 3]) await end(`answer ${model.asked(nth).asked.at(-1)}`, nth);

    assert.deepEqual(await texts(), ['answer one', 'answer bob: @ai two']);
    assert.deepEqual(await texts(ops), ['answer alice: @ai three']);
  });

  test('to four answers at once in total', async () => {
    const { harness, model, ask, end } = await withAssistant();
    for (const name of ['carol', 'dave', 'erin', 'frank', 'grace']) {
      const person = await harness.connect(name);
      const { room } = await person.join(`room-of-${name}`);
      await ask(person, '@ai', room.id);
    }
    assert.equal(model.answers.length, 4);

    await end('done', 2);

    assert.equal(model.answers.length, 5);
  });

  test('to a short queue; the room gets one message that it was too much', async () => {
    const { harness, alice, model, ask, end, texts, pass } = await withAssistant();

    for (let n = 0; n < 6; n += 1) await ask(alice, '@ai');
    for (let n = 1; n <= 3; n += 1) await end(`${n}`, n);
    await harness.settle();

    assert.equal(model.answers.length, 3);
    const [notice, ...others] = await texts();
    assert.match(notice ?? '', /too many questions/);
    assert.deepEqual(others, ['1', '2', '3']);
    const limited = harness.logger.filter(({ event }) => event === 'assistant.limited');
    assert.equal(limited.length, 3);
    await pass(60_000);
    await ask(alice, '@ai');
    assert.equal(model.answers.length, 4);
  });

  test('to ten questions per user and minute', async () => {
    const { alice, model, ask, end, pass, texts } = await withAssistant();

    for (let n = 0; n < 12; n += 1) {
      await ask(alice, '@ai');
      if (n < 10) await end('yes', n + 1);
    }
    assert.equal(model.answers.length, 10);
    assert.match((await texts()).at(-1) ?? '', /too many questions/);
    await pass(6000);
    await ask(alice, '@ai');

    assert.equal(model.answers.length, 11);
  });

  test('to twenty questions per room and minute, without those of a user who asks too many', async () => {
    const { alice, bob, model, ask, end } = await withAssistant();
    for (let n = 1; n <= 10; n += 1) {
      await ask(alice, '@ai');
      await end('yes', n);
    }
    for (let n = 0; n < 20; n += 1) await ask(alice, '@ai');
    assert.equal(model.answers.length, 10);

    await ask(bob, '@ai');

    assert.equal(model.answers.length, 11);
  });

  test('and delays no other messages while it hangs', async () => {
    const { alice, bob, ask } = await withAssistant();

    await ask(alice, '@ai');
    await bob.send('one');
    await alice.send('two');

    assert.deepEqual(bob.messages, ['@ai', 'two']);
    assert.deepEqual(alice.messages, ['one']);
  });

  test("by the server's shutdown, which cancels its work", async () => {
    const { harness, alice, model, ask, texts } = await withAssistant();
    await ask(alice, '@ai one');
    await ask(alice, '@ai two');
    model.asked(1).say('half of it');
    await harness.settle();

    await harness.chat.close();

    assert.equal(model.asked(1).signal.aborted, true);
    assert.equal(model.answers.length, 1);
    assert.deepEqual(await texts(), []);
    assert.equal(harness.clock.timerCount, 0);
  });

  test('and leaves no timers or typing indicators behind', async () => {
    const { harness, alice, ask, end, pass } = await withAssistant();
    const before = harness.clock.timerCount;

    await ask(alice, '@ai');
    await end('yes');
    await pass(300);

    assert.equal(harness.clock.timerCount <= before, true);
  });
});
