/** A message as Markdown that quotes it, with a link to it. Pure. */
export function quoteOf({
  sender,
  content,
  time,
  address,
}: {
  readonly sender: string;
  readonly content: string;
  /** As the link shows it. */
  readonly time: string;
  readonly address: string;
}): string {
  const lines = [`**${sender}**, [${time}](${address})`, ...content.split('\n')];
  return `${lines.map((line) => (line.trim() === '' ? '>' : `> ${line}`)).join('\n')}\n`;
}
