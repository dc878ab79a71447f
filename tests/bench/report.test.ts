import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Metric, Work } from '../../bench/harness/bench.ts';
import type { Measured } from '../../bench/harness/measure.ts';
import { formatReport, makeReport } from '../../bench/harness/report.ts';
import { median, percentile } from '../../bench/harness/statistics.ts';

const BENCH = { name: 'engine', peer: 'ws' };

function measuredWith(metric: Metric, runs: Readonly<Record<string, readonly number[]>>): Measured {
  const work: Work = {
    name: 'echo',
    subjects: Object.keys(runs),
    metrics: { cost: metric },
    run: () => Promise.reject(new Error('is not run here')),
  };
  const samples = new Map(
    Object.entries(runs).map(([subject, values]) => [
      subject,
      values.map((cost) => ({ values: { cost }, load: { server: 0.95, generator: 0.5 } })),
    ]),
  );
  return { work, samples };
}

function ratioOf(ratio: Metric['ratio']): number | undefined {
  const measured = [measuredWith({ unit: 'us', ratio }, { parley: [2, 9, 1], ws: [4, 4, 100] })];
  return makeReport(BENCH, {}, { measured, faults: [] }).ratios[0]?.ratio;
}

describe('the report of a benchmark', () => {
  test('reports the median of the runs, and keeps all runs', () => {
    const measured = [
      measuredWith({ unit: 'us', ratio: 'less-is-gain' }, { parley: [2, 9, 1], ws: [4] }),
    ];

    const [first] = makeReport(BENCH, {}, { measured, faults: [] }).results;

    assert.deepEqual(first, {
      work: 'echo',
      subject: 'parley',
      metric: 'cost',
      unit: 'us',
      value: 2,
      runs: [2, 9, 1],
      saturated: 'server (server 95 %, generator 50 %)',
    });
  });

  test('reports ratios to the peer, above 1 if the subject is better, or as a share', () => {
    assert.equal(ratioOf('less-is-gain'), 2);
    assert.equal(ratioOf('more-is-gain'), 0.5);
    assert.equal(ratioOf('share'), 0.5);
  });

  test('compares the values of one round, in which the machine was equally fast for all', () => {
    const runs = { parley: [1, 10, 1], ws: [2, 20, 9] };
    const measured = [measuredWith({ unit: 'us', ratio: 'less-is-gain' }, runs)];

    assert.equal(makeReport(BENCH, {}, { measured, faults: [] }).ratios[0]?.ratio, 2);
  });

  test('compares medians if a round of one side failed', () => {
    const measured = [
      measuredWith({ unit: 'us', ratio: 'less-is-gain' }, { parley: [1, 2, 4], ws: [4, 8] }),
    ];

    assert.equal(makeReport(BENCH, {}, { measured, faults: [] }).ratios[0]?.ratio, 3);
  });

  test('omits values that were not measured', () => {
    const measured = [measuredWith({ unit: 'us', ratio: 'less-is-gain' }, { parley: [], ws: [4] })];

    const report = makeReport(BENCH, {}, { measured, faults: [] });

    assert.deepEqual(
      report.results.map(({ subject }) => subject),
      ['ws'],
    );
    assert.deepEqual(report.ratios, []);
  });
});

describe('the targets of a benchmark', () => {
  test('are shown beside their ratio', () => {
    const given = measuredWith(
      { unit: 'us', ratio: 'less-is-gain' },
      { parley: [2], ws: [4], net: [1] },
    );
    const target = { subject: 'parley', metric: 'cost', atLeast: 1.5, goal: 3 };
    const measured = [{ ...given, work: { ...given.work, target } }];

    const report = makeReport(BENCH, {}, { measured, faults: [] });

    assert.deepEqual(
      report.ratios.map(({ subject, atLeast, goal }) => [subject, atLeast, goal]),
      [
        ['parley', 1.5, 3],
        ['net', undefined, undefined],
      ],
    );
    assert.match(formatReport(report), /\| echo \| cost \| parley \| 2\.00 \| 1\.5 \| 3 \| yes \|/);
  });
});

describe('the printed report', () => {
  test('has a row for each result, with its ratio to the peer', () => {
    const measured = [
      measuredWith({ unit: 'us', ratio: 'less-is-gain' }, { parley: [2], ws: [4] }),
    ];

    const text = formatReport(makeReport(BENCH, {}, { measured, faults: [] }));

    assert.match(text, /^\| echo \| parley \| cost \| 2\.00 \| us \| 2\.00 \| server/m);
    assert.match(text, /^\| echo \| ws \| cost \| 4\.00 \| us \| - \| server/m);
  });
});

describe('statistics', () => {
  test('interpolate a percentile between its neighbours', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.equal(percentile([0, 100], 0.99), 99);
  });
});
