/** Which works of a benchmark run, and with which subjects. */
import type { Bench } from './bench.ts';

interface Picks {
  /** Works whose name holds one of these texts, optional ones too; separated by commas. */
  readonly works?: string | undefined;
  /** Subjects with these names, optional ones too; separated by commas. */
  readonly subjects?: string | undefined;
}

/** @throws Error that names the choices, if nothing has such a name. */
export function pickWorks(bench: Bench, { works, subjects }: Picks): Bench {
  const all = new Set(
    bench.works.flatMap((work) => [...work.subjects, ...(work.optionalSubjects ?? [])]),
  );
  const names = subjects?.split(',');
  const unknown = names?.find((name) => !all.has(name));
  if (unknown !== undefined) {
    throw new Error(`there is no subject '${unknown}'; there are: ${[...all].join(', ')}`);
  }
  const picked = bench.works
    .filter(({ name, isOptional }) =>
      works === undefined
        ? isOptional !== true
        : works.split(',').some((text) => name.includes(text)),
    )
    .map((work) => ({
      ...work,
      subjects:
        names === undefined
          ? work.subjects
          : [...work.subjects, ...(work.optionalSubjects ?? [])].filter((name) =>
              names.includes(name),
            ),
    }));
  if (picked.length === 0) {
    throw new Error(
      `there is no such work; there are: ${bench.works.map(({ name }) => name).join(', ')}`,
    );
  }
  return { ...bench, works: picked };
}
