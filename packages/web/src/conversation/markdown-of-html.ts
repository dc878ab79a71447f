/**
 * Formatted text that is pasted, as the Markdown of messages. Loaded on the first use. The document is
 * parsed without being shown: nothing of it runs, and nothing is loaded.
 */

/** The part of a node of the DOM that is read. */
export interface MarkupNode {
  readonly nodeName: string;
  /** Of a text. */
  readonly nodeValue: string | null;
  readonly textContent: string | null;
  readonly childNodes: Iterable<MarkupNode>;
  readonly getAttribute?: (name: string) => string | null;
}

/** Deeper elements are read as their text. */
const DEPTH_MAX = 60;
const COLUMNS_MAX = 20;

const IGNORED = new Set('HEAD STYLE SCRIPT TEMPLATE NOSCRIPT TITLE META #comment'.split(' '));
const LINES = new Set(
  'DIV SECTION ARTICLE HEADER FOOTER MAIN NAV ASIDE FIGURE FIGCAPTION DT DD TR ADDRESS'.split(' '),
);
const MARKERS: Readonly<Record<string, string>> = {
  STRONG: '**',
  B: '**',
  EM: '_',
  I: '_',
  S: '~~',
  DEL: '~~',
  STRIKE: '~~',
};
/** Word processors have styles in place of elements. */
const STYLES: readonly (readonly [style: RegExp, marker: string])[] = [
  [/font-weight:\s*(?:bold|[6-9]00)/i, '**'],
  [/font-style:\s*italic/i, '_'],
  [/text-decoration[^;]*line-through/i, '~~'],
];
const NOT_BOLD = /font-weight:\s*(?:normal|[1-5]00)/i;
const ADDRESS = /^https?:\/\/[^\s()<>]+$/i;
const ITEM = /^\s*(?:-|\d+\.) /;

export function markdownOfHtml(html: string): string {
  return markdownOf(new DOMParser().parseFromString(html, 'text/html').body);
}

export function markdownOf(root: MarkupNode): string {
  return tidy(childrenOf(root, 0));
}

function childrenOf(node: MarkupNode, depth: number): string {
  let text = '';
  for (const child of node.childNodes) {
    let next = render(child, depth + 1);
    // One line break between lines.
    if (LINES.has(child.nodeName) && text.endsWith('\n')) next = next.replace(/^\n/, '');
    // Spaces between blocks, and before the first word.
    text += text === '' || /\s$/.test(text.slice(-1)) ? next.replace(/^ +/, '') : next;
  }
  return text;
}

function render(node: MarkupNode, depth: number): string {
  const { nodeName } = node;
  if (nodeName === '#text') return (node.nodeValue ?? '').replace(/\s+/g, ' ');
  if (IGNORED.has(nodeName)) return '';
  if (depth > DEPTH_MAX) return textOf(node).replace(/\s+/g, ' ');
  switch (nodeName) {
    case 'BR':
      return '\n';
    case 'IMG':
      return attribute(node, 'alt');
    case 'INPUT':
      if (attribute(node, 'type') !== 'checkbox') return '';
      return node.getAttribute?.('checked') === null ? '[ ] ' : '[x] ';
    case 'CODE':
    case 'KBD':
    case 'SAMP':
      return codeOf(textOf(node));
    case 'PRE':
      return block(`\`\`\`\n${textOf(node).replace(/\n$/, '')}\n\`\`\``);
    case 'A':
      return linkOf(node, depth);
    case 'H1':
    case 'H2':
    case 'H3':
    case 'H4':
    case 'H5':
    case 'H6': {
      const title = oneLine(childrenOf(node, depth));
      return title === '' ? '' : block(`${'#'.repeat(Number(nodeName.charAt(1)))} ${title}`);
    }
    case 'UL':
    case 'OL':
      return block(listOf(node, depth));
    case 'BLOCKQUOTE': {
      const lines = tidy(childrenOf(node, depth)).split('\n');
      return block(lines.map((line) => (line === '' ? '>' : `> ${line}`)).join('\n'));
    }
    case 'TABLE':
      return block(tableOf(node, depth));
    case 'P':
      return block(childrenOf(node, depth).trim());
    default: {
      const text = childrenOf(node, depth);
      if (LINES.has(nodeName)) return text.trim() === '' ? '' : `\n${text.trim()}\n`;
      return styled(node, text);
    }
  }
}

