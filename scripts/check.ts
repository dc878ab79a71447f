/** `npm run check`: format, lint, import directions and types, without tests. */
import { readArguments } from './arguments.ts';
import { runChecks } from './checks.ts';

readArguments({
  name: 'check',
  about: 'Checks format, lint, import directions, documents and types, without tests.',
});
const results = await runChecks();
for (const { name, fault } of results) {
  console.log(fault === '' ? `ok      ${name}` : `FAILED  ${name}\n${fault}`);
}
process.exitCode = results.every((result) => result.fault === '') ? 0 : 1;
