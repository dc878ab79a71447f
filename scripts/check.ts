/** `npm run check`: format, lint, import directions and types, without tests. */
import { runChecks } from './checks.ts';

const results = await runChecks();
for (const { name, fault } of results) {
  console.log(fault === '' ? `ok      ${name}` : `FAILED  ${name}\n${fault}`);
}
process.exitCode = results.every((result) => result.fault === '') ? 0 : 1;