function styled(node: MarkupNode, text: string): string {
  const style = attribute(node, 'style');
  const marker = MARKERS[node.nodeName];
  if (marker !== undefined) {
    return marker === '**' && NOT_BOLD.test(style) ? text : wrap(text, marker);
  }
  if (style === '') return text;
  return STYLES.reduce(
    (all, [pattern, sign]) => (pattern.test(style) ? wrap(all, sign) : all),
    text,
  );
}

/** Each line has markers of its own, next to its words. */
function wrap(text: string, marker: string): string {
  return text
    .split('\n')
    .map((line) => {
      const words = line.trim();
      if (words === '' || words.startsWith('```') || words.startsWith(marker)) return line;
      const at = line.indexOf(words);
      return line.slice(0, at) + marker + words + marker + line.slice(at + words.length);
    })
    .join('\n');
}

function codeOf(text: string): string {
  const code = text.replace(/\s+/g, ' ');
  if (code.trim() === '') return code;
  return code.includes('`') ? `\`\` ${code} \`\`` : `\`${code}\``;
}

function linkOf(node: MarkupNode, depth: number): string {
  const href = attribute(node, 'href');
  const text = childrenOf(node, depth);
  const label = oneLine(text);
  if (!ADDRESS.test(href) || text.includes('\n\n')) return text;
  if (label === '' || label === href) return href;
  return label.includes('](') ? text : `[${label}](${href})`;
}

function listOf(node: MarkupNode, depth: number): string {
  const lines: string[] = [];
  let number = Number(attribute(node, 'start') || 1);
  for (const child of node.childNodes) {
    const isItem = child.nodeName === 'LI';
    const isList = child.nodeName === 'UL' || child.nodeName === 'OL';
    if (!isItem && !isList) continue;
    const sign = node.nodeName === 'OL' ? `${number}. ` : '- ';
    const inner = tidy(isItem ? childrenOf(child, depth) : listOf(child, depth)).split('\n');
    const ownLines: string[] = [];
    for (const line of inner) {
      if (line.trim() === '') continue;
      if (isList || (ownLines.length > 0 && ITEM.test(line))) ownLines.push(`   ${line}`);
      else if (ownLines.length === 0) ownLines.push(sign + line);
      // A further line would end the list.
      else ownLines.push(`${ownLines.pop() ?? ''} ${line.trim()}`);
    }
    lines.push(...ownLines);
    if (isItem) number += 1;
  }
  return lines.join('\n');
}

function tableOf(node: MarkupNode, depth: number): string {
  const rows: string[][] = [];
  const collect = (from: MarkupNode, level: number): void => {
    for (const child of from.childNodes) {
      if (child.nodeName === 'TR') {
        const cells = [...child.childNodes].filter(({ nodeName }) => /^T[HD]$/.test(nodeName));
        rows.push(cells.map((cell) => oneLine(childrenOf(cell, depth)).replaceAll('|', '\\|')));
      } else if (level < 3) collect(child, level + 1);
    }
  };
  collect(node, 0);
  const columns = Math.max(0, ...rows.map(({ length }) => length));
  if (columns < 2 || columns > COLUMNS_MAX) return rows.map((row) => row.join(' ')).join('\n');
  const lines = rows.map(
    (row) => `| ${[...row, ...Array(columns - row.length).fill('')].join(' | ')} |`,
  );
  lines.splice(1, 0, `|${' --- |'.repeat(columns)}`);
  return lines.join('\n');
}

function block(text: string): string {
  return text === '' ? '' : `\n\n${text}\n\n`;
}

function oneLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join(' ');
}

/** Without spaces at the ends of lines, and with at most one empty line between blocks. */
function tidy(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function textOf({ textContent }: MarkupNode): string {
  return (textContent ?? '').replaceAll('\u00a0', ' ');
}

function attribute(node: MarkupNode, name: string): string {
  return node.getAttribute?.(name) ?? '';
}
