/**
 * Bad input in every dialect: the sender receives one error and stays connected,
 * nothing is stored, and other clients receive nothing. Each dialect's test file calls this with
 * its own table; the table in `support/bad-commands.ts` applies to every dialect.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type BadInputDialect, badCommandsOf } from '../support/bad-commands.ts';
import { type Answer, BadInputScene, type DialectClient } from '../support/bad-input-scene.ts';

/** Values in the attachments of one message: more than any command may have. */
const TOO_MANY_VALUES = 100_000;
const RATE_MAX = 6;

/** @param more Declares tests of this dialect alone; the same checks run after each. */
export function testBadInput(
  dialect: BadInputDialect,
  more: (scene: BadInputScene) => void = () => {},
): void {
  describe(`bad input at ${dialect.title}`, () => {
    const scene = new BadInputScene(dialect);
    before(() => scene.start({ MESSAGE_RATE_MAX: '0' }));
    after(() => scene.close());
    beforeEach(() => scene.forget());
    afterEach(() => scene.assertUndisturbed());

    testRejections(dialect, scene);
    testLimits(dialect, scene);
    more(scene);
  });
  testRate(dialect);
}

function testRejections(dialect: BadInputDialect, scene: BadInputScene): void {
  const assertRejected = (
    answer: Answer,
    [type, payload, expected]: readonly [type: string | null, payload: unknown, expected: string],
  ) => {
    const { code, field = '', message, ...context } = answer;
    assert.equal(`${code} ${field}`.trim(), expected);
    assert.equal(typeof message, 'string');
    assert.deepEqual(context, dialect.contextOf(type, payload));
  };
  const assertOneAnswer = async () => {
    await scene.mallory.settled();
    assert.deepEqual(scene.received('mallory'), []);
  };

  for (const [type, payload, expected] of badCommandsOf(dialect)) {
    test(`rejects ${type} with ${JSON.stringify(payload).slice(0, 80)}: ${expected}`, async () => {
      const sent = scene.fill(payload);

      const answer = await scene.mallory.ask(type, sent);

      assertRejected(answer, [type, sent, expected]);
      await assertOneAnswer();
    });
  }

  for (const [title, frame, expected] of dialect.badFrames ?? []) {
    test(`rejects ${title}: ${expected}`, async () => {
      const answer = await scene.mallory.askRaw?.(frame);

      assert.ok(answer !== undefined);
      assertRejected(answer, [typeOf(frame), {}, expected]);
      await assertOneAnswer();
    });
  }
}

function testLimits(dialect: BadInputDialect, scene: BadInputScene): void {
  const { type, target, fromMallory, lengthMax } = dialect.message;
  const send = (client: DialectClient, fields: object) =>
    client.ask(type, scene.fill({ [target]: fromMallory, ...fields }));

  test('stores the longest content; its limit counts code points', async () => {
    await scene.say('👋'.repeat(lengthMax));
    assert.match(JSON.stringify(scene.bob.events), new RegExp(`"(👋){${lengthMax}}"`, 'u'));
    await scene.restart();
  });

  if (dialect.sanitizesMarkup !== true) {
    test('delivers markup as the text that it is', async () => {
      const content = '<script>alert(1)</script><img src=x onerror=alert(2)>';

      await scene.say(content);

      assert.ok(JSON.stringify(scene.bob.events).includes(JSON.stringify(content)));
      await scene.restart();
    });
  }

  test('rejects more values than a command has before it parses them', async () => {
    const attachments = Array(TOO_MANY_VALUES).fill({});

    const { code, message } = await send(scene.mallory, { content: 'x', attachments });

    assert.equal(code, 'VALIDATION_ERROR');
    assert.equal(message, dialect.tooComplex);
  });

  test('closes a connection that sends a frame of 2 MiB', async () => {
    const flooder = await scene.connect('mallory');

    void send(flooder, { content: 'x'.repeat(2 * 1024 * 1024) }).catch(() => {});

    assert.equal(await flooder.ended(), dialect.closeCode);
  });
}

function testRate(dialect: BadInputDialect): void {
  test(`limits the messages of a connection at ${dialect.title}, and says how long to wait`, async () => {
    const scene = new BadInputScene(dialect);
    await scene.start({
      MESSAGE_RATE_MAX: `${RATE_MAX}`,
      MESSAGE_RATE_WINDOW_MS: '60000',
      CHANNELS_BUCKET_CAPACITY: `${RATE_MAX}`,
      CHANNELS_REFILL_PER_SECOND: '1',
    });
    const { type, target, fromMallory } = dialect.message;

    const answers = await Promise.all(
      Array.from({ length: 2 * RATE_MAX }, (_, index) =>
        scene.mallory.ask(type, scene.fill({ [target]: fromMallory, content: `${index}` })),
      ),
    );

    const rejected = answers.filter(({ code }) => code !== undefined);
    const storedCount = answers.length - rejected.length;
    assert.ok(storedCount >= RATE_MAX && rejected.length > 0, `stored ${storedCount}`);
    for (const { code, retryAfter } of rejected) {
      assert.deepEqual([code, retryAfter], ['RATE_LIMITED', dialect.retryAfter]);
    }
    await scene.alice.settled();
    const received = scene.received('alice').map((event) => JSON.stringify(event));
    assert.equal(received.filter((event) => event.includes('"content"')).length, storedCount);
    await scene.close();
  });
}

/** The type of a frame, if it can be read. */
function typeOf(frame: string | Buffer): string | null {
  try {
    const { type } = JSON.parse(String(frame));
    return typeof type === 'string' ? type : null;
  } catch {
    return null;
  }
}
