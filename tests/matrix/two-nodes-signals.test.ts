/** Users on one node see what users on the other do, through every pair of dialects. */
import { MatrixFixture } from './matrix-fixture.ts';
import { describeNews, describeSignals } from './signal-suites.ts';

const build = () => MatrixFixture.buildTwoNodes();

describeSignals('two nodes', build);
describeNews('two nodes', build);
