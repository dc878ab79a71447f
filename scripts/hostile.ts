/**
 * `npm run hostile -- [--only NAME,...] [--list] [--json FILE] [operations]`: attacks a real server, a new one
 * for each attack, while an honest user keeps chatting. Prints the honest user's response times
 * and the retained memory; exits with 1 if an attack succeeds. With `operations`, the attacks are
 * made of the tables of commands and of routes.
 */
import { writeFileSync } from 'node:fs';
import {
  Arena,
  GROWN_BYTES_MAX,
  HEALTH_MS_MAX,
  READ_MS_FLOOR,
  READ_RATIO_MAX,
  SETTLE_MS_MAX,
} from '../tests/hostile/arena.ts';
import type { AttackResult } from '../tests/hostile/attack.ts';
import { ATTACKS } from '../tests/hostile/attacks/index.ts';
import { attackByOperations } from '../tests/hostile/operations/report.ts';
import type { OperationResult } from '../tests/hostile/operations/siege.ts';
import { readArguments } from './arguments.ts';
import { stop } from './setup/say.mjs';

const NAME_WIDTH = Math.max(...ATTACKS.map(({ name }) => name.length));

const { values, positionals } = readArguments({
  name: 'hostile',
  positionals: '[operations]',
  about: 'Attacks a real server while an honest user keeps chatting. Fails if an attack succeeds.',
  options: {
    only: {
      type: 'string',
      value: 'NAME,...',
      about: 'Only attacks whose name contains one of these texts.',
    },
    list: { type: 'boolean', about: 'Lists the attacks and exits.' },
    json: { type: 'string', value: 'FILE', about: 'Also writes the figures to this file.' },
  },
});
const { only = '', json } = values;
const [kind] = positionals;
if (kind !== undefined && kind !== 'operations')
  stop(`hostile: Unknown kind of attacks '${kind}'.`);
if (kind === 'operations') await runOperations();
const attacks = ATTACKS.filter(({ name }) => only.split(',').some((text) => name.includes(text)));
if (attacks.length === 0) stop(`hostile: Unknown attack '${only}'. Try --list.`);
if (values.list === true) {
  for (const { name, about, threat } of attacks) {
    console.log(`${name.padEnd(NAME_WIDTH)}  ${about} [${threat}]`);
  }
  process.exit(0);
}

const mebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
const row = (cells: readonly string[]): string => {
  const [name = '', ...others] = cells;
  return `${name.padEnd(NAME_WIDTH)}  ${others.map((cell) => cell.padStart(11)).join('')}`;
};
const limit = `Limits: an honest user's median read ${READ_RATIO_MAX} times its idle value (or ${READ_MS_FLOOR} ms), /health ${HEALTH_MS_MAX} ms, memory ${mebibytes(GROWN_BYTES_MAX)} MiB. All honest requests must succeed.
/health: the longest time during an attack and ${SETTLE_MS_MAX / 1000} s after it at most, without waiting for a processor (wall: with it).
idle, read: the median time of the history of a room before and during the attack, without waiting for a processor.
Memory: resident, after forced collections, against the value before the attack.`;

console.log(limit);
console.log(
  row([
    ...['attack', 'idle ms', 'read ms', '/health ms', 'wall ms', 'chat ms'],
    ...['MiB held', 'served', 'log lines'],
  ]),
);
const arena = await Arena.prepare();
const results: AttackResult[] = [];
for (const attack of attacks) {
  const result = await arena.play(attack);
  results.push(result);
  show(result);
}
if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
const failed = results.filter(({ faults }) => faults.length > 0);
console.log(`${results.length - failed.length} attacks repelled, ${failed.length} succeeded`);
process.exit(failed.length === 0 ? 0 : 1);

/** Attacks with each operation of the tables, and ends the process. */
async function runOperations(): Promise<never> {
  const attacked = await attackByOperations(only.split(','));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(attacked, null, 2)}\n`);
  const count = (verdict: OperationResult['verdict']): number =>
    attacked.filter((each) => each.verdict === verdict).length;
  const [passed, refused, failed] = [count('passed'), count('refused'), count('failed')];
  const unbuilt = count('not built');
  console.log(
    `${passed} operations repelled, ${refused} refused, ${failed} succeeded, ${unbuilt} not built`,
  );
  process.exit(failed + unbuilt === 0 ? 0 : 1);
}

function show(result: AttackResult): void {
  const { name, healthMs, healthWallMs, chatMs, idleReadMs, readMs } = result;
  const { grownBytes, honestRequests, logLines, faults } = result;
  const figures = [idleReadMs, readMs, healthMs, healthWallMs, chatMs].map(String);
  console.log(
    row([name, ...figures, mebibytes(grownBytes), String(honestRequests), String(logLines)]),
  );
  for (const fault of faults) console.log(`    FAILED: ${fault}`);
}
