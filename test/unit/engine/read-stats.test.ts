import assert from 'node:assert/strict';
import { translateStats } from '../../../src/engine/read-stats.ts';

const v2 = {
  read: '2026-01-01T00:00:02.500000000Z',
  cpu_stats: { cpu_usage: { total_usage: 3e9 }, system_cpu_usage: 100e9, online_cpus: 4 },
  memory_stats: { usage: 1_800_000_000, limit: 4_000_000_000, stats: { inactive_file: 1_723_000_000 } },
  networks: { eth0: { rx_bytes: 10, tx_bytes: 20 }, eth1: { rx_bytes: 1, tx_bytes: 2 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { major: 8, minor: 0, op: 'read', value: 100 },
      { major: 8, minor: 0, op: 'write', value: 200 },
      { major: 8, minor: 16, op: 'read', value: 1 },
    ],
  },
  pids_stats: { current: 7 },
};

describe("an engine's statistics of a container (recorded)", () => {
  it('count memory without the page cache: 77 MB, not 1.8 GB', () => {
    assert.equal(translateStats(v2).memoryBytes, 77_000_000);
    const v1 = { usage: 500, stats: { total_inactive_file: 100, inactive_file: 90 } };
    assert.equal(translateStats({ memory_stats: v1 }).memoryBytes, 400);
    const odd = { usage: 50, stats: { inactive_file: 90 } };
    assert.equal(translateStats({ memory_stats: odd }).memoryBytes, 50);
  });

  it('add up networks and disks', () => {
    const { receivedBytes, sentBytes, readBytes, writtenBytes, cpus, processes } = translateStats(v2);
    assert.deepEqual(
      { receivedBytes, sentBytes, readBytes, writtenBytes, cpus, processes },
      { receivedBytes: 11, sentBytes: 22, readBytes: 101, writtenBytes: 200, cpus: 4, processes: 7 },
    );
  });

  it('are unknown where the engine says nothing, not 0', () => {
    for (const list of [null, [], undefined]) {
      const { readBytes, writtenBytes } = translateStats({
        blkio_stats: { io_service_bytes_recursive: list },
      });
      assert.deepEqual([readBytes, writtenBytes], [null, null]);
    }
    assert.deepEqual(translateStats({ read: '0001-01-01T00:00:00Z' }), {
      readMs: null,
      cpuNs: null,
      systemNs: null,
      cpus: 1,
      memoryBytes: null,
      memoryLimitBytes: null,
      receivedBytes: null,
      sentBytes: null,
      readBytes: null,
      writtenBytes: null,
      processes: null,
    });
    assert.equal(translateStats('nonsense').cpuNs, null);
  });

  it('tell the CPUs of old engines by the list of them', () => {
    const { cpus } = translateStats({ cpu_stats: { cpu_usage: { percpu_usage: [1, 2, 3] } } });
    assert.equal(cpus, 3);
  });
});
