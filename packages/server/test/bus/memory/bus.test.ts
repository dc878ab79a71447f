import { openMemoryBus } from '../../../src/bus/memory/bus.ts';
import { testBusContract } from '../../contracts/bus.ts';

testBusContract('memory', openMemoryBus);
