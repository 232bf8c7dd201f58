import assert from 'node:assert/strict';
import type { ServiceUsage, UsageEvent } from '../../../../src/top/usage.ts';
import { sparkline } from '../../../../src/ui/top/sparkline.ts';
import { UsageTable } from '../../../../src/ui/top/usage-table.ts';

const service = (changed: Partial<ServiceUsage>): ServiceUsage => ({
  project: 'shop',
  service: 'web',
  container: 'shop-web-1',
  state: 'running',
  cpuPercent: 12.34,
  memoryBytes: 77_000_000,
  memoryLimitBytes: 1_000_000_000,
  processes: 3,
  receivedBytesPerS: 1200,
  sentBytesPerS: 0,
  readBytesPerS: null,
  writtenBytesPerS: null,
  ...changed,
});
const moment = (...services: ServiceUsage[]): UsageEvent => ({
  type: 'usage',
  time: '',
  host: null,
  services,
});

describe('the table of os top', () => {
  it('shows what is unknown as a dash, never as 0', () => {
    const [, row] = new UsageTable(false).render(moment(service({ cpuPercent: null })), Infinity);
    assert.match(row ?? '', /^web +– +77\.0 MB of 1\.0 GB +1\.2 kB\/s +0 B\/s +– +– +3$/);
  });

  it('shows nothing of a service name that could do something to the terminal', () => {
    const lines = new UsageTable(false).render(moment(service({ service: 'a\x1b[2Jb' })), Infinity);
    assert.doesNotMatch(lines.join('\n'), /\x1b/); // eslint-disable-line no-control-regex -- what is looked for
  });

  it('keeps the last values of each service as a sparkline', () => {
    const table = new UsageTable(true);
    for (const cpuPercent of [null, 0, 50, 100]) table.render(moment(service({ cpuPercent })), Infinity);
    const lines = table.render(moment(service({ cpuPercent: 25 })), Infinity);
    assert.match(lines[1] ?? '', / ▁▅█▃ /);
    for (const line of table.render(moment(service({})), 60)) assert.ok(line.length <= 60, line);
  });

  it('has numbers and no history on a narrow terminal', () => {
    const table = new UsageTable(true);
    assert.match(table.render(moment(service({})), 120)[0] ?? '', /^SERVICE +CPU +HISTORY +MEMORY/);
    const [titles = '', row = ''] = table.render(moment(service({})), 40);
    assert.match(titles, /^SERVICE +CPU +MEMORY/);
    assert.match(row, /^web +12\.3 % +77\.0 MB/);
    assert.match(table.render(moment(service({})), 120)[0] ?? '', /HISTORY/);
  });

  it('does not make an idle service look busy', () => {
    assert.equal(sparkline([0.1, 0.2], 2, 10), '▁▁');
    assert.equal(sparkline([null, 5, 10], 4, 10), '  ▅█');
  });
});
