import assert from 'node:assert/strict';
import { readUpdateStatus } from '../../../../src/host/update/update-status.ts';

describe('the room that a device has for an update', () => {
  it('is that of partitions that are mounted, never of the one below', async () => {
    const row = (free: number, mount: string): string => `/dev/x 9000 1000 ${free.toString()} 12% ${mount}`;
    const space = [row(5, '/'), row(6, '/mnt/data'), row(7, '/mnt/boot'), row(8, '/mnt/state')].join('\n');
    const parts = ['VERSION="2.1.0"', '', 'x86_64', '', 'boot-1', '', '', '/usr/bin/hostapp-update', space];
    const stdout = parts.join('\n--os-update--\n');
    const run = (): Promise<{ status: number; stdout: string; stderr: string; bytes: Buffer }> =>
      Promise.resolve({ status: 0, stdout, stderr: '', bytes: Buffer.alloc(0) });
    const { free } = await readUpdateStatus({ run }, new AbortController().signal);
    assert.deepEqual(free, { inactive: null, data: 6 * 1024, boot: 7 * 1024, state: 8 * 1024 });
  });
});
