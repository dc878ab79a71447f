/** Words for the person at the terminal. On stderr: stdout belongs to what the script prints. */

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** One clear line, exit 1. */
export function stop(text) {
  say(text);
  process.exit(1);
}
