/** Prints messages for the user to stderr: stdout is reserved for the output of the script. */

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Prints one line and exits with 1. */
export function stop(text) {
  say(text);
  process.exit(1);
}
