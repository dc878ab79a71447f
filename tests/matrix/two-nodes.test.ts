/**
 * Dialects across two nodes of a cluster: the first user of each test is on one node, the second
 * on the other.
 */
import { test } from 'node:test';
import { repetitions } from '../support/repetitions.ts';
import { describeAgreement, describeDialogues, describeEnds } from './dialect-suites.ts';
import { DIALECT_DRIVERS } from './dialects/all.ts';
import { nativeDriver } from './dialects/native.ts';
import { holdDialogue } from './dialogue.ts';
import { MatrixFixture } from './matrix-fixture.ts';
import { ServerNodes } from './server-nodes.ts';

const FAULTS = { lost: 0.2, repeated: 0.2, delayed: 0.3, delayMsMax: 200 };

/** Without faults of the bus, which make all harder, dialogues and ends are only tried each night. */
const isNight = repetitions(0, 1) === 1;

const build = () => MatrixFixture.buildTwoNodes();
describeAgreement('dialects on two nodes', build);
if (isNight) {
  describeDialogues('dialects on two nodes', build);
  describeEnds('dialects on two nodes', build);
}

const buildWithFaults = () => MatrixFixture.buildTwoNodes(FAULTS);
const title = 'dialects on two nodes whose bus loses, repeats and delays messages';
describeDialogues(title, buildWithFaults);
describeEnds(title, buildWithFaults);

test('clients of all dialects on both nodes see one order while the bus fails', async () => {
  const nodes = await ServerNodes.start({ MESSAGE_RATE_MAX: '0' });
  const fixture = await MatrixFixture.over(nodes);
  const { network } = nodes;
  const roomId = await fixture.createChannel('failing');
  const rounds: Record<number, () => void> = {
    1: () => network.cut('other', { isSilent: true }),
    2: () => network.heal('other'),
    3: () => network.cut('one'),
    4: () => network.cut('other'),
    5: () => network.heal('one'),
    6: () => network.heal('other'),
  };

  await holdDialogue({
    ...{ fixture, roomId },
    talkers: [
      ...DIALECT_DRIVERS.flatMap((driver) => [
        { driver, who: 'alice' },
        { driver, who: 'bob' },
      ]),
      { driver: nativeDriver, who: 'carol' },
    ],
    beforeRound: (round) => rounds[round]?.(),
  });
  await fixture.close();
});
