/** `npm run hostile -- operations`: attacks with every operation, and prints a table. */
import { READ_MS_FLOOR, READ_RATIO_MAX } from '../arena.ts';
import { listOperations, UNBUILT, UNMADE } from './list.ts';
import { type OperationResult, Siege } from './siege.ts';

const EXPLANATION = `Eight users ask for the dearest thing that an operation allows, each one request at a time, while an honest user
sends messages and reads pages in another room. Medians in ms, without waiting for a processor. Limit: ${READ_RATIO_MAX} times
the idle value, or ${READ_MS_FLOOR} ms: eight requests of about a millisecond before each of the honest user's are no attack.`;

/** Returns the results, failures among them. @param only Texts, of which names of operations contain one. */
export async function attackByOperations(
  only: readonly string[],
): Promise<readonly OperationResult[]> {
  const operations = listOperations().filter(({ name }) =>
    only.some((text) => name.includes(text)),
  );
  const width = Math.max(...operations.map(({ name }) => name.length));
  const row = (name: string, cells: readonly string[]): string =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join(' ');
  console.log(EXPLANATION);
  const columns = ['idle send', 'send', 'idle read', 'read', 'ratio', 'served', 'refused'];
  console.log(row('operation', [...columns, 'by', 'result']));
  const results: OperationResult[] = [];
  const siege = await Siege.prepare();
  try {
    for (const operation of operations) {
      const result = await siege.play(operation);
      const { name, as, idle, attacked, ratio, served, refused, refusal, verdict } = result;
      results.push(result);
      const times = [idle.sendMs, attacked.sendMs, idle.readMs, attacked.readMs, ratio];
      const share = `${Math.round((100 * refused) / Math.max(1, served + refused))}%`;
      const cells = [...times.map((ms) => ms.toFixed(1)), `${served}`, share, as, verdict];
      console.log(`${row(name, cells)}${refused === 0 ? '' : ` (${refusal})`}`);
    }
  } finally {
    await siege.close();
  }
  for (const [name, reason] of Object.entries({ ...UNBUILT, ...UNMADE }))
    console.log(
      `${name in UNMADE ? 'attacked with unknown ids' : 'not attacked'}: ${name}: ${reason}`,
    );
  return results;
}
