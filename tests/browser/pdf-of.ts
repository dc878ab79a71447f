/** Documents that tests make of their parts. */

interface PdfParts {
  /** Instructions that draw the page, which is 400 points wide and 300 high. */
  readonly drawing: string;
  /** Further objects, numbered from 6. `/X` draws the first of them. */
  readonly objects?: readonly (string | Buffer)[];
  /** Entries of the trailer. */
  readonly trailer?: string;
}

export function pdfOf({ drawing, objects = [], trailer = '' }: PdfParts): Buffer {
  const all = [
    '<</Type /Catalog /Pages 2 0 R>>',
    '<</Type /Pages /Kids [3 0 R] /Count 1>>',
    '<</Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 4 0 R' +
      ' /Resources <</Font <</F 5 0 R>> /XObject <</X 6 0 R>>>>>>',
    streamOf(drawing),
    '<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>',
    ...objects,
  ];
  const pieces = [Buffer.from('%PDF-1.7\n')];
  const table = ['0000000000 65535 f \n'];
  let length = pieces[0]?.length ?? 0;
  for (const [index, object] of all.entries()) {
    table.push(`${String(length).padStart(10, '0')} 00000 n \n`);
    const piece = [
      Buffer.from(`${index + 1} 0 obj\n`),
      Buffer.from(object),
      Buffer.from('\nendobj\n'),
    ];
    length += piece.reduce((sum, part) => sum + part.length, 0);
    pieces.push(...piece);
  }
  const size = all.length + 1;
  pieces.push(
    Buffer.from(`xref\n0 ${size}\n${table.join('')}`),
    Buffer.from(`trailer\n<</Size ${size} /Root 1 0 R ${trailer}>>\nstartxref\n${length}\n%%EOF\n`),
  );
  return Buffer.concat(pieces);
}

/** A stream, with entries for what it is. */
export function streamOf(content: string | Buffer, entries = ''): Buffer {
  const bytes = Buffer.from(content);
  const head = `<</Length ${bytes.length} ${entries}>>\nstream\n`;
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from('\nendstream')]);
}
